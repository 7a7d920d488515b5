/** What a run may do to the world around it; main.ts makes the real one. */

import type { Progress } from "../types.ts";

/** The streams, the environment and the signal of a run. */
export type Terminal = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder in which the caller typed the command. */
  readonly folder: string;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Prints a result: the only thing on standard output. */
  readonly print: (text: string) => void;
  /** Prints a line for the person who watches. */
  readonly say: (line: string) => void;
  /** Sets variables for the SDK, which reads them from the process; undefined removes one. */
  readonly setVariables: (variables: Readonly<Record<string, string | undefined>>) => void;
  /** Aborts when the run is asked to end; its reason is a StoppedError. */
  readonly signal: AbortSignal;
};

/** Progress of the embedded engine as lines for the person who watches. */
export function progressOf(say: Terminal["say"]): Progress {
  return {
    step: (text) => {
      say(`${text} ...`);
    },
    done: (text, seconds) => {
      say(`${text} (${seconds.toFixed(1)} s)`);
    },
  };
}

/** A promise that only ever rejects: with the reason of the signal, when it aborts. */
export function stopOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => {
      const reason: unknown = signal.reason;
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    if (signal.aborted) {
      stop();
    } else {
      signal.addEventListener("abort", stop, { once: true });
    }
  });
}
