/** Shows a publish to a person: what moves, or what would move. */
import { renderTable } from "../report/table.ts";
import { isDone, type PublishPlan } from "./plan.ts";
import type { HeldBack } from "./release-tags.ts";

/** How the report is told: before, or after it was done. */
export type Telling = {
  readonly dryRun: boolean;
  /** Bytes that the registry did not have; nothing where none were sent. */
  readonly pushedBytes: number;
  /** What is said besides: gates, skips. */
  readonly notes: readonly string[];
  /** Aliases that were asked for and stay where they are. */
  readonly heldBack?: HeldBack;
};

/** Renders a plan as a table with one line for each thing that moves or stays, and a sum. */
export function publishReport(plan: PublishPlan, { dryRun, pushedBytes, notes, heldBack }: Telling): string {
  const { aliases, reasons } = heldBack ?? { aliases: [], reasons: [] };
  const did = dryRun ? "would be " : "";
  const rows = [
    ...plan.push.map((artifact) => [
      artifact.kind,
      artifact.name,
      `${artifact.repository}@${artifact.digest}`,
      `${did}pushed`,
    ]),
    ...plan.there.map((artifact) => [
      artifact.kind,
      artifact.name,
      `${artifact.repository}@${artifact.digest}`,
      "already there",
    ]),
    ...plan.attach.map(({ artifact, kind }) => ["evidence", artifact.name, kind, `${did}attached`]),
    ...plan.attached.map(({ artifact, kind }) => ["evidence", artifact.name, kind, "already attached"]),
    ...plan.tags.map(({ artifact, tag, existing, decision }) => {
      const state =
        decision.kind === "set" ? `${did}${existing === "" ? "set" : `moved from ${existing}`}` : decision.reason;
      return ["tag", artifact.name, `${artifact.repository}:${tag.name}`, state];
    }),
    ...aliases.map((alias) => ["alias", alias, "every image and the record", "held back"]),
  ];
  const table = renderTable(
    [{ heading: "WHAT" }, { heading: "NAME" }, { heading: "REFERENCE" }, { heading: "STATE" }],
    rows,
  );
  const held = reasons.map(({ reason, next }) => `held back: ${aliases.join(", ")}, for ${reason}; next: ${next}`);
  return [table, "", sumOf(plan, dryRun, pushedBytes), ...held, ...notes].join("\n");
}

function sumOf(plan: PublishPlan, dryRun: boolean, pushedBytes: number): string {
  if (dryRun) return isDone(plan) ? "dry run: nothing would move" : "dry run: nothing was moved";
  return `${pushedBytes} bytes pushed`;
}
