import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { requireListener } from "../../../../embedded/cli/address-probe.ts";

let folder: string;
let server: Server;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "slipway-address-"));
  server = createServer();
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function ask(address: string): Promise<void> {
  return requireListener(address, "SLIPWAY_ENGINE", new AbortController().signal);
}

describe("requireListener", () => {
  it("accepts a socket and a port that somebody listens on", async () => {
    const socket = path.join(folder, "engine.sock");
    server.listen(socket);
    await once(server, "listening");
    await expect(ask(`unix://${socket}`)).resolves.toBeUndefined();
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    await expect(ask(`tcp://127.0.0.1:${typeof bound === "object" ? bound?.port : ""}`)).resolves.toBeUndefined();
    other.close();
  });

  it("refuses a socket that is not there", async () => {
    await expect(ask("unix:///nowhere/engine.sock")).rejects.toThrow(
      "[infra] no engine answers at unix:///nowhere/engine.sock (SLIPWAY_ENGINE): connect ENOENT /nowhere/engine.sock\n" +
        "Next: start that engine, correct the address, or set SLIPWAY_ENGINE=embedded",
    );
  });

  it("refuses a port that nobody listens on", async () => {
    await expect(ask("tcp://127.0.0.1:1")).rejects.toThrow(
      "[infra] no engine answers at tcp://127.0.0.1:1 (SLIPWAY_ENGINE): connect ECONNREFUSED 127.0.0.1:1",
    );
  });

  it.each(["container+podman://engine", "kube-pod://engine-0?namespace=dagger", "kube-pod://engine-0:1234"])(
    "lets %s pass, which only Dagger understands",
    async (address) => {
      await expect(ask(address)).resolves.toBeUndefined();
    },
  );
});
