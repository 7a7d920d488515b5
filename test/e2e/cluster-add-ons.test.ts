import { randomUUID } from "node:crypto";

import { describe, expect, it } from "vitest";

import { type Cluster, startCluster } from "../../src/cluster/k3s.ts";
import { plainCluster } from "./support/plain-cluster.ts";
import { inEngine, lockOfRun } from "./support/slipway.ts";

/** Waits for the add-ons, then prints what they give and what was said of images that had to be pulled. */
const ADD_ONS = `set -eu
for name in metrics-server traefik; do
  kubectl wait --for=create "deployment/$name" --namespace=kube-system --timeout=120s
  kubectl wait --for=condition=Available "deployment/$name" --namespace=kube-system --timeout=240s
done
kubectl wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=120s
exec > /found
kubectl get ingressclass --output=name
kubectl get service traefik --namespace=kube-system --output='jsonpath={.spec.type}{"\\n"}'
kubectl top nodes --no-headers | wc -l
kubectl get events --all-namespaces --field-selector=reason=Failed --output=name
`;

/** All that the add-ons would have made, and the images that the node has. */
async function foundIn(cluster: Cluster): Promise<readonly string[]> {
  const names = (...words: string[]) => cluster.kubectl("get", ...words, "--output=name");
  const images = "--output=jsonpath={range .items[*].status.images[*]}{.names[0]}{'\\n'}{end}";
  return [
    await names("deployments", "--all-namespaces"),
    await names("ingressclasses"),
    await names("apiservices", "--field-selector=metadata.name=v1beta1.metrics.k8s.io"),
    (await cluster.kubectl("get", "nodes", images)).replace(/[^\n]*\/([a-z-]+)[:@][^\n]*/g, "$1"),
  ];
}

describe.skipIf(process.env.SLIPWAY_IMAGES_LOCK === undefined)(
  "the add-ons of k3s's stand-in (embedded mode only)",
  () => {
    it("start by themselves and work, as those of k3s", async () => {
      await inEngine(async () => {
        const lock = await lockOfRun();
        const { service, client } = plainCluster(lock);
        await service.start();
        try {
          const found = await client().withExec(["sh", "-c", ADD_ONS]).file("/found").contents();
          expect(found).toBe("ingressclass.networking.k8s.io/traefik\nLoadBalancer\n1\n");
        } finally {
          await service.stop();
        }
      });
    });

    it("leave nothing in a cluster of a run, which has none of them", async () => {
      await inEngine(async () => {
        const cluster = await startCluster(await lockOfRun(), { run: randomUUID() });
        try {
          expect(await foundIn(cluster)).toEqual(["deployment.apps/coredns\n", "", "", "coredns\npause\n"]);
        } finally {
          await cluster.stop();
        }
      });
    });
  },
);
