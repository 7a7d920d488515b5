import { DOMParser, type Element, onErrorStopParsing } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { html } from "../../../src/report/html.ts";
import { escaped, junit } from "../../../src/report/junit.ts";
import { runReport } from "../../../src/report/run-report.ts";
import { sarif } from "../../../src/report/sarif.ts";
import { stepSummary, SUMMARY_BYTES } from "../../../src/report/step-summary.ts";
import { FACTS, FAILED, GREEN, RED, stage } from "./samples.ts";

/** The suites and cases of a JUnit file; throws where it is no XML. */
function parsed(text: string) {
  const document = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, "text/xml");
  const named = (parent: { getElementsByTagName: Element["getElementsByTagName"] }, name: string) => [
    ...parent.getElementsByTagName(name),
  ];
  const attributes = (element: Element) =>
    Object.fromEntries([...element.attributes].map((each) => [each.name, each.value]));
  const [all] = named(document, "testsuites");
  const suites = named(document, "testsuite").map((suite) => ({
    ...attributes(suite),
    cases: named(suite, "testcase").map((each) => ({
      ...attributes(each),
      ends: ["failure", "skipped"].flatMap((end) =>
        named(each, end).map((inside) => ({ end, ...attributes(inside), text: inside.textContent })),
      ),
    })),
  }));
  return { ...(all === undefined ? {} : attributes(all)), suites };
}

/** All that XML and HTML treat as their own, and what no XML document may have. */
const HOSTILE = `<script>alert("1")</script> & ']]>' \u0000\u001b[31m\uFFFE`;

describe("junit", () => {
  it("has a suite per stage, a case per case, and counts that a CI system shows", () => {
    const validate = {
      ...{ classname: "shop dev", name: "charts/shop/values.yaml: plain-secret", file: FAILED.file, time: "0.250" },
      ends: [
        {
          ...{ end: "failure", type: "plain-secret", message: `password: holds <"a" & 'b'>` },
          text: `password: holds <"a" & 'b'>\nwritten out\nfix: name a Secret`,
        },
      ],
    };
    expect(parsed(junit(RED))).toMatchObject({
      ...{ name: "slipway dev", tests: "4", failures: "1", skipped: "2", time: "12.346" },
      suites: [
        {
          name: "build",
          tests: "1",
          failures: "0",
          cases: [{ classname: "images", name: "api", time: "1.500", ends: [] }],
        },
        {
          ...{ name: "validate", tests: "2", failures: "1", skipped: "1" },
          cases: [validate, { ends: [{ end: "skipped", message: "no image" }] }],
        },
        {
          name: "smoke test",
          skipped: "1",
          cases: [{ ends: [{ end: "skipped", message: "an earlier stage failed" }] }],
        },
      ],
    });
  });

  it("stays XML whatever a message holds", () => {
    const text = junit(runReport(FACTS, [stage("build", [{ ...FAILED, name: HOSTILE, text: HOSTILE, fix: HOSTILE }])]));
    expect(parsed(text).suites[0]?.cases[0]?.ends[0]?.text).toContain(`<script>alert("1")</script> & ']]>' `);
    expect(() => parsed(text.replaceAll("&lt;", "<"))).toThrow();
    expect(escaped("\u0000\u001b\uFFFE\uD800 a\tb\n😀")).toBe(" a\tb\n😀");
  });
});

const sarifSchema = z.strictObject({
  $schema: z.string(),
  version: z.literal("2.1.0"),
  runs: z.tuple([
    z.looseObject({
      tool: z.object({
        driver: z.strictObject({ name: z.string(), version: z.string(), rules: z.array(z.object({ id: z.string() })) }),
      }),
      results: z.array(
        z.looseObject({ ruleId: z.string(), ruleIndex: z.number(), message: z.object({ text: z.string().min(1) }) }),
      ),
    }),
  ]),
});

