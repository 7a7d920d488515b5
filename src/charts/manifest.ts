/** Reads what helm rendered into manifests that rules can walk. */
import { parseAllDocuments } from "yaml";

import { PipelineError } from "../report/errors.ts";
import { frozen, textAt, textsAt } from "./json.ts";

/** One rendered object of Kubernetes. */
export type Manifest = {
  /** Template that it came from, as helm says in `# Source:`, for example `shop/templates/api-deployment.yaml`. */
  readonly template: string;
  /** First line of its document in the render, from 1. */
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Namespace that it names; "" where it names none. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The whole object. */
  readonly body: unknown;
};

/** A render is no YAML, or holds something that is no object of Kubernetes. */
export class RenderError extends PipelineError {
  override readonly name = "RenderError";
  /** What is wrong, and on which line of the render. */
  readonly reason: string;

  /**
   * @param render What the render is called, for example `shop (prod)`.
   * @param template The template that rendered it.
   */
  constructor(
    render: string,
    readonly template: string,
    line: number,
    problem: string,
  ) {
    const reason = `line ${line} of the render: ${problem}`;
    super("gate", `${render}, ${template}, ${reason}`, RENDER_FIX);
    this.reason = reason;
  }
}

const RENDER_FIX = "correct the template; `helm template --debug` prints what it rendered";

/**
 * Reads all documents of a render, in its order; empty ones are left out. Throws RenderError.
 *
 * @param text What `helm template` printed.
 * @param render What the render is called in messages, for example `shop (prod)`.
 */
export function parseManifests(text: string, render: string): Manifest[] {
  return documentsOf(text).flatMap((document) =>
    bodiesOf(document, render).map((body) => toManifest(body, document, render)),
  );
}

/**
 * Bodies of documents that were read before, by their text: the renders of several environments and of two Helms have most
 * documents in common, and to read YAML takes longer than all rules together. Nobody changes a body, which is why it is frozen.
 */
const BODIES = new Map<string, readonly unknown[]>();
const MOST_BODIES = 2000;

function bodiesOf(document: Document, render: string): readonly unknown[] {
  const known = BODIES.get(document.text);
  if (known !== undefined) return known;
  const bodies = readBodies(document, render).map(frozen);
  const [oldest] = BODIES.keys();
  if (oldest !== undefined && BODIES.size >= MOST_BODIES) BODIES.delete(oldest);
  BODIES.set(document.text, bodies);
  return bodies;
}

function readBodies({ text, line: first, template }: Document, render: string): unknown[] {
  const parsed = parseAllDocuments(text, { version: "1.1", merge: true, uniqueKeys: true });
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((each) => {
    const [error] = each.errors;
    if (error !== undefined) {
      const line = first + (error.linePos?.[0].line ?? 1) - 1;
      throw new RenderError(render, template, line, error.message.split("\n")[0] ?? "");
    }
    const body: unknown = each.toJS();
    return body === null || body === undefined ? [] : [body];
  });
}

/** `Kind namespace/name`, as findings name an object. */
export function objectName({ kind, namespace, name }: Manifest): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

type Document = { readonly text: string; readonly line: number; readonly template: string };

/** Cuts a render at its separators, so that one broken document is named with its template. */
function documentsOf(text: string): Document[] {
  const documents: Document[] = [];
  let lines: string[] = [];
  let first = 1;
  const close = () => {
    const source = lines.find((line) => line.startsWith("# Source: "))?.slice("# Source: ".length) ?? "";
    if (lines.some((line) => line.trim() !== ""))
      documents.push({ text: lines.join("\n"), line: first, template: source });
  };
  text.split("\n").forEach((line, index) => {
    if (!/^---\s*(#.*)?$/.test(line)) {
      lines.push(line);
      return;
    }
    close();
    lines = [];
    first = index + 2;
  });
  close();
  return documents;
}

function toManifest(body: unknown, { line, template }: Document, render: string): Manifest {
  const [apiVersion, kind, name] = [textAt(body, "apiVersion"), textAt(body, "kind"), textAt(body, "metadata", "name")];
  if (apiVersion === "" || kind === "") {
    throw new RenderError(render, template, line, "a document without apiVersion and kind");
  }
  return {
    ...{ template, line, apiVersion, kind, name, body },
    namespace: textAt(body, "metadata", "namespace"),
    labels: textsAt(body, "metadata", "labels"),
    annotations: textsAt(body, "metadata", "annotations"),
  };
}
