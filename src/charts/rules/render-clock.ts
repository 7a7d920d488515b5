/** The part of the rule on determinism that renders side by side cannot show: they see the same day, often the same second. */
import type { Finding } from "../finding.ts";
import { RENDER_DETERMINISM } from "./render-determinism.ts";
import type { ChartText } from "./values-usage.ts";
import { actionsOf } from "./values-usage-reads.ts";

// Functions of helm that read the clock. What they are called as a field or a variable is something else.
const CLOCK = /(?<![\w.$-])(now|ago)(?![\w-])/g;
const STRING = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/g;
const FIX =
  "take the time out of the template; what must roll pods is a checksum of what they read, and a date comes in as a value";

/** Finds uses of the clock in templates and helpers, each line once. */
export function checkRenderClock(chart: string, templates: readonly ChartText[]): Finding[] {
  return templates.flatMap(({ path: object, text }) => {
    const uses = actionsOf(text).flatMap((action) => {
      const code = action.text.replace(STRING, (string) => string.replace(/[^\n]/g, " "));
      return [...code.matchAll(CLOCK)].map(({ index, 1: name = "" }) => {
        return { name, line: action.line + code.slice(0, index).split("\n").length - 1 };
      });
    });
    const byLine = new Map(uses.toReversed().map((use) => [use.line, use]));
    return [...byLine.values()].toReversed().map(({ name, line }): Finding => {
      const reason = `uses ${name}, which reads the clock, so that tomorrow's render differs from today's; allowed are the values and the release`;
      const where = { chart, environment: "" as const, object, path: `line ${line}` };
      return { rule: RENDER_DETERMINISM, ...where, reason, fix: FIX };
    });
  });
}
