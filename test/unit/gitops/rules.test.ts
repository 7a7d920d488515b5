/** Every rule over GitOps files, with a planted defect that it names and nothing else does. */
import { describe, expect, it } from "vitest";

import { describeGitopsFindings } from "../../../src/gitops/report.ts";
import { checkGitops, GITOPS_RULES } from "../../../src/gitops/rules/index.ts";
import { credentialFindings } from "../../../src/gitops/rules/sets.ts";
import { bodyOf, facts, type Planted, PROJECT } from "./shop.ts";

type Defect = Planted & {
  readonly rule: string;
  readonly title: string;
  readonly says: string;
  /** File and line that the finding names. */
  readonly at: string;
};

const SETS_FILE = "argocd/applicationset.yaml";
const PROJECT_FILE = "argocd/project.yaml";
const DEV = `${SETS_FILE}:10`;
const PROD = `${SETS_FILE}:12`;

const DEFECTS: readonly Defect[] = [
  {
    ...{
      rule: "go-template",
      title: "templates that are none of Go",
      at: `${SETS_FILE}:5`,
      says: "no goTemplate: true",
    },
    sets: (text) => text.replace("goTemplate: true", "goTemplate: false"),
  },
  {
    ...{ rule: "go-template", title: "a missing parameter that is let through", at: `${SETS_FILE}:6` },
    says: "no option missingkey=error",
    sets: (text) => text.replace("missingkey=error", "missingkey=zero"),
  },
  {
    ...{ rule: "fixed-project", title: "a project that a parameter chooses", at: `${SETS_FILE}:16` },
    says: "project {{ .project }}",
    sets: (text) => text.replace("project: shop", 'project: "{{ .project }}"'),
  },
  {
    ...{ rule: "missing-application", title: "an environment without an Application", at: `${SETS_FILE}:8` },
    says: "no Application for the chart shop in staging",
    bodies: (all) => all.filter(({ metadata }) => metadata.name !== "shop-staging"),
    project: (text) => text.replace("    - { name: staging, namespace: market }\n", ""),
  },
  {
    ...{ rule: "unknown-application", title: "an Application of nobody", at: PROD, says: "Application shop-test" },
    bodies: (all) => {
      const more = bodyOf("prod");
      more.metadata.name = "shop-test";
      more.spec.source.helm.releaseName = "shop-test";
      return [...all, more];
    },
  },
  {
    ...{ rule: "duplicate-application", title: "a name that is taken twice", at: PROD },
    says: "Application shop-prod a second time; the first is on line 12",
    bodies: (all) => [...all, bodyOf("prod")],
  },
  {
    ...{ rule: "shared-place", title: "two environments in one place", at: `${SETS_FILE}:11` },
    says: "release shop in dev/market, as shop-dev has it",
    environment: "staging",
    change: ({ spec }) => (spec.destination.name = "dev"),
    project: (text) => text.replace("    - { name: staging, namespace: market }\n", ""),
  },
  {
    ...{ rule: "source-repository", title: "another repository", at: `${SETS_FILE}:18` },
    says: "allowed  https://git.example.com/shop.git, gitops.repository of the platform file",
    platform: (text) => text,
    change: ({ spec }) => (spec.source.repoURL = "https://git.example.com/other.git"),
    project: (text) => text.replace("shop.git]", "shop.git, https://git.example.com/other.git]"),
  },
  {
    ...{ rule: "chart", title: "another chart", at: `${SETS_FILE}:19`, says: 'path "charts/other"' },
    change: ({ spec }) => (spec.source.path = "charts/other"),
  },
  {
    ...{ rule: "chart", title: "another release", at: DEV, says: 'release name "store"' },
    change: ({ spec }) => (spec.source.helm.releaseName = "store"),
  },
  {
    ...{ rule: "value-files", title: "the overlay of another environment", at: DEV },
    says: "value files values.yaml, values-prod.yaml",
    change: ({ spec }) => (spec.source.helm.valueFiles = ["values.yaml", "values-prod.yaml"]),
  },
  {
    ...{ rule: "missing-value-file", title: "an overlay that is not there", at: PROD },
    says: "value file charts/shop/values-prod.yaml, which is not there",
    files: ["Chart.yaml", "values.yaml", "values-dev.yaml", "values-staging.yaml"],
  },
  {
    ...{ rule: "inline-values", title: "values in an Application", at: DEV, says: "spec.source.helm.parameters" },
    change: ({ spec }) => (spec.source.helm.parameters = [{ name: "replicas", value: "9" }]),
  },
  {
    ...{ rule: "inline-values", title: "value files that may be missing", at: DEV },
    says: "spec.source.helm.ignoreMissingValueFiles",
    change: ({ spec }) => (spec.source.helm.ignoreMissingValueFiles = true),
  },
  {
    ...{ rule: "inline-values", title: "several sources", at: DEV, says: "spec.sources" },
    change: ({ spec }) => (spec.sources = [{ repoURL: "https://git.example.com/values.git" }]),
  },
  {
    ...{ rule: "sync-policy", title: "prod that synchronises by itself", at: PROD, says: "automated, prune in prod" },
    environment: "prod",
    change: ({ spec }) => (spec.syncPolicy.automated = { prune: true }),
  },
  {
    ...{ rule: "sync-policy", title: "prod whose automation says nothing of being on", at: PROD },
    says: "found    automated in prod",
    environment: "prod",
    change: ({ spec }) => (spec.syncPolicy.automated = {}),
  },
  {
    ...{ rule: "sync-policy", title: "dev that a person synchronises", at: DEV, says: "manual in dev" },
    change: ({ spec }) => delete spec.syncPolicy.automated,
  },
  {
    ...{ rule: "sync-policy", title: "dev whose automation is off", at: DEV, says: "manual in dev" },
    change: ({ spec }) => (spec.syncPolicy.automated = { prune: true, selfHeal: true, enabled: false }),
  },
  {
    ...{ rule: "sync-policy", title: "dev that does not heal itself", at: DEV, says: "automated, prune in dev" },
    change: ({ spec }) => (spec.syncPolicy.automated = { prune: true }),
  },
  ...["HEAD", "main", "v1", "v1.2.x", ">=1.2.3", "0123abc"].map((targetRevision) => ({
    ...{ rule: "revision", title: `prod at ${targetRevision}`, at: PROD, says: `targetRevision ${targetRevision}` },
    environment: "prod" as const,
    change: ({ spec }: ReturnType<typeof bodyOf>) => void (spec.source.targetRevision = targetRevision),
  })),
  {
    ...{ rule: "revision", title: "dev at HEAD", at: DEV, says: "targetRevision HEAD" },
    change: ({ spec }) => (spec.source.targetRevision = "HEAD"),
  },
  {
    ...{ rule: "revision", title: "no revision", at: DEV, says: "no targetRevision, which means HEAD" },
    change: ({ spec }) => delete spec.source.targetRevision,
  },
  {
    ...{ rule: "deletion", title: "prod that is deleted with its Application", at: PROD },
    says: "finalizer resources-finalizer.argocd.argoproj.io in prod",
    environment: "prod",
    change: ({ metadata }) => (metadata.finalizers = ["resources-finalizer.argocd.argoproj.io/background"]),
  },
  {
    ...{ rule: "unknown-project", title: "the project default", at: `${SETS_FILE}:16`, says: 'project "default"' },
    bodies: (all) => all.map((body) => ({ ...body, spec: { ...body.spec, project: "default" } })),
    project: (text) => text.replace(/spec:[\s\S]*/, "spec: { namespaceResourceWhitelist: [] }\n"),
  },
  {
    ...{ rule: "project-source", title: "a repository that the project does not know", at: `${SETS_FILE}:18` },
    says: "sourceRepos of AppProject shop: none",
    project: (text) => text.replace("[https://git.example.com/shop.git]", "[]"),
  },
  {
    ...{ rule: "project-destination", title: "a cluster that the project does not know", at: PROD },
    says: "destination prod/market",
    project: (text) => text.replace("    - { name: prod, namespace: market }\n", ""),
  },
  {
    ...{ rule: "project-destination", title: "an object in another namespace", at: DEV },
    says: "destination dev/kube-system",
    render: (text) => text.replace("namespace: market", "namespace: kube-system"),
  },
  {
    ...{ rule: "project-kind", title: "a kind that the project does not permit", at: DEV },
    says: "found    batch/Job, rendered as Job clean",
    render: (text) => `${text}---\napiVersion: batch/v1\nkind: Job\nmetadata: { name: clean }\n`,
  },
  {
    ...{ rule: "project-kind", title: "an object outside of namespaces", at: DEV },
    says: "rbac.authorization.k8s.io/ClusterRole",
    render: (text) =>
      `${text}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: all }\n`,
  },
  {
    ...{ rule: "project-kind", title: "a namespace that Argo CD may not create", at: DEV },
    says: "CreateNamespace=true of market",
    project: (text) => text.replace('    - { group: "", kind: Namespace, name: market }\n', ""),
  },
  {
    ...{ rule: "unused-permission", title: "a kind that nobody renders", at: `${PROJECT_FILE}:15` },
    says: "namespaceResourceWhitelist: Secret, which no Application of the project uses",
    project: (text) => `${text}    - { group: "", kind: Secret }\n`,
  },
  {
    ...{ rule: "unused-permission", title: "a cluster that nobody uses", at: `${PROJECT_FILE}:10` },
    says: "destinations: old/market",
    project: (text) => text.replace("  clusterR", "    - { name: old, namespace: market }\n  clusterR"),
  },
  {
    ...{ rule: "open-project", title: "any namespace", at: `${PROJECT_FILE}:9`, says: "destinations: prod  *" },
    project: (text) => text.replace("name: prod, namespace: market", 'name: prod, namespace: "*"'),
  },
  {
    ...{ rule: "open-project", title: "any kind in a namespace", at: `${PROJECT_FILE}:5` },
    says: "namespaceResourceWhitelist: * (no list)",
    project: (text) => text.replace(/ {2}namespaceResourceWhitelist:[\s\S]*/, ""),
  },
];

