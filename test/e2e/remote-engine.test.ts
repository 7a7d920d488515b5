import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Server } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { engineRelay, versionsAt } from "./support/pod-engine.ts";

const [, socket = ""] = /^unix:\/\/(.+)$/.exec(process.env._EXPERIMENTAL_DAGGER_RUNNER_HOST ?? "") ?? [];
const embedded = process.env.SLIPWAY_IMAGES_LOCK !== undefined;

/** True for a process that is an embedded engine. */
function isEngine(id: string): boolean {
  try {
    return /^\d+$/.test(id) && readFileSync(`/proc/${id}/comm`, "utf8") === "dagger-engine\n";
  } catch {
    return false;
  }
}

describe.skipIf(!embedded)("an engine somewhere else (the embedded one stands for it)", () => {
  let proxy: Server;
  let port: number;

  beforeAll(async () => {
    ({ relay: proxy, port } = await engineRelay("127.0.0.1"));
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

  it("has a network of its own: neither the machine's nor that of another engine", () => {
    const networks = readdirSync("/proc")
      .filter(isEngine)
      .map((id) => readlinkSync(`/proc/${id}/ns/net`));
    expect(networks.length).toBeGreaterThan(0);
    const machine = readlinkSync("/proc/self/ns/net");
    expect(machine).toMatch(/^net:\[\d+\]$/);
    expect(networks).not.toContain(machine);
    expect(new Set(networks).size).toBe(networks.length);
  });

  it("is named where nothing listens at its address, and nothing else is started instead", async () => {
    await expect(versionsAt("tcp://127.0.0.1:1")).rejects.toThrow(
      /\[infra\] no engine answers at tcp:\/\/127\.0\.0\.1:1 \(SLIPWAY_ENGINE\): .*ECONNREFUSED/,
    );
  });
});
