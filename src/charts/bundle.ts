/** Many small files in one text: a container writes it at its end, so that one request brings all results of a run. */

/** The files of a bundle by their path below the folder that was bundled. */
export type Bundle = ReadonlyMap<string, string>;

/**
 * Shell function that prints the files below a folder as a bundle: a line for each with its length in bytes and its path, an
 * empty line, and then the bytes of all. Bundles may stand one behind the other. A few processes do it for any number of files.
 */
export const BUNDLE_FUNCTION = `bundle() ( # bundle <folder> <prefix of its paths> [<condition of find>]...
  cd "$1" || exit
  prefix=$2; shift 2
  list=$(mktemp)
  find . -type f "$@" | LC_ALL=C sort | tr '\\n' '\\0' > "$list"
  xargs -0 -r wc -c < "$list" | sed -n "s|^ *\\([0-9][0-9]*\\) \\./|\\1 $prefix|p" && echo && xargs -0 -r cat < "$list"
  status=$?
  rm "$list"
  exit "$status"
)`;

/** Reads a bundle. Throws an Error where the text is none, which only a mistake of this module can cause. */
export function readBundle(text: string): Bundle {
  const files = new Map<string, string>();
  const bytes = Buffer.from(text, "utf8");
  let listed: { readonly name: string; readonly length: number }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const line = bytes.toString("utf8", at, lineEnd);
    const header = /^(\d+) (.+)$/.exec(line);
    if (lineEnd === -1 || (line !== "" && header === null)) {
      throw new Error(`no bundle: byte ${at} of ${bytes.length} lists no file`);
    }
    at = lineEnd + 1;
    if (header !== null) {
      listed.push({ name: header[2] ?? "", length: Number(header[1]) });
      continue;
    }
    for (const { name, length } of listed) {
      if (at + length > bytes.length) throw new Error(`no bundle: ${name} ends before its ${length} bytes`);
      files.set(name, bytes.toString("utf8", at, at + length));
      at += length;
    }
    listed = [];
  }
  if (listed.length > 0) throw new Error("no bundle: it ends before its files");
  return files;
}
