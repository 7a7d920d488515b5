/** Says what a run would do and why: what is built, packed, pushed, tagged and installed. */
import type { Tag } from "../images/tags.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { Platform } from "../platform/platform-file.ts";
import { renderTable } from "../report/table.ts";
import type { Affected, Effect } from "./affected.ts";
import type { ImageInputs } from "./image-inputs.ts";

/** What a plan is made for. */
export type PlanSubject = {
  readonly platform: Platform;
  readonly environment: Environment;
  /** Full commit of the source, or `unknown`. */
  readonly commit: string;
  /** Tags that a publish would set; nothing where the commit is not known. */
  readonly tags: readonly Tag[];
  readonly inputs: readonly ImageInputs[];
  /** What a change affects, and the commit that it is counted from; nothing: everything is planned. */
  readonly change?: { readonly since: string; readonly affected: Affected } | undefined;
  readonly notes: readonly string[];
};

/** One thing that is done, or not, and why. */
export type PlanItem = {
  readonly kind: "image" | "chart";
  readonly name: string;
  /** What is done with it; none: nothing. */
  readonly actions: readonly string[];
  readonly reasons: readonly string[];
};

/** Plans a run. */
export function planRun({ platform, environment, change }: PlanSubject): PlanItem[] {
  const effectOf = (effects: readonly Effect[] | undefined, name: string): Effect =>
    effects?.find((effect) => effect.name === name) ?? {
      name,
      content: ["everything is planned without --since"],
      checks: [],
    };
  const images = platform.images.map(({ name }): PlanItem => {
    const { content, checks } = effectOf(change?.affected.images, name);
    const actions = content.length > 0 ? ["build", "push", "tag"] : checks.length > 0 ? ["measure"] : [];
    return { kind: "image", name, actions, reasons: [...content, ...checks] };
  });
  const charts = platform.charts.map((spec): PlanItem => {
    const { content, checks } = effectOf(change?.affected.charts, spec.name);
    const isChecked = content.length + checks.length > 0;
    const actions = [
      ...(content.length > 0 ? ["pack", "push", "tag"] : []),
      ...(isChecked ? ["validate", ...installsOf(spec, environment)] : []),
    ];
    return { kind: "chart", name: spec.name, actions, reasons: [...content, ...checks] };
  });
  return [...images, ...charts];
}

/** Renders a plan: what it is about, one row for each image and chart, and the tags. */
export function planTable(subject: PlanSubject): string {
  const { commit, tags, change, notes, platform } = subject;
  const items = planRun(subject);
  const rows = items.map(({ kind, name, actions, reasons }) => [kind, name, actions.join(", ") || "-", shown(reasons)]);
  const columns = ["WHAT", "NAME", "ACTION", "WHY"].map((heading) => ({ heading }));
  const since = change === undefined ? "" : `, changed since ${change.since}`;
  const moving = items.filter(({ actions }) => actions.includes("tag")).length;
  const names = tags.map(({ name, moves }) => `${name}${moves ? " (moves)" : ""}`).join(", ");
  return [
    `${platform.origin.file} of commit ${commit}${since}: ${moving} of ${items.length} images and charts`,
    "",
    renderTable(columns, rows),
    "",
    `tags of what is pushed: ${names === "" ? "none, for the commit is not known" : names}; pushed by digest first, aliases last`,
    ...(change?.affected.gone.map((name) => `gone from the platform file: ${name}`) ?? []),
    ...(change === undefined ? [] : [`paths that nothing is made of: ${change.affected.unused.length}`]),
    ...notes,
  ].join("\n");
}

/** The same as data, with every reason and the recorded inputs. */
export function planJson(subject: PlanSubject): string {
  const { commit, environment, tags, inputs, change, notes } = subject;
  const recorded = inputs.map(({ image, files, context, sources }) => ({ image, files, context, sources }));
  const { since, affected } = change ?? {};
  const about = { commit, since, environment, tags, items: planRun(subject) };
  return JSON.stringify({ ...about, gone: affected?.gone, unused: affected?.unused, inputs: recorded, notes }, null, 2);
}

function installsOf(spec: ChartSpec, environment: Environment): string[] {
  if (spec.environments[environment] === undefined) return [];
  return [`install ${spec.release} in ${spec.namespace} (${environment})`];
}

function shown(reasons: readonly string[]): string {
  const [first, ...rest] = reasons;
  if (first === undefined) return "no input of it has changed";
  return rest.length === 0 ? first : `${first}; and ${rest.length} more`;
}
