/** Documents of this repository: their headings, links, and what stands in their fenced blocks. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { ROOT } from "./module-command.ts";

/** A fenced block with its language and the line of its fence, from 1. */
export type Block = { readonly language: string; readonly text: string; readonly line: number };

/** A Markdown file with its path in the repository. */
export type Document = {
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings. */
  readonly anchors: readonly string[];
  readonly links: readonly { readonly target: string; readonly line: number }[];
};

/** Every document that is tracked. */
export function documentFiles(): string[] {
  const tracked = execFileSync("git", ["ls-files", "*.md"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
  return tracked.filter((file) => !file.startsWith("test/fixtures/"));
}

/** Reads a document. */
export function readDocument(file: string): Document {
  return parseDocument(file, readFileSync(path.join(ROOT, file), "utf8"));
}

/** Parses a document. Headings, links and fences inside of a block are text of the block. */
export function parseDocument(file: string, text: string): Document {
  const blocks: Block[] = [];
  const anchors: string[] = [];
  const links: { target: string; line: number }[] = [];
  let open: { language: string; indent: string; line: number; lines: string[] } | undefined;
  text.split("\n").forEach((content, index) => {
    const [, indent = "", mark, language = ""] = /^( *)(```)(\w*)\s*$/.exec(content) ?? [];
    if (open !== undefined) {
      if (mark !== undefined && language === "") {
        blocks.push({ language: open.language, text: open.lines.join("\n"), line: open.line });
        open = undefined;
      } else open.lines.push(content.startsWith(open.indent) ? content.slice(open.indent.length) : content);
      return;
    }
    if (mark !== undefined) {
      open = { language, indent, line: index + 1, lines: [] };
      return;
    }
    const heading = /^#{1,6} (.*)$/.exec(content)?.[1];
    if (heading !== undefined) anchors.push(anchorOf(heading));
    const shown = content.replaceAll(/`[^`]*`/g, "``");
    for (const [, target = ""] of shown.matchAll(/\]\(([^)\s]+)\)/g)) links.push({ target, line: index + 1 });
  });
  if (open !== undefined) throw new Error(`${file}:${open.line}: a block does not end`);
  return { file, text, blocks, anchors, links };
}

/** What is wrong with the links of a document: a file or a heading that is not there. Other sites are not asked. */
export function linkProblems(document: Document): string[] {
  return document.links.flatMap(({ target, line }) => {
    const where = `${document.file}:${line}: ${target}`;
    if (/^[a-z]+:/.test(target)) return target.startsWith("https://") ? [] : [`${where} is neither relative nor https`];
    const [file = "", anchor = ""] = target.split("#");
    const place = path.join(ROOT, path.dirname(document.file), file);
    if (file !== "" && !existsSync(place)) return [`${where} leads nowhere`];
    if (anchor === "") return [];
    const anchors = file === "" ? document.anchors : readDocument(path.relative(ROOT, place)).anchors;
    return anchors.includes(anchor) ? [] : [`${where} names no heading`];
  });
}

/** The anchor that GitHub and Forgejo give a heading. */
function anchorOf(heading: string): string {
  const bare = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return bare.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** The rows of the first table below a heading, as cells without code marks. */
export function tableBelow(document: Document, heading: string): string[][] {
  const start = `\n${document.text}`.indexOf(`\n${heading}\n`);
  const rows: string[][] = [];
  for (const line of document.text.slice(start === -1 ? document.text.length : start).split("\n")) {
    if (line.startsWith("|"))
      rows.push(
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    else if (rows.length > 0) break;
  }
  return rows.slice(2);
}
