/** Finds what a change affects: images and charts whose recorded inputs it touches, and why. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import type { ImageSpec, Platform } from "../platform/platform-file.ts";
import { type ImageInputs, whyInImage } from "./image-inputs.ts";

/** What a chart is made of, as folders of the source, and what it is checked with, as files. */
export type ChartInputs = { readonly chart: string; readonly folders: readonly string[] };

/** The platform and its lock at one time; nothing where they could not be read then. */
export type Snapshot = { readonly platform: Platform; readonly lock: ImageLock | undefined };

/** A change: what was, what is, and the paths that differ. */
export type Change = {
  readonly before: Snapshot | undefined;
  readonly after: Snapshot;
  readonly changed: readonly string[];
  readonly images: readonly ImageInputs[];
  readonly charts: readonly ChartInputs[];
  /** Path of the platform file. */
  readonly platformPath: string;
  /** Paths that the module itself is made of, where the source is that of the module. */
  readonly isModule: (path: string) => boolean;
};

/** What a change means for an image or a chart. */
export type Effect = {
  readonly name: string;
  /** Why its content may be another. */
  readonly content: readonly string[];
  /** Why it is checked again, though its content is the same. */
  readonly checks: readonly string[];
};

/** What a change affects. */
export type Affected = {
  readonly images: readonly Effect[];
  readonly charts: readonly Effect[];
  /** Names that were in the platform file and are no longer. */
  readonly gone: readonly string[];
  /** Paths that nothing is made of. */
  readonly unused: readonly string[];
};

/** Keys of an entry that decide nothing about what is built. */
const CHECKS_OF_IMAGE: readonly string[] = ["maxCompressedMiB"];
const CHECKS_OF_CHART: readonly string[] = [
  ...["lockedImages", "withoutImage", "environments", "secrets", "throwAway", "checks", "lifecycle", "withoutHttp"],
  ...["config", "network", "release", "namespace"],
];
/** Outside images that every image and every chart goes through. */
const TOOLS_OF_IMAGE = ["golang"];
const TOOLS_OF_CHART = ["golang", "helm"];

/** Finds what a change affects. */
export function affectedBy(change: Change): Affected {
  const everything = reasonsForAll(change);
  const images = change.after.platform.images.map((spec) => imageEffect(spec, change, everything));
  const charts = change.after.platform.charts.map((spec) => chartEffect(spec, change, everything, images));
  const known = new Set([...images, ...charts].map(({ name }) => name));
  const before = change.before?.platform;
  const gone = [...(before?.images ?? []), ...(before?.charts ?? [])].map(({ name }) => name);
  return {
    ...{ images, charts },
    gone: [...new Set(gone.filter((name) => !known.has(name)))],
    unused: change.changed.filter((path) => !isUsed(path, change)),
  };
}

/** What makes everything another. */
function reasonsForAll({ before, changed, isModule, platformPath }: Change): string[] {
  const own = changed.filter(isModule);
  return [
    ...(before === undefined ? [`${platformPath} could not be read as it was`] : []),
    ...(before !== undefined && before.lock === undefined ? ["the image lock could not be read as it was"] : []),
    ...(own.length === 0 ? [] : [`the module itself: ${listed(own)}`]),
  ];
}

function imageEffect(spec: ImageSpec, change: Change, everything: readonly string[]): Effect {
  const { before, after, changed, images, platformPath } = change;
  const earlier = before?.platform.images.find(({ name }) => name === spec.name);
  const inputs = images.find(({ image }) => image === spec.name);
  const entry = entryReasons(spec, earlier, CHECKS_OF_IMAGE, platformPath, before !== undefined);
  const files = changed.flatMap((path) => (inputs === undefined ? [] : (whyInImage(inputs, path) ?? [])));
  const bases = lockReasons([...Object.values(spec.bases), ...TOOLS_OF_IMAGE], before, after);
  return { name: spec.name, content: [...everything, ...entry.content, ...bases, ...files], checks: entry.checks };
}

