/** Holds the workflows to the rules of workflow-rules.ts, and each rule to the defect that breaks it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import type { Surface } from "../../../embedded/cli/surface.ts";
import { ANNOUNCED, moduleSurface, ROOT } from "../../support/module-command.ts";
import { SAMPLE_CACHE } from "../embedded/cli/sample.ts";
import { calls, parseWorkflow, type Workflow } from "./workflow-file.ts";
import { FORGEJO_CI, GITHUB_CI, GITHUB_IMAGES, RULES } from "./workflow-rules.ts";

const FILES = [FORGEJO_CI, GITHUB_IMAGES, GITHUB_CI];

let surface: Surface;
beforeAll(async () => {
  surface = await moduleSurface(SAMPLE_CACHE);
}, 60_000);

describe("the workflows", () => {
  it("C-48, S-68, X-21: are these three", () => {
    const words = ["ls-files", "--", ".github/workflows", ".forgejo/workflows"];
    expect(execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim().split("\n")).toEqual(FILES);
  });

  it("ask for a token of GitHub where one is needed, and print nothing else", () => {
    const asked = path.join(mkdtempSync(path.join(tmpdir(), "slipway-token-")), "curl");
    writeFileSync(asked, `#!/bin/sh\necho "$*" >&2\necho '{"count":1,"value":"a.b-c_d.e"}'\n`, { mode: 0o755 });
    const environment = {
      PATH: `${path.dirname(asked)}:${process.env.PATH ?? ""}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "asking",
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.example.org/?api-version=2",
    };
    const ask = (env: NodeJS.ProcessEnv) => spawnSync("./.ci/identity-token", { cwd: ROOT, env, encoding: "utf8" });
    const { stdout, stderr } = ask(environment);
    expect(stdout).toBe("a.b-c_d.e");
    expect(stderr).toContain("Authorization: bearer asking https://token.example.org/?api-version=2&audience=sigstore");
    expect(ask({ PATH: environment.PATH }).status).not.toBe(0);
    rmSync(path.dirname(asked), { recursive: true });
  });

  it("watch paths that exist", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
    for (const { file, on } of FILES.map((name) => workflow(name))) {
      const watched = new Set(Object.values(on).flatMap(({ paths = [] }) => paths));
      const nothing = [...watched].filter((one) => !tracked.some((name) => covers(one, name)));
      expect(nothing, file).toEqual([]);
    }
  });

  it("C-09, Y-83, S-64: gate, publish, sign, verify and promote in this order, each in a job of its own", () => {
    const steps = ["ci", "publish", "sign", "verify", "promote"];
    const { jobs } = workflow(GITHUB_IMAGES);
    const order = jobs.map((job) => steps.filter((name) => calls(job, name)));
    expect(order).toEqual([["ci"], ["publish"], ["sign"], ["verify"], ["promote"], ["promote"], []]);
    for (const file of [FORGEJO_CI, GITHUB_CI]) {
      const stages = workflow(file).jobs.filter((job) => calls(job, "ci") && calls(job, "verdict"));
      expect(stages, `${file} runs the stages once`).toHaveLength(1);
    }
    const charts = workflow(FORGEJO_CI).jobs.find(({ key }) => key === "helm");
    expect(["dependency-build", "lint", "validate"].filter((name) => charts && calls(charts, name))).toHaveLength(3);
  });

  it("announce no function that has come", () => {
    const names = surface.functions.map(({ name }) => name);
    // Take a name that stands here off ANNOUNCED in test/support/module-command.ts: its arguments are then judged.
    expect(ANNOUNCED.filter((name) => names.includes(name))).toEqual([]);
  });
});

describe.each(RULES)("a workflow: $title", (rule) => {
  it.each(FILES)("%s", (file) => {
    expect(rule.problems(workflow(file), surface)).toEqual([]);
  });

  it("refuses a workflow that does otherwise", () => {
    const text = read(rule.into);
    const planted = text.replace(rule.plant[0], () => rule.plant[1]);
    expect(planted).not.toBe(text);
    const found = rule.problems(parseWorkflow(rule.into, planted), surface);
    expect(found).toEqual(
      rule.says.map((said): unknown => (typeof said === "string" ? said : expect.stringMatching(said))),
    );
  });
});

function workflow(file: string): Workflow {
  return parseWorkflow(file, read(file));
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** A path of a filter covers a file: the same file, or a folder's `**`. */
function covers(filter: string, file: string): boolean {
  return filter.endsWith("/**") ? file.startsWith(filter.slice(0, -"**".length)) : file === filter;
}
