import { describe, expect, it } from "vitest";

import { readDocuments } from "../../../src/gitops/documents.ts";
import { PROJECT } from "./shop.ts";

describe("readDocuments", () => {
  it("reads every object of a file and knows the line of each value", () => {
    const documents = readDocuments(`# two\n${PROJECT}---\n${PROJECT}`, "a.yaml", "AppProject");
    expect(documents.map(({ name }) => name)).toEqual(["shop", "shop"]);
    const [first, second] = documents;
    expect(first?.lineOf(["spec", "destinations", 1])).toBe(9);
    expect(second?.lineOf(["spec", "destinations", 1, "name", "no", "such"])).toBe(24);
    expect(second?.lineOf([])).toBe(17);
  });

  it("takes values for what Kubernetes takes them for", () => {
    const spec = "spec: { a: yes, b: 2026-01-31, c: 1:30, d: 0644, e: 1e3, f: '017' }\n";
    const [document] = readDocuments(PROJECT.replace(/spec:[\s\S]*/, spec), "a.yaml", "AppProject");
    expect(document?.value).toHaveProperty("spec", { a: true, b: "2026-01-31", c: "1:30", d: 420, e: 1000, f: "017" });
  });

  it.each([
    { title: "no YAML", text: "a: [\n", says: "[config] a.yaml:2: " },
    { title: "a key twice", text: `${PROJECT}spec: {}\n`, says: "a.yaml:15: Map keys must be unique" },
    {
      title: "another kind",
      text: `${PROJECT}---\nkind: Secret\n`,
      says: "a.yaml:16: found kind: Secret of apiVersion: nothing",
    },
    { title: "a list", text: "- a\n", says: "a.yaml:1: found something without a kind" },
    { title: "nothing", text: "# nothing\n", says: "a.yaml: holds no AppProject" },
    { title: "another version", text: PROJECT.replace("v1alpha1", "v1"), says: "of apiVersion: argoproj.io/v1" },
  ])("refuses $title, with the line and what to do", ({ text, says }) => {
    expect(() => readDocuments(text, "a.yaml", "AppProject")).toThrow(says);
    expect(() => readDocuments(text, "a.yaml", "AppProject")).toThrow(/\nNext: ./);
  });
});
