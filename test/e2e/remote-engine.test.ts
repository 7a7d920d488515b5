import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROOT } from "./support/slipway.ts";

const run = promisify(execFile);
const START = path.join(ROOT, "embedded/start.mjs");
const [, socket = ""] = /^unix:\/\/(.+)$/.exec(process.env._EXPERIMENTAL_DAGGER_RUNNER_HOST ?? "") ?? [];
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** What `npm start -- versions` says with an engine named so; the engine's own variables are those of nobody. */
async function versionsAt(engine: string): Promise<{ said: string; printed: string }> {
  const environment = { ...process.env, SLIPWAY_ENGINE: engine, _EXPERIMENTAL_DAGGER_RUNNER_HOST: "" };
  const words = [START, "--", "--images", process.env.SLIPWAY_IMAGES_LOCK ?? "", "versions"];
  const { stdout, stderr } = await run(process.execPath, words, { cwd: ROOT, env: environment });
  return { said: stderr, printed: stdout };
}

describe.skipIf(!embedded)("an engine somewhere else (the embedded one stands for it)", () => {
  let proxy: Server;
  let port: number;

  beforeAll(async () => {
    proxy = createServer((from) => {
      const to = connect(socket);
      from.pipe(to).pipe(from);
      const endBoth = () => {
        for (const end of [from, to]) end.destroy();
      };
      for (const end of [from, to]) end.on("error", endBoth);
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address: AddressInfo | string | null = proxy.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });

  afterAll(() => {
    proxy.close();
  });

  it.each(["tcp", "unix"])("is reached by its address of the form %s, and runs a function", async (scheme) => {
    const address = scheme === "tcp" ? `tcp://127.0.0.1:${port}` : `unix://${socket}`;
    const { said, printed } = await versionsAt(address);
    expect(said).toContain(`engine: at ${address} (SLIPWAY_ENGINE)`);
    expect(printed).toMatch(/v0\.21\.8/);
  });

  it("is named where nothing listens at its address, and nothing else is started instead", async () => {
    await expect(versionsAt("tcp://127.0.0.1:1")).rejects.toThrow(
      /\[infra\] no engine answers at tcp:\/\/127\.0\.0\.1:1 \(SLIPWAY_ENGINE\): .*ECONNREFUSED/,
    );
  });
});
