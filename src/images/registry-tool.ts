/** What reads and changes OCI images: regctl, compiled from its Go module in the locked Go image. */
import { CacheSharingMode, dag, type File } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";

/** Go module of regctl; its makers publish no image whose digest could be established for the lock. */
export const REGCTL_MODULE = "github.com/regclient/regclient/cmd/regctl";

/** Version of regctl; the Go checksum database proves what is downloaded. */
export const REGCTL_VERSION = "v0.11.7";

/**
 * Compiles regctl. The cache volumes have the names that the engine gives to `RUN --mount=type=cache` (a slash and the
 * target), so that modules are downloaded once.
 */
export function regctl(lock: ImageLock): File {
  return dag
    .container()
    .from(lookupImage(lock, "golang").reference)
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
    .withMountedCache("/root/.cache/go-build", dag.cacheVolume("//root/.cache/go-build"), {
      sharing: CacheSharingMode.Locked,
    })
    .withEnvVariable("CGO_ENABLED", "0")
    .withEnvVariable("GOBIN", RESULTS)
    .withExec(["go", "install", "-trimpath", "-ldflags=-s -w", `${REGCTL_MODULE}@${REGCTL_VERSION}`])
    .file(`${RESULTS}/regctl`);
}
