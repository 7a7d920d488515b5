/** Leaves the values of Secrets out of texts: logs, events and whatever else is shown or kept. */

import type { Diagnosis } from "./cause.ts";

/** What stands for a value that was left out. */
export const REDACTED = "***";

/** Shortest value that is left out wherever it stands; a shorter one only where it stands alone. */
const SHORT = 6;
/** Shortest part of a value that is taken for a secret by itself: a line of a key, the password in an address. */
const PART = 8;

/**
 * Makes the function that leaves secret values out of a text: as they are, in base64, as part of an address and in JSON.
 * The parts of a value count too: lines of a key, values of a settings file, the password in an address. Passwords in
 * addresses are left out even where they are not known.
 */
export function redactor(values: readonly string[]): (text: string) => string {
  const forms = [...new Set(values.flatMap(partsOf).flatMap(formsOf))].sort((one, other) => other.length - one.length);
  const patterns = forms.map((form) => {
    const escaped = form.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(form.length >= SHORT ? escaped : `(?<![\\w.-])${escaped}(?![\\w.-])`, "g");
  });
  return (text) =>
    patterns
      .reduce((left, pattern) => left.replaceAll(pattern, REDACTED), text)
      .replaceAll(/(:\/\/[^\s:/@]*:)[^\s@/]+(@)/g, `$1${REDACTED}$2`)
      .replaceAll(/\b(Bearer|Basic) [A-Za-z0-9+/._~-]{8,}=*/g, `$1 ${REDACTED}`);
}

/** The diagnosis without secrets. Names of objects stay: they are in the manifests. */
export function redactDiagnosis(diagnosis: Diagnosis, redact: (text: string) => string): Diagnosis {
  const { reason, event, log } = diagnosis;
  return {
    ...diagnosis,
    reason: redact(reason),
    ...(event === undefined ? {} : { event: redact(event) }),
    ...(log === undefined ? {} : { log: redact(log) }),
  };
}

/** A value, and the parts of it that give it away. */
function partsOf(value: string): string[] {
  const whole = value.trim();
  if (whole === "") return [];
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  const settings = lines.flatMap(
    (line) => /^[\w.-]+\s*[=:]\s*(.+)$/.exec(line)?.[1]?.replaceAll(/^["']|["']$/g, "") ?? [],
  );
  const passwords = [...whole.matchAll(/:\/\/[^\s:/@]*:([^\s@/]+)@/g)].flatMap(([, password = ""]) => [
    password,
    decoded(password),
  ]);
  const parts = lines.length > 1 || settings.length > 0 ? [...lines, ...settings] : [];
  return [whole, ...passwords, ...parts.filter((part) => part.length >= PART && !part.startsWith("-----"))];
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const encoded = value.length < PART ? [] : [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  return [value, ...encoded, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)].filter(
    (form) => form !== "",
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing: the text is as it is.
    return text;
  }
}
