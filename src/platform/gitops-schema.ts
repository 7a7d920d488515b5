/** How GitOps is written in a platform file. */
import { z } from "zod";

import { customResources } from "./chart-schema.ts";
import { ENVIRONMENTS } from "./environments.ts";
import { DIRECTORY, DIRECTORY_RULE, FILE, FILE_RULE, text } from "./schema-parts.ts";

/** Environments that may synchronise by themselves: prod never does (C-43). */
const AUTOMATED = ["dev", "staging"] as const;

const REPOSITORY = /^(?:https:\/\/(?![^/]*@)[^\s/]+\/\S+|ssh:\/\/\S+|[a-z][a-z0-9_-]*@[^\s:/]+:\S+)$/;
const REPOSITORY_RULE = "the https or ssh address of a Git repository, without a password or token";

const EXAMPLE = {
  projects: "deploy/argocd/project.yaml",
  applicationSets: "deploy/argocd/applicationset.yaml",
  repository: "https://git.example.com/shop/platform.git",
  customResources: {
    goModule: "github.com/argoproj/argo-cd/v3",
    version: "v3.5.7",
    directory: "manifests/crds",
  },
};

/** How a platform is rolled out by Argo CD. */
export const gitops = z
  .strictObject(
    {
      projects: text(FILE, FILE_RULE, "File of AppProjects.", EXAMPLE.projects),
      applicationSets: text(FILE, FILE_RULE, "File of ApplicationSets.", EXAMPLE.applicationSets),
      repository: text(
        REPOSITORY,
        REPOSITORY_RULE,
        "Repository that the source is a checkout of: Applications read their charts from it.",
        EXAMPLE.repository,
      ),
      releases: text(
        DIRECTORY,
        DIRECTORY_RULE,
        "Folder of what promote writes: a values file for each environment and chart, <environment>/<chart>.yaml, with the digests that run there. Applications read it behind the overlays.",
        "deploy/releases",
      ).optional(),
      environments: z
        .array(z.enum(ENVIRONMENTS, ENVIRONMENTS.join(", ")).meta({ examples: ["prod"] }), "a list of environments")
        .min(1, "at least one environment")
        .meta({
          description: "Environments that Argo CD rolls out; default: all that a chart has.",
          examples: [["staging", "prod"]],
        })
        .optional(),
      automated: z
        .array(
          z
            .enum(AUTOMATED, `${AUTOMATED.join(", ")}; prod is synchronised by a person (C-43)`)
            .meta({ examples: ["dev"] }),
          "a list",
        )
        .meta({
          description: "Environments that are synchronised by themselves, with prune and selfHeal; default: both.",
          examples: [["dev"]],
        })
        .optional(),
      customResources: customResources.meta({
        description: "Definitions of Argo CD's own resources, of the version that reads the files.",
        examples: [EXAMPLE.customResources],
      }),
    },
    "a map with the keys projects, applicationSets, repository and customResources",
  )
  .meta({
    description:
      "How Argo CD rolls the platform out: files that the function gitops expands and checks (C-41 to C-45).",
    examples: [EXAMPLE],
  });
