/** Reads a Dockerfile as far as Slipway must: its instructions, and the image that its last stage stands on. */
import { PipelineError } from "../report/errors.ts";

/** One instruction; those that ONBUILD brings are read as their own. */
export type Instruction = {
  /** In capitals, for example `COPY`. */
  readonly keyword: string;
  /** What follows the keyword, on one line. */
  readonly text: string;
  /** Line that it begins on, from 1. */
  readonly line: number;
};

// How a variable is written in a Dockerfile.
const FORMS = ["$NAME", "$" + "{NAME}", "$" + "{NAME:-default}"].join(", ");

/** The base of a stage cannot be told from the Dockerfile. */
export class UnknownBaseError extends PipelineError {
  override readonly name = "UnknownBaseError";
  constructor(place: string, problem: string) {
    super("config", `${place}: ${problem}`, `write FROM with an image, a stage above, or an ARG before it as ${FORMS}`);
  }
}

/** An image stands on another one that is named without a digest, so one commit could give two images. */
export class UnpinnedBaseError extends PipelineError {
  override readonly name = "UnpinnedBaseError";
  constructor(place: string, base: string) {
    super(
      "config",
      `${place}: the image stands on ${base}, which has no digest`,
      "name the base by an ARG before the first FROM, give that one an image of the image lock under `bases` of the platform " +
        "file, and add the image to the lock with its digest",
    );
  }
}

/** The instructions of a Dockerfile. What stands in a heredoc is read as instructions too. */
export function readInstructions(text: string): Instruction[] {
  const escape = /^\s*#\s*escape\s*=\s*(\\|`)/im.exec(text.split(/^\s*[^#\s]/m)[0] ?? "")?.[1] ?? "\\";
  const instructions: Instruction[] = [];
  let open = "";
  let first = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (open === "") first = index + 1;
    const ended = line.trimEnd();
    const isOpen = ended.endsWith(escape);
    open += isOpen ? `${ended.slice(0, -1)} ` : ended;
    if (isOpen) continue;
    instructions.push(toInstruction(open, first));
    open = "";
  }
  return open === "" ? instructions : [...instructions, toInstruction(open, first)];
}

function toInstruction(written: string, line: number): Instruction {
  const [, keyword = "", text = ""] = /^\s*(?:ONBUILD\s+)*(\S+)\s*(.*)$/is.exec(written) ?? [];
  return { keyword: keyword.toUpperCase(), text, line };
}

/** A stage: its name, if it has one, and what it stands on. */
type Stage = { readonly name: string | undefined; readonly from: string; readonly line: number };

/**
 * The image that the built stage stands on, through the stages below it: a reference with a digest, or `scratch`.
 *
 * Throws UnknownBaseError where FROM has a form that is not understood or there is no such stage, and UnpinnedBaseError where
 * the reference has no digest.
 *
 * @param text The Dockerfile.
 * @param file Its path, for messages.
 * @param args Build arguments.
 * @param target Stage that is built, by name or number; nothing: the last one.
 */
export function pinnedBase(
  text: string,
  file: string,
  args: Readonly<Record<string, string>>,
  target?: string,
): string {
  const instructions = readInstructions(text);
  const settings = globalArguments(instructions, args);
  const stages = instructions
    .filter(({ keyword }) => keyword === "FROM")
    .map((instruction) => toStage(instruction, settings, `${file}:${instruction.line}`));
  let at = target === undefined ? stages.length - 1 : stageNamed(target, stages);
  // A stage stands on stages above it only, so this ends.
  for (;;) {
    const stage = stages[at];
    if (stage === undefined) throw new UnknownBaseError(file, `there is no stage ${target ?? "at all"}`);
    const below = stageNamed(stage.from, stages.slice(0, at));
    if (below === -1) {
      if (stage.from === "scratch" || stage.from.includes("@sha256:")) return stage.from;
      throw new UnpinnedBaseError(`${file}:${stage.line}`, stage.from);
    }
    at = below;
  }
}

/** Arguments from before the first FROM, the only ones that FROM knows. */
function globalArguments(
  instructions: readonly Instruction[],
  args: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const { keyword, text } of instructions) {
    if (keyword === "FROM") break;
    if (keyword !== "ARG") continue;
    for (const [, name = "", value = ""] of text.matchAll(/(\w+)(?:=("[^"]*"|'[^']*'|\S*))?/g)) {
      const given = Object.hasOwn(args, name) ? args[name] : undefined;
      settings.set(name, given ?? expand(value.replace(/^(["'])(.*)\1$/, "$2"), settings) ?? value);
    }
  }
  return settings;
}

function toStage({ text, line }: Instruction, settings: ReadonlyMap<string, string>, place: string): Stage {
  const [, written, name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$/i.exec(text) ?? [];
  const from = written === undefined ? undefined : expand(written.replace(/["']/g, ""), settings);
  if (from === undefined || from === "") throw new UnknownBaseError(place, `FROM ${text} is not understood`);
  return { name, from, line };
}

/** Place of a stage by its name, of which the last one counts, or its number; -1 where there is none. */
function stageNamed(name: string, stages: readonly Stage[]): number {
  const named = stages.findLastIndex((stage) => stage.name?.toLowerCase() === name.toLowerCase());
  return named === -1 && /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : named;
}

/** A text with its variables filled in; nothing where one is not set or has another form. */
function expand(text: string, settings: ReadonlyMap<string, string>): string | undefined {
  const found = /\$(?:(\w+)|\{(\w+)(?::?-([^}$]*))?\}|)/.exec(text);
  if (found === null) return text;
  const [form, plain, braced, otherwise] = found;
  const value = settings.get(plain ?? braced ?? "") ?? "";
  const chosen = value === "" ? otherwise : value;
  const rest = expand(text.slice(found.index + form.length), settings);
  return chosen === undefined || rest === undefined ? undefined : `${text.slice(0, found.index)}${chosen}${rest}`;
}
