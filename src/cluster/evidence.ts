/** Collects what a person looks at when an install has failed. */
import { randomBytes } from "node:crypto";

import { dag, type Directory } from "@dagger.io/dagger";

import type { Client } from "./client.ts";
import { redactionScript } from "./redaction-script.ts";

// Secrets themselves are no evidence. Their values are taken out of everything else, whoever wrote them there.
const SCRIPT = `set -u
for namespace in $NAMESPACES kube-system; do
  folder=/evidence/$namespace
  mkdir -p "$folder/logs"
  ask() { kubectl --namespace "$namespace" "$@" 2>&1; }
  ask get all,configmaps,networkpolicies,persistentvolumeclaims,resourcequotas --output yaml > "$folder/objects.yaml"
  ask get events --sort-by=.metadata.creationTimestamp > "$folder/events.txt"
  ask describe pods > "$folder/pods.txt"
  for pod in $(ask get pods --output 'jsonpath={.items[*].metadata.name}'); do
    ask logs "$pod" --all-containers --prefix --tail=500 > "$folder/logs/$pod.txt"
    ask logs "$pod" --all-containers --prefix --tail=500 --previous > "$folder/logs/$pod-previous.txt" ||
      rm "$folder/logs/$pod-previous.txt"
  done
done
kubectl describe nodes > /evidence/nodes.txt 2>&1
grep -rl . /evidence | while IFS= read -r file; do sed -i -f "$REDACT" "$file"; done`;

/**
 * Gives a folder for each namespace with its objects, events, pods and logs.
 *
 * @param secrets Values that are left out.
 */
export async function collectEvidence(
  client: Client,
  namespaces: readonly string[],
  secrets: readonly string[],
): Promise<Directory> {
  const redact = "/run/redact.sed";
  const hidden = dag.setSecret(`slipway-redact-${randomBytes(8).toString("hex")}`, redactionScript(secrets));
  const collected = client
    .client()
    .withMountedSecret(redact, hidden)
    .withEnvVariable("REDACT", redact)
    .withEnvVariable("NAMESPACES", [...new Set(namespaces)].join(" "))
    .withExec(["sh", "-c", SCRIPT]);
  return collected.directory("/evidence").sync();
}
