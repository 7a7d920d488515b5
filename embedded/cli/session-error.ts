/** The engine could not be reached at all: no function has run. */

import { engineMessage } from "../../src/report/engine-failure.ts";
import { PipelineError } from "../../src/report/errors.ts";

/** No session with the engine came about. */
export class NoSessionError extends PipelineError {
  override readonly name = "NoSessionError";

  constructor(cause: unknown) {
    const message = cause instanceof Error ? engineMessage(cause.message) : String(cause);
    super(
      "infra",
      `no session with the engine: ${message.replace(/^failed to execute function with automatic provisioning: /, "")}`,
      "check that the engine runs. The SDK reaches it through the dagger command, which it downloads, or takes from where " +
        "_EXPERIMENTAL_DAGGER_CLI_BIN says. SLIPWAY_ENGINE=embedded needs neither, but makes an engine from packages",
      { cause },
    );
  }
}
