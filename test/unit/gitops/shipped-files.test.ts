/** Holds the files of Argo CD that this repository ships to the requirements; what they make is proved in an engine. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { entriesAt, textAt, valueAt } from "../../../src/charts/json.ts";
import { readDocuments } from "../../../src/gitops/documents.ts";
import { expectedApplications } from "../../../src/gitops/plan.ts";
import { toProject } from "../../../src/gitops/project.ts";
import { checkGitops } from "../../../src/gitops/rules/index.ts";
import { parsePlatform } from "../../../src/platform/platform-file.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const platform = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");
const { gitops } = platform;
if (gitops === undefined) throw new Error("deploy/platform.yaml has no gitops");

const projects = readDocuments(read(gitops.projects), gitops.projects, "AppProject");
const sets = readDocuments(read(gitops.applicationSets), gitops.applicationSets, "ApplicationSet");

describe("deploy/argocd", () => {
  it("C-41: has the AppProject and the ApplicationSet of every system", () => {
    expect([gitops.projects, gitops.applicationSets]).toEqual([
      "deploy/argocd/project.yaml",
      "deploy/argocd/applicationset.yaml",
    ]);
    const systems = platform.systems.map(({ name }) => name);
    expect(projects.map(({ name }) => name)).toEqual(systems);
    expect(sets.map(({ name }) => name)).toEqual(systems);
    expect(sets.map(({ value }) => textAt(value, "spec", "template", "spec", "project"))).toEqual(systems);
  });

  it("A-07, A-08: makes Applications from lists, with templates that miss nothing in silence", () => {
    for (const { value } of sets) {
      expect(valueAt(value, "spec", "goTemplateOptions")).toEqual(["missingkey=error"]);
      expect(entriesAt(value, "spec", "generators", 0).map(([kind]) => kind)).toEqual(["list"]);
      expect(textAt(value, "spec", "templatePatch")).toMatch(/prune: true\n +selfHeal: true/);
    }
  });

  it("C-42, Y-94: names the Applications of every system by release and environment", () => {
    expect(expectedApplications(platform.charts, gitops).map(({ name }) => name)).toEqual(
      ["cruvero", "yab-api", "yab-web", "yab-admin", "cleveragents"].flatMap((release) =>
        ["dev", "staging", "prod"].map((environment) => `${release}-${environment}`),
      ),
    );
  });

  it("C-45: permits no wildcard, and no cluster-wide kind but the system's own namespace", () => {
    const facts = { gitops, sets, projects: projects.map(toProject), applications: [], expected: [] };
    const found = checkGitops({ ...facts, files: new Map(), renders: new Map() });
    expect(found.filter(({ rule }) => rule === "open-project")).toEqual([]);
    expect(projects.map(({ value }) => valueAt(value, "spec", "clusterResourceWhitelist"))).toEqual([
      [{ group: "", kind: "Namespace", name: "cruvero" }],
      [],
      [{ group: "", kind: "Namespace", name: "cleveragents" }],
    ]);
  });
});
