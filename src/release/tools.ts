/** Compiles the programs that make evidence, in the locked Go image. */
import { type Container, dag, type File } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import type { GoProgram } from "./tool-versions.ts";

// The cache of the compiler is thrown away: it is larger than all programs together, and no other program would use it.
const SCRIPT = `set -e
go install -trimpath -ldflags="-s -w" "$PACKAGE"
rm -rf /root/.cache/go-build`;

/** Compiles a program; the engine keeps it for as long as its version and the Go image stay. */
export function goProgram(lock: ImageLock, program: GoProgram): File {
  return goImage(lock)
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
    .withEnvVariable("CGO_ENABLED", "0")
    .withEnvVariable("GOBIN", "/out")
    .withEnvVariable("PACKAGE", `${program.package}@${program.version}`)
    .withExec(["sh", "-c", SCRIPT])
    .file(`/out/${program.name}`);
}

/** The locked Go image, which also has the shell and the tools of the scripts here. */
export function goImage(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "golang").reference);
}
