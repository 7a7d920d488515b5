import { describe, expect, it } from "vitest";

import { checkRenderClock } from "../../../../src/charts/rules/render-clock.ts";

function linesOf(text: string): string[] {
  return checkRenderClock("shop", [{ path: "charts/shop/templates/x.yaml", text }]).map(({ path }) => path);
}

describe("checkRenderClock", () => {
  it("names the file, the line and what to do instead", () => {
    const text = 'metadata:\n  annotations:\n    rolled-on: {{ now | date "2006-01-02" | quote }}\n';
    expect(checkRenderClock("shop", [{ path: "charts/shop/templates/x.yaml", text }])).toEqual([
      {
        ...{ rule: "render-determinism", chart: "shop", environment: "" },
        ...{ object: "charts/shop/templates/x.yaml", path: "line 3" },
        reason:
          "uses now, which reads the clock, so that tomorrow's render differs from today's; allowed are the values and the release",
        fix: "take the time out of the template; what must roll pods is a checksum of what they read, and a date comes in as a value",
      },
    ]);
  });

  it.each([
    { text: "{{ now }}", expected: ["line 1"] },
    { text: "a\n{{ (now) | unixEpoch }}", expected: ["line 2"] },
    { text: "{{ ago .Values.since }}", expected: ["line 1"] },
    { text: '{{- $x := dict "a" 1\n  "b" (date "2006" now) -}}', expected: ["line 2"] },
    { text: "{{ now }}{{ now }}\n{{ now }}", expected: ["line 1", "line 2"] },
    { text: "now {{ .Values.now }} {{ $now }} {{ .now }} {{ nowhere }}", expected: [] },
    { text: '{{ fail "set it now" }}{{/* now */}}{{ printf `now` }}', expected: [] },
    { text: '{{ date "2006" .Values.released }}', expected: [] },
  ])("finds $expected in $text", ({ text, expected }) => {
    expect(linesOf(text)).toEqual(expected);
  });
});
