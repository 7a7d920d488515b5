/** What is said of files that are refused, for snapshots. */
import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { PipelineError } from "../../../src/report/errors.ts";

/** Runs what must throw a PipelineError and returns its message. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof PipelineError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** What parsePlatform says of a text. */
export function refusal(text: string): string {
  return messageOf(() => parsePlatform(text, "deploy/platform.yaml"));
}

/** A platform file with one image, whose keys a test adds or breaks. */
export function withImage(...lines: string[]): string {
  const image = lines.map((line) => `        ${line}\n`).join("");
  return `systems:\n  shop:\n    source: services\n    images:\n      api:\n${image}`;
}
