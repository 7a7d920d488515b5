/** Decides what a promotion writes: the release of each chart, file by file. What verifies is decided in release/judgement.ts. */
import { releaseFile } from "../gitops/plan.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import type { GitopsSpec } from "../platform/gitops-spec.ts";
import type { Platform } from "../platform/platform-file.ts";
import { PipelineError } from "../report/errors.ts";
import type { ReleaseRecord } from "../release/release-record.ts";
import {
  type CurrentChart,
  readReleaseFile,
  type ReleasedChart,
  runsRelease,
  writeReleaseFile,
} from "./release-file.ts";

/** A chart that is promoted. */
export type PromotedChart = {
  readonly spec: ChartSpec;
  /** Its file of the environment, as a path in the source. */
  readonly file: string;
  readonly before: CurrentChart;
  readonly released: ReleasedChart;
  readonly textBefore: string;
  readonly textAfter: string;
};

/** What a promotion writes, and what it leaves alone. */
export type Promotion = {
  readonly environment: Environment;
  readonly charts: readonly PromotedChart[];
  /** Charts of the platform in this environment that the release does not have. */
  readonly notReleased: readonly string[];
};

/** A release must not go where it was to go. */
export class PromotionRefusedError extends PipelineError {
  override readonly name = "PromotionRefusedError";
  constructor(environment: Environment, reasons: readonly string[], nextStep: string) {
    super("gate", `promote to ${environment} is refused\n${reasons.join("\n")}`, `${nextStep}; nothing was written`);
  }
}

/** A platform file does not say where promotions are written. */
export class NoReleasesError extends PipelineError {
  override readonly name = "NoReleasesError";
  constructor(file: string) {
    super(
      "config",
      `${file} has no key gitops.releases, so that nothing says where promotions are written`,
      "add releases: deploy/releases to gitops, and ../../deploy/releases/<environment>/<chart>.yaml as the last of the value files of each Application",
    );
  }
}

/** Environment that must run a release before another may; nothing: the evidence of the release is enough. */
export function environmentBefore(
  environment: Environment,
  { environments }: Pick<GitopsSpec, "environments">,
  chart: Pick<ChartSpec, "environments">,
): Environment | undefined {
  // dev follows the main branch by itself: what stands for it is the smoke test, which verify demands.
  return ENVIRONMENTS.slice(1, ENVIRONMENTS.indexOf(environment)).findLast(
    (name) => environments.includes(name) && chart.environments[name] !== undefined,
  );
}

/** Paths of all files that a promotion looks at: those of the environment, and those of the ones before. */
export function filesToRead(environment: Environment, { charts }: Platform, gitops: GitopsSpec): string[] {
  return charts.flatMap((chart) => {
    const before = environmentBefore(environment, gitops, chart);
    const names = chart.environments[environment] === undefined ? [] : [environment, before];
    return names.flatMap((name) => (name === undefined ? [] : (releaseFile(gitops, name, chart.name) ?? [])));
  });
}

/**
 * Plans the promotion of a release. Throws PromotionRefusedError naming every chart that the environment before does not run,
 * or that the platform file knows otherwise.
 *
 * @param texts The files of filesToRead, as far as they are there.
 */
export function planPromotion(
  environment: Environment,
  { record, prefix }: { readonly record: ReleaseRecord; readonly prefix: string },
  { charts, origin }: Platform,
  gitops: GitopsSpec,
  texts: ReadonlyMap<string, string>,
): Promotion {
  const here = charts.filter((spec) => spec.environments[environment] !== undefined);
  const unknown = record.charts.filter(({ name }) => !charts.some((spec) => spec.name === name));
  const pairs = here.flatMap((spec) => {
    const part = record.charts.find(({ name }) => name === spec.name);
    return part === undefined ? [] : [{ spec, released: releasedChart(part, spec, record, prefix) }];
  });
  const refusals = [
    ...unknown.map(({ name }) => `${origin.file} has no chart ${name}, which the release has`),
    ...pairs.flatMap(({ spec, released }) => (typeof released === "string" ? [`chart ${spec.name}: ${released}`] : [])),
    ...(here.length === 0 ? [`${origin.file} has no chart in ${environment}`] : []),
    ...(here.length > 0 && pairs.length === 0 ? [`the release has no chart that ${environment} runs`] : []),
  ];
  if (refusals.length > 0) {
    throw new PromotionRefusedError(environment, refusals, "promote from the source that the release was made of");
  }
  const promoted = pairs.flatMap(({ spec, released }) => {
    if (typeof released === "string") return [];
    const file = releaseFile(gitops, environment, spec.name) ?? "";
    const text = texts.get(file) ?? "";
    const after = writeReleaseFile(text, file, released);
    return [{ spec, file, before: readReleaseFile(text, file), released, textBefore: text, textAfter: after }];
  });
  checkBefore(environment, promoted, gitops, texts);
  const notReleased = here.filter((spec) => !promoted.some((each) => each.spec === spec)).map(({ name }) => name);
  return { environment, charts: promoted, notReleased };
}

/** A chart of a release with where its images lie, or why it is not the platform's. */
function releasedChart(
  { version, digest, images }: ReleaseRecord["charts"][number],
  spec: ChartSpec,
  record: ReleaseRecord,
  prefix: string,
): ReleasedChart | string {
  const paths = Object.fromEntries(Object.entries(spec.images).map(([image, path]) => [path, image]));
  const surplus = Object.keys(images).find((path) => paths[path] === undefined);
  if (surplus !== undefined) return `the release pins ${surplus}, which the platform file does not name`;
  const missing = Object.keys(paths).find((path) => images[path] === undefined);
  if (missing !== undefined) return `the release does not pin ${missing}, which the platform file names`;
  const pins = Object.entries(images).map(([path, pinned]) => {
    const image = record.images.find(({ name }) => name === paths[path]);
    return { path, pinned, image };
  });
  const odd = pins.find(({ image, pinned }) => image?.digest !== pinned);
  if (odd !== undefined)
    return `${odd.path} is ${odd.pinned}, and the release has ${odd.image?.digest ?? "no such image"}`;
  return {
    ...{ revision: record.revision, version, digest },
    images: Object.fromEntries(
      pins.map(({ path, pinned, image }) => [
        path,
        { registry: prefix, repository: image?.repository ?? "", digest: pinned },
      ]),
    ),
  };
}

/** Holds a promotion to the order of the environments (C-44). */
function checkBefore(
  environment: Environment,
  promoted: readonly PromotedChart[],
  gitops: GitopsSpec,
  texts: ReadonlyMap<string, string>,
): void {
  const refusals = promoted.flatMap(({ spec, released }) => {
    const before = environmentBefore(environment, gitops, spec);
    const file = before === undefined ? undefined : releaseFile(gitops, before, spec.name);
    if (before === undefined || file === undefined) return [];
    const current = readReleaseFile(texts.get(file) ?? "", file);
    if (runsRelease(current, released)) return [];
    const found =
      current.digest === "" ? "nothing" : `${current.version} of ${current.revision}, chart ${current.digest}`;
    return [
      `chart ${spec.name}: ${before} runs ${found} by ${file}, and not ${released.version}, chart ${released.digest}`,
    ];
  });
  if (refusals.length === 0) return;
  const next = "promote this release to the environment before, merge that, and promote from the merged source";
  throw new PromotionRefusedError(environment, refusals, next);
}
