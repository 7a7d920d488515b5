/** Says what a run is made of: the module, the engine, the tools and every outside image. */
import { dag, type File } from "@dagger.io/dagger";

import { parseImageLock } from "../platform/image-lock.ts";
import { renderTable } from "../report/table.ts";
import { REGCTL_MODULE, REGCTL_VERSION } from "./registry-tool.ts";

/** Version of this module; package.json has the same. */
export const SLIPWAY_VERSION = "0.1.0";

/** A tool that is no image. */
export type ToolVersion = {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  readonly reason: string;
};

/** Returns a table of names, versions or references, and what each is here for. */
export async function describeVersions(lockFile: File, tools: readonly ToolVersion[]): Promise<string> {
  const [engine, lockText, lockName] = await Promise.all([dag.version(), lockFile.contents(), lockFile.name()]);
  const lock = parseImageLock(lockText, lockName);
  const images = Object.entries(lock).map(([name, image]) => [
    name,
    image.reference,
    image.standIn === undefined ? image.reason : `stand-in: ${image.standIn}`,
  ]);
  return renderTable(
    [{ heading: "NAME" }, { heading: "VERSION" }, { heading: "WHAT FOR" }],
    [
      ["slipway", SLIPWAY_VERSION, "this module"],
      ["dagger", engine, "the engine that runs it"],
      ["regctl", `${REGCTL_MODULE}@${REGCTL_VERSION}`, "Normalises and pushes images; compiled in the image golang."],
      ...tools.map(({ name, module, version, reason }) => [name, `${module}@${version}`, reason]),
      ...images,
    ],
  );
}
