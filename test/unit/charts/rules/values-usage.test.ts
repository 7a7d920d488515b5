import { describe, expect, it } from "vitest";

import { type ChartTexts, checkValuesUsage } from "../../../../src/charts/rules/values-usage.ts";

const VALUES = `global: {}
nameOverride: ""
image:
  repository: shop
  tag: ""
api:
  enabled: true
  resources: {}
  service:
    port: 80
  nodeSelector:
worker:
  replicas: 1
db:
  enabled: true
  port: 5432
`;

const DEPLOYMENT = `kind: Deployment
metadata:
  name: {{ include "common.name" . }}
spec:
  image: {{ .Values.image.repository }}:{{ .Values.image.tag }}
  cpu: {{ .Values.api.resources.limits }}
  node: {{ .Values.api.nodeSelector.zone }}
  worker: {{ include "common.pod" (dict "component" .Values.worker) }}
{{- if .Values.api.enabled }}
  port: {{ .Values.api.service.port }}
  database: {{ .Values.db.port }}
{{- end }}
`;

function texts(values = VALUES, deployment = DEPLOYMENT, more: Partial<ChartTexts> = {}): ChartTexts {
  return {
    chart: "shop",
    values: { path: "charts/shop/values.yaml", text: values },
    templates: [{ path: "charts/shop/templates/deployment.yaml", text: deployment }],
    library: [
      { path: "charts/common/templates/_name.tpl", text: "{{ .Values.nameOverride }}{{ .Values.fullnameOverride }}" },
    ],
    dependencies: ["db"],
    conditions: ["db.enabled"],
    ...more,
  };
}

function found(...given: Parameters<typeof texts>): string[] {
  return checkValuesUsage(texts(...given)).map(
    ({ object, path, reason, fix }) => `${object} | ${path} | ${reason} | ${fix}`,
  );
}

describe("checkValuesUsage", () => {
  it("finds nothing where values and templates know of each other", () => {
    expect(found()).toEqual([]);
  });

  it("names rule and chart, and no environment", () => {
    expect(checkValuesUsage(texts(`${VALUES}old: 1\n`))).toEqual([
      {
        ...{ rule: "values-usage", chart: "shop", environment: "", object: "charts/shop/values.yaml", path: "line 17" },
        reason: "old is read by no template of the chart, so setting it changes nothing",
        fix: "use it in a template, or remove it from values.yaml",
      },
    ]);
  });

  it.each([
    {
      defect: "a value that nothing reads",
      values: VALUES.replace("    port: 80", "    port: 80\n    nodePort: 30080"),
    },
    { defect: "a whole part that nothing reads, once", values: `${VALUES}cache:\n  size: 1\n  ttl: 2\n` },
    {
      defect: "a value that only a comment reads",
      deployment: DEPLOYMENT.replace("{{ .Values.image.tag }}", "{{/* .Values.image.tag */}}"),
    },
    { defect: "a value that is renamed", values: VALUES.replace("repository: shop", "repositry: shop") },
    { defect: "a read of what does not exist", deployment: `${DEPLOYMENT}x: {{ .Values.api.replicas }}\n` },
    { defect: "a read of a part that does not exist", deployment: `${DEPLOYMENT}\nx: {{ .Values.web.replicas }}\n` },
    { defect: "a read below a plain value", deployment: `${DEPLOYMENT}x: {{ .Values.image.tag.name }}\n` },
    { defect: "reads of an empty file", values: "# nothing yet\n" },
  ])("tells $defect", ({ values, deployment }) => {
    expect(found(values, deployment)).toMatchSnapshot();
    expect(found(values, deployment)).not.toEqual([]);
  });

  it("leaves the values of dependencies and global to those that they are for", () => {
    const deployment = `${DEPLOYMENT}{{ .Values.db.auth.user }}{{ .Values.global.registry }}`;
    expect(found(`${VALUES}  password: x\n`, deployment)).toEqual([]);
    expect(found(VALUES, deployment, { dependencies: [] })).toHaveLength(1);
  });

  it("counts what Chart.yaml asks as read", () => {
    expect(found(VALUES, DEPLOYMENT, { dependencies: [], conditions: [] })).toHaveLength(1);
    expect(found(VALUES, DEPLOYMENT, { dependencies: [] })).toEqual([]);
  });

  it("counts a read in a value that goes through tpl", () => {
    expect(found(`${VALUES}host: api\n`)).toHaveLength(1);
    const values = VALUES.replace('nameOverride: ""', 'nameOverride: "{{ .Values.host }}"');
    expect(found(`${values}host: api\n`)).toEqual([]);
  });

  it("says nothing of unread values where all of them are handed on", () => {
    expect(found(`${VALUES}old: 1\n`, `${DEPLOYMENT}{{ toYaml .Values }}`)).toEqual([]);
  });

  it("lets a template ask for what may be absent", () => {
    expect(found(VALUES, `${DEPLOYMENT}{{ if hasKey .Values "legacy" }}{{ fail "legacy is gone" }}{{ end }}`)).toEqual(
      [],
    );
  });
});
