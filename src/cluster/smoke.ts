/** The smoke test: this run's images and charts in a cluster that the run starts, checked from inside, and taken away. */
import { randomUUID } from "node:crypto";

import { dag, type Directory, type File } from "@dagger.io/dagger";

import { contentDigest, helmContainer } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import { checkReleases, useCluster } from "./existing-cluster.ts";
import { collectEvidence } from "./evidence.ts";
import { type SideLoad, openCluster, type TestCluster } from "./k3s.ts";
import { trialProgram } from "./network-proof.ts";
import type { NodeTarball } from "./node-tarball.ts";
import { joinedKey, passKey } from "./pass-key.ts";
import { prepareReleases } from "./prepare-releases.ts";
import type { Release } from "./release.ts";
import { joined, partOf } from "./smoke-parts.ts";
import { readPasses, recordPasses } from "./smoke-record.ts";
import { failuresOf, SmokeFailedError, type SmokeResult, smokeTable } from "./smoke-report.ts";
import {
  type Candidate,
  nodeOf,
  prepareCandidate,
  type SmokeRequest,
  type SmokeSource,
  type Subject,
  subjectOf,
} from "./smoke-subject.ts";
import { groupsOf } from "./test-groups.ts";
import { namespacesOf, testReleases } from "./test-releases.ts";

/** How a smoke test ended, with all that a person looks at where it failed. */
type Tested = { readonly result: SmokeResult; readonly evidence?: Directory };

/** Releases that are tested together, and the pass that they have. */
type Group = { readonly subject: Subject; readonly key: string; readonly pass: SmokeResult | undefined };

/**
 * Installs the charts of an environment with the images of this run and returns a table; throws SmokeFailedError naming
 * everything that does not hold. A pass is recorded under what was tested, and returned when the same is asked for again.
 */
export async function smokeTest(given: SmokeSource, request: SmokeRequest): Promise<string> {
  const { table, result } = await smokeOutcome(given, request);
  if (failuresOf(result).length > 0) throw new SmokeFailedError(result);
  return table;
}

/** How a smoke test went. */
export type SmokeOutcome = { readonly table: string; readonly result: SmokeResult };

/**
 * Tests as smokeTest does, and gives what was found instead of failing. Of releases that have nothing of a cluster in
 * common, only those are tested that have no recorded pass; the result has what was found of all.
 */
export async function smokeOutcome(given: SmokeSource, request: SmokeRequest): Promise<SmokeOutcome> {
  const began = monotonicSeconds();
  const candidate = await prepareCandidate(given, request);
  if (request.access !== undefined) {
    const { result } = await testInCluster(subjectOf(candidate, candidate.releases), request, began, false);
    return { table: smokeTable(result), result };
  }
  const { lock } = candidate.source;
  const groups = await groupsOfCandidate(candidate, request.force);
  const passes = groups.flatMap(({ pass }) => pass ?? []);
  const untested = groups.filter(({ pass }) => pass === undefined);
  if (untested.length === 0) {
    const result = joined(passes);
    return { table: `${smokeTable(result)}\n${recordedNote([])}`, result };
  }
  const fresh = await testGroups(candidate, untested, began);
  await recordGroups(lock, fresh, untested);
  const result = joined([fresh, ...passes]);
  const notes = passes.length === 0 ? [] : [recordedNote(namesOf(groups.filter(({ pass }) => pass !== undefined)))];
  return { table: [smokeTable(result), ...notes].join("\n"), result };
}

/** The record of the pass of exactly these images, charts, cluster and checks, and its key; nothing where there is none. */
export async function recordedPass(
  given: SmokeSource,
  request: SmokeRequest,
): Promise<{ readonly key: string; readonly report: string } | undefined> {
  const groups = await groupsOfCandidate(await prepareCandidate(given, request), false);
  const passes = groups.flatMap(({ pass }) => pass ?? []);
  if (passes.length < groups.length) return undefined;
  return { key: joinedKey(groups.map(({ key }) => key)), report: smokeTable(joined(passes)) };
}

/** Tests as smokeTest does, always anew, and gives the report as a directory instead of failing. */
export async function smokeReport(given: SmokeSource, request: SmokeRequest): Promise<Directory> {
  const began = monotonicSeconds();
  const candidate = await prepareCandidate(given, request);
  const { result, evidence } = await testInCluster(subjectOf(candidate, candidate.releases), request, began, true);
  const failures = failuresOf(result);
  const report = dag
    .directory()
    .withNewFile("smoke.json", `${JSON.stringify({ passed: failures.length === 0, failures, ...result }, null, 2)}\n`)
    .withNewFile("smoke.txt", `${[...failures, "", smokeTable(result)].join("\n").trimStart()}\n`);
  return evidence === undefined ? report : report.withDirectory("evidence", evidence);
}

