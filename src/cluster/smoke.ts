/** The smoke test: this run's images and charts in a cluster that the run starts, checked from inside, and taken away. */
import { randomUUID } from "node:crypto";

import { dag, type Directory, type File } from "@dagger.io/dagger";

import { helmCharts, readChartSource, UnknownChartError } from "../charts/functions.ts";
import { type ChartSource, imagesOf } from "../charts/prepare.ts";
import { runHelm } from "../charts/render.ts";
import { helmContainer } from "../charts/tools.ts";
import { type BuiltRelease, buildNamed, digestsOf, type PlatformSource } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { lookupImage } from "../platform/image-lock.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import { checkImage } from "./checks.ts";
import { type Access, checkReleases, useCluster } from "./existing-cluster.ts";
import { existingNotes, inOwnNamespace, refuseExternals } from "./own-namespaces.ts";
import { collectEvidence } from "./evidence.ts";
import { controllerImages } from "./ingress.ts";
import { ingressNotes, type IngressPlan, planIngress } from "./ingress-plan.ts";
import { type External, planExternals } from "./externals-plan.ts";
import { externalImages } from "./externals.ts";
import { type SideLoad, startCluster, type TestCluster } from "./k3s.ts";
import { installValues } from "./install-values.ts";
import { nodeTarball, type NodeTarball } from "./node-tarball.ts";
import { probeImage } from "./network-proof.ts";
import { prepareReleases } from "./prepare-releases.ts";
import { imagesFor } from "./release-images.ts";
import { releasesOf } from "./rendered-releases.ts";
import type { Release } from "./release.ts";
import { passKey } from "./pass-key.ts";
import { readPass, recordPass } from "./smoke-record.ts";
import { failuresOf, SmokeFailedError, type SmokeResult, smokeTable } from "./smoke-report.ts";
import { standInNotes } from "./stand-in-notes.ts";
import { namespacesOf, testReleases } from "./test-releases.ts";

/** What stands under the table of a pass that was not tested again. */
const RECORDED = "note: recorded; nothing has changed since, and --force tests again";

/** What the caller asked for. */
export type SmokeRequest = {
  readonly environment: Environment;
  /** Chart to install; empty: all charts that have the environment. */
  readonly chart: string;
  /** True to test again what has passed already. */
  readonly force: boolean;
  /** A cluster that exists; without one, the test starts its own. */
  readonly access?: Access | undefined;
};

/** The platform, and the source of the programs that run in the cluster. */
export type SmokeSource = PlatformSource & { readonly programs: Directory };

/** What is tested. */
type Subject = {
  readonly source: ChartSource;
  readonly built: BuiltRelease;
  readonly releases: readonly Release[];
  readonly externals: readonly External[];
  readonly programs: Directory;
  readonly node: NodeTarball;
  /** How checks from outside come in. */
  readonly ingress: IngressPlan;
  readonly notes: readonly string[];
};

/** How a smoke test ended, with all that a person looks at where it failed. */
type Tested = { readonly result: SmokeResult; readonly evidence?: Directory };

/**
 * Installs the charts of an environment with the images of this run and returns a table; throws SmokeFailedError naming
 * everything that does not hold. A pass is recorded under what was tested, and returned when the same is asked for again.
 */
export async function smokeTest(given: SmokeSource, request: SmokeRequest): Promise<string> {
  const { table, result } = await smokeOutcome(given, request);
  if (result !== undefined && failuresOf(result).length > 0) throw new SmokeFailedError(result);
  return table;
}

/** How a smoke test went; without a result where a recorded pass was returned. */
export type SmokeOutcome = { readonly table: string; readonly result?: SmokeResult };

/** Tests as smokeTest does, and gives what was found instead of failing. */
export async function smokeOutcome(given: SmokeSource, request: SmokeRequest): Promise<SmokeOutcome> {
  const began = monotonicSeconds();
  const subject = await prepare(given, request);
  const { lock } = subject.source;
  const key = keyOf(subject, request);
  const isRecorded = request.access === undefined;
  const recorded = request.force || !isRecorded ? undefined : await readPass(lock, key);
  if (recorded !== undefined) return { table: `${recorded}\n${RECORDED}` };
  const { result } = await testInCluster(subject, request, began, false);
  const table = smokeTable(result);
  if (isRecorded && failuresOf(result).length === 0) await recordPass(lock, key, table);
  return { table, result };
}

/** The record of the pass of exactly these images, charts, cluster and checks, and its key; nothing where there is none. */
export async function recordedPass(
  given: SmokeSource,
  request: SmokeRequest,
): Promise<{ readonly key: string; readonly report: string } | undefined> {
  const subject = await prepare(given, request);
  const key = keyOf(subject, request);
  const report = await readPass(subject.source.lock, key);
  return report === undefined ? undefined : { key, report };
}

