import { beforeAll, describe, expect, it } from "vitest";

import { functionHelp, moduleHelp } from "../../../../embedded/cli/help.ts";
import type { Surface } from "../../../../embedded/cli/surface.ts";
import { readCall, sampleSurface } from "./sample.ts";

let surface: Surface;
beforeAll(async () => {
  surface = await sampleSurface();
}, 60_000);

describe("moduleHelp", () => {
  it("lists functions, arguments and options from the docstrings", () => {
    expect(moduleHelp(surface, 100)).toMatchSnapshot();
  });
});

describe("functionHelp", () => {
  it("lists the arguments, required ones first, with type and default", () => {
    expect(functionHelp(readCall(surface, ["echo"]).function, 80)).toMatchSnapshot();
  });

  it("leaves out what a function without arguments does not have", () => {
    expect(functionHelp(readCall(surface, ["nothing"]).function, 80)).toMatchSnapshot();
  });
});
