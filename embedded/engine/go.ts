/** How the Go command is called: with its own caches, and with nothing of the user's settings that changes a result. */

import path from "node:path";

import type { Making } from "./making.ts";

/** The part of a run that Go's variables depend on. */
export type GoSurroundings = Pick<Making, "cache" | "environment" | "architecture">;

/** Variables for every call of `go`. Where modules come from (GOPROXY, GOSUMDB, GONOPROXY, ...) stays the user's choice. */
export function goVariables({ cache, environment, architecture }: GoSurroundings): Readonly<Record<string, string>> {
  const settings = environment.XDG_CONFIG_HOME ?? path.join(environment.HOME ?? "/root", ".config");
  return {
    CGO_ENABLED: "0",
    GO111MODULE: "on",
    GOARCH: architecture.name,
    GOCACHE: path.join(cache.go, "build"),
    // The user's settings are read where they are, but Go's counters are not written beside them.
    GOENV: environment.GOENV ?? path.join(settings, "go", "env"),
    XDG_CONFIG_HOME: path.join(cache.go, "config"),
    // Writable modules, so that the cache folder can be deleted like any other.
    GOFLAGS: "-modcacherw -buildvcs=false",
    GOMODCACHE: path.join(cache.go, "modules"),
    GOOS: "linux",
    GOPATH: cache.go,
    GOTOOLCHAIN: "local",
    GOWORK: "off",
  };
}
