/** Many small files in one text: a container writes it at its end, so that one request brings all results of a run. */

/** The files of a bundle by their path below the folder that was bundled. */
export type Bundle = ReadonlyMap<string, string>;

/**
 * Shell function that prints all files below a folder as a bundle: for each its length in bytes and its path, then its
 * bytes. Source of the form: a netstring for each file, with a name.
 */
export const BUNDLE_FUNCTION = `bundle() (
  cd "$1" && find . -type f | LC_ALL=C sort | while IFS= read -r file; do
    size=$(wc -c < "$file")
    printf '%s %s\\n' "$((size))" "\${file#./}" && cat "$file" && printf '\\n'
  done
)`;

/** Reads a bundle. Throws an Error where the text is none, which only a mistake of this module can cause. */
export function readBundle(text: string): Bundle {
  const files = new Map<string, string>();
  const bytes = Buffer.from(text, "utf8");
  let at = 0;
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const header = /^(\d+) (.+)$/.exec(bytes.toString("utf8", at, lineEnd));
    if (lineEnd === -1 || header === null) throw new Error(`no bundle: byte ${at} of ${bytes.length} starts no file`);
    const begin = lineEnd + 1;
    const end = begin + Number(header[1]);
    files.set(header[2] ?? "", bytes.toString("utf8", begin, end));
    at = end + 1;
  }
  return files;
}
