import { describe, expect, it } from "vitest";

import { type HelmRun, lintFindings, templateFindings } from "../../../src/charts/helm-messages.ts";

const RUN: HelmRun = {
  chart: {
    ...{ system: "shop", name: "shop", path: "charts/store", release: "shop", namespace: "shop" },
    ...{
      images: {},
      secrets: {},
      throwAway: {},
      withoutHttp: [],
      lockedImages: {},
      withoutImage: {},
      checks: [],
      environments: { prod: ["values-prod.yaml"] },
    },
  },
  environment: "prod",
  values: [
    { file: "charts/store/values.yaml", text: "replicaCount: 1\nimage:\n  tag: a\n" },
    { file: "charts/store/values-prod.yaml", text: "# many\nreplicaCount: two\nimage:\n  # typo\n  tagg: x\n" },
  ],
};
const SCHEMA = [
  {
    ...{ rule: "helm-lint", chart: "shop", environment: "prod", object: "charts/store/values-prod.yaml" },
    ...{ path: "line 2, replicaCount", reason: "got string, want integer (values.schema.json)" },
    fix: "give the value that the schema allows; the chart's README says what each value means",
  },
  {
    ...{ rule: "helm-lint", chart: "shop", environment: "prod", object: "charts/store/values-prod.yaml" },
    ...{ path: "line 5, image", reason: "additional properties 'tagg' not allowed (values.schema.json)" },
    fix: "give the value that the schema allows; the chart's README says what each value means",
  },
];

describe("lintFindings", () => {
  it("names the overlay and the line whose value the schema refuses, once", () => {
    const output = `==> Linting /chart
[INFO] Chart.yaml: icon is recommended
[ERROR] values.yaml: - at '/replicaCount': got string, want integer
- at '/image': additional properties 'tagg' not allowed

[ERROR] templates/: values don't meet the specifications of the schema(s) in the following chart(s):
store:
- at '/replicaCount': got string, want integer
- at '/image': additional properties 'tagg' not allowed


Error: 1 chart(s) linted, 1 chart(s) failed
`;
    expect(lintFindings(output, RUN)).toEqual(SCHEMA);
  });

  it.each([
    {
      title: "a warning",
      output:
        "==> Linting /chart\n[WARNING] templates/x.yaml: object name does not conform\n\nError: 1 chart(s) failed\n",
      expected: [{ object: "charts/store/templates/x.yaml", path: "", reason: "object name does not conform" }],
    },
    {
      title: "broken values",
      output: `==> Linting /chart
[ERROR] values.yaml: unable to parse YAML: error converting YAML to JSON: yaml: line 2: mapping values are not allowed
[ERROR] : unable to load chart
	cannot load values.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed
`,
      expected: [{ object: "charts/store/values.yaml", path: "line 2" }],
    },
    {
      title: "a template that helm cannot parse",
      output: "[ERROR] templates/: parse error at (store/templates/x.yaml:7): missing value for if\n",
      expected: [{ object: "charts/store/templates/x.yaml", path: "line 7" }],
    },
    {
      title: "a dependency that is missing",
      output: "[WARNING] /source/charts/store: chart directory is missing these dependencies: redis\n",
      expected: [{ object: "charts/store", path: "" }],
    },
    {
      title: "an overlay that is no YAML",
      output:
        "Error: failed to parse /source/charts/store/values-prod.yaml: error converting YAML to JSON: yaml: line 3: found unexpected end\n",
      expected: [{ object: "charts/store/values-prod.yaml", path: "line 3" }],
    },
  ])("names $title", ({ output, expected }) => {
    expect(lintFindings(output, RUN)).toMatchObject(expected);
    expect(lintFindings(output, RUN)).toHaveLength(expected.length);
  });
});

describe("templateFindings", () => {
  it.each([
    {
      title: "a guard of the chart",
      output:
        "Error: execution error at (store/templates/validations.yaml:3:4): shop: image.digest is missing; set it\n",
      expected: { object: "charts/store/templates/validations.yaml", path: "line 3" },
      fix: "the chart refuses these values: change them as its message says",
    },
    {
      title: "a template that panics",
      output:
        'Error: template: store/templates/x.yaml:1:13: executing "x" at <.Values.a.b>: nil pointer evaluating interface {}.b\n\nUse --debug flag to render out invalid YAML\n',
      expected: { object: "charts/store/templates/x.yaml", path: "line 1" },
      fix: "correct the template at that line",
    },
    {
      title: "a template of a subchart",
      output: 'Error: template: store/charts/redis/templates/a.yaml:9:2: executing "a": wrong type for value\n',
      expected: { object: "charts/store/charts/redis/templates/a.yaml", path: "line 9" },
      fix: "correct the template at that line",
    },
    {
      title: "a render that is no YAML",
      output:
        "Error: YAML parse error on store/templates/x.yaml: error converting YAML to JSON: yaml: line 2: mapping\n",
      expected: { object: "charts/store/templates/x.yaml", path: "line 2" },
      fix: "correct the YAML at that line: indentation, quotes and colons",
    },
    {
      title: "a dependency that is missing",
      output: "Error: An error occurred: found in Chart.yaml, but missing in charts/ directory: redis\n",
      expected: { object: "charts/store", path: "" },
      fix: "run `dagger call dependency-build`, or add the dependency",
    },
    {
      title: "a helm that says nothing",
      output: "",
      expected: { object: "charts/store", reason: "helm template failed without a message" },
      fix: "correct what helm names; `helm template --debug` shows more",
    },
  ])("names $title", ({ output, expected, fix }) => {
    const base = { rule: "helm-template", chart: "shop", environment: "prod", fix };
    expect(templateFindings(output, RUN)).toMatchObject([{ ...base, ...expected }]);
  });

  it("names values that the schema refuses", () => {
    const output =
      "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nstore:\n" +
      "- at '/replicaCount': got string, want integer\n- at '/image': additional properties 'tagg' not allowed\n";
    expect(templateFindings(output, RUN)).toEqual(SCHEMA.map((finding) => ({ ...finding, rule: "helm-template" })));
  });
});
