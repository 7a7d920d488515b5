/** Every way in which a published release can be tampered with is found and named by verify. */
import { dag, type Directory, type File, type Secret, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { describeText, EMPTY, EMPTY_CONFIG } from "../../src/release/oci.ts";
import { RECORD_TYPE } from "../../src/release/release-record.ts";
import { AUTHORITY, ISSUER, testAuthority } from "./support/authority.ts";
import { REGISTRY, storedRegistry } from "./support/registry.ts";
import { testKey, type TestKey } from "./support/signing.ts";
import { inEngine, slipway } from "./support/slipway.ts";
import { greenPlatform } from "./support/small-platform.ts";
import {
  attachText,
  bundleOf,
  clientOf,
  type Copy,
  copyRelease,
  list,
  moveTag,
  ORIGINAL,
  otherObject,
  put,
  relist,
  replaceEvidence,
  repositoryOf,
  statementIn,
} from "./support/tampering.ts";

const OTHER = "0".repeat(64);

type Way = {
  readonly title: string;
  readonly tamper: (copy: Copy) => Promise<unknown>;
  /** What verify says of it. */
  readonly says: RegExp;
  /** Tag that is verified, where it is not the commit's. */
  readonly tag?: string;
};

const elsewhere = (text: string) => text.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${OTHER}"`);

const EVIDENCE: readonly Way[] = [
  {
    title: "a signature is taken away",
    tamper: (copy) => relist(copy, copy.image, (kind) => !kind.includes("cosign/sign")),
    says: /image\/web\n {2}check {3}signature\n {2}found {3}no trusted evidence$/m,
  },
  {
    title: "the provenance of a chart is taken away",
    tamper: (copy) => relist(copy, copy.chart, (kind) => !kind.includes("slsa.dev")),
    says: /chart\/web\n {2}check {3}provenance\n {2}found {3}no trusted evidence$/m,
  },
  {
    title: "an SBOM in SPDX is taken away",
    tamper: (copy) => relist(copy, copy.image, (kind) => !kind.includes("spdx")),
    says: /image\/web\n {2}check {3}spdx\n {2}found {3}no trusted evidence$/m,
  },
  {
    title: "an SBOM is swapped for that of another image",
    tamper: (copy) => replaceEvidence(copy, copy.image, "spdx", elsewhere(statementIn(bundleOf(copy.image, "spdx")))),
    says: /check {3}spdx\n {2}found {3}no trusted evidence; \S+ is a statement about sha256:0{64}/,
  },
  {
    title: "an SBOM is altered and keeps its signature",
    tamper: async (copy) => {
      await relist(copy, copy.image, (kind) => !kind.includes("cyclonedx"));
      const bundle = bundleOf(copy.image, "cyclonedx");
      const altered = Buffer.from(statementIn(bundle).replace("CycloneDX", "cyclonedx")).toString("base64");
      await attachText(copy, copy.image, "cyclonedx", bundle.replace(/"payload":\s*"[^"]+"/, `"payload":"${altered}"`));
    },
    says: /check {3}cyclonedx\n {2}found {3}no trusted evidence; \S+ is signed by no key of the policy/,
  },
  {
    title: "a signature is by another key",
    tamper: async (copy) =>
      replaceEvidence(
        copy,
        copy.image,
        "signature",
        statementIn(bundleOf(copy.image, "signature")),
        await testKey("x"),
      ),
    says: /check {3}signature\n {2}found {3}no trusted evidence; \S+ is signed by no key of the policy/,
  },
  {
    title: "provenance is of another digest",
    tamper: (copy) =>
      replaceEvidence(copy, copy.image, "provenance", elsewhere(statementIn(bundleOf(copy.image, "provenance")))),
    says: /check {3}provenance\n {2}found {3}no trusted evidence; \S+ is a statement about sha256:0{64}/,
  },
  {
    title: "provenance names another builder",
    tamper: (copy) => {
      const text = statementIn(bundleOf(copy.image, "provenance")).replace("urn:slipway:builder:v1", "urn:other");
      return replaceEvidence(copy, copy.image, "provenance", text);
    },
    says: /check {3}provenance\n {2}found {3}was built by urn:other; allowed: urn:slipway:builder:v1/,
  },
  {
    title: "provenance names another commit",
    tamper: (copy) => {
      const text = statementIn(bundleOf(copy.chart, "provenance")).replace(copy.commit, "f".repeat(40));
      return replaceEvidence(copy, copy.chart, "provenance", text);
    },
    says: /chart\/web\n {2}check {3}provenance\n {2}found {3}was built from f{40}, and the record says [0-9a-f]{40}/,
  },
  {
    title: "a statement is attached that nobody signed",
    tamper: async (copy) => {
      await relist(copy, copy.image, (kind) => !kind.includes("slsa.dev"));
      await attachText(copy, copy.image, "provenance", statementIn(bundleOf(copy.image, "provenance")));
    },
    says: /check {3}provenance\n {2}found {3}no trusted evidence; \S+ is no signed bundle/,
  },
  {
    title: "the evidence of a chart is listed as that of an image",
    tamper: (copy) =>
      list(copy, copy.image, [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: copy.image.digest,
          size: Buffer.byteLength(copy.image.manifest),
        },
      ]),
    says: /check {3}signature\n {2}found {3}no trusted evidence; \S+ is attached to nothing and listed here/,
  },
  {
    title: "a test that failed is attached where the policy wants a test",
    tamper: (copy) => {
      const text = statementIn(bundleOf(copy.record, "signature"));
      const failed = text
        .replace("https://sigstore.dev/cosign/sign/v1", "https://in-toto.io/attestation/test-result/v0.1")
        .replace('"predicate":{}', '"predicate":{"result":"FAILED"}');
      return replaceEvidence(copy, copy.record, "test", failed);
    },
    says: /record\/release\n {2}check {3}test\n {2}found {3}the test ended with FAILED/,
  },
];

const TAGS: readonly Way[] = [
  {
    title: "the tag of a commit is moved",
    tamper: (copy) => otherObject(copy, repositoryOf(copy.image.reference), `sha-${copy.commit}`),
    says: /web:sha-[0-9a-f]{40}\n {2}check {3}tag\n {2}found {3}points to sha256:/,
  },
  {
    title: "an alias is moved",
    tamper: (copy) => otherObject(copy, repositoryOf(copy.image.reference), "edge"),
    says: /web:edge\n {2}check {3}tag\n {2}found {3}points to sha256:/,
    tag: "edge",
  },
  {
    title: "the tag of a chart is moved",
    tamper: (copy) => otherObject(copy, repositoryOf(copy.chart.reference), copy.chartVersion),
    says: /charts\/web:0\.0\.0-sha-[0-9a-f]{12}\n {2}check {3}tag\n {2}found {3}points to sha256:/,
  },
  {
    title: "a tag was never set",
    tamper: async (copy) => moveTag(copy.client, `${copy.prefix}/release`, "1.2.3", copy.record.digest),
    says: /web:1\.2\.3\n {2}check {3}tag\n {2}found {3}does not exist/,
    tag: "1.2.3",
  },
  {
    title: "the record of another commit lies under the tag of a commit",
    tamper: async (copy) => moveTag(copy.client, `${copy.prefix}/release`, `sha-${"f".repeat(40)}`, copy.record.digest),
    says: /release:sha-f{40}\n {2}check {3}record\n {2}found {3}is the record of [0-9a-f]{40}/,
    tag: `sha-${"f".repeat(40)}`,
  },
  {
    title: "the record is rewritten to name another image",
    tamper: (copy) => rewriteRecord(copy, copy.image.digest),
    says: /record\/release\n {2}check {3}signature\n {2}found {3}no trusted evidence[^]*image\/web|image\/web\n {2}check {3}content\n {2}found {3}\S+ is not in the registry/,
  },
  {
    title: "the record names other pins than the chart has",
    tamper: (copy) => rewriteRecord(copy, copy.image.digest, '"image": "'),
    says: /chart\/web\n {2}check {3}pins\n {2}found {3}image\.digest is sha256:[0-9a-f]{64}, and the record says sha256:0{64}/,
  },
];

/** Puts zeros in place of a digest in the record, behind a text, and moves the tag of the commit to it. */
function rewriteRecord(copy: Copy, digest: string, behind = '"digest": "'): Promise<unknown> {
  const [text] = Object.values(copy.record.texts).filter((each) => each !== EMPTY_CONFIG);
  const rewritten = (text ?? "").replace(`${behind}${digest}`, `${behind}sha256:${OTHER}`);
  const layer = describeText(RECORD_TYPE, rewritten);
  const parts = { artifactType: RECORD_TYPE, config: EMPTY, layers: [layer], annotations: {} };
  return put(copy, `${copy.prefix}/release`, parts, [EMPTY_CONFIG, rewritten], `sha-${copy.commit}`);
}

function policyTexts(keys: Readonly<Record<string, string>>, extra: readonly string[] = []) {
  return {
    keys,
    builders: ["urn:slipway:builder:v1"],
    require: {
      image: ["signature", "provenance", "spdx", "cyclonedx"],
      chart: ["signature", "provenance"],
      record: ["signature", ...extra],
    },
  };
}

function policyOf(key: TestKey, extra: readonly string[] = []): File {
  const policy = policyTexts({ release: key.publicKey }, extra);
  return dag.directory().withNewFile("policy.yaml", stringify(policy)).file("policy.yaml");
}

async function publish(service: Service, { key, password }: TestKey): Promise<string> {
  const module = slipway({ source: greenPlatform() });
  const [ref, branch] = ["refs/heads/main", "main"];
  return module.publish(ORIGINAL, [], ref, branch, false, [], key, password, "", undefined, service, undefined, true);
}

async function verify(service: Service, prefix: string, tag: string, policy: File): Promise<string> {
  return slipway().verify(prefix, tag, policy, "", undefined, service, undefined, true);
}

const SUBJECT = "https://example.org/acme/release.yml@refs/heads/main";

/** What becomes of the release when it is published unsigned, too, and an identity signs what lies there, and who is trusted is written in several ways. */
async function signedByIdentity(service: Service, sha: string): Promise<Record<string, string>> {
  const [authority, other] = await Promise.all([
    testAuthority("release", SUBJECT),
    testAuthority("other", "https://example.org/other"),
  ]);
  const started = await authority.service.start();
  try {
    const source = (trusted: string, subject = SUBJECT, issuer = ISSUER) => {
      const services = { fulcio: AUTHORITY, rekor: AUTHORITY, trustedRoot: "deploy/root.json" };
      const keyless = { ...services, identities: { release: { issuer, subject } } };
      return greenPlatform()
        .withNewFile("deploy/root.json", trusted)
        .withNewFile("deploy/release-policy.yaml", stringify({ ...policyTexts({}), keyless }));
    };
    const module = slipway({ source: source(authority.trustedRoot) });
    const account = ["", undefined, service, undefined, true] as const;
    const signAs = async (token: Secret) =>
      module.sign(ORIGINAL, sha, false, undefined, undefined, token, started, ...account);
    await module.publish(ORIGINAL, [], "", "main", false, [], undefined, undefined, ...account);
    const ask = async (given: Directory) =>
      failureOf(slipway({ source: given }).verify(ORIGINAL, sha, undefined, "", undefined, service, undefined, true));
    const named = (said: string, says: RegExp) => (says.test(said) ? "named" : said);
    const signed = await signAs(authority.token);
    const again = await signAs(authority.token);
    const verified = await ask(source(authority.trustedRoot));
    const nothing = "check {3}signature\\n {2}found {3}no trusted evidence; [^]*";
    return {
      signed: `${signed.match(/^evidence .* {2}attached$/gm)?.length ?? 0} attached`,
      again: /^0 bytes pushed$/m.exec(again)?.[0] ?? again,
      verified: /^image\/web +\d+ {2}verified/m.test(verified) ? "verified" : verified,
      issuer: named(
        await ask(source(authority.trustedRoot, SUBJECT, "https://token.example.com")),
        new RegExp(
          `${nothing}for whom https://token.example.org vouches; the policy trusts the issuers https://token.example.com`,
        ),
      ),
      subject: named(
        await ask(source(authority.trustedRoot, "https://example.org/other")),
        new RegExp(`${nothing}the policy trusts of that issuer https://example.org/other`),
      ),
      root: named(
        await ask(source(other.trustedRoot)),
        new RegExp(`${nothing}has a certificate of \\S+authority of a test\\S*, whom the trusted root does not name`),
      ),
      key: named(await failureOf(verify(service, ORIGINAL, sha, policyOf(await testKey("x")))), new RegExp(nothing)),
      refused: named(
        await failureOf(signAs(other.token)),
        /^\[config\] signing failed[^]*signed by none of the issuers/,
      ),
    };
  } finally {
    await started.stop();
  }
}

/** What verify says of a failure, or that it said nothing. */
async function failureOf(work: Promise<string>): Promise<string> {
  return work.then(
    (table) => `VERIFIED\n${table}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe("verify against a real registry", () => {
  it("takes a release as it was published, and names every way in which it was tampered with", async () => {
    await inEngine(async () => {
      const { server, damage } = await storedRegistry();
      const service = await server.start();
      try {
        const key = await testKey("release");
        const said = await publish(service, key);
        const commit = /web:sha-([0-9a-f]{40})/.exec(said)?.[1] ?? "";
        const chartVersion = /charts\/web:(\S+)/.exec(said)?.[1] ?? "";
        const sha = `sha-${commit}`;
        const policy = policyOf(key);
        expect(await verify(service, ORIGINAL, sha, policy)).toMatch(/^image\/web +\d+ {2}verified/m);
        expect(await verify(service, ORIGINAL, "edge", policy)).toMatch(/^record\/release +\d+ {2}verified/m);

        const ways = [...EVIDENCE, ...TAGS];
        const prefixes = ways.map((_, index) => `${REGISTRY}/copy-${index}`);
        const { client, lock } = await clientOf(service);
        const references = [`web:${sha}`, "web:edge", `charts/web:${chartVersion}`, `release:${sha}`, "release:edge"];
        await copyRelease(service, lock, prefixes, references);
        const outcomes: Record<string, string> = {};
        for (const [index, way] of ways.entries()) {
          const prefix = prefixes[index] ?? "";
          const names = [`${prefix}/web:${sha}`, `${prefix}/charts/web:${chartVersion}`, `${prefix}/release:${sha}`];
          const [image, chart, record] = (await client.read(names)).artifacts;
          if (image === undefined || chart === undefined || record === undefined)
            throw new Error("the copy is not there");
          await way.tamper({ client, lock, prefix, key, image, chart, record, commit, chartVersion });
          const wanted = way.title.includes("a test that failed") ? policyOf(key, ["test"]) : policy;
          const message = await failureOf(verify(service, prefix, way.tag ?? sha, wanted));
          outcomes[way.title] = message.startsWith("[gate] verify:") && way.says.test(message) ? "named" : message;
        }
        const other = policyOf(await testKey("x"));
        const unknownKey = await failureOf(verify(service, ORIGINAL, sha, other));
        outcomes["the policy trusts another key"] = unknownKey.includes("is signed by no key of the policy")
          ? "named"
          : unknownKey;

        const [image] = (await client.read([`${ORIGINAL}/web:${sha}`])).artifacts;
        const layer = /"layers":\[\{[^}]*"digest":"(sha256:[0-9a-f]{64})"/.exec(image?.manifest ?? "")?.[1] ?? "";
        const damages = {
          cut: /image\/web\n {2}check {3}content\n {2}found {3}sha256:[0-9a-f]{64} (is cut|cannot be read)/,
          alter:
            /image\/web\n {2}check {3}content\n {2}found {3}sha256:[0-9a-f]{64} (has other content|cannot be read)/,
          remove: /image\/web\n {2}check {3}content\n {2}found {3}sha256:[0-9a-f]{64} cannot be read/,
        };
        for (const [how, says] of Object.entries(damages)) {
          const message = await damage(how, layer, () => failureOf(verify(service, ORIGINAL, sha, policy)));
          outcomes[`a layer: ${how}`] = says.test(message) ? "named" : message;
        }
        expect(outcomes).toEqual(Object.fromEntries(Object.keys(outcomes).map((title) => [title, "named"])));
        expect(Object.keys(outcomes).length).toBeGreaterThanOrEqual(20);
        expect(await verify(service, ORIGINAL, sha, policy), "the original is whole again").toMatch(/verified/);
        expect(await signedByIdentity(service, sha)).toEqual({
          ...{ signed: "9 attached", again: "0 bytes pushed", verified: "verified" },
          ...{ issuer: "named", subject: "named", root: "named", key: "named", refused: "named" },
        });
      } finally {
        await service.stop();
      }
    });
  });
});
