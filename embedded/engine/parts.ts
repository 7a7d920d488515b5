/** Everything that a running engine is made from: names it by its inputs, and makes what is not there. */

import { writeFile } from "node:fs/promises";
import path from "node:path";

import type { StandIn } from "../types.ts";
import { allBases, makeBases } from "./bases/index.ts";
import type { MadeBase } from "./bases/index.ts";
import type { Base } from "./bases/base.ts";
import { artifactPath, exists, keyOf, makeOnce } from "./cache.ts";
import type { Artifact } from "./cache.ts";
import { debianPackages } from "./debian.ts";
import { imagesLock } from "./images/images-lock.ts";
import { layerArtifact } from "./images/layer.ts";
import type { Making } from "./making.ts";
import { makePrograms, programsArtifact } from "./programs.ts";
import { makeRoot, ROOT_TREE, rootArtifact } from "./root.ts";
import { makeScripts, scriptsArtifact } from "./scripts.ts";
import { serverConfig } from "./server/config.ts";
import type { ServerParts } from "./server/servers.ts";

const LOCK_NAME = "images.lock.yaml";

/** The form of the servers' settings, so that a change of it counts. */
const CONFIG_FORM = serverConfig({ registry: "registry", controlGroup: "group", uploadSecret: "secret" });

/** What today's recipes lead to; nothing of it needs to be there yet. */
export type Plan = {
  readonly servers: ServerParts;
  readonly bases: readonly Base[];
  /** Hash of all bases. */
  readonly basesKey: string;
  readonly lock: Artifact;
  readonly lockFile: string;
  /** Folders of all finished parts, for telling them from outdated ones. */
  readonly artifacts: readonly string[];
};

/** Names the parts by their inputs; takes a few milliseconds. */
export async function planParts(making: Making): Promise<Plan> {
  const root = rootArtifact(making);
  const [programs, scripts, bases] = await Promise.all([programsArtifact(making), scriptsArtifact(), allBases()]);
  const recipes = bases.map((base) => ({ ...base, layers: base.layers.map(({ name, inputs }) => ({ name, inputs })) }));
  // The form of the file counts too: a change of it must not find a file of the old form.
  const form = imagesLock([{ name: "name", tag: "tag", digest: "digest", madeFrom: "parts", reason: "reason" }]);
  const inputs = { recipes, form, architecture: making.architecture };
  const lock = { name: "images-lock", inputs, label: "image lock" };
  return {
    servers: {
      root: path.join(artifactPath(making, root), ROOT_TREE),
      programs: artifactPath(making, programs),
      scripts: artifactPath(making, scripts),
      key: keyOf([root.inputs, programs.inputs, scripts.inputs, CONFIG_FORM]),
    },
    bases,
    basesKey: keyOf(lock.inputs),
    lock,
    lockFile: path.join(artifactPath(making, lock), LOCK_NAME),
    artifacts: [root, programs, scripts, lock, ...layerArtifacts(making, bases)].map((part) =>
      artifactPath(making, part),
    ),
  };
}

function layerArtifacts(making: Making, bases: readonly Base[]): readonly Artifact[] {
  return bases.flatMap((base) => base.layers.map((layer) => layerArtifact(making, layer)));
}

/** The stand-ins of a plan, in the order of the lock. */
export function standInsOf(plan: Plan): readonly StandIn[] {
  return plan.bases.map(({ name, madeFrom }) => ({ name, madeFrom }));
}

/**
 * Makes programs and Debian parts side by side; the first failure ends the other side too. The caller holds the lock.
 *
 * @param codename Release of this machine.
 */
export async function makeParts(making: Making, plan: Plan, codename: string): Promise<readonly MadeBase[]> {
  const failed = new AbortController();
  const both = { ...making, signal: AbortSignal.any([making.signal, failed.signal]) };
  const debian = debianPackages(both, codename);
  const sides = [
    async () => {
      await makePrograms(both);
      return [];
    },
    async () => {
      await makeScripts(both);
      await makeRoot(both, debian);
      return makeBases({ making: both, debian }, plan.bases);
    },
  ];
  const ends = await Promise.allSettled(
    sides.map(async (side) => {
      try {
        return await side();
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  // The side that failed first has set the reason; the other one only followed.
  failed.signal.throwIfAborted();
  return ends.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
}

/** Writes the image lock for bases that the registry has. */
export async function makeImagesLock(making: Making, plan: Plan, made: readonly MadeBase[]): Promise<void> {
  const images = made.map(({ base, image }) => ({ ...base, digest: image.manifest.digest }));
  await makeOnce(making, plan.lock, async (folder) => {
    await writeFile(path.join(folder, LOCK_NAME), imagesLock(images));
  });
}

/** Tells whether the image lock of a plan is there. */
export async function hasImagesLock(plan: Plan): Promise<boolean> {
  return exists(plan.lockFile);
}
