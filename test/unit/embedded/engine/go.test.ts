import path from "node:path";

import { describe, expect, it } from "vitest";

import { cachePaths } from "../../../../embedded/engine/cache-paths.ts";
import { goVariables } from "../../../../embedded/engine/go.ts";

const cache = cachePaths("/cache");
const architecture = { name: "amd64", npm: "x64" } as const;

describe("goVariables", () => {
  it("lets Go write below the cache only", () => {
    const variables = goVariables({ cache, architecture, environment: { HOME: "/home/me" } });
    const written = ["GOCACHE", "GOMODCACHE", "GOPATH", "XDG_CONFIG_HOME"].map((name) => variables[name] ?? "");
    expect(written.filter((folder) => path.relative("/cache", folder).startsWith(".."))).toEqual([]);
  });

  it.each([
    { environment: { HOME: "/home/me" }, expected: "/home/me/.config/go/env" },
    { environment: { HOME: "/home/me", XDG_CONFIG_HOME: "/settings" }, expected: "/settings/go/env" },
    { environment: { HOME: "/home/me", GOENV: "off" }, expected: "off" },
  ])("reads the user's settings from $expected", ({ environment, expected }) => {
    expect(goVariables({ cache, architecture, environment }).GOENV).toBe(expected);
  });
});
