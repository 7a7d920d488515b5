/** Records what an image is built from, and decides whether a path is part of it. */
import { posix } from "node:path";

import type { ImageSpec } from "../platform/platform-file.ts";
import { contextSources } from "./dockerfile.ts";
import { readIgnoreFile } from "./ignore-file.ts";

/** Texts of a source by their paths, as far as they were read. */
export type Texts = ReadonlyMap<string, string>;

/** What an image is built from, besides its entry and its bases. */
export type ImageInputs = {
  readonly image: string;
  /** Its Dockerfile and the files that keep paths out of its context. */
  readonly files: readonly string[];
  readonly context: string;
  /** What it takes from the context, as patterns. */
  readonly sources: readonly string[];
  readonly isIgnored: (path: string) => boolean;
};

/** Files that decide what an image takes, and that have to be read for imageInputs. */
export function filesOf({ dockerfile, context }: ImageSpec): {
  readonly dockerfile: string;
  readonly ignore: readonly string[];
} {
  // BuildKit takes the second one where it is there; which one it was is not asked, so that both count.
  return { dockerfile, ignore: [posix.join(context, ".dockerignore"), `${dockerfile}.dockerignore`] };
}

/**
 * Records the inputs of an image.
 *
 * @param links Symbolic links of the source, with where each leads: a COPY follows those that it names.
 */
export function imageInputs(spec: ImageSpec, texts: Texts, links: ReadonlyMap<string, string>): ImageInputs {
  const { dockerfile, ignore } = filesOf(spec);
  const text = texts.get(dockerfile);
  const sources = text === undefined ? ["**"] : contextSources(text, buildArguments(spec));
  const [common = "", own = ""] = ignore;
  // Two files that could be meant: what only one of them keeps out is not kept out here.
  const isIgnored = texts.has(own) ? () => false : readIgnoreFile(texts.get(common));
  const { name: image, context } = spec;
  const files = [dockerfile, ...ignore].flatMap((file) => withTarget(file, links));
  const isLinked = [dockerfile, context, common].some((path) => ancestors(path).some((folder) => links.has(folder)));
  // Behind a folder that is a link, anything may be meant.
  if (isLinked) return { image, files, context: ".", sources: ["**"], isIgnored: () => false };
  return { image, files, context, sources: followed(sources, context, links), isIgnored };
}

/** Build arguments, with anything in place of what is another with every commit or lock. */
function buildArguments({ args, bases, source }: ImageSpec): Record<string, string> {
  const given: Record<string, string> = { ...args, SOURCE: source };
  for (const name of [...Object.keys(bases), "REVISION", "SOURCE_DATE_EPOCH"]) given[name] = "**";
  return given;
}

/** A file and, where it is a link, the one that it leads to. */
function withTarget(file: string, links: ReadonlyMap<string, string>): string[] {
  const target = links.get(file);
  return target === undefined ? [file] : [file, posix.join(posix.dirname(file), target)];
}

/** The folders around a path, and a folder itself. */
function ancestors(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Folders with what the links in them lead to: helm follows those of a chart. */
export function linkedFolders(folders: readonly string[], links: ReadonlyMap<string, string>): string[] {
  const all = new Set(folders);
  for (const folder of all) {
    for (const [link, target] of links) {
      const isOnTheWay = link === folder || folder.startsWith(`${link}/`) || below(folder, link) !== undefined;
      if (isOnTheWay) all.add(target.startsWith("/") ? "." : posix.join(posix.dirname(link), target));
    }
  }
  return [...all];
}

/** Why a path is part of an image, or nothing. */
export function whyInImage({ files, context, sources, isIgnored }: ImageInputs, path: string): string | undefined {
  if (files.includes(path)) return `${path} says how it is built`;
  const inside = below(context, path);
  if (inside === undefined || isIgnored(inside)) return undefined;
  const source = sources.find((pattern) => takes(pattern, inside));
  return source === undefined ? undefined : `${path} is copied`;
}

/** The path within a folder; nothing where it lies elsewhere. */
function below(folder: string, path: string): string | undefined {
  if (folder === ".") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** True if a pattern takes a path: itself, what is below it, and a folder on the way to it that is no folder of files. */
export function takes(pattern: string, path: string): boolean {
  if (new RegExp(`^${formOf(pattern)}(?:/.*)?$`, "s").test(path)) return true;
  const parts = pattern.split("/");
  return parts.some(
    (_, index) => index > 0 && new RegExp(`^${formOf(parts.slice(0, index).join("/"))}$`, "s").test(path),
  );
}

function formOf(pattern: string): string {
  // Brackets are a choice of letters, or part of a name: both are covered by anything.
  return pattern
    .split(/(\*\*|\*|\?|\[.*)/)
    .map((part) => {
      if (part === "**" || part.startsWith("[")) return ".*";
      if (part === "*") return "[^/]*";
      if (part === "?") return "[^/]";
      return part.replace(/[.+^${}()|\]\\]/g, String.raw`\$&`);
    })
    .join("");
}

/** Sources with what the links on their way lead to. */
function followed(sources: readonly string[], context: string, links: ReadonlyMap<string, string>): string[] {
  const all = new Set(sources);
  // A set that grows is walked to its end, so that a link to a link is followed too.
  for (const source of all) {
    for (const [link, target] of links) {
      const inside = below(context, link);
      if (inside === undefined || !takes(source, inside)) continue;
      const led = posix.normalize(posix.join("/", posix.dirname(inside), target)).replace(/^\/+|\/+$/g, "");
      all.add(target.startsWith("/") || led === "" ? "**" : led);
      // What is asked for behind the link lies behind its target.
      if (source.startsWith(`${inside}/`)) all.add(posix.join(led, source.slice(inside.length + 1)));
    }
  }
  return [...all];
}
