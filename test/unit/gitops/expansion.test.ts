import { describe, expect, it } from "vitest";

import { placeOf } from "../../../src/gitops/application.ts";
import { readDocuments } from "../../../src/gitops/documents.ts";
import { readExpansion } from "../../../src/gitops/expansion.ts";
import { schemaFindings } from "../../../src/gitops/schema.ts";
import { describeGitopsFindings } from "../../../src/gitops/report.ts";
import { bodyOf, PROJECT, SETS } from "./shop.ts";

const sets = readDocuments(SETS, "sets.yaml", "ApplicationSet");
const projects = readDocuments(PROJECT, "project.yaml", "AppProject");
const source = ["spec", "generators", 0, "list", "elements", 2];

function expansion(problems: unknown[] = []) {
  return readExpansion(
    JSON.stringify({ applications: [{ set: 0, source, application: bodyOf("prod") }], problems }),
    sets,
  );
}

describe("readExpansion", () => {
  it("gives Applications, each with the place that a field of it comes from", () => {
    const [application] = expansion().applications;
    expect(application).toMatchObject({ name: "shop-prod", revision: "v1.2.3", automated: undefined, release: "shop" });
    if (application === undefined) return;
    expect(placeOf(application)).toEqual({ file: "sets.yaml", line: 12, application: "shop-prod" });
    expect(placeOf(application, "spec", "source", "path").line).toBe(19);
    expect(placeOf(application, "spec", "source", "targetRevision").line).toBe(12);
  });

  it("turns what the controller would refuse into findings", () => {
    const path = ["spec", "template", "spec", "source", "targetRevision"];
    const message = 'map has no entry for key "revsion"';
    expect(describeGitopsFindings(expansion([{ set: 0, source, path, message }]).findings)).toMatchInlineSnapshot(`
      "sets.yaml:20 template  ApplicationSet shop
        found    spec.template.spec.source.targetRevision: map has no entry for key "revsion", for the element on line 12
        allowed  a Go template that renders with the parameters of every element, with the functions of Argo CD
        next     correct the template, give every element the parameter, or read it with dig "name" "default" ."
    `);
  });

  it("refuses what the program cannot have written", () => {
    expect(() => readExpansion("{}", sets)).toThrow();
  });
});

describe("schemaFindings", () => {
  const { applications } = expansion();
  const resource = (filename: string, kind: string, name: string, path: string) => ({
    ...{
      filename,
      kind,
      name,
      version: "argoproj.io/v1alpha1",
      status: "statusInvalid",
      msg: "problem validating schema",
    },
    validationErrors: [{ path, msg: "got string, want boolean" }],
  });

  it("names file and line in a project, in a set and in what it makes, and each mistake once", () => {
    const resources = [
      resource("/input/files/0.yaml", "AppProject", "shop", "/spec/destinations/1"),
      resource("/input/files/1.yaml", "ApplicationSet", "shop", "/spec/goTemplate"),
      resource("/output/applications/0.json", "Application", "shop-prod", "/spec/source/path"),
      resource("/output/applications/0.json", "Application", "shop-prod", "/spec/source/path"),
    ];
    const findings = schemaFindings(JSON.stringify({ resources }), [...projects, ...sets], applications);
    expect(findings.map(({ file, line, application, found }) => `${file}:${line} ${application}: ${found}`)).toEqual([
      "project.yaml:8 AppProject shop: spec.destinations.1: got string, want boolean",
      "sets.yaml:5 ApplicationSet shop: spec.goTemplate: got string, want boolean",
      "sets.yaml:19 shop-prod: spec.source.path: got string, want boolean",
    ]);
  });

  it("finds a resource without a definition", () => {
    const missing = { filename: "/input/files/0.yaml", kind: "AppProject", name: "shop", status: "statusError" };
    const report = JSON.stringify({ resources: [{ ...missing, msg: "could not find schema for AppProject" }] });
    const [finding] = schemaFindings(report, projects, []);
    expect(finding).toMatchObject({ line: 1, found: "the object: could not find schema for AppProject" });
    expect(finding?.next).toContain("gitops.customResources");
  });

  it("finds nothing in a report of nothing, and refuses what is no report", () => {
    expect(schemaFindings("{}", [], [])).toEqual([]);
    expect(() => schemaFindings("killed", [], [])).toThrow("kubeconform printed no report: killed");
  });
});
