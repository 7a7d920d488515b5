/** What documents are compared with: the platform file, and the texts of the charts that it installs. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { ROOT } from "../../support/module-command.ts";

/** Charts and images of the platform. */
export const { charts, images } = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");

/** Text of a file of this repository. */
export function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** Names in code marks of a cell. */
export function named(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** Texts of all templates, default values and overlays of the charts that the platform installs. */
export function chartTexts(): string {
  const folders = charts.map((chart) => chart.path);
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file),
      ),
    )
    .filter((file) => /(templates\/[^/]+|values[^/]*\.yaml)$/.test(file) && !file.includes("/charts/"))
    .map(read)
    .join("\n");
}
