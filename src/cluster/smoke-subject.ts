/** What a smoke test tests: the chosen charts as they are installed, and all that a cluster needs for them. */
import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";

import { helmCharts, readChartSource, UnknownChartError } from "../charts/functions.ts";
import { type ChartSource, imagesOf } from "../charts/prepare.ts";
import { runHelm } from "../charts/render.ts";
import { helmContainer } from "../charts/tools.ts";
import { type BuiltRelease, buildNamed, digestsOf, type PlatformSource } from "../images/functions.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import { checkImage } from "./checks.ts";
import type { Access } from "./existing-cluster.ts";
import { type External, planExternals } from "./externals-plan.ts";
import { externalImages } from "./externals.ts";
import { controllerImages } from "./ingress.ts";
import { ingressNotes, type IngressPlan, planIngress } from "./ingress-plan.ts";
import { type InstallValues, installValues } from "./install-values.ts";
import { probeImage } from "./network-proof.ts";
import { nodeTarball, type NodeTarball } from "./node-tarball.ts";
import { existingNotes, inOwnNamespace, refuseExternals } from "./own-namespaces.ts";
import { imagesFor } from "./release-images.ts";
import { releasesOf } from "./rendered-releases.ts";
import type { Release } from "./release.ts";
import { standInNotes } from "./stand-in-notes.ts";

/** What the caller asked for. */
export type SmokeRequest = {
  readonly environment: Environment;
  /** Chart to install; empty: all charts that have the environment. */
  readonly chart: string;
  /** True to test again what has passed already. */
  readonly force: boolean;
  /** A cluster that exists; without one, the test starts its own. */
  readonly access?: Access | undefined;
};

/** The platform, and the source of the programs that run in the cluster. */
export type SmokeSource = PlatformSource & { readonly programs: Directory };

/** The charts of a request as they are installed, and what made them. */
export type Candidate = {
  readonly source: ChartSource;
  readonly built: BuiltRelease;
  readonly releases: readonly Release[];
  readonly values: ReadonlyMap<string, InstallValues>;
  readonly programs: Directory;
  readonly request: SmokeRequest;
};

/** Releases that are tested in one cluster. */
export type Subject = Pick<Candidate, "source" | "built" | "releases" | "programs"> & {
  readonly externals: readonly External[];
  /** How checks from outside come in. */
  readonly ingress: IngressPlan;
  readonly notes: readonly string[];
};

/** Builds the images of the chosen charts and renders these with them. */
export async function prepareCandidate(given: SmokeSource, request: SmokeRequest): Promise<Candidate> {
  const { environment, access } = request;
  const all = await readChartSource(given);
  const run = randomUUID().slice(0, 8);
  const chosen = selected(all, request);
  const charts = access === undefined ? chosen : chosen.map((chart) => inOwnNamespace(chart, run));
  const source = { ...all, platform: { ...all.platform, charts } };
  const { lock } = source;
  // What nothing can stand for is said before anything is built.
  const externals = planExternals(charts, environment, lock);
  if (access !== undefined) refuseExternals(externals, environment);
  const values = new Map(
    charts.map((chart) => [chart.name, installValues(chart, lock, environment, access && "IfNotPresent")]),
  );
  const building = buildNamed(given, source, imagesOf(charts));
  const helmed = await helmCharts(source, [environment], {
    digests: async () => digestsOf(await building),
    run: (input) => runHelm({ ...input, overrides: values.get(input.spec.name)?.values }, helmContainer(lock, "helm")),
  });
  const releases = releasesOf(helmed, environment, values);
  return { source, built: await building, releases, values, programs: given.programs, request };
}

/** Plans a cluster for releases of a candidate. */
export function subjectOf(candidate: Candidate, releases: readonly Release[]): Subject {
  const { source, built, values, programs, request } = candidate;
  const { environment, access } = request;
  const charts = releases.map(({ spec }) => spec);
  const ingress: IngressPlan =
    access === undefined ? planIngress(releases, environment, source.lock) : { kind: "none" };
  const externals = planExternals(charts, environment, source.lock);
  const standIns = standInNotes(source.lock, releases, externals);
  return {
    ...{ source, built, releases, programs, ingress, externals },
    notes: charts
      .flatMap(({ name }) => values.get(name)?.notes ?? [])
      .concat(ingressNotes(ingress), standIns, access === undefined ? [] : existingNotes(charts)),
  };
}

/** Every image that a cluster needs for a subject, as one tarball. Throws ForeignImageError where a release runs another. */
export function nodeOf({ source, built, releases, externals, ingress, programs }: Subject): Promise<NodeTarball> {
  const { lock } = source;
  const images = [...imagesFor(releases, built, lock), ...externalImages(externals, lock)];
  const own = [checkImage(lock, programs), probeImage(lock, programs), ...controllerImages(ingress)];
  return nodeTarball(lock, [...images, ...own]);
}

/** The charts that are meant; throws UnknownChartError. */
export function selected({ platform }: ChartSource, { chart, environment }: SmokeRequest): readonly ChartSpec[] {
  if (chart === "") return platform.charts.filter(({ environments }) => environments[environment] !== undefined);
  const found = platform.charts.filter(({ name }) => name === chart);
  if (found.length > 0) return found;
  const names = platform.charts.map(({ name }) => name);
  throw new UnknownChartError(`${platform.origin.file} has no chart "${chart}"`, names);
}
