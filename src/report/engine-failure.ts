/** Turns what the Dagger engine says of a failure into what a person needs: the command, its exit code, its last lines. */

/** The fields of the SDK's ExecError that are read here. */
export type ExecFailure = {
  readonly cmd: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** True for the SDK's ExecError and for whatever has the same fields. */
export function isExecFailure(error: unknown): error is ExecFailure & Error {
  return error instanceof Error && "cmd" in error && "exitCode" in error && "stdout" in error && "stderr" in error;
}

/**
 * Describes a failure in a few lines: for a command that failed, the command, its exit code and the last lines that it
 * printed; for anything else, the message without the engine's internal identifiers.
 *
 * @param error Whatever was thrown.
 * @param maxLines Most lines of output to keep, counted from the end.
 */
export function describeFailure(error: unknown, maxLines = 20): string {
  if (isExecFailure(error)) {
    const output = lastLines([error.stdout, error.stderr].filter((text) => text.trim() !== "").join("\n"), maxLines);
    return [`exit code ${error.exitCode} of: ${readableCommand(error.cmd)}`, ...output].join("\n");
  }
  return error instanceof Error ? engineMessage(error.message) : String(error);
}

/**
 * Removes from an engine message what only the engine understands: the identifiers of values (hundreds of characters
 * each), the chain of loads that led to the failure, and the trace parent.
 */
export function engineMessage(message: string): string {
  return message
    .replace(/failed to load container from converted ID: /g, "")
    .replace(/load [A-Z][A-Za-z]*@[A-Za-z0-9+/=]+: /g, "")
    .replace(/load xxh3:[0-9a-f]+: (inputs: )?/g, "")
    .replace(/ ?\[traceparent:[^\]]*\]/g, "")
    .trim();
}

/** The last lines of a text that are not empty at its end, at most `maxLines`. */
export function lastLines(text: string, maxLines: number): string[] {
  const lines = text.replace(/\s+$/, "").split("\n");
  return lines.length > maxLines ? lines.slice(-maxLines) : lines;
}

/** A command as it would be typed, without the shell around it; of a script of several lines, the last. */
function readableCommand(command: readonly string[]): string {
  const [shell, flag, script] = command;
  if (script === undefined || flag !== "-c" || !(shell ?? "").endsWith("sh")) return command.join(" ");
  const lines = script.trim().split("\n");
  return lines.length === 1 ? script : `... ${lines.at(-1) ?? ""}`;
}
