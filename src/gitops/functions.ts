/** The functions of the module that concern GitOps, over the platform that the constructor was given. */
import { dag, type Directory } from "@dagger.io/dagger";
import { stringify } from "yaml";

import { readChartSource } from "../charts/functions.ts";
import type { ChartSource } from "../charts/prepare.ts";
import { locateDefinitions } from "../charts/tools.ts";
import { type PlatformSource, readSourceFile } from "../images/functions.ts";
import type { GitopsSpec } from "../platform/gitops-spec.ts";
import type { Application } from "./application.ts";
import { readDocuments } from "./documents.ts";
import { expandSets, type GitopsFiles, type GitopsPrograms } from "./expand.ts";
import type { Expansion } from "./expansion.ts";
import type { GitopsFinding } from "./finding.ts";
import { expectedApplications } from "./plan.ts";
import { toProject } from "./project.ts";
import { chartFiles, renderApplications } from "./render.ts";
import { digestNote, gitopsTable, GitopsFailedError, NoGitopsError } from "./report.ts";
import { checkGitops } from "./rules/index.ts";
import { credentialFindings } from "./rules/sets.ts";

/** The files of Argo CD, read and expanded. */
export type OpenedGitops = {
  readonly source: ChartSource;
  readonly gitops: GitopsSpec;
  readonly files: GitopsFiles;
  readonly expansion: Expansion;
};

/** What a check of the files of Argo CD came to. */
export type GitopsOutcome = {
  readonly applications: readonly Application[];
  /** By file and line. */
  readonly findings: readonly GitopsFinding[];
  readonly table: string;
  /** What the column DIGESTS means; "" where it needs no word. */
  readonly note: string;
};

/** Checks the files of Argo CD and returns a table of Applications; throws GitopsFailedError naming every finding. */
export async function checkGitopsFiles(given: PlatformSource & GitopsPrograms): Promise<string> {
  const { findings, table, note } = await gitopsOutcome(given);
  if (findings.length > 0) throw new GitopsFailedError(findings, table);
  return [table, note].join("\n\n").trimEnd();
}

/** Checks the files of Argo CD; throws NoGitopsError for a platform that has none. */
export async function gitopsOutcome(given: PlatformSource & GitopsPrograms): Promise<GitopsOutcome> {
  const { source, gitops, files, expansion } = await openGitops(given);
  const { applications } = expansion;
  const expected = expectedApplications(source.platform.charts, gitops);
  const charts = await chartFiles(source.source, applications);
  const { renders, summaries, findings } = await renderApplications(source, applications, expected, charts);
  const projects = files.projects.map(toProject);
  const facts = { gitops, sets: files.sets, projects, applications, expected, files: charts, renders };
  const all = [...expansion.findings, ...credentialFindings(files.texts), ...findings, ...checkGitops(facts)];
  const table = gitopsTable(applications, expected, summaries);
  return { applications, findings: sortFindings(all), table, note: digestNote(summaries.values()) };
}

/** Gives the Applications that Argo CD would make, a file for each; throws GitopsFailedError where it would refuse some. */
export async function expandGitopsFiles(given: PlatformSource & GitopsPrograms): Promise<Directory> {
  const { source, gitops, expansion } = await openGitops(given);
  const { applications, findings } = expansion;
  if (findings.length > 0) {
    const expected = expectedApplications(source.platform.charts, gitops);
    throw new GitopsFailedError(sortFindings(findings), gitopsTable(applications, expected, new Map()));
  }
  return applications.reduce(
    (directory, { name, body }) => directory.withNewFile(`${name}.yaml`, stringify(body)),
    dag.directory(),
  );
}

/** Reads and expands the files of Argo CD; throws NoGitopsError and what reading them throws. */
export async function openGitops(given: PlatformSource & GitopsPrograms): Promise<OpenedGitops> {
  const source = await readChartSource(given);
  const { gitops } = source.platform;
  if (gitops === undefined) throw new NoGitopsError(source.platform.origin.file);
  const read = (file: string) => readSourceFile(source.source, file, "add it, or correct gitops of the platform file");
  const [projects, sets] = await Promise.all([read(gitops.projects), read(gitops.applicationSets)]);
  const files = {
    projects: readDocuments(projects, gitops.projects, "AppProject"),
    sets: readDocuments(sets, gitops.applicationSets, "ApplicationSet"),
    texts: [
      { file: gitops.projects, text: projects },
      { file: gitops.applicationSets, text: sets },
    ],
  };
  const definitions = locateDefinitions(gitops.customResources, source.source);
  return { source, gitops, files, expansion: await expandSets(source.lock, given, definitions, files) };
}

/** By file and line, as a reader goes through them. */
function sortFindings(findings: readonly GitopsFinding[]): GitopsFinding[] {
  return findings.toSorted((a, b) => a.file.localeCompare(b.file, "en") || a.line - b.line);
}
