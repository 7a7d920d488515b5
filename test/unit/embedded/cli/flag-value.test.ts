import { describe, expect, it } from "vitest";

import type { Caller } from "../../../../embedded/cli/flag-value.ts";
import { planValue } from "../../../../embedded/cli/flag-value.ts";
import type { ValueType } from "../../../../embedded/cli/surface.ts";
import { argument, messageOf } from "./sample.ts";

const CALLER: Caller = {
  folder: "/here",
  environment: { HOME: "/home/ann", TOKEN: "hunter2" },
  kindOfPath: (file) => (file.endsWith(".txt") ? "file" : file.endsWith("missing") ? "missing" : "directory"),
};

function plan(type: ValueType, texts: readonly string[], ignore: string[] = []) {
  return planValue(argument({ name: "flag", type, ignore }), texts, CALLER);
}

function dagger(name: string): ValueType {
  return { kind: "object", name, ours: false };
}

const STRINGS: ValueType = { kind: "list", element: { kind: "string" } };
const COLOURS: ValueType = { kind: "enum", name: "Colour", values: ["red", "green"] };

describe("planValue", () => {
  it.each<{ type: ValueType; texts: string[]; expected: unknown }>([
    { type: { kind: "string" }, texts: ["a,b"], expected: "a,b" },
    { type: { kind: "string" }, texts: ["first", "last"], expected: "last" },
    { type: { kind: "string" }, texts: [""], expected: "" },
    { type: { kind: "integer" }, texts: ["-7"], expected: -7 },
    { type: { kind: "float" }, texts: ["2.5e3"], expected: 2500 },
    { type: { kind: "boolean" }, texts: ["true"], expected: true },
    { type: { kind: "boolean" }, texts: ["0"], expected: false },
    { type: COLOURS, texts: ["GREEN"], expected: "green" },
    { type: { kind: "scalar", name: "Platform" }, texts: ["linux/arm64"], expected: "linux/arm64" },
  ])("reads $texts as $expected", ({ type, texts, expected }) => {
    expect(plan(type, texts)).toEqual({ kind: "data", value: expected });
  });

  it("reads lists by repetition and by comma, with quotes around commas of a value", () => {
    const texts = ["a,b", 'c,"d,""e"""', "", "f"];
    const items = ["a", "b", "c", 'd,"e"', "f"].map((value) => ({ kind: "data", value }));
    expect(plan(STRINGS, texts)).toEqual({ kind: "list", items });
  });

  it.each([
    { type: "Directory", text: "below", address: "/here/below", ignore: ["*"] },
    { type: "Directory", text: "~/project", address: "/home/ann/project", ignore: ["*"] },
    {
      type: "Directory",
      text: "https://example.com/a.git#main",
      address: "https://example.com/a.git#main",
      ignore: ["*"],
    },
    { type: "File", text: "../a.txt", address: "/a.txt", ignore: [] },
    { type: "File", text: "file:///abs/a.txt", address: "/abs/a.txt", ignore: [] },
    { type: "Secret", text: "env:TOKEN", address: "env://TOKEN", ignore: [] },
    { type: "Secret", text: "env://TOKEN", address: "env://TOKEN", ignore: [] },
    { type: "Secret", text: "file:token.txt", address: "file:///here/token.txt", ignore: [] },
    { type: "Secret", text: "cmd://pass show x", address: "cmd://pass show x", ignore: [] },
    { type: "Service", text: "tcp://localhost:5432", address: "tcp://localhost:5432", ignore: [] },
    { type: "Container", text: "alpine:3.22", address: "alpine:3.22", ignore: [] },
  ])("reads $text as the address $address of a $type", ({ type, text, address, ignore }) => {
    expect(plan(dagger(type), [text], ["*"])).toEqual({ kind: "address", type, address, ignore });
  });

  it.each<{ type: ValueType; text: string }>([
    { type: { kind: "integer" }, text: "2.5" },
    { type: { kind: "float" }, text: "half" },
    { type: { kind: "boolean" }, text: "perhaps" },
    { type: COLOURS, text: "blue" },
    { type: { kind: "list", element: COLOURS }, text: "red,blue" },
    { type: dagger("Directory"), text: "missing" },
    { type: dagger("Directory"), text: "a.txt" },
    { type: dagger("File"), text: "below" },
    { type: dagger("File"), text: "" },
    { type: dagger("Service"), text: "localhost" },
    { type: dagger("Secret"), text: "env:ABSENT" },
    { type: dagger("Secret"), text: "file:missing" },
  ])("refuses $text", ({ type, text }) => {
    expect(messageOf(() => plan(type, [text]))).toMatchSnapshot();
  });

  it.each(["hunter2", "hunter2:x", "env:", ":hunter2"])(
    "refuses a secret in plain text without repeating it",
    (text) => {
      expect(messageOf(() => plan(dagger("Secret"), [text]))).toBe(
        "[config] --flag: a secret is not written on a command line, where the list of processes and the shell's history " +
          "show it\nNext: name where it is: --flag env://NAME or --flag file://PATH (also cmd://, op://, vault://, " +
          "libsecret://)",
      );
    },
  );
});
