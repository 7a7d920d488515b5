/** Checks the form of deploy/config/cruvero.yaml. That it equals what the Go code reads is proven by the Go tests beside that code. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const components = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"] as const;

const configKey = z
  .strictObject({
    name: z.string().regex(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/, "must be UPPER_CASE"),
    components: z.array(z.enum(components)).min(1).refine(isSortedAndUnique, "must be sorted and unique"),
    kind: z.enum(["config", "secret"]),
    required: z.boolean(),
    default: z.string().min(1).optional(),
    description: z.string().regex(/^[A-Z].{10,}\.$/s, "must be a sentence"),
  })
  .refine((key) => key.default === undefined || key.kind === "config", "a secret must not have a default")
  .refine((key) => key.default === undefined || !key.required, "a required key must not have a default");

const registry = z
  .array(configKey)
  .min(1)
  .refine((keys) => isSortedAndUnique(keys.map((key) => key.name)), "names must be sorted and unique");

const good = {
  name: "A_KEY",
  components: ["api"],
  kind: "config",
  required: false,
  description: "What the key is for.",
};

describe("C-13: the registry of configuration keys", () => {
  const file = path.resolve(import.meta.dirname, "../../deploy/config/cruvero.yaml");

  it("has the right form", () => {
    expect(problems(parse(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("names a key for every component", () => {
    const keys = registry.parse(parse(readFileSync(file, "utf8")));
    expect([...new Set(keys.flatMap((key) => key.components))].sort()).toEqual(components);
  });
});

describe("the form of the registry", () => {
  it("takes a good key", () => {
    expect(problems([good])).toEqual([]);
  });

  it.each([
    { mistake: "a lower-case name", keys: [{ ...good, name: "aKey" }], problem: "must be UPPER_CASE" },
    { mistake: "a name twice", keys: [good, good], problem: "names must be sorted and unique" },
    { mistake: "names out of order", keys: [{ ...good, name: "B" }, good], problem: "names must be sorted and unique" },
    {
      mistake: "components out of order",
      keys: [{ ...good, components: ["ui", "api"] }],
      problem: "must be sorted and unique",
    },
    {
      mistake: "a secret with a default",
      keys: [{ ...good, kind: "secret", default: "x" }],
      problem: "a secret must not have a default",
    },
    {
      mistake: "a required key with a default",
      keys: [{ ...good, required: true, default: "x" }],
      problem: "a required key must not have a default",
    },
    { mistake: "no description", keys: [{ ...good, description: "" }], problem: "must be a sentence" },
  ])("refuses $mistake", ({ keys, problem }) => {
    expect(problems(keys)).toEqual([problem]);
  });

  it.each([
    { mistake: "an unknown component", keys: [{ ...good, components: ["scheduler"] }] },
    { mistake: "no component", keys: [{ ...good, components: [] }] },
    { mistake: "an unknown kind", keys: [{ ...good, kind: "file" }] },
    { mistake: "a number as default, which YAML makes of an unquoted one", keys: [{ ...good, default: 8080 }] },
    { mistake: "an unknown field", keys: [{ ...good, example: "x" }] },
    { mistake: "an empty file", keys: null },
  ])("refuses $mistake", ({ keys }) => {
    expect(problems(keys)).toHaveLength(1);
  });
});

function problems(keys: unknown): string[] {
  const parsed = registry.safeParse(keys);
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.message);
}

function isSortedAndUnique(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name);
}
