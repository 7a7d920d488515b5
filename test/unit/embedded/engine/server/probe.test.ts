import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import path from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { engineAnswers, registryAnswers } from "../../../../../embedded/engine/server/probe.ts";
import { scratchFolder } from "../scratch.ts";

const SETTINGS_FRAME = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
let server: Server | undefined;

async function listen(answer: (socket: Socket) => void): Promise<string> {
  const file = path.join(await scratchFolder(), "engine.sock");
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    answer(socket);
  });
  await new Promise<void>((resolve) => server?.listen(file, resolve));
  return file;
}

afterEach(() => {
  server?.close();
  server = undefined;
});

describe("engineAnswers", () => {
  it("knows an engine by its HTTP/2 settings", async () => {
    const file = await listen((socket) => socket.write(SETTINGS_FRAME));
    expect(await engineAnswers(file, 1000)).toBe(true);
  });

  it.each<{ what: string; answer: (socket: Socket) => void }>([
    { what: "stays silent", answer: () => undefined },
    { what: "speaks something else", answer: (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n") },
    { what: "hangs up", answer: (socket) => socket.end() },
  ])("takes one that $what for none", async ({ answer }) => {
    expect(await engineAnswers(await listen(answer), 50)).toBe(false);
  });

  it("takes a missing socket for none", async () => {
    expect(await engineAnswers("/no/such/socket", 50)).toBe(false);
  });
});

describe("registryAnswers", () => {
  it.each([
    { status: 200, expected: true },
    { status: 503, expected: false },
  ])("takes status $status for $expected", async ({ status, expected }) => {
    const request = () => Promise.resolve(new Response("{}", { status }));
    expect(await registryAnswers("127.0.0.1:1", 50, request)).toBe(expected);
  });

  it("takes a refused connection for none", async () => {
    expect(await registryAnswers("127.0.0.1:1", 50, () => Promise.reject(new TypeError("fetch failed")))).toBe(false);
  });
});
