import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { ConfigRegistryError, keysOf, parseConfigRegistry } from "../../../src/charts/config-registry.ts";
import { messageOf } from "../platform/refusal.ts";

const GOOD = `- name: LOG_LEVEL
  components: [web, api]
  kind: config
  required: false
  default: "info"
  description: Least level that is logged.

- name: DATABASE_URL
  components: [api]
  kind: secret
  required: true
  description: Address of the database.
`;

function refusal(text: string): string {
  return messageOf(() => parseConfigRegistry(text, "deploy/config/shop.yaml"));
}

describe("parseConfigRegistry", () => {
  it("gives keys with their lines, and the components that they name", () => {
    expect(parseConfigRegistry(GOOD, "shop.yaml")).toEqual({
      file: "shop.yaml",
      components: ["api", "web"],
      keys: [
        {
          ...{
            name: "LOG_LEVEL",
            components: ["web", "api"],
            kind: "config",
            required: false,
            default: "info",
            line: 1,
          },
          description: "Least level that is logged.",
        },
        {
          ...{ name: "DATABASE_URL", components: ["api"], kind: "secret", required: true, line: 8 },
          description: "Address of the database.",
        },
      ],
    });
  });

  it("takes the registry of this repository", () => {
    const file = path.resolve(import.meta.dirname, "../../../deploy/config/cruvero.yaml");
    const registry = parseConfigRegistry(readFileSync(file, "utf8"), "deploy/config/cruvero.yaml");
    expect(registry.components).toEqual(["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"]);
    expect(keysOf(registry, "ui").map(({ name }) => name)).toEqual([
      "API_URL",
      "HTTP_PORT",
      "LOG_LEVEL",
      "SHUTDOWN_TIMEOUT",
    ]);
  });

  it("tells every mistake at once, with its line", () => {
    const text = GOOD.replace("LOG_LEVEL", "logLevel")
      .replace("kind: secret", "kind: file")
      .replace("required: true", "requird: true")
      .replace('"info"', "7");
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/config/shop.yaml has 4 mistakes
      deploy/config/shop.yaml:1:9 0.name
        found    "logLevel" (string)
        allowed  the name of an environment variable: capitals, digits and _, with a letter first
        next     write, for example DATABASE_URL
      deploy/config/shop.yaml:5:12 0.default
        found    7 (number)
        allowed  text; in quotes, where it is a number
        next     put it in quotes, as text
      deploy/config/shop.yaml:10:9 1.kind
        found    "file" (string)
        allowed  config or secret
        next     write, for example config
      deploy/config/shop.yaml:11:3 1.requird
        found    unknown key "requird"
        allowed  components, default, description, kind, name, required
        next     rename it to "required"
      Next: correct deploy/config/shop.yaml and run again"
    `);
  });

  it.each([
    { mistake: "a key twice", text: GOOD.replace("DATABASE_URL", "LOG_LEVEL"), line: 8 },
    { mistake: "a component twice", text: GOOD.replace("[web, api]", "[web, web]"), line: 2 },
    { mistake: "a default of a secret", text: GOOD.replace("kind: config", "kind: secret"), line: 5 },
    { mistake: "a default of a required key", text: GOOD.replace("required: false", "required: true"), line: 5 },
    { mistake: "no component", text: GOOD.replace("[api]", "[]"), line: 9 },
    { mistake: "an item that is no map", text: GOOD.replace(/- name: DATABASE_URL[^]*/, "- DATABASE_URL\n"), line: 8 },
    { mistake: "a description that is no sentence", text: GOOD.replace("logged.", "logged"), line: 6 },
    { mistake: "text that is no YAML", text: GOOD.replace("[api]", "[api"), line: 10 },
    { mistake: "an empty file", text: "", line: 1 },
    { mistake: "an empty list", text: "[]", line: 1 },
    { mistake: "a map", text: "LOG_LEVEL: {}", line: 1 },
  ])("refuses $mistake", ({ text, line }) => {
    expect(() => parseConfigRegistry(text, "shop.yaml")).toThrow(ConfigRegistryError);
    expect(refusal(text)).toMatch(new RegExp(String.raw`has \d+ mistakes?\ndeploy/config/shop.yaml:${line}:\d+`));
  });
});
