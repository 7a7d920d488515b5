/** Makes the charts and images of two revisions of a platform ready to be installed one over the other. */
import { helmCharts, type HelmedChart, readChartSource } from "../charts/functions.ts";
import { type ChartSource, imagesOf } from "../charts/prepare.ts";
import { runHelm } from "../charts/render.ts";
import { helmContainer } from "../charts/tools.ts";
import { type BuiltRelease, buildNamed, digestsOf } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type External, planExternals } from "./externals-plan.ts";
import { externalImages } from "./externals.ts";
import { installValues } from "./install-values.ts";
import { absentNotes } from "./lifecycle-changes.ts";
import { loadImage } from "./lifecycle-load.ts";
import { probeImage } from "./network-proof.ts";
import { nodeTarball, type NodeTarball } from "./node-tarball.ts";
import type { Prepared } from "./prepare-releases.ts";
import { findPrevious, type GivenPrevious } from "./previous.ts";
import type { Release } from "./release.ts";
import { imagesFor } from "./release-images.ts";
import { releasesOf } from "./rendered-releases.ts";
import { selected, type SmokeRequest, type SmokeSource } from "./smoke-subject.ts";
import { standInNotes } from "./stand-in-notes.ts";

/** What is tested: releases of this revision and of the one before, in the same order. */
export type Life = {
  readonly source: ChartSource;
  readonly commit: string;
  readonly previous: string;
  readonly releases: readonly Release[];
  readonly before: readonly Release[];
  /** What stands for services outside, which both revisions are installed beside. */
  readonly externals: readonly External[];
  readonly node: NodeTarball;
  readonly notes: readonly string[];
};

/** The releases of one revision. */
type Revision = {
  readonly source: ChartSource;
  readonly helmed: readonly HelmedChart[];
  readonly built: BuiltRelease;
  readonly releases: readonly Release[];
  readonly notes: readonly string[];
};

/** Builds and renders both revisions. Throws what a smoke test throws, and PreviousCommitError. */
export async function prepareLife(given: SmokeSource, request: SmokeRequest, given2: GivenPrevious): Promise<Life> {
  const all = await readChartSource(given);
  const charts = selected(all, request).filter((chart) => request.chart !== "" || chart.lifecycle !== undefined);
  const current = await prepareRevision(given, all, charts, request);
  const found = await findPrevious(given, current.built.commit, all.lock, partsOf(current), given2);
  const before = found.isSame ? current : await prepareBefore({ ...given, ...found.given }, current, request);
  const ofBefore = imagesFor(before.releases, before.built, all.lock);
  const ofCurrent = imagesFor(current.releases, current.built, all.lock);
  const installed = current.releases.map(
    (release) => before.releases.find(({ spec }) => spec.name === release.spec.name) ?? release,
  );
  const absent = installed.flatMap(({ spec, manifests }) => absentNotes(spec, manifests));
  const externals = planExternals(specsOf(current), request.environment, all.lock);
  const standIns = standInNotes(all.lock, installed, externals);
  const outside =
    externals.length === 0 ? [] : [...externalImages(externals, all.lock), probeImage(all.lock, given.programs)];
  const images = new Map([...ofBefore, ...ofCurrent, ...outside].map((image) => [image.name, image]));
  return {
    source: current.source,
    commit: current.built.commit,
    previous: found.description,
    releases: current.releases,
    externals,
    before: installed,
    node: await nodeTarball(all.lock, [...images.values(), loadImage(all.lock, given.programs)]),
    notes: [...new Set([...current.notes, ...newCharts(current, before), ...absent, ...standIns])],
  };
}

/**
 * What a cluster is prepared for: the charts of this revision, with the kinds of objects of both. Nobody comes in from outside: load
 * is sent through the Services.
 */
export function preparedFor({ source, releases, before, externals }: Life, { programs }: SmokeSource): Prepared {
  const both = releases.map((release, index) => {
    return { ...release, manifests: [...release.manifests, ...(before[index]?.manifests ?? [])] };
  });
  return { source, releases: both, externals, ingress: { kind: "none" }, programs };
}

/** Charts that there was none of before are compared with themselves. */
async function prepareBefore(given: SmokeSource, current: Revision, request: SmokeRequest): Promise<Revision> {
  const all = await readChartSource(given);
  const names = specsOf(current).map(({ name }) => name);
  const charts = all.platform.charts.filter(
    ({ name, environments }) => names.includes(name) && environments[request.environment] !== undefined,
  );
  if (charts.length === 0) return { ...current, releases: [] };
  return prepareRevision(given, all, charts, request);
}

async function prepareRevision(
  given: SmokeSource,
  all: ChartSource,
  charts: readonly ChartSpec[],
  { environment }: SmokeRequest,
): Promise<Revision> {
  const source = { ...all, platform: { ...all.platform, charts } };
  const { lock } = source;
  const values = new Map(charts.map((chart) => [chart.name, installValues(chart, lock, environment)]));
  const building = buildNamed(given, source, imagesOf(charts));
  const helmed = await helmCharts(source, [environment], {
    digests: async () => digestsOf(await building),
    run: (input) => runHelm({ ...input, overrides: values.get(input.spec.name)?.values }, helmContainer(lock, "helm")),
  });
  return {
    ...{ source, helmed, built: await building, releases: releasesOf(helmed, environment, values) },
    notes: [...values.values()].flatMap(({ notes }) => notes),
  };
}

/** Files and folders that the releases are made of: charts, those that they depend on, Dockerfiles and sources. */
function partsOf({ source, helmed }: Revision): string[] {
  const wanted = imagesOf(source.platform.charts);
  const images = source.platform.images.filter(({ name }) => wanted.includes(name));
  const parts = [
    ...helmed.flatMap(({ input }) => input.charts.map(({ path }) => path)),
    ...images.flatMap(({ dockerfile, source: folder }) => [dockerfile, folder]),
  ];
  return [...new Set(parts)].sort();
}

function newCharts(current: Revision, before: Revision): string[] {
  const known = specsOf(before).map(({ name }) => name);
  const names = specsOf(current)
    .map(({ name }) => name)
    .filter((name) => !known.includes(name));
  return names.map((name) => `there was no chart ${name} before: it is compared with itself`);
}

function specsOf({ releases }: Revision): ChartSpec[] {
  return releases.map(({ spec }) => spec);
}
