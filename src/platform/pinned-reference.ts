/** Says what is wrong with a reference that is to name one image for ever. */
import { hasRegistry, ImageReferenceError, parseImageReference, REFERENCE_FORM } from "./image-reference.ts";

/** What a pinned reference would have had, and how to come by it. */
export type PinMistake = { readonly allowed: string; readonly next: string };

// SHA-256 of no bytes: tools print it when they were given nothing.
const DIGEST_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
// A real digest has about 16 different digits, and fewer than 8 once in many millions.
const MIN_DIFFERENT_DIGITS = 8;

/** Lists all that keeps a reference from being pinned: registry, repository, tag and digest, all written out. */
export function pinMistakes(text: string): PinMistake[] {
  try {
    return mistakesOf(text);
  } catch (error) {
    if (!(error instanceof ImageReferenceError)) throw error;
    return [{ allowed: REFERENCE_FORM, next: `correct it: ${error.reason}` }];
  }
}

function mistakesOf(text: string): PinMistake[] {
  const { registry, repository, tag, digest } = parseImageReference(text);
  const mistakes: PinMistake[] = [];
  if (!hasRegistry(text)) {
    const suffix = text.slice(text.search(/[:@]|$/));
    const allowed = "a reference that names its registry";
    mistakes.push({ allowed, next: `write ${registry}/${repository}${shorten(suffix)}` });
  }
  if (tag === undefined) {
    const allowed = "a tag beside the digest, for the people who read it";
    mistakes.push({ allowed, next: "add the tag that the digest was published under, in front of the @" });
  } else if (tag === "latest") {
    const allowed = "any tag but latest, which says nothing about what it is";
    mistakes.push({ allowed, next: "write the version that the digest is" });
  }
  if (digest === undefined) {
    const name = `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}`;
    const allowed = "a digest, since a tag can be moved to another image";
    mistakes.push({ allowed, next: `add @ and the digest that docker buildx imagetools inspect ${name} prints` });
  } else if (isFiller(digest.slice("sha256:".length))) {
    const allowed = "the digest of a published image; this one was made up";
    mistakes.push({ allowed, next: "write the digest that docker buildx imagetools inspect prints for the tag" });
  }
  return mistakes;
}

/** True for digits that repeat in a pattern, hardly differ, or are the digest of nothing. */
function isFiller(digits: string): boolean {
  return /^(.{1,32}?)\1+$/.test(digits) || new Set(digits).size < MIN_DIFFERENT_DIGITS || digits === DIGEST_OF_NOTHING;
}

function shorten(suffix: string): string {
  return suffix.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1...");
}
