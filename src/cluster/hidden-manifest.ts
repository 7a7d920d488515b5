/** Applies manifests that nobody may read in a log or a layer. */
import { randomBytes } from "node:crypto";

import { dag } from "@dagger.io/dagger";

import type { Client } from "./client.ts";
import { succeed } from "./succeed.ts";

const PLACE = "/run/throw-away.json";

/** Applies objects with values of Secrets; throws KubectlError when the cluster refuses one. */
export async function applyHidden(client: Client, manifest: string): Promise<void> {
  const hidden = dag.setSecret(`slipway-throw-away-${randomBytes(8).toString("hex")}`, manifest);
  const container = client.client().withMountedSecret(PLACE, hidden);
  await succeed(container, ["kubectl", "apply", "--server-side", "--filename", PLACE]);
}