function chartEffect(
  spec: ChartSpec,
  change: Change,
  everything: readonly string[],
  images: readonly Effect[],
): Effect {
  const { before, after, changed, charts, platformPath } = change;
  const earlier = before?.platform.charts.find(({ name }) => name === spec.name);
  const folders = charts.find(({ chart }) => chart === spec.name)?.folders ?? [spec.path];
  const entry = entryReasons(spec, earlier, CHECKS_OF_CHART, platformPath, before !== undefined);
  const files = changed
    .filter((path) => folders.some((folder) => isIn(folder, path)))
    .map((path) => `${path} is part of it`);
  const pinned = images.filter(({ name, content }) => Object.hasOwn(spec.images, name) && content.length > 0);
  const checked = changed.filter((path) => checkFiles(spec, after.platform).includes(path));
  const isValidated = JSON.stringify(before?.platform.validation) === JSON.stringify(after.platform.validation);
  return {
    name: spec.name,
    content: [
      ...everything,
      ...entry.content,
      ...lockReasons(TOOLS_OF_CHART, before, after),
      ...files,
      ...pinned.map(({ name }) => `it pins the image ${name}`),
    ],
    checks: [
      ...entry.checks,
      ...lockReasons(Object.keys(spec.lockedImages), before, after),
      ...checked.map((path) => `${path} is what it is checked with`),
      ...(before === undefined || isValidated ? [] : [`${platformPath}: validation`]),
    ],
  };
}

/** What an entry of the platform file says otherwise than it did. */
function entryReasons(
  now: ImageSpec | ChartSpec,
  earlier: ImageSpec | ChartSpec | undefined,
  checks: readonly string[],
  file: string,
  isKnown: boolean,
): Pick<Effect, "content" | "checks"> {
  if (!isKnown) return { content: [], checks: [] };
  if (earlier === undefined) return { content: [`${file}: it is new`], checks: [] };
  const [before, after] = [new Map(Object.entries(earlier)), new Map(Object.entries(now))];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const other = keys.filter((key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)));
  const reason = (key: string) => `${file}: its ${key}`;
  return {
    content: other.filter((key) => !checks.includes(key)).map(reason),
    checks: other.filter((key) => checks.includes(key)).map(reason),
  };
}

/** Entries of the image lock that are another. */
function lockReasons(names: readonly string[], before: Snapshot | undefined, { lock }: Snapshot): string[] {
  const earlier = before?.lock;
  if (earlier === undefined || lock === undefined) return [];
  const referenceIn = (known: ImageLock, name: string) =>
    Object.hasOwn(known, name) ? known[name]?.reference : undefined;
  return [...new Set(names)]
    .filter((name) => referenceIn(earlier, name) !== referenceIn(lock, name))
    .map((name) => `the image lock: ${name}`);
}

/** Files that a chart is checked with and not made of. */
function checkFiles({ config }: ChartSpec, { validation }: Platform): string[] {
  return [config?.registry, validation.exceptions, validation.immutableFields].flatMap((file) => file ?? []);
}

function isUsed(path: string, { images, charts, platformPath, isModule, after }: Change): boolean {
  if (path === platformPath || isModule(path)) return true;
  return (
    images.some((inputs) => whyInImage(inputs, path) !== undefined) ||
    charts.some(({ folders }) => folders.some((folder) => isIn(folder, path))) ||
    after.platform.charts.some((spec) => checkFiles(spec, after.platform).includes(path))
  );
}

/** True for a path in a folder, and for a folder on the way to it that was replaced as a whole. */
function isIn(folder: string, path: string): boolean {
  return folder === "." || path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`);
}

function listed(paths: readonly string[]): string {
  const rest = paths.length - 3;
  return rest > 0 ? `${paths.slice(0, 3).join(", ")} and ${rest} more` : paths.join(", ");
}
