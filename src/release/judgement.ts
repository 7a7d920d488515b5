/** Judges what was read from a registry: every artifact whole, with all evidence that the policy demands, and every tag in place. */
import { parse } from "yaml";
import { z } from "zod";

import { valueAt } from "../charts/json.ts";
import { openBundle, type OpenedStatement } from "./envelope.ts";
import type { SignatureVerdict } from "./keyless.ts";
import { digestOfText } from "./oci.ts";
import type { ArtifactKind } from "./plan.ts";
import type { ReleasePolicy } from "./policy.ts";
import type { ReadArtifact, ReadReferrer } from "./registry-answers.ts";
import type { ReleaseRecord } from "./release-record.ts";
import { scanFailure, type ScanRules } from "./scan-judgement.ts";
import type { EvidenceKind } from "./statements.ts";

/** An artifact as the record of its release names it. */
export type ExpectedArtifact = {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly digest: string;
  /** Digest of each image that a chart pins, by the path of the value. */
  readonly images?: Readonly<Record<string, string>>;
  /** Commit that it must have been built from; nothing: none is said. */
  readonly revision?: string;
};

/** A reason not to trust a release. */
export type Failure = { readonly artifact: string; readonly check: string; readonly reason: string };

/** What verify checked, for its report. */
export type Judgement = { readonly failures: readonly Failure[]; readonly evidence: number };

const manifestSchema = z.object({
  layers: z.array(z.object({ digest: z.string() })).default([]),
  subject: z.object({ digest: z.string() }).optional(),
});

const provenanceSchema = z.object({
  buildDefinition: z.object({
    resolvedDependencies: z.array(
      z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }),
    ),
  }),
  runDetails: z.object({ builder: z.object({ id: z.string() }) }),
});

/**
 * Judges one artifact.
 *
 * @param scanRules What scans are held to, where the policy demands them.
 * @param signers What is known of identities that signed, by the digest of the bundle.
 */
export function judgeArtifact(
  expected: ExpectedArtifact,
  read: ReadArtifact,
  policy: ReleasePolicy,
  scanRules?: ScanRules,
  signers: ReadonlyMap<string, SignatureVerdict> = new Map(),
): Judgement {
  const artifact = `${expected.kind}/${expected.name}`;
  const fail = (check: string, reason: string): Failure => ({ artifact, check, reason });
  if (read.digest === "" && read.problems.length === 0) {
    return { failures: [fail("content", `${read.reference} is not in the registry`)], evidence: 0 };
  }
  const failures = read.problems.map((problem) => fail("content", problem));
  if (read.digest !== "" && (read.digest !== expected.digest || digestOfText(read.manifest) !== expected.digest)) {
    failures.push(fail("content", `${read.reference} has ${read.digest}, and the record says ${expected.digest}`));
  }
  failures.push(...pinFailures(expected, read).map((reason) => fail("pins", reason)));
  const opened = read.referrers.map((referrer) => openReferrer(referrer, expected.digest, policy, signers));
  const trusted = opened.flatMap((each) => ("statement" in each ? [each.statement] : []));
  const refused = opened.flatMap((each) => ("reason" in each ? [each.reason] : []));
  for (const kind of policy.require[expected.kind]) {
    const found = trusted.filter((statement) => statement.kind === kind);
    if (found.length === 0) {
      failures.push(fail(kind, ["no trusted evidence", ...refused].join("; ")));
      continue;
    }
    const reasons =
      kind === "scan" && scanRules !== undefined
        ? [scanFailure(expected.name, found.map(predicateOf), scanRules)]
        : found.map((statement) => contentFailure(kind, statement, expected, policy));
    const [reason] = reasons;
    if (reasons.every((each) => each !== undefined) && reason !== undefined) failures.push(fail(kind, reason));
  }
  return { failures, evidence: trusted.length };
}

type Referred = { readonly statement: OpenedStatement } | { readonly reason: string };

/** A statement about exactly this artifact, or why something that is attached counts for nothing. */
function openReferrer(
  referrer: ReadReferrer,
  digest: string,
  policy: ReleasePolicy,
  signers: ReadonlyMap<string, SignatureVerdict>,
): Referred {
  const name = referrer.digest === "" ? referrer.reference : referrer.digest;
  const no = (reason: string): Referred => ({ reason: `${name} ${reason}` });
  if (referrer.problems.length > 0) return no(`cannot be read whole: ${referrer.problems.join(", ")}`);
  if (referrer.digest === "") return no("is listed and not in the registry");
  const manifest = manifestSchema.safeParse(JSON.parse(referrer.manifest));
  if (!manifest.success) return no("is no manifest");
  if (manifest.data.subject?.digest !== digest) {
    return no(`is attached to ${manifest.data.subject?.digest ?? "nothing"} and listed here`);
  }
  const [layer] = manifest.data.layers;
  const text = layer === undefined ? "" : (referrer.texts[layer.digest] ?? "");
  const opening = openBundle(text, Object.values(policy.keys), signers.get(digestOfText(text)));
  if (!opening.ok) return no(opening.reason);
  const { statement } = opening;
  if (!statement.subjects.includes(digest)) return no(`is a statement about ${statement.subjects.join(", ")}`);
  return { statement };
}

