import { describe, expect, it } from "vitest";

import { applyExceptions, parseExceptions } from "../../../src/charts/exceptions.ts";
import type { Finding } from "../../../src/charts/finding.ts";

const FILE = "deploy/exceptions.yaml";
const TODAY = "2026-11-21";

const FINDING: Finding = {
  ...{ rule: "kube-score/pod-probes", chart: "shop", environment: "dev", object: "Deployment shop/api" },
  ...{ path: "spec.template", reason: "has no probes", fix: "add one" },
};

const exception = (...more: string[]) =>
  parseExceptions(
    [
      "# Why not.",
      "- rule: kube-score/pod-probes",
      "  chart: shop",
      "  object: Deployment shop/api",
      "  reason: It answers no requests and ends by itself",
      more.some((line) => line.startsWith("expires")) ? "" : "  expires: 2027-02-01",
      ...more.map((line) => `  ${line}`),
    ].join("\n"),
    FILE,
  );

describe("parseExceptions", () => {
  it("gives each exception with its file and line", () => {
    expect(exception("environments: [dev, prod]", "path: spec.template")).toEqual([
      {
        ...{ rule: "kube-score/pod-probes", chart: "shop", object: "Deployment shop/api", path: "spec.template" },
        ...{
          environments: ["dev", "prod"],
          reason: "It answers no requests and ends by itself",
          expires: "2027-02-01",
        },
        ...{ file: FILE, line: 2 },
      },
    ]);
  });

  it.each(["", "# none\n", "[]"])("has no exceptions in %j", (text) => {
    expect(parseExceptions(text, FILE)).toEqual([]);
  });

  it("names every mistake with its line, what is allowed and what to do", () => {
    const text = [
      "- rule: exception-stale",
      "  chart: shop",
      "  environments: [qa]",
      "  object: Deployment shop/api",
      "  reason: not needed",
      "  expires: 2027-02-30",
      "  pth: spec",
      "- rule: namespace",
    ].join("\n");
    expect(() => parseExceptions(text, FILE)).toThrowErrorMatchingSnapshot();
  });

  it.each(["rule: a", "- [", "- rule: a\n  rule: b"])("refuses %j", (text) => {
    expect(() => parseExceptions(text, FILE)).toThrow(/^\[config\] deploy\/exceptions\.yaml has /);
  });
});

describe("applyExceptions", () => {
  it("takes away what an exception names, and says which exception it was", () => {
    const [only] = exception();
    expect(applyExceptions([FINDING], exception(), TODAY)).toEqual({
      findings: [],
      excused: [{ ...FINDING, exception: only }],
    });
  });

  it.each([
    { title: "another rule", finding: { ...FINDING, rule: "kube-score/pod-probes-identical" } },
    { title: "another chart", finding: { ...FINDING, chart: "shop-2" } },
    { title: "another object", finding: { ...FINDING, object: "Deployment shop/api-2" } },
    { title: "another path", finding: { ...FINDING, path: "spec.template.spec" } },
    { title: "another environment", finding: { ...FINDING, environment: "prod" as const } },
  ])("leaves a finding of $title, and says that the exception is stale", ({ finding }) => {
    const { findings, excused } = applyExceptions(
      [finding],
      exception("environments: [dev]", "path: spec.template"),
      TODAY,
    );
    expect(excused).toEqual([]);
    expect(findings).toEqual([
      finding,
      {
        ...{ rule: "exception-stale", chart: "shop", environment: "dev", object: FILE, path: "line 2" },
        reason:
          "excuses kube-score/pod-probes in Deployment shop/api, spec.template for dev, and nothing of the kind is found; allowed are exceptions that are needed",
        fix: "remove dev from it, or all of it",
      },
    ]);
  });

  it("without environments and path, excuses the object wherever it is", () => {
    const findings = [FINDING, { ...FINDING, environment: "prod" as const, path: "" }];
    expect(applyExceptions(findings, exception(), TODAY)).toMatchObject({ findings: [], excused: [{}, {}] });
    expect(applyExceptions([], exception(), TODAY).findings).toMatchObject([
      { rule: "exception-stale", environment: "", fix: "remove it" },
    ]);
  });

  it("is stale for each environment that it names in vain", () => {
    const { findings } = applyExceptions([FINDING], exception("environments: [dev, staging, prod]"), TODAY);
    expect(findings).toMatchObject([
      { rule: "exception-stale", environment: "staging" },
      { rule: "exception-stale", environment: "prod" },
    ]);
  });

  it("is not stale where the rule did not run", () => {
    expect(applyExceptions([], exception(), TODAY, (rule) => !rule.startsWith("kube-score/")).findings).toEqual([]);
  });

  it("excuses on its last day and no longer", () => {
    expect(applyExceptions([FINDING], exception("expires: 2026-11-21"), TODAY).findings).toEqual([]);
    const { findings, excused } = applyExceptions([FINDING], exception("expires: 2026-11-20"), TODAY);
    expect(excused).toEqual([]);
    expect(findings).toEqual([
      FINDING,
      {
        ...{ rule: "exception-expired", chart: "shop", environment: "", object: FILE, path: "line 2" },
        reason: "the exception of kube-score/pod-probes held until 2026-11-20, and today is 2026-11-21",
        fix: "mend what it excused, or give it a new day and a reason that still convinces",
      },
    ]);
  });

  it("holds for a year at most", () => {
    expect(applyExceptions([FINDING], exception("expires: 2027-11-21"), TODAY).findings).toEqual([]);
    expect(applyExceptions([FINDING], exception("expires: 2027-11-22"), TODAY).findings).toMatchObject([
      {
        rule: "exception-expired",
        reason:
          "the exception of kube-score/pod-probes expires on 2027-11-22; allowed is a year ahead at most, until 2027-11-21",
      },
    ]);
  });
});