describe("sarif", () => {
  it("places a failure in the line of its file, under its rule", () => {
    const { runs } = sarifSchema.parse(JSON.parse(sarif(RED, "1.2.3")));
    expect(runs[0].tool.driver).toEqual({ name: "Slipway", version: "1.2.3", rules: [{ id: "plain-secret" }] });
    expect(runs[0].results).toMatchObject([
      {
        ...{ ruleId: "plain-secret", ruleIndex: 0, level: "error" },
        message: { text: `password: holds <"a" & 'b'>\nwritten out\nname a Secret` },
        locations: [{ physicalLocation: { artifactLocation: { uri: FAILED.file }, region: { startLine: 12 } } }],
      },
    ]);
  });

  it("places what is in no file at the platform file, and names what it is about", () => {
    const found = { group: "images", name: "api", outcome: "failed", seconds: 1, text: "exit code 1" } as const;
    const { runs } = sarifSchema.parse(JSON.parse(sarif(runReport(FACTS, [stage("lint and test", [found])]), "1.2.3")));
    expect(runs[0].results).toMatchObject([
      {
        ruleId: "stage/lint-and-test",
        locations: [
          {
            physicalLocation: { artifactLocation: { uri: "deploy/platform.yaml" }, region: { startLine: 1 } },
            logicalLocations: [{ fullyQualifiedName: "images/api" }],
          },
        ],
      },
    ]);
  });

  it("is an empty log where nothing failed", () => {
    expect(sarifSchema.parse(JSON.parse(sarif(GREEN, "1.2.3"))).runs[0].results).toEqual([]);
  });
});

describe("html", () => {
  it("needs nothing from elsewhere, opens what failed and escapes what it shows", () => {
    const page = html(runReport(FACTS, [stage("build", [{ ...FAILED, text: HOSTILE }]), stage("validate", [])]));
    expect(page).not.toMatch(/<script|<link|<img|\bsrc=|\bhref=|@import|url\(/);
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; ");
    expect(page).toMatch(/<details open><summary><h2>build: <span class="failed">failed/);
    expect(page).toMatch(/<details><summary><h2>validate: <span class="passed">passed/);
    expect(page.match(/<details/g)).toHaveLength(page.match(/<\/details>/g)?.length ?? 0);
  });

  it("shows the table of a stage and what was replaced", () => {
    expect(html(GREEN)).toContain("<pre>IMAGE\napi &lt;1&gt;</pre>");
    expect(html(GREEN)).toContain("<li>a stand-in</li>");
  });
});

describe("stepSummary", () => {
  it("has a row per stage and every failure with its fix", () => {
    const text = stepSummary(RED);
    expect(text).toContain("| ❌ | validate | failed | 2.0 | 2 | 1 |");
    expect(text).toContain("| ⏭️ | smoke test | not run | 0.0 | 0 | 0 |");
    expect(text).toMatch(/```text\npassword: holds <"a" & 'b'>\nwritten out\n```\n\nFix: name a Secret/);
    expect(stepSummary(GREEN)).toContain("- a stand-in");
  });

  it("stays below its bound in bytes, and counts what it leaves out", () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ ...FAILED, name: `é${index}`, text: "ü".repeat(400) }));
    const text = stepSummary(runReport(FACTS, [stage("validate", many)]));
    expect(Buffer.byteLength(text)).toBeLessThan(SUMMARY_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(SUMMARY_BYTES - 2048);
    const shown = text.match(/é\d+/g)?.length ?? 0;
    expect(text).toContain(`${500 - shown} more failures are in the report.`);
  });

  it("is not broken by what a message holds", () => {
    const found = { ...FAILED, name: "a|b\n# c", text: "```\n</details>\n````" };
    const text = stepSummary(runReport(FACTS, [stage("build", [found])]));
    expect(text).toContain("`````text\n```\n</details>\n````\n`````");
    expect(text).toContain("a\\|b # c");
  });
});
