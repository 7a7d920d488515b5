/** Reads the platform file into typed values. Its form is in platform-schema.ts, the rules across keys in platform-rules.ts. */
import { PipelineError } from "../report/errors.ts";
import type { ChartSpec, ValidationSpec } from "./chart-spec.ts";
import { toChart, toValidation } from "./chart-specs.ts";
import { type GitopsSpec, toGitops } from "./gitops-spec.ts";
import type { ImageLock } from "./image-lock.ts";
import { baseProblems, ruleProblems } from "./platform-rules.ts";
import { CONFIGURATION_ARGUMENT, type PlatformDocument, platformSchema } from "./platform-schema.ts";
import { describeProblems, type Problem } from "./problems.ts";
import { checkYaml } from "./schema-problems.ts";
import type { TestSpec } from "./test-schema.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** An image that a platform file describes, with all defaults filled in. */
export type ImageSpec = {
  /** System that the image belongs to. */
  readonly system: string;
  /** Name, unique over all systems. */
  readonly name: string;
  readonly dockerfile: string;
  /** Directory that the build may copy from; `.` is the whole source. */
  readonly context: string;
  /** Stage of the Dockerfile; the last one where there is none. */
  readonly target?: string | undefined;
  /** Build argument to name in the image lock. */
  readonly bases: Readonly<Record<string, string>>;
  /** JSON file of what it is built with, the build argument CONFIG, where it takes one. */
  readonly config?: string | undefined;
  /** Further build arguments. */
  readonly args: Readonly<Record<string, string>>;
  /** Path below the registry that the image is published to. */
  readonly repository: string;
  /** Directory of the system's sources, the build argument SOURCE. */
  readonly source: string;
  /** Size budget of the compressed layers. */
  readonly maxCompressedMiB?: number | undefined;
};

/** A system of the platform, its images, its charts and its tests. */
export type System = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly source: string;
  readonly images: readonly ImageSpec[];
  readonly charts: readonly ChartSpec[];
  readonly tests: readonly TestSpec[];
};

/** A platform file that was read and checked. */
export type Platform = {
  /** Path of the committed baseline of image sizes. */
  readonly imageSizes?: string | undefined;
  readonly systems: readonly System[];
  /** The images of all systems, in the order of the file. */
  readonly images: readonly ImageSpec[];
  /** The charts of all systems, in the order of the file. */
  readonly charts: readonly ChartSpec[];
  readonly validation: ValidationSpec;
  /** How Argo CD rolls it out, where it does. */
  readonly gitops?: GitopsSpec | undefined;
  /** The file itself, for messages that name a line of it. */
  readonly origin: YamlFile;
};

/** A platform file has mistakes; the message lists all of them. */
export class PlatformFileError extends PipelineError {
  override readonly name = "PlatformFileError";
  constructor(
    file: string,
    readonly problems: readonly Problem[],
  ) {
    const schema = "an editor shows such mistakes with Slipway's deploy/platform.schema.json";
    super("config", describeProblems(file, problems), `correct ${file} and run again; ${schema}`);
  }
}

/**
 * Reads a platform file. Throws PlatformFileError naming every mistake at once.
 *
 * @param text Contents of the file.
 * @param file Path of the file, for messages.
 */
export function parsePlatform(text: string, file: string): Platform {
  const origin = readYaml(text, file);
  // What follows from a text that could not be read would only hide the cause.
  if (origin.value === undefined && origin.problems.length > 0) throw new PlatformFileError(file, origin.problems);
  const checked = checkYaml(origin, platformSchema);
  const problems = [...origin.problems, ...(checked.ok ? [] : checked.problems), ...ruleProblems(origin)];
  if (!checked.ok || problems.length > 0) throw new PlatformFileError(file, problems);
  const systems = toSystems(checked.value);
  const images = systems.flatMap((system) => system.images);
  const charts = systems.flatMap((system) => system.charts);
  const validation = toValidation(checked.value.validation);
  const { imageSizes } = checked.value;
  return { imageSizes, systems, images, charts, validation, gitops: toGitops(checked.value.gitops), origin };
}

/** A platform file has no such system. */
export class UnknownSystemError extends PipelineError {
  override readonly name = "UnknownSystemError";
  constructor({ origin, systems }: Platform, system: string) {
    const names = systems.map(({ name }) => name).join(", ");
    super("config", `${origin.file} has no system "${system}"`, `name one of: ${names}`);
  }
}

/** The same platform with some of its systems alone. Throws UnknownSystemError. */
export function onlySystems(platform: Platform, names: readonly string[]): Platform {
  const unknown = names.find((name) => !platform.systems.some((system) => system.name === name));
  if (unknown !== undefined) throw new UnknownSystemError(platform, unknown);
  const isMeant = (name: string) => names.includes(name);
  return {
    ...platform,
    systems: platform.systems.filter(({ name }) => isMeant(name)),
    images: platform.images.filter(({ system }) => isMeant(system)),
    charts: platform.charts.filter(({ system }) => isMeant(system)),
  };
}

/** Checks that the image lock has every base and test image of the platform. Throws PlatformFileError naming each that it lacks. */
export function checkBases(platform: Platform, lock: ImageLock): void {
  const bases = platform.images.flatMap(({ system, name, bases: ofImage }) =>
    Object.entries(ofImage).map(([arg, base]) => ({ path: ["systems", system, "images", name, "bases", arg], base })),
  );
  const tests = platform.systems.flatMap(({ name: system, tests: suites }) =>
    suites.map(({ name, image }) => ({ path: ["systems", system, "tests", name, "image"], base: image })),
  );
  const problems = baseProblems(platform.origin, [...bases, ...tests], Object.keys(lock));
  if (problems.length > 0) throw new PlatformFileError(platform.origin.file, problems);
}

function toSystems(document: PlatformDocument): System[] {
  return Object.entries(document.systems).map(
    ([system, { description, source, images, namespace, charts, tests }]) => ({
      name: system,
      description,
      source,
      tests: Object.entries(tests ?? {}).map(
        ([name, { directory = source, with: others = [], caches = [], ...test }]) => {
          return { system, name, directory, with: others, caches, ...test };
        },
      ),
      charts: Object.entries(charts ?? {}).map(([name, chart]) => toChart(system, namespace ?? system, name, chart)),
      images: Object.entries(images ?? {}).map(([name, { context = ".", args = {}, repository = name, ...image }]) => {
        const given = image.config === undefined ? args : { ...args, [CONFIGURATION_ARGUMENT]: image.config };
        return { system, name, ...image, context, args: given, repository, source };
      }),
    }),
  );
}
