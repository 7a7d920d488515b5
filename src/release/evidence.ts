/** Gathers what is said about a release, and makes of it what is attached to its artifacts. */
import { dag, type Directory, type File } from "@dagger.io/dagger";

import type { PlatformBuild } from "../images/functions.ts";
import { SLIPWAY_VERSION } from "../images/versions.ts";
import { INPUTS, manifestFile, type Part, type Release } from "./assemble.ts";
import { attachment } from "./attachment.ts";
import { type ChartContents, chartCyclonedx, chartSpdx } from "./chart-contents.ts";
import { digestOfText, EMPTY, EMPTY_CONFIG, type OciObject } from "./oci.ts";
import { type Artifact, type Evidence, UNSIGNED } from "./plan.ts";
import { type ImageContents, imageContents } from "./sbom.ts";
import { readDatabase, scanSbom } from "./scan.ts";
import { scanPredicate, type ScanResult } from "./scan-result.ts";
import { type Bundle, signerName, type SigningKey, signStatements, unsignedStatements } from "./signing.ts";
import {
  type BuildFacts,
  chartProvenance,
  type EvidenceKind,
  imageProvenance,
  type SmokePass,
  statementText,
  type Subject,
  testResult,
} from "./statements.ts";
import type { Toolbox } from "./tools.ts";
import { NO_VEX, type Vex, vexPredicate } from "./vex.ts";

/** Everything that is said about a release. */
export type GatheredEvidence = {
  readonly evidence: readonly Evidence[];
  /** Statements, each a file that is named by its digest. */
  readonly statements: Directory;
  /** Bytes of the manifest of each artifact, by its digest. */
  readonly manifestBytes: ReadonlyMap<string, number>;
  /** What was found in each image, by its name; nothing: no image was scanned. */
  readonly scans: ReadonlyMap<string, ScanResult>;
};

/** What evidence is gathered from, besides the release. */
export type EvidenceSource = {
  readonly build: PlatformBuild;
  readonly platformPath: string;
  readonly key?: SigningKey | undefined;
  readonly smoke?: SmokePass | undefined;
  readonly nonce: string;
  /** Sources of the module's own programs. */
  readonly programs: Directory;
  /** Archive of known vulnerabilities that images are looked up in, and what is said of them; nothing: none is. */
  readonly scan?: { readonly database: File; readonly vex: Vex } | undefined;
};

/** Who signs statements, and with what. */
export type Signer = { readonly tools: Toolbox; readonly key?: SigningKey | undefined; readonly nonce: string };

type Statement = { readonly part: Part; readonly kind: EvidenceKind; readonly digest: string };

/** Gathers the evidence of a release: the same release gives the same statements. */
export async function gatherEvidence(release: Release, source: EvidenceSource): Promise<GatheredEvidence> {
  const { build, key, nonce } = source;
  const tools = toolsOf(source);
  const [name, version, contents] = await Promise.all([
    key === undefined ? UNSIGNED : signerName(tools, key, nonce),
    dag.version(),
    contentsOf(source, release.parts),
  ]);
  const scans = await scansOf(source, contents);
  const facts: BuildFacts = {
    ...{ commit: build.revision.commit, platformPath: source.platformPath, lock: build.lock },
    versions: { slipway: SLIPWAY_VERSION, dagger: version },
  };
  const scanned = [...scans].flatMap(([part, scan]) => saidOfScan(part, scan, source.scan?.vex ?? NO_VEX));
  const texts = [...release.parts.flatMap((part) => saidAbout(part, source, facts, release)), ...scanned];
  const written = texts.map(({ part, kind, text }): Statement => ({ part, kind, digest: digestOfText(text) }));
  const listed = [...contents].flatMap(([part, { digests }]): Statement[] => [
    { part, kind: "spdx", digest: digests.spdx },
    { part, kind: "cyclonedx", digest: digests.cyclonedx },
  ]);
  return {
    evidence: [...written, ...listed].map(({ part, kind, digest }) => ({
      artifact: part,
      kind,
      statement: digest,
      key: name,
    })),
    statements: statementFiles(texts, contents),
    manifestBytes: new Map(
      release.parts.map((part) => [
        part.digest,
        part.object === undefined ? (contents.get(part)?.manifestBytes ?? 0) : Buffer.byteLength(part.object.manifest),
      ]),
    ),
    scans: new Map([...scans].map(([{ name }, scan]) => [name, scan])),
  };
}

