/** What can be wrong with a command line; each error names what is allowed and the next step. */

import { nearestName } from "../../src/platform/nearest-name.ts";
import { PipelineError } from "../../src/report/errors.ts";

/** How a function is called, as every hint spells it. */
export const COMMAND = "npm start --";

/** No function has this name. */
export class UnknownFunctionError extends PipelineError {
  override readonly name = "UnknownFunctionError";

  constructor(given: string, known: readonly string[]) {
    super(
      "config",
      `no function "${given}"${suggestion(given, known)}\nFunctions: ${known.join(", ")}`,
      `\`${COMMAND} --help\` says what each does`,
    );
  }
}

/** The function has no such flag. */
export class UnknownFlagError extends PipelineError {
  override readonly name = "UnknownFlagError";

  constructor(given: string, owner: string, known: readonly string[], options: { readonly belongsBefore?: boolean }) {
    const flag = (name: string) => `--${name}`;
    const allowed = known.length === 0 ? `${owner} has no flags` : `Flags of ${owner}: ${known.map(flag).join(", ")}`;
    const shown = given.length === 1 ? `-${given}` : flag(given);
    const nearest = nearestName(given, known);
    super(
      "config",
      `no flag "${shown}" for ${owner}${nearest === undefined ? "" : `; did you mean ${flag(nearest)}?`}\n${allowed}`,
      options.belongsBefore === true
        ? `${shown} is a flag of the module, so put it before ${owner}`
        : `\`${COMMAND} ${owner === MODULE ? "" : `${owner} `}--help\` says what each does`,
    );
  }
}

/** What errors call the module itself, when a flag of its constructor is meant. */
export const MODULE = "the module";

/** Flags that have no default were not given. */
export class MissingFlagsError extends PipelineError {
  override readonly name = "MissingFlagsError";

  constructor(owner: string, missing: readonly { readonly flag: string; readonly type: string }[]) {
    const flags = missing.map(({ flag, type }) => `--${flag} ${type}`).join(" ");
    super(
      "config",
      `${owner} needs ${missing.map(({ flag }) => `--${flag}`).join(", ")}`,
      `call it as \`${COMMAND} ${owner === MODULE ? `${flags} <function>` : `${owner} ${flags}`}\``,
    );
  }
}

/** A word that is neither a flag nor a value of one. */
export class UnexpectedWordError extends PipelineError {
  override readonly name = "UnexpectedWordError";

  constructor(given: string, after: string) {
    super(
      "config",
      `unexpected "${given}" after ${after}; values are given by flags, and a function is not chained to another's result`,
      `where "${given}" is a flag's value, put \`--\` before the function, as npm takes flags for itself: ` +
        `\`${COMMAND} ${after} --flag ${given}\`; to save a result use \`-o PATH\`; \`dagger call\` can chain`,
    );
  }
}

/** The value of a flag is missing or has the wrong form. */
export class FlagValueError extends PipelineError {
  override readonly name = "FlagValueError";

  constructor(flag: string, problem: string, nextStep: string) {
    super("config", `--${flag}: ${problem}`, nextStep);
  }
}

/** The function cannot be called in process. */
export class UnsupportedFunctionError extends PipelineError {
  override readonly name = "UnsupportedFunctionError";

  constructor(name: string, reason: string) {
    super("config", `${name} cannot be called here: ${reason}`, `use the dagger command: \`dagger call ${name}\``);
  }
}

/** A word of a closed set is none of it. */
export class UnknownWordError extends PipelineError {
  override readonly name = "UnknownWordError";

  constructor(what: string, given: string, known: readonly string[], nextStep: string) {
    super("config", `no ${what} "${given}"${suggestion(given, known)}\nAllowed: ${known.join(", ")}`, nextStep);
  }
}

function suggestion(given: string, known: readonly string[]): string {
  const nearest = nearestName(given, known);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}
