/** Layer with the add-ons that the cluster does without: their images lie apart, and one is read only where its add-on is on. */

import path from "node:path";
import { fileURLToPath } from "node:url";

import { hashFolder } from "../../cache.ts";
import type { GoProgram } from "../../go-program.ts";
import { STAND_IN_HOST } from "../../images/images-lock.ts";
import type { LayerRecipe } from "../../images/layer.ts";
import { traefikBase } from "../traefik.ts";
import type { OwnImage } from "./own-image.ts";
import { imageOfProgram, writeOwnImage } from "./own-image.ts";
import { METRICS_SERVER_VERSION } from "./versions.ts";

const SOURCE = fileURLToPath(new URL("metrics-server/", import.meta.url));
/** Where the program looks for them, by the names of the add-ons. */
const IMAGES = "usr/local/share/k3s/add-ons";

const metricsServer: GoProgram = {
  name: "metrics-server",
  module: { folder: SOURCE },
  package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
  variables: { "k8s.io/client-go/pkg/version.gitVersion": `v${METRICS_SERVER_VERSION}` },
};

async function images(): Promise<Readonly<Record<string, OwnImage>>> {
  const name = `${STAND_IN_HOST}/metrics-server:${METRICS_SERVER_VERSION}`;
  const { layers, config, tag } = await traefikBase();
  return {
    "metrics-server": imageOfProgram(name, metricsServer, await hashFolder(SOURCE)),
    traefik: { name: `${STAND_IN_HOST}/traefik:${tag}`, layers, config },
  };
}

/** Describes the layer. Traefik is that of the base of this name, made once for both. */
export async function addOnsLayer(): Promise<LayerRecipe> {
  const all = Object.entries(await images());
  const inputs = all.map(([addOn, { name, layers, config }]) => {
    return { addOn, name, layers: layers.map((layer) => layer.inputs), config };
  });
  return {
    name: "k3s-add-ons",
    inputs: { images: inputs, form: 1 },
    fill: async (tools, tree, scratch) => {
      for (const [addOn, image] of all) {
        await writeOwnImage(tools, image, scratch, path.join(tree, IMAGES, `${addOn}.tar`));
      }
    },
  };
}
