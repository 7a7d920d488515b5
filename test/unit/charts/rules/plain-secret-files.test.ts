import { describe, expect, it } from "vitest";

import { checkSecretFiles } from "../../../../src/charts/rules/plain-secret-files.ts";
import { only } from "./render.ts";
import { noise, pem } from "./secret-samples.ts";

const VALUE = noise(12);

/** Places of what is found in one file. */
const found = (file: string, ...lines: string[]) =>
  checkSecretFiles("shop", [{ file, text: lines.join("\n") }]).map(({ path }) => path);

describe("checkSecretFiles (C-57)", () => {
  it("names rule, file, line and path, and shows no value", () => {
    const finding = only(
      checkSecretFiles("shop", [
        { file: "charts/shop/values.yaml", text: `# Defaults\nauth:\n  password: ${VALUE}\n` },
      ]),
    );
    expect(finding).toMatchObject({
      ...{
        rule: "plain-secret",
        chart: "shop",
        environment: "",
        object: "charts/shop/values.yaml",
        path: "line 3, auth.password",
      },
      reason:
        "holds a value for password, written out (not shown); allowed are an empty default, the name of a Secret, or a reference",
    });
    expect(JSON.stringify(finding)).not.toContain(VALUE);
  });

  it.each([
    {
      what: "a variable in values",
      lines: ["extraEnv:", "  - name: API_TOKEN", `    value: ${VALUE}`],
      path: "line 3, extraEnv[0].value",
    },
    {
      what: "a value in a map that is called after it",
      lines: ["secrets:", "  API_TOKEN:", '    existingSecret: ""', '    key: ""', `    value: ${VALUE}`],
      path: "line 5, secrets.API_TOKEN.value",
    },
    {
      what: "an item of a list of arguments",
      lines: ["args:", "  - --token", `  - ${VALUE}`],
      path: "line 3, args[1]",
    },
    { what: "a line of a block", lines: ["config: |", "  user: a", `  password: ${VALUE}`], path: "line 3, config" },
    { what: "a URL", lines: [`url: "redis://:${VALUE}@cache"`], path: "line 1, url" },
    { what: "a comment", lines: ["a: 1", `# password=${VALUE}`], path: "line 2" },
    {
      what: "a key in a block",
      lines: [
        "tls:",
        "  key: |",
        ...pem("PRIVATE KEY")
          .split("\n")
          .map((line) => `    ${line}`),
      ],
      path: "line 3, tls.key",
    },
    { what: "the second document", lines: ["a: 1", "---", `password: ${VALUE}`], path: "line 3, password" },
    { what: "a number", lines: ["password: 123456"], path: "line 1, password" },
  ])("finds $what", ({ lines, path }) => {
    expect(found("charts/shop/values.yaml", ...lines)).toEqual([path]);
  });

  it.each([
    {
      what: "a template of an object",
      file: "charts/shop/templates/a.yaml",
      lines: ["{{- if .Values.a }}", `password: ${VALUE}`, "{{- end }}"],
      path: "line 2",
    },
    {
      what: "a default in a template",
      file: "charts/shop/templates/a.yaml",
      lines: ["{{- if .Values.a }}", 'password: {{ .Values.password | default "hunter2" }}', "{{- end }}"],
      path: "line 2",
    },
    {
      what: "a variable in a template",
      file: "charts/shop/templates/a.yaml",
      lines: ["{{- if .Values.a }}", "- name: PASSWORD", `  value: ${VALUE}`, "{{- end }}"],
      path: "line 3",
    },
    {
      what: "a helper",
      file: "charts/shop/templates/_a.tpl",
      lines: ['{{- define "a" -}}', `{{- $token := "${VALUE}" -}}`],
      path: "line 2",
    },
    {
      what: "a workflow",
      file: ".github/workflows/ci.yaml",
      lines: ["jobs:", "  a:", "    env:", `      REGISTRY_PASSWORD: ${VALUE}`],
      path: "line 4, jobs.a.env.REGISTRY_PASSWORD",
    },
    {
      what: "a step of a workflow",
      file: ".github/workflows/ci.yaml",
      lines: ["run: |", "  echo start", `  docker login --password ${VALUE}`],
      path: "line 3, run",
    },
    {
      what: "JSON",
      file: "charts/shop/dashboards/a.json",
      lines: ["{", `  "apiKey": "${VALUE}"`, "}"],
      path: "line 2, apiKey",
    },
    {
      what: "a key of JSON that stands twice",
      file: "charts/shop/dashboards/a.json",
      lines: ["{", `  "apiKey": "${VALUE}",`, '  "apiKey": ""', "}"],
      path: "line 2",
    },
    {
      what: "a file that is called JSON and is none",
      file: "charts/shop/dashboards/a.json",
      lines: ["// settings", `{ "apiKey": "${VALUE}", }`],
      path: "line 2",
    },
    {
      what: "a README",
      file: "charts/shop/README.md",
      lines: ["# Shop", `helm install --set auth.password=${VALUE}`],
      path: "line 2",
    },
    { what: "a script", file: "charts/shop/files/a.sh", lines: ["#!/bin/sh", `TOKEN=${VALUE}`], path: "line 2" },
    { what: "settings", file: "charts/shop/files/a.toml", lines: ["[auth]", `password = ${VALUE}`], path: "line 2" },
    {
      what: "a test, where it looks real",
      file: "charts/shop/unittests/a_test.yaml",
      lines: ["set:", `  auth.password: ${VALUE}`],
      path: 'line 2, set["auth.password"]',
    },
  ])("finds a credential in $what", ({ file, lines, path }) => {
    expect(found(file, ...lines)).toEqual([path]);
  });

  it.each([
    {
      what: "values that name Secrets",
      file: "charts/shop/values.yaml",
      lines: [
        "auth:",
        "  existingSecret: shop-database",
        "  existingSecretKey: password",
        '  password: ""',
        "  secretKeys: { apiKey: qdrant-api-key }",
        "tls: { secretName: shop-tls }",
      ],
    },
    {
      what: "comments for people",
      file: "charts/shop/values.yaml",
      lines: [
        "# -- For example postgres://user:password@host/database.",
        "# password: changeme",
        "url: ''  # token: see above",
      ],
    },
    {
      what: "a template",
      file: "charts/shop/templates/a.yaml",
      lines: [
        "{{- with .Values.a }}",
        "- name: PASSWORD",
        "  value: {{ . | quote }}",
        "- name: TOKEN",
        "  valueFrom: { secretKeyRef: { name: a, key: token } }",
        "{{- end }}",
      ],
    },
    {
      what: "a workflow",
      file: ".github/workflows/ci.yaml",
      lines: [
        "permissions: { id-token: write, contents: read }",
        "env: { TOKEN: '${{ secrets.TOKEN }}', GH_TOKEN: '${{ github.token }}' }",
        "with: { persist-credentials: false, password: '${{ secrets.PASSWORD }}' }",
        'run: echo "$TOKEN" | docker login --password-stdin',
      ],
    },
    {
      what: "a schema",
      file: "charts/shop/values.schema.json",
      lines: [
        '{ "properties": { "password": { "type": "string", "default": "", "title": "password" } }, "required": ["password"] }',
      ],
    },
    {
      what: "JSON with texts that look like keys",
      file: "charts/shop/dashboards/a.json",
      lines: ['{ "text": "a \\"b\\": c", "items": [{ "a": 1 }, { "a": "d" }] }'],
    },
    {
      what: "a declaration of Secrets",
      file: "deploy/platform.yaml",
      lines: ["secrets: { cruvero-database: [DATABASE_URL], shop: [API_TOKEN] }"],
    },
    {
      what: "a README",
      file: "charts/shop/README.md",
      lines: [
        '| auth.password | string | `""` | The password: use existingSecret. |',
        "`--set auth.password=$PASSWORD`",
      ],
    },
    {
      what: "a test",
      file: "charts/shop/unittests/a_test.yaml",
      lines: [
        "set: { auth.password: inline-secret }",
        "asserts: [{ failedTemplate: { errorMessage: 'auth.password: name an existing Secret' } }]",
      ],
    },
    {
      what: "descriptions of settings",
      file: "deploy/config/shop.yaml",
      lines: [
        "- name: DATABASE_URL",
        "  kind: secret",
        "  description: As postgres://user:password@host:port/database.",
      ],
    },
    {
      what: "lock files",
      file: "deploy/images.lock.yaml",
      lines: [`token-service: { reference: "registry.example/token@sha256:${"0a1b".repeat(16)}" }`],
    },
    { what: "an empty file", file: "charts/shop/values.yaml", lines: [""] },
  ])("finds nothing in $what", ({ file, lines }) => {
    expect(found(file, ...lines)).toEqual([]);
  });

  it("finds each line once", () => {
    expect(found("a.conf", `password=${VALUE} token=${VALUE}`, `password=${VALUE}`)).toEqual(["line 1", "line 2"]);
  });

  it("reads a YAML file that is broken line by line", () => {
    expect(found("charts/shop/values.yaml", "a: [", `password: ${VALUE}`)).toEqual(["line 2"]);
  });
});
