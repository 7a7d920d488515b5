import { describe, expect, it } from "vitest";

import { python313 } from "../../../../../embedded/engine/bases/python-3-13.ts";
import { cachePaths } from "../../../../../embedded/engine/cache-paths.ts";
import type { LayerTools } from "../../../../../embedded/engine/images/layer.ts";
import { scratchFolder } from "../scratch.ts";

const [users, layer] = python313.layers;

describe("the base python-3.13", () => {
  it("looks like the official image: Python and pip in /usr/local/bin, first on the path, and started without arguments", () => {
    expect(python313.config.environment?.PATH?.split(":")[0]).toBe("/usr/local/bin");
    expect(python313.config.command).toEqual(["python3"]);
    expect(python313.config.entrypoint).toBeUndefined();
    expect(python313.layers.map(({ name }) => name)).toEqual(["static", "python-3-13"]);
    expect(users?.name).toBe("static");
  });

  it("gives pip and uv the authorities that an engine puts into its containers", () => {
    const file = "/etc/ssl/certs/ca-certificates.crt";
    expect(python313.config.environment).toMatchObject({ PIP_CERT: file, SSL_CERT_FILE: file });
  });

  it("asks for the packages of Python 3.13 in the release of Debian that has them", async () => {
    const asked: unknown[] = [];
    const folder = await scratchFolder();
    const tools: LayerTools = {
      making: {
        cache: cachePaths(folder),
        progress: { step: () => undefined, done: () => undefined },
        environment: {},
        signal: new AbortController().signal,
        architecture: { name: "amd64", npm: "x64" },
      },
      debian: {
        // Nothing is unpacked, so the recipe ends where it looks for pip.
        tree: (tree) => Promise.resolve(void asked.push(tree)),
        unpack: () => Promise.resolve(),
      },
    };
    await expect(layer?.fill(tools, folder, folder)).rejects.toThrow("usr/share/python-wheels");
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ suite: "trixie", variant: "extract" });
    expect(asked[0]).toHaveProperty("packages", expect.arrayContaining(["python3.13", "python3.13-venv"]));
  });
});
