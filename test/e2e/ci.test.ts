import type { Directory, File, Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { runTestSuites } from "../../src/ci/test-suites.ts";
import { readFiles } from "../../src/images/functions.ts";
import { Environment, type Slipway } from "../../src/index.ts";
import { parseRunReport, type RunReport } from "../../src/report/run-report.ts";
import { schemaProblems } from "../support/json-schema.ts";
import { ACCOUNT, accountPassword, closedRegistry, emptyRegistry, REGISTRY } from "./support/registry.ts";
import { KEY_PASSWORD, testKey, type TestKey } from "./support/signing.ts";
import { withoutGitops } from "./support/small-platform.ts";
import { inEngine, ownSource, runLock, slipway } from "./support/slipway.ts";

const PLATFORM = "deploy/platform.yaml";
const FILES = [
  ...["junit.xml", "report.html", "report.json", "report.schema.json", "report.txt", "results.sarif", "summary.md"],
];

async function reportOf(directory: Directory): Promise<RunReport> {
  return parseRunReport(await directory.file("report.json").contents(), "report.json");
}

/** The stages for the development environment, with a registry to publish to. */
async function run(module: Slipway, registry: Service, closed?: { key: TestKey; ca: File }): Promise<Directory> {
  const isClosed = closed !== undefined;
  return module.ci(
    Environment.Dev,
    [],
    `${REGISTRY}/acme`,
    [],
    "refs/heads/main",
    "main",
    closed?.key.key,
    closed?.key.password,
    isClosed ? ACCOUNT.user : "",
    isClosed ? accountPassword() : undefined,
    registry,
    closed?.ca,
    !isClosed,
  );
}

const ORDER = ["lint and test", "build", "validate", "smoke test", "publish"];

const outcomes = ({ stages }: RunReport) => stages.map(({ name, outcome }) => `${name}: ${outcome}`);

describe("the test suites of this repository's platform", () => {
  it("pass as the platform file has them, and one that sees less than it needs fails", async () => {
    const [own, blind] = await inEngine(async () => {
      const given = {
        source: ownSource(),
        platformPath: PLATFORM,
        lockFile: runLock(),
        revision: "",
        configuration: "",
      };
      const files = await readFiles(given);
      const systems = files.platform.systems.map((system) => ({
        ...system,
        tests: system.tests.filter(({ image }) => image === "golang").map((suite) => ({ ...suite, with: [] })),
      }));
      const cut = { ...files, platform: { ...files.platform, systems } };
      return [await runTestSuites(given, files), await runTestSuites(given, cut)];
    });
    expect(own.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(blind.map(({ outcome }) => outcome)).toEqual(["failed"]);
    expect(blind[0]?.text).toContain("deploy/config");
  });
});

describe("ci (Y-83, X-06)", () => {
  it("runs every stage, publishes what they proved, and a verdict is green over it", async () => {
    await inEngine(async () => {
      const { service, ca } = await closedRegistry();
      const registry = await service.start();
      try {
        const module = slipway({ source: withoutGitops() });
        const key = await testKey("ci");
        const directory = await run(module, registry, { key, ca });
        expect((await directory.entries()).toSorted()).toEqual(FILES);
        const report = await reportOf(directory);
        expect(report.stages.flatMap(({ cases }) => cases.filter(({ outcome }) => outcome === "failed"))).toEqual([]);
        expect(outcomes(report)).toEqual(ORDER.map((name) => `${name}: passed`));
        const [schema, text] = await Promise.all(
          ["report.schema.json", "report.json"].map((file) => directory.file(file).contents()),
        );
        expect(schemaProblems(schema ?? "", JSON.parse(text ?? ""))).toEqual([]);
        expect(report.stages.at(-1)?.table).toMatch(/bytes pushed/);
        expect(report.stages.at(-1)?.table, "every gate is green").toMatch(/^tag +web +\S+acme\/web:edge +set$/m);
        const texts = await Promise.all(
          FILES.map(async (file) => [file, await directory.file(file).contents()] as const),
        );
        const holding = (text: string) => texts.flatMap(([file, all]) => (all.includes(text) ? [file] : []));
        const body = (await key.key.plaintext()).split("\n")[2] ?? "no key";
        for (const canary of [ACCOUNT.password, KEY_PASSWORD, body]) expect(holding(canary), "a secret").toEqual([]);
        expect(holding("bytes pushed"), "the search finds what is there").toContain("report.json");
        expect(await module.verdict(directory)).toMatch(/publish +passed/);
      } finally {
        await registry.stop();
      }
    });
  });

  it("stops at the first red stage, says why, publishes nothing, and a verdict is red over it", async () => {
    await inEngine(async () => {
      const source = withoutGitops();
      const values = "charts/web/values.yaml";
      const text = (await source.file(values).contents()).replace(/^replicaCount: .*$/m, "replicaCount: many");
      const registry = await (await emptyRegistry()).start();
      try {
        const module = slipway({ source: source.withNewFile(values, text) });
        const directory = await run(module, registry);
        const [first, ...rest] = (await reportOf(directory)).stages;
        expect(first?.outcome).toBe("failed");
        expect(rest.map(({ outcome }) => outcome)).toEqual(["not run", "not run", "not run", "not run"]);
        const failed = first?.cases.filter(({ outcome }) => outcome === "failed") ?? [];
        expect(failed.map(({ text: said }) => said).join("\n")).toMatch(/replicaCount/);
        await expect(module.verdict(directory)).rejects.toThrow(/^\[gate\][^]*replicaCount/);
        const { commit } = await reportOf(directory);
        expect(commit, "a red report can be joined with those of other systems").toMatch(/^[0-9a-f]{40}$/);
      } finally {
        await registry.stop();
      }
    });
  });
});
