/** The record of a release: which images and charts belong together. It is published beside them and is what verify starts from. */
import { z } from "zod";

import type { Tag } from "../images/tags.ts";
import { PipelineError } from "../report/errors.ts";

/** Repository of the records below the registry's path. */
export const RECORD_REPOSITORY = "release";

/** Media and artifact type of a record. */
export const RECORD_TYPE = "application/vnd.slipway.release.v1+json";

const DIGEST = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const recordSchema = z.strictObject({
  version: z.literal(1),
  revision: z.string(),
  /** What it is a part of; a record without it is of all systems. */
  part: z
    .strictObject({ system: z.string(), platform: z.strictObject({ file: z.string(), digest: DIGEST }) })
    .optional(),
  images: z.array(z.strictObject({ name: z.string(), system: z.string(), repository: z.string(), digest: DIGEST })),
  charts: z.array(
    z.strictObject({
      name: z.string(),
      system: z.string(),
      repository: z.string(),
      version: z.string(),
      digest: DIGEST,
      /** Digest of each image that it pins, by the path of the value. */
      images: z.record(z.string(), DIGEST),
    }),
  ),
});

/** What belongs to a release; repositories are paths below the registry's. */
export type ReleaseRecord = z.infer<typeof recordSchema>;

/** A platform as parts of a release name it: its file, and the digest of what that says. */
export type PlatformName = NonNullable<ReleaseRecord["part"]>["platform"];

/** A record cannot be read. */
export class ReleaseRecordError extends PipelineError {
  override readonly name = "ReleaseRecordError";
  constructor(reference: string, problem: string) {
    super("gate", `${reference} ${problem}`, "publish the release again, or verify another tag");
  }
}

/** Text of a record; the same release gives the same bytes. */
export function formatReleaseRecord(record: ReleaseRecord): string {
  return `${JSON.stringify(recordSchema.parse(record), null, 2)}\n`;
}

/** Reads a record. Throws ReleaseRecordError. */
export function parseReleaseRecord(text: string, reference: string): ReleaseRecord {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new ReleaseRecordError(reference, `is no record of a release: ${reason}`);
  }
}

/**
 * Tags of a record: those of the images, but where the release has a version, not that of the commit. Charts bear one
 * version, so one commit that is published with a version and without has two records.
 */
export function recordTags(tags: readonly Tag[], chartVersion: string): Tag[] {
  return tags.some(({ name }) => name === chartVersion) ? tags.slice(1) : [...tags];
}
