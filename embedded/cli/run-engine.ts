/** Gets the engine of a run going and says which it is. */

import type { EmbeddedEngine } from "../types.ts";
import { requireListener } from "./address-probe.ts";
import type { EngineChoice } from "./engine-choice.ts";
import { describeChoice, engineFromEnvironment, engineFromRuntime, engineVariables } from "./engine-choice.ts";
import { probeRuntime } from "./runtime-probe.ts";
import { progressOf } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The engine of a run. */
export type RunEngine = {
  readonly choice: EngineChoice;
  /** Variables that make the SDK use it; undefined removes one. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The embedded engine, where it is the choice. */
  readonly embedded?: EmbeddedEngine;
  /** Stops what this run has started; for a run that was asked to end. */
  readonly stopStarted: () => Promise<void>;
};

/** Chooses the engine, says so, and starts it where it is the embedded one. */
export async function prepareEngine(terminal: Terminal): Promise<RunEngine> {
  const { environment, signal, say } = terminal;
  const choice = engineFromEnvironment(environment) ?? engineFromRuntime(await probeRuntime(environment, signal));
  say(describeChoice(choice));
  const variables = engineVariables(choice);
  if (choice.address !== undefined) {
    await requireListener(choice.address, choice.reason, signal);
  }
  if (choice.kind !== "embedded") {
    return { choice, variables, stopStarted: () => Promise.resolve() };
  }
  // Loaded only here: nobody else needs it, and a command line answers sooner without it.
  const { startEmbeddedEngine } = await import("../engine/index.ts");
  const embedded = await startEmbeddedEngine({ progress: progressOf(say), environment, signal });
  say(describeStandIns(embedded));
  return {
    choice,
    variables: { ...variables, ...embedded.environment },
    embedded,
    stopStarted: () => (embedded.started ? embedded.stop() : Promise.resolve()),
  };
}

/** Everything about the stand-ins where the engine has just been started, a reminder where it runs already. */
function describeStandIns({ started, standIns }: EmbeddedEngine): string {
  const names = standIns.map(({ name }) => name);
  if (!started) {
    return `embedded mode: images stand in for the official ones: ${names.join(", ")}`;
  }
  const width = Math.max(...names.map((name) => name.length));
  const lines = standIns.map(({ name, madeFrom }) => `  ${name.padEnd(width)}  made from ${madeFrom}`);
  return [
    "embedded mode: images stand in for the official ones:",
    ...lines,
    "the engine stays up for the next run; `npm run embedded:down` stops it",
  ].join("\n");
}