function toolsOf({ build, programs }: EvidenceSource): Toolbox {
  return { lock: build.lock, programs };
}

async function scansOf(source: EvidenceSource, contents: ReadonlyMap<Part, ImageContents>) {
  if (source.scan === undefined) return new Map<Part, ScanResult>();
  const tools = toolsOf(source);
  const database = await readDatabase(tools, source.scan.database);
  const scans = [...contents].map(async ([part, { sbom }]): Promise<[Part, ScanResult]> => {
    return [part, await scanSbom(tools, database, sbom)];
  });
  return new Map(await Promise.all(scans));
}

async function contentsOf(source: EvidenceSource, parts: readonly Part[]) {
  const { images, revision } = source.build;
  const built = images.flatMap(({ spec, facts, tarball }) => {
    const part = parts.find(({ kind, name }) => kind === "image" && name === spec.name);
    return part === undefined ? [] : [{ part, archive: { name: spec.repository, digest: facts.digest, tarball } }];
  });
  const contents = await Promise.all(
    built.map(async ({ part, archive }): Promise<[Part, ImageContents]> => {
      return [part, await imageContents(toolsOf(source), archive, revision.committedAtSeconds)];
    }),
  );
  return new Map(contents);
}

type Said = { readonly part: Part; readonly kind: EvidenceKind; readonly text: string };

/** The statements about one artifact that need no look into it. */
function saidAbout(part: Part, { build, smoke }: EvidenceSource, facts: BuildFacts, release: Release): Said[] {
  const subject = subjectOf(part);
  const said = (kind: EvidenceKind, predicate: unknown): Said => {
    return { part, kind, text: statementText([subject], kind, predicate) };
  };
  // A test is of all images and charts together, so what it says is one statement about all of them.
  const tested = release.parts.filter(({ kind }) => kind !== "record").map(subjectOf);
  const test: Said[] =
    smoke === undefined ? [] : [{ part, kind: "test", text: statementText(tested, "test", testResult(smoke)) }];
  const image = build.images.find(({ spec }) => part.kind === "image" && spec.name === part.name);
  const chart = build.platform.charts.find(({ name }) => part.kind === "chart" && name === part.name);
  const provenance: Said[] = [
    ...(image === undefined ? [] : [said("provenance", imageProvenance(image.spec, facts))]),
    ...(chart === undefined
      ? []
      : [said("provenance", chartProvenance(chart, facts, pinnedBy(chart.images, release).map(subjectOf)))]),
  ];
  const contents = chart === undefined ? undefined : contentsOfChart(part, chart.images, build, release);
  const listed: Said[] =
    contents === undefined ? [] : [said("spdx", chartSpdx(contents)), said("cyclonedx", chartCyclonedx(contents))];
  const isTested = part.kind !== "record";
  return [said("signature", {}), ...provenance, ...listed, ...(isTested ? test : [])];
}

/** What a chart is made of, where it lies under paths that a mirror has as well. */
function contentsOfChart(
  { name, digest }: Part,
  images: Readonly<Record<string, string>>,
  { revision, platform }: EvidenceSource["build"],
  release: Release,
): ChartContents | undefined {
  const chartFile = release.chartFiles.get(name);
  if (chartFile === undefined) return undefined;
  const pinned = pinnedBy(images, release).flatMap((image) => {
    const spec = platform.images.find((each) => each.name === image.name);
    return spec === undefined ? [] : [{ name: image.name, repository: spec.repository, digest: image.digest }];
  });
  const { committedAtSeconds: createdAtSeconds } = revision;
  return { chartFile, digest, images: pinned, createdAtSeconds, toolVersion: SLIPWAY_VERSION };
}

