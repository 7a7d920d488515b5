/** Promotes a release: what verifies is written as a change to review, and nothing is built. */
import { randomUUID } from "node:crypto";

import { dag, type Directory } from "@dagger.io/dagger";

import { chartsFor } from "../charts/dependencies.ts";
import type { ChartSource } from "../charts/prepare.ts";
import type { GitopsPrograms } from "../gitops/expand.ts";
import { openGitops, type OpenedGitops } from "../gitops/functions.ts";

import { expectedApplications, pairs } from "../gitops/plan.ts";
import type { PlatformSource } from "../images/functions.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import type { Environment } from "../platform/environments.ts";
import { type RegistryClient, registryClient, type ReleaseRegistry } from "../release/registry.ts";
import { RECORD_REPOSITORY } from "../release/release-record.ts";
import { type VerifiedRelease, verifiedRelease, type VerifyRequest } from "../release/verify.ts";
import { RESULTS } from "../report/results-folder.ts";
import { readHistory } from "./history.ts";
import { filesToRead, NoReleasesError, planPromotion, type PromotedChart, type Promotion } from "./promotion.ts";
import { promotionJson, type PromotionOutcome, promotionTable } from "./promotion-report.ts";
import { decideMoves, type Pinned, type RevisionMoves, writeRevisions } from "./revision-move.ts";

/** The platform, and the sources of the module's own programs. */
export type PromotionSource = PlatformSource &
  GitopsPrograms & {
    /** src/release/programs. */
    readonly releasePrograms: Directory;
  };

/** What is promoted, and where to. */
export type PromotionRequest = Pick<VerifyRequest, "tag" | "policy"> & {
  readonly environment: Environment;
  /** Move no alias. */
  readonly dryRun: boolean;
};

type Alias = PromotionOutcome["aliases"][number] & { readonly repository: string };

/**
 * Promotes a release and gives a directory: promotion.txt, promotion.json, promotion.patch, and the changed files as they
 * lie in the source, below files/. Everything that can be refused is refused before an alias moves.
 */
export async function promoteRelease(
  given: PromotionSource,
  registry: ReleaseRegistry,
  { environment, dryRun, ...request }: PromotionRequest,
): Promise<Directory> {
  const releases = { ...given, programs: given.releasePrograms };
  const [opened, verified] = await Promise.all([
    openGitops(given),
    // An environment runs what was tested: a release without a smoke test that passed goes nowhere.
    verifiedRelease(releases, registry, { ...request, demanded: ["test"] }),
  ]);
  const { platform, lock, source } = opened.source;
  if (opened.gitops.releases === undefined) throw new NoReleasesError(platform.origin.file);
  const texts = await readTexts(source, filesToRead(environment, platform, opened.gitops));
  const release = { record: verified.record, prefix: registry.prefix };
  const promotion = planPromotion(environment, release, platform, opened.gitops, texts);
  const { moves, edits, notes } = await revisionMoves(opened, promotion, verified.record.revision);
  const sets = opened.files.texts.find(({ file }) => file === opened.gitops.applicationSets);
  const files = new Map(
    promotion.charts.map(({ file, textBefore, textAfter }) => [file, [textBefore, textAfter] as const]),
  );
  if (sets !== undefined) files.set(sets.file, [sets.text, writeRevisions(sets.text, edits)]);
  const changed = [...files].filter(([, [before, after]]) => before !== after);
  const client = registryClient(lock, given.releasePrograms, registry, randomUUID());
  const aliases = await aliasesOf(client, registry.prefix, verified, environment);
  const about = { tag: request.tag, revision: verified.record.revision, dryRun };
  const outcome: PromotionOutcome = { promotion, moves, notes, ...about, aliases: aliases.map(shown) };
  const written = await changeSet(lock, changed, outcome, texts);
  if (!dryRun) await moveAliases(client, aliases);
  return written;
}

async function readTexts(source: Directory, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const read = await Promise.all(
    files.map(async (file) =>
      (await source.exists(file)) ? [[file, await source.file(file).contents()] as const] : [],
    ),
  );
  return new Map(read.flat());
}

