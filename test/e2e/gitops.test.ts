/** What Argo CD would roll out, by real Go templates, Argo CD's own definitions and real renders. */
import path from "node:path";

import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { inEngine, ROOT, slipway, tableRows } from "./support/slipway.ts";

const SETS = "deploy/argocd/applicationset.yaml";
const PROJECTS = "deploy/argocd/project.yaml";
const RELEASES = ["cruvero", "yab-api", "yab-web", "yab-admin", "cleveragents"];

/** This repository's platform, with one file changed. */
async function planted({ file, from, to }: Record<"file" | "from" | "to", string>): Promise<Directory> {
  const source = dag
    .host()
    .directory(ROOT, { include: ["charts", "deploy", "docker"], exclude: ["charts/**/*.tgz"], noCache: true });
  const text = await source.file(file).contents();
  expect(text).toContain(from);
  return source.withNewFile(file, text.replace(from, to));
}

async function refused(source: Directory): Promise<string> {
  return slipway({ source })
    .gitops()
    .then(
      (table) => `passed:\n${table}`,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}

describe("gitops", () => {
  it("C-42, C-43, C-44, C-56: expands this repository to an Application per chart and environment, and finds nothing wrong", async () => {
    await inEngine(async () => {
      const table = await slipway().gitops();
      const rows = tableRows(table);
      for (const release of RELEASES) {
        for (const environment of ["dev", "staging"]) {
          const policy = ["main", "automated, prune, selfHeal", environment];
          expect(rows.get(`${release}-${environment}`)?.slice(2, 6)).toEqual([environment, ...policy]);
        }
        expect(rows.get(`${release}-prod`)?.slice(2, 6)).toEqual(["prod", "v0.1.0", "manual", "prod"]);
        const chart = release.replace("yab-", "").replace("cleveragents", "server");
        expect(rows.get(`${release}-prod`)?.[7]).toBe(
          `values.yaml values-prod.yaml ../../deploy/releases/prod/${chart}.yaml`,
        );
        expect(Number(rows.get(`${release}-prod`)?.[8])).toBeGreaterThan(5);
      }
      // Its heading and one row for each.
      expect([...rows.keys()].filter((name) => /^[a-z-]+$/.test(name))).toHaveLength(15);
    });
  });

  it("gives the Applications as Argo CD would make them", async () => {
    await inEngine(async () => {
      const rendered = await slipway().gitopsRender();
      expect(await rendered.entries()).toHaveLength(15);
      const prod: unknown = parse(await rendered.file("yab-api-prod.yaml").contents());
      expect(prod).toMatchObject({
        metadata: { name: "yab-api-prod", namespace: "argocd" },
        spec: { project: "yab", destination: { name: "prod", namespace: "apps" }, source: { path: "charts/api" } },
      });
      expect(prod).not.toHaveProperty("spec.syncPolicy.automated");
      expect(prod).not.toHaveProperty("metadata.finalizers");
      const dev: unknown = parse(await rendered.file("cruvero-dev.yaml").contents());
      expect(dev).toHaveProperty("spec.syncPolicy.automated", { prune: true, selfHeal: true });
    });
  });

  it.each([
    {
      title: "a parameter that one element lacks",
      change: { file: SETS, from: "environment: prod, revision: v0.1.0", to: "environment: prod, revison: v0.1.0" },
      says: [
        `${SETS}:39 template  ApplicationSet cruvero`,
        'spec.template.spec.source.targetRevision: line 1 of the template: at <.revision>: map has no entry for key "revision", for the element on line 20',
        `${SETS}:16 missing-application  cruvero-prod`,
      ],
    },
    {
      title: "prod that a patch makes synchronise by itself, with a field that Argo CD does not have",
      change: {
        file: SETS,
        from: "{{- if .automated }}\n    spec:",
        to: "{{- if true }}\n    spec:\n      projcts: a",
      },
      says: [
        `${SETS}:20 sync-policy  cruvero-prod`,
        "found    automated, prune, selfHeal in prod",
        "additional properties 'projcts' not allowed",
      ],
    },
    {
      title: "a kind that a project no longer permits, and one that nobody renders",
      change: { file: PROJECTS, from: "{ group: batch, kind: Job }", to: "{ group: batch, kind: CronJob }" },
      says: [
        "project-kind  cruvero-dev",
        "found    batch/Job, rendered as Job ",
        "unused-permission  AppProject cruvero",
        "namespaceResourceWhitelist: batch/CronJob, which no Application of the project uses",
      ],
    },
    {
      title: "a chart that its value files cannot be rendered with",
      change: { file: "charts/web/values-prod.yaml", from: "replicaCount: 3", to: "replicaCount: many" },
      says: ["render  yab-web-prod", "charts/web/values-prod.yaml", "yab-web-dev"],
    },
  ])("refuses $title", async ({ change, says }) => {
    await inEngine(async () => {
      const message = await refused(await planted(change));
      expect(message).toMatch(/^\[gate\] gitops: \d+ findings?\n/);
      for (const text of says) expect(message).toContain(text);
      expect(message).toMatch(/\nNext: ./);
    });
  });

  it("says what to add to a platform file without GitOps", async () => {
    await inEngine(async () => {
      const source = dag.host().directory(path.join(ROOT, "test/fixtures/shop"), { noCache: true });
      await expect(slipway({ source, platform: "platform.yaml" }).gitops()).rejects.toThrow(
        "[config] platform.yaml has no key gitops",
      );
    });
  });
});
