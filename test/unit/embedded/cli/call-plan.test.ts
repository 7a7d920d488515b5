import { beforeAll, describe, expect, it } from "vitest";

import type { Situation } from "../../../../embedded/cli/call-plan.ts";
import { planCall } from "../../../../embedded/cli/call-plan.ts";
import type { FunctionSurface, Surface } from "../../../../embedded/cli/surface.ts";
import { argument, messageOf, readCall, sampleSurface } from "./sample.ts";

const SITUATION: Situation = {
  caller: { folder: "/here", environment: {}, kindOfPath: () => "file" },
  moduleFolder: "/repository/ci",
  contextFolder: "/repository",
  substitutes: {},
};

let surface: Surface;
beforeAll(async () => {
  surface = await sampleSurface();
}, 60_000);

function planOf(called: Partial<FunctionSurface>, words: readonly string[] = ["f"], situation = SITUATION) {
  const whole: FunctionSurface = {
    ...{ method: "f", name: "f", description: "", arguments: [], returns: { kind: "string" } },
    ...called,
  };
  const small: Surface = { className: "Small", description: "", constructorArguments: [], functions: [whole] };
  return planCall(small, readCall(small, words), situation).functionValues;
}

function directory(defaultPath: string) {
  return argument({
    name: "source",
    type: { kind: "object", name: "Directory", ours: false },
    defaultPath,
    ignore: ["*"],
  });
}

describe("planCall", () => {
  it("puts every argument where the source declares it, and leaves defaults to the source", () => {
    const call = readCall(surface, ["--title", "T", "echo", "--loud", "--name", "Ann"]);
    const plan = planCall(surface, call, SITUATION);
    expect(plan.constructorValues).toEqual([
      { kind: "address", type: "Directory", address: "/repository", ignore: ["*", "!package.json"] },
      { kind: "data", value: "T" },
      { kind: "data", value: undefined },
    ]);
    expect(plan.functionValues.map((value) => (value.kind === "data" ? value.value : value))).toEqual([
      "Ann",
      undefined,
      undefined,
      true,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("uses the stand-in lock where the caller gave none, and the caller's where one was given", () => {
    const situation = { ...SITUATION, substitutes: { images: "/cache/images.lock.yaml" } };
    const lock = (words: readonly string[]) =>
      planCall(surface, readCall(surface, words), situation).constructorValues[2];
    expect(lock(["entries"])).toMatchObject({ type: "File", address: "/cache/images.lock.yaml" });
    expect(lock(["--images", "own.yaml", "entries"])).toMatchObject({ type: "File", address: "/here/own.yaml" });
  });

  it.each([
    { defaultPath: "/", address: "/repository" },
    { defaultPath: "/deploy", address: "/repository/deploy" },
    { defaultPath: ".", address: "/repository/ci" },
    { defaultPath: "../docs", address: "/repository/docs" },
  ])("reads the default path $defaultPath as $address", ({ defaultPath, address }) => {
    expect(planOf({ arguments: [directory(defaultPath)] })).toEqual([
      { kind: "address", type: "Directory", address, ignore: ["*"] },
    ]);
  });

  it("refuses a default path that leaves the repository", () => {
    expect(messageOf(() => planOf({ arguments: [directory("../../etc")] }))).toMatchInlineSnapshot(`
      "[config] --source: the default path ../../etc leaves the repository
      Next: give a path yourself: --source PATH"
    `);
  });

  it("gives null where an argument without default may be null", () => {
    const maybe = argument({ name: "maybe", type: { kind: "string" }, isNullable: true });
    expect(planOf({ arguments: [maybe] })).toEqual([{ kind: "data", value: null }]);
  });

  it("spreads a variadic argument", () => {
    const words = argument({ name: "words", type: { kind: "list", element: { kind: "string" } }, isVariadic: true });
    expect(planOf({ arguments: [words] }, ["f", "--words", "a,b"])).toEqual([
      { kind: "data", value: "a" },
      { kind: "data", value: "b" },
    ]);
    expect(planOf({ arguments: [words] })).toEqual([]);
  });

  it("refuses a call without a required flag", () => {
    expect(messageOf(() => planCall(surface, readCall(surface, ["echo"]), SITUATION))).toMatchInlineSnapshot(`
      "[config] echo needs --name
      Next: call it as \`npm start -- echo --name string\`"
    `);
  });

  it.each<{ returns: FunctionSurface["returns"] }>([
    { returns: { kind: "object", name: "Report", ours: true } },
    { returns: { kind: "object", name: "Service", ours: false } },
    { returns: { kind: "list", element: { kind: "object", name: "Report", ours: true } } },
  ])("refuses a function that returns $returns, before an engine is started for it", ({ returns }) => {
    expect(messageOf(() => planOf({ returns }))).toMatchSnapshot();
  });

  it("refuses a function that needs what no command line can say", () => {
    const given = argument({ name: "report", type: { kind: "object", name: "Report", ours: true }, isRequired: true });
    const flags = new Map([["report", ["x"]]]);
    const called: FunctionSurface = {
      method: "f",
      name: "f",
      description: "",
      arguments: [given],
      returns: { kind: "string" },
    };
    const small: Surface = { className: "Small", description: "", constructorArguments: [], functions: [called] };
    const call = { ...readCall(small, ["f"]), functionFlags: flags };
    expect(messageOf(() => planCall(small, call, SITUATION))).toMatchInlineSnapshot(`
      "[config] f cannot be called here: --report takes a value of type Report
      Next: use the dagger command: \`dagger call f\`"
    `);
  });
});
