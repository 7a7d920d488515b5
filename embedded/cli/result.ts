/** Shows or saves what a function returned. */

import { Changeset, Container, Directory, File } from "@dagger.io/dagger";

import type { RunnerOptions } from "./command-line.ts";
import { saveDirectory, saveFile, saveText } from "./saved-output.ts";

const LARGEST_SHOWN_BYTES = 65_536;

/** A result as a person gets it: text for standard output, a remark for standard error. */
export type Shown = { readonly text?: string; readonly remark?: string };

/**
 * Shows a result, or saves it where `--output` says so. An engine value is computed by this; an export of a container is
 * an OCI tarball, as with `dagger call`.
 *
 * @param value What the function returned.
 * @param options The runner's options, with `output` as a full path.
 */
export async function showResult(value: unknown, options: RunnerOptions): Promise<Shown> {
  const { output } = options;
  if (value instanceof Changeset) {
    return output === undefined ? listChanges(value) : saved(await value.export(output));
  }
  if (value instanceof Directory) {
    return output === undefined
      ? listDirectory(value, options)
      : saved(await saveDirectory(output, (unfinished) => value.export(unfinished)));
  }
  if (value instanceof File) {
    return output === undefined
      ? showFile(value)
      : saved(await saveFile(output, await value.name(), (unfinished) => value.export(unfinished)));
  }
  if (value instanceof Container) {
    return output === undefined
      ? showContainer(value)
      : saved(await saveFile(output, "container.tar", (unfinished) => value.export(unfinished)));
  }
  return showData(value, options);
}

async function showData(value: unknown, { output, json }: RunnerOptions): Promise<Shown> {
  const text = json ? `${JSON.stringify(value ?? null, undefined, 4)}\n` : plainText(value);
  if (output !== undefined && value !== undefined) {
    return { text, ...saved(await saveText(output, text)) };
  }
  return value === undefined && !json ? { remark: "done" } : { text };
}

/** Data as `dagger call` prints it: a list has one element per line. */
function plainText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.map((element: unknown) => `${plainText(element)}\n`).join("");
  }
  if (value === undefined || value === null) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function listDirectory(directory: Directory, { json }: RunnerOptions): Promise<Shown> {
  const entries = await directory.entries();
  const remark = `a directory with ${entries.length} entries; save it with -o PATH`;
  return { text: json ? `${JSON.stringify(entries, undefined, 4)}\n` : plainText(entries), remark };
}

async function listChanges(changes: Changeset): Promise<Shown> {
  const [added, modified, removed] = await Promise.all([
    changes.addedPaths(),
    changes.modifiedPaths(),
    changes.removedPaths(),
  ]);
  const lines = [
    ...added.map((file) => `A ${file}`),
    ...modified.map((file) => `M ${file}`),
    ...removed.map((file) => `D ${file}`),
  ];
  return { text: plainText(lines), remark: "changes; apply them to a directory with -o PATH" };
}

async function showFile(file: File): Promise<Shown> {
  const [name, bytes] = await Promise.all([file.name(), file.size()]);
  const text = bytes <= LARGEST_SHOWN_BYTES ? await file.contents() : undefined;
  // The engine replaces what is no UTF-8, so such a file would not be what is shown.
  if (text === undefined || text.includes("\0") || text.includes("\uFFFD")) {
    return { remark: `${name}, ${bytes} bytes; save it with -o PATH` };
  }
  return { text };
}

async function showContainer(container: Container): Promise<Shown> {
  const built = await container.sync();
  const platform = await built.platform();
  return { remark: `the container is built (${platform}); save it as an OCI tarball with -o PATH` };
}

function saved(path: string): Shown {
  return { remark: `saved to ${path}` };
}
