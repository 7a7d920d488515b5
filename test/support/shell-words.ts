/** Reads the small part of shell that documents and workflows use: simple commands, one after the other. */

/** A simple command: variables that are set for it, its words, and the line that it begins in, from 1. */
export type SimpleCommand = {
  readonly variables: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly line: number;
};

/** What a block says besides simple commands, which nobody can check; it is refused instead of being overlooked. */
export class UnreadableShellError extends Error {
  override readonly name = "UnreadableShellError";
  constructor(found: string, line: number) {
    super(`line ${line}: ${found} is more than a simple command`);
  }
}

const BEYOND = /[|&;<>()`]|\$\(/;

/**
 * Splits a block into commands. A backslash at the end of a line continues it, # begins a comment, quotes hold words
 * together, and $NAME stays as it is written. Pipes, lists, redirections and substitutions are refused.
 */
export function simpleCommands(block: string): SimpleCommand[] {
  const lines = block.split("\n");
  const commands: SimpleCommand[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let text = lines[index] ?? "";
    while (text.endsWith("\\") && index + 1 < lines.length) {
      index += 1;
      text = `${text.slice(0, -1)} ${lines[index] ?? ""}`;
    }
    const words = wordsOf(text, line);
    const set = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
    const assignments = set === -1 ? words : words.slice(0, set);
    const variables = Object.fromEntries(
      assignments.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    );
    if (words.length > 0) commands.push({ variables, words: words.slice(assignments.length), line });
  }
  return commands;
}

/** A quoted part, an escaped character, or plain characters; a word is a row of them. */
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/y;

function wordsOf(text: string, line: number): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const space = /\s*/y;
    space.lastIndex = at;
    space.test(text);
    at = space.lastIndex;
    if (at >= text.length || text[at] === "#") break;
    let word = "";
    while (at < text.length && !/\s/.test(text[at] ?? "")) {
      PART.lastIndex = at;
      const [whole, single, double, escaped, plain] = PART.exec(text) ?? [];
      if (whole === undefined) throw new UnreadableShellError(text.slice(at), line);
      // <name> stands for what the reader fills in.
      const bare = (plain ?? "").replaceAll(/<[a-z][a-z-]*>/g, "");
      const beyond = BEYOND.exec(bare)?.[0] ?? (/`|\$\(/.exec(double ?? "") ?? [])[0];
      if (beyond !== undefined) throw new UnreadableShellError(beyond, line);
      word += single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? plain ?? "";
      at += whole.length;
    }
    words.push(word);
  }
  return words;
}
