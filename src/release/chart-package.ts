/** Decides what a chart says of itself when it is published: its version, the images that it pins, its OCI manifest. */
import { parseDocument } from "yaml";

import type { Tag } from "../images/tags.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type Descriptor, describeText, type OciObject, ociObject } from "./oci.ts";

// Helm reads these two of a registry. Source: helm.sh, "OCI Support for Charts".
const CONFIG_TYPE = "application/vnd.cncf.helm.config.v1+json";
const CONTENT_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** Versions that a published chart bears. */
export type ChartVersion = {
  /** Its own, and its tag in the registry; it never moves. */
  readonly version: string;
  /** Version of what it runs: a tag that every image of the release has. */
  readonly appVersion: string;
};

/**
 * Gives the versions of all charts of a release: that of the Git tag or alias `1.2.3`; else `0.0.0-sha-<12 digits>`, which
 * every release is newer than. The dash keeps digits with a leading zero from being a number, which SemVer forbids.
 *
 * @param commit Full Git commit.
 * @param tags Tags of the images, the commit's own first.
 */
export function chartVersion(commit: string, tags: readonly Tag[]): ChartVersion {
  // Of all tags behind the commit's own, only versions never move.
  const version = tags.slice(1).find(({ moves }) => !moves)?.name;
  if (version !== undefined) return { version, appVersion: version };
  return { version: `0.0.0-sha-${commit.slice(0, 12)}`, appVersion: tags[0]?.name ?? `sha-${commit}` };
}

/** Chart.yaml with the versions of a release; all else stays as it was written. */
export function releasedChartFile(text: string, { version, appVersion }: ChartVersion): string {
  const document = parseDocument(text);
  document.set("version", version);
  document.set("appVersion", appVersion);
  return document.toString({ lineWidth: 0 });
}

/** An image of a release, as a chart names it. */
export type PinnedImage = { readonly registry: string; readonly repository: string; readonly digest: string };

/** values.yaml that names each image of the release by registry, repository and digest; comments stay. */
export function pinnedValues(text: string, { images }: ChartSpec, pins: ReadonlyMap<string, PinnedImage>): string {
  const document = parseDocument(text);
  for (const [image, path] of Object.entries(images)) {
    const pin = pins.get(image);
    if (pin === undefined) continue;
    for (const [key, value] of Object.entries(pin)) document.setIn([...path.split("."), key], value);
  }
  return document.toString({ lineWidth: 0 });
}

/** A chart's archive as it was packed. */
export type PackedChart = { readonly name: string; readonly digest: string; readonly size: number };

/** The chart as an OCI artifact, and the text of its configuration, which is Chart.yaml as JSON. */
export type ChartObject = OciObject & { readonly config: string };

/**
 * Makes the manifest of a chart.
 *
 * @param repository Registry and path that it is published under; helm wants the chart's name last.
 * @param chartFile Chart.yaml of the release.
 * @param files Where the container that pushes has the configuration and the archive.
 */
export function chartObject(
  repository: string,
  chartFile: string,
  packed: PackedChart,
  files: { readonly config: string; readonly archive: string },
): ChartObject {
  const meta: unknown = parseDocument(chartFile).toJS();
  const config = JSON.stringify(meta);
  const described = describeText(CONFIG_TYPE, config);
  const layer: Descriptor = { mediaType: CONTENT_TYPE, digest: packed.digest, size: packed.size };
  const annotations = annotationsOf(meta);
  const object = ociObject(
    repository,
    { config: described, layers: [layer], annotations },
    { [described.digest]: files.config, [packed.digest]: files.archive },
  );
  return { ...object, config };
}

/** What helm push writes, without the time. */
function annotationsOf(meta: unknown): Record<string, string> {
  const known = new Map(typeof meta === "object" && meta !== null ? Object.entries(meta) : []);
  const named = [
    ["org.opencontainers.image.title", known.get("name")],
    ["org.opencontainers.image.version", known.get("version")],
    ["org.opencontainers.image.description", known.get("description")],
  ] as const;
  return Object.fromEntries(named.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}
