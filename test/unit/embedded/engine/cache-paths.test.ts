import { describe, expect, it } from "vitest";

import { cachePaths, cacheRoot, statePaths } from "../../../../embedded/engine/cache-paths.ts";

describe("cacheRoot", () => {
  const all = { SLIPWAY_CACHE: "/own", XDG_CACHE_HOME: "/shared", HOME: "/home/me" };

  it.each([
    { what: "the folder given", environment: all, given: "/given", expected: "/given" },
    { what: "SLIPWAY_CACHE", environment: all, given: undefined, expected: "/own" },
    {
      what: "XDG_CACHE_HOME",
      environment: { ...all, SLIPWAY_CACHE: "" },
      given: undefined,
      expected: "/shared/slipway",
    },
    {
      what: "the home folder",
      environment: { HOME: "/home/me" },
      given: undefined,
      expected: "/home/me/.cache/slipway",
    },
    { what: "root's home folder", environment: {}, given: undefined, expected: "/root/.cache/slipway" },
  ])("takes $what", ({ environment, given, expected }) => {
    expect(cacheRoot(environment, given)).toBe(expected);
  });
});

describe("statePaths", () => {
  it("keeps two engines apart, below the cache", () => {
    const cache = cachePaths("/cache");
    const main = Object.values(statePaths(cache, "main"));
    const other = Object.values(statePaths(cache, "other"));
    expect(main.every((place) => place.startsWith("/cache/embedded/state/main"))).toBe(true);
    expect(main.filter((place) => other.includes(place))).toEqual([]);
  });
});
