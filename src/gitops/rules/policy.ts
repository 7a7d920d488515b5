/** Rules on how an Application is synchronised: by itself in dev and staging, by a person and at a pinned revision in prod. */
import { type Application, placeOf } from "../application.ts";
import type { GitopsRule } from "../facts.ts";
import { pairs } from "../plan.ts";

const COMMIT = /^[0-9a-f]{40}$/;
// Exact: a range such as v1.x or >=1.2 moves by itself.
const VERSION_TAG = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const CASCADE = "resources-finalizer.argocd.argoproj.io";

/** dev and staging synchronise by themselves; prod never does. */
export const syncPolicy: GitopsRule = {
  name: "sync-policy",
  title: "dev and staging are automated with prune and selfHeal; prod is synchronised by a person (C-43, C-50, X-20)",
  check: ({ applications, expected, gitops }) =>
    pairs(applications, expected).flatMap(({ application, wanted: { environment } }) => {
      const isWanted = gitops.automated.includes(environment);
      const { automated } = application;
      const isRight = isWanted ? automated?.prune === true && automated.selfHeal : automated === undefined;
      if (isRight) return [];
      return [
        {
          ...placeOf(application, "spec", "syncPolicy", "automated"),
          found: `${policyOf(application)} in ${environment}`,
          allowed: isWanted
            ? "automated with prune: true and selfHeal: true"
            : "no automated: a person synchronises it",
          next: isWanted
            ? "set spec.syncPolicy.automated in templatePatch, or leave the environment out of gitops.automated"
            : "take spec.syncPolicy.automated from what templatePatch gives to this environment",
        },
      ];
    }),
};

/** Nothing follows HEAD, and prod stays where it was put. */
export const revision: GitopsRule = {
  name: "revision",
  title: "every Application names its revision; prod a version tag or a full commit, never what moves (C-44, X-20)",
  check: ({ applications, expected }) =>
    applications.flatMap((application) => {
      const environment = expected.find(({ name }) => name === application.name)?.environment;
      const { revision: found } = application;
      const isNamed = found !== "" && found.toUpperCase() !== "HEAD";
      const isPinned = COMMIT.test(found) || VERSION_TAG.test(found);
      if (environment === "prod" ? isPinned : isNamed) return [];
      return [
        {
          ...placeOf(application, "spec", "source", "targetRevision"),
          found: found === "" ? "no targetRevision, which means HEAD" : `targetRevision ${found}`,
          allowed:
            environment === "prod"
              ? "a version tag such as v1.2.3, or a commit of 40 hexadecimal digits"
              : "the name of a branch or a tag, or a commit; not HEAD, which is another branch in each repository",
          next: environment === "prod" ? "tag the release that was proved and name the tag" : "name the branch",
        },
      ];
    }),
};

/** Whoever deletes prod's Application by mistake must not delete what it installed. */
export const deletion: GitopsRule = {
  name: "deletion",
  title: "deleting prod's Application leaves what it installed where it is",
  check: ({ applications, expected }) =>
    pairs(applications, expected)
      .filter(({ application, wanted }) => {
        return wanted.environment === "prod" && application.finalizers.some((name) => name.startsWith(CASCADE));
      })
      .map(({ application }) => ({
        ...placeOf(application, "metadata", "finalizers"),
        found: `finalizer ${CASCADE} in prod`,
        allowed: "no such finalizer in prod",
        next: "set spec.syncPolicy.preserveResourcesOnDeletion: true in the ApplicationSet, and name no finalizer",
      })),
};

/** The rules on how an Application is synchronised. */
export const POLICY_RULES: readonly GitopsRule[] = [syncPolicy, revision, deletion];

/** How an Application is synchronised, in a few words. */
export function policyOf({ automated }: Application): string {
  if (automated === undefined) return "manual";
  const also = [...(automated.prune ? ["prune"] : []), ...(automated.selfHeal ? ["selfHeal"] : [])];
  return also.length === 0 ? "automated" : `automated, ${also.join(", ")}`;
}
