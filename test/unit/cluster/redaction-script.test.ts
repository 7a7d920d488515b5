import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { redactionScript } from "../../../src/cluster/redaction-script.ts";

/** What sed makes of a text with the script of these secrets. */
function redacted(secrets: readonly string[], text: string): string {
  const { status, stdout, stderr } = spawnSync("sed", ["-e", redactionScript(secrets)], {
    input: text,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

describe("redactionScript", () => {
  it("takes a value out wherever it stands", () => {
    expect(redacted(["0a1b2c3d4e"], "url: postgres://a:0a1b2c3d4e@b\n0a1b2c3d4e\n")).toBe(
      "url: postgres://a:***@b\n***\n",
    );
  });

  it("takes out every line of a key in PEM, and leaves its frame", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nMC4C/QAw+BQYD.K2Vw\nBCIEIA==*[x]^$\\n12\n-----END PRIVATE KEY-----\n";
    expect(redacted([key], `  ${key.replaceAll("\n", "\n  ")}`)).toBe(
      "  -----BEGIN PRIVATE KEY-----\n  ***\n  ***\n  -----END PRIVATE KEY-----\n  ",
    );
  });

  it("leaves everything else, and is empty without secrets", () => {
    expect(redacted(["a.b.c.d.e"], "aXbXcXdXe a.b.c.d.e\n")).toBe("aXbXcXdXe ***\n");
    expect(redactionScript([])).toBe("");
    expect(redactionScript(["short", ""])).toBe("");
  });
});
