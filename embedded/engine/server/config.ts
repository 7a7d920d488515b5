/** Writes the settings of the engine and the registry. Pure. */

import { STAND_IN_HOST } from "../images/images-lock.ts";

/** Socket of the engine inside its root. */
const ENGINE_SOCKET = "/run/slipway/engine.sock";

/** Networks that are kept ready for containers. The engine's own choice, 128, keeps both cores busy for a while. */
const READY_NETWORKS = 12;

/** Bounds of the engine's cache; above the largest one the oldest entries go. */
const ENGINE_CACHE = { maxUsedSpace: "25GB", reservedSpace: "2GB", minFreeSpace: "4GB" } as const;

/** What the settings depend on. */
export type ServerSettings = {
  /** `host:port` of the loopback registry. */
  readonly registry: string;
  /** Name of the control group of all containers. */
  readonly controlGroup: string;
  /** Any random text; the registry signs its own uploads with it. */
  readonly uploadSecret: string;
};

/** Files of the engine's configuration folder, by name. */
export function serverConfig(settings: ServerSettings): Readonly<Record<string, string>> {
  return {
    "engine.toml": engineToml(settings),
    "engine.json": `${JSON.stringify({ logLevel: "info", gc: ENGINE_CACHE })}\n`,
    "registry.yml": registryYaml(settings),
  };
}

function engineToml({ registry, controlGroup }: ServerSettings): string {
  const quoted = JSON.stringify;
  return [
    "[grpc]",
    `  address = [${quoted(`unix://${ENGINE_SOCKET}`)}]`,
    "[worker.oci]",
    `  cniPoolSize = ${READY_NETWORKS}`,
    `  defaultCgroupParent = ${quoted(controlGroup)}`,
    `[registry.${quoted(STAND_IN_HOST)}]`,
    `  mirrors = [${quoted(registry)}]`,
    "  http = true",
    `[registry.${quoted(registry)}]`,
    "  http = true",
    "",
  ].join("\n");
}

function registryYaml({ uploadSecret }: ServerSettings): string {
  return [
    "version: 0.1",
    "log: { level: warn }",
    "storage: { filesystem: { rootdirectory: /var/lib/registry }, delete: { enabled: true } }",
    `http: { net: unix, addr: /run/slipway/registry.sock, relativeurls: true, secret: ${JSON.stringify(uploadSecret)} }`,
    "",
  ].join("\n");
}
