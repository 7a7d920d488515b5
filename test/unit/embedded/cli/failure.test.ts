import { describe, expect, it } from "vitest";

import { describeRunFailure, exitCodeFor, StoppedError } from "../../../../embedded/cli/failure.ts";
import type { ErrorKind } from "../../../../src/report/errors.ts";
import { PipelineError } from "../../../../src/report/errors.ts";

class PlannedError extends PipelineError {
  constructor(kind: ErrorKind) {
    super(kind, "it broke", "mend it");
  }
}

const EXEC_ERROR = Object.assign(new Error("exit code: 2"), {
  cmd: ["go", "build"],
  exitCode: 2,
  stdout: "",
  stderr: "main.go:1: no\n",
});

describe("describeRunFailure", () => {
  it.each([
    { error: new PlannedError("gate"), exitCode: 1, text: "[gate] it broke\nNext: mend it" },
    { error: new PlannedError("config"), exitCode: 2, text: "[config] it broke\nNext: mend it" },
    { error: new PlannedError("infra"), exitCode: 3, text: "[infra] it broke\nNext: mend it\nEngine log: /x.log" },
    { error: new StoppedError("SIGINT"), exitCode: 130, text: "stopped by SIGINT" },
    { error: new StoppedError("SIGTERM"), exitCode: 143, text: "stopped by SIGTERM" },
    {
      error: EXEC_ERROR,
      exitCode: 3,
      text:
        "[infra] exit code 2 of: go build\nmain.go:1: no\n" +
        "Next: read the engine's log, or run it again with --verbose\nEngine log: /x.log",
    },
    {
      error: new TypeError("oops"),
      exitCode: 3,
      text: "[infra] oops\nNext: read the engine's log, or run it again with --verbose\nEngine log: /x.log",
    },
    {
      error: "a word",
      exitCode: 3,
      text: "[infra] a word\nNext: read the engine's log, or run it again with --verbose\nEngine log: /x.log",
    },
  ])("ends with $exitCode for $error.name", ({ error, exitCode, text }) => {
    expect(describeRunFailure(error, { verbose: false, logFile: "/x.log" })).toEqual({ exitCode, text });
  });

  it("shows the stack only where it is wanted", () => {
    const error = new PlannedError("gate");
    error.stack = "PlannedError: it broke\n    at here";
    expect(describeRunFailure(error, { verbose: true }).text).toBe(
      "[gate] it broke\nNext: mend it\nPlannedError: it broke\n    at here",
    );
  });
});

describe("exitCodeFor", () => {
  it("tells the kinds apart", () => {
    expect((["gate", "config", "infra"] as const).map(exitCodeFor)).toEqual([1, 2, 3]);
  });
});
