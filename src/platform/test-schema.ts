/** The form of the tests of a system: commands that run over its sources in a container of an image of the lock. */
import { z } from "zod";

import { LOCK_NAME, LOCK_NAME_RULE } from "./lock-schema.ts";
import { DIRECTORY, DIRECTORY_RULE, NOT_EMPTY, text } from "./schema-parts.ts";

const CACHE = /^\/(?!.*(?:^|\/)\.{1,2}(?:\/|$)).+$/;
const CACHE_RULE = "an absolute path in the container, without . or .. parts";

/** One test suite. */
export const testSuite = z
  .strictObject(
    {
      image: text(LOCK_NAME, LOCK_NAME_RULE, "Name of the image in the image lock that the commands run in.", "golang"),
      directory: text(
        DIRECTORY,
        DIRECTORY_RULE,
        "Directory that the commands run in; default: the system's source.",
        "services/api",
      ).optional(),
      with: z
        .array(
          text(DIRECTORY, DIRECTORY_RULE, "Further directory that the commands see.", "deploy/config"),
          "a list of paths",
        )
        .meta({
          description: "Directories besides that the commands see, at the same place below the source directory.",
          examples: [["deploy/config"]],
        })
        .optional(),
      run: z
        .array(
          z.array(z.string("text").min(1, "text"), "a list of words").min(1, "a list of at least one word"),
          "a list of commands, each a list of words",
        )
        .refine(NOT_EMPTY, { error: "at least one command", params: { next: "name a command, or remove the suite" } })
        .meta({
          description: "Commands, each as a list of words; no shell reads them. The first that fails ends the suite.",
          examples: [
            [
              ["go", "vet", "./..."],
              ["go", "test", "./..."],
            ],
          ],
        }),
      caches: z
        .array(
          text(CACHE, CACHE_RULE, "Directory that later runs find again.", "/root/.cache/go-build"),
          "a list of paths",
        )
        .meta({ description: "Directories of downloads and intermediate results.", examples: [["/go/pkg/mod"]] })
        .optional(),
    },
    "a map that describes one test suite",
  )
  .meta({
    description: "One test suite, which ci runs before it builds images (Y-83).",
    examples: [{ image: "golang", run: [["go", "test", "./..."]] }],
  });

/** A test suite, with all defaults filled in. */
export type TestSpec = {
  /** System that it belongs to. */
  readonly system: string;
  readonly name: string;
  /** Name in the image lock. */
  readonly image: string;
  readonly directory: string;
  readonly with: readonly string[];
  readonly run: readonly (readonly string[])[];
  readonly caches: readonly string[];
};
