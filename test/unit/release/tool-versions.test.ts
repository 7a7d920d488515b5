import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { lookupImage, parseImageLock } from "../../../src/platform/image-lock.ts";
import { EVIDENCE_TOOLS } from "../../../src/release/tool-versions.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const MODULE = readFileSync(path.join(ROOT, "src/release/programs/evidence/go.mod"), "utf8");
const LOCK = "deploy/images.lock.yaml";

describe("EVIDENCE_TOOLS", () => {
  it.each(EVIDENCE_TOOLS)("says of $name the version that is compiled", ({ module, version }) => {
    const required = MODULE.match(/^\s*\S+ v\S+/gm)?.map((line) => line.trim());
    expect(required).toContain(`${module} ${version}`);
  });

  it("can be compiled by the Go of the lock, which does not download another", () => {
    const { reference } = lookupImage(parseImageLock(readFileSync(path.join(ROOT, LOCK), "utf8"), LOCK), "golang");
    const locked = numbersOf(/golang:(\d+\.\d+\.\d+)/.exec(reference)?.[1]);
    const wanted = numbersOf(/^go (\d+\.\d+\.\d+)$/m.exec(MODULE)?.[1]);
    expect(wanted).toHaveLength(3);
    expect(wanted.slice(0, 2)).toEqual(locked.slice(0, 2));
    expect(wanted[2]).toBeLessThanOrEqual(locked[2] ?? -1);
  });
});

function numbersOf(version = ""): number[] {
  return version.split(".").map(Number);
}