function saidOfScan(part: Part, scan: ScanResult, vex: Vex): Said[] {
  const subjects = [subjectOf(part)];
  const excuse = vexPredicate(vex, part.name, scan.vulnerabilities);
  return [
    { part, kind: "scan", text: statementText(subjects, "scan", scanPredicate(scan)) },
    ...(excuse === undefined ? [] : [{ part, kind: "vex" as const, text: statementText(subjects, "vex", excuse) }]),
  ];
}

function pinnedBy(images: Readonly<Record<string, string>>, { parts }: Release): Part[] {
  return parts.filter(({ kind, name }) => kind === "image" && Object.hasOwn(images, name));
}

/** Where a registry is reached is no part of what is said: a mirror has the same. */
function subjectOf({ kind, name, digest }: Artifact): Subject {
  return { name: `${kind}/${name}`, digest };
}

function statementFiles(texts: readonly Said[], contents: ReadonlyMap<Part, ImageContents>): Directory {
  const distinct = new Map(texts.map(({ text }) => [fileOf(digestOfText(text)), text]));
  const written = [...distinct].reduce((all, [name, text]) => all.withNewFile(name, text), dag.directory());
  return [...contents.values()].reduce(
    (all, { statements, digests }) =>
      all
        .withFile(fileOf(digests.spdx), statements.file("spdx"))
        .withFile(fileOf(digests.cyclonedx), statements.file("cyclonedx")),
    written,
  );
}

function fileOf(digest: string): string {
  return digest.replace(":", "-");
}

/** The signature of an artifact alone, as evidence that a plan can attach. */
export async function gatherSignature(
  part: Part,
  manifest: string,
  { tools, key, nonce }: Signer,
): Promise<Pick<GatheredEvidence, "evidence" | "statements" | "manifestBytes">> {
  const text = statementText([subjectOf(part)], "signature", {});
  const digest = digestOfText(text);
  const name = key === undefined ? UNSIGNED : await signerName(tools, key, nonce);
  return {
    evidence: [{ artifact: part, kind: "signature", statement: digest, key: name }],
    statements: dag.directory().withNewFile(fileOf(digest), text),
    manifestBytes: new Map([[part.digest, Buffer.byteLength(manifest)]]),
  };
}

/** What is attached, ready to be pushed. */
export type Attachments = { readonly objects: readonly OciObject[]; readonly inputs: Directory };

/** Signs the statements that a plan attaches, and makes the manifests that attach them. */
export async function attachEvidence(
  planned: readonly Evidence[],
  { statements, manifestBytes }: Pick<GatheredEvidence, "statements" | "manifestBytes">,
  { tools, key, nonce }: Signer,
): Promise<Attachments> {
  if (planned.length === 0) return { objects: [], inputs: dag.directory() };
  const names = [...new Set(planned.map(({ statement }) => fileOf(statement)))];
  const wanted = names.reduce((all, name) => all.withFile(name, statements.file(name)), dag.directory());
  const signed =
    key === undefined ? await unsignedStatements(tools, wanted) : await signStatements(tools, key, wanted, nonce);
  const bundles = new Map<string, Bundle>(signed.bundles.map((bundle) => [bundle.name, bundle]));
  const objects = planned.flatMap((evidence) => {
    const bundle = bundles.get(fileOf(evidence.statement));
    if (bundle === undefined) return [];
    const files = { [bundle.digest]: `${INPUTS}/bundles/${bundle.name}`, [EMPTY.digest]: `${INPUTS}/texts/empty` };
    return [attachment(evidence, bundle, manifestBytes.get(evidence.artifact.digest) ?? 0, files)];
  });
  const inputs = dag.directory().withDirectory("bundles", signed.directory).withNewFile("texts/empty", EMPTY_CONFIG);
  return {
    objects,
    inputs: objects.reduce((all, { digest, manifest }) => all.withNewFile(manifestFile(digest), manifest), inputs),
  };
}
