/** Finds what is said of an artifact in a registry and is signed by nobody, for one who signs it there. */
import { z } from "zod";

import { STATEMENT_MEDIA_TYPE } from "./attachment.ts";
import { readStatement } from "./envelope.ts";
import { digestOfText } from "./oci.ts";
import type { ReadReferrer } from "./registry-answers.ts";
import type { EvidenceKind } from "./statements.ts";

/** A statement that can be signed. */
export type StatementToSign = { readonly kind: EvidenceKind; readonly digest: string };

/** What can be signed of what is attached to an artifact, and what cannot, each with its reason. */
export type StatementsToSign = { readonly found: readonly StatementToSign[]; readonly problems: readonly string[] };

const manifestSchema = z.object({
  layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })),
  subject: z.object({ digest: z.string() }),
});

/**
 * Finds the statements about an artifact. Of one kind there may be one alone: which of two is true cannot be told, and what
 * is signed is believed.
 *
 * @param digest Digest of the artifact.
 */
export function statementsToSign(digest: string, referrers: readonly ReadReferrer[]): StatementsToSign {
  const found: StatementToSign[] = [];
  const problems: string[] = [];
  for (const referrer of referrers) {
    const text = unsignedText(digest, referrer);
    if (text === undefined) continue;
    const no = (reason: string) => problems.push(`${referrer.digest} ${reason}`);
    const statement = readStatement(text);
    if (statement === undefined) no("is no in-toto statement");
    else if (!statement.subjects.includes(digest)) no(`is a statement about ${statement.subjects.join(", ")}`);
    else if (statement.kind === undefined) no(`says ${statement.predicateType}, which is no evidence of a release`);
    else found.push({ kind: statement.kind, digest: digestOfText(text) });
  }
  const distinct = [...new Map(found.map((each) => [each.digest, each])).values()];
  const kinds = [...new Set(distinct.map(({ kind }) => kind))];
  const doubtful = kinds.filter((kind) => distinct.filter((each) => each.kind === kind).length > 1);
  return {
    found: distinct,
    problems: [...problems, ...doubtful.map((kind) => `has several statements of ${kind}, and one alone can be true`)],
  };
}

/** Text of an attachment that nobody signed; nothing for all that is no such attachment of this artifact. */
function unsignedText(digest: string, { manifest, texts }: ReadReferrer): string | undefined {
  if (manifest === "") return undefined;
  const read = manifestSchema.safeParse(JSON.parse(manifest));
  if (!read.success || read.data.subject.digest !== digest) return undefined;
  const [layer] = read.data.layers;
  return layer?.mediaType === STATEMENT_MEDIA_TYPE ? (texts[layer.digest] ?? "") : undefined;
}
