/** What the rules over a render have in common: the form of what they find. */
import type { ChartRender, Finding, RenderRule } from "../finding.ts";
import { formatPath, type JsonPath } from "../json.ts";
import { type Manifest, objectName } from "../manifest.ts";

/** One thing that is wrong in an object: where, what was found and what is allowed, and what to do. */
export type Mistake = {
  readonly manifest: Manifest;
  readonly path: JsonPath;
  readonly reason: string;
  readonly fix: string;
};

/** A rule that looks for mistakes in the objects of a render. */
export function objectRule(
  name: string,
  title: string,
  mistakesIn: (render: ChartRender) => readonly Mistake[],
): RenderRule {
  const check = (render: ChartRender) => mistakesIn(render).map((mistake) => toFinding(render, name, mistake));
  return { name, title, check };
}

/** The finding that a mistake is. */
export function toFinding(
  { chart, environment }: ChartRender,
  rule: string,
  { manifest, path, reason, fix }: Mistake,
): Finding {
  return { rule, chart, environment, object: objectName(manifest), path: formatPath(path), reason, fix };
}

/** A value in a message: JSON, shortened where it is long. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}
