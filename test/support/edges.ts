/** Tells the files of src/ that build containers, directly or by what they call, from those that unit tests can run whole. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Files of a folder that are about an engine, as paths below it: they import Dagger, or what does. */
export function edgesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const imports = new Map(files.map((file) => [file, importsOf(file, readFileSync(path.join(folder, file), "utf8"))]));
  const edges = new Set(["@dagger.io/dagger"]);
  for (let known = 0; known < edges.size;) {
    known = edges.size;
    for (const [file, from] of imports) if (from.some((each) => edges.has(each))) edges.add(file);
  }
  return files.filter((file) => edges.has(file)).sort();
}

/** What a file imports; no rule imports as much as a type of an edge. */
function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/^(?:import|export)[^;"]*"([^"]+)"/gm)].map(([, from = ""]) =>
    from.startsWith(".") ? path.posix.join(path.posix.dirname(file), from) : from,
  );
}
