/** Rules on what an Application does: its project permits the repository, the destination and every kind. */
import { objectName } from "../../charts/manifest.ts";
import { clusterName, placeOf } from "../application.ts";
import type { Facts, GitopsRule } from "../facts.ts";
import { describeKind, isNamespaced, kindOf, NAMESPACE, permits, syncedBy } from "../needs.ts";
import { permitsClusterWide, permitsDestination, permitsRepository, type Project } from "../project.ts";

/** Every Application is in a project of the file. */
export const unknownProject: GitopsRule = {
  name: "unknown-project",
  title: "every Application is in an AppProject of the file, never in default (C-45)",
  check: ({ applications, projects }) =>
    applications
      .filter(({ project }) => !projects.some(({ name }) => name === project))
      .map((application) => ({
        ...placeOf(application, "spec", "project"),
        found: `project "${application.project}"`,
        allowed: projects.map(({ name }) => name).join(", "),
        next: "name a project of the file, or add the AppProject",
      })),
};

/** The project permits the repository. */
export const projectSource: GitopsRule = {
  name: "project-source",
  title: "an Application's repository is one of its project's sourceRepos (C-45)",
  check: (facts) =>
    projected(facts)
      .filter(({ application, project }) => !permitsRepository(project, application.repository))
      .map(({ application, project }) => ({
        ...placeOf(application, "spec", "source", "repoURL"),
        found: `repository ${application.repository}`,
        allowed: `sourceRepos of AppProject ${project.name}: ${project.repositories.join(", ") || "none"}`,
        next: `add it to ${project.document.file}, or name a repository that is there`,
      })),
};

/** The project permits the cluster and every namespace that something is put into. */
export const projectDestination: GitopsRule = {
  name: "project-destination",
  title: "an Application's cluster and namespaces are destinations of its project (C-45)",
  check: (facts) =>
    projected(facts).flatMap(({ application, project }) => {
      const namespaces = new Set([application.namespace]);
      for (const manifest of syncedBy(application, facts)) {
        if (manifest.namespace !== "" && isNamespaced(manifest)) namespaces.add(manifest.namespace);
      }
      return [...namespaces]
        .filter((namespace) => !permitsDestination(project, application, namespace))
        .map((namespace) => ({
          ...placeOf(application, "spec", "destination"),
          found: `destination ${clusterName(application)}/${namespace}`,
          allowed: `destinations of AppProject ${project.name}: ${describeDestinations(project)}`,
          next: `add it to ${project.document.file}, or correct the destination`,
        }));
    }),
};

/** The project permits every kind that is rendered: else the synchronisation stops at it. */
export const projectKind: GitopsRule = {
  name: "project-kind",
  title: "every kind that a chart renders is permitted by its project (C-45)",
  check: (facts) =>
    projected(facts).flatMap(({ application, project }) => {
      const refused = syncedBy(application, facts).filter((manifest) => !permits(project, manifest));
      const first = [...new Map(refused.map((manifest) => [describeKind(kindOf(manifest)), manifest]))];
      const rendered = first.map(([kind, manifest]) => {
        const list = isNamespaced(manifest) ? "namespaceResourceWhitelist" : "clusterResourceWhitelist";
        return { found: `${kind}, rendered as ${objectName(manifest)} by ${manifest.template}`, kind, list };
      });
      const created = permitsClusterWide(project, NAMESPACE, application.namespace) || !application.createsNamespace;
      const own = { found: `CreateNamespace=true of ${application.namespace}`, kind: "Namespace" };
      const all = created ? rendered : [...rendered, { ...own, list: "clusterResourceWhitelist" }];
      return all.map(({ found, kind, list }) => ({
        ...placeOf(application),
        found,
        allowed: `${list} of AppProject ${project.name}, ${project.document.file}:${project.document.lineOf(["spec", list])}`,
        next: `add ${kind} to that list, or take it out of the chart`,
      }));
    }),
};

/** The rules on what Applications are permitted. */
export const PROJECT_RULES: readonly GitopsRule[] = [unknownProject, projectSource, projectDestination, projectKind];

function projected({ applications, projects }: Facts) {
  return applications.flatMap((application) => {
    const project = projects.find(({ name }) => name === application.project);
    return project === undefined ? [] : [{ application, project }];
  });
}

function describeDestinations({ destinations }: Project): string {
  return destinations.map(({ name, server, namespace }) => `${name || server}/${namespace}`).join(", ") || "none";
}
