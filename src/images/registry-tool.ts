/** The container that reads, normalises and pushes OCI images: regctl, compiled from its Go module in the locked Go image. */
import { CacheSharingMode, type Container, dag, type File } from "@dagger.io/dagger";
import { RESULTS } from "../report/results-folder.ts";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";

/** Go module of regctl; its makers publish no image whose digest could be established for the lock. */
export const REGCTL_MODULE = "github.com/regclient/regclient/cmd/regctl";

/** Version of regctl; the Go checksum database proves what is downloaded. */
export const REGCTL_VERSION = "v0.11.7";

/**
 * Gives the locked Go image with regctl on its PATH. The image also has what the callers' scripts use: a shell, gzip,
 * git and perl, as Debian's flavour of the official image does.
 */
export function registryTool(lock: ImageLock): Container {
  return goImage(lock).withFile("/usr/local/bin/regctl", regctl(lock));
}

/**
 * Compiles regctl. The cache volumes have the names that the engine gives to `RUN --mount=type=cache` (a slash and the
 * target), so that modules are downloaded once.
 */
export function regctl(lock: ImageLock): File {
  return goImage(lock)
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"), {
      sharing: CacheSharingMode.Locked,
    })
    .withEnvVariable("CGO_ENABLED", "0")
    .withEnvVariable("GOBIN", RESULTS)
    .withExec(["go", "install", "-trimpath", "-ldflags=-s -w", `${REGCTL_MODULE}@${REGCTL_VERSION}`])
    .file(`${RESULTS}/regctl`);
}

function goImage(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "golang").reference);
}
