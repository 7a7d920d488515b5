/** What a release policy says of known vulnerabilities: which count, how old the database may be, and where exceptions stand. */
import { z } from "zod";

/** Severities as the scanner gives them, the least first. */
export const SEVERITIES = ["negligible", "low", "medium", "high", "critical"] as const;

/** A severity. */
export type Severity = (typeof SEVERITIES)[number];

const DATABASE_RULE = "sha256: and 64 hex digits of the database's archive";
const AGE_RULE = "whole days, 1 to 365";

/** The part of a release policy that is about scans. */
export const scanPolicySchema = z.strictObject({
  severity: z
    .enum(SEVERITIES, `one of ${SEVERITIES.join(", ")}`)
    .meta({ description: "Least severity that no image may have a vulnerability of.", examples: ["high"] }),
  maxAgeDays: z
    .int(AGE_RULE)
    .min(1, AGE_RULE)
    .max(365, AGE_RULE)
    .meta({ description: "Days after its building for which a database is trusted.", examples: [5] }),
  database: z
    .string(DATABASE_RULE)
    .regex(/^sha256:[0-9a-f]{64}$/, DATABASE_RULE)
    .meta({ description: "The one database that counts, by the digest of its archive; without the key: any." })
    .optional(),
  vex: z
    .string("path of a file in the source")
    .min(1, "path of a file in the source")
    .meta({ description: "OpenVEX document with the vulnerabilities that are accepted, and until when." })
    .optional(),
});

/** What holds for scans. */
export type ScanPolicy = z.infer<typeof scanPolicySchema>;
