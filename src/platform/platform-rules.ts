/** The rules of a platform file that no single key can break: names that must differ, and bases that must be in the lock. */
import { chartProblems } from "./chart-rules.ts";
import { nearestName } from "./nearest-name.ts";
import type { Problem, ValuePath } from "./problems.ts";
import { entriesOf, memberOf } from "./unknown-values.ts";
import type { YamlFile } from "./yaml-file.ts";

/** One image of a file that may be wrong elsewhere. */
type FoundImage = { readonly system: string; readonly name: string; readonly path: ValuePath; readonly value: unknown };

/** Finds image names and repositories that are taken twice, build arguments that are set twice, and what charts get wrong. */
export function ruleProblems(yaml: YamlFile): Problem[] {
  const images = entriesOf(memberOf(yaml.value, "systems")).flatMap(([system, value]) =>
    entriesOf(memberOf(value, "images")).map(([name, image]): FoundImage => {
      return { system, name, path: ["systems", system, "images", name], value: image };
    }),
  );
  return [
    ...repeated(images, ({ name }) => name).map(([image, first]) => repeatedName(yaml, image, first)),
    ...repeated(images, repositoryOf)
      .filter(([image, first]) => image.name !== first.name)
      .map(([image, first]) => repeatedRepository(yaml, image, first)),
    ...images.flatMap((image) => [...repeatedArgs(yaml, image), ...repeatedConfig(yaml, image)]),
    ...chartProblems(yaml),
  ];
}

/** Finds bases that the image lock does not have. */
export function baseProblems(yaml: YamlFile, bases: readonly BaseUse[], known: readonly string[]): Problem[] {
  const unknown = bases.filter(({ base }) => !known.includes(base));
  return unknown.map(({ path, base }) => {
    const near = nearestName(base, known);
    return {
      path,
      position: yaml.valuePosition(path),
      found: `base "${base}", which the image lock does not have`,
      allowed: `a name in the image lock: ${known.join(", ")}`,
      next: near === undefined ? `add "${base}" to the image lock, with its digest` : `write "${near}"`,
    };
  });
}

/** A place in a platform file that names a base. */
export type BaseUse = { readonly path: ValuePath; readonly base: string };

function repeatedName(yaml: YamlFile, image: FoundImage, first: FoundImage): Problem {
  return {
    path: image.path,
    position: yaml.keyPosition(image.path),
    found: `image name "${image.name}", which system "${first.system}" has on line ${lineOf(yaml, first.path)}`,
    allowed: "image names that are unique over all systems, since --image takes the name alone",
    next: `rename one of the two, for example to "${image.system}-${image.name}"`,
  };
}

function repeatedRepository(yaml: YamlFile, image: FoundImage, first: FoundImage): Problem {
  const isGiven = memberOf(image.value, "repository") !== undefined;
  const path = isGiven ? [...image.path, "repository"] : image.path;
  return {
    path,
    position: isGiven ? yaml.valuePosition(path) : yaml.keyPosition(path),
    found: `repository "${repositoryOf(image) ?? ""}", which image "${first.name}" has on line ${lineOf(yaml, first.path)}`,
    allowed: "a repository for each image, since one would replace the other",
    next: `give one of the two another repository, for example "${image.system}-${image.name}"`,
  };
}

function repeatedArgs(yaml: YamlFile, image: FoundImage): Problem[] {
  const bases = new Set(entriesOf(memberOf(image.value, "bases")).map(([arg]) => arg));
  const both = entriesOf(memberOf(image.value, "args")).filter(([arg]) => bases.has(arg));
  return both.map(([arg]) => {
    const path = [...image.path, "args", arg];
    return {
      path,
      position: yaml.keyPosition(path),
      found: `build argument "${arg}", which is in bases too`,
      allowed: "each build argument once, in args or in bases",
      next: "remove it here; a base image comes from the image lock",
    };
  });
}

function repeatedConfig(yaml: YamlFile, image: FoundImage): Problem[] {
  if (memberOf(image.value, "config") === undefined) return [];
  return ["args", "bases"].flatMap((key) => {
    const path = [...image.path, key, "CONFIG"];
    if (memberOf(memberOf(image.value, key), "CONFIG") === undefined) return [];
    return {
      path,
      position: yaml.keyPosition(path),
      found: `build argument "CONFIG", which the key config sets`,
      allowed: "each build argument once",
      next: "remove it here",
    };
  });
}

/** Pairs each image whose key an earlier image has with the first that has it. */
function repeated(
  images: readonly FoundImage[],
  keyOf: (image: FoundImage) => string | undefined,
): [FoundImage, FoundImage][] {
  const first = new Map<string, FoundImage>();
  return images.flatMap((image): [FoundImage, FoundImage][] => {
    const key = keyOf(image);
    const earlier = key === undefined ? undefined : first.get(key);
    if (key !== undefined && earlier === undefined) first.set(key, image);
    return earlier === undefined ? [] : [[image, earlier]];
  });
}

/** The repository that is given, or else the name. */
function repositoryOf(image: FoundImage): string | undefined {
  const given = memberOf(image.value, "repository") ?? image.name;
  return typeof given === "string" ? given : undefined;
}

function lineOf(yaml: YamlFile, path: ValuePath): number {
  return yaml.keyPosition(path).line;
}
