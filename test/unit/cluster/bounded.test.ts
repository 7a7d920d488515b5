import { describe, expect, it } from "vitest";

import { within } from "../../../src/cluster/bounded.ts";

describe("within", () => {
  it("gives what the work gives, and what it throws", async () => {
    await expect(within(5, "the phase upgrade", Promise.resolve("done"))).resolves.toBe("done");
    await expect(within(5, "the phase upgrade", Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  });

  it("names the work that does not end, and what to look at", async () => {
    const failure = await within(0.01, "the phase upgrade", new Promise(() => undefined)).catch(String);
    expect(failure).toMatchInlineSnapshot(`
      "ClusterSilentError: [infra] the phase upgrade did not come to its end within 0.01 s, so that the cluster answers no more
      Next: look whether the machine of the engine has memory and processor time left, and run it again"
    `);
  });
});
