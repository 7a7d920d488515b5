/** The life of releases in a cluster of the run: installed as they were before, under load upgraded, rolled back, hurt and removed. */
import { randomUUID } from "node:crypto";

import { dag, type Directory } from "@dagger.io/dagger";

import { helmContainer } from "../charts/tools.ts";
import { monotonicSeconds } from "../report/parallel.ts";
import { within } from "./bounded.ts";
import { describeDiagnosis } from "./diagnosis/index.ts";
import { collectEvidence } from "./evidence.ts";
import { startCluster } from "./k3s.ts";
import { traceLeftovers, listObjects } from "./lifecycle-leftovers.ts";
import { componentsOf } from "./lifecycle-changes.ts";
import { lifecycleFailures, type LifecycleResult, type PhaseResult, type Recovery } from "./lifecycle-judgement.ts";
import { type Load, startLoad } from "./lifecycle-load.ts";
import { type JobOrder, jobsOfUpgrade } from "./lifecycle-order.ts";
import { loadPods } from "./lifecycle-pods.ts";
import { type Life, preparedFor, prepareLife } from "./lifecycle-prepare.ts";
import { LifecycleFailedError, lifecycleTable } from "./lifecycle-report.ts";
import {
  killPod,
  listOrder,
  namespacesOf,
  restartWorkload,
  rollBackReleases,
  type Stage,
  uninstallReleases,
  upgradeReleases,
} from "./lifecycle-steps.ts";
import type { GivenPrevious } from "./previous.ts";
import { prepareReleases } from "./prepare-releases.ts";
import { installReleases } from "./release.ts";
import type { SmokeRequest, SmokeSource } from "./smoke-subject.ts";

/** How it ended, with all that a person looks at where it failed. */
type Lived = { readonly result: LifecycleResult; readonly evidence?: Directory };

/** Tests the life of releases and returns a table; throws LifecycleFailedError naming everything that does not hold. */
export async function lifecycleTest(given: SmokeSource, request: SmokeRequest, before: GivenPrevious): Promise<string> {
  const { result } = await live(given, request, before, false);
  if (lifecycleFailures(result).length > 0) throw new LifecycleFailedError(result);
  return lifecycleTable(result);
}

/** Tests as lifecycleTest does and gives the report as a directory instead of failing. */
export async function lifecycleReport(
  given: SmokeSource,
  request: SmokeRequest,
  before: GivenPrevious,
): Promise<Directory> {
  const { result, evidence } = await live(given, request, before, true);
  const failures = lifecycleFailures(result);
  const data = { passed: failures.length === 0, failures, ...result };
  const report = dag
    .directory()
    .withNewFile("lifecycle.json", `${JSON.stringify(data, null, 2)}\n`)
    .withNewFile("lifecycle.txt", `${[...failures, "", lifecycleTable(result)].join("\n").trimStart()}\n`);
  return evidence === undefined ? report : report.withDirectory("evidence", evidence);
}

async function live(
  given: SmokeSource,
  request: SmokeRequest,
  before: GivenPrevious,
  withEvidence: boolean,
): Promise<Lived> {
  const began = monotonicSeconds();
  const life = await prepareLife(given, request, before);
  const side = { names: life.node.images.map(({ name }) => name), tarball: life.node.tarball };
  const helm = helmContainer(life.source.lock, "helm").file("/usr/bin/helm");
  const cluster = await startCluster(life.source.lock, { run: randomUUID(), images: [side], helm });
  try {
    const { secrets } = await prepareReleases(cluster, preparedFor(life, given), request.environment);
    const stage = { client: cluster, environment: request.environment, secrets };
    let evidence: Directory | undefined;
    const look = async () => {
      evidence ??= withEvidence ? await collectEvidence(cluster, namespacesOf(life.releases), secrets) : undefined;
    };
    const shown = await new Phases(stage, life, look).run();
    if (lifecycleFailures(shown).length > 0) await look();
    const { environment } = request;
    const { commit, previous, notes } = life;
    const result = { environment, commit, previous, ...shown, notes, seconds: monotonicSeconds() - began };
    return evidence === undefined ? { result } : { result, evidence };
  } finally {
    await cluster.stop();
  }
}

type Shown = Pick<LifecycleResult, "phases" | "jobs" | "loads" | "recoveries" | "leftovers" | "kept" | "stuck">;

/** Length of the phase in which nothing is done, in seconds: what is measured later is compared with it. */
const CALM_SECONDS = 3;

