/** The platform of docs/getting-started.md goes the way of that page: built, validated, proved in a cluster. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { Environment, type Slipway } from "../../src/index.ts";
import { readDocument } from "../support/documents.ts";
import { inEngine, ROOT, slipway, tableRows } from "./support/slipway.ts";

const FOLDER = path.join(ROOT, "docs/getting-started");
const PAGE = readDocument("docs/getting-started.md");

function platform(source: Directory = dag.host().directory(FOLDER, { noCache: true })): Slipway {
  return slipway({ source, platform: "platform.yaml" });
}

describe("docs/getting-started.md", () => {
  it("shows the platform file that is there", async () => {
    const shown = PAGE.blocks.filter(({ language }) => language === "yaml").map(({ text }): unknown => parse(text));
    const file: unknown = parse(await readFile(path.join(FOLDER, "platform.yaml"), "utf8"));
    expect(shown).toEqual([file]);
  });

  it("calls what is called here, in this order", () => {
    const called = PAGE.blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ text }) => [...text.matchAll(/--platform platform\.yaml ([a-z-]+)/g)].map(([, name]) => name));
    expect(called).toEqual(["build-all", "validate", "smoke-test", "publish-images"]);
  });

  it("builds, validates and proves the platform", async () => {
    await inEngine(async () => {
      const built = tableRows(await platform().buildAll());
      expect(built.get("greeter")?.[3]).toMatch(/^sha256:[0-9a-f]{64}$/);
      const validated = tableRows(await platform().validate());
      expect(validated.get("greeter")).toEqual(["greeter", "dev", "7", "0", "0", "0", "0", "0", "0"]);
      const proved = await platform().smokeTest(Environment.Dev);
      expect(proved).toMatch(/^greeter +somebody is greeted +yes +[\d.]+$/m);
      expect(proved).toMatch(/^greeter +helm test +yes +[\d.]+$/m);
      expect(proved).toMatch(
        /^network: greeter: 3 of 3 declared connections are open, (\d+) of \1 absent ones are refused/m,
      );
      expect(proved).toMatch(/^dev: passed in /m);
    });
  });

  it("breaks as the page says", async () => {
    await inEngine(async () => {
      const file = "chart/templates/_greeter.tpl";
      const source = dag.host().directory(FOLDER, { noCache: true });
      const text = await source.file(file).contents();
      const broken = text.replace("  readOnlyRootFilesystem: true\n", "");
      expect(broken).not.toBe(text);
      await expect(platform(source.withNewFile(file, broken)).validate()).rejects.toThrow(
        /^\[gate\] validate: .*kube-score.*Deployment.*greeter/s,
      );
    });
  });
});
