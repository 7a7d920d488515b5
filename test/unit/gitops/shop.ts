/** A small platform with GitOps, whose files have no mistake, and ways to plant one. */
import { parseManifests } from "../../../src/charts/manifest.ts";
import { type Application, toApplication } from "../../../src/gitops/application.ts";
import { readDocuments } from "../../../src/gitops/documents.ts";
import type { Facts } from "../../../src/gitops/facts.ts";
import { expectedApplications } from "../../../src/gitops/plan.ts";
import { toProject } from "../../../src/gitops/project.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

export const PLATFORM = `systems:
  shop:
    source: .
    namespace: market
    charts:
      shop:
        path: charts/shop
        environments: { dev: [values-dev.yaml], staging: [values-staging.yaml], prod: [values-prod.yaml] }
gitops:
  projects: argocd/project.yaml
  applicationSets: argocd/applicationset.yaml
  repository: https://git.example.com/shop.git
  customResources: { goModule: github.com/argoproj/argo-cd/v3, version: v3.5.7, directory: manifests/crds }
`;

export const PROJECT = `apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: shop, namespace: argocd }
spec:
  sourceRepos: [https://git.example.com/shop.git]
  destinations:
    - { name: dev, namespace: market }
    - { name: staging, namespace: market }
    - { name: prod, namespace: market }
  clusterResourceWhitelist:
    - { group: "", kind: Namespace, name: market }
  namespaceResourceWhitelist:
    - { group: "", kind: Service }
    - { group: apps, kind: Deployment }
`;

export const SETS = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: shop, namespace: argocd }
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list:
        elements:
          - { environment: dev, revision: main }
          - { environment: staging, revision: main }
          - { environment: prod, revision: v1.2.3 }
  template:
    metadata: { name: "shop-{{ .environment }}" }
    spec:
      project: shop
      source:
        repoURL: https://git.example.com/shop.git
        path: charts/shop
        targetRevision: "{{ .revision }}"
`;

export const RENDER = `apiVersion: v1
kind: Service
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, namespace: market }
---
apiVersion: v1
kind: Pod
metadata: { name: shop-test, annotations: { helm.sh/hook: test } }
`;

/** An Application as the ApplicationSet makes it. */
export type Body = {
  metadata: { name: string; finalizers?: string[] };
  spec: {
    project: string;
    source: {
      repoURL: string;
      path: string;
      targetRevision?: string;
      helm: { releaseName: string; valueFiles: string[] } & Record<string, unknown>;
    };
    sources?: unknown[];
    destination: { name?: string; server?: string; namespace: string };
    syncPolicy: { automated?: Record<string, boolean>; syncOptions: string[] };
  };
};

/** What is planted: other texts, other Applications, other files, other renders. */
export type Planted = {
  readonly project?: (text: string) => string;
  readonly sets?: (text: string) => string;
  readonly platform?: (text: string) => string;
  /** Changes one Application, of the environment dev where `environment` names no other. */
  readonly change?: (body: Body) => void;
  readonly environment?: "dev" | "staging" | "prod";
  /** Changes the list of Applications. */
  readonly bodies?: (bodies: Body[]) => Body[];
  readonly files?: readonly string[];
  readonly render?: (text: string) => string;
};

/** The facts of the small platform with what is planted. */
export function facts(planted: Planted = {}): Facts {
  const same = (text: string) => text;
  const platform = parsePlatform((planted.platform ?? same)(PLATFORM), "platform.yaml");
  const { gitops } = platform;
  if (gitops === undefined) throw new Error("the platform of the test has no gitops");
  const sets = readDocuments((planted.sets ?? same)(SETS), gitops.applicationSets, "ApplicationSet");
  const [set] = sets;
  if (set === undefined) throw new Error("the test has no ApplicationSet");
  const bodies = (["dev", "staging", "prod"] as const).map(bodyOf);
  bodies
    .filter((body) => body.metadata.name === `shop-${planted.environment ?? "dev"}`)
    .forEach((body) => planted.change?.(body));
  const applications = (planted.bodies ?? ((list: Body[]) => list))(bodies).map((body, index): Application => {
    return toApplication(body, set, ["spec", "generators", 0, "list", "elements", Math.min(index, 2)]);
  });
  const manifests = parseManifests((planted.render ?? same)(RENDER), "shop");
  const files = planted.files ?? [
    "Chart.yaml",
    "values.yaml",
    "values-dev.yaml",
    "values-staging.yaml",
    "values-prod.yaml",
  ];
  return {
    ...{ gitops, sets, applications },
    projects: readDocuments((planted.project ?? same)(PROJECT), gitops.projects, "AppProject").map(toProject),
    expected: expectedApplications(platform.charts, gitops),
    files: new Map([["charts/shop", new Set(files)]]),
    renders: new Map(applications.map((application) => [application, manifests])),
  };
}

/** The Application of an environment, as the ApplicationSet makes it. */
export function bodyOf(environment: "dev" | "staging" | "prod"): Body {
  return {
    metadata: { name: `shop-${environment}` },
    spec: {
      project: "shop",
      source: {
        repoURL: "https://git.example.com/shop.git",
        path: "charts/shop",
        targetRevision: environment === "prod" ? "v1.2.3" : "main",
        helm: { releaseName: "shop", valueFiles: ["values.yaml", `values-${environment}.yaml`] },
      },
      destination: { name: environment, namespace: "market" },
      syncPolicy: {
        ...(environment === "prod" ? {} : { automated: { prune: true, selfHeal: true } }),
        syncOptions: ["CreateNamespace=true"],
      },
    },
  };
}
