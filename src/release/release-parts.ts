/** Decides what the parts of a release are that were published system by system, and when they make a whole. */
import { PipelineError } from "../report/errors.ts";
import type { PlatformName, ReleaseRecord } from "./release-record.ts";
import type { HeldReason } from "./release-tags.ts";
import { RECORD_REPOSITORY } from "./release-record.ts";

/** Repository of the record of a system alone, below the registry's path. */
export function partRepository(system: string): string {
  return `${RECORD_REPOSITORY}/${system}`;
}

/** Records of the systems of a release, each alone: whoever published which systems together, a system has one record. */
export function partsOf(record: ReleaseRecord, systems: readonly string[], platform: PlatformName): ReleaseRecord[] {
  return systems.map((system) => ({
    ...record,
    part: { system, platform },
    images: record.images.filter((image) => image.system === system),
    charts: record.charts.filter((chart) => chart.system === system),
  }));
}

/** A part as it was read: the record under a system's name, or nothing where there is none. */
export type ReadPart = {
  readonly system: string;
  readonly reference: string;
  readonly record: ReleaseRecord | undefined;
};

/** What the parts of a release must be of. */
export type WholeRelease = {
  readonly revision: string;
  readonly platform: PlatformName;
  /** Images and charts of the platform, each in the order of the file. */
  readonly images: readonly { readonly name: string; readonly system: string }[];
  readonly charts: readonly { readonly name: string; readonly system: string }[];
};

/** Systems of a release were not published. */
export class PartsMissingError extends PipelineError {
  override readonly name = "PartsMissingError";
  constructor(tag: string, missing: readonly ReadPart[]) {
    const lines = missing.map(({ system, reference }) => `  ${system}: ${reference} is not in the registry`);
    const calls = missing.map(({ system }) => `ci --only ${system}`).join(" and ");
    super(
      "gate",
      `release ${tag} is not whole:\n${lines.join("\n")}`,
      `run ${calls} with --registry for this commit, then join again; nothing was tagged`,
    );
  }
}

/** Parts are there and do not belong together. */
export class PartsMismatchError extends PipelineError {
  override readonly name = "PartsMismatchError";
  constructor(tag: string, problems: readonly string[]) {
    super(
      "gate",
      `the parts of release ${tag} do not belong together:\n${problems.map((line) => `  ${line}`).join("\n")}`,
      "publish every system from the same commit and platform file, then join again; nothing was tagged",
    );
  }
}

/**
 * Makes one record of those of all systems: the same as one publish of all systems writes. Throws PartsMissingError and
 * PartsMismatchError, each naming every system that is to blame.
 */
export function joinParts(tag: string, parts: readonly ReadPart[], whole: WholeRelease): ReleaseRecord {
  const missing = parts.filter(({ record }) => record === undefined);
  if (missing.length > 0) throw new PartsMissingError(tag, missing);
  const problems = parts.flatMap((part) => partProblems(part, whole));
  if (problems.length > 0) throw new PartsMismatchError(tag, problems);
  const records = parts.flatMap(({ record }) => record ?? []);
  const [first] = records;
  if (first === undefined) throw new PartsMismatchError(tag, ["the platform has no system"]);
  const { version, revision } = first;
  return {
    ...{ version, revision },
    images: inOrder(
      whole.images,
      records.flatMap(({ images }) => images),
    ),
    charts: inOrder(
      whole.charts,
      records.flatMap(({ charts }) => charts),
    ),
  };
}

function partProblems({ system, reference, record }: ReadPart, whole: WholeRelease): string[] {
  if (record === undefined) return [];
  const { part, revision } = record;
  if (part === undefined) return [`${system}: ${reference} is the record of a whole release`];
  const { platform } = part;
  const isOfPlatform = platform.file === whole.platform.file && platform.digest === whole.platform.digest;
  return [
    ...(part.system === system ? [] : [`${reference} is the record of ${part.system}`]),
    ...(revision === whole.revision ? [] : [`${reference} is of commit ${revision}, and this is ${whole.revision}`]),
    ...(isOfPlatform
      ? []
      : [`${reference} is of another platform: ${named(platform)}, and this is ${named(whole.platform)}`]),
    ...nameProblems("image", namesOf(whole.images, system), record.images, reference),
    ...nameProblems("chart", namesOf(whole.charts, system), record.charts, reference),
  ].map((problem) => `${system}: ${problem}`);
}

function nameProblems(
  kind: string,
  wanted: readonly string[],
  found: ReleaseRecord["images"] | ReleaseRecord["charts"],
  reference: string,
): string[] {
  const names = found.map(({ name }) => name);
  return [
    ...wanted.filter((name) => !names.includes(name)).map((name) => `${reference} has no ${kind} ${name}`),
    ...names
      .filter((name) => !wanted.includes(name))
      .map((name) => `${reference} has the ${kind} ${name}, which is not of this system`),
  ];
}

function namesOf(all: WholeRelease["images"], system: string): string[] {
  return all.filter((each) => each.system === system).map(({ name }) => name);
}

function named({ file, digest }: PlatformName): string {
  return `${file} (${digest})`;
}

function inOrder<Item extends { readonly name: string }>(
  order: WholeRelease["images"],
  items: readonly Item[],
): Item[] {
  return order.flatMap(({ name }) => items.find((item) => item.name === name) ?? []);
}

/** Why aliases stay where they are although all parts are there: nobody is trusted to say that they were tested. */
export function untrustedReason(policy: string): HeldReason {
  return {
    reason: `${policy} trusts nobody, so that nothing says that the smoke tests of the parts have passed`,
    next: "add the public key that parts are signed with to the policy, publish the parts with --signing-key or --identity-token, and join again",
  };
}

/** Why aliases stay where they are although all parts are there: some were not tested. */
export function untestedReason(environment: string, systems: readonly string[]): HeldReason {
  return {
    reason: `no pass of the smoke test in ${environment} is attached to all of ${systems.join(" and ")}`,
    next: `run ${systems.map((system) => `ci --env ${environment} --only ${system}`).join(" and ")} again, then join again`,
  };
}
