/** actionlint over the workflows: keys, expressions, contexts, inputs of actions. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { GoProgram } from "../../../embedded/engine/go-program.ts";
import { hostProgram } from "../../support/host-tools.ts";
import { ROOT } from "../../support/module-command.ts";
import { FORGEJO_CI, GITHUB_CI, GITHUB_IMAGES } from "./workflow-rules.ts";

const ACTIONLINT: GoProgram = {
  name: "actionlint",
  module: { path: "github.com/rhysd/actionlint", version: "v1.7.12" },
  package: "./cmd/actionlint",
};
const hasGo = spawnSync("go", ["version"]).status === 0;

// It is compiled from its Go module; machines without Go may do without.
describe.skipIf(!hasGo && process.env.CI !== "true")("actionlint", () => {
  let program: string;
  let folder: string;

  beforeAll(async () => {
    program = await hostProgram(ACTIONLINT);
    folder = mkdtempSync(path.join(tmpdir(), "slipway-workflows-"));
  }, 300_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What it says of a file, whose text may be changed before. */
  function lint(file: string, change: (text: string) => string = (text) => text): string {
    const copy = path.join(folder, file);
    mkdirSync(path.dirname(copy), { recursive: true });
    // Forgejo takes full addresses of actions; actionlint knows GitHub's form alone.
    const text = readFileSync(path.join(ROOT, file), "utf8").replaceAll("uses: https://github.com/", "uses: ");
    writeFileSync(copy, change(text));
    const settings = [
      "-config-file",
      path.join(ROOT, ".github/actionlint.yaml"),
      "-shellcheck=",
      "-pyflakes=",
      "-oneline",
    ];
    const { status, stdout, stderr } = spawnSync(program, [...settings, copy], { cwd: folder, encoding: "utf8" });
    expect([0, 1], stderr).toContain(status);
    return stdout.replaceAll(/^.*?(?=:\d+:\d+:)/gm, file).trim();
  }

  it.each([FORGEJO_CI, GITHUB_CI, GITHUB_IMAGES])("finds nothing in %s", (file) => {
    expect(lint(file)).toBe("");
  });

  it.each([
    { file: GITHUB_CI, from: "runs-on: ubuntu-24.04", to: "run-on: ubuntu-24.04", says: 'unexpected key "run-on"' },
    { file: GITHUB_IMAGES, from: "needs: [verify]", to: "needs: [verified]", says: 'needs job "verified"' },
    { file: FORGEJO_CI, from: "vars.DAGGER_ENGINE", to: "var.DAGGER_ENGINE", says: 'undefined variable "var"' },
    { file: GITHUB_CI, from: "github.ref }}", to: "github.refs }}", says: 'property "refs" is not defined' },
  ])("finds $to in $file", ({ file, from, to, says }) => {
    expect(lint(file, (text) => text.replace(from, to))).toContain(says);
  });
});
