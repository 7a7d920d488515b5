/** Writes what is said about artifacts: in-toto statements of provenance, of tests and of release. Equal facts, equal bytes. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import type { ImageSpec } from "../platform/platform-file.ts";
import { hashOf } from "./oci.ts";

/** Kinds of evidence, and the type of the predicate that each is. */
export const PREDICATES = {
  signature: "https://sigstore.dev/cosign/sign/v1",
  provenance: "https://slsa.dev/provenance/v1",
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
  scan: "https://in-toto.io/attestation/vulns/v0.2",
  vex: "https://openvex.dev/ns/v0.2.0",
  test: "https://in-toto.io/attestation/test-result/v0.1",
} as const;

/** A kind of evidence. */
export type EvidenceKind = keyof typeof PREDICATES;

/** All kinds, in the order in which they are shown. */
export const EVIDENCE_KINDS: readonly EvidenceKind[] = [
  "signature",
  "provenance",
  "spdx",
  "cyclonedx",
  "scan",
  "vex",
  "test",
];

/** Form of the statements here. */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** What a statement is about. */
export type Subject = { readonly name: string; readonly digest: string };

/** Who builds: this module, in an engine that the caller chose. No isolation is claimed, so no more than SLSA build level 1. */
export const BUILDER = "urn:slipway:builder:v1";
/** How an artifact is built: as the functions of this module do. */
export const BUILD_TYPE = "urn:slipway:build:v1";

/** Everything in front of a statement's predicate, so that a container can put a large one behind it, and "}" at the end. */
export function statementHead(subjects: readonly Subject[], kind: EvidenceKind): string {
  const subject = subjects.map(({ name, digest }) => ({ name, digest: { sha256: hashOf(digest) } }));
  const head = JSON.stringify({ _type: STATEMENT_TYPE, subject, predicateType: PREDICATES[kind] });
  return `${head.slice(0, -1)},"predicate":`;
}

/** Text of a statement. */
export function statementText(subjects: readonly Subject[], kind: EvidenceKind, predicate: unknown): string {
  return `${statementHead(subjects, kind)}${JSON.stringify(predicate)}}`;
}

/** What all provenance of one run says. */
export type BuildFacts = {
  readonly commit: string;
  readonly platformPath: string;
  readonly lock: ImageLock;
  readonly versions: Readonly<Record<string, string>>;
};

/** Provenance of an image: its Dockerfile, arguments, source and bases, as SLSA says it. */
export function imageProvenance(spec: ImageSpec, facts: BuildFacts): unknown {
  const { system, name, dockerfile, context, target, args, source } = spec;
  const given = { image: name, system, dockerfile, context, source, args, ...(target === undefined ? {} : { target }) };
  return provenance(given, facts, [...new Set([...Object.values(spec.bases), "golang"])], []);
}

/** Provenance of a chart: its folder, the tools that packed it, and the images that it pins. */
export function chartProvenance(spec: ChartSpec, facts: BuildFacts, images: readonly Subject[]): unknown {
  return provenance({ chart: spec.name, system: spec.system, path: spec.path }, facts, ["helm", "golang"], images);
}

function provenance(
  given: Readonly<Record<string, unknown>>,
  { commit, platformPath, lock, versions }: BuildFacts,
  bases: readonly string[],
  images: readonly Subject[],
): unknown {
  const source = { name: "source", digest: { gitCommit: commit } };
  const outside = bases.flatMap((name) => {
    const image = Object.hasOwn(lock, name) ? lock[name] : undefined;
    if (image === undefined) return [];
    const [uri = "", hash = ""] = image.reference.split("@sha256:");
    const standIn = image.standIn === undefined ? {} : { annotations: { standIn: image.standIn } };
    return [{ name, uri: `oci://${uri}`, digest: { sha256: hash }, ...standIn }];
  });
  const own = images.map(({ name, digest }) => ({ name, digest: { sha256: hashOf(digest) } }));
  return {
    buildDefinition: {
      buildType: BUILD_TYPE,
      externalParameters: { platform: platformPath, ...given },
      internalParameters: {},
      resolvedDependencies: [source, ...outside, ...own],
    },
    runDetails: { builder: { id: BUILDER, version: versions } },
  };
}

/** A smoke test that passed. */
export type SmokePass = {
  readonly environment: string;
  /** What was tested, as the record of passes names it. */
  readonly key: string;
  /** The table that the test printed. */
  readonly report: string;
};

/** Result of a smoke test, as in-toto's test-result says it; when it ran is not said, what it ran on is. */
export function testResult({ environment, key, report }: SmokePass): unknown {
  return {
    result: "PASSED",
    configuration: [{ name: `smoke-test --env ${environment}`, digest: { sha256: key } }],
    passedTests: report.split("\n").filter((line) => line.trim() !== ""),
  };
}
