/** The rule that selectors and volume claims carry no label that changes from version to version. */
import type { ChartRender, RenderRule } from "../finding.ts";
import { entriesAt, type JsonPath, itemsAt } from "../json.ts";
import type { Manifest } from "../manifest.ts";
import { type Mistake, objectRule, quote } from "./mistake.ts";

type Place = { readonly path: JsonPath; readonly because: string };

const IMMUTABLE = "Kubernetes lets no upgrade change it";
const SELECTORS: Readonly<Record<string, readonly Place[]>> = {
  Deployment: [{ path: ["spec", "selector", "matchLabels"], because: IMMUTABLE }],
  ReplicaSet: [{ path: ["spec", "selector", "matchLabels"], because: IMMUTABLE }],
  StatefulSet: [{ path: ["spec", "selector", "matchLabels"], because: IMMUTABLE }],
  DaemonSet: [{ path: ["spec", "selector", "matchLabels"], because: IMMUTABLE }],
  Job: [{ path: ["spec", "selector", "matchLabels"], because: IMMUTABLE }],
  Service: [{ path: ["spec", "selector"], because: "the Service drops every old pod before a new one is ready" }],
  PodDisruptionBudget: [
    {
      path: ["spec", "selector", "matchLabels"],
      because: "the budget forgets the old pods in the middle of a rollout",
    },
  ],
  NetworkPolicy: [
    {
      path: ["spec", "podSelector", "matchLabels"],
      because: "the policy lets go of the old pods in the middle of a rollout",
    },
  ],
};

const VERSION_KEY = /(?:^|[/._-])(?:chart|version|revision|checksum|commit|build|digest|timestamp)$/i;
const VERSION_VALUE = /(?:^|[^0-9.])v?\d+\.\d+\.\d+(?:$|[^0-9.])/;
const FIX = "select by name, instance and component alone; put version and chart into the labels of metadata only";

/** A selector or a volume claim template with a version in it makes the next upgrade fail, or drops pods. */
export const SELECTOR_LABELS: RenderRule = objectRule(
  "selector-labels",
  "Selectors and volume claim templates carry no version",
  (render) =>
    render.manifests.flatMap((manifest) => [...selectorMistakes(render, manifest), ...claimMistakes(render, manifest)]),
);

function selectorMistakes(render: ChartRender, manifest: Manifest): Mistake[] {
  const selectors = (SELECTORS[manifest.kind] ?? []).flatMap(({ path, because }) =>
    versionLabels(render, manifest, path).map((label) => mistake(manifest, label, because)),
  );
  if (manifest.kind !== "StatefulSet") return selectors;
  // The version of the program changes with its image anyway; that of the chart restarts a database for nothing.
  const template = ["spec", "template", "metadata", "labels"];
  const restarts = versionLabels(render, manifest, template).filter(
    ({ path }) => String(path.at(-1)) === "helm.sh/chart",
  );
  const because = "each new version of the chart restarts pods that did not change";
  return [...selectors, ...restarts.map((label) => mistake(manifest, label, because))];
}

function claimMistakes(render: ChartRender, manifest: Manifest): Mistake[] {
  if (manifest.kind !== "StatefulSet") return [];
  return itemsAt(manifest.body, "spec", "volumeClaimTemplates").flatMap((_, index) =>
    ["labels", "annotations"].flatMap((key) => {
      const path = ["spec", "volumeClaimTemplates", index, "metadata", key];
      return versionLabels(render, manifest, path).map((label) => mistake(manifest, label, IMMUTABLE));
    }),
  );
}

type Label = { readonly path: JsonPath; readonly value: unknown };

function versionLabels({ chart }: ChartRender, { body }: Manifest, path: JsonPath): Label[] {
  // As helm.sh/chart has it: shop-1.2.
  const isVersion = (text: string) =>
    VERSION_VALUE.test(text) || (text.startsWith(`${chart}-`) && /^v?\d/.test(text.slice(chart.length + 1)));
  return entriesAt(body, ...path)
    .filter(([key, value]) => VERSION_KEY.test(key) || (typeof value === "string" && isVersion(value)))
    .map(([key, value]) => ({ path: [...path, key], value }));
}

function mistake(manifest: Manifest, { path, value }: Label, because: string): Mistake {
  const reason = `${quote(value)} changes with the version, and ${because}; allowed are labels that stay`;
  return { manifest, path, reason, fix: FIX };
}
