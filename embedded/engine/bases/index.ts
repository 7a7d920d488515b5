/** All bases of the embedded lock, in its order. */

import type { LayerTools } from "../images/layer.ts";
import { makeLayer } from "../images/layer.ts";
import type { Image, Layer } from "../images/oci-image.ts";
import { composeImage } from "../images/oci-image.ts";
import { SOURCE_DATE_EPOCH } from "../versions.ts";
import type { Base } from "./base.ts";
import { dragonflyBase, redisBase } from "./dragonfly.ts";
import { golang } from "./golang.ts";
import { helm, helm4 } from "./helm.ts";
import { k3sBase } from "./k3s.ts";
import { kubeconform } from "./kubeconform.ts";
import { nats } from "./nats.ts";
import { nginx } from "./nginx.ts";
import { node } from "./node.ts";
import { postgresBase } from "./postgres.ts";
import { python313 } from "./python-3-13.ts";
import { python } from "./python.ts";
import { registry } from "./registry.ts";
import { staticBase } from "./static.ts";
import { traefikBase } from "./traefik.ts";

/** A base and its finished image. */
export type MadeBase = { readonly base: Base; readonly image: Image };

const tools: readonly Base[] = [helm, helm4, kubeconform, python, python313, nginx];

/** The recipes. */
export async function allBases(): Promise<readonly Base[]> {
  return [
    golang,
    node,
    staticBase,
    await postgresBase(),
    nats,
    await dragonflyBase(),
    redisBase,
    registry,
    ...tools,
    await traefikBase(),
    await k3sBase(),
  ];
}

/** Makes the images, or finds them; a layer that several share is made once. */
export async function makeBases(tools: LayerTools, bases: readonly Base[]): Promise<readonly MadeBase[]> {
  const layers = new Map<string, Layer>();
  const made: MadeBase[] = [];
  for (const base of bases) {
    const own: Layer[] = [];
    for (const recipe of base.layers) {
      const layer = layers.get(recipe.name) ?? (await makeLayer(tools, recipe));
      layers.set(recipe.name, layer);
      own.push(layer);
    }
    const created = new Date(SOURCE_DATE_EPOCH * 1000).toISOString();
    made.push({ base, image: composeImage(own, base.config, tools.making.architecture.name, created) });
  }
  return made;
}
