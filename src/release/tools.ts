/** Compiles the programs that make evidence, in the locked Go image. */
import { type Container, dag, type Directory, type File } from "@dagger.io/dagger";

import { type ImageLock, lookupImage } from "../platform/image-lock.ts";
import { RESULTS } from "../report/results-folder.ts";
import { GRYPE, SYFT } from "./tool-versions.ts";

/** The image lock, and the source of the module's own programs: src/release/programs. */
export type Toolbox = { readonly lock: ImageLock; readonly programs: Directory };

/** A program that makes evidence: cosign is a library of `sign`. */
export type EvidenceProgram = "syft" | "grype" | "sign";

// All in one run and with one cache, since they have most of their packages in common. The cache is thrown away: it is
// larger than all programs together, and no other program would use it. Only a main package can be told its version.
const SCRIPT = `set -e
go build -mod=readonly -trimpath -ldflags="-s -w" -o ${RESULTS}/sign ./cmd/sign
go build -mod=readonly -trimpath -ldflags="-s -w -X main.version=$SYFT_VERSION" -o ${RESULTS}/syft ${SYFT.module}/cmd/syft
go build -mod=readonly -trimpath -ldflags="-s -w -X main.version=$GRYPE_VERSION" -o ${RESULTS}/grype ${GRYPE.module}/cmd/grype
rm -rf /root/.cache/go-build`;

/** Compiles a program; the engine keeps all of them for as long as their versions and the Go image stay. */
export function evidenceProgram({ lock, programs }: Toolbox, name: EvidenceProgram): File {
  return goImage(lock)
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"))
    .withEnvVariable("CGO_ENABLED", "0")
    .withEnvVariable("GOFLAGS", "-buildvcs=false")
    .withEnvVariable("SYFT_VERSION", SYFT.version.slice(1))
    .withEnvVariable("GRYPE_VERSION", GRYPE.version.slice(1))
    .withMountedDirectory("/source", programs.directory("evidence"))
    .withWorkdir("/source")
    .withExec(["sh", "-c", SCRIPT])
    .file(`${RESULTS}/${name}`);
}

/** The locked Go image, which also has the shell and the tools of the scripts here. */
export function goImage(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "golang").reference);
}