function predicateOf({ predicate }: OpenedStatement): unknown {
  return predicate;
}

/** What a trusted statement says that must not be. */
function contentFailure(
  kind: EvidenceKind,
  { predicate }: OpenedStatement,
  { revision }: ExpectedArtifact,
  policy: ReleasePolicy,
): string | undefined {
  if (kind === "test") {
    const result = valueAt(predicate, "result");
    return result === "PASSED" ? undefined : `the test ended with ${String(result)}`;
  }
  if (kind === "spdx" && valueAt(predicate, "spdxVersion") === undefined) return "holds no SPDX document";
  if (kind === "cyclonedx" && valueAt(predicate, "bomFormat") !== "CycloneDX") return "holds no CycloneDX document";
  return kind === "provenance" ? provenanceFailure(predicate, revision, policy) : undefined;
}

function provenanceFailure(
  predicate: unknown,
  revision: string | undefined,
  policy: ReleasePolicy,
): string | undefined {
  const provenance = provenanceSchema.safeParse(predicate);
  if (!provenance.success) return "is no SLSA provenance";
  const { buildDefinition, runDetails } = provenance.data;
  const { id } = runDetails.builder;
  if (!policy.builders.includes(id)) return `was built by ${id}; allowed: ${policy.builders.join(", ")}`;
  const source = buildDefinition.resolvedDependencies.find(({ name }) => name === "source")?.digest?.gitCommit;
  if (revision === undefined || source === revision) return undefined;
  return `was built from ${source ?? "an unknown commit"}, and the record says ${revision}`;
}

/** Images that a chart names otherwise than the record says. */
function pinFailures({ images = {} }: ExpectedArtifact, { files, problems }: ReadArtifact): string[] {
  if (problems.length > 0 || Object.keys(images).length === 0) return [];
  const values: unknown = parse(files["values.yaml"] ?? "");
  return Object.entries(images).flatMap(([path, digest]) => {
    const found = valueAt(values, ...path.split("."), "digest");
    return found === digest ? [] : [`${path}.digest is ${String(found)}, and the record says ${digest}`];
  });
}

/** A tag, what it should point to, and what it does. */
export type CheckedTag = { readonly reference: string; readonly expected: string; readonly found: string | undefined };

/** Judges tags: one that moved away names another artifact than the record. */
export function judgeTags(tags: readonly CheckedTag[]): Failure[] {
  return tags.flatMap(({ reference, expected, found }) => {
    if (found === expected) return [];
    const reason = found === undefined ? "does not exist" : `points to ${found}, and the record says ${expected}`;
    return [{ artifact: reference, check: "tag", reason }];
  });
}

/** All artifacts of a release but the record itself, with where they lie. */
export function expectedArtifacts(
  record: ReleaseRecord,
  prefix: string,
): { readonly reference: string; readonly repository: string; readonly expected: ExpectedArtifact }[] {
  const { revision } = record;
  return [
    ...record.images.map(({ name, repository, digest }) => ({
      repository,
      expected: { kind: "image" as const, name, digest, revision },
    })),
    ...record.charts.map(({ name, repository, digest, images }) => ({
      repository,
      expected: { kind: "chart" as const, name, digest, revision, images },
    })),
  ].map(({ repository, expected }) => {
    return { reference: `${prefix}/${repository}@${expected.digest}`, repository: `${prefix}/${repository}`, expected };
  });
}

/** Tags that must point to what the record names: the commit's or version's own, and the one that was asked for. */
export function tagsToCheck(record: ReleaseRecord, prefix: string, tag: string): Omit<CheckedTag, "found">[] {
  const names = [...new Set([`sha-${record.revision}`, tag])];
  return [
    ...record.images.flatMap(({ repository, digest }) =>
      names.map((name) => ({ reference: `${prefix}/${repository}:${name}`, expected: digest })),
    ),
    ...record.charts.map(({ repository, version, digest }) => {
      return { reference: `${prefix}/${repository}:${version}`, expected: digest };
    }),
  ];
}

/** A record under the tag of a commit or version is of that commit or version. */
export function judgeRecordTag({ revision, charts, part }: ReleaseRecord, reference: string, tag: string): Failure[] {
  const fail = (reason: string): Failure[] => [{ artifact: reference, check: "record", reason }];
  if (part !== undefined) return fail(`is the record of ${part.system} alone`);
  if (tag.startsWith("sha-") && tag !== `sha-${revision}`) return fail(`is the record of ${revision}`);
  const other = /^\d+\.\d+\.\d+/.test(tag) ? charts.find(({ version }) => version !== tag) : undefined;
  return other === undefined ? [] : fail(`names the chart ${other.name} in version ${other.version}`);
}
