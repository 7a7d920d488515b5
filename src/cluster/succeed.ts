/** Runs a command that must succeed. */
import { type Container, ReturnType } from "@dagger.io/dagger";

import { KubectlError } from "./kubectl-error.ts";

/** Runs a command of the client and gives what it printed; throws KubectlError when it fails. */
export async function succeed(container: Container, command: string[]): Promise<string> {
  const ended = container.withExec(command, { expect: ReturnType.Any });
  const exitCode = await ended.exitCode();
  const [stdout, stderr] = await Promise.all([ended.stdout(), ended.stderr()]);
  if (exitCode !== 0) throw new KubectlError({ command, exitCode, stdout, stderr });
  return stdout;
}
