import { describe, expect, it } from "vitest";

import {
  describeChoice,
  engineFromEnvironment,
  engineFromRuntime,
  engineVariables,
} from "../../../../embedded/cli/engine-choice.ts";
import { messageOf } from "./sample.ts";

describe("engineFromEnvironment", () => {
  it.each([
    { environment: {}, expected: undefined },
    { environment: { SLIPWAY_ENGINE: "" }, expected: undefined },
    { environment: { SLIPWAY_ENGINE: "embedded" }, expected: { kind: "embedded", reason: "SLIPWAY_ENGINE=embedded" } },
    {
      environment: { SLIPWAY_ENGINE: "container" },
      expected: { kind: "container", reason: "SLIPWAY_ENGINE=container" },
    },
    {
      environment: { SLIPWAY_ENGINE: "tcp://engine:1234" },
      expected: { kind: "address", address: "tcp://engine:1234", reason: "SLIPWAY_ENGINE" },
    },
    {
      environment: { SLIPWAY_ENGINE: "kube-pod://engine-0?namespace=dagger" },
      expected: { kind: "address", address: "kube-pod://engine-0?namespace=dagger", reason: "SLIPWAY_ENGINE" },
    },
    {
      environment: { _EXPERIMENTAL_DAGGER_RUNNER_HOST: "kube-pod://engine-0?namespace=dagger" },
      expected: {
        kind: "address",
        address: "kube-pod://engine-0?namespace=dagger",
        reason: "_EXPERIMENTAL_DAGGER_RUNNER_HOST is set",
      },
    },
    {
      environment: { SLIPWAY_ENGINE: "container+podman://engine" },
      expected: { kind: "address", address: "container+podman://engine", reason: "SLIPWAY_ENGINE" },
    },
    {
      environment: {
        SLIPWAY_ENGINE: "embedded",
        DAGGER_SESSION_PORT: "1",
        _EXPERIMENTAL_DAGGER_RUNNER_HOST: "unix:///x",
      },
      expected: { kind: "embedded", reason: "SLIPWAY_ENGINE=embedded" },
    },
    {
      environment: { DAGGER_SESSION_PORT: "1", _EXPERIMENTAL_DAGGER_RUNNER_HOST: "unix:///x" },
      expected: { kind: "session", reason: "DAGGER_SESSION_PORT is set: this runs inside a Dagger session" },
    },
    {
      environment: { _EXPERIMENTAL_DAGGER_RUNNER_HOST: "unix:///x" },
      expected: { kind: "address", address: "unix:///x", reason: "_EXPERIMENTAL_DAGGER_RUNNER_HOST is set" },
    },
  ])("chooses $expected for $environment", ({ environment, expected }) => {
    expect(engineFromEnvironment(environment)).toEqual(expected);
  });

  it.each(["embeded", "http://engine", "kube://engine"])("refuses %s", (wanted) => {
    expect(messageOf(() => engineFromEnvironment({ SLIPWAY_ENGINE: wanted }))).toMatchSnapshot();
  });
});

describe("engineFromRuntime", () => {
  it("takes the official engine where a runtime answers, else the embedded one, and says why", () => {
    const container = engineFromRuntime({ answers: true, name: "podman" });
    const embedded = engineFromRuntime({ answers: false, reason: "docker is installed but does not answer" });
    expect([container, embedded].map(describeChoice)).toEqual([
      "engine: official, in a container (podman answers)",
      "engine: embedded, made from packages (docker is installed but does not answer)",
    ]);
  });
});

describe("engineVariables", () => {
  const noSession = { DAGGER_SESSION_PORT: undefined, DAGGER_SESSION_TOKEN: undefined };

  it.each([
    { choice: { kind: "session", reason: "" } as const, expected: {} },
    {
      choice: { kind: "container", reason: "" } as const,
      expected: { ...noSession, _EXPERIMENTAL_DAGGER_RUNNER_HOST: undefined },
    },
    {
      choice: { kind: "address", address: "unix:///x", reason: "" } as const,
      expected: { ...noSession, _EXPERIMENTAL_DAGGER_RUNNER_HOST: "unix:///x" },
    },
    {
      choice: { kind: "address", address: "kube-pod://engine-0?namespace=dagger", reason: "" } as const,
      expected: { ...noSession, _EXPERIMENTAL_DAGGER_RUNNER_HOST: "kube-pod://engine-0?namespace=dagger" },
    },
  ])("leads the SDK to $choice", ({ choice, expected }) => {
    expect(engineVariables(choice)).toEqual(expected);
  });
});
