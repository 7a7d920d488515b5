import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { serverConfig } from "../../../../../embedded/engine/server/config.ts";

describe("serverConfig", () => {
  const files = serverConfig({ registry: "127.0.0.1:41234", controlGroup: "slipway0", uploadSecret: "random" });

  it("maps the stand-ins' host to the loopback registry, without TLS", () => {
    expect(files["engine.toml"]).toMatchInlineSnapshot(`
      "[grpc]
        address = ["unix:///run/slipway/engine.sock"]
      [worker.oci]
        cniPoolSize = 12
        defaultCgroupParent = "slipway0"
      [registry."embedded.slipway.invalid"]
        mirrors = ["127.0.0.1:41234"]
        http = true
      [registry."127.0.0.1:41234"]
        http = true
      "
    `);
  });

  it("bounds the engine's cache", () => {
    expect(JSON.parse(files["engine.json"] ?? "")).toEqual({
      logLevel: "info",
      gc: { maxUsedSpace: "25GB", reservedSpace: "2GB", minFreeSpace: "4GB" },
    });
  });

  it("lets the registry listen on a socket only", () => {
    expect(parse(files["registry.yml"] ?? "")).toMatchObject({
      http: { net: "unix", addr: "/run/slipway/registry.sock", secret: "random" },
    });
  });
});
