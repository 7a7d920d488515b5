/** Reads a Dockerfile into stages and steps that a rule can be written over. The rules are dockerfiles.test.ts. */
import { DockerfileParser, type Instruction, ModifiableInstruction, PropertyInstruction } from "dockerfile-ast";

/** One instruction: flags apart from arguments, line continuations taken away, NAME=value pairs read. */
export type Step = {
  readonly keyword: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
  readonly text: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Settings of each `--mount`, `{ type: "bind", from: "source", target: "/src" }`. */
  readonly mounts: readonly Readonly<Record<string, string>>[];
};

/** What stands between one FROM and the next. */
export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Step[] };

/** A Dockerfile and the command that its name promises. */
export type Dockerfile = {
  readonly command: string;
  /** Number of parser directives such as `# syntax=`. */
  readonly directives: number;
  /** The arguments before the first FROM and their defaults. */
  readonly baseArguments: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
  readonly last: Stage;
  readonly steps: readonly Step[];
};

const MOUNT = "--mount=";

/** Parses a Dockerfile; throws an Error when it has no FROM. */
export function parseDockerfile(command: string, text: string): Dockerfile {
  const file = DockerfileParser.parse(text);
  const steps = file.getInstructions().map(stepOf);
  const starts = steps.flatMap((step, index) => (step.keyword === "FROM" ? [index] : []));
  const stages = starts.map((start, index): Stage => {
    const [base = "", , name = ""] = steps[start]?.args ?? [];
    return { name, base, steps: steps.slice(start + 1, starts[index + 1]) };
  });
  const last = stages.at(-1);
  if (last === undefined) throw new Error(`Dockerfile.${command} has no FROM`);
  const before = steps.slice(0, starts[0]).flatMap((step) => Object.entries(step.settings));
  const baseArguments = Object.fromEntries(before);
  return { command, directives: file.getDirectives().length, baseArguments, stages, last, steps };
}

function stepOf(instruction: Instruction): Step {
  const args = instruction.getArguments().map((argument) => argument.getValue());
  const flags = instruction instanceof ModifiableInstruction ? instruction.getFlags().map(String) : [];
  const properties = instruction instanceof PropertyInstruction ? instruction.getProperties() : [];
  const settings = Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? ""]));
  const mounts = flags.filter((flag) => flag.startsWith(MOUNT)).map((flag) => mountOf(flag.slice(MOUNT.length)));
  return { keyword: instruction.getKeyword(), args, flags, text: args.join(" "), settings, mounts };
}

function mountOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(",").map((setting) => {
      const [name = "", value = ""] = setting.split("=");
      return [name, value];
    }),
  );
}

/** The stages that a stage is made of: the one below all others first, itself last. */
export function lineOf(stage: Stage, stages: readonly Stage[]): readonly Stage[] {
  const below = stages.slice(0, stages.indexOf(stage)).find(({ name }) => name === stage.base);
  return below === undefined ? [stage] : [...lineOf(below, stages), stage];
}

/** True for a stage that is made of nothing but what it copies. */
export function isEmptyStage(stage: Stage, stages: readonly Stage[]): boolean {
  return lineOf(stage, stages)[0]?.base === "scratch";
}

/** What COPY steps copy, without where to. */
export function copiesOf(steps: readonly Step[]): readonly string[] {
  return steps.filter((step) => step.keyword === "COPY").flatMap((step) => step.args.slice(0, -1));
}

/** What a step of a stage has in sight: the COPY steps before it, and those of the stages that it mounts. */
export function copiesInSight(step: Step, stage: Stage, stages: readonly Stage[]): readonly Step[] {
  const before = stage.steps.slice(0, stage.steps.indexOf(step));
  const below = lineOf(stage, stages).slice(0, -1);
  const mounted = step.mounts.flatMap(({ type, from }) =>
    type === "bind" ? stages.filter(({ name }) => name === from).flatMap((source) => lineOf(source, stages)) : [],
  );
  const steps = [...below.flatMap((source) => source.steps), ...before, ...mounted.flatMap((source) => source.steps)];
  return [...new Set(steps)].filter(({ keyword }) => keyword === "COPY");
}
