/** The form of an image lock: its keys, their rules, and what editors show about them. */
import { z } from "zod";

import { pinMistakes } from "./pinned-reference.ts";

/** Logical name of an image in the lock. */
export const LOCK_NAME = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;

/** What a logical name may be, for people. */
export const LOCK_NAME_RULE = "a name of lower-case letters and digits, joined by . or -";

const PINNED = /^[^/@\s]+(?:\/[^/@\s:]+)+:[^/@\s:]+@sha256:[0-9a-f]{64}$/;
const REASON = /^\S(?:[^\n]*\S)?$/;
const REASON_RULE = "one line of text that says what the image is here for";

const STAND_IN_RULE = "one line of text that says what the image was made from";
const REFERENCE_EXAMPLE = "registry.example.com/library/golang:1.26.6-alpine@sha256:<64 hexadecimal digits>";
const IMAGE_EXAMPLE = { reference: REFERENCE_EXAMPLE, reason: "Compiles the Go services." };

const lockedImage = z
  .strictObject(
    {
      reference: z
        .string("the full reference, registry/repository:tag@sha256:digest")
        .superRefine((reference, context) => {
          for (const { allowed, next } of pinMistakes(reference)) {
            context.addIssue({ code: "custom", message: allowed, params: { next } });
          }
        })
        .meta({
          description:
            "The image in full: registry, repository, tag and digest. The digest decides; the tag is for people.",
          pattern: PINNED.source,
          examples: [REFERENCE_EXAMPLE],
        }),
      reason: z
        .string(REASON_RULE)
        .regex(REASON, REASON_RULE)
        .meta({
          description: "One line that says what the image is here for.",
          examples: ["Compiles the Go services."],
        }),
      standIn: z
        .string(STAND_IN_RULE)
        .regex(REASON, STAND_IN_RULE)
        .meta({
          description: "Only where the image stands in for the official one: what it was made from. Reports show it.",
          examples: ["Debian bookworm packages and Go 1.26"],
        })
        .optional(),
    },
    "a map that describes one image",
  )
  .meta({ description: "One outside image.", examples: [IMAGE_EXAMPLE] });

/** The whole image lock. */
export const imageLockSchema = z
  .record(
    z
      .string(LOCK_NAME_RULE)
      .regex(LOCK_NAME, LOCK_NAME_RULE)
      .meta({ examples: ["golang"] }),
    lockedImage,
    "a map from name to image",
  )
  .refine((lock) => Object.keys(lock).length > 0, {
    error: "at least one image",
    params: { next: "add the images that the platform file names as bases" },
  })
  .meta({
    title: "Slipway image lock",
    description: "Every outside image that a run may pull, by the name that a platform file uses, pinned by digest.",
    minProperties: 1,
    examples: [{ golang: IMAGE_EXAMPLE }],
  });
