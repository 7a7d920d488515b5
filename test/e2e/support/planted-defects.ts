/** Planted defects: copies of the charts, each with one patch, as charts of one platform file. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { parse, stringify } from "yaml";
import { z } from "zod";

import { type Environment, ENVIRONMENTS } from "../../../src/platform/environments.ts";
import { ROOT } from "./slipway.ts";

/** Where the patches are. */
export const DEFECTS = path.join(ROOT, "test/fixtures/defects");

/** Name of the copy that has no patch. */
export const UNTOUCHED = "untouched";

/** What a patch must be caught as. */
export type Defect = {
  /** Name of the patch, without its ending; also of the copy that has it. */
  readonly name: string;
  readonly patch: string;
  readonly rule: string;
  /** Environment of the finding; "" where it concerns the chart itself. */
  readonly environment: Environment | "";
  /** Object of the finding, or its file as if the copy were the only one. */
  readonly object: string;
  /** Part of the reason; "" for any. */
  readonly reason: string;
};

/** A copy of the charts with the defects of some patches, called after the first of them. */
export type Copy = { readonly name: string; readonly defects: readonly Defect[] };

/** A patch cannot be read or applied; the message names it. */
export class DefectError extends Error {
  override readonly name = "DefectError";
  constructor(patch: string, problem: string) {
    super(`${path.relative(ROOT, patch)}: ${problem}`);
  }
}

const headerSchema = z.strictObject({
  rule: z.string().regex(/^[a-z][\w/-]+$/),
  environment: z.enum([...ENVIRONMENTS, "none"]),
  object: z.string().min(1),
  reason: z.string().min(1).optional(),
});

/** Reads all patches of a folder, in order of name. */
export function readDefects(folder: string): Defect[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".patch"));
  return files.sort().map((file) => readDefect(path.join(folder, file)));
}

/** Reads the lines of `key: value` that stand before the patch itself. */
export function readDefect(patch: string): Defect {
  const name = path.basename(patch, ".patch");
  const [head = ""] = readFileSync(patch, "utf8").split(/^---/m);
  const lines = head.split("\n").filter((line) => line.trim() !== "");
  const entries = lines.map((line) => [line.split(":")[0]?.trim() ?? "", line.slice(line.indexOf(":") + 1).trim()]);
  const header = headerSchema.safeParse(Object.fromEntries(entries));
  if (!header.success) throw new DefectError(patch, `its head is mistaken: ${z.prettifyError(header.error)}`);
  const { rule, environment, object, reason = "" } = header.data;
  const [family = ""] = rule.split("/");
  if (!name.startsWith(`${family}--`)) {
    throw new DefectError(patch, `is about the rule ${rule}; its name begins with ${family}--`);
  }
  if (!/^[a-z0-9-]{1,63}$/.test(name)) {
    throw new DefectError(patch, "is no name of a chart; allowed are at most 63 lower-case letters, digits and -");
  }
  return { name, patch, rule, environment: environment === "none" ? "" : environment, object, reason };
}

/** Rules whose finding keeps the others from being asked: helm has nothing to show then. */
const BLINDING = /^(?:helm-|exception-)/;
/** Most defects of a copy: with more, a finding would tell less about where it comes from. */
const TOGETHER = 4;

/**
 * Puts defects into few copies, since rendering and checking one takes seconds. Those of one copy are for one environment,
 * have different rules and are in different files, so that each is still found by itself.
 */
export function copiesOf(defects: readonly Defect[]): Copy[] {
  const groups: Defect[][] = [];
  for (const defect of defects) {
    const group = groups.find((each) => each.length < TOGETHER && each.every((other) => areApart(defect, other)));
    if (group === undefined) groups.push([defect]);
    else group.push(defect);
  }
  return groups.map((group) => ({ name: group[0]?.name ?? "", defects: group }));
}

function areApart(one: Defect, other: Defect): boolean {
  if ([one, other].some(({ rule }) => BLINDING.test(rule))) return false;
  if (one.environment !== other.environment || familyOf(one) === familyOf(other)) return false;
  const files = filesOf(other);
  return filesOf(one).every((file) => !files.includes(file));
}

function familyOf({ rule }: Defect): string {
  return rule.split("/")[0] ?? "";
}

/** Files that a patch changes. */
function filesOf({ patch }: Defect): string[] {
  return [...readFileSync(patch, "utf8").matchAll(/^(?:---|\+\+\+) [ab]\/(\S+)/gm)].flatMap(([, file]) => file ?? []);
}

// Charts of other systems stay out: every copy would be read and scanned with them.
const COPIED = [
  ...["charts/backing", "charts/common", "charts/cruvero", "deploy/config/cruvero.yaml"],
  ...["deploy/platform.yaml", "deploy/immutable-fields.yaml"],
];
const TOPS = ["charts", "deploy", ".github", ".forgejo"];
const NOT_COPIED = new Set(["unittests", "README.md", "README.md.gotmpl"]);

// What a run would build or start is left out: digests are made up, and nothing is installed.
const chartSchema = z.object({
  path: z.string(),
  environments: z.partialRecord(z.enum(ENVIRONMENTS), z.array(z.string())),
  images: z.record(z.string(), z.string()),
  secrets: z.unknown(),
  withoutHttp: z.unknown(),
  config: z.looseObject({ registry: z.string() }),
  network: z.unknown(),
});
const platformSchema = z.object({
  systems: z.object({
    cruvero: z.object({ namespace: z.string(), charts: z.object({ cruvero: chartSchema }) }),
  }),
  validation: z.looseObject({ exceptions: z.string().optional(), kubernetes: z.array(z.string()).min(1) }),
});
const exceptionsSchema = z.array(z.looseObject({ chart: z.string() }));
const recordSchema = z.object({ cruvero: z.unknown() });

