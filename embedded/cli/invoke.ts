/** Calls a function of a module in this process, in a session of the engine that the environment names. */

import type { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

import { connection } from "@dagger.io/dagger";

import type { CallPlan } from "./call-plan.ts";
import type { RunnerOptions } from "./command-line.ts";
import { makeValue } from "./dagger-values.ts";
import type { PlannedValue } from "./flag-value.ts";
import { showResult } from "./result.ts";
import type { Shown } from "./result.ts";
import { NoSessionError } from "./session-error.ts";
import { stopOf } from "./terminal.ts";

/** A call that is ready to run. */
export type Invocation = {
  /** File that exports the module's class. */
  readonly entry: string;
  readonly className: string;
  readonly method: string;
  readonly plan: CallPlan;
  readonly options: RunnerOptions;
  /** Receives what the engine says. */
  readonly log: Writable;
  readonly signal: AbortSignal;
};

type Callable = (...values: unknown[]) => unknown;

/** Gives what the call gave, or throws what it threw. */
type Outcome = () => Shown | Promise<never>;

/** Makes the arguments, constructs the class, calls the method, and shows or saves the result. */
export async function invoke(invocation: Invocation): Promise<Shown> {
  const { log, signal } = invocation;
  let outcome: Outcome | undefined;
  // The module loads while the session is made. A failure waits for whoever asks for the class.
  const mainClass = loadClass(invocation);
  mainClass.catch(() => undefined);
  const session = connection(
    async () => {
      // Kept instead of thrown: the SDK would wrap it in an error of its own that loses the kind.
      outcome = await Promise.race([callMethod(mainClass, invocation), stopOf(signal)]).then(
        (shown): Outcome =>
          () =>
            shown,
        failedWith,
      );
    },
    { LogOutput: log },
  );
  await Promise.race([session, stopOf(signal)]).catch((error: unknown) => {
    // What the call itself threw is kept above, so this is the session's.
    outcome ??= failedWith(signal.aborted ? error : new NoSessionError(error));
  });
  if (outcome === undefined) {
    throw new Error("the session with the engine ended before the function did");
  }
  return outcome();
}

function failedWith(error: unknown): Outcome {
  return () => Promise.reject(error instanceof Error ? error : new Error(String(error)));
}

async function loadClass({ entry, className }: Invocation): Promise<Callable> {
  const module: unknown = await import(pathToFileURL(entry).href);
  const mainClass: unknown = isObject(module) ? Reflect.get(module, className) : undefined;
  if (!isCallable(mainClass)) {
    throw new TypeError(`${entry} does not export the class ${className}`);
  }
  return mainClass;
}

async function callMethod(mainClass: Promise<Callable>, { method, plan, options }: Invocation): Promise<Shown> {
  const [constructorValues, functionValues] = await Promise.all([
    makeValues(plan.constructorValues),
    makeValues(plan.functionValues),
  ]);
  const instance: unknown = Reflect.construct(await mainClass, constructorValues);
  const member: unknown = isObject(instance) ? Reflect.get(instance, method) : undefined;
  const result: unknown = isCallable(member) ? Reflect.apply(member, instance, functionValues) : member;
  return showResult(await result, options);
}

function makeValues(planned: readonly PlannedValue[]): Promise<unknown[]> {
  return Promise.all(planned.map(makeValue));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}
