/** Counts the images that value files name by digest: what Argo CD can roll out without a further change. */
import { textAt } from "../charts/json.ts";
import { readYaml } from "../platform/yaml-file.ts";

/**
 * How many images of the platform the value files of an Application name by digest; the last file that sets one counts.
 *
 * @param images Image to the path of the value that holds its digest, for example api to `api.image`.
 * @param valueFiles Value files, in the order in which they are applied.
 * @param texts The chart's own files by their path in it.
 */
export function pinnedImages(
  images: Readonly<Record<string, string>>,
  valueFiles: readonly string[],
  texts: ReadonlyMap<string, string>,
): number {
  const values = valueFiles.map((file) => readYaml(texts.get(file) ?? "", file).value);
  return Object.values(images).filter((path) => {
    const digests = values.map((each) => textAt(each, ...path.split("."), "digest")).filter((digest) => digest !== "");
    return /^sha256:[0-9a-f]{64}$/.test(digests.at(-1) ?? "");
  }).length;
}
