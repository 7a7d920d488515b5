import { describe, expect, it } from "vitest";

import type { HostFacts } from "../../../../embedded/engine/preflight.ts";
import { unfitReasons } from "../../../../embedded/engine/preflight.ts";

const GIB = 1024 ** 3;

const FIT: HostFacts = {
  system: "linux",
  architecture: "x64",
  userId: 0,
  distribution: "debian",
  goVersion: "go1.26.8",
  missingPrograms: [],
  missingCapabilities: [],
  hasOverlay: true,
  hasControlGroups: true,
  hasKeyring: true,
  cacheFolder: "/cache/embedded",
  freeBytes: 40 * GIB,
  firstRun: true,
  socketPath: "/cache/embedded/state/main/run/engine.sock",
  nameServers: ["10.0.0.2"],
};

describe("unfitReasons", () => {
  it.each<{ what: string; facts: Partial<HostFacts> }>([
    { what: "a bare Debian with Go", facts: {} },
    { what: "the oldest Go that is enough", facts: { goVersion: "go1.26" } },
    { what: "a newer Go", facts: { goVersion: "go1.30rc1" } },
    { what: "little space when all is made already", facts: { firstRun: false, freeBytes: 4 * GIB } },
    { what: "a resolver without name servers", facts: { nameServers: [] } },
    { what: "one name server of two on loopback", facts: { nameServers: ["127.0.0.1", "10.0.0.2"] } },
  ])("takes $what", ({ facts }) => {
    expect(unfitReasons({ ...FIT, ...facts })).toEqual([]);
  });

  it.each<{ what: string; facts: Partial<HostFacts>; reason: string }>([
    {
      what: "another system",
      facts: { system: "darwin", architecture: "arm64" },
      reason: "it runs on Linux on x64 or arm64 only; this is darwin on arm64",
    },
    {
      what: "another processor",
      facts: { architecture: "s390x" },
      reason: "it runs on Linux on x64 or arm64 only; this is linux on s390x",
    },
    {
      what: "another distribution",
      facts: { distribution: "alpine" },
      reason: "it is made from packages of a Debian machine; found ID=alpine in /etc/os-release",
    },
    {
      what: "no distribution",
      facts: { distribution: "" },
      reason: "it is made from packages of a Debian machine; found no /etc/os-release",
    },
    {
      what: "a plain user",
      facts: { userId: 1000 },
      reason: "it must be run by root (uid 0), since it mounts and makes namespaces; this is uid 1000",
    },
    {
      what: "a restricted root",
      facts: { missingCapabilities: ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"] },
      reason: "root lacks CAP_NET_ADMIN, CAP_SYS_ADMIN here, as in a restricted container",
    },
    {
      what: "a kernel without overlay",
      facts: { hasOverlay: false },
      reason: "the kernel has no overlay file system (/proc/filesystems names no overlay; try `modprobe overlay`)",
    },
    {
      what: "no control groups",
      facts: { hasControlGroups: false },
      reason: "no control groups are mounted at /sys/fs/cgroup",
    },
    {
      what: "missing programs",
      facts: { missingPrograms: ["flock", "npm"] },
      reason: "not on PATH: flock, npm",
    },
    {
      what: "no Go",
      facts: { missingPrograms: ["go"], goVersion: undefined },
      reason: "Go 1.26 or newer is needed; there is no go on PATH",
    },
    { what: "an old Go", facts: { goVersion: "go1.25.9" }, reason: "Go 1.26 or newer is needed; found go1.25.9" },
    {
      what: "a Go without a version",
      facts: { goVersion: "devel +abc" },
      reason: "Go 1.26 or newer is needed; found devel +abc",
    },
    {
      what: "no keys of Debian's archive",
      facts: { hasKeyring: false },
      reason: "/usr/share/keyrings/debian-archive-keyring.gpg is missing (package debian-archive-keyring)",
    },
    {
      what: "a full disk",
      facts: { freeBytes: 1.5 * GIB },
      reason: "10 GiB free are needed at /cache/embedded, 1.5 GiB are (SLIPWAY_CACHE names another folder)",
    },
    {
      what: "a full disk later",
      facts: { firstRun: false, freeBytes: 0 },
      reason: "3 GiB free are needed at /cache/embedded, 0.0 GiB are (SLIPWAY_CACHE names another folder)",
    },
    {
      what: "a cache too deep for a socket",
      facts: { socketPath: `/${"a".repeat(107)}` },
      reason: `/${"a".repeat(107)} is too long for a socket (107 bytes); set SLIPWAY_CACHE to a shorter path`,
    },
    {
      what: "a name server that containers cannot reach",
      facts: { nameServers: ["127.0.0.1"] },
      reason: "the only name server is on loopback (127.0.0.1), which containers cannot reach",
    },
  ])("refuses $what", ({ facts, reason }) => {
    expect(unfitReasons({ ...FIT, ...facts })).toEqual([reason]);
  });

  it("names every reason at once", () => {
    const facts = { ...FIT, userId: 1000, distribution: "fedora", missingPrograms: ["apt-get", "go"], freeBytes: 0 };
    expect(unfitReasons(facts)).toHaveLength(5);
  });
});
