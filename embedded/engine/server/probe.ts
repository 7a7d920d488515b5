/** Asks the servers whether they answer: not just that somebody listens, but that the protocol is spoken. */

import { connect } from "node:net";

import type { Fetch } from "../images/registry-client.ts";

/** Opening of HTTP/2, which gRPC speaks, with empty settings. The server answers with its own settings at once. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const SETTINGS = 4;
const TYPE_OFFSET = 3;

/** Tells whether an engine answers on a Unix socket within the time. */
export function engineAnswers(socketPath: string, timeoutMilliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(timeoutMilliseconds, () => {
      settle(false);
    });
    socket.once("error", () => {
      settle(false);
    });
    socket.once("end", () => {
      settle(false);
    });
    socket.once("connect", () => socket.write(OPENING));
    socket.once("data", (frame: Buffer) => {
      settle(frame[TYPE_OFFSET] === SETTINGS);
    });
  });
}

/** Tells whether an OCI registry answers at `host:port` within the time. */
export async function registryAnswers(
  registry: string,
  timeoutMilliseconds: number,
  request: Fetch = fetch,
): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const answer = await request(`http://${registry}/v2/`, { signal }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}
