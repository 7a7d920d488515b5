/** Names on the command line, spelt exactly as `dagger call` spells them. */

/**
 * Turns a name of the source into the one on the command line: `buildAll` into `build-all`. The Dagger engine first
 * writes every name in lower camel case, in which `asOCI` is `asOci`; the command line then separates the words, and a
 * digit counts as a word of its own: `k3sVersion` is `k-3-s-version`.
 */
export function cliName(sourceName: string): string {
  return kebabCase(lowerCamelCase(sourceName));
}

function lowerCamelCase(name: string): string {
  let result = "";
  let startsWord = false;
  let previous = "";
  for (const character of name) {
    if (/[A-Za-z]/.test(character)) {
      const isLower = result === "" || (isUpper(previous) && isUpper(character));
      result += startsWord ? character.toUpperCase() : isLower ? character.toLowerCase() : character;
      startsWord = false;
    } else if (/[0-9]/.test(character)) {
      result += character;
      startsWord = true;
    } else {
      startsWord = true;
    }
    previous = character;
  }
  return result;
}

function kebabCase(name: string): string {
  return name
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/([a-z])([A-Z0-9])/g, "$1-$2")
    .replace(/([A-Z])([0-9])/g, "$1-$2")
    .replace(/([0-9])([A-Za-z])/g, "$1-$2")
    .toLowerCase();
}

function isUpper(character: string): boolean {
  return /[A-Z]/.test(character);
}
