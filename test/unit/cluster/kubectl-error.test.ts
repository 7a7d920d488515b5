import { describe, expect, it } from "vitest";

import { KubectlError } from "../../../src/cluster/kubectl-error.ts";

const COMMAND = ["kubectl", "apply", "--filename", "/tmp/manifests.yaml"];

describe("KubectlError", () => {
  it("has command, exit code and what both outputs said", () => {
    const failed = { command: COMMAND, exitCode: 1, stdout: "one created\n", stderr: "two: forbidden\n" };
    expect(new KubectlError(failed).message).toMatchSnapshot();
  });

  it("says that nothing was printed", () => {
    expect(new KubectlError({ command: COMMAND, exitCode: 137, stdout: "", stderr: "\n" }).message).toMatchSnapshot();
  });
});