/** The images of a test as one tarball, for nodes that the test does not start. */
export async function smokeImages(given: SmokeSource, request: SmokeRequest): Promise<File> {
  return (await nodeOfRequest(given, request)).tarball;
}

/** The same with the names of the images, for a cluster to be started with. */
export async function smokeSideLoad(given: SmokeSource, request: SmokeRequest): Promise<SideLoad> {
  return sideLoadOf(await nodeOfRequest(given, request));
}

async function nodeOfRequest(given: SmokeSource, request: SmokeRequest): Promise<NodeTarball> {
  const candidate = await prepareCandidate(given, request);
  return nodeOf(subjectOf(candidate, candidate.releases));
}

function sideLoadOf({ images, tarball }: NodeTarball): SideLoad {
  return { names: images.map(({ name }) => name), tarball };
}

/** What stands under the table where passes were not tested again: those of the charts, or all where none are named. */
function recordedNote(charts: readonly string[]): string {
  return charts.length === 0
    ? "note: recorded; nothing has changed since, and --force tests again"
    : `note: recorded: ${charts.join(", ")}; nothing of them has changed since, and --force tests all again`;
}

function namesOf(groups: readonly Group[]): string[] {
  return groups.flatMap(({ subject }) => subject.releases.map(({ spec }) => spec.name));
}

/** What can be tested apart, each with its recorded pass unless all is to be tested again. */
async function groupsOfCandidate(candidate: Candidate, force: boolean): Promise<Group[]> {
  const { source, request, releases } = candidate;
  const programs = await contentDigest(source.lock, candidate.programs);
  const subjects = groupsOf(releases).map((group) => subjectOf(candidate, group));
  const keys = subjects.map((subject) =>
    passKey({ ...subject, environment: request.environment, lock: source.lock, programs }),
  );
  const passes = force ? [] : await readPasses(source.lock, keys);
  return subjects.map((subject, index) => ({ subject, key: keys[index] ?? "", pass: passes[index] }));
}

/** Tests groups in one cluster. */
async function testGroups(candidate: Candidate, groups: readonly Group[], began: number): Promise<SmokeResult> {
  const chosen = new Set(groups.flatMap(({ subject }) => subject.releases));
  const inOrder: readonly Release[] = candidate.releases.filter((release) => chosen.has(release));
  return (await testInCluster(subjectOf(candidate, inOrder), candidate.request, began, false)).result;
}

/** Records each group's part of a pass. Failures are never recorded. */
async function recordGroups(lock: ImageLock, result: SmokeResult, groups: readonly Group[]): Promise<void> {
  if (failuresOf(result).length > 0) return;
  const all = groups.flatMap(({ subject }) => subject.releases);
  const passes = groups.map(({ subject, key }) => {
    const others = all.filter((release) => !subject.releases.includes(release));
    const charts = new Set(others.map(({ spec }) => spec.name));
    const part = partOf(result, { charts, namespaces: new Set(namespacesOf(others)) });
    return { key, result: { ...part, notes: subject.notes } };
  });
  await recordPasses(lock, passes);
}

async function testInCluster(
  subject: Subject,
  { environment, access }: SmokeRequest,
  began: number,
  withEvidence: boolean,
): Promise<Tested> {
  const { source } = subject;
  const node = await nodeOf(subject);
  const helm = helmContainer(source.lock, "helm").file("/usr/bin/helm");
  const trials = trialProgram(source.lock, subject.programs);
  const own = namespacesOf(subject.releases);
  const run = randomUUID();
  const cluster: TestCluster =
    access === undefined
      ? await openCluster(source.lock, { run, images: [sideLoadOf(node)], helm })
      : await useCluster(source.lock, access, run, helm, own);
  try {
    if (access !== undefined) await checkReleases(cluster, subject.releases);
    const { made, result } = await onReady(cluster, async () => {
      const prepared = await prepareReleases(cluster, subject, environment);
      return {
        made: prepared,
        result: await testReleases(cluster, { ...subject, node, trials }, environment, prepared),
      };
    });
    const timed = { ...result, seconds: monotonicSeconds() - began };
    if (!withEvidence || failuresOf(timed).length === 0) return { result: timed };
    const entry = subject.ingress.kind === "none" ? [] : [subject.ingress.place.namespace];
    return { result: timed, evidence: await collectEvidence(cluster, [...new Set([...own, ...entry])], made.secrets) };
  } finally {
    await cluster.stop();
  }
}

/** Works in a cluster that is still coming up. Where it does not, that is said, and not what fails in it for that reason. */
async function onReady<Result>(cluster: TestCluster, work: () => Promise<Result>): Promise<Result> {
  try {
    const [result] = await Promise.all([work(), cluster.ready()]);
    return result;
  } catch (error) {
    await cluster.ready();
    throw error;
  }
}
