/** How the Go command is called: with its own caches, and with nothing of the user's settings that changes a result. */

import path from "node:path";

import type { Making } from "./making.ts";

/** Variables for every call of `go`. Where modules come from (GOPROXY, GOSUMDB, GONOPROXY, ...) stays the user's choice. */
export function goVariables(making: Making): Readonly<Record<string, string>> {
  return {
    CGO_ENABLED: "0",
    GO111MODULE: "on",
    GOARCH: making.architecture.name,
    GOCACHE: path.join(making.cache.go, "build"),
    // Writable modules, so that the cache folder can be deleted like any other.
    GOFLAGS: "-modcacherw -buildvcs=false",
    GOMODCACHE: path.join(making.cache.go, "modules"),
    GOOS: "linux",
    GOPATH: making.cache.go,
    GOTOOLCHAIN: "local",
    GOWORK: "off",
  };
}
