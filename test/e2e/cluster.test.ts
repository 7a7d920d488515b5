import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import path from "node:path";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { cachePaths, cacheRoot } from "../../embedded/engine/cache-paths.ts";
import { goVariables } from "../../embedded/engine/go.ts";
import { childEnvironment } from "../../embedded/engine/run.ts";
import { type Cluster, startCluster } from "../../src/cluster/k3s.ts";
import { ClusterHostError } from "../../src/cluster/preflight.ts";
import { ClusterNotReadyError } from "../../src/cluster/readiness.ts";
import { type ImageLock, lookupImage } from "../../src/platform/image-lock.ts";
import { CLAIM, PROBE, pod, POLICIES, probeImage, SERVICE } from "./support/cluster-probe.ts";
import { processesOf, stateOf } from "./support/cluster-traces.ts";
import { versionsThroughPod } from "./support/pod-engine.ts";
import { inEngine, lockOfRun, ROOT } from "./support/slipway.ts";

/** Longest wait for something that happens by itself, on a machine that has other work. */
const PATIENCE_SECONDS = 240;

/** Only the embedded engine can be led to from a pod of a cluster that it runs itself. */
const isEmbedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** Waits until pods are ready. */
async function ready(cluster: Cluster, ...pods: string[]): Promise<void> {
  await cluster.kubectl("wait", "--for=condition=Ready", ...pods, `--timeout=${PATIENCE_SECONDS}s`);
}

/** Runs the probe in a pod and says how it ended. */
async function probe(cluster: Cluster, from: string, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cluster.tryKubectl("exec", from, "--", "/probe", ...words);
  return exitCode === 0 ? stdout : `failed: ${stderr}`;
}

/** Asks until the answer is the expected one: rules reach the kernel a moment after the policy is accepted. */
async function eventually(expected: RegExp, ask: () => Promise<string>): Promise<string> {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  let found = await ask();
  while (!expected.test(found) && performance.now() < end) found = await ask();
  return found;
}

/** The lock with a k3s whose disk, as it says itself, has 100 MiB left. */
async function lockOfSmallMachine(): Promise<ImageLock> {
  const lock = await lockOfRun();
  const df = "#!/bin/sh\necho 'Filesystem 1024-blocks Used Available Capacity Mounted'\necho 'disk 1 1 102400 99% /'\n";
  const reference = await dag
    .container()
    .from(lookupImage(lock, "k3s").reference)
    .withNewFile("/usr/local/bin/df", df, { permissions: 0o755 })
    .publish(`${process.env.SLIPWAY_REGISTRY ?? ""}/test/small-k3s:1`);
  return { ...lock, k3s: { reference, reason: "a machine without room" } };
}

/** What a policy answers; a machine that is slow gives a timeout instead. */
const REFUSED = /^failed: .*connection refused/;

