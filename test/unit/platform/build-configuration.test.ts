import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import {
  checkConfiguration,
  checkConfigurations,
  configurationsOf,
  configuredPlatform,
  schemaFileOf,
} from "../../../src/platform/build-configuration.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const FILE = "docker/build.local.json";
const SCHEMA = {
  file: "docker/build.schema.json",
  text: readFileSync(path.join(ROOT, "docker/build.schema.json"), "utf8"),
};
const IMAGE = "{ dockerfile: Dockerfile, bases: {}";
const platform = parsePlatform(
  `systems: { shop: { source: ., images: { site: ${IMAGE}, config: ${FILE}, args: { A: b } }, api: ${IMAGE}, args: { A: c } } } } }\n`,
  "shop.yaml",
);

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it did not throw");
}

describe("configuredPlatform (Y-19)", () => {
  it("gives each image its own configuration where none is named", () => {
    expect(configuredPlatform(platform, "")).toBe(platform);
    expect(configurationsOf(platform.images)).toEqual([FILE]);
    expect(platform.images.map(({ args }) => args)).toEqual([{ A: "b", CONFIG: FILE }, { A: "c" }]);
  });

  it("gives the named one to those that take one, and leaves the others as they are", () => {
    const { images, systems } = configuredPlatform(platform, "docker/build.prod.json");
    expect(images.map(({ args }) => args)).toEqual([{ A: "b", CONFIG: "docker/build.prod.json" }, { A: "c" }]);
    expect(systems.flatMap((system) => system.images)).toEqual(images);
    expect(configurationsOf(images)).toEqual(["docker/build.prod.json"]);
  });

  it("refuses one that no image takes", () => {
    const none = parsePlatform(`systems: { shop: { source: ., images: { api: ${IMAGE} } } } }\n`, "shop.yaml");
    expect(messageOf(() => configuredPlatform(none, "x.json"))).toMatchInlineSnapshot(`
      "[config] --config x.json: no image of shop.yaml takes a build configuration (api)
      Next: leave --config out, or give an image the key config with the path of its usual configuration"
    `);
  });
});

describe("schemaFileOf", () => {
  it.each([
    { named: '{"$schema": "./build.schema.json"}', found: "docker/build.schema.json" },
    { named: '{"$schema": "../schemas/build.json"}', found: "schemas/build.json" },
    { named: '{"$schema": "https://example.com/schema.json"}', found: undefined },
    { named: '{"$schema": "/etc/schema.json"}', found: undefined },
    { named: '{"$schema": "../../schema.json"}', found: undefined },
    { named: '{"$schema": 1}', found: undefined },
    { named: "{}", found: undefined },
  ])("finds $found in $named", ({ named, found }) => {
    expect(schemaFileOf({ file: FILE, text: named })).toBe(found);
  });
});