type CopiedChart = {
  readonly name: string;
  readonly chart: unknown;
  readonly record: unknown;
  readonly exceptions: readonly unknown[];
};

/**
 * Makes a source of copies in an empty folder; without any, of the untouched one. `charts/cruvero/values.yaml` of a copy is
 * `charts/<name>/cruvero/values.yaml` there, and each copy is a chart of the platform file. A copy is rendered for the
 * environment of its findings alone, where they have one, and with a defect for the newest Kubernetes alone.
 */
export function plantDefects(folder: string, copies: readonly Copy[]): void {
  const planted = copies.length === 0 ? [{ name: UNTOUCHED, defects: [] }] : copies;
  const charts = planted.map((copy) => copyChart(folder, copy));
  const write = (file: string, value: unknown) => {
    writeFileSync(path.join(folder, file), stringify(value, { aliasDuplicateObjects: false }));
  };
  write(
    "deploy/exceptions.yaml",
    charts.flatMap(({ exceptions }) => exceptions),
  );
  write("deploy/immutable-fields.yaml", Object.fromEntries(charts.map(({ name, record }) => [name, record])));
  const own = { exceptions: "deploy/exceptions.yaml", immutableFields: "deploy/immutable-fields.yaml" };
  const { kubernetes, ...validation } = readPlatform(ROOT).validation;
  write("deploy/platform.yaml", {
    systems: {
      cruvero: {
        ...{ source: ".", namespace: "cruvero" },
        charts: Object.fromEntries(charts.map(({ name, chart }) => [name, chart])),
      },
    },
    validation: { ...validation, ...own, kubernetes: copies.length === 0 ? kubernetes : kubernetes.slice(-1) },
  });
}

/** The name of the copy that a finding is in, and the finding's file as if that copy were the only one. */
export function originOf(chart: string, object: string, names: readonly string[]): { name: string; object: string } {
  const name = names.find((each) => each === chart || object.split("/").includes(each)) ?? chart;
  return { name, object: object.replace(`/${name}/`, "/") };
}

/** Applies a patch in a folder that holds what it is about. Throws DefectError. */
export function applyPatch(patch: string, folder: string): void {
  try {
    // Inside of a repository, git would silently leave out what lies elsewhere.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(folder) };
    execFileSync("git", ["apply", "--whitespace=nowarn", patch], { cwd: folder, env, stdio: "pipe", encoding: "utf8" });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    throw new DefectError(patch, `no longer applies; make it anew against the files as they are now\n${said}`);
  }
}

function copyChart(folder: string, { name, defects }: Copy): CopiedChart {
  const [{ environment } = { environment: "" as const }] = defects;
  const copy = path.join(folder, "copies", name);
  for (const file of COPIED) {
    const filter = (each: string) => !NOT_COPIED.has(path.basename(each));
    cpSync(path.join(ROOT, file), path.join(copy, file), { recursive: true, filter });
  }
  for (const { patch } of defects) applyPatch(patch, copy);
  const read = (file: string): unknown => parse(readFileSync(path.join(copy, file), "utf8"));
  const { systems, validation } = readPlatform(copy);
  const { exceptions: file } = validation;
  const exceptions = file === undefined ? [] : exceptionsSchema.parse(read(file));
  const record = recordSchema.parse(read("deploy/immutable-fields.yaml")).cruvero;
  const { images, ...chart } = systems.cruvero.charts.cruvero;
  writeFileSync(path.join(copy, chart.path, "values-digests.yaml"), stringify(digestsOf(Object.values(images))));
  rmSync(path.join(copy, "deploy/platform.yaml"));
  for (const top of TOPS) moveTop(folder, copy, top, name);
  const own = (each: string) => each.replace("/", `/${name}/`);
  const environments: readonly Environment[] = environment === "" ? ENVIRONMENTS : [environment];
  const overlays = environments.map((each): [Environment, string[]] => [
    each,
    ["values-digests.yaml", ...(chart.environments[each] ?? [])],
  ]);
  return {
    ...{ name, record },
    exceptions: exceptions.map((each) => ({ ...each, chart: name })),
    chart: {
      ...chart,
      ...{ path: own(chart.path), release: "cruvero", environments: Object.fromEntries(overlays) },
      config: { ...chart.config, registry: own(chart.config.registry) },
    },
  };
}

function readPlatform(folder: string): z.output<typeof platformSchema> {
  return platformSchema.parse(parse(readFileSync(path.join(folder, "deploy/platform.yaml"), "utf8")));
}

function moveTop(folder: string, copy: string, top: string, name: string): void {
  if (!existsSync(path.join(copy, top))) return;
  mkdirSync(path.join(folder, top), { recursive: true });
  renameSync(path.join(copy, top), path.join(folder, top, name));
}

/** A values file with a digest for each image, as a run that had built them would add it. */
function digestsOf(paths: readonly string[]): unknown {
  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
  return Object.fromEntries(paths.map((each) => [each.replace(/\.image$/, ""), { image: { digest } }]));
}
