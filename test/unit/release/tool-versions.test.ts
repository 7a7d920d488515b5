import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { EVIDENCE_TOOLS } from "../../../src/release/tool-versions.ts";

const MODULE = path.resolve(import.meta.dirname, "../../../src/release/programs/evidence/go.mod");

describe("EVIDENCE_TOOLS", () => {
  it.each(EVIDENCE_TOOLS)("says of $name the version that is compiled", ({ module, version }) => {
    const required = readFileSync(MODULE, "utf8")
      .match(/^\s*\S+ v\S+/gm)
      ?.map((line) => line.trim());
    expect(required).toContain(`${module} ${version}`);
  });
});
