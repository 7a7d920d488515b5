/** What is wrong with the definitions of custom resources, said with the names that the platform file gives them. */
import { PipelineError } from "../report/errors.ts";

/** A source of definitions: the folder that a program saw, and what the source is called. */
export type SourceName = { readonly folder: string; readonly name: string };

/** Definitions of custom resources cannot be read, or a source has none. */
export class CustomResourcesError extends PipelineError {
  override readonly name = "CustomResourcesError";
  constructor(output: string, sources: readonly SourceName[], cause?: unknown) {
    super(
      "config",
      `definitions of custom resources cannot be used:\n${describeSources(output, sources)}`,
      "correct validation.customResources of the platform file, or the definitions that it names",
      { cause },
    );
  }
}

/** Puts the names of sources where a program wrote the folders that it saw them in. */
export function describeSources(output: string, sources: readonly SourceName[]): string {
  const named = sources.reduceRight(
    (text, { folder, name }) => text.replaceAll(`${folder}/`, `${name}/`).replaceAll(`${folder}:`, `${name}:`),
    output,
  );
  return named
    .trim()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
