/** Rules on AppProjects themselves: nothing is permitted that no Application does, and permissions name what they permit. */
import type { Facts, GitopsRule } from "../facts.ts";
import { describeKind, isNamespaced, NAMESPACE, permits, syncedBy } from "../needs.ts";
import { isPattern } from "../pattern.ts";
import { type GroupKind, permitsClusterWide, permitsDestination, permitsRepository, type Project } from "../project.ts";

type Entry = { readonly list: string; readonly index: number; readonly text: string };

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
          if (!isPattern(entry)) return [];
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
export const PERMISSION_RULES: readonly GitopsRule[] = [unusedPermission, openProject];

function unusedOf(project: Project, facts: Facts) {
  return [...unusedPlaces(project, facts), ...unusedKinds(project, facts)].map(({ list, index, text }) => ({
    file: project.document.file,
    line: project.document.lineOf(["spec", list, index]),
    application: `AppProject ${project.name}`,
    found: `${list}: ${text}, which no Application of the project uses`,
    allowed: "what its Applications use in some environment, and nothing else",
    next: "remove the entry",
  }));
}

function unusedPlaces(project: Project, { applications }: Facts): Entry[] {
  const own = applications.filter((application) => application.project === project.name);
  const usesRepository = (entry: string) =>
    own.some(({ repository }) => permitsRepository({ ...project, repositories: [entry] }, repository));
  const usesDestination = (entry: Project["destinations"][number]) =>
    own.some((each) => permitsDestination({ ...project, destinations: [entry] }, each, each.namespace));
  return [
    ...indexed("sourceRepos", project.repositories, usesRepository, (each) => each),
    ...indexed("destinations", project.destinations, usesDestination, (each) => {
      return `${each.name || each.server}/${each.namespace}`;
    }),
  ];
}

/** Of a project whose Applications did not all render, nobody can tell which kinds are unused. */
function unusedKinds(project: Project, facts: Facts): Entry[] {
  const own = facts.applications.filter((application) => application.project === project.name);
  if (!own.every((application) => facts.renders.has(application))) return [];
  const manifests = own.flatMap((application) => syncedBy(application, facts));
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
  return [
    ...indexed("clusterResourceWhitelist", project.clusterWide, usesCluster, describeKind),
    ...indexed("namespaceResourceWhitelist", project.namespaced ?? [], usesKind, describeKind),
  ];
}

function indexed<Item>(
  list: string,
  entries: readonly Item[],
  isUsed: (entry: Item) => boolean,
  describe: (entry: Item) => string,
): Entry[] {
  return entries.flatMap((entry, index) => (isUsed(entry) ? [] : [{ list, index, text: describe(entry) }]));
}