/** Longest time that a phase can take by the bounds of what it waits for, and some more. */
const PHASE_WITHIN_SECONDS = 600;

/** The phases of a life, one after the other; one that does not come to its end is the last. */
class Phases {
  readonly #phases: PhaseResult[] = [];
  readonly #recoveries: Recovery[] = [];
  #jobs: readonly JobOrder[] = [];
  #load: Load | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly life: Life,
    /** Collects what a person looks at, while it is there. */
    private readonly look: () => Promise<void>,
  ) {}

  async run(): Promise<Shown> {
    const { releases, before } = this.life;
    const objects = await listObjects(this.stage.client);
    const stuck =
      (await this.#phase("install", () => this.#install())) ??
      (await this.#underLoad("calm", async () => {
        await new Promise((resolve) => setTimeout(resolve, CALM_SECONDS * 1000));
        return [];
      })) ??
      (await this.#underLoad("upgrade", () => this.#upgrade())) ??
      (await this.#underLoad("rollback", () => rollBackReleases(this.stage, releases, before))) ??
      (await this.#hurt());
    const { loads } = await this.#timed("read back", () => this.#load?.finish() ?? NO_LOAD);
    const shown = {
      phases: this.#phases,
      jobs: this.#jobs,
      loads,
      recoveries: this.#recoveries,
      leftovers: [],
      kept: [],
    };
    if (lifecycleFailures({ ...shown, stuck }).length > 0) await this.look();
    if (stuck !== undefined) return { ...shown, stuck };
    const refused = await this.#phase("uninstall", () => uninstallReleases(this.stage, before));
    const tracing = traceLeftovers(this.stage.client, this.life.releases, objects);
    const traces = await within(PHASE_WITHIN_SECONDS, "the search for leftovers", tracing);
    return { ...shown, ...traces, stuck: refused };
  }

  async #install(): Promise<string[]> {
    const { client, environment, secrets } = this.stage;
    const { before } = this.life;
    const { diagnoses } = await installReleases(client, before, environment, secrets);
    if (diagnoses.length > 0) return diagnoses.map(describeDiagnosis);
    // What is asked is what this revision's platform file says.
    const pods = this.life.releases.flatMap(({ spec, manifests }) => loadPods(spec, manifests));
    this.#load = await startLoad(client, pods, "calm");
    return [];
  }

  async #upgrade(): Promise<string[]> {
    const { releases, before } = this.life;
    const seen = await listOrder(this.stage.client, releases);
    const reasons = await upgradeReleases(this.stage, releases, before);
    if (reasons.length === 0) this.#jobs = jobsOfUpgrade(seen, await listOrder(this.stage.client, releases));
    return reasons;
  }

  /** Kills and restarts, one component after the other: what fails meanwhile must be theirs alone. */
  async #hurt(): Promise<LifecycleResult["stuck"]> {
    for (const release of this.life.before) {
      const chart = release.spec.name;
      const components = componentsOf(release.manifests);
      for (const target of components) {
        const { component } = target;
        const phase = `kill ${component}`;
        await this.#underLoad(phase, async () => {
          const { seconds, reason } = await killPod(this.stage, release, target);
          this.#recoveries.push({ chart, component, phase, seconds, reason });
          return [];
        });
      }
      for (const component of release.spec.lifecycle?.restart ?? []) {
        const target = components.find((each) => each.component === component);
        if (target === undefined) continue;
        const phase = `restart ${component}`;
        const began = monotonicSeconds();
        const stuck = await this.#underLoad(phase, () =>
          restartWorkload(this.stage, this.life.before, release, target.workload),
        );
        if (stuck !== undefined) return stuck;
        this.#recoveries.push({ chart, component, phase, seconds: monotonicSeconds() - began, reason: "" });
      }
    }
    return undefined;
  }

  async #underLoad(phase: string, work: () => Promise<string[]>): Promise<LifecycleResult["stuck"]> {
    return this.#phase(phase, async () => {
      await this.#load?.turn(phase);
      return work();
    });
  }

  async #phase(phase: string, work: () => Promise<string[]>): Promise<LifecycleResult["stuck"]> {
    const reasons = await this.#timed(phase, work);
    return reasons.length === 0 ? undefined : { phase, reasons };
  }

  async #timed<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
    const began = monotonicSeconds();
    const found = await within(PHASE_WITHIN_SECONDS, `the phase ${phase}`, work());
    this.#phases.push({ phase, seconds: monotonicSeconds() - began });
    return found;
  }
}

const NO_LOAD = Promise.resolve({ phases: [], loads: [] });
