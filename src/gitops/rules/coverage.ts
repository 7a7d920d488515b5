/** Rules on which Applications there are: each chart once in each environment, nothing else, and no two in one place. */
import { type Application, clusterName, placeOf } from "../application.ts";
import type { Facts, GitopsRule } from "../facts.ts";
import { nearestName } from "../../platform/nearest-name.ts";

/** Every chart in every environment has an Application. */
export const missingApplication: GitopsRule = {
  name: "missing-application",
  title: "every chart of the platform file has an Application in every environment (C-42)",
  check: ({ expected, applications, sets, gitops }) =>
    expected
      .filter(({ name }) => !applications.some((application) => application.name === name))
      .map(({ name, chart, environment }) => {
        const set = sets.find((each) => each.name === chart.system);
        return {
          file: set?.file ?? gitops.applicationSets,
          line: set?.lineOf(["spec", "generators"]) ?? 1,
          application: name,
          found: `no Application for the chart ${chart.name} in ${environment}`,
          allowed: `one Application ${name}`,
          next: "add an element for it, or take the environment from gitops.environments of the platform file",
        };
      }),
};

/** No Application is there that the platform file does not ask for. */
export const unknownApplication: GitopsRule = {
  name: "unknown-application",
  title: "no Application but those of the platform file's charts, named <release>-<environment> (C-42)",
  check: ({ expected, applications }) => {
    const names = expected.map(({ name }) => name);
    return applications
      .filter(({ name }) => !names.includes(name))
      .map((application) => {
        const free = names.filter((name) => !applications.some((other) => other.name === name));
        const near = nearestName(application.name, free);
        return {
          ...placeOf(application, "metadata", "name"),
          found: `Application ${application.name}, which no chart of the platform file asks for`,
          allowed: names.join(", "),
          next: near === undefined ? "remove its element, or describe its chart" : `name it ${near}`,
        };
      });
  },
};

/** A name is there once: of two Applications with one name, Argo CD keeps changing one. */
export const duplicateApplication: GitopsRule = {
  name: "duplicate-application",
  title: "names of Applications are unique over all ApplicationSets (C-42)",
  check: ({ applications }) =>
    repeated(applications, ({ name }) => name).map(([application, first]) => ({
      ...placeOf(application),
      found: `Application ${application.name} a second time; the first is on line ${placeOf(first).line}`,
      allowed: "each name once",
      next: "remove or rename one of the two",
    })),
};

/** No two Applications install one release into the same place, where each would undo the other. */
export const sharedPlace: GitopsRule = {
  name: "shared-place",
  title: "no two Applications install the same release into one namespace of one cluster",
  check: ({ applications }) => {
    const placed = applications.filter((each) => clusterName(each) !== "");
    return repeated(placed, (each) => JSON.stringify([clusterName(each), each.namespace, each.release]))
      .filter(([application, first]) => application.name !== first.name)
      .map(([application, first]) => ({
        ...placeOf(application, "spec", "destination"),
        found: `release ${application.release} in ${clusterName(application)}/${application.namespace}, as ${first.name} has it`,
        allowed: "a cluster, namespace and release for each Application",
        next: "give each environment a cluster or a namespace of its own",
      }));
  },
};

/** The rules on which Applications there are. */
export const COVERAGE_RULES: readonly GitopsRule[] = [
  missingApplication,
  unknownApplication,
  duplicateApplication,
  sharedPlace,
];

function repeated(
  applications: Facts["applications"],
  keyOf: (application: Application) => string,
): [Application, Application][] {
  return applications.flatMap((application, index): [Application, Application][] => {
    const first = applications.slice(0, index).find((other) => keyOf(other) === keyOf(application));
    return first === undefined ? [] : [[application, first]];
  });
}
