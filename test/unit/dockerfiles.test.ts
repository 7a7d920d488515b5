/** Holds Cruvero's Dockerfiles to the rules of dockerfile-rules.ts, and each rule to the defect that breaks it. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { RULES } from "./dockerfile-rules.ts";
import { parseDockerfile } from "./dockerfile-steps.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../docker");
const COMMANDS = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"];
/** Dockerfiles of other systems, which have their own rules in dockerfiles-yab.test.ts. */
const OTHERS = ["backend", "web"];

describe("docker/Dockerfile.*", () => {
  it("C-01, C-06: are those of the six commands, those of other systems and no others", () => {
    expect(dockerfileNames(readdirSync(FOLDER))).toEqual([...COMMANDS, ...OTHERS].sort());
    expect(dockerfileNames(["Dockerfile.redis", "reference"])).toEqual(["redis"]);
  });

  it("C-01: are those that deploy/platform.yaml builds images from", () => {
    const file = path.resolve(FOLDER, "../deploy/platform.yaml");
    const built = new Set(parsePlatform(readFileSync(file, "utf8"), file).images.map((image) => image.dockerfile));
    expect([...built].sort()).toEqual([...COMMANDS, ...OTHERS].sort().map((command) => `docker/Dockerfile.${command}`));
  });

  it("share every step up to the compilation, so that one build makes them for all six", () => {
    const shared = COMMANDS.map((command) => {
      const { stages } = parseDockerfile(command, read(command));
      const stepsOf = (name: string) => stages.find((stage) => stage.name === name)?.steps ?? [];
      const compilation = stepsOf("build").findIndex((step) => step.text.includes("go build"));
      return [...stepsOf("modules"), ...stepsOf("build").slice(0, compilation)];
    });
    expect(shared[0]?.some((step) => step.text === "go mod download")).toBe(true);
    for (const steps of shared) expect(steps).toEqual(shared[0]);
  });
});

describe.each(RULES)("$title", (rule) => {
  it.each(COMMANDS)("docker/Dockerfile.%s", (command) => {
    expect(rule.problems(parseDockerfile(command, read(command)))).toEqual([]);
  });

  it("refuses a Dockerfile that does otherwise", () => {
    const command = rule.into ?? "api";
    const planted = read(command).replace(rule.plant[0], () => rule.plant[1]);
    expect(rule.problems(parseDockerfile(command, planted))).toEqual(rule.says);
  });
});

function dockerfileNames(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => /^Dockerfile\.(.+)$/.exec(name)?.[1] ?? []).sort();
}

function read(command: string): string {
  return readFileSync(path.join(FOLDER, `Dockerfile.${command}`), "utf8");
}
