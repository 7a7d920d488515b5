/** Holds the Dockerfiles of the Python package cleveragents to their rules, and each rule to the defect that breaks it. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { PYTHON_RULES, stepsBeforeTheImage } from "./cleveragents/dockerfile-rules.ts";
import { parseDockerfile } from "./dockerfile-steps.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../docker");
const IMAGES = ["server", "cli"];

describe("docker/Dockerfile.server and docker/Dockerfile.cli", () => {
  it("S-12: share every step but those of the image itself, so that one build makes them for both", () => {
    const [server, cli] = IMAGES.map((image) => stepsBeforeTheImage(parseDockerfile(image, read(image))));
    expect(server).toEqual(cli);
    expect(server?.map(({ name }) => name)).toEqual(["locks", "source", "build"]);
  });

  it("S-01: differ in what they start, expose and are called", () => {
    const [server = [], cli = []] = IMAGES.map((image) => read(image).split("\n"));
    expect(server.filter((line) => !cli.includes(line)).map((line) => line.trim().split(/[ =]/)[0])).toEqual([
      "#",
      "#",
      "EXPOSE",
      "CMD",
      "LABEL",
      "org.opencontainers.image.description",
    ]);
  });
});

describe.each(PYTHON_RULES)("$title", (rule) => {
  it.each(IMAGES)("docker/Dockerfile.%s", (image) => {
    expect(rule.problems(parseDockerfile(image, read(image)))).toEqual([]);
  });

  it("refuses a Dockerfile that does otherwise", () => {
    const planted = read("server").replace(rule.plant[0], () => rule.plant[1]);
    expect(rule.problems(parseDockerfile("server", planted))).toEqual(rule.says);
  });
});

function read(image: string): string {
  return readFileSync(path.join(FOLDER, `Dockerfile.${image}`), "utf8");
}
