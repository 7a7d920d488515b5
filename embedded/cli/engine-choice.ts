/** Chooses the engine of a run. Pure; the probe of the machine is runtime-probe.ts. */

import { UnknownWordError } from "./usage-errors.ts";

/** Which engine, and why. */
export type EngineChoice = {
  readonly kind: "embedded" | "container" | "address" | "session";
  /** Address of a running engine, for the kind `address`. */
  readonly address?: string;
  readonly reason: string;
};

/** What the machine has that could run the official engine. */
export type RuntimeProbe =
  { readonly answers: true; readonly name: string } | { readonly answers: false; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Schemes under which Dagger reaches an engine. */
const SCHEMES = [
  "unix",
  "tcp",
  "tls",
  "ssh",
  "kube-pod",
  "docker-container",
  "docker-image",
  "container",
  "image",
  "dagger-cloud",
] as const;

/** The choice that the environment makes, or undefined when it leaves it to the machine. */
export function engineFromEnvironment(environment: Environment): EngineChoice | undefined {
  const wanted = setValue(environment, "SLIPWAY_ENGINE");
  if (wanted !== undefined) {
    return engineByName(wanted);
  }
  if (setValue(environment, "DAGGER_SESSION_PORT") !== undefined) {
    return { kind: "session", reason: "DAGGER_SESSION_PORT is set: this runs inside a Dagger session" };
  }
  const address = setValue(environment, "_EXPERIMENTAL_DAGGER_RUNNER_HOST");
  if (address !== undefined) {
    return { kind: "address", address, reason: "_EXPERIMENTAL_DAGGER_RUNNER_HOST is set" };
  }
  return undefined;
}

/** The choice that follows from the machine. */
export function engineFromRuntime(probe: RuntimeProbe): EngineChoice {
  return probe.answers
    ? { kind: "container", reason: `${probe.name} answers` }
    : { kind: "embedded", reason: probe.reason };
}

/** The choice as one line for a person. */
export function describeChoice(choice: EngineChoice): string {
  const names = {
    embedded: "embedded, made from packages",
    container: "official, in a container",
    address: `at ${choice.address ?? ""}`,
    session: "of the surrounding session",
  };
  return `engine: ${names[choice.kind]} (${choice.reason})`;
}

/** Variables that make the SDK use the chosen engine; undefined removes one. The embedded engine brings its own. */
export function engineVariables(choice: EngineChoice): Readonly<Record<string, string | undefined>> {
  switch (choice.kind) {
    case "session":
      return {};
    case "address":
      return { ...NO_SESSION, _EXPERIMENTAL_DAGGER_RUNNER_HOST: choice.address };
    case "container":
    case "embedded":
      return { ...NO_SESSION, _EXPERIMENTAL_DAGGER_RUNNER_HOST: undefined };
  }
}

const NO_SESSION = { DAGGER_SESSION_PORT: undefined, DAGGER_SESSION_TOKEN: undefined } as const;

function engineByName(wanted: string): EngineChoice {
  const reason = `SLIPWAY_ENGINE=${wanted}`;
  if (wanted === "embedded" || wanted === "container") {
    return { kind: wanted, reason };
  }
  // container+podman://NAME names the program besides.
  const scheme = /^([a-z-]+)(\+[a-z]+)?:\/\//.exec(wanted)?.[1];
  if (scheme === undefined || !SCHEMES.some((known) => known === scheme)) {
    const allowed = ["embedded", "container", ...SCHEMES.map((known) => `${known}://...`)];
    const nextStep = "set SLIPWAY_ENGINE to one of these, or unset it and the machine decides";
    throw new UnknownWordError("engine", wanted, allowed, nextStep);
  }
  return { kind: "address", address: wanted, reason: "SLIPWAY_ENGINE" };
}

function setValue(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === "" ? undefined : value;
}
