/** Small renders for the tests of rules, written as YAML. */
import type { ChartRender, Finding, RenderRule } from "../../../../src/charts/finding.ts";
import type { Environment } from "../../../../src/platform/environments.ts";
import { renderOf } from "../network/release.ts";

/** A render of the chart `shop` in the namespace `shop`. */
export function renderFor(environment: Environment, ...documents: string[]): ChartRender {
  return { ...renderOf(...documents), environment };
}

/** What a rule finds in a render for dev, as `Object path`. */
export function placesIn(rule: RenderRule, ...documents: string[]): string[] {
  return places(rule.check(renderFor("dev", ...documents)));
}

/** Findings as `Object path`. */
export function places(findings: readonly Finding[]): string[] {
  return findings.map(({ object, path }) => `${object} ${path}`.trim());
}

/** The one finding that there should be. */
export function only(findings: readonly Finding[]): Finding {
  const [first, ...others] = findings;
  if (first === undefined || others.length > 0)
    throw new Error(`expected one finding, got ${JSON.stringify(findings)}`);
  return first;
}
