/** What a release policy says of identities: where they sign, and whose signatures are trusted. A container verifies: signers.ts. */
import { z } from "zod";

const URL_RULE = "an address that begins with http:// or https://";
const ISSUER_RULE = "the issuer as its tokens name it, an address that begins with http:// or https://";
const SUBJECT_RULE = "either subject or subjectPattern, a regular expression that describes all of it";

const address = z.url({ protocol: /^https?$/, error: URL_RULE });

const identitySchema = z
  .strictObject({
    issuer: z.url({ protocol: /^https?$/, error: ISSUER_RULE }).meta({
      description: "Who vouches for it, as tokens and certificates name it.",
      examples: ["https://token.actions.githubusercontent.com"],
    }),
    subject: z.string().min(1).meta({ description: "Name in the certificate, all of it." }).optional(),
    subjectPattern: z
      .string()
      .refine(isPattern, "a regular expression")
      .meta({ description: "Regular expression that describes all of the name." })
      .optional(),
  })
  .refine(({ subject, subjectPattern }) => (subject === undefined) !== (subjectPattern === undefined), SUBJECT_RULE);

/** The part of a release policy that is about identities. */
export const keylessSchema = z
  .strictObject({
    fulcio: address
      .default("https://fulcio.sigstore.dev")
      .meta({ description: "Where an identity gets a certificate; default: the public Fulcio." }),
    rekor: z
      .union([address, z.literal("none")], `${URL_RULE}, or none`)
      .default("https://rekor.sigstore.dev")
      .meta({ description: "Log that every signature is written to; default: the public Rekor." }),
    timestamps: address
      .meta({ description: "Service that stamps signatures with their time (RFC 3161), beside a log or without one." })
      .optional(),
    trustedRoot: z.string().min(1).meta({
      description: "File in the source with the authorities and logs that are trusted: sigstore's trusted_root.json.",
    }),
    identities: z
      .record(z.string(), identitySchema)
      .refine((identities) => Object.keys(identities).length > 0, "at least one identity")
      .meta({ description: "Identities that may sign, by a name of your own." }),
  })
  .refine(({ rekor, timestamps }) => rekor !== "none" || timestamps !== undefined, {
    error: "a log or a time stamping service: without both nobody can tell later that a certificate was valid",
  });

/** What holds for identities. */
export type KeylessPolicy = z.infer<typeof keylessSchema>;

/** Somebody, and who vouches for it. */
export type Identity = { readonly issuer: string; readonly subject: string };

/** Where an identity signs. */
export type KeylessServices = Pick<KeylessPolicy, "fulcio" | "rekor" | "timestamps">;

const answerSchema = z.object({
  bundle: z.string(),
  issuer: z.string().optional(),
  subject: z.string().optional(),
  payload: z.string().optional(),
  reason: z.string().optional(),
});

/** What is known of the signature of one bundle: who made it, and over what; or why it counts for nothing. */
export type SignatureVerdict =
  { readonly ok: true; readonly payload: string } | { readonly ok: false; readonly reason: string };

/** Reads whom a token is of, as the program that signs prints it. */
export function parseIdentity(printed: string): Identity {
  return z.object({ issuer: z.string(), subject: z.string() }).parse(JSON.parse(printed));
}

/** Judges who signed, as the program that verifies has printed it: one line for each bundle, by its digest. */
export function judgeSigners(printed: string, policy: KeylessPolicy): ReadonlyMap<string, SignatureVerdict> {
  const lines = printed.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const { bundle, issuer, subject, payload, reason } = answerSchema.parse(JSON.parse(line));
      if (issuer === undefined || subject === undefined || payload === undefined) {
        return [bundle, { ok: false, reason: reason ?? "was not verified" }];
      }
      const refused = identityProblem({ issuer, subject }, policy);
      return [bundle, refused === undefined ? { ok: true, payload } : { ok: false, reason: refused }];
    }),
  );
}

/** Why a policy does not trust an identity, or nothing. */
export function identityProblem(signer: Identity, { identities }: KeylessPolicy): string | undefined {
  const all = Object.values(identities);
  const ofIssuer = all.filter(({ issuer }) => issuer === signer.issuer);
  const said = `is signed by ${signer.subject}, for whom ${signer.issuer} vouches`;
  if (ofIssuer.length === 0) {
    return `${said}; the policy trusts the issuers ${[...new Set(all.map(({ issuer }) => issuer))].join(", ")}`;
  }
  const isTrusted = ofIssuer.some(({ subject, subjectPattern }) =>
    subjectPattern === undefined ? subject === signer.subject : whole(subjectPattern).test(signer.subject),
  );
  if (isTrusted) return undefined;
  const allowed = ofIssuer.map(({ subject, subjectPattern = "" }) => subject ?? `/${subjectPattern}/`);
  return `${said}; the policy trusts of that issuer ${allowed.join(", ")}`;
}

function isPattern(text: string): boolean {
  try {
    return whole(text).test("") || text !== "";
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** A pattern that has to describe all of a text: a part of a name is another name. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, "u");
}
