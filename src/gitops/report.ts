/** Says what Argo CD would roll out: one table, and one error that names every finding. */
import { withoutPasswords } from "../platform/problems.ts";
import { PipelineError } from "../report/errors.ts";
import { type Column, renderTable } from "../report/table.ts";
import { type Application, clusterName } from "./application.ts";
import type { GitopsFinding } from "./finding.ts";
import { type Expected, pairs } from "./plan.ts";
import { policyOf } from "./rules/policy.ts";

/** What a render of an Application came to. */
export type RenderSummary = {
  readonly objects: number;
  /** Images of the platform that the chart runs, and how many of them the value files name by digest. */
  readonly images: number;
  readonly pinned: number;
};

/** Files of GitOps are not as they should be. */
export class GitopsFailedError extends PipelineError {
  override readonly name = "GitopsFailedError";
  constructor(
    readonly findings: readonly GitopsFinding[],
    table: string,
  ) {
    const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
    super(
      "gate",
      `gitops: ${count}\n\n${withoutPasswords(`${describeGitopsFindings(findings)}\n\n${table}`)}\n`,
      "correct what is named above",
    );
  }
}

/** A platform file says nothing of GitOps. */
export class NoGitopsError extends PipelineError {
  override readonly name = "NoGitopsError";
  constructor(file: string) {
    const next = "add gitops with projects, applicationSets, repository and customResources; an editor shows the form";
    super("config", `${file} has no key gitops, so that nothing says where the files of Argo CD are`, next);
  }
}

/** Each finding in a few lines; those that differ in their Application alone are one. */
export function describeGitopsFindings(findings: readonly GitopsFinding[]): string {
  const groups = new Map<string, { first: GitopsFinding; names: string[] }>();
  for (const finding of findings) {
    const { rule, file, line, found, allowed, next } = finding;
    const key = JSON.stringify([rule, file, line, found, allowed, next]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: finding, names: [finding.application] });
    else group.names.push(finding.application);
  }
  return [...groups.values()]
    .map(({ first, names }) =>
      [
        `${first.file}:${first.line} ${first.rule}  ${names.join(", ")}`,
        `  found    ${first.found}`,
        `  allowed  ${first.allowed}`,
        `  next     ${first.next}`,
      ].join("\n"),
    )
    .join("\n");
}

const COLUMNS: readonly Column[] = [
  { heading: "APPLICATION" },
  { heading: "PROJECT" },
  { heading: "ENVIRONMENT" },
  { heading: "REVISION" },
  { heading: "POLICY" },
  { heading: "CLUSTER" },
  { heading: "NAMESPACE" },
  { heading: "VALUE FILES" },
  { heading: "OBJECTS", numeric: true },
  { heading: "DIGESTS", numeric: true },
];

/** One row per Application; what is not known is a hyphen. */
export function gitopsTable(
  applications: readonly Application[],
  expected: readonly Expected[],
  summaries: ReadonlyMap<Application, RenderSummary>,
): string {
  const environments = new Map(
    pairs(applications, expected).map(({ application, wanted }) => [application, wanted.environment]),
  );
  const rows = applications.map((application) => {
    const summary = summaries.get(application);
    return [
      application.name,
      application.project,
      environments.get(application) ?? "-",
      application.revision || "-",
      policyOf(application),
      clusterName(application) || "-",
      application.namespace || "-",
      application.valueFiles.join(" ") || "-",
      summary === undefined ? "-" : String(summary.objects),
      summary === undefined ? "-" : `${summary.pinned}/${summary.images}`,
    ];
  });
  return renderTable(COLUMNS, rows);
}

/** What the column DIGESTS means, where some image has no digest in Git yet. */
export function digestNote(summaries: Iterable<RenderSummary>): string {
  const all = [...summaries];
  const open = all.filter(({ images, pinned }) => pinned < images).length;
  if (open === 0) return "";
  return (
    `DIGESTS: ${open} of ${all.length} Applications run images that no value file names by digest yet. They were ` +
    "rendered with stand-ins; Argo CD rolls them out once a promotion has written the digests."
  );
}
