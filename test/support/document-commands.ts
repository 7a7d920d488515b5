/**
 * Commands of documents, and what can be said of each without a cluster: calls of the module by its surface, paths by the
 * repository. What helm and kubectl are given is judged with renders, in release-commands.ts.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import type { Surface } from "../../embedded/cli/surface.ts";
import type { Block, Document } from "./documents.ts";
import { callProblems, ROOT } from "./module-command.ts";
import { type SimpleCommand, simpleCommands } from "./shell-words.ts";

/** A command and where it stands. */
export type DocumentCommand = {
  readonly document: string;
  /** Line in the document. */
  readonly line: number;
  readonly words: readonly string[];
};

/** Languages of blocks that hold commands; in console ones only lines with a prompt do. */
const SHELLS = ["sh", "console"];
const scripts = z.object({ scripts: z.record(z.string(), z.string()) });

/** Every command of a document, in order. Throws UnreadableShellError for what is more than a simple command. */
export function commandsOf(document: Document): DocumentCommand[] {
  return document.blocks
    .filter(({ language }) => SHELLS.includes(language))
    .flatMap((block) =>
      readCommands(block).map((command) => ({
        document: document.file,
        line: block.line + command.line,
        words: command.words,
      })),
    );
}

function readCommands({ language, text }: Block): SimpleCommand[] {
  const lines = text.split("\n");
  const shown = language === "sh" ? lines : lines.map((line) => (line.startsWith("$ ") ? line.slice(2) : ""));
  // A name of two words stands for one thing, too.
  const named = shown.map((line) => line.replaceAll(/<[a-z][a-z ]*>/g, (name) => name.replaceAll(" ", "-")));
  return simpleCommands(named.join("\n"));
}

/** What is wrong with the commands of a document that can be judged without a render, each with file and line. */
export function commandProblems(document: Document, surface: Surface): string[] {
  const judge = new Desk(surface);
  return commandsOf(document).flatMap((command) =>
    judge.problems(command.words).map((problem) => `${command.document}:${command.line}: ${problem}`),
  );
}

/** Programs that release-commands.ts judges. */
export const OF_RELEASES: readonly string[] = ["helm", "kubectl", "curl"];

/** The reader's desk: the folder that they are in and the variables that they set, as far as the document went. */
class Desk {
  private folder = ROOT;
  private readonly environment: Record<string, string> = {};
  private readonly copies = new Map<string, string>();
  private readonly written = new Map<string, "file" | "directory">();

  constructor(private readonly surface: Surface) {}

  problems(words: readonly string[]): string[] {
    const [program = "", ...rest] = words;
    const text = words.join(" ");
    if (OF_RELEASES.includes(program)) return [];
    switch (program) {
      case "dagger":
        return rest[0] === "call" ? this.callProblems(rest.slice(1)) : [`"${text}" is no call of a function`];
      case "npm":
        return this.npmProblems(rest);
      case "cp":
        return this.copyProblems(rest);
      case "cd":
        this.folder = this.resolve(rest[0] ?? "");
        return existsSync(this.folder) ? [] : [`no folder ${rest[0] ?? ""}`];
      case "export":
        return this.exportProblems(rest);
      case "git":
        return /^git (init --initial-branch main|add \.|commit --message .+)$/.test(text)
          ? []
          : [`"${text}" is not known`];
      default:
        return [`"${text}" is not known: nothing judges ${program}`];
    }
  }

  private callProblems(words: readonly string[]): string[] {
    // Where the module lies is the reader's own matter.
    const own = words[0] === "-m" ? words.slice(2) : words;
    const platform = own[own.indexOf("--platform") + 1] ?? "";
    const hasPlatform = !own.includes("--platform") || this.folder === ROOT || existsSync(this.resolve(platform));
    return [
      ...(hasPlatform ? [] : [`no platform file at ${platform}`]),
      ...callProblems(this.surface, own, { folder: this.folder, environment: this.environment, written: this.written }),
    ];
  }

  private npmProblems([verb = "", ...words]: readonly string[]): string[] {
    const known = scripts.parse(JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"))).scripts;
    if (verb === "start" && words[0] === "--") return this.callProblems(words.slice(1));
    const name = verb === "run" ? (words[0] ?? "") : verb;
    return name in known ? [] : [`package.json has no script "${name}"`];
  }

  private copyProblems(words: readonly string[]): string[] {
    const [flag, from = "", to = "", ...more] = words;
    if (flag !== "-r" || more.length > 0) return [`"cp ${words.join(" ")}" is not known`];
    this.copies.set(path.resolve(this.folder, to), this.resolve(from));
    return existsSync(this.resolve(from)) ? [] : [`nothing at ${from}`];
  }

  private exportProblems(words: readonly string[]): string[] {
    const [, name, value] = /^(\w+)=(.*)$/.exec(words.join(" ")) ?? [];
    if (name === undefined || value === undefined) return [`"export ${words.join(" ")}" sets nothing`];
    this.environment[name] = value;
    return [];
  }

  /** A path as the reader sees it; what they have copied is looked up where it came from. */
  private resolve(given: string): string {
    const full = path.resolve(this.folder, given);
    return this.copies.get(full) ?? full;
  }
}
