/** The function plan, over the platform that the constructor was given: it reads, and builds nothing. */
import { chartsFor } from "../charts/dependencies.ts";
import { type PlatformSource, readFiles, type PlatformFiles } from "../images/functions.ts";
import { resolveRevision } from "../images/revision.ts";
import { imageTags } from "../images/tags.ts";
import type { Environment } from "../platform/environments.ts";
import { type ImageLock, parseImageLock } from "../platform/image-lock.ts";
import { parsePlatform } from "../platform/platform-file.ts";
import { PipelineError } from "../report/errors.ts";
import { affectedBy, type ChartInputs, type Snapshot } from "./affected.ts";
import { differenceSince, type Difference, linksOf } from "./history.ts";
import { filesOf, type ImageInputs, imageInputs, linkedFolders } from "./image-inputs.ts";
import { planJson, type PlanSubject, planTable } from "./plan.ts";

/** What a plan is asked for. */
export type PlanRequest = {
  /** Commit, tag or branch that changes are counted from; "": everything is planned. */
  readonly since: string;
  readonly environment: Environment;
  readonly tags: readonly string[];
  readonly ref: string;
  readonly defaultBranch: string;
  readonly json: boolean;
};

/** Where the image lock lies in a source that has one. */
const LOCK = "deploy/images.lock.yaml";
/** What the module itself is made of. */
const MODULE = /^(?:src\/|dagger\.json$|package(?:-lock)?\.json$|tsconfig\.json$)/;

/** Plans a run and returns a table, or the same as JSON. */
export async function planPlatform(given: PlatformSource, request: PlanRequest): Promise<string> {
  const files = await readFiles(given);
  const { platform, lock } = files;
  const { source, revision } = given;
  const [{ commit }, links] = await Promise.all([
    resolveRevision(source, revision === "" ? undefined : revision, lock),
    linksOf(source, lock),
  ]);
  const [inputs, charts] = await Promise.all([
    readImageInputs(given, files, links),
    readChartInputs(given, files, links),
  ]);
  const tags = commit === "unknown" ? [] : imageTags(commit, request.ref, request.tags, request.defaultBranch);
  const subject: PlanSubject = { platform, environment: request.environment, commit, tags, inputs, notes: [] };
  const planned = request.since === "" ? subject : await sinceThen(given, files, subject, charts, request.since);
  return request.json ? planJson(planned) : planTable(planned);
}

/** The plan with what a change affects. */
async function sinceThen(
  given: PlatformSource,
  { platform, lock }: PlatformFiles,
  subject: PlanSubject,
  charts: readonly ChartInputs[],
  since: string,
): Promise<PlanSubject> {
  const { source, platformPath } = given;
  const wanted = [platformPath, LOCK];
  const [difference, isOwn, lockNow] = await Promise.all([
    differenceSince(source, lock, since, wanted),
    isOwnModule(given),
    source.exists(LOCK).then(async (isThere) => (isThere ? await source.file(LOCK).contents() : undefined)),
  ]);
  const committed = new Set(difference.committed);
  const committedLock = lockNow === undefined ? undefined : parseImageLock(lockNow, LOCK);
  const affected = affectedBy({
    ...{ before: snapshotOf(difference, platformPath, committedLock), after: { platform, lock: committedLock } },
    ...{ changed: difference.changed, images: subject.inputs, charts, platformPath },
    // The module comes from its own repository, and what of it a source leaves out was not taken away.
    isModule: (path) => isOwn && MODULE.test(path) && committed.has(path),
  });
  const notes =
    lockNow === undefined ? [`the source has no ${LOCK}: a change of the image lock is not seen here`] : subject.notes;
  return { ...subject, notes, change: { since: difference.since, affected } };
}

/** The platform as it was; nothing where it cannot be read. */
function snapshotOf({ texts }: Difference, path: string, lockNow: ImageLock | undefined): Snapshot | undefined {
  const text = texts.get(path);
  if (text === undefined) return undefined;
  const lockText = texts.get(LOCK);
  try {
    const lock = lockText === undefined ? undefined : parseImageLock(lockText, LOCK);
    // A source without a lock of its own has none to compare with.
    return { platform: parsePlatform(text, path), lock: lockNow === undefined ? {} : lock };
  } catch (error) {
    // What was wrong then is no mistake of today: everything is planned.
    if (error instanceof PipelineError) return undefined;
    throw error;
  }
}

/** True where the source is that of this module. */
async function isOwnModule({ source }: PlatformSource): Promise<boolean> {
  // The module's own repository hands in the sources of its programs; no other source has them.
  return source.exists("src/release/programs/go.mod");
}

/** Records the inputs of every image. */
async function readImageInputs(
  { source }: PlatformSource,
  { platform }: PlatformFiles,
  links: ReadonlyMap<string, string>,
): Promise<ImageInputs[]> {
  const wanted = platform.images.flatMap((spec) => [filesOf(spec).dockerfile, ...filesOf(spec).ignore]);
  const texts = await Promise.all(
    [...new Set(wanted)].map(async (file) =>
      (await source.exists(file)) ? [[file, await source.file(file).contents()] as const] : [],
    ),
  );
  const read = new Map(texts.flat());
  return platform.images.map((spec) => imageInputs(spec, read, links));
}

/** Records the folders that every chart is made of. */
async function readChartInputs(
  { source }: PlatformSource,
  { platform }: PlatformFiles,
  links: ReadonlyMap<string, string>,
): Promise<ChartInputs[]> {
  return Promise.all(
    platform.charts.map(async (spec) => {
      const { line } = platform.origin.valuePosition(["systems", spec.system, "charts", spec.name, "path"]);
      const parts = await chartsFor(spec, `${platform.origin.file}:${line}`, source);
      return {
        chart: spec.name,
        folders: linkedFolders(
          parts.map(({ path }) => path),
          links,
        ),
      };
    }),
  );
}
