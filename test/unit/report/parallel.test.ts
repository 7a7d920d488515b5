import { describe, expect, it } from "vitest";

import { runNamed } from "../../../src/report/parallel.ts";

describe("runNamed", () => {
  it("keeps every outcome in the order of the items, failures too", async () => {
    let clock = 0;
    const outcomes = await runNamed(
      [{ name: "slow" }, { name: "bad" }, { name: "fast" }],
      async ({ name }) => {
        if (name === "bad") throw new Error("broken");
        await new Promise((resolve) => setTimeout(resolve, name === "slow" ? 20 : 1));
        return name.toUpperCase();
      },
      () => clock++,
    );
    expect(outcomes.map((outcome) => [outcome.name, outcome.ok ? outcome.value : "failed"])).toEqual([
      ["slow", "SLOW"],
      ["bad", "failed"],
      ["fast", "FAST"],
    ]);
    expect(outcomes.every((outcome) => outcome.seconds > 0)).toBe(true);
  });
});
