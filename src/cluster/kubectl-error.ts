/** How a command in the client ended, and the error for one that failed. */
import { lastLines } from "../report/engine-failure.ts";
import { PipelineError } from "../report/errors.ts";

/** How a command ended. */
export type CommandResult = {
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** The cluster refused what kubectl asked for. */
export class KubectlError extends PipelineError {
  override readonly name = "KubectlError";
  constructor(readonly result: CommandResult) {
    const { command, exitCode, stdout, stderr } = result;
    const output = [stdout, stderr].map((text) => text.trim()).filter((text) => text !== "");
    const lines = output.length === 0 ? ["(it printed nothing)"] : lastLines(output.join("\n"), 20);
    const problem = [`exit code ${exitCode} of: ${command.join(" ")}`, ...lines].join("\n");
    super("gate", problem, "mend what the cluster refused, as the lines above say");
  }
}
