/** The rule that no credential is written out in a rendered object (C-27, C-31, C-57). */
import type { ChartRender, RenderRule } from "../finding.ts";
import { entriesAt, type JsonPath, valueAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { groupOf } from "./kinds.ts";
import { type Mistake, objectRule } from "./mistake.ts";
import { isLiteralSecret } from "./secret-literals.ts";
import { secretsInValue } from "./secret-values.ts";

/** Name of the rule in findings and exceptions, for objects and for files. */
export const PLAIN_SECRET = "plain-secret";

/**
 * Annotation, with the value "true", of a Secret whose content is made for one try and protects nothing. It counts in dev
 * only.
 */
export const THROW_AWAY = "slipway/throw-away";

const FIX =
  "take it from a Secret that is made outside the chart: secretKeyRef or envFrom for a variable, a mounted file for the rest";
const SECRET_FIX = `name a Secret that exists (existingSecret) or let an operator make it; in dev, a Secret of made-up content may carry the annotation ${THROW_AWAY}: "true"`;

/** Credentials reach a pod through references to Secrets alone. What is found is named, and never shown. */
export const PLAIN_SECRET_RULE: RenderRule = objectRule(
  PLAIN_SECRET,
  "No credential is written out in an object (C-27, C-31)",
  (render) =>
    render.manifests.flatMap((manifest) =>
      manifest.kind === "Secret" && groupOf(manifest) === ""
        ? secretMistakes(render, manifest)
        : objectMistakes(manifest),
    ),
);

/** A Secret in a chart holds nothing that was written out, except what is marked as made for one try, in dev. */
function secretMistakes({ environment }: ChartRender, manifest: Manifest): Mistake[] {
  if (environment === "dev" && manifest.annotations[THROW_AWAY] === "true") return [];
  const contents = (["data", "stringData"] as const).flatMap((field) =>
    entriesAt(manifest.body, field).map(([key, value]) => {
      const text = field === "data" ? decode(value) : value;
      return { path: [field, key], text };
    }),
  );
  const marked = manifest.annotations[THROW_AWAY] === "true" ? `; the mark ${THROW_AWAY} counts in dev only` : "";
  const written = contents.filter(({ text }) => isLiteralSecret(text, "credential") && !isCertificate(text));
  const mistakes = written.map(({ path }): Mistake => {
    const reason = `holds a value that the chart writes out (not shown); allowed in ${environment} are Secrets made outside the chart${marked}`;
    return { manifest, path, reason, fix: SECRET_FIX };
  });
  return [...mistakes, ...mistakesAt(manifest, { metadata: valueAt(manifest.body, "metadata") })];
}

function objectMistakes(manifest: Manifest): Mistake[] {
  // Definitions only describe fields; sealed content can be read by its cluster alone.
  if (manifest.kind === "CustomResourceDefinition") return [];
  if (manifest.kind === "SealedSecret") return mistakesAt(manifest, { metadata: valueAt(manifest.body, "metadata") });
  return mistakesAt(manifest, manifest.body);
}

function mistakesAt(manifest: Manifest, value: unknown): Mistake[] {
  const isNameless = (path: JsonPath) => isMetadata(path) || isChecksum(path) || isKeyName(manifest, path);
  return secretsInValue(value, { isNameless }).map(({ path, what }) => {
    const reason = `holds ${what}, written out (not shown); allowed are references to a Secret`;
    return { manifest, path, reason, fix: FIX };
  });
}

/** Names of annotations and labels such as `auth-secret` refer; only those that say password or token hold one. */
function isMetadata(path: JsonPath): boolean {
  const [parent, key] = path.slice(-2);
  return (parent === "annotations" || parent === "labels") && !/passw|token$|api-?key$/i.test(String(key));
}

function isChecksum(path: JsonPath): boolean {
  return String(path.at(-1)).startsWith("checksum/");
}

/** `secretKey` of an ExternalSecret is the name of a key, and `parameter` that of a setting. */
function isKeyName(manifest: Manifest, path: JsonPath): boolean {
  return groupOf(manifest) === "external-secrets.io" && path.at(-1) === "secretKey";
}

function decode(value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : value;
}

/** Certificates are public, and Secrets often carry them beside the key. */
function isCertificate(text: unknown): boolean {
  if (typeof text !== "string" || !text.includes("-----BEGIN CERTIFICATE-----")) return false;
  return text.replace(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, "").trim() === "";
}
