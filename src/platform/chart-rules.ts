/** The rules of charts in a platform file that no single key can break: names that must differ, and names that must exist. */
import { nearestName } from "./nearest-name.ts";
import type { Problem, ValuePath } from "./problems.ts";
import { entriesOf, memberOf } from "./unknown-values.ts";
import type { YamlFile } from "./yaml-file.ts";

type FoundChart = { readonly system: string; readonly name: string; readonly path: ValuePath; readonly value: unknown };

/** Finds chart names and releases that are taken twice, images that no system builds, and networks that name nobody. */
export function chartProblems(yaml: YamlFile): Problem[] {
  const systems = entriesOf(memberOf(yaml.value, "systems"));
  const charts = systems.flatMap(([system, value]) =>
    entriesOf(memberOf(value, "charts")).map(([name, chart]): FoundChart => {
      return { system, name, path: ["systems", system, "charts", name], value: chart };
    }),
  );
  const images = systems.flatMap(([, value]) => entriesOf(memberOf(value, "images")).map(([name]) => name));
  return [
    ...repeatedNames(yaml, charts),
    ...charts.flatMap((chart) => unknownImages(yaml, chart, images)),
    ...charts.flatMap((chart) => nameless(yaml, chart)),
  ];
}

function repeatedNames(yaml: YamlFile, charts: readonly FoundChart[]): Problem[] {
  return charts.flatMap((chart, index) => {
    const first = charts.slice(0, index).find(({ name }) => name === chart.name);
    if (first === undefined) return [];
    return [
      {
        path: chart.path,
        position: yaml.keyPosition(chart.path),
        found: `chart name "${chart.name}", which system "${first.system}" has on line ${yaml.keyPosition(first.path).line}`,
        allowed: "chart names that are unique over all systems, since --chart takes the name alone",
        next: `rename one of the two, for example to "${chart.system}-${chart.name}"`,
      },
    ];
  });
}

function unknownImages(yaml: YamlFile, chart: FoundChart, known: readonly string[]): Problem[] {
  const unknown = entriesOf(memberOf(chart.value, "images")).filter(([image]) => !known.includes(image));
  return unknown.map(([image]) => {
    const path = [...chart.path, "images", image];
    const near = nearestName(image, known);
    return {
      path,
      position: yaml.keyPosition(path),
      found: `image "${image}", which no system of the file builds`,
      allowed:
        known.length === 0 ? "an image of the file, and there is none" : `an image of the file: ${known.join(", ")}`,
      next: near === undefined ? "describe the image under images, or remove it here" : `write "${near}"`,
    };
  });
}

/** Something outside that no edge names is a leftover, and hides that an edge was forgotten. */
function nameless(yaml: YamlFile, chart: FoundChart): Problem[] {
  const network = memberOf(chart.value, "network");
  const edges = memberOf(network, "edges");
  if (!Array.isArray(edges)) return [];
  const named = new Set(edges.flatMap((edge) => [memberOf(edge, "to"), ...textsOf(memberOf(edge, "from"))]));
  return entriesOf(memberOf(network, "outside"))
    .filter(([name]) => !named.has(name))
    .map(([name]) => {
      const path = [...chart.path, "network", "outside", name];
      return {
        path,
        position: yaml.keyPosition(path),
        found: `"${name}", which no edge names`,
        allowed: "only what an edge comes from or goes to",
        next: "add the edge, or remove it",
      };
    });
}

function textsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