/** Tests as smokeTest does, always anew, and gives the report as a directory instead of failing. */
export async function smokeReport(given: SmokeSource, request: SmokeRequest): Promise<Directory> {
  const began = monotonicSeconds();
  const subject = await prepare(given, request);
  const { result, evidence } = await testInCluster(subject, request, began, true);
  const failures = failuresOf(result);
  const report = dag
    .directory()
    .withNewFile("smoke.json", `${JSON.stringify({ passed: failures.length === 0, failures, ...result }, null, 2)}\n`)
    .withNewFile("smoke.txt", `${[...failures, "", smokeTable(result)].join("\n").trimStart()}\n`);
  return evidence === undefined ? report : report.withDirectory("evidence", evidence);
}

/** The images of a test as one tarball, for nodes that the test does not start. */
export async function smokeImages(given: SmokeSource, request: SmokeRequest): Promise<File> {
  return (await prepare(given, request)).node.tarball;
}

/** The same with the names of the images, for a cluster to be started with. */
export async function smokeSideLoad(given: SmokeSource, request: SmokeRequest): Promise<SideLoad> {
  return sideLoadOf((await prepare(given, request)).node);
}

function sideLoadOf({ images, tarball }: NodeTarball): SideLoad {
  return { names: images.map(({ name }) => name), tarball };
}

async function prepare(given: SmokeSource, request: SmokeRequest): Promise<Subject> {
  const all = await readChartSource(given);
  const run = randomUUID().slice(0, 8);
  const chosen = selected(all, request);
  const charts = request.access === undefined ? chosen : chosen.map((chart) => inOwnNamespace(chart, run));
  const source = { ...all, platform: { ...all.platform, charts } };
  const { lock } = source;
  const externals = planExternals(charts, request.environment, lock);
  if (request.access !== undefined) refuseExternals(externals, request.environment);
  const values = new Map(
    charts.map((chart) => [
      chart.name,
      installValues(chart, lock, request.environment, request.access && "IfNotPresent"),
    ]),
  );
  const building = buildNamed(given, source, imagesOf(charts));
  const helmed = await helmCharts(source, [request.environment], {
    digests: async () => digestsOf(await building),
    run: (input) => runHelm({ ...input, overrides: values.get(input.spec.name)?.values }, helmContainer(lock, "helm")),
  });
  const built = await building;
  const releases = releasesOf(helmed, request.environment, values);
  const ingress: IngressPlan =
    request.access === undefined ? planIngress(releases, request.environment, lock) : { kind: "none" };
  const images = [...imagesFor(releases, built, lock), ...externalImages(externals, lock)];
  const own = [checkImage(lock, given.programs), probeImage(lock, given.programs), ...controllerImages(ingress)];
  return {
    ...{ source, built, releases, externals, ingress, programs: given.programs },
    node: await nodeTarball(lock, [...images, ...own]),
    notes: [...values.values()]
      .flatMap(({ notes }) => notes)
      .concat(
        ingressNotes(ingress),
        standInNotes(lock, releases, externals),
        request.access === undefined ? [] : existingNotes(charts),
      ),
  };
}

/** The charts that are meant; throws UnknownChartError. */
export function selected({ platform }: ChartSource, { chart, environment }: SmokeRequest): readonly ChartSpec[] {
  if (chart === "") return platform.charts.filter(({ environments }) => environments[environment] !== undefined);
  const found = platform.charts.filter(({ name }) => name === chart);
  if (found.length > 0) return found;
  const names = platform.charts.map(({ name }) => name);
  throw new UnknownChartError(`${platform.origin.file} has no chart "${chart}"`, names);
}

/** The images are in the manifests by digest; the node's own and what asks are named besides. */
function keyOf({ source, releases, externals, node }: Subject, { environment }: SmokeRequest): string {
  return passKey({
    environment,
    cluster: lookupImage(source.lock, "k3s").reference,
    images: node.images,
    externals,
    releases: releases.map(({ spec, manifests }) => ({ spec, manifests: manifests.map(({ body }) => body) })),
  });
}

async function testInCluster(
  subject: Subject,
  { environment, access }: SmokeRequest,
  began: number,
  withEvidence: boolean,
): Promise<Tested> {
  const { source, node } = subject;
  const helm = helmContainer(source.lock, "helm").file("/usr/bin/helm");
  const own = namespacesOf(subject.releases);
  const run = randomUUID();
  const cluster: TestCluster =
    access === undefined
      ? await startCluster(source.lock, { run, images: [sideLoadOf(node)], helm })
      : await useCluster(source.lock, access, run, helm, own);
  try {
    if (access !== undefined) await checkReleases(cluster, subject.releases);
    const made = await prepareReleases(cluster, subject, environment);
    const result = await testReleases(cluster, subject, environment, made);
    const timed = { ...result, seconds: monotonicSeconds() - began };
    if (!withEvidence || failuresOf(timed).length === 0) return { result: timed };
    const entry = subject.ingress.kind === "none" ? [] : [subject.ingress.place.namespace];
    return { result: timed, evidence: await collectEvidence(cluster, [...new Set([...own, ...entry])], made.secrets) };
  } finally {
    await cluster.stop();
  }
}
