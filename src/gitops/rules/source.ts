/** Rules on what an Application installs: the chart, release, namespace and values that the platform file says. */
import { entriesAt, itemsAt, type JsonPath, valueAt } from "../../charts/json.ts";
import { type Application, placeOf } from "../application.ts";
import type { GitopsRule } from "../facts.ts";
import { DEFAULTS, overlaysOf, pairs } from "../plan.ts";

/** Values that would not stand in a file of the chart, or would be left out in silence. */
const INLINE = ["parameters", "fileParameters", "values", "valuesObject", "ignoreMissingValueFiles"] as const;

/** Applications read the repository that the source is a checkout of: anything else was not checked. */
export const sourceRepository: GitopsRule = {
  name: "source-repository",
  title: "Applications read their charts from the repository of the platform file (C-45)",
  check: ({ applications, gitops }) =>
    applications
      .filter(({ repository }) => repository !== gitops.repository)
      .map((application) => ({
        ...placeOf(application, "spec", "source", "repoURL"),
        found: `repository ${application.repository === "" ? "nothing" : application.repository}`,
        allowed: `${gitops.repository}, gitops.repository of the platform file`,
        next: "write that address in one source, or correct gitops.repository of the platform file",
      })),
};

/** The chart, the release and the namespace are those of the platform file. */
export const sourceChart: GitopsRule = {
  name: "chart",
  title: "path, release name and namespace are those of the platform file (Y-94)",
  check: ({ applications, expected }) =>
    pairs(applications, expected).flatMap(({ application, wanted: { chart } }) => {
      const fields: [JsonPath, string, string, string][] = [
        [["spec", "source", "path"], "path", application.path, chart.path],
        [["spec", "source", "helm", "releaseName"], "release name", application.release, chart.release],
        [["spec", "destination", "namespace"], "namespace", application.namespace, chart.namespace],
      ];
      return fields
        .filter(([, , found, allowed]) => found !== allowed)
        .map(([path, field, found, allowed]) => ({
          ...placeOf(application, ...path),
          found: `${field} ${found === "" ? "nothing" : `"${found}"`}`,
          allowed: `"${allowed}", as the platform file has it for the chart ${chart.name}`,
          next: `write ${allowed}, or correct the platform file`,
        }));
    }),
};

/** The value files are the chart's defaults and its overlays for the environment, in that order. */
export const valueFiles: GitopsRule = {
  name: "value-files",
  title: "value files are values.yaml and the overlays of the environment, in order (C-44)",
  check: ({ applications, expected }) =>
    pairs(applications, expected)
      .filter(({ application, wanted }) => {
        return overlaysOf(application.valueFiles).join("\n") !== overlaysOf(wanted.valueFiles).join("\n");
      })
      .map(({ application, wanted }) => ({
        ...placeOf(application, "spec", "source", "helm", "valueFiles"),
        found: `value files ${application.valueFiles.join(", ") || "none"}`,
        allowed: wanted.valueFiles.join(", "),
        next: "name exactly these, or correct environments of the chart in the platform file",
      })),
};

/** Every value file is there. */
export const missingValueFile: GitopsRule = {
  name: "missing-value-file",
  title: "every value file of an Application exists in its chart (C-44)",
  check: ({ applications, files }) =>
    applications.flatMap((application) => {
      const known = files.get(application.path);
      if (known === undefined) return [];
      const missing = application.valueFiles.filter((file) => !known.has(file) && file !== DEFAULTS);
      return missing.map((file) => ({
        ...placeOf(application, "spec", "source", "helm", "valueFiles"),
        found: `value file ${application.path}/${file}, which is not there`,
        allowed: [...known].filter((name) => /^values[^/]*\.ya?ml$/.test(name)).join(", ") || "a file of the chart",
        next: "add the file, or name one that is there",
      }));
    }),
};

/** Values stand in files alone, where reviews and renders see them. */
export const inlineValues: GitopsRule = {
  name: "inline-values",
  title: "values come from files alone, and an Application has one source (C-44)",
  check: ({ applications }) =>
    applications.flatMap((application) => [
      ...INLINE.filter((key) => isSet(valueAt(application.body, "spec", "source", "helm", key))).map((key) => ({
        ...placeOf(application, "spec", "source", "helm", key),
        found: `spec.source.helm.${key}`,
        allowed: "valueFiles alone, all of which must exist",
        next: "move the values into the overlay of the environment, and remove the key",
      })),
      ...severalSources(application),
    ]),
};

/** The rules on what an Application installs. */
export const SOURCE_RULES: readonly GitopsRule[] = [
  sourceRepository,
  sourceChart,
  valueFiles,
  missingValueFile,
  inlineValues,
];

function severalSources(application: Application) {
  const others = ["sources", "sourceHydrator"].filter((key) => {
    return itemsAt(application.body, "spec", key).length + entriesAt(application.body, "spec", key).length > 0;
  });
  return others.map((key) => ({
    ...placeOf(application, "spec", key),
    found: `spec.${key}`,
    allowed: "spec.source alone",
    next: "name the chart in spec.source",
  }));
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}
