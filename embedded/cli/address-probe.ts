/** Asks whether anything listens at the address of an engine; the SDK would wait five minutes in silence. */

import { connect } from "node:net";

import { PipelineError } from "../../src/report/errors.ts";

const PATIENCE_MS = 5000;

/** Nothing listens where the engine should be. */
export class EngineAbsentError extends PipelineError {
  override readonly name = "EngineAbsentError";

  constructor(address: string, reason: string, said: string) {
    super(
      "infra",
      `no engine answers at ${address} (${said}): ${reason}`,
      "start that engine, correct the address, or set SLIPWAY_ENGINE=embedded",
    );
  }
}

/** Refuses an address at which nothing listens. Only unix:// and tcp:// can be asked; the others pass. */
export async function requireListener(address: string, said: string, signal: AbortSignal): Promise<void> {
  const target = targetOf(address);
  if (target === undefined) {
    return;
  }
  const reason = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ ...target, signal, timeout: PATIENCE_MS });
    const end = (outcome: string | undefined) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => {
      end(undefined);
    });
    socket.once("timeout", () => {
      end(`no answer within ${PATIENCE_MS / 1000} seconds`);
    });
    socket.once("error", (error) => {
      end(error.message);
    });
  });
  signal.throwIfAborted();
  if (reason !== undefined) {
    throw new EngineAbsentError(address, reason, said);
  }
}

function targetOf(address: string): { path: string } | { host: string; port: number } | undefined {
  const [, socket] = /^unix:\/\/(\/.+)$/.exec(address) ?? [];
  if (socket !== undefined) {
    return { path: socket };
  }
  const [, host, port] = /^tcp:\/\/\[?([^\]/]+?)\]?:(\d+)$/.exec(address) ?? [];
  return host === undefined || port === undefined ? undefined : { host, port: Number(port) };
}
