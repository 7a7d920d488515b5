/** Renders the chart of each Application with the Application's own value files, release and namespace. */
import { posix } from "node:path";

import type { Directory } from "@dagger.io/dagger";

import { helmCharts, type HelmedChart, renderedFindings } from "../charts/functions.ts";
import { type Manifest, parseManifests, RenderError } from "../charts/manifest.ts";
import type { ChartSource } from "../charts/prepare.ts";
import { isRendered } from "../charts/render.ts";
import { ENVIRONMENTS } from "../platform/environments.ts";
import { type Application, placeOf } from "./application.ts";
import { pinnedImages } from "./digests.ts";
import type { GitopsFinding } from "./finding.ts";
import { type Expected, isOutside, nameInChart } from "./plan.ts";
import { groupApplications, type RenderGroup } from "./render-groups.ts";
import type { RenderSummary } from "./report.ts";

/** What the charts of Applications came to. */
export type Rendered = {
  readonly renders: ReadonlyMap<Application, readonly Manifest[]>;
  readonly summaries: ReadonlyMap<Application, RenderSummary>;
  /** What helm refused. */
  readonly findings: readonly GitopsFinding[];
};

/** Files of each folder that an Application reads its chart from, and value files outside of it; a folder that is not there has none. */
export async function chartFiles(
  source: Directory,
  applications: readonly Application[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const paths = [...new Set(applications.map(({ path }) => path))].filter(
    (path) => !/^$|^\/|(?:^|\/)\.\.(?:\/|$)/.test(path),
  );
  const found = await Promise.all(
    paths.map(async (path): Promise<[string, Set<string>]> => {
      const isThere = await source.exists(path);
      const outside = await outsideFiles(source, path, applications);
      return [path, new Set(isThere ? [...(await source.directory(path).glob("**")), ...outside] : [])];
    }),
  );
  return new Map(found);
}

/** Value files of a chart that lie elsewhere in the source, as the Applications name them, as far as they are there. */
async function outsideFiles(source: Directory, path: string, applications: readonly Application[]): Promise<string[]> {
  const named = applications.filter((each) => each.path === path).flatMap(({ valueFiles }) => valueFiles);
  const files = [...new Set(named.filter(isOutside))];
  const found = await Promise.all(
    files.map(async (file) => {
      const place = posix.join(path, file);
      return !isOutside(place) && (await source.exists(place)) ? [file] : [];
    }),
  );
  return found.flat();
}

/** Renders every Application whose chart and value files are there; the others have findings of their own. */
export async function renderApplications(
  source: ChartSource,
  applications: readonly Application[],
  expected: readonly Expected[],
  files: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Rendered> {
  const groups = groupApplications(applications, expected, files);
  const renders = new Map<Application, readonly Manifest[]>();
  const summaries = new Map<Application, RenderSummary>();
  if (groups.length === 0) return { renders, summaries, findings: [] };
  const charts = groups.map(({ chart }) => chart);
  const rendered = { ...source, source: withOutsideFiles(source.source, groups) };
  const helmed = await helmCharts({ ...rendered, platform: { ...source.platform, charts } }, ENVIRONMENTS);
  const findings = groups.flatMap((group) => {
    const run = helmed.find(({ input }) => input.spec === group.chart);
    if (run === undefined) return [];
    return [...refusals(group, run), ...readRenders(group, run, renders, summaries)];
  });
  return { renders, summaries, findings };
}

/** The source with a copy in each chart of the value files outside of it, which helm is given by that name. */
function withOutsideFiles(source: Directory, groups: readonly RenderGroup[]): Directory {
  const files = groups.flatMap(({ chart, members }) =>
    members.flatMap(({ application, environment }) =>
      application.valueFiles.filter(isOutside).map((file) => ({
        from: posix.join(chart.path, file),
        to: posix.join(chart.path, nameInChart(file, environment)),
      })),
    ),
  );
  return files.reduce((all, { from, to }) => all.withFile(to, source.file(from)), source);
}

function refusals({ members }: RenderGroup, run: HelmedChart): GitopsFinding[] {
  return renderedFindings(run).flatMap(({ environment, object, path, reason, fix }) =>
    members
      .filter((member) => member.environment === environment)
      .map(({ application }) => ({
        rule: "render",
        ...placeOf(application),
        found: `${[object, path].filter((text) => text !== "").join(", ")}: ${reason}`,
        allowed: "a chart that helm renders with exactly the value files of the Application",
        next: fix,
      })),
  );
}

/** Reads what was rendered into the two maps; gives findings for what is no YAML. */
function readRenders(
  { chart, members }: RenderGroup,
  { run }: HelmedChart,
  renders: Map<Application, readonly Manifest[]>,
  summaries: Map<Application, RenderSummary>,
): GitopsFinding[] {
  return members.flatMap(({ application, environment }): GitopsFinding[] => {
    if (!isRendered(run, environment)) return [];
    try {
      const manifests = parseManifests(run.bundle.get(`${environment}/manifests.yaml`) ?? "", application.name);
      renders.set(application, manifests);
      const files = application.valueFiles.map((file) => nameInChart(file, environment));
      const pinned = pinnedImages(chart.images, files, run.texts);
      const images = Object.keys(chart.images).length;
      summaries.set(application, { objects: manifests.length, images, pinned });
      return [];
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      const { template, reason, nextStep } = error;
      const found = { found: `${template}, ${reason}`, allowed: "objects of Kubernetes", next: nextStep };
      return [{ rule: "render", ...placeOf(application), ...found }];
    }
  });
}
