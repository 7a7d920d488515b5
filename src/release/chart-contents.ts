/** Lists what a chart is made of and runs, in both forms that others read: the charts in it, and images by digest. */
import { parse } from "yaml";
import { z } from "zod";

import { timeText, uuidOf } from "./document-identity.ts";
import { hashOf } from "./oci.ts";

/** An image that a chart runs. */
export type ContainedImage = { readonly name: string; readonly repository: string; readonly digest: string };

/** A chart as it was packed. */
export type ChartContents = {
  /** Chart.yaml of the release. */
  readonly chartFile: string;
  /** Digest of the chart in a registry. */
  readonly digest: string;
  /** Images of this release, and those of the image lock, that it runs. */
  readonly images: readonly ContainedImage[];
  readonly createdAtSeconds: number;
  /** Version of the module, which writes the list. */
  readonly toolVersion: string;
};

const chartFileSchema = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: z.array(z.object({ name: z.string(), version: z.string() })).default([]),
});

type Component = {
  readonly reference: string;
  readonly kind: "application" | "library" | "container";
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hash?: string;
};

/** The list as an SPDX 2.3 document; the same chart gives the same document. */
export function chartSpdx(contents: ChartContents): unknown {
  const { chart, parts } = componentsOf(contents);
  const relation = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string) => {
    return { spdxElementId, relationshipType, relatedSpdxElement };
  };
  return {
    ...{ spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: chart.name },
    documentNamespace: `urn:uuid:${uuidOf(hashOf(contents.digest))}`,
    creationInfo: { created: timeText(contents.createdAtSeconds), creators: [`Tool: slipway-${contents.toolVersion}`] },
    packages: [chart, ...parts].map(({ reference, name, version, purl, hash }) => ({
      ...{ SPDXID: `SPDXRef-${reference}`, name, versionInfo: version },
      ...{ downloadLocation: "NOASSERTION", filesAnalyzed: false },
      ...(hash === undefined ? {} : { checksums: [{ algorithm: "SHA256", checksumValue: hash }] }),
      externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: purl }],
    })),
    relationships: [
      relation("SPDXRef-DOCUMENT", "DESCRIBES", `SPDXRef-${chart.reference}`),
      ...parts.map(({ reference }) => relation(`SPDXRef-${chart.reference}`, "DEPENDS_ON", `SPDXRef-${reference}`)),
    ],
  };
}

/** The list as a CycloneDX 1.6 document; the same chart gives the same document. */
export function chartCyclonedx(contents: ChartContents): unknown {
  const { chart, parts } = componentsOf(contents);
  const component = ({ reference, kind, name, version, purl, hash }: Component) => ({
    ...{ type: kind, "bom-ref": reference, name, version, purl },
    ...(hash === undefined ? {} : { hashes: [{ alg: "SHA-256", content: hash }] }),
  });
  return {
    ...{ bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    serialNumber: `urn:uuid:${uuidOf(hashOf(contents.digest))}`,
    metadata: {
      timestamp: timeText(contents.createdAtSeconds),
      tools: { components: [{ type: "application", name: "slipway", version: contents.toolVersion }] },
      component: component(chart),
    },
    components: parts.map(component),
    dependencies: [{ ref: chart.reference, dependsOn: parts.map(({ reference }) => reference) }],
  };
}

function componentsOf({ chartFile, digest, images }: ChartContents): { chart: Component; parts: Component[] } {
  const { name, version, dependencies } = chartFileSchema.parse(parse(chartFile));
  const chart = (kind: Component["kind"], named: { readonly name: string; readonly version: string }): Component => ({
    reference: `chart-${named.name}`,
    kind,
    ...named,
    purl: `pkg:helm/${named.name}@${named.version}`,
  });
  return {
    chart: { ...chart("application", { name, version }), hash: hashOf(digest) },
    parts: [
      ...dependencies.map((dependency) => chart("library", { name: dependency.name, version: dependency.version })),
      ...images.map((image): Component => {
        const path = image.repository.split("/").at(-1) ?? image.repository;
        return {
          ...{ reference: `image-${image.name}`, kind: "container", name: image.repository, version: image.digest },
          ...{ purl: `pkg:oci/${path}@${image.digest.replace(":", "%3A")}`, hash: hashOf(image.digest) },
        };
      }),
    ],
  };
}