describe("a cluster of a run", () => {
  it("serves names, side-loaded images, volumes and network policies, two at once, and leaves nothing", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const images = [{ names: [PROBE], tarball: (await probeImage()).asTarball() }];
      const runs = [randomUUID(), randomUUID()];
      const clusters = await Promise.all(runs.map((run) => startCluster(lock, { run, images })));
      const [first, second] = clusters;
      if (first === undefined || second === undefined) throw new Error("two clusters were started");
      try {
        for (const cluster of clusters) {
          const readySeconds = await cluster.ready();
          expect(readySeconds.kubeconfig).toBeGreaterThan(0);
          expect(readySeconds.node).toBeGreaterThan(readySeconds.kubeconfig);
          expect(readySeconds.dns).toBeGreaterThan(readySeconds.node);
        }
        await first.apply(
          [pod("server", { claim: true }), pod("friend"), pod("stranger"), SERVICE, CLAIM].join("---\n"),
        );
        await ready(first, "pod", "--all");

        const url = "http://server.default.svc.cluster.local/";
        const lookup = (name: string) => () => probe(first, "stranger", "lookup", `${name}.default.svc.cluster.local`);
        const get = (from: string, what: string) => () => probe(first, from, "get", what);
        expect(await eventually(/^\[/, lookup("server"))).toMatch(/^\[10\.43\./);
        expect(await eventually(/no such host/, lookup("nobody"))).toMatch(/^failed: .*no such host/);
        expect(await eventually(/^server$/, get("stranger", url))).toBe("server");

        expect(
          await first.kubectl("get", "pvc", "data", "--output=jsonpath={.status.phase} {.spec.storageClassName}"),
        ).toBe("Bound local-path");
        expect(await probe(first, "server", "write", "/data/file")).toBe("");
        await first.kubectl("delete", "pod", "server", "--wait");
        await first.apply(pod("server", { claim: true }));
        await ready(first, "pod/server");
        expect(await probe(first, "server", "read", "/data/file")).toBe("kept");

        await first.apply(POLICIES);
        const address = await first.kubectl("get", "pod", "stranger", "--output=jsonpath={.status.podIP}");
        const direct = `http://${address}:8080/`;
        expect(await eventually(REFUSED, get("stranger", url))).toMatch(REFUSED);
        expect(await eventually(/^server$/, get("friend", url))).toBe("server");
        expect(await eventually(REFUSED, get("friend", direct))).toMatch(REFUSED);
        await first.kubectl("delete", "networkpolicy", "--all");
        expect(await eventually(/^server$/, get("stranger", url))).toBe("server");
        expect(await eventually(/^stranger$/, get("friend", direct))).toBe("stranger");

        // Objects that come with every cluster: roles, also those that a controller puts together, and priorities.
        expect(await first.kubectl("get", "clusterrole", "view", "--output=jsonpath={.rules[*].resources}")).toContain(
          '"configmaps"',
        );
        expect(await first.kubectl("get", "priorityclass", "--output=name")).toBe(
          "priorityclass.scheduling.k8s.io/system-cluster-critical\npriorityclass.scheduling.k8s.io/system-node-critical\n",
        );

        expect(await second.kubectl("get", "pods", "--output=name")).toBe("");
        await first.stop();
        await second.apply(pod("server"));
        await ready(second, "pod/server");
        const self = () => probe(second, "server", "get", "http://127.0.0.1:8080/");
        expect(await eventually(/^server$/, self)).toBe("server");

        if (isEmbedded) {
          const { said, printed } = await versionsThroughPod(second, "engine");
          expect(said).toContain("engine: at kube-pod://engine?namespace=default (SLIPWAY_ENGINE)");
          expect(printed).toMatch(/v0\.21\.8/);
        }
      } finally {
        await Promise.all(clusters.map((cluster) => cluster.stop()));
      }
      expect((await Promise.all(runs.map(stateOf))).flat()).toEqual([]);
      expect(runs.flatMap(processesOf)).toEqual([]);
    });
  });

  it("says what is missing when it is not ready in time, with nodes, pods, events and the log, and leaves nothing", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const run = randomUUID();
      const failure: unknown = await startCluster(lock, { run, readyWithinSeconds: 1 }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(ClusterNotReadyError);
      expect(String(failure)).toMatch(
        /\[infra\] the cluster was not ready after 1 s: [^]*--- last lines of k3s's log\n/,
      );
      expect(await stateOf(run)).toEqual([]);
      expect(processesOf(run)).toEqual([]);
    });
  });

  it.skipIf(process.env.SLIPWAY_IMAGES_LOCK === undefined)(
    "says what its machine lacks, and leaves nothing (embedded mode only: its registry takes the planted image)",
    async () => {
      await inEngine(async () => {
        const run = randomUUID();
        const failure: unknown = await startCluster(await lockOfSmallMachine(), { run }).catch(
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(ClusterHostError);
        expect(String(failure)).toMatch(
          /\[infra\] the Dagger engine cannot run a cluster:\n- 100 MiB are free on the engine's disk, and 3072 MiB are needed\n/,
        );
        expect(await stateOf(run)).toEqual([]);
        expect(processesOf(run)).toEqual([]);
      });
    },
  );

  it("says which side-loaded image is missing when its tarball is no image", async () => {
    await inEngine(async () => {
      const run = randomUUID();
      const tarball = dag.directory().withNewFile("image.tar", "no tar").file("image.tar");
      const images = [{ names: [PROBE], tarball }];
      const failure: unknown = await startCluster(await lockOfRun(), { run, images }).catch((error: unknown) => error);
      expect(String(failure)).toMatch(
        /an image that was side-loaded is not there[^]*the node does not have: registry\.invalid\/probe:sha-1/,
      );
      expect(await stateOf(run)).toEqual([]);
    });
  });
});

describe.skipIf(process.env.SLIPWAY_IMAGES_LOCK === undefined)("the stand-in of k3s (embedded mode only)", () => {
  it("passes its own tests, those of add-ons, of network policies, of services and of what it leaves on no disk", () => {
    const packages = ["addons", "policy", "service", "unforced"].map((name) => `./${name}/...`);
    const cache = cachePaths(cacheRoot(process.env));
    const architecture =
      process.arch === "arm64" ? ({ name: "arm64", npm: "arm64" } as const) : ({ name: "amd64", npm: "x64" } as const);
    const environment = childEnvironment(process.env);
    const { status, stdout, stderr } = spawnSync("go", ["test", "-mod=readonly", "-trimpath", ...packages], {
      cwd: path.join(ROOT, "embedded/engine/bases/k3s/program"),
      env: { ...environment, ...goVariables({ cache, environment, architecture }) },
      encoding: "utf8",
    });
    expect([status, stderr], stdout).toEqual([0, ""]);
    expect(stdout.match(/^ok\s/gm)).toHaveLength(packages.length);
  });
});
