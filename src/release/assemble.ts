/** Puts a release together: its images, its charts that pin them, and its record, ready to be pushed. */
import { dag, type Directory } from "@dagger.io/dagger";

import type { PlatformBuild } from "../images/functions.ts";
import { packCharts, type PackedCharts } from "./chart-archive.ts";
import { chartObject, type PinnedImage } from "./chart-package.ts";
import { describeText, EMPTY, EMPTY_CONFIG, type OciObject, ociObject } from "./oci.ts";
import type { Artifact } from "./plan.ts";
import { partRepository, partsOf } from "./release-parts.ts";
import {
  formatReleaseRecord,
  type PlatformName,
  RECORD_REPOSITORY,
  RECORD_TYPE,
  type ReleaseRecord,
} from "./release-record.ts";
import type { ReleaseTags } from "./release-tags.ts";
import type { Tag } from "../images/tags.ts";

/** An artifact and how it is pushed: from an archive of an OCI layout, or as a manifest with files. */
export type Part = Artifact & { readonly archive?: string; readonly object?: OciObject };

/** A release, put together. */
export type Release = {
  /** Images, charts, and records last. */
  readonly parts: readonly Part[];
  /** Chart.yaml that each chart was packed with, by the chart's name. */
  readonly chartFiles: ReadonlyMap<string, string>;
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
 * @param partsOfPlatform The platform that these systems are a part of: each gets a record of its own; nothing: they are all.
 */
export async function assembleRelease(
  build: PlatformBuild,
  charts: Directory,
  prefix: string,
  tags: ReleaseTags,
  partsOfPlatform?: PlatformName,
): Promise<Release> {
  const { platform, lock, revision } = build;
  const { version } = tags;
  const pins = new Map(
    build.images.map(({ spec, facts }): [string, PinnedImage] => [
      spec.name,
      { registry: prefix, repository: spec.repository, digest: facts.digest },
    ]),
  );
  const packing = { version, pins, createdAtSeconds: revision.committedAtSeconds };
  const packed = await packCharts(lock, platform.charts, charts, packing);
  const chartParts = packed.charts.map((chart) => chartPart(chart, prefix, tags.chart));
  const record = recordOf(build, chartParts, version.version);
  const parts = [...build.images.map((image) => imagePart(image, prefix, tags.image)), ...chartParts];
  const systems = platform.systems.map(({ name }) => name);
  const records = partsOfPlatform === undefined ? [record] : partsOf(record, systems, partsOfPlatform);
  const recorded = records.map((each) => recordPart(each, prefix, tags.record));
  const inputs = inputsOf(build, packed, chartParts).withDirectory("/", recordInputs(recorded));
  const chartFiles = new Map(packed.charts.map(({ name, chartFile }) => [name, chartFile]));
  return { parts: [...parts, ...recorded.map(({ part }) => part)], chartFiles, inputs };
}

/** Makes the artifact of an image, which imageInputs has the archive of. */
export function imagePart(
  { spec, facts }: PlatformBuild["images"][number],
  prefix: string,
  tags: readonly Tag[],
): Part {
  const repository = `${prefix}/${spec.repository}`;
  const archive = `${INPUTS}/images/${spec.name}.tar`;
  return { kind: "image", name: spec.name, repository, digest: facts.digest, tags, archive };
}

type ChartPart = Part & { readonly object: OciObject; readonly config: string };

function chartPart(chart: PackedCharts["charts"][number], prefix: string, tags: readonly Tag[]): ChartPart {
  const repository = `${prefix}/${CHARTS}/${chart.name}`;
  const files = { config: `${INPUTS}/texts/${chart.name}.json`, archive: `${INPUTS}/charts/${chart.name}.tgz` };
  const { config, ...object } = chartObject(repository, chart.chartFile, chart, files);
  return { kind: "chart", name: chart.name, repository, digest: object.digest, tags, object, config };
}

/** A record on its way to a registry, and its text. */
export type RecordPart = { readonly part: Part & { readonly object: OciObject }; readonly text: string };

/** Makes the artifact of a record: that of a part lies in a repository of its system. */
export function recordPart(record: ReleaseRecord, prefix: string, tags: readonly Tag[]): RecordPart {
  const name = record.part?.system ?? RECORD_REPOSITORY;
  const repository = record.part === undefined ? RECORD_REPOSITORY : partRepository(name);
  const text = formatReleaseRecord(record);
  const layer = describeText(RECORD_TYPE, text);
  const object = ociObject(
    `${prefix}/${repository}`,
    { artifactType: RECORD_TYPE, config: EMPTY, layers: [layer], annotations: {} },
    { [EMPTY.digest]: `${INPUTS}/texts/empty`, [layer.digest]: `${INPUTS}/${textFile(layer.digest)}` },
  );
  return { part: { kind: "record", name, ...object, tags, object }, text };
}

/** What the container that pushes needs for records. */
export function recordInputs(records: readonly RecordPart[]): Directory {
  const empty = dag.directory().withNewFile("texts/empty", EMPTY_CONFIG);
  return records.reduce(
    (all, { part, text }) =>
      all
        .withNewFile(textFile(describeText(RECORD_TYPE, text).digest), text)
        .withNewFile(manifestFile(part.digest), part.object.manifest),
    empty,
  );
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

function inputsOf({ images }: PlatformBuild, { archives }: PackedCharts, charts: readonly ChartPart[]): Directory {
  return charts.reduce(
    (all, { name, config, object }) =>
      all.withNewFile(`texts/${name}.json`, config).withNewFile(manifestFile(object.digest), object.manifest),
    imageInputs(images).withDirectory("charts", archives),
  );
}

/** What the container that pushes needs for images. */
export function imageInputs(images: PlatformBuild["images"]): Directory {
  return images.reduce((all, { spec, tarball }) => all.withFile(`images/${spec.name}.tar`, tarball), dag.directory());
}

function textFile(digest: string): string {
  return `texts/${digest.replace(":", "-")}`;
}

/** Path of a manifest among the inputs. */
export function manifestFile(digest: string): string {
  return `manifests/${digest.replace(":", "-")}`;
}
