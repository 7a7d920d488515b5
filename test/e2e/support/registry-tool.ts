/** A container that asks registries. */
import { type Container, dag } from "@dagger.io/dagger";

import { regctl } from "../../../src/images/registry-tool.ts";
import { type ImageLock, lookupImage } from "../../../src/platform/image-lock.ts";

/** Gives the locked Go image, which has a shell, with regctl on its PATH. */
export function registryTool(lock: ImageLock): Container {
  return dag.container().from(lookupImage(lock, "golang").reference).withFile("/usr/local/bin/regctl", regctl(lock));
}
