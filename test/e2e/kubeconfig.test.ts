import { randomUUID } from "node:crypto";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { itemsAt, textAt } from "../../src/charts/json.ts";
import { type Cluster, startCluster } from "../../src/cluster/k3s.ts";
import { OWN } from "../../src/cluster/own-namespaces.ts";
import { smokeSideLoad } from "../../src/cluster/smoke.ts";
import { Environment } from "../../src/index.ts";
import { parseImageLock } from "../../src/platform/image-lock.ts";
import { inEngine, ownSource, revisionOfWorktree, runLock, slipway } from "./support/slipway.ts";

const BYSTANDER = `
apiVersion: v1
kind: Namespace
metadata: { name: bystander }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: bystander }
data: { key: value }
---
apiVersion: v1
kind: Service
metadata: { name: cruvero-api, namespace: bystander }
spec: { selector: { app: none }, ports: [{ port: 8080 }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: cut-off, labels: { ${OWN.label}: "true" }, annotations: { ${OWN.ends}: "1" } }
`;

/** Kinds that Kubernetes writes anew by itself. */
const RESTLESS = ["events", "events.events.k8s.io", "leases.coordination.k8s.io", "nodes", "componentstatuses"];

/** Every object of a cluster with its version, but for those that change by themselves. */
async function versions(cluster: Cluster): Promise<string[]> {
  const kinds = (await cluster.kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
  const asked = kinds.filter((kind) => !RESTLESS.includes(kind)).join(",");
  const all: unknown = JSON.parse(await cluster.kubectl("get", asked, "--all-namespaces", "--output=json"));
  return itemsAt(all, "items")
    .map((item) => {
      const of = (key: string) => textAt(item, "metadata", key);
      return `${textAt(item, "kind")} ${of("namespace")}/${of("name")} ${of("uid")} ${of("resourceVersion")}`;
    })
    .filter((line) => !line.includes("cut-off"))
    .sort();
}

describe("smoke-test --kubeconfig", () => {
  it("tests in namespaces of its own, leaves every other object as it was, and takes away what it made", async () => {
    await inEngine(async () => {
      const lock = parseImageLock(await runLock().contents(), "the lock of this run");
      const given = {
        ...{ source: ownSource(), platformPath: "deploy/platform.yaml", lockFile: runLock() },
        ...{ revision: revisionOfWorktree() ?? "", programs: ownSource().directory("src/cluster/programs") },
      };
      const images = await smokeSideLoad(given, { environment: "dev", chart: "web", force: true });
      const cluster = await startCluster(lock, { run: randomUUID(), images: [images] });
      try {
        await cluster.apply(BYSTANDER);
        const before = await versions(cluster);
        const access = [cluster.kubeconfig, cluster.service] as const;
        const table = await slipway().smokeTest(Environment.Dev, "web", true, ...access);
        expect(table).toMatch(/^dev: passed in /m);
        expect(table).toMatch(
          /^note: the cluster was there before: the test made the namespaces slipway-\S+-apps in it/m,
        );
        expect(await versions(cluster)).toEqual(before);
        expect((await cluster.tryKubectl("get", "namespace", "cut-off")).exitCode).not.toBe(0);

        const lacking = dag.directory().withDirectory("/", ownSource());
        const overlay = lacking.withNewFile(
          "charts/web/values-dev.yaml",
          "environment: dev\nimage: { tag: absent }\nresources: { limits: { cpu: 64 }, requests: { cpu: 64 } }\n",
        );
        const failed = await slipway({ source: overlay })
          .smokeTest(Environment.Dev, "web", true, ...access)
          .then(
            () => "nothing was thrown",
            (error: unknown) => String(error),
          );
        expect(failed).toMatch(/web: Deployment yab-web: unschedulable: /);
        expect(await versions(cluster)).toEqual(before);

        await expect(slipway().smokeTest(Environment.Staging, "cruvero", true, ...access)).rejects.toThrow(
          /in staging, services outside are stood for by addresses of the node \(cruvero-database, /,
        );
        expect(await versions(cluster)).toEqual(before);
      } finally {
        await cluster.stop();
      }
    });
  });
});
