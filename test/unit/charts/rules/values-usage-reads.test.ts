import { describe, expect, it } from "vitest";

import { valueReads } from "../../../../src/charts/rules/values-usage-reads.ts";

/** The paths that a template reads, `*` for all values. */
function reads(template: string): string[] {
  return valueReads(template).map(({ path }) => (path.length === 0 ? "*" : path.join(".")));
}

describe("valueReads", () => {
  it.each([
    { template: "{{ .Values.api.image.tag }}", expected: ["api.image.tag"] },
    {
      template: "{{ $.Values.a }}{{ $root.Values.b }}{{ .root.Values.c }}{{ (.Values.d) }}",
      expected: ["a", "b", "c", "d"],
    },
    { template: "{{- range $k, $v := .Values.env }}{{ end }}", expected: ["env"] },
    { template: '{{ include "shop.pod" (dict "root" $ "component" .Values.api) }}', expected: ["api"] },
    { template: "{{ toYaml .Values.resources | nindent 2 }}", expected: ["resources"] },
    { template: '{{ index .Values "api" "image" }}', expected: ["api.image"] },
    { template: '{{ index .Values.api "image" "tag" }}', expected: ["api.image.tag"] },
    { template: "{{ index .Values $name }}", expected: ["*"] },
    { template: "{{ index .Values.components $name }}", expected: ["components"] },
    { template: '{{ get .Values "api" }}', expected: ["api"] },
    { template: '{{ dig "api" "tag" "latest" .Values }}', expected: ["api.tag"] },
    { template: '{{ dig "api" "tag" $default (.Values) }}', expected: ["api.tag"] },
    { template: '{{ dig "tag" "latest" .Values.api }}', expected: ["api.tag"] },
    { template: "{{ $values := .Values }}", expected: ["*"] },
    { template: "{{ toYaml $.Values }}", expected: ["*"] },
    { template: "{{ .Subcharts.db.Values.port }}", expected: ["db.port"] },
    { template: '{{ fail "set .Values.api.image" }}{{ printf `{{ .Values.x }}` }}', expected: [] },
    { template: "{{/* .Values.a */}}{{- /* {{ .Values.b }} */ -}}.Values.c {{ .Values.d }}", expected: ["d"] },
    { template: '{{ "}}" }}{{ .Values.a }}', expected: ["a"] },
    { template: "{{ .ValuesOf.a }}{{ .Value.b }}", expected: [] },
    { template: "{{ if and .Values.a.enabled (not .Values.b) }}", expected: ["a.enabled", "b"] },
  ])("of $template are $expected", ({ template, expected }) => {
    expect(reads(template)).toEqual(expected);
  });

  it("have the line that they stand on", () => {
    expect(
      valueReads("a: 1\n{{- if .Values.a }}\nb: {{ and\n  .Values.b\n  .Values.c }}\n").map(({ line }) => line),
    ).toEqual([2, 4, 5]);
  });

  it("know where the template is ready for an absent value", () => {
    const template = '{{ hasKey .Values.api "tag" }}{{ dig "a" "" .Values }}{{ .Values.b }}';
    expect(valueReads(template).map(({ mayBeAbsent }) => mayBeAbsent)).toEqual([true, true, false]);
  });

  it("stay quick in text that is no template", () => {
    const start = performance.now();
    expect(valueReads(`{{ "${'a"'.repeat(20_000)}`)).toEqual([]);
    expect(valueReads("{{ ".repeat(2_000))).toEqual([]);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
