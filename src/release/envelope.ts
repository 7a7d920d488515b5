/** Opens signed statements: checks the signature over the exact bytes and gives what is said. Source: DSSE 1.0, in-toto 1. */
import { createPublicKey, verify } from "node:crypto";

import { z } from "zod";

import { BUNDLE_TYPE, STATEMENT_MEDIA_TYPE } from "./attachment.ts";
import type { SignatureVerdict } from "./keyless.ts";
import { digestOfText } from "./oci.ts";
import { EVIDENCE_KINDS, type EvidenceKind, PREDICATES, STATEMENT_TYPE } from "./statements.ts";

const bundleSchema = z.object({
  mediaType: z.literal(BUNDLE_TYPE),
  dsseEnvelope: z.object({
    payload: z.string(),
    payloadType: z.literal(STATEMENT_MEDIA_TYPE),
    signatures: z.array(z.object({ sig: z.string() })).min(1),
  }),
});

const statementSchema = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })),
  predicateType: z.string(),
  predicate: z.unknown(),
});

/** What a statement says. */
export type OpenedStatement = {
  readonly kind: EvidenceKind | undefined;
  readonly predicateType: string;
  readonly subjects: readonly string[];
  readonly predicate: unknown;
};

/** A statement, or why it counts for nothing. */
export type Opening =
  { readonly ok: true; readonly statement: OpenedStatement } | { readonly ok: false; readonly reason: string };

/**
 * Opens a signed statement.
 *
 * @param text The bundle.
 * @param keys Public keys, PEM, one of which must have signed.
 * @param verdict What is known of the identity that signed in place of a key, where one did.
 */
export function openBundle(text: string, keys: readonly string[], verdict?: SignatureVerdict): Opening {
  const bundle = parsed(bundleSchema, text);
  if (bundle === undefined) return { ok: false, reason: "is no signed bundle" };
  const { payload, payloadType, signatures } = bundle.dsseEnvelope;
  const body = Buffer.from(payload, "base64");
  const signed = preAuthenticated(payloadType, body);
  const holds = signatures.some(({ sig }) => keys.some((key) => isSignedBy(signed, key, sig)));
  if (!holds && verdict === undefined) return { ok: false, reason: "is signed by no key of the policy" };
  if (!holds && verdict?.ok === false) return { ok: false, reason: verdict.reason };
  // What was verified elsewhere has to be what is read here, to the byte.
  if (!holds && verdict?.ok === true && verdict.payload !== digestOfText(body.toString("utf8"))) {
    return { ok: false, reason: "is signed, and holds another statement" };
  }
  const statement = readStatement(body.toString("utf8"));
  return statement === undefined
    ? { ok: false, reason: "is signed and holds no in-toto statement" }
    : { ok: true, statement };
}

/** Reads a statement that somebody signed or nobody; nothing where it is none. */
export function readStatement(text: string): OpenedStatement | undefined {
  const statement = parsed(statementSchema, text);
  if (statement === undefined) return undefined;
  const { subject, predicateType, predicate } = statement;
  const kind = EVIDENCE_KINDS.find((name) => PREDICATES[name] === predicateType);
  return { kind, predicateType, subjects: subject.map(({ digest }) => `sha256:${digest.sha256}`), predicate };
}

/** What is signed: type and body with their lengths, so that no byte can pass from one to the other. */
function preAuthenticated(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `), body]);
}

function isSignedBy(signed: Buffer, key: string, signature: string): boolean {
  return verify("sha256", signed, createPublicKey(key), Buffer.from(signature, "base64"));
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    const checked = schema.safeParse(JSON.parse(text));
    return checked.success ? checked.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
