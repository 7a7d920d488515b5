/** Makes a test cluster change pods when they are made. What it changes is in admission.ts. */
import { type Admission, smallNode, trustedAuthority } from "./admission.ts";
import type { Client } from "./client.ts";
import { succeed } from "./succeed.ts";

/** Longest time until the cluster applies a policy, in seconds. */
const EFFECTIVE_WITHIN_SECONDS = 30;

// A pod that is never made shows when the policies have an effect.
const SCRIPT = `set -eu
kubectl apply --server-side --filename /admission/manifest.json > /dev/null
left=$((${EFFECTIVE_WITHIN_SECONDS} * 5))
while [ "$left" -gt 0 ]; do
  seen=$(kubectl create --dry-run=server --filename /admission/probe.json --output "jsonpath=$FIELD" 2>&1) || true
  if [ "$seen" = "$EXPECTED" ]; then exit 0; fi
  left=$((left - 1))
  sleep 0.2
done
echo "the policies of the cluster have no effect: a pod has $seen instead of $EXPECTED" >&2
exit 1`;

/** Lets all releases fit onto the one node of a cluster of our own. */
export async function fitOntoNode(client: Client): Promise<void> {
  await admit(client, smallNode());
}

/** Makes all pods of some namespaces, which exist, trust an authority. */
export async function trustAuthority(client: Client, namespaces: readonly string[], authority: string): Promise<void> {
  await admit(client, trustedAuthority(namespaces, authority));
}

async function admit(client: Client, { manifest, probe, field, expected }: Admission): Promise<void> {
  const container = client
    .client()
    .withNewFile("/admission/manifest.json", manifest)
    .withNewFile("/admission/probe.json", probe)
    .withEnvVariable("FIELD", field)
    .withEnvVariable("EXPECTED", expected);
  await succeed(container, ["sh", "-c", SCRIPT]);
}
