/** Finds keys of ConfigMaps that no container takes, as a part of the rule about configuration keys. */
import type { ChartRender } from "../finding.ts";
import { entriesAt, formatPath, itemsAt, textAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { containersOf, type Workload, workloadsOf } from "../workload.ts";

/** A key of a ConfigMap that reaches nobody. */
export type UnusedKey = {
  readonly manifest: Manifest;
  readonly path: string;
  readonly reason: string;
  readonly fix: string;
};

/** Looks only at ConfigMaps whose keys are taken one by one: whoever takes all of one takes each of its keys. */
export function unusedConfigKeys({ manifests, namespace }: ChartRender): UnusedKey[] {
  const uses = workloadsOf(manifests).flatMap((workload) =>
    usesOf(workload).map((use) => ({ ...use, namespace: workload.manifest.namespace || namespace })),
  );
  return manifests
    .filter(({ kind }) => kind === "ConfigMap")
    .flatMap((manifest) => {
      const own = uses.filter(
        (use) => use.name === manifest.name && use.namespace === (manifest.namespace || namespace),
      );
      if (own.length === 0 || own.some(({ key }) => key === undefined)) return [];
      const taken = new Set(own.map(({ key }) => key));
      const unused = entriesAt(manifest.body, "data").filter(([key]) => !taken.has(key));
      return unused.map(([key]) => ({
        manifest,
        path: formatPath(["data", key]),
        reason: `has the key "${key}", which no container takes`,
        fix: "give it to the component that reads it, or remove it",
      }));
    });
}

/** A use of a ConfigMap: of one key, or of all. */
type Use = { readonly name: string; readonly key: string | undefined };

function usesOf(workload: Workload): Use[] {
  const volumes = itemsAt(workload.spec, "volumes").flatMap((volume) => [
    textAt(volume, "configMap", "name"),
    ...itemsAt(volume, "projected", "sources").map((source) => textAt(source, "configMap", "name")),
  ]);
  const containers = containersOf(workload).flatMap(({ value }): Use[] => [
    ...itemsAt(value, "envFrom").map((from) => ({ name: textAt(from, "configMapRef", "name"), key: undefined })),
    ...itemsAt(value, "env").map((entry) => {
      const at = ["valueFrom", "configMapKeyRef"] as const;
      return { name: textAt(entry, ...at, "name"), key: textAt(entry, ...at, "key") };
    }),
  ]);
  return [...volumes.map((name) => ({ name, key: undefined })), ...containers].filter(({ name }) => name !== "");
}
