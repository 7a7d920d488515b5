import { describe, expect, it } from "vitest";

import { readYaml } from "../../../src/platform/yaml-file.ts";

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
