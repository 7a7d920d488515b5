/** The report of a run as Markdown for the page of a CI run. */
import { failedCases, titleOf } from "./report-text.ts";
import type { RunReport } from "./run-report.ts";

/** Most bytes that a step summary may have: GitHub takes 1 MiB a job, others 64 KiB. */
export const SUMMARY_BYTES = 64 * 1024;

const MARKS = { passed: "✅", failed: "❌", "not run": "⏭️" } as const;
/** Most lines of one failure; the rest is in the report. */
const LINES = 30;

/** Renders a report as Markdown of fewer than SUMMARY_BYTES bytes; failures that no longer fit are counted. */
export function stepSummary(report: RunReport): string {
  const rows = report.stages.map(({ name, outcome, seconds, cases }) => {
    const failed = cases.filter((each) => each.outcome === "failed").length;
    return `| ${MARKS[outcome]} | ${cell(name)} | ${outcome} | ${seconds.toFixed(1)} | ${cases.length} | ${failed} |`;
  });
  const head = [
    `## ${report.outcome === "passed" ? MARKS.passed : MARKS.failed} Slipway, ${cell(report.environment)}: ${report.outcome}`,
    "",
    `Commit \`${report.commit}\`, ${report.seconds.toFixed(1)} s`,
    "",
    "| | Stage | Outcome | Seconds | Cases | Failed |",
    "|---|---|---|--:|--:|--:|",
    ...rows,
    "",
  ].join("\n");
  const notes = [...new Set(report.stages.flatMap((stage) => stage.notes))].map((note) => `- ${cell(note)}`);
  const failures = failedCases(report).map(({ found }) => failureText(titleOf(found), found.text, found.fix ?? ""));
  return fitted(head, failures, notes.length === 0 ? "" : `\n### Notes\n\n${notes.join("\n")}\n`);
}

/** Bytes that are kept for the line that counts what is left out. */
const RESERVE = 200;

function fitted(head: string, failures: readonly string[], notes: string): string {
  let text = head;
  for (const [index, failure] of failures.entries()) {
    if (bytes(text) + bytes(failure) + RESERVE >= SUMMARY_BYTES) {
      return `${text}\n${failures.length - index} more failures are in the report.\n`;
    }
    text += failure;
  }
  return bytes(text) + bytes(notes) < SUMMARY_BYTES ? text + notes : text;
}

function failureText(title: string, text: string, fix: string): string {
  const lines = text.split("\n").slice(0, LINES).join("\n");
  // A fence that is longer than every run of backticks in it cannot be closed by them.
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `\n**${cell(title)}**\n\n${fence}text\n${lines}\n${fence}\n${fix === "" ? "" : `\nFix: ${cell(fix)}\n`}`;
}

/** Text that cannot break out of a cell or a line of Markdown. */
function cell(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, "\\$&").replace(/\s+/g, " ");
}

function bytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
