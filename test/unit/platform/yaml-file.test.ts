import { describe, expect, it } from "vitest";

import { readYaml } from "../../../src/platform/yaml-file.ts";
import { refusal, withImage } from "./refusal.ts";

describe("readYaml", () => {
  const yaml = readYaml(
    "systems:\n  shop:\n    source: .\n    images: { api: { bases: [] }, web: }\nlist:\n  - a\n  - b: 1\n",
    "f",
  );

  it("gives plain values", () => {
    const images = { api: { bases: [] }, web: null };
    expect(yaml.value).toEqual({ systems: { shop: { source: ".", images } }, list: ["a", { b: 1 }] });
    expect(yaml.problems).toEqual([]);
  });

  it.each([
    { path: [], key: [1, 1], value: [1, 1] },
    { path: ["systems"], key: [1, 1], value: [2, 3] },
    { path: ["systems", "shop", "source"], key: [3, 5], value: [3, 13] },
    { path: ["systems", "shop", "images", "api", "bases"], key: [4, 22], value: [4, 29] },
    { path: ["systems", "shop", "images", "web"], key: [4, 35], value: [4, 35] },
    { path: ["list", 1, "b"], key: [7, 5], value: [7, 8] },
    { path: ["list", 0, "not", "there"], key: [6, 5], value: [6, 5] },
  ])("knows where $path stands", ({ path, key, value }) => {
    const { line, column } = yaml.keyPosition(path);
    const at = yaml.valuePosition(path);
    expect([line, column, at.line, at.column]).toEqual([...key, ...value]);
  });

  it("reads values through an alias and points at the alias", () => {
    const aliased = readYaml("a: &a { b: 1 }\nc: *a\n", "f");
    expect(aliased.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(aliased.valuePosition(["c", "b"])).toEqual({ line: 2, column: 1 });
  });

  it("gives no value for a text that is no YAML, and says why", () => {
    const broken = readYaml("a: [1, 2\nb: 3\n", "f");
    expect(broken.value).toBeUndefined();
    expect(broken.problems.length).toBeGreaterThan(0);
  });

  it("takes no key of a file for a property of all objects", () => {
    expect(readYaml("__proto__: { polluted: true }\n", "f").problems).toEqual([]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a platform file is refused for", () => {
  it("a key that stands twice", () => {
    expect(refusal(withImage("dockerfile: a", "bases: {}", "dockerfile: b"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:8:9 systems.shop.images.api.dockerfile
        found    key "dockerfile" a second time; the first is on line 6
        allowed  each key once in a map
        next     remove or rename one of the two
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it.each([
    ["an empty file", ""],
    ["a file of comments", "# later\n"],
    ["a list", "- shop\n- mail\n"],
    ["a text", "shop\n"],
  ])("%s", (_, text) => {
    expect(refusal(text)).toMatchSnapshot();
  });

  it.each([
    ["a quote that is not closed", 'systems: "shop\n'],
    ["a bracket that is not closed", "systems: { shop: 1\nmail: 2\n"],
    ["a tab as indentation", "systems:\n\tshop: 1\n"],
    ["indentation that fits no level", "systems:\n    shop: 1\n  mail: 2\n"],
    ["two documents", "systems: {}\n---\nsystems: {}\n"],
    ["a tag", "systems: !include shop.yaml\n"],
    ["an alias without an anchor", "imageSizes: a\nsystems: *shop\n"],
    ["a list as a key", "? [a, b]\n: 1\n"],
  ])("text that is not the YAML of a platform file: %s", (_, text) => {
    expect(refusal(text)).toMatchSnapshot();
  });

  it("aliases that multiply, at once", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]\n`,
    );
    expect(refusal(`l0: &l0 [x]\n${levels.join("")}`)).toContain("found    excessive alias count");
  });
});
