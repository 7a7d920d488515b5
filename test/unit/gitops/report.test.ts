import { describe, expect, it } from "vitest";

import { pinnedImages } from "../../../src/gitops/digests.ts";
import { groupApplications } from "../../../src/gitops/render-groups.ts";
import { digestNote, GitopsFailedError, gitopsTable, NoGitopsError } from "../../../src/gitops/report.ts";
import { checkGitops } from "../../../src/gitops/rules/index.ts";
import { bodyOf, facts } from "./shop.ts";

describe("the report of GitOps", () => {
  it("shows environment, revision and policy of every Application", () => {
    const { applications, expected } = facts();
    const summaries = new Map(applications.map((each, index) => [each, { objects: 7, images: 2, pinned: index }]));
    expect(gitopsTable(applications, expected, summaries)).toMatchInlineSnapshot(`
      "APPLICATION   PROJECT  ENVIRONMENT  REVISION  POLICY                      CLUSTER  NAMESPACE  VALUE FILES                      OBJECTS  DIGESTS
      shop-dev      shop     dev          main      automated, prune, selfHeal  dev      market     values.yaml values-dev.yaml            7      0/2
      shop-staging  shop     staging      main      automated, prune, selfHeal  staging  market     values.yaml values-staging.yaml        7      1/2
      shop-prod     shop     prod         v1.2.3    manual                      prod     market     values.yaml values-prod.yaml           7      2/2"
    `);
    expect(digestNote(summaries.values())).toMatchInlineSnapshot(
      `"DIGESTS: 2 of 3 Applications run images that no value file names by digest yet. They were rendered with stand-ins; Argo CD rolls them out once a promotion has written the digests."`,
    );
    expect(digestNote([{ objects: 1, images: 1, pinned: 1 }])).toBe("");
  });

  it("shows a hyphen for what is not known", () => {
    const bodies = () => {
      const body = bodyOf("dev");
      body.metadata.name = "other";
      delete body.spec.source.targetRevision;
      return [body];
    };
    const { applications, expected } = facts({ bodies });
    expect(gitopsTable(applications, expected, new Map()).split("\n")[1]).toMatch(/^other +shop +- +- .* - +-$/);
  });

  it("names a mistake that several Applications share once, with all of them", () => {
    const planted = facts({ bodies: (all) => all.map((body) => ({ ...body, spec: { ...body.spec, project: "no" } })) });
    const findings = checkGitops(planted).filter(({ rule }) => rule === "unknown-project");
    expect(new GitopsFailedError(findings, "TABLE").message).toMatchInlineSnapshot(`
      "[gate] gitops: 3 findings

      argocd/applicationset.yaml:16 unknown-project  shop-dev, shop-staging, shop-prod
        found    project "no"
        allowed  shop
        next     name a project of the file, or add the AppProject

      TABLE

      Next: correct what is named above"
    `);
  });

  it("shows no password of an address", () => {
    const change = ({ spec }: ReturnType<typeof bodyOf>) => {
      spec.source.repoURL = "https://bot:s3cr3t@git.example.com/shop.git";
    };
    const findings = checkGitops(facts({ change }));
    expect(findings.map(({ rule }) => rule)).toContain("source-repository");
    expect(new GitopsFailedError(findings, "").message).toContain("https://bot:***@git.example.com/shop.git");
    expect(new GitopsFailedError(findings, "").message).not.toContain("s3cr3t");
  });

  it("says what to do where a platform file has no GitOps", () => {
    expect(new NoGitopsError("ship.yaml").message).toMatchInlineSnapshot(`
      "[config] ship.yaml has no key gitops, so that nothing says where the files of Argo CD are
      Next: add gitops with projects, applicationSets, repository and customResources; an editor shows the form"
    `);
  });
});

describe("groupApplications", () => {
  const groups = (planted: Parameters<typeof facts>[0] = {}) => {
    const { applications, expected, files } = facts(planted);
    return groupApplications(applications, expected, files).map(({ chart, members }) => {
      const environments = Object.entries(chart.environments).map(
        ([name, overlays = []]) => `${name} ${overlays.join(" ")}`,
      );
      return [chart.release, members.length, ...environments].join(", ");
    });
  };

  it("renders the environments of a chart together, with the overlays of the Applications", () => {
    expect(groups()).toEqual(["shop, 3, dev values-dev.yaml, staging values-staging.yaml, prod values-prod.yaml"]);
  });

  it("renders another release, and a second Application of one name, apart", () => {
    const change = ({ spec }: ReturnType<typeof bodyOf>) => void (spec.source.helm.releaseName = "store");
    const bodies = (all: ReturnType<typeof bodyOf>[]) => [...all, bodyOf("prod")];
    expect(groups({ change, bodies })).toEqual([
      "store, 1, dev values-dev.yaml",
      "shop, 2, staging values-staging.yaml, prod values-prod.yaml",
      "shop, 1, prod values-prod.yaml",
    ]);
  });

  it("leaves out what cannot be rendered", () => {
    expect(groups({ files: ["Chart.yaml", "values-dev.yaml"] })).toEqual(["shop, 1, dev values-dev.yaml"]);
    expect(groups({ files: [] })).toEqual([]);
    const change = ({ spec }: ReturnType<typeof bodyOf>) => void (spec.source.path = "../shop");
    expect(groups({ change, bodies: ([dev]) => (dev === undefined ? [] : [dev]) })).toEqual([]);
  });
});

describe("pinnedImages", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const texts = new Map([
    ["values.yaml", 'api: { image: { digest: "" } }\n'],
    ["values-dev.yaml", `api: { image: { digest: "${digest}" } }\nweb: { digest: "sha256:short" }\n`],
  ]);

  it("counts the images that have a digest in the value files", () => {
    const images = { api: "api.image", web: "web", worker: "worker.image" };
    expect(pinnedImages(images, ["values.yaml", "values-dev.yaml"], texts)).toBe(1);
    expect(pinnedImages(images, ["values.yaml"], texts)).toBe(0);
  });
});