describe("checkConfiguration (Y-19, A-13)", () => {
  const check = (text: string, schema: typeof SCHEMA | undefined = SCHEMA) =>
    messageOf(() => {
      checkConfiguration({ file: FILE, text }, schema);
    });

  it.each(["local", "prod"])("takes docker/build.%s.json", (name) => {
    const file = `docker/build.${name}.json`;
    const text = readFileSync(path.join(ROOT, file), "utf8");
    expect(schemaFileOf({ file, text })).toBe(SCHEMA.file);
    expect(() => {
      checkConfiguration({ file, text }, SCHEMA);
    }).not.toThrow();
  });

  it("names every mistake with its line, what is allowed, and what to do", () => {
    const text = [
      '{ "$schema": "./build.schema.json",',
      '  "sites": { "customer_app": {',
      '    "dartDefines": { "API_BASE_URL": 7, "env": "x" },',
      '    "firebase": { "apiKey": "a b", "appId": "1", "authDomain": "a", "messagingSenderId": "1", "projectId": "p",',
      '      "bucket": "b" } } },',
      '  "more": true }',
    ].join("\n");
    expect(check(text)).toMatchInlineSnapshot(`
      "[config] docker/build.local.json has 6 mistakes
      docker/build.local.json:3:38 sites.customer_app.dartDefines.API_BASE_URL
        found    7 (number)
        allowed  string
        next     write string
      docker/build.local.json:3:41 sites.customer_app.dartDefines.env
        found    name "env"
        allowed  text that matches /^[A-Z][A-Z0-9_]*$/
        next     rename it
      docker/build.local.json:4:5 sites.customer_app.firebase.storageBucket
        found    no key "storageBucket"
        allowed  string
        next     add the key "storageBucket"
      docker/build.local.json:4:29 sites.customer_app.firebase.apiKey
        found    "a b" (string)
        allowed  text that matches /^[A-Za-z0-9._:-]+$/
        next     write text that matches /^[A-Za-z0-9._:-]+$/
      docker/build.local.json:5:7 sites.customer_app.firebase.bucket
        found    unknown key "bucket"
        allowed  the keys that docker/build.schema.json names
        next     remove it, or rename it to one of them
      docker/build.local.json:6:3 more
        found    unknown key "more"
        allowed  the keys that docker/build.schema.json names
        next     remove it, or rename it to one of them
      Next: correct docker/build.local.json and run again; an editor shows such mistakes with the schema that it names"
    `);
  });

  it("refuses what is no JSON, with the line", () => {
    expect(check('{\n  "sites": {},\n}\n')).toMatchInlineSnapshot(`
      "[config] docker/build.local.json has 1 mistake
      docker/build.local.json:3:1
        found    what is no JSON
        allowed  JSON
        next     write names and text in double quotes, without comments and without a comma at an end
      Next: correct docker/build.local.json and run again; an editor shows such mistakes with the schema that it names"
    `);
    expect(check("sites: {}\n")).toMatchInlineSnapshot(`
      "[config] docker/build.local.json has 1 mistake
      docker/build.local.json:1:1
        found    what is no JSON
        allowed  JSON
        next     write names and text in double quotes, without comments and without a comma at an end
      Next: correct docker/build.local.json and run again; an editor shows such mistakes with the schema that it names"
    `);
  });

  it("refuses a key that stands twice, and a schema that is none", () => {
    expect(check('{ "sites": {}, "sites": {} }', undefined)).toMatchInlineSnapshot(`
      "[config] docker/build.local.json has 1 mistake
      docker/build.local.json:1:16 sites
        found    key "sites" a second time; the first is on line 1
        allowed  each key once in a map
        next     remove or rename one of the two
      Next: correct docker/build.local.json and run again; an editor shows such mistakes with the schema that it names"
    `);
    expect(check("{}", { file: SCHEMA.file, text: '{ "type": "nothing" }' })).toMatchInlineSnapshot(`
      "[config] docker/build.schema.json has 1 mistake
      docker/build.schema.json:1:1
        found    a schema that cannot be used: Unsupported type: nothing
        allowed  a JSON Schema
        next     use the keywords of draft 2020-12, and references into the schema itself
      Next: correct it"
    `);
  });

  it("takes any JSON that names no schema", () => {
    expect(() => {
      checkConfiguration({ file: FILE, text: '{ "a": [1, null] }' });
    }).not.toThrow();
  });
});

describe("checkConfigurations", () => {
  const files: Record<string, string> = { [SCHEMA.file]: SCHEMA.text };
  const asked: string[] = [];
  const read = (file: string, nextStep: string) => {
    asked.push(file);
    const text = files[file];
    return text === undefined ? Promise.reject(new Error(`no ${file}; ${nextStep}`)) : Promise.resolve(text);
  };

  it("reads each configuration and the schema that it names, and says which is missing or wrong", async () => {
    const check = () => checkConfigurations(platform.images, read);
    await expect(check()).rejects.toThrow(/^no docker\/build\.local\.json; name a build configuration of the source/);
    files[FILE] = '{ "$schema": "./nowhere.json" }';
    await expect(check()).rejects.toThrow("no docker/nowhere.json; put the schema there, or correct $schema in");
    files[FILE] = '{ "$schema": "./build.schema.json", "sites": {} }';
    await expect(check()).rejects.toThrow(/build\.local\.json:1:\d+ sites\n {2}found/);
    files[FILE] = readFileSync(path.join(ROOT, FILE), "utf8");
    await check();
    expect(asked.slice(-2)).toEqual([FILE, SCHEMA.file]);
  });
});
