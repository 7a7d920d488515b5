/** Packs the charts of a release, so that one revision gives the same bytes everywhere. */
import { type Directory, dag } from "@dagger.io/dagger";

import { helmContainer } from "../charts/tools.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import {
  type ChartVersion,
  type PackedChart,
  type PinnedImage,
  pinnedValues,
  releasedChartFile,
} from "./chart-package.ts";

/** The packed charts: `<name>.tgz` each, and the Chart.yaml that each was packed with. */
export type PackedCharts = {
  readonly archives: Directory;
  readonly charts: readonly (PackedChart & { readonly chartFile: string })[];
};

// helm decides what belongs to a chart (.helmignore) and that nothing is missing.
const PACKAGE_SCRIPT = `set -eu
for chart in /charts/*; do
  name=\${chart##*/}
  helm package "$chart" --destination "/tmp/$name" > /dev/null
  mkdir -p /packed && mv "/tmp/$name/"*.tgz "/packed/$name.tgz"
done`;

// helm stamps what it packs with the time, the charts inside too. Those are unpacked, which helm reads as well.
const REPACK_SCRIPT = `set -eu
mkdir -p ${RESULTS}
for packed in /packed/*.tgz; do
  name=\${packed##*/}; name=\${name%.tgz}
  mkdir -p "/work/$name" && cd "/work/$name"
  tar -xzf "$packed"
  while inner=$(find . -name '*.tgz' -path '*/charts/*' | head -n 1) && [ -n "$inner" ]; do
    tar -xzf "$inner" -C "\${inner%/*}" && rm "$inner"
  done
  tar --create --format=ustar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \\
    --mode=a+rX,u+w,go-w -- * | gzip -9n > "${RESULTS}/$name.tgz"
  echo "$name sha256:$(sha256sum < "${RESULTS}/$name.tgz" | cut -d' ' -f1) $(wc -c < "${RESULTS}/$name.tgz")"
done`;

/** What charts are packed with. */
export type Packing = {
  readonly version: ChartVersion;
  /** Images of the release by name. */
  readonly pins: ReadonlyMap<string, PinnedImage>;
  /** Time of all files, seconds since 1970. */
  readonly createdAtSeconds: number;
};

/**
 * Packs charts with the versions and images of a release.
 *
 * @param built The charts with what they depend on, each in a folder of its name.
 */
export async function packCharts(
  lock: ImageLock,
  specs: readonly ChartSpec[],
  built: Directory,
  packing: Packing,
): Promise<PackedCharts> {
  const prepared = await Promise.all(specs.map((spec) => prepare(spec, built.directory(spec.name), packing)));
  const charts = prepared.reduce((all, { name, directory }) => all.withDirectory(name, directory), dag.directory());
  const packed = helmContainer(lock, "helm")
    .withMountedDirectory("/charts", charts)
    .withExec(["sh", "-c", PACKAGE_SCRIPT])
    .directory("/packed");
  const repacked = dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedDirectory("/packed", packed)
    .withEnvVariable("SOURCE_DATE_EPOCH", String(packing.createdAtSeconds))
    .withExec(["sh", "-c", REPACK_SCRIPT]);
  const facts = new Map(readFacts(await repacked.stdout()).map((fact) => [fact.name, fact]));
  return {
    archives: repacked.directory(RESULTS),
    charts: prepared.flatMap(({ name, chartFile }) => {
      const fact = facts.get(name);
      return fact === undefined ? [] : [{ ...fact, chartFile }];
    }),
  };
}

async function prepare({ ...spec }: ChartSpec, directory: Directory, { version, pins }: Packing) {
  const [chartText, values] = await Promise.all([
    directory.file("Chart.yaml").contents(),
    directory.file("values.yaml").contents(),
  ]);
  const chartFile = releasedChartFile(chartText, version);
  const released = directory
    .withNewFile("Chart.yaml", chartFile)
    .withNewFile("values.yaml", pinnedValues(values, spec, pins));
  return { name: spec.name, chartFile, directory: released };
}

function readFacts(output: string): PackedChart[] {
  return output
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", digest = "", size = ""] = line.split(" ");
      return { name, digest, size: Number(size) };
    });
}
