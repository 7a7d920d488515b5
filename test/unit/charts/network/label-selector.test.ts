import { describe, expect, it } from "vitest";

import {
  formatSelector,
  identifyingLabels,
  isSelected,
  parseSelector,
  witnessesOf,
} from "../../../../src/charts/network/label-selector.ts";

const expression = (operator: string, ...values: string[]) => {
  return { matchExpressions: [{ key: "tier", operator, ...(values.length > 0 ? { values } : {}) }] };
};

type Case = { selector: unknown; labels: Record<string, string>; expected: boolean };

describe("isSelected", () => {
  it.each<Case>([
    { selector: {}, labels: {}, expected: true },
    { selector: undefined, labels: { tier: "web" }, expected: true },
    { selector: { matchLabels: { tier: "web" } }, labels: { tier: "web", app: "x" }, expected: true },
    { selector: { matchLabels: { tier: "web" } }, labels: { tier: "db" }, expected: false },
    { selector: { matchLabels: { tier: "web", app: "x" } }, labels: { tier: "web" }, expected: false },
    { selector: { matchLabels: { toString: "x" } }, labels: {}, expected: false },
    { selector: expression("In", "web", "db"), labels: { tier: "db" }, expected: true },
    { selector: expression("In", "web", "db"), labels: {}, expected: false },
    { selector: expression("NotIn", "web"), labels: { tier: "db" }, expected: true },
    { selector: expression("NotIn", "web"), labels: {}, expected: true },
    { selector: expression("NotIn", "web"), labels: { tier: "web" }, expected: false },
    { selector: expression("Exists"), labels: { tier: "" }, expected: true },
    { selector: expression("Exists"), labels: {}, expected: false },
    { selector: expression("DoesNotExist"), labels: {}, expected: true },
    { selector: expression("DoesNotExist"), labels: { tier: "web" }, expected: false },
    { selector: expression("Is", "web"), labels: { tier: "web" }, expected: false },
    {
      selector: { matchLabels: { app: "x" }, ...expression("Exists") },
      labels: { app: "x" },
      expected: false,
    },
  ])("of $selector on $labels is $expected", ({ selector, labels, expected }) => {
    expect(isSelected(parseSelector(selector), labels)).toBe(expected);
  });
});

describe("witnessesOf", () => {
  it.each([
    { selector: {}, expected: [{}] },
    { selector: { matchLabels: { app: "x" } }, expected: [{ app: "x" }] },
    { selector: expression("In", "a", "b"), expected: [{ tier: "a" }, { tier: "b" }] },
    { selector: expression("NotIn", "a"), expected: [{}] },
    { selector: expression("DoesNotExist"), expected: [{}] },
    { selector: expression("Exists"), expected: [{ tier: "any" }] },
    { selector: { matchLabels: { tier: "a" }, ...expression("DoesNotExist") }, expected: [] },
    { selector: { matchLabels: { tier: "a" }, ...expression("NotIn", "a") }, expected: [] },
  ])("of $selector are $expected", ({ selector, expected }) => {
    expect(witnessesOf(parseSelector(selector))).toEqual(expected);
  });

  it("are selected, whatever a label that only has to exist may not be", () => {
    const selector = parseSelector({
      matchExpressions: [
        { key: "tier", operator: "Exists" },
        { key: "tier", operator: "NotIn", values: ["any", "web"] },
      ],
    });
    expect(witnessesOf(selector).map((labels) => isSelected(selector, labels))).toEqual([true]);
  });
});

describe("formatSelector", () => {
  it("writes a selector as kubectl does", () => {
    const operators = ["In", "NotIn", "Exists", "DoesNotExist"];
    const matchExpressions = operators.map((operator, index) => ({ key: `k${index}`, operator, values: ["a", "b"] }));
    expect(formatSelector(parseSelector({ matchLabels: { app: "x" }, matchExpressions }))).toBe(
      "app=x, k0 in (a, b), k1 not in (a, b), k2, !k3",
    );
    expect(formatSelector([])).toBe("everything");
  });
});

describe("identifyingLabels", () => {
  it("are those that tell components apart, and all where none of them is there", () => {
    const own = { "app.kubernetes.io/component": "api", "app.kubernetes.io/instance": "shop" };
    expect(identifyingLabels({ ...own, "helm.sh/chart": "shop-1" })).toEqual(own);
    expect(identifyingLabels({ app: "api" })).toEqual({ app: "api" });
  });
});
