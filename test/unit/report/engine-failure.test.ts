import { describe, expect, it } from "vitest";

import { describeFailure, engineMessage, lastLines } from "../../../src/report/engine-failure.ts";

/** Has the fields of the SDK's ExecError. */
class FailedCommand extends Error {
  constructor(
    readonly cmd: readonly string[],
    readonly exitCode: number,
    readonly stdout: string,
    readonly stderr: string,
  ) {
    super("a long message of the engine");
  }
}

describe("describeFailure", () => {
  it("gives command, exit code and the last lines of both outputs", () => {
    const error = new FailedCommand(["/bin/sh", "-c", "go build ./cmd/api"], 1, "", "# x\nmain.go:2: undefined: y\n\n");
    expect(describeFailure(error)).toBe("exit code 1 of: go build ./cmd/api\n# x\nmain.go:2: undefined: y");
  });

  it("keeps only the last lines", () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`).join("\n");
    const described = describeFailure(new FailedCommand(["npm", "ci"], 7, lines, ""), 2);
    expect(described).toBe("exit code 7 of: npm ci\nline 48\nline 49");
  });

  it("shows only the last line of a script", () => {
    const error = new FailedCommand(["sh", "-c", "set -eu\ncd /tmp\nregctl image copy a b"], 1, "", "refused");
    expect(describeFailure(error)).toBe("exit code 1 of: ... regctl image copy a b\nrefused");
  });

  it("takes what is no error as it is", () => {
    expect(describeFailure("odd")).toBe("odd");
  });
});

describe("engineMessage", () => {
  it("removes identifiers, loads and trace parents, and nothing else", () => {
    const message =
      "failed to load container from converted ID: load Container@CqkPChV4eGgz+/=: load xxh3:f9cb804389c56306: inputs: " +
      "load xxh3:cf5efbe2bf424010: inputs: failed to copy source directory: lstat /nothere: no such file or directory " +
      "[traceparent:00000000000000000000000000000000-0000000000000000]";
    expect(engineMessage(message)).toBe("failed to copy source directory: lstat /nothere: no such file or directory");
    expect(engineMessage("unknown instruction: FRM (did you mean FROM?)")).toBe(
      "unknown instruction: FRM (did you mean FROM?)",
    );
  });
});

describe("lastLines", () => {
  it("drops empty lines at the end and keeps those between", () => {
    expect(lastLines("a\n\nb\n\n\n", 3)).toEqual(["a", "", "b"]);
  });
});
