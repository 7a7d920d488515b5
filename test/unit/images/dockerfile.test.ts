import { describe, expect, it } from "vitest";

import { pinnedBase, readInstructions, UnknownBaseError, UnpinnedBaseError } from "../../../src/images/dockerfile.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const A = `example.com/a:1@${DIGEST}`;
const B = `example.com/b:2@${DIGEST}`;
const baseOf = (text: string, args = {}, target?: string) => pinnedBase(text, "Dockerfile", args, target);

describe("readInstructions", () => {
  it("says on which line each begins", () => {
    const text = "# syntax=x\n\nFROM a AS \\\n  # why\n  b\nrun x\nCOPY y \\";
    expect(readInstructions(text)).toEqual([
      { keyword: "FROM", text: "a AS    b", line: 3 },
      { keyword: "RUN", text: "x", line: 6 },
      { keyword: "COPY", text: "y  ", line: 7 },
    ]);
  });
});

describe("pinnedBase", () => {
  it.each([
    { title: "the only stage", text: `FROM ${A}` },
    { title: "the last stage", text: `FROM ${B} AS build\nFROM --platform=linux/amd64 ${A}` },
    { title: "a stage below", text: `FROM ${A} AS Base\nFROM ${B} AS build\nFROM base AS middle\nFROM middle` },
    { title: "the last stage of a name", text: `FROM ${B} AS x\nFROM ${A} AS x\nFROM x` },
    { title: "a stage of the name of its own base", text: `FROM ${A} AS x\nFROM x AS x\nFROM x` },
    { title: "an argument", text: "ARG BASE=other\nFROM $BASE", args: { BASE: A } },
    { title: "an argument without a default", text: "ARG BASE\nFROM ${BASE}", args: { BASE: A } },
    { title: "a default", text: `ARG BASE="${A}"\nFROM \${BASE}` },
    { title: "a default of FROM", text: `FROM \${BASE:-${A}}` },
    { title: "an argument of an argument", text: `ARG NAME=a:1\nARG BASE=example.com/$NAME\nFROM \${BASE}@${DIGEST}` },
    { title: "one of two stages", text: `ARG KIND=x\nFROM ${B} AS x\nFROM ${A} AS y\nFROM $KIND`, args: { KIND: "y" } },
    { title: "the target", text: `FROM ${A} AS first\nFROM ${B}`, target: "FIRST" },
    { title: "the target by number", text: `FROM ${A}\nFROM ${B}`, target: "0" },
    { title: "no argument of a stage", text: `ARG BASE=${A}\nFROM ${B} AS x\nARG BASE=${B}\nFROM $BASE` },
  ])("finds $title", ({ text, args, target }) => {
    expect(baseOf(text, args, target)).toBe(A);
  });

  it("says that an image has none", () => {
    expect(baseOf(`FROM ${A} AS build\nFROM scratch`)).toBe("scratch");
  });

  it.each([
    { text: "FROM a:1", says: "Dockerfile:1: the image stands on a:1, which has no digest" },
    { text: `FROM ${A} AS x\nFROM b AS y\nFROM y`, says: "Dockerfile:2: the image stands on b, which has no digest" },
  ])("refuses a base without a digest: $text", ({ text, says }) => {
    expect(() => baseOf(text)).toThrow(UnpinnedBaseError);
    expect(() => baseOf(text)).toThrow(says);
  });

  it.each([
    { text: "RUN x", says: "Dockerfile: there is no stage at all" },
    { text: `FROM ${A}`, target: "x", says: "Dockerfile: there is no stage x" },
    { text: "\nFROM $BASE", says: "Dockerfile:2: FROM $BASE is not understood" },
    { text: "ARG BASE\nFROM ${BASE:+a}", says: "Dockerfile:2: FROM ${BASE:+a} is not understood" },
    { text: "ARG BASE=\nFROM ${BASE}", says: "Dockerfile:2: FROM ${BASE} is not understood" },
    { text: "FROM a b c", says: "Dockerfile:1: FROM a b c is not understood" },
  ])("refuses what cannot be told: $text", ({ text, target, says }) => {
    expect(() => baseOf(text, {}, target)).toThrow(UnknownBaseError);
    expect(() => baseOf(text, {}, target)).toThrow(says);
  });
});
