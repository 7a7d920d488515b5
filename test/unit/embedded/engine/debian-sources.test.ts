import { describe, expect, it } from "vitest";

import {
  acquireOptions,
  debianMirrors,
  privateAptConfig,
  sourceLines,
} from "../../../../embedded/engine/debian-sources.ts";

describe("debianMirrors", () => {
  it("takes the machine's own mirrors and leaves other vendors out", () => {
    const targets = [
      "Packages|https://packages.vendor.example/apt/|cloud-bookworm|main",
      "Packages|http://mirror.example/debian/|bookworm|main",
      "Packages|http://mirror.example/debian/|bookworm|contrib",
      "Packages|http://mirror.example/debian/|bookworm-updates|main",
      "Packages|http://mirror.example/debian-security/|bookworm-security|main",
      "",
    ];
    expect(debianMirrors(targets.join("\n"), "bookworm")).toEqual({
      archive: "http://mirror.example/debian",
      security: "http://mirror.example/debian-security",
    });
  });

  it("takes a machine without security updates as it is", () => {
    expect(debianMirrors("Packages|http://mirror.example/debian/|bookworm|main", "bookworm")).toEqual({
      archive: "http://mirror.example/debian",
    });
  });

  it("refuses a machine whose apt knows no archive", () => {
    expect(() => debianMirrors("", "bookworm")).toThrowErrorMatchingInlineSnapshot(`
      [NoMirrorError: [infra] apt has no source for the component main of Debian bookworm on this machine
      Next: add one to /etc/apt/sources.list.d, run apt-get update, and run again]
    `);
  });
});

describe("sourceLines", () => {
  it("names the release, its updates and its security updates", () => {
    const key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    expect(sourceLines({ archive: "http://a", security: "http://s" }, "bookworm")).toEqual([
      `deb ${key} http://a bookworm main`,
      `deb ${key} http://a bookworm-updates main`,
      `deb ${key} http://s bookworm-security main`,
    ]);
    expect(sourceLines({ archive: "http://a" }, "bookworm")).toHaveLength(2);
  });
});

describe("acquireOptions", () => {
  it("keeps proxies and limits, and no hooks, lists or empty settings", () => {
    const dump = [
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::http::Proxy::mirror.example "DIRECT";',
      'Acquire::https::Timeout "30";',
      'Acquire::https::CaInfo "";',
      'Acquire::http::List:: "one";',
      'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";',
    ];
    expect(acquireOptions(dump.join("\n"))).toEqual([
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::http::Proxy::mirror.example "DIRECT";',
      'Acquire::https::Timeout "30";',
    ]);
  });
});

describe("privateAptConfig", () => {
  it("names no folder of the machine", () => {
    const values = privateAptConfig("/cache/apt", []).match(/"[^"]*"/g) ?? [];
    const folders = values.filter((value) => value.startsWith('"/'));
    expect(folders.filter((value) => value !== '"/dev/null"' && !value.startsWith('"/cache/apt/'))).toEqual([]);
  });
});
