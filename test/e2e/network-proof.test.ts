import { randomUUID } from "node:crypto";
import path from "node:path";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import type { ChartRender } from "../../src/charts/finding.ts";
import { parseManifests } from "../../src/charts/manifest.ts";
import { type Cluster, startCluster } from "../../src/cluster/k3s.ts";
import { type NetworkProof, NetworkRefutedError, renderProof } from "../../src/cluster/network-outcome.ts";
import { LEAST_ABSENT, planNetworkProof } from "../../src/cluster/network-plan.ts";
import { probeImage, proveNetwork, trialProgram } from "../../src/cluster/network-proof.ts";
import { Environment } from "../../src/index.ts";
import type { ComponentGraph } from "../../src/platform/chart-spec.ts";
import { graphOf } from "../../src/platform/chart-specs.ts";
import { parsePlatform } from "../../src/platform/platform-file.ts";
import { inEngine, lockOfRun, ROOT, slipway } from "./support/slipway.ts";

const PLATFORM = "deploy/platform.yaml";

/** Cruvero's chart for dev, and its graph. */
async function cruvero(): Promise<{ render: ChartRender; graph: ComponentGraph }> {
  const text = await dag.host().file(path.join(ROOT, PLATFORM)).contents();
  const spec = parsePlatform(text, PLATFORM).charts.find(({ name }) => name === "cruvero");
  if (spec?.network === undefined) throw new Error("the platform file describes no network of cruvero");
  const rendered = await slipway().render(Environment.Dev);
  const manifests = parseManifests(await rendered.file("cruvero.yaml").contents(), "cruvero (dev)");
  const { system, name: chart, path: folder, release, namespace } = spec;
  const render = { system, chart, path: folder, release, namespace, environment: "dev", manifests } as const;
  return { render, graph: graphOf(spec.network, "dev") };
}

function policiesOf({ manifests, namespace }: ChartRender): string {
  const policies = manifests.filter(({ kind }) => kind === "NetworkPolicy");
  const objects = policies.map(({ body, name, labels }) => ({
    ...(typeof body === "object" ? body : {}),
    metadata: { name, namespace, labels },
  }));
  return objects.map((object) => stringify(object)).join("---\n");
}

async function remove(cluster: Cluster, { namespace }: ChartRender, ...policies: string[]): Promise<void> {
  await cluster.kubectl("delete", "networkpolicy", "--namespace", namespace, ...policies);
}

/** What is refuted, as the error says it. */
function refuted(proof: NetworkProof): string[] {
  const lines = new NetworkRefutedError(proof).problem.split("\n").slice(1);
  return lines.map((line) => line.replace(/^- /, ""));
}

const bounds = { startWithinSeconds: 300, settleWithinSeconds: 60 };
/** For what never settles. */
const soon = { ...bounds, settleWithinSeconds: 5 };

describe("the network graph of cruvero (dev)", () => {
  it("is proved in a cluster, and refuted where a policy lacks or is too strict", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const programs = dag.host().directory(path.join(ROOT, "src/cluster/programs"), { noCache: true });
      const { render, graph } = await cruvero();
      const plan = planNetworkProof(render, graph);
      const { name, tarball } = probeImage(lock, programs);
      const cluster = await startCluster(lock, { run: randomUUID(), images: [{ names: [name], tarball }] });
      const place = { cluster, trials: trialProgram(lock, programs) };
      try {
        await cluster.kubectl("create", "namespace", render.namespace);
        const before = await cluster.kubectl("get", "namespaces", "--output=name");
        await cluster.apply(policiesOf(render));

        const proof = await proveNetwork(place, plan, bounds);
        expect(renderProof(proof)).toContain("network graph: proved");
        expect(proof.edges.filter(({ isDeclared }) => isDeclared).length).toBeGreaterThan(20);
        expect(new Set(proof.edges.map(({ verdict }) => verdict))).toEqual(new Set(["proved"]));
        expect(proof.absent.refused).toBeGreaterThan(LEAST_ABSENT);
        expect(proof.absent.refused).toBe(proof.absent.all);

        // A policy removed: nothing restricts who connects to nats any more.
        await remove(cluster, render, "cruvero-default-deny", "cruvero-nats");
        const open = await proveNetwork(place, plan, soon);
        expect(open.verdict).toBe("refuted");
        expect(refuted(open)).toContain(
          "prometheus to nats on 4222 is not declared and connects: the rendered policies deny it, so the cluster lacks one of them or has one that allows it",
        );
        expect(refuted(open).filter((line) => line.includes("is declared"))).toEqual([]);

        // A policy too strict: nothing allows the worker what its graph says.
        await cluster.apply(policiesOf(render));
        await remove(cluster, render, "cruvero-worker");
        const strict = await proveNetwork(place, plan, soon);
        expect(strict.verdict).toBe("refuted");
        expect(refuted(strict).map((line) => line.replace(/refused: .*?;/, "refused;"))).toEqual(
          ["nats on 4222", "postgresql on 5432", "dns on 53/UDP", "dns on 53"].map(
            (edge) =>
              `worker to ${edge} is declared and refused; the rendered policies allow it, so the cluster has others`,
          ),
        );
        // What was made is gone, and nothing else.
        const gone = ["wait", "--for=delete", "--timeout=300s"];
        await cluster.kubectl(
          ...gone,
          ...["slipway-elsewhere", "ingress", "monitoring"].map((name) => `namespace/${name}`),
        );
        await cluster.kubectl(...gone, "--namespace", render.namespace, "pod", "--all");
        const standIns = plan.standIns.filter(({ namespace }) => namespace === "kube-system");
        await cluster.kubectl(...gone, "--namespace", "kube-system", ...standIns.map(({ name }) => `pod/${name}`));
        expect(await cluster.kubectl("get", "pods", "--all-namespaces", "--output=name")).toMatch(
          /^pod\/coredns-\S+\n$/,
        );
        expect(await cluster.kubectl("get", "namespaces", "--output=name")).toBe(before);
      } finally {
        await cluster.stop();
      }
    });
  });
});
