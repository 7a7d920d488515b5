/** Writes help from a module's docstrings, laid out as `dagger call --help` lays it out. */

import { isWritable } from "./flag-value.ts";
import type { ArgumentSurface, FunctionSurface, Surface } from "./surface.ts";
import { typeName } from "./surface.ts";
import { COMMAND } from "./usage-errors.ts";

type FlagLine = { readonly flag: string; readonly text: string };

const OPTIONS: readonly FlagLine[] = [
  { flag: "  -h, --help", text: "Print usage" },
  { flag: "  -j, --json", text: "Present result as JSON" },
  { flag: "  -o, --output string", text: "Save the result to a local file or directory" },
  { flag: "  -v, --verbose", text: "Print what the engine says, and the stack of an error" },
];
const NARROWEST = 60;

/** Commands of the runner that are no functions of the module. */
const COMMANDS: readonly FlagLine[] = [
  { flag: "  test", text: "Check the project: lint, types, unit, chart and end-to-end tests" },
  { flag: "  embedded:down", text: "Stop the embedded engine and its registry" },
];

/** Help for the module: what it is, its functions, the arguments of its constructor. */
export function moduleHelp(surface: Surface, columns: number): string {
  const width = Math.max(NARROWEST, columns - 1);
  const functions = surface.functions.map(({ name, description }) => ({
    flag: `  ${name}`,
    text: firstParagraph(description),
  }));
  return sections([
    wrap(surface.description, width, 0),
    ["USAGE", `  ${COMMAND} [options] [arguments] <function>`].join("\n"),
    block("FUNCTIONS", functions, width),
    block("COMMANDS", COMMANDS, width),
    argumentBlock(surface.constructorArguments, width),
    block("OPTIONS", OPTIONS, width),
    `Use "${COMMAND} <function> --help" for more information about a function.`,
  ]);
}

/** Help for one function. */
export function functionHelp(called: FunctionSurface, columns: number): string {
  const width = Math.max(NARROWEST, columns - 1);
  const usage = `  ${COMMAND} ${called.name}${called.arguments.length === 0 ? "" : " [arguments]"}`;
  return sections([
    wrap(called.description, width, 0),
    ["USAGE", usage].join("\n"),
    argumentBlock(called.arguments, width),
    block("OPTIONS", OPTIONS, width),
    ["RESULT", `  ${typeName(called.returns)}`].join("\n"),
  ]);
}

function argumentBlock(known: readonly ArgumentSurface[], width: number): string {
  const writable = known.filter(({ type }) => isWritable(type));
  const sorted = [...writable].sort(
    (a, b) => Number(b.isRequired) - Number(a.isRequired) || (a.flag < b.flag ? -1 : 1),
  );
  return block("ARGUMENTS", sorted.map(argumentLine), width);
}

function argumentLine(argument: ArgumentSurface): FlagLine {
  const type = argument.type.kind === "boolean" ? "" : ` ${typeName(argument.type)}`;
  const extra = argument.isRequired ? "[required]" : defaultText(argument);
  const text = [firstParagraph(argument.description), extra].filter((part) => part !== "").join(" ");
  return { flag: `      --${argument.flag}${type}`, text };
}

/** Defaults that say nothing (empty, zero, false) are left out. */
function defaultText({ defaultValue, defaultPath, defaultAddress }: ArgumentSurface): string {
  const stated = defaultPath ?? defaultAddress;
  if (stated !== undefined) {
    return `(default ${JSON.stringify(stated)}${defaultPath === undefined ? "" : " of this repository"})`;
  }
  const isEmpty = defaultValue === undefined || defaultValue === null || defaultValue === 0 || defaultValue === false;
  const isBlank = defaultValue === "" || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return isEmpty || isBlank ? "" : `(default ${JSON.stringify(defaultValue)})`;
}

function block(title: string, lines: readonly FlagLine[], width: number): string {
  if (lines.length === 0) {
    return "";
  }
  const column = Math.max(...lines.map(({ flag }) => flag.length)) + 3;
  const rendered = lines.map(({ flag, text }) => `${flag.padEnd(column)}${wrap(text, width, column)}`.trimEnd());
  return [title, ...rendered].join("\n");
}

function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

function firstParagraph(text: string): string {
  return text.split(/\n\s*\n/)[0]?.replace(/\s*\n\s*/g, " ") ?? "";
}

/** Fills paragraphs up to a width; every line but the first is indented. */
function wrap(text: string, width: number, indent: number): string {
  const room = Math.max(30, width - indent);
  const paragraphs = text.trim().split(/\n\s*\n/);
  const filled = paragraphs.map((paragraph) => fill(paragraph, room));
  return filled.join("\n\n").replace(/\n(?=.)/g, `\n${" ".repeat(indent)}`);
}

function fill(paragraph: string, room: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > room && line !== "") {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join("\n");
}
