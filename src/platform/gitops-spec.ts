/** What a platform file says of GitOps, in typed values; how it is written is in gitops-schema.ts. */
import type { z } from "zod";

import type { CustomResourceSource } from "./chart-spec.ts";
import { toSource } from "./chart-specs.ts";
import { type Environment, ENVIRONMENTS } from "./environments.ts";
import type { gitops } from "./gitops-schema.ts";

/** How a platform is rolled out by Argo CD. */
export type GitopsSpec = {
  /** File of AppProjects, as a path in the source. */
  readonly projects: string;
  /** File of ApplicationSets, as a path in the source. */
  readonly applicationSets: string;
  /** Address of the repository that the source is a checkout of. */
  readonly repository: string;
  /** Folder of the values files that promote writes, as a path in the source. */
  readonly releases?: string | undefined;
  /** Environments that Argo CD rolls out, in the order of promotion. */
  readonly environments: readonly Environment[];
  /** Environments whose Applications synchronise by themselves; never prod. */
  readonly automated: readonly Environment[];
  /** Where Argo CD's own definitions of custom resources come from. */
  readonly customResources: CustomResourceSource;
};

/** GitOps with all defaults; undefined where a platform file says nothing of it. */
export function toGitops(document: z.output<typeof gitops> | undefined): GitopsSpec | undefined {
  if (document === undefined) return undefined;
  const { environments, automated = ["dev", "staging"], customResources, ...where } = document;
  return {
    ...where,
    environments: ENVIRONMENTS.filter((name) => environments?.includes(name) ?? true),
    automated,
    customResources: toSource(customResources),
  };
}