/** What the Applications of an environment do with their revisions. Throws PromotionRefusedError. */
async function revisionMoves(
  { source, gitops, expansion }: OpenedGitops,
  { charts, environment }: Promotion,
  released: string,
): Promise<RevisionMoves> {
  const expected = expectedApplications(source.platform.charts, gitops);
  const known = pairs(expansion.applications, expected).flatMap(({ application, wanted }) => {
    const chart = charts.find(({ spec }) => spec === wanted.chart);
    return chart === undefined || wanted.environment !== environment ? [] : [{ application, chart }];
  });
  const asked = await Promise.all(
    known.map(async ({ application, chart }): Promise<Pinned> => {
      const { file, textBefore, textAfter } = chart;
      const folders = await foldersOf(source, chart);
      return { application, file, isWritten: textBefore !== textAfter, folders, released };
    }),
  );
  const paths = asked.flatMap(({ file, folders }) => [file, ...folders]);
  const commits = [released, ...asked.map(({ application }) => application.revision)];
  const history = await readHistory(source.source, source.lock, commits, paths);
  return decideMoves(asked, history, environment);
}

/** Folders that a chart is made of. */
async function foldersOf({ source, platform }: ChartSource, { spec }: PromotedChart): Promise<string[]> {
  const { line } = platform.origin.valuePosition(["systems", spec.system, "charts", spec.name, "path"]);
  return (await chartsFor(spec, `${platform.origin.file}:${line}`, source)).map(({ path }) => path);
}

/** The alias of the environment on each image and on the record, which comes last. */
async function aliasesOf(
  client: RegistryClient,
  prefix: string,
  { record, digest }: VerifiedRelease,
  environment: Environment,
): Promise<Alias[]> {
  const wanted = [...record.images, { repository: RECORD_REPOSITORY, digest }].map((part) => {
    const repository = `${prefix}/${part.repository}`;
    return { repository, reference: `${repository}:${environment}`, to: part.digest };
  });
  const { digests } = await client.state(
    wanted.map(({ reference }) => reference),
    [],
  );
  return wanted.map((alias) => ({ ...alias, from: digests[alias.reference] ?? "" }));
}

async function moveAliases(client: RegistryClient, aliases: readonly Alias[]): Promise<void> {
  const moving = aliases.filter(({ from, to }) => from !== to);
  if (moving.length === 0) return;
  const isRecord = ({ repository }: Alias) => repository.endsWith(`/${RECORD_REPOSITORY}`);
  const phases = [moving.filter((alias) => !isRecord(alias)), moving.filter(isRecord)].map((group) => ({
    tags: group.map(({ repository, reference, from, to }) => {
      return { repository, name: reference.slice(repository.length + 1), digest: to, expected: from };
    }),
  }));
  await client.apply({ phases, inputs: dag.directory() });
}

function shown({ reference, from, to }: Alias) {
  return { reference, from, to };
}

// git ends with 1 where the two differ.
const DIFF = `mkdir -p ${RESULTS}
cd /work && git diff --no-index --no-color --no-prefix a b > ${RESULTS}/promotion.patch || [ $? = 1 ]`;

/** The change to review, with the difference as git apply takes it. */
async function changeSet(
  lock: ImageLock,
  changed: readonly (readonly [file: string, texts: readonly [before: string, after: string]])[],
  outcome: PromotionOutcome,
  existing: ReadonlyMap<string, string>,
): Promise<Directory> {
  const isNew = (file: string, before: string) => before === "" && !existing.has(file);
  const before = changed.reduce(
    (all, [file, [text]]) => (isNew(file, text) ? all : all.withNewFile(file, text)),
    dag.directory(),
  );
  const after = changed.reduce((all, [file, [, text]]) => all.withNewFile(file, text), dag.directory());
  const patch = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/work/a", before)
    .withMountedDirectory("/work/b", after)
    .withExec(["sh", "-c", DIFF])
    .file(`${RESULTS}/promotion.patch`);
  const directory = dag
    .directory()
    .withNewFile("promotion.txt", promotionTable(outcome))
    .withNewFile("promotion.json", promotionJson(outcome))
    .withFile("promotion.patch", patch)
    .withDirectory("files", after);
  // Whatever could still fail, fails before an alias moves.
  return directory.sync();
}
