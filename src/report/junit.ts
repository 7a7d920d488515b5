/** The report of a run as JUnit XML: a suite per stage, a test case per case. */
import type { RunReport } from "./run-report.ts";
import type { CaseResult } from "./stage.ts";

/**
 * Renders a report as JUnit XML, as CI systems read it: `testsuites` with counts and seconds, a `testsuite` per stage; a
 * stage that did not run is one skipped case. Characters that XML 1.0 does not know are left out.
 */
export function junit(report: RunReport): string {
  const suites = report.stages.map((stage) => {
    const cases: readonly CaseResult[] =
      stage.outcome === "not run"
        ? [{ group: stage.name, name: stage.name, outcome: "skipped", seconds: 0, text: "an earlier stage failed" }]
        : stage.cases;
    const head = attributes({ name: stage.name, ...counts(cases), time: stage.seconds.toFixed(3) });
    return [`  <testsuite ${head}>`, ...cases.map(testCase), "  </testsuite>"].join("\n");
  });
  const ran = report.stages.filter(({ outcome }) => outcome !== "not run").flatMap(({ cases }) => cases);
  const missed = report.stages.filter(({ outcome }) => outcome === "not run").length;
  const all = counts(ran);
  const head = attributes({
    name: `slipway ${report.environment}`,
    ...{ tests: all.tests + missed, failures: all.failures, skipped: all.skipped + missed },
    time: report.seconds.toFixed(3),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${suites.join("\n")}\n</testsuites>\n`;
}

function testCase(each: CaseResult): string {
  const head = attributes({
    classname: each.group,
    name: each.rule === undefined ? each.name : `${each.name}: ${each.rule}`,
    time: each.seconds.toFixed(3),
    ...(each.file === undefined ? {} : { file: each.file }),
  });
  if (each.outcome === "passed") return `    <testcase ${head}/>`;
  const [message = ""] = each.text.split("\n");
  const inside =
    each.outcome === "skipped"
      ? `<skipped ${attributes({ message })}/>`
      : `<failure ${attributes({ message, type: each.rule ?? "failure" })}>${escaped(textOf(each))}</failure>`;
  return `    <testcase ${head}>${inside}</testcase>`;
}

function textOf({ text, fix }: CaseResult): string {
  return fix === undefined || fix === "" ? text : `${text}\nfix: ${fix}`;
}

function counts(cases: readonly CaseResult[]) {
  const of = (outcome: string) => cases.filter((each) => each.outcome === outcome).length;
  return { tests: cases.length, failures: of("failed"), skipped: of("skipped") };
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value)).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`)
    .join(" ");
}

/** Escapes text for XML and HTML, and leaves out control characters, which no XML 1.0 document may have. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "");
}
