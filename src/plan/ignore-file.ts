/** Decides which paths a .dockerignore keeps out of a build, as BuildKit does: the last pattern that matches decides. */
import { posix } from "node:path";

type Pattern = { readonly lets: boolean; readonly form: RegExp };

/** True for a path below the context that is kept out. */
export type IsIgnored = (path: string) => boolean;

/**
 * Reads a .dockerignore. A pattern that is not understood keeps nothing out.
 *
 * @param text Contents of the file; nothing: there is none.
 */
export function readIgnoreFile(text: string | undefined): IsIgnored {
  const patterns = (text ?? "")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .flatMap(readPattern);
  return (path) => {
    const parts = path.split("/");
    const places = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    return patterns.reduce((isOut, { lets, form }) => {
      // What a pattern says of a folder, it says of everything in it.
      const isMeant = places.some((place) => form.test(place));
      return isMeant ? !lets : isOut;
    }, false);
  };
}

function readPattern(line: string): Pattern[] {
  if (line.startsWith("#")) return [];
  const trimmed = line.trim();
  const lets = trimmed.startsWith("!");
  const written = lets ? trimmed.slice(1).trim() : trimmed;
  if (written === "") return [];
  const cleaned = posix
    .normalize(written)
    .replace(/^\/+(?=.)/, "")
    .replace(/(?<=.)\/+$/, "");
  const form = formOf(cleaned);
  return form === undefined ? [] : [{ lets, form }];
}

/** The regular expression of a pattern. Source: moby/patternmatcher, Pattern.compile. */
function formOf(pattern: string): RegExp | undefined {
  let form = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === "*" && pattern.charAt(at + 1) === "*") {
      at += 1;
      // Two stars and a slash stand for any number of folders, none among them.
      if (pattern.charAt(at + 1) === "/") at += 1;
      form += at + 1 >= pattern.length ? ".*" : "(.*/)?";
    } else if (character === "*") form += "[^/]*";
    else if (character === "?") form += "[^/]";
    else if (character === "\\") {
      at += 1;
      form += escaped(pattern.charAt(at));
    } else if (character === "[" || character === "]") form += character;
    else form += "-^".includes(character) ? character : escaped(character);
  }
  try {
    return new RegExp(`^${form}$`);
  } catch {
    // What is no pattern keeps nothing out, so that no change is overlooked for it.
    return undefined;
  }
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
}