describe("the rules over GitOps files", () => {
  it("find nothing where nothing is wrong", () => {
    expect(checkGitops(facts())).toEqual([]);
  });

  it.each(DEFECTS)("$rule: $title", ({ rule, says, at, ...planted }) => {
    const findings = checkGitops(facts(planted));
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([rule]);
    expect(`${findings[0]?.file ?? ""}:${findings[0]?.line ?? 0}`).toBe(at);
    expect(describeGitopsFindings(findings)).toContain(says);
  });

  it("are each seen red by a planted defect", () => {
    const planted = new Set(DEFECTS.map(({ rule }) => rule));
    expect(GITOPS_RULES.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
    expect(DEFECTS.length).toBeGreaterThan(30);
  });

  it("name the namespace that another part of the system has", () => {
    const findings = checkGitops(facts({ change: ({ spec }) => (spec.destination.namespace = "other") }));
    expect([...new Set(findings.map(({ rule }) => rule))]).toEqual([
      ...["chart", "project-destination", "project-kind", "unused-permission"],
    ]);
  });

  it("let a server stand in place of a cluster's name, a commit in place of a tag, and automation of dev alone", () => {
    const server = "https://dev.example.com";
    const planted = {
      change: ({ spec }: ReturnType<typeof bodyOf>) => {
        spec.destination = { server, namespace: "market" };
        spec.source.helm.valueFiles = ["values-dev.yaml"];
      },
      bodies: (all: ReturnType<typeof bodyOf>[]) => {
        const [dev, staging, prod] = all;
        if (dev === undefined || staging === undefined || prod === undefined) return [];
        delete staging.spec.syncPolicy.automated;
        prod.spec.source.targetRevision = "0123456789abcdef0123456789abcdef01234567";
        return [dev, staging, prod];
      },
      project: (text: string) => text.replace("name: dev", `server: ${server}`),
      platform: (text: string) => text.replace("gitops:\n", "gitops:\n  automated: [dev]\n"),
    };
    expect(checkGitops(facts(planted))).toEqual([]);
  });

  it("ask only for the environments that the platform file rolls out by Argo CD", () => {
    const planted = {
      platform: (text: string) => text.replace("gitops:\n", "gitops:\n  environments: [prod, dev]\n"),
      bodies: (all: ReturnType<typeof bodyOf>[]) => all.filter(({ metadata }) => metadata.name !== "shop-staging"),
      project: (text: string) => text.replace("    - { name: staging, namespace: market }\n", ""),
    };
    expect(checkGitops(facts(planted))).toEqual([]);
  });

  it("call no kind unused where a chart did not render", () => {
    const planted = facts({ project: (text) => `${text}    - { group: "", kind: Secret }\n` });
    const [dev] = planted.applications;
    const renders = new Map([...planted.renders].filter(([application]) => application !== dev));
    expect(checkGitops({ ...planted, renders })).toEqual([]);
  });
});

describe("credentialFindings", () => {
  it("C-45: finds a password in a file of Argo CD and does not show it", () => {
    const text = PROJECT.replace("https://git.", "https://bot:s3cr3t-t0ken-9f8a7b@git.");
    const findings = credentialFindings([{ file: PROJECT_FILE, text }]);
    expect(findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`)).toEqual([
      `credentials ${PROJECT_FILE}:5`,
    ]);
    expect(JSON.stringify(findings)).not.toContain("s3cr3t");
    expect(credentialFindings([{ file: PROJECT_FILE, text: PROJECT }])).toEqual([]);
  });
});
