/** Proves a component graph in a running cluster, with stand-ins that carry the labels of its pods. Rules are in the files beside. */
import { type Container, dag, type Directory, type File, ReturnType } from "@dagger.io/dagger";

import { compileOwnProgram } from "../charts/tools.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import type { Client } from "./client.ts";
import { KubectlError } from "./kubectl-error.ts";
import { namespaceManifests, namespacesOf, type ProofManifests, proofManifests } from "./network-manifests.ts";
import { PROBE_IMAGE } from "./address-container.ts";
import { isAsDeclared, isEnforced, judge, type NetworkProof, type Observed, parseOutcomes } from "./network-outcome.ts";
import type { NetworkPlan } from "./network-plan.ts";
import { observedOfPlans, type Stage, stageOf } from "./network-stage.ts";
import type { NamedTarball } from "./node-tarball.ts";
import {
  ANSWER_SECONDS,
  dialsOf,
  LIST_NAMESPACES,
  missingNamespaces,
  observedOf,
  parseAddresses,
  PREPARE_SCRIPT,
  PROOF_FOLDER,
  REMOVE_SCRIPT,
  TRIAL_PROGRAM,
  TRY_SCRIPT,
} from "./network-script.ts";

/** Where a proof is made. */
export type ProofPlace = {
  readonly cluster: Client;
  /** The program that has the stand-ins try. */
  readonly trials: File;
};

/** Bounds of a proof, and what stays of it. */
export type ProofBounds = {
  /** True where the cluster ends soon: then the stand-ins end with it. */
  readonly keepsStandIns?: boolean;
  /** Longest time until all stand-ins run, in seconds; default 120. */
  readonly startWithinSeconds?: number;
  /** Longest time for policies to have the effect that the graph wants, in seconds; default 20. */
  readonly settleWithinSeconds?: number;
};

/**
 * The image of the stand-ins, for a cluster to be started with.
 *
 * @param programs Source of the module's own programs, src/cluster/programs.
 */
export function probeImage(lock: ImageLock, programs: Directory): NamedTarball {
  const image = dag
    .container()
    .withFile("/network-probe", compileOwnProgram(lock, programs, "network-probe"))
    .withEntrypoint(["/network-probe"])
    .withAnnotation("io.containerd.image.name", PROBE_IMAGE);
  return { name: PROBE_IMAGE, tarball: image.asTarball() };
}

/**
 * The program that has all stand-ins try from one container: a kubectl for each takes more of the machine than the trials.
 *
 * @param programs As above.
 */
export function trialProgram(lock: ImageLock, programs: Directory): File {
  return compileOwnProgram(lock, programs, TRIAL_PROGRAM);
}

/**
 * Tries every connection of a plan in a cluster that has the policies of the release, and says what was proved. Stand-ins
 * are made for it, and removed unless the bounds say otherwise; services send them nothing. Throws KubectlError where they cannot be made.
 */
export async function proveNetwork(
  place: ProofPlace,
  plan: NetworkPlan,
  bounds: ProofBounds = {},
): Promise<NetworkProof> {
  const observed = await observe(place, plan, bounds);
  return judge(plan, observed);
}

/** Does so for several plans at once: stand-ins that are alike are made once, and all of them try together. */
export async function proveNetworks(
  place: ProofPlace,
  plans: readonly NetworkPlan[],
  bounds: ProofBounds = {},
): Promise<NetworkProof[]> {
  const found = observedOfPlans(plans, await observe(place, stageOf(plans), bounds));
  return plans.flatMap((plan, index) => {
    const observed = found[index];
    return observed === undefined ? [] : [judge(plan, observed)];
  });
}

async function observe(place: ProofPlace, stage: Stage, bounds: ProofBounds): Promise<Observed> {
  const proof = new Proof(place, stage);
  try {
    const addresses = await proof.prepare(bounds.startWithinSeconds ?? 120);
    return await proof.settle(addresses, bounds.settleWithinSeconds ?? 20);
  } finally {
    if (bounds.keepsStandIns !== true) await proof.remove();
  }
}

/** One proof: what is under way in the cluster. */
class Proof {
  readonly #manifests: ProofManifests;
  #made: readonly string[] = [];

  constructor(
    private readonly place: ProofPlace,
    private readonly stage: Stage,
  ) {
    this.#manifests = proofManifests(stage);
  }

  async prepare(boundSeconds: number): Promise<ReadonlyMap<string, string>> {
    const list = await this.place.cluster.kubectl(...LIST_NAMESPACES);
    const { missing, ending } = missingNamespaces(namespacesOf(this.stage), list);
    this.#made = missing;
    const container = this.#client()
      .withNewFile(`${PROOF_FOLDER}/pods.json`, this.#manifests.pods)
      .withNewFile(`${PROOF_FOLDER}/namespaces.json`, namespaceManifests(missing))
      .withEnvVariable("MISSING", missing.join(" "))
      .withEnvVariable("ENDING", ending.join(" "))
      .withEnvVariable("BOUND", String(boundSeconds));
    return parseAddresses(await run(container, PREPARE_SCRIPT));
  }

  /**
   * Tries everything until all of it is as declared, since policies take a moment to reach the kernel, and a connection
   * that is refused at last may have been open in the same moment as one that must be.
   */
  async settle(addresses: ReadonlyMap<string, string>, boundSeconds: number): Promise<Observed> {
    const end = performance.now() + boundSeconds * 1000;
    let observed = await this.#round(addresses);
    while (!this.#isSettled(observed) && performance.now() < end) observed = await this.#round(addresses);
    return observed;
  }

  async remove(): Promise<void> {
    await run(this.#client().withEnvVariable("MADE", this.#made.join(" ")), REMOVE_SCRIPT);
  }

  #isSettled({ trials, control }: Observed): boolean {
    return isEnforced(control) && this.stage.trials.every((trial, number) => isAsDeclared(trial, trials.get(number)));
  }

  async #round(addresses: ReadonlyMap<string, string>): Promise<Observed> {
    const lines = new Map<string, { readonly source: string; readonly lines: string[] }>();
    for (const { source, line } of dialsOf(this.stage, addresses)) {
      const own = lines.get(source.name) ?? { source: `${source.namespace} ${source.name}`, lines: [] };
      lines.set(source.name, own);
      own.lines.push(line);
    }
    const sources = [...lines.values()].map(({ source }) => source);
    const trials = [...lines].reduce(
      (folder, [name, own]) => folder.withNewFile(name, `${own.lines.join("\n")}\n`),
      dag.directory(),
    );
    const container = this.place.cluster
      .client()
      .withFile(`/usr/local/bin/${TRIAL_PROGRAM}`, this.place.trials)
      .withNewFile(`${PROOF_FOLDER}/sources`, `${sources.join("\n")}\n`)
      .withDirectory(`${PROOF_FOLDER}/trials`, trials)
      .withEnvVariable("ANSWER", String(ANSWER_SECONDS));
    return observedOf(this.stage, parseOutcomes(await run(container, TRY_SCRIPT)));
  }

  #client(): Container {
    return this.place.cluster.client().withNewFile(`${PROOF_FOLDER}/manifests.json`, this.#manifests.all);
  }
}

async function run(container: Container, script: string): Promise<string> {
  const command = ["sh", "-c", script];
  const ended = container.withExec(command, { expect: ReturnType.Any });
  const exitCode = await ended.exitCode();
  const [stdout, stderr] = await Promise.all([ended.stdout(), ended.stderr()]);
  if (exitCode !== 0) throw new KubectlError({ command: ["sh", "network-proof"], exitCode, stdout, stderr });
  return stdout;
}
