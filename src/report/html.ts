/** The report of a run as one HTML page that needs nothing else: no script, no font, no address. */
import { escaped } from "./junit.ts";
import { titleOf } from "./report-text.ts";
import type { RunReport } from "./run-report.ts";
import type { CaseResult } from "./stage.ts";

const STYLE = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --dim: #656d76; --line: #d0d7de; --soft: #f6f8fa }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --bad: #f85149; --dim: #8d96a0; --line: #30363d; --soft: #161b22 } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 0; display: inline }
p.facts, .seconds { color: var(--dim) } .passed { color: var(--ok) } .failed { color: var(--bad) } .skipped, .not-run { color: var(--dim) }
ol.stages { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0 }
ol.stages li { border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .8rem }
details { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .6rem 1rem }
summary { cursor: pointer } pre { background: var(--soft); overflow: auto; padding: .6rem; font-size: .85rem }
table { border-collapse: collapse; width: 100%; margin-top: .6rem } th, td { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top }
td.seconds { text-align: right; white-space: nowrap } td pre { margin: .3rem 0 }
`.trim();

const WORDS = { passed: "✓ passed", failed: "✗ failed", skipped: "– skipped", "not run": "– not run" } as const;

/** Renders a report as HTML: the stages at a glance, then each with its cases, failures first and open. */
export function html(report: RunReport): string {
  const stages = report.stages.map(({ name, outcome, seconds }) => {
    const state = `<span class="${outcome.replace(" ", "-")}">${WORDS[outcome]}</span>`;
    return `<li>${escaped(name)} ${state} <span class="seconds">${seconds.toFixed(1)} s</span></li>`;
  });
  const systems = report.systems.length === 0 ? "all systems" : report.systems.join(", ");
  const facts = `${report.platform}, ${systems}, environment ${report.environment}, commit ${report.commit}, ${report.seconds.toFixed(1)} s`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Slipway: ${report.outcome}</title>`,
    `<style>${STYLE}</style></head>`,
    "<body>",
    `<h1>Slipway: <span class="${report.outcome}">${WORDS[report.outcome]}</span></h1>`,
    `<p class="facts">${escaped(facts)}</p>`,
    `<ol class="stages">${stages.join("")}</ol>`,
    ...report.stages.filter(({ outcome }) => outcome !== "not run").map(stageSection),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function stageSection({ name, outcome, cases, table, notes }: RunReport["stages"][number]): string {
  const order = ["failed", "skipped", "passed"];
  const sorted = [...cases].sort((one, other) => order.indexOf(one.outcome) - order.indexOf(other.outcome));
  const rows = sorted.map(caseRow).join("\n");
  const list = rows === "" ? "" : `<table><tr><th>Outcome<th>What<th>Seconds</tr>\n${rows}\n</table>`;
  return [
    `<details${outcome === "failed" ? " open" : ""}><summary><h2>${escaped(name)}: <span class="${outcome}">${outcome}</span></h2></summary>`,
    ...(notes.length === 0 ? [] : [`<ul>${notes.map((note) => `<li>${escaped(note)}</li>`).join("")}</ul>`]),
    ...(table === "" ? [] : [`<pre>${escaped(table)}</pre>`]),
    list,
    "</details>",
  ].join("\n");
}

function caseRow(each: CaseResult): string {
  const text = each.text === "" ? "" : `<pre>${escaped(each.text)}</pre>`;
  const fix = each.fix === undefined || each.fix === "" ? "" : `<p>${escaped(each.fix)}</p>`;
  const seconds = each.seconds === 0 ? "" : each.seconds.toFixed(1);
  return `<tr><td class="${each.outcome}">${WORDS[each.outcome]}<td>${escaped(titleOf(each))}${text}${fix}<td class="seconds">${seconds}</tr>`;
}
