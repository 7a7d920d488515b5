/** Puts a release together: its images, its charts that pin them, and its record, ready to be pushed. */
import { dag, type Directory } from "@dagger.io/dagger";

import type { PlatformBuild } from "../images/functions.ts";
import type { Tag } from "../images/tags.ts";
import { packCharts, type PackedCharts } from "./chart-archive.ts";
import { chartObject, chartVersion, type PinnedImage } from "./chart-package.ts";
import { describeText, EMPTY, EMPTY_CONFIG, type OciObject, ociObject } from "./oci.ts";
import type { Artifact } from "./plan.ts";
import {
  formatReleaseRecord,
  RECORD_REPOSITORY,
  RECORD_TYPE,
  recordTags,
  type ReleaseRecord,
} from "./release-record.ts";

/** An artifact and how it is pushed: from an archive of an OCI layout, or as a manifest with files. */
export type Part = Artifact & { readonly archive?: string; readonly object?: OciObject };

/** A release, put together. */
export type Release = {
  /** Images, charts, and the record last. */
  readonly parts: readonly Part[];
  readonly record: ReleaseRecord;
  /** Everything that is pushed, as the container that pushes has it below INPUTS. */
  readonly inputs: Directory;
};

/** Where the container that pushes has the files. */
export const INPUTS = "/inputs";

/** Repository of a chart below the registry's path; helm wants the chart's name last. */
const CHARTS = "charts";

/**
 * Puts a release together.
 *
 * @param prefix Registry and path that it is published under.
 * @param charts The charts with what they depend on, each in a folder of its name.
 * @param tags Tags of every image, the commit's own first.
 */
export async function assembleRelease(
  build: PlatformBuild,
  charts: Directory,
  prefix: string,
  tags: readonly Tag[],
): Promise<Release> {
  const { platform, lock, revision } = build;
  const version = chartVersion(revision.commit, tags);
  const pins = new Map(
    build.images.map(({ spec, facts }): [string, PinnedImage] => [
      spec.name,
      { registry: prefix, repository: spec.repository, digest: facts.digest },
    ]),
  );
  const packing = { version, pins, createdAtSeconds: revision.committedAtSeconds };
  const packed = await packCharts(lock, platform.charts, charts, packing);
  const chartParts = packed.charts.map((chart) => chartPart(chart, prefix, version.version));
  const record = recordOf(build, chartParts, version.version);
  const parts = [...build.images.map((image) => imagePart(image, prefix, tags)), ...chartParts];
  const recorded = recordPart(record, prefix, recordTags(tags, version.version));
  return { parts: [...parts, recorded.part], record, inputs: inputsOf(build, packed, chartParts, recorded) };
}

function imagePart({ spec, facts }: PlatformBuild["images"][number], prefix: string, tags: readonly Tag[]): Part {
  const repository = `${prefix}/${spec.repository}`;
  const archive = `${INPUTS}/images/${spec.name}.tar`;
  return { kind: "image", name: spec.name, repository, digest: facts.digest, tags, archive };
}

type ChartPart = Part & { readonly object: OciObject; readonly config: string };

function chartPart(chart: PackedCharts["charts"][number], prefix: string, version: string): ChartPart {
  const repository = `${prefix}/${CHARTS}/${chart.name}`;
  const files = { config: `${INPUTS}/texts/${chart.name}.json`, archive: `${INPUTS}/charts/${chart.name}.tgz` };
  const { config, ...object } = chartObject(repository, chart.chartFile, chart, files);
  const tags = [{ name: version, moves: false }];
  return { kind: "chart", name: chart.name, repository, digest: object.digest, tags, object, config };
}

function recordPart(record: ReleaseRecord, prefix: string, tags: readonly Tag[]) {
  const text = formatReleaseRecord(record);
  const layer = describeText(RECORD_TYPE, text);
  const object = ociObject(
    `${prefix}/${RECORD_REPOSITORY}`,
    { artifactType: RECORD_TYPE, config: EMPTY, layers: [layer], annotations: {} },
    { [EMPTY.digest]: `${INPUTS}/texts/empty`, [layer.digest]: `${INPUTS}/texts/release.record` },
  );
  const part: Part = { kind: "record", name: "release", ...object, tags, object };
  return { part, text };
}

function recordOf({ platform, revision, images }: PlatformBuild, charts: readonly ChartPart[], version: string) {
  const digests = new Map(images.map(({ spec, facts }) => [spec.name, facts.digest]));
  const parts = new Map(charts.map((part) => [part.name, part.digest]));
  return {
    version: 1 as const,
    revision: revision.commit,
    images: images.map(({ spec, facts }) => ({
      ...{ name: spec.name, system: spec.system, repository: spec.repository, digest: facts.digest },
    })),
    charts: platform.charts.map((spec) => ({
      ...{ name: spec.name, system: spec.system, repository: `${CHARTS}/${spec.name}`, version },
      digest: parts.get(spec.name) ?? "",
      images: Object.fromEntries(
        Object.entries(spec.images).flatMap(([image, path]) => {
          const digest = digests.get(image);
          return digest === undefined ? [] : [[path, digest]];
        }),
      ),
    })),
  };
}

function inputsOf(
  { images }: PlatformBuild,
  { archives }: PackedCharts,
  charts: readonly ChartPart[],
  record: { readonly part: Part; readonly text: string },
): Directory {
  const base = dag
    .directory()
    .withDirectory("charts", archives)
    .withNewFile("texts/empty", EMPTY_CONFIG)
    .withNewFile("texts/release.record", record.text);
  const withImages = images.reduce((all, { spec, tarball }) => all.withFile(`images/${spec.name}.tar`, tarball), base);
  const withCharts = charts.reduce(
    (all, { name, config }) => all.withNewFile(`texts/${name}.json`, config),
    withImages,
  );
  return [...charts, record.part].reduce(
    (all, { object }) => (object === undefined ? all : all.withNewFile(manifestFile(object.digest), object.manifest)),
    withCharts,
  );
}

/** Path of a manifest among the inputs. */
export function manifestFile(digest: string): string {
  return `manifests/${digest.replace(":", "-")}`;
}
