/** Checks what images are published under: a registry and a path. */
import { hasRegistry, ImageReferenceError, parseImageReference } from "../platform/image-reference.ts";
import { PipelineError } from "../report/errors.ts";

/** How a prefix is written. */
export const REGISTRY_PREFIX_FORM = "host, host:port, host/path or host:port/path, as in ghcr.io/acme";

/** A text that no image can be published under. */
export class RegistryPrefixError extends PipelineError {
  override readonly name = "RegistryPrefixError";
  constructor(given: string, mistake: RegistryPrefixMistake) {
    const hint = mistake.hint === undefined ? "" : `; ${mistake.hint}`;
    super(
      "config",
      `--registry is "${withoutCredentials(given)}": ${mistake.problem}; allowed: ${REGISTRY_PREFIX_FORM}`,
      `${mistake.instead === undefined ? "correct it" : `pass --registry ${mistake.instead}`}${hint}`,
    );
  }
}

/** What is wrong with a prefix and, where it is plain, what was meant. */
export type RegistryPrefixMistake = {
  readonly problem: string;
  readonly instead?: string;
  readonly hint?: string;
};

type Rule = (given: string) => RegistryPrefixMistake | undefined;

// In this order: a rule may rely on those before it.
const RULES: readonly Rule[] = [
  (given) => (given === "" ? { problem: "it is empty" } : undefined),
  (given) => (/\s/.test(given) ? { problem: "it has a space", instead: given.trim() } : undefined),
  schemeIn,
  credentialsIn,
  digestIn,
  (given) => (/^\/|\/\/|\/$/.test(given) ? { problem: "it has a slash too many", instead: joined(given) } : undefined),
  tagIn,
  (given) => (/[A-Z]/.test(given) ? { problem: "it has upper case", instead: given.toLowerCase() } : undefined),
  (given) =>
    hasRegistry(`${given}/image`)
      ? undefined
      : { problem: "it names no registry, which has a dot or a port", instead: `docker.io/${given}` },
  (given) => otherMistakeIn(given),
];

/**
 * Checks that repositories can be published under a prefix. Throws RegistryPrefixError.
 *
 * @param given Registry and path as the caller wrote them, for example `ghcr.io/acme` or `localhost:5000`.
 */
export function checkRegistryPrefix(given: string): void {
  for (const rule of RULES) {
    const mistake = rule(given);
    if (mistake !== undefined) throw new RegistryPrefixError(given, onlyIfRight(mistake));
  }
}

function schemeIn(given: string): RegistryPrefixMistake | undefined {
  const [scheme, name = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(given)?.slice(1) ?? [];
  if (scheme === undefined) return undefined;
  const plain = scheme.toLowerCase() === "http" ? { hint: "and --insecure for plain HTTP" } : {};
  return { problem: `it has the scheme ${scheme}://`, instead: name, ...plain };
}

/** A user in front of the host, as in an address of the web. */
function credentialsIn(given: string): RegistryPrefixMistake | undefined {
  const at = given.indexOf("@");
  if (at < 0 || given.slice(at + 1).startsWith("sha256:")) return undefined;
  const hint = "pass the user with --registry-username and --registry-password";
  return { problem: "it has something in front of an @", instead: given.slice(given.lastIndexOf("@") + 1), hint };
}

function digestIn(given: string): RegistryPrefixMistake | undefined {
  const at = given.indexOf("@");
  return at < 0 ? undefined : { problem: "it has a digest, and each image has its own", instead: given.slice(0, at) };
}

function tagIn(given: string): RegistryPrefixMistake | undefined {
  const colon = given.lastIndexOf(":");
  const after = given.slice(colon + 1);
  // Behind the first slash a colon begins a tag; before it, a port.
  const isTag = colon >= 0 && (given.lastIndexOf("/", colon) >= 0 || !/^\d*(\/|$)|\]/.test(after));
  if (!isTag) return undefined;
  return {
    problem: `it has the tag "${after}"`,
    instead: given.slice(0, colon),
    hint: "tags of every image are given with --tag",
  };
}

/** What the grammar of references finds in a repository under the prefix. */
function otherMistakeIn(given: string): RegistryPrefixMistake | undefined {
  try {
    parseImageReference(`${given}/image`);
    return undefined;
  } catch (error) {
    if (error instanceof ImageReferenceError) return { problem: error.reason };
    throw error;
  }
}

/** A proposal that would be refused as well is none. */
function onlyIfRight(mistake: RegistryPrefixMistake): RegistryPrefixMistake {
  const { instead, ...rest } = mistake;
  return instead === undefined || RULES.some((rule) => rule(instead) !== undefined) ? rest : mistake;
}

function joined(given: string): string {
  return given
    .split("/")
    .filter((part) => part !== "")
    .join("/");
}

/** A password that came with the address must not be printed. */
function withoutCredentials(given: string): string {
  return given.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?.*@(?!sha256:)/, "$1***@");
}
