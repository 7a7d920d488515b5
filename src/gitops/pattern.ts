/** Patterns as Argo CD matches them. */

/**
 * True if a pattern of an AppProject matches a text: `*` and `**` any text, `?` one character, `[ab]` one of some, `{a,b}`
 * one of some texts. Source: gobwas/glob, as argo-cd v3.5.7 uses it.
 *
 * @param separator Character that `*` and `?` do not match; none where it is "".
 */
export function matchesGlob(pattern: string, text: string, separator = ""): boolean {
  return toRegExp(pattern, separator).test(text);
}

/** True for a pattern that more than one text matches. */
export function isPattern(text: string): boolean {
  return /[*?[{!]/.test(text);
}

/** An address of a repository in the form that Argo CD compares: without `.git`, in lower case. */
export function normalRepository(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

function toRegExp(pattern: string, separator: string): RegExp {
  const any = separator === "" ? "." : `[^${escape(separator)}]`;
  let inBraces = 0;
  const source = pattern.replace(/\*\*|\[!?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return `${any}*`;
    if (part === "?") return any;
    if (part.length > 1) return part.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    if (part === "{") {
      inBraces++;
      return "(?:";
    }
    if (part === "}" && inBraces > 0) {
      inBraces--;
      return ")";
    }
    return part === "," && inBraces > 0 ? "|" : escape(part);
  });
  return new RegExp(`^${source}${")".repeat(inBraces)}$`, "s");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
