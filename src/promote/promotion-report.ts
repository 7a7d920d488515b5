/** Says what a promotion changes: a table for people, and the same as data. */
import { renderTable } from "../report/table.ts";
import type { PromotedChart, Promotion } from "./promotion.ts";
import type { RevisionMove } from "./revision-move.ts";

/** What a promotion came to, besides the files of releases. */
export type PromotionOutcome = {
  readonly promotion: Promotion;
  /** Tag that the release was asked for by. */
  readonly tag: string;
  readonly revision: string;
  /** What each Application that stays at a revision does, by its name. */
  readonly moves: readonly { readonly application: string; readonly from: string; readonly move: RevisionMove }[];
  /** Aliases in the registry, and whether they moved. */
  readonly aliases: readonly { readonly reference: string; readonly from: string; readonly to: string }[];
  readonly dryRun: boolean;
  readonly notes: readonly string[];
};

/** Renders the summary: one row per chart and image, what Applications do, and what to do next. */
export function promotionTable(outcome: PromotionOutcome): string {
  const { promotion, tag, revision, moves, aliases, dryRun, notes } = outcome;
  const rows = promotion.charts.flatMap((chart) => [
    [chart.spec.name, "-", shownChart(chart.before), shownChart(chart.released), stateOf(chart)],
    ...imagesOf(chart).map(({ path, from, to }) => [chart.spec.name, path, short(from), short(to), stateFor(from, to)]),
  ]);
  const columns = ["CHART", "IMAGE", "FROM", "TO", "STATE"].map((heading) => ({ heading }));
  return [
    `release ${tag} of commit ${revision} to ${promotion.environment}: verified, smoke test passed`,
    "",
    renderTable(columns, rows),
    ...(moves.length === 0 ? [] : ["", movesTable(moves)]),
    "",
    ...aliases
      .filter(({ from, to }) => from !== to)
      .map(
        ({ reference, from, to }) =>
          `alias ${reference}: ${dryRun ? "would move" : "moved"} from ${short(from)} to ${short(to)}`,
      ),
    ...promotion.notReleased.map((name) => `chart ${name}: not in this release, stays as it is`),
    ...notes,
    nextStep(outcome),
    "",
  ].join("\n");
}

/** The same as data, with digests in full. */
export function promotionJson({ promotion, moves, aliases, ...about }: PromotionOutcome): string {
  const charts = promotion.charts.map((chart) => ({
    chart: chart.spec.name,
    file: chart.file,
    from: { version: chart.before.version, digest: chart.before.digest },
    to: { version: chart.released.version, digest: chart.released.digest },
    images: imagesOf(chart),
  }));
  const { environment, notReleased } = promotion;
  return `${JSON.stringify({ environment, ...about, charts, notReleased, revisions: moves, aliases }, null, 2)}\n`;
}

function movesTable(moves: PromotionOutcome["moves"]): string {
  const said: Readonly<Record<RevisionMove["kind"], string>> = {
    stay: "has the release",
    later: "moves once this is merged: promote again then",
    move: "moves",
    refuse: "stays",
  };
  const rows = moves.map(({ application, from, move }) => [
    application,
    from,
    move.kind === "move" ? move.to : from,
    said[move.kind],
  ]);
  return renderTable(
    ["APPLICATION", "FROM", "TO", "REVISION"].map((heading) => ({ heading })),
    rows,
  );
}

function nextStep({ promotion, moves }: PromotionOutcome): string {
  const isWritten = promotion.charts.some(({ textBefore, textAfter }) => textBefore !== textAfter);
  if (isWritten || moves.some(({ move }) => move.kind === "move")) {
    return "to review: git apply promotion.patch, or copy what lies below files";
  }
  return `nothing to change: ${promotion.environment} has this release`;
}

function imagesOf({ before, released }: PromotedChart) {
  const gone = Object.keys(before.images).filter((path) => released.images[path] === undefined);
  return [
    ...Object.entries(released.images).map(([path, { digest }]) => ({
      path,
      from: before.images[path] ?? "",
      to: digest,
    })),
    ...gone.map((path) => ({ path, from: before.images[path] ?? "", to: "" })),
  ];
}

function stateOf({ before, released }: PromotedChart): string {
  return stateFor(before.digest, released.digest);
}

function stateFor(from: string, to: string): string {
  if (from === to) return "same";
  if (to === "") return "gone";
  return from === "" ? "new" : "changed";
}

function shownChart({ version, digest }: { readonly version: string; readonly digest: string }): string {
  return digest === "" ? "-" : `${version} ${short(digest)}`;
}

/** Enough of a digest to tell it from others; the patch and the JSON have all of it. */
function short(digest: string): string {
  return digest === "" ? "-" : digest.slice(0, "sha256:".length + 12);
}
