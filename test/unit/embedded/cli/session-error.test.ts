import { describe, expect, it } from "vitest";

import { NoSessionError } from "../../../../embedded/cli/session-error.ts";

describe("NoSessionError", () => {
  it("says what the SDK said, and the ways out", () => {
    const cause = new Error(
      "failed to execute function with automatic provisioning: EngineSessionError: dial unix /x: refused",
    );
    expect(new NoSessionError(cause).message).toMatchInlineSnapshot(`
      "[infra] no session with the engine: EngineSessionError: dial unix /x: refused
      Next: check that the engine runs. The SDK reaches it through the dagger command, which it downloads, or takes from where _EXPERIMENTAL_DAGGER_CLI_BIN says. SLIPWAY_ENGINE=embedded needs neither, but makes an engine from packages"
    `);
  });
});
