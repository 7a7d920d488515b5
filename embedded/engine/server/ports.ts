/** Finds a loopback port, the same one as last time where that is still free. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";

const LOOPBACK = "127.0.0.1";

/**
 * Returns a free port of loopback, and keeps it in `file` for the next time: references that name the registry's
 * address, as tests make them, then stay valid.
 */
export async function loopbackPort(file: string): Promise<number> {
  const kept = Number(await readFile(file, "utf8").catch(() => "0"));
  const port = (Number.isInteger(kept) && kept > 0 ? await listenOnce(kept) : undefined) ?? (await listenOnce(0));
  if (port === undefined) {
    throw new Error("the kernel gives no loopback port");
  }
  await writeFile(file, String(port));
  return port;
}

async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer();
  server.listen({ port, host: LOOPBACK });
  try {
    await once(server, "listening");
  } catch {
    // Somebody else has it; the caller asks for another.
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : undefined;
}
