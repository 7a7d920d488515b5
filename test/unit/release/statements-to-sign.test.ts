import { describe, expect, it } from "vitest";

import { BUNDLE_TYPE, STATEMENT_MEDIA_TYPE } from "../../../src/release/attachment.ts";
import { digestOfText } from "../../../src/release/oci.ts";
import type { ReadReferrer } from "../../../src/release/registry-answers.ts";
import { type EvidenceKind, statementText } from "../../../src/release/statements.ts";
import { statementsToSign } from "../../../src/release/statements-to-sign.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;

function said(kind: EvidenceKind, predicate: unknown = {}, about = DIGEST): string {
  return statementText([{ name: "image/web", digest: about }], kind, predicate);
}

function attached(text: string, mediaType = STATEMENT_MEDIA_TYPE, to = DIGEST): ReadReferrer {
  const layer = digestOfText(text);
  const manifest = JSON.stringify({ layers: [{ mediaType, digest: layer }], subject: { digest: to } });
  const digest = digestOfText(manifest);
  return { reference: "r", digest, manifest, texts: { [layer]: text }, files: {}, problems: [] };
}

describe("statementsToSign", () => {
  it("finds what nobody has signed about exactly this digest, once, and leaves what is signed", () => {
    const provenance = said("provenance", { a: 1 });
    const referrers = [
      ...[attached(said("signature")), attached(provenance), attached(provenance)],
      ...[attached("{}", BUNDLE_TYPE), attached(said("spdx"), STATEMENT_MEDIA_TYPE, OTHER)],
      { ...attached("{}"), manifest: "" },
    ];
    expect(statementsToSign(DIGEST, referrers)).toEqual({
      found: [
        { kind: "signature", digest: digestOfText(said("signature")) },
        { kind: "provenance", digest: digestOfText(provenance) },
      ],
      problems: [],
    });
  });

  it.each([
    { what: "text", text: "no JSON", says: /^sha256:\S+ is no in-toto statement$/ },
    { what: "nothing", text: "", says: /is no in-toto statement$/ },
    { what: "a statement about another", text: said("spdx", {}, OTHER), says: /is a statement about sha256:2+$/ },
    {
      what: "a statement of a kind that is no evidence",
      text: said("spdx").replace("https://spdx.dev/Document", "https://example.org/v1"),
      says: /says https:\/\/example\.org\/v1, which is no evidence of a release$/,
    },
  ])("signs no $what, and names it", ({ text, says }) => {
    const { found, problems } = statementsToSign(DIGEST, [attached(text)]);
    expect(found).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(says)]);
  });

  it("names a kind of which there are two, since one of them is not true", () => {
    const referrers = [attached(said("test", { result: "PASSED" })), attached(said("test", { result: "FAILED" }))];
    expect(statementsToSign(DIGEST, referrers).problems).toEqual([
      "has several statements of test, and one alone can be true",
    ]);
  });
});
