/** Rules on AppProjects: what an Application does is permitted, and nothing is permitted that no Application does. */
import { argoOrder } from "../../charts/rules/hook-order.ts";
import { groupOf, scopeOf } from "../../charts/rules/kinds.ts";
import { type Manifest, objectName } from "../../charts/manifest.ts";
import { type Application, clusterName, placeOf } from "../application.ts";
import type { Facts, GitopsRule } from "../facts.ts";
import {
  type GroupKind,
  permitsClusterWide,
  permitsDestination,
  permitsNamespaced,
  permitsRepository,
  type Project,
} from "../project.ts";

const NAMESPACE = { group: "", kind: "Namespace" } as const;

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

/** A permission that nobody needs is one that somebody may use. */
export const unusedPermission: GitopsRule = {
  name: "unused-permission",
  title: "a project permits no kind, repository or destination that none of its Applications uses (C-45)",
  check: (facts) => facts.projects.flatMap((project) => unusedOf(project, facts)),
};

/** Permissions name what they permit. */
export const openProject: GitopsRule = {
  name: "open-project",
  title: "a project names its repositories, destinations and kinds, without wildcards (C-45)",
  check: ({ projects }) =>
    projects.flatMap((project) => {
      const { document, repositories, destinations, namespaced, clusterWide } = project;
      const lists: [string, readonly string[]][] = [
        ["sourceRepos", repositories],
        ["destinations", destinations.map((each) => Object.values(each).join(" "))],
        ["clusterResourceWhitelist", clusterWide.map((each) => Object.values(each).join(" "))],
        ["namespaceResourceWhitelist", namespaced?.map((each) => `${each.group} ${each.kind}`) ?? ["* (no list)"]],
      ];
      return lists.flatMap(([list, entries]) =>
        entries.flatMap((entry, index) => {
          if (!/[*?[{!]/.test(entry)) return [];
          return [
            {
              file: document.file,
              line: document.lineOf(["spec", list, index]),
              application: `AppProject ${project.name}`,
              found: `${list}: ${entry.trim()}`,
              allowed: "names, written out: a wildcard also permits what nobody thought of",
              next: "list what the Applications of the project need",
            },
          ];
        }),
      );
    }),
};

/** The rules on AppProjects. */
export const PROJECT_RULES: readonly GitopsRule[] = [
  unknownProject,
  projectSource,
  projectDestination,
  projectKind,
  unusedPermission,
  openProject,
];

function projected({ applications, projects }: Facts) {
  return applications.flatMap((application) => {
    const project = projects.find(({ name }) => name === application.project);
    return project === undefined ? [] : [{ application, project }];
  });
}

/** What Argo CD creates of a render: hooks of events that it does not know, such as test, never reach a cluster. */
function syncedBy(application: Application, { renders }: Facts): Manifest[] {
  return (renders.get(application) ?? []).filter((manifest) => argoOrder(manifest) !== undefined);
}

function permits(project: Project, manifest: Manifest): boolean {
  const kind = kindOf(manifest);
  return isNamespaced(manifest) ? permitsNamespaced(project, kind) : permitsClusterWide(project, kind, manifest.name);
}

function isNamespaced(manifest: Manifest): boolean {
  return scopeOf(manifest) === "namespaced";
}

function kindOf(manifest: Manifest): GroupKind {
  return { group: groupOf(manifest), kind: manifest.kind };
}

function describeKind({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${group}/${kind}`;
}

function describeDestinations({ destinations }: Project): string {
  return destinations.map(({ name, server, namespace }) => `${name || server}/${namespace}`).join(", ") || "none";
}

/** Of a project whose Applications did not all render, nobody can tell which kinds are unused. */
function unusedOf(project: Project, facts: Facts) {
  const { document, name, repositories, destinations, clusterWide, namespaced = [] } = project;
  const own = facts.applications.filter((application) => application.project === name);
  const manifests = own.flatMap((application) => syncedBy(application, facts));
  const isRendered = own.every((application) => facts.renders.has(application));
  const created = own.filter(({ createsNamespace }) => createsNamespace).map(({ namespace }) => namespace);
  const usesCluster = (entry: Project["clusterWide"][number]) => {
    const one = { ...project, clusterWide: [entry] };
    return (
      created.some((namespace) => permitsClusterWide(one, NAMESPACE, namespace)) ||
      manifests.some((manifest) => !isNamespaced(manifest) && permits(one, manifest))
    );
  };
  const usesKind = (entry: GroupKind) => {
    const one = { ...project, namespaced: [entry] };
    return manifests.some((manifest) => isNamespaced(manifest) && permits(one, manifest));
  };
  const usesDestination = (entry: Project["destinations"][number]) =>
    own.some((each) => permitsDestination({ ...project, destinations: [entry] }, each, each.namespace));
  const usesRepository = (entry: string) =>
    own.some(({ repository }) => permitsRepository({ ...project, repositories: [entry] }, repository));
  const unused = [
    ...indexed("sourceRepos", repositories, usesRepository, (each) => each),
    ...indexed(
      "destinations",
      destinations,
      usesDestination,
      (each) => `${each.name || each.server}/${each.namespace}`,
    ),
    ...(isRendered ? indexed("clusterResourceWhitelist", clusterWide, usesCluster, describeKind) : []),
    ...(isRendered ? indexed("namespaceResourceWhitelist", namespaced, usesKind, describeKind) : []),
  ];
  return unused.map(({ list, index, text }) => ({
    file: document.file,
    line: document.lineOf(["spec", list, index]),
    application: `AppProject ${name}`,
    found: `${list}: ${text}, which no Application of the project uses`,
    allowed: "what its Applications use in some environment, and nothing else",
    next: "remove the entry",
  }));
}

function indexed<Entry>(
  list: string,
  entries: readonly Entry[],
  isUsed: (entry: Entry) => boolean,
  describe: (entry: Entry) => string,
): { list: string; index: number; text: string }[] {
  return entries.flatMap((entry, index) => (isUsed(entry) ? [] : [{ list, index, text: describe(entry) }]));
}
