/** Tells from a name whether what it names is a credential, or only refers to one. */

/**
 * What a name says of its value: `credential`, or `either` where custom gives the same name to a credential and to the
 * name of a Secret or of a key in one, such as `tlsSecret` and `secretKey`.
 */
export type NameMeaning = "credential" | "either";

// Most names are none of it, and this sees so at once.
const CANDIDATE = /pass|pwd|secret|token|key|cred|auth|bearer/i;

const PASSWORD = /(?:password|passwd|passphrase|requirepass)s?$/;
const SECRET_OF = new Set([
  ...["access", "api", "app", "application", "auth", "client", "consumer", "cookie", "encryption", "hmac", "jwt"],
  ...["oauth", "oauth2", "session", "shared", "signing", "totp", "user", "webhook"],
]);
const REFERRED_SECRET = new Set(["existing", "pull", "tls", "kube", "k8s", "kubernetes"]);
const SECRET_KEY_OF = new Set([
  ...["access", "account", "api", "app", "auth", "cookie", "deploy", "encryption", "hmac", "jwt", "license", "master"],
  ...["private", "root", "service", "session", "shared", "signing", "ssh", "storage"],
]);
// Tokens of language models and of pages, and settings that only count tokens.
const OTHER_TOKENS = new Set([
  ...["bos", "continue", "eos", "mask", "max", "min", "next", "num"],
  ...["pad", "page", "per", "sep", "stop", "unk"],
]);
const PROXY_PASS = new Set(["fastcgi", "grpc", "proxy", "scgi", "uwsgi"]);

/** What a name says of its value; undefined where it says nothing of credentials. */
export function nameMeaning(name: string): NameMeaning | undefined {
  if (!CANDIDATE.test(name)) return undefined;
  const own = name.slice(Math.max(name.lastIndexOf("."), name.lastIndexOf("/")) + 1);
  const words = wordsOf(own);
  const [last = "", before = ""] = words.toReversed();
  // existingSecretPasswordKey and its like name what exists elsewhere; automountServiceAccountToken is a switch.
  if (words[0] === "existing" || words[0] === "automount") return undefined;
  if (PASSWORD.test(last)) return "credential";
  if (last === "pwd") return before === "" || before === "old" ? undefined : "credential";
  if (last === "pass") return PROXY_PASS.has(before) ? undefined : "credential";
  if (last.endsWith("token")) return OTHER_TOKENS.has(before) ? undefined : "credential";
  if (last.endsWith("secret")) return secretMeaning(own, before);
  if (last === "key") return keyMeaning(own, before);
  if (/(?:api|access|private|secret)key$/.test(last)) return "credential";
  if (last === "bearer" || (last === "auth" && ["basic", "rediscli", "master"].includes(before))) return "credential";
  return /^cred(?:ential)?s?$/.test(last) ? "either" : undefined;
}

/** True for the name of a credential, or of what may be one. */
export function isCredentialName(name: string): boolean {
  return nameMeaning(name) !== undefined;
}

function secretMeaning(name: string, before: string): NameMeaning {
  if (REFERRED_SECRET.has(before)) return "either";
  return SECRET_OF.has(before) || isUpperCase(name) ? "credential" : "either";
}

function keyMeaning(name: string, before: string): NameMeaning | undefined {
  if (before === "secret") return isUpperCase(name) ? "credential" : "either";
  return SECRET_KEY_OF.has(before) ? "credential" : undefined;
}

/** The words of a name in camelCase, kebab-case or UPPER_CASE, in lower case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}

function isUpperCase(name: string): boolean {
  return name === name.toUpperCase();
}
