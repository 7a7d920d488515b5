/** Lists all objects of a cluster before and after the life of releases. */
import type { Client } from "./client.ts";
import type { Leftover } from "./lifecycle-judgement.ts";
import { namespacesOf } from "./lifecycle-steps.ts";
import { KEPT_KINDS } from "../platform/lifecycle-spec.ts";
import { leftoversOf, LIST_FORMAT, type ListedObject, parseObjects } from "./leftovers.ts";
import type { Release } from "./release.ts";

/** What is removed in the background has so long, in seconds. */
const GONE_WITHIN_SECONDS = 30;

const LIST_SCRIPT = `set -eu
kinds=$(kubectl api-resources --verbs=list --output=name | grep -v -E '^(events|leases|endpoints|endpointslices|componentstatuses)(\\.|$)' | tr '\\n' ',')
kubectl get "\${kinds%,}" --all-namespaces --output="$FORMAT"`;

/** Lists all objects of all kinds, without their content. */
export async function listObjects(client: Client): Promise<ListedObject[]> {
  const listed = client.client().withEnvVariable("FORMAT", LIST_FORMAT).withExec(["sh", "-c", LIST_SCRIPT]);
  return parseObjects(await listed.stdout());
}

/** Says what releases have left, when it has had time to go. */
export async function traceLeftovers(
  client: Client,
  releases: readonly Release[],
  before: readonly ListedObject[],
): Promise<{ readonly leftovers: Leftover[]; readonly kept: string[] }> {
  const keep = releases.flatMap(({ spec }) => spec.lifecycle?.keep ?? KEPT_KINDS);
  const names = releases.map(({ spec }) => spec.release);
  for (const end = performance.now() + GONE_WITHIN_SECONDS * 1000; ;) {
    const after = await listObjects(client);
    const found = leftoversOf({ before, after, namespaces: namespacesOf(releases), releases: names, keep });
    if (found.leftovers.length === 0 || performance.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
