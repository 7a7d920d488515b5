/**
 * Holds Cruvero's Dockerfiles to the rules of dockerfile-rules.ts, and each rule to the defect that breaks it. Those of the
 * other systems are listed here too, since every file has one system; their rules are beside them.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { RULES } from "./dockerfile-rules.ts";
import { parseDockerfile } from "./dockerfile-steps.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../docker");
const COMMANDS = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"];
/** The Dockerfiles of each system. */
const SYSTEMS: Readonly<Record<string, readonly string[]>> = {
  cruvero: COMMANDS, // C-01: the six commands and no others
  yab: ["backend", "web"], // dockerfiles-yab.test.ts
  cleveragents: ["cli", "server"], // dockerfiles-python.test.ts
};

describe("docker/Dockerfile.*", () => {
  it("C-01, C-06, S-01: are those of the systems and no others", () => {
    expect(dockerfileNames(readdirSync(FOLDER))).toEqual(Object.values(SYSTEMS).flat().sort());
    expect(dockerfileNames(["Dockerfile.redis", "reference"])).toEqual(["redis"]);
  });

  it("C-01, S-13: are those that deploy/platform.yaml builds each system's images from", () => {
    const file = path.resolve(FOLDER, "../deploy/platform.yaml");
    const { images } = parsePlatform(readFileSync(file, "utf8"), file);
    for (const [system, names] of Object.entries(SYSTEMS)) {
      const built = new Set(images.filter((image) => image.system === system).map((image) => image.dockerfile));
      expect([...built].sort(), system).toEqual(names.map((name) => `docker/Dockerfile.${name}`));
    }
    expect(images.map((image) => image.system).filter((system) => !(system in SYSTEMS))).toEqual([]);
  });

  it("S-14: know nothing of the commit before the label, so that a new one repeats no step", () => {
    const early = (text: string) =>
      text.includes("SOURCE_DATE_EPOCH") || !/\nARG REVISION=unknown\nLABEL [^]*$/.test(text);
    const texts = Object.values(SYSTEMS)
      .flat()
      .map((name) => readFileSync(path.join(FOLDER, `Dockerfile.${name}`), "utf8"));
    expect(texts.map((text) => early(text) || text.indexOf("REVISION") < text.indexOf("ARG REVISION"))).toEqual(
      texts.map(() => false),
    );
    expect(texts.map((text) => early(text.replace("\nARG ", "\nARG SOURCE_DATE_EPOCH=0\nARG ")))).not.toContain(false);
    expect(texts.map((text) => early(text.replace("ARG REVISION=unknown\n", "")))).not.toContain(false);
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
