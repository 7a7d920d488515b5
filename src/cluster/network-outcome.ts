/** Reads what the stand-ins found, and judges it: proved, refuted with its cause, or not proved. */
import { PipelineError } from "../report/errors.ts";
import { renderTable } from "../report/table.ts";
import { refutedCause } from "./network-cause.ts";
import { formatPort, LEAST_ABSENT, nameOf, type NetworkPlan, targetKey, type Trial } from "./network-plan.ts";

/** How a trial can end. */
export const OUTCOMES = ["connected", "refused", "silent", "failed"] as const;

/** How one trial ended: answered by the right one, told no, no answer in time, and all else. */
export type Outcome = { readonly kind: (typeof OUTCOMES)[number]; readonly detail: string };

/** What was found, by the number of a trial in its plan, and of the control pods. */
export type Observed = {
  readonly trials: ReadonlyMap<number, Outcome>;
  /** For a stand-in that did not answer even itself, why. */
  readonly mute: ReadonlyMap<string, Outcome>;
  readonly control: { readonly open: Outcome; readonly closed: Outcome };
};

/** Whether what was found is what the graph says. */
export type Verdict = "proved" | "refuted" | "not proved";

/** One declared connection, or one absent one that could be opened or not tried. */
export type EdgeProof = {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly isDeclared: boolean;
  readonly verdict: Verdict;
  /** Why it is not proved; "" where it is. */
  readonly cause: string;
};

/** What a cluster showed of a graph. */
export type NetworkProof = {
  readonly verdict: Verdict;
  /** Why nothing was proved at all; "" where something was. */
  readonly cause: string;
  readonly edges: readonly EdgeProof[];
  /** Absent connections: how many there are, how many were tried, how many of those were refused. */
  readonly absent: { readonly all: number; readonly tried: number; readonly refused: number };
};

const MISSING: Outcome = { kind: "failed", detail: "the pod that tries it gave no result" };

/** Reads the lines of the probe, `<number> <outcome> <detail>`. A line of another form is no result. */
export function parseOutcomes(output: string): Map<number, Outcome> {
  const found = new Map<number, Outcome>();
  for (const line of output.split("\n")) {
    const [, number = "", word = "", detail = ""] = /^(\d+) ([a-z]+)(?: (.*))?$/.exec(line) ?? [];
    const kind = OUTCOMES.find((each) => each === word);
    if (kind !== undefined) found.set(Number(number), { kind, detail });
  }
  return found;
}

/** Tells whether the cluster enforces policies, from the pods that show it. */
export function isEnforced({ open, closed }: Observed["control"]): boolean {
  return open.kind === "connected" && isRefusal(closed);
}

/** Tells whether a trial ended as the graph says. A trial that did not may do so when the rules have reached the kernel. */
export function isAsDeclared({ isDeclared }: Trial, outcome: Outcome | undefined): boolean {
  if (outcome === undefined) return false;
  return isDeclared ? outcome.kind === "connected" : isRefusal(outcome);
}

/** Judges everything that was found. */
export function judge(plan: NetworkPlan, observed: Observed): NetworkProof {
  const nothing = unprovable(observed.control);
  const judged = plan.trials.map((trial, number) => ({ trial, ...judgeTrial(plan, trial, number, observed, nothing) }));
  const absent = judged.filter(({ trial }) => !trial.isDeclared);
  const refused = absent.filter(({ verdict }) => verdict === "proved").length;
  const untried = plan.untried.map(({ from, to, port, cause }): EdgeProof => {
    return { from, to, port: formatPort(port), isDeclared: true, verdict: "not proved", cause };
  });
  // Where nothing can be proved, a list of all that is absent would say so hundreds of times.
  const isShown = (trial: Trial, verdict: Verdict) => trial.isDeclared || (nothing === "" && verdict !== "proved");
  const edges = [...judged.filter(({ trial, verdict }) => isShown(trial, verdict)).map(toEdge), ...untried];
  const cause = nothing === "" && refused < LEAST_ABSENT ? fewCause(absent.length, refused) : nothing;
  return { verdict: overall(edges, cause), cause, edges, absent: { all: plan.absent, tried: absent.length, refused } };
}

/** Shows a proof as a table of the declared connections and of what is wrong, and a line for the absent ones. */
export function renderProof({ verdict, cause, edges, absent }: NetworkProof): string {
  const headings = ["FROM", "TO", "PORT", "DECLARED", "VERDICT", "CAUSE"].map((heading) => ({ heading }));
  const rows = edges.map((edge) => {
    return [edge.from, edge.to, edge.port, edge.isDeclared ? "yes" : "no", edge.verdict, edge.cause];
  });
  return [
    renderTable(headings, rows),
    `absent connections: ${absent.all}, tried: ${absent.tried}, refused: ${absent.refused}`,
    `network graph: ${verdict}${cause === "" ? "" : `; ${cause}`}`,
  ].join("\n");
}

/** The cluster lets through what the graph does not declare, or refuses what it does. */
export class NetworkRefutedError extends PipelineError {
  override readonly name = "NetworkRefutedError";
  constructor(readonly proof: NetworkProof) {
    const wrong = proof.edges.filter(({ verdict }) => verdict === "refuted");
    const lines = wrong.map(({ from, to, port, isDeclared, cause }) => {
      return `- ${from} to ${to} on ${port} ${isDeclared ? "is declared and refused" : "is not declared and connects"}: ${cause}`;
    });
    const count = `${wrong.length} ${wrong.length === 1 ? "connection differs" : "connections differ"}`;
    super(
      "gate",
      [`${count} from the component graph in the cluster:`, ...lines].join("\n"),
      "correct the chart's network policies, or the graph in the platform file where the connection is wanted",
    );
  }
}

function unprovable(control: Observed["control"]): string {
  const { open, closed } = control;
  if (open.kind !== "connected") return `pods reach no pods at all in this cluster: ${open.detail || open.kind}`;
  if (closed.kind === "connected") return "the cluster enforces no network policies";
  return isEnforced(control) ? "" : `a pod that a policy closes did not refuse: ${closed.detail || closed.kind}`;
}

/** A policy may be carried out by saying no or by saying nothing, and a kernel that says no does not do so every time. */
function isRefusal({ kind }: Outcome): boolean {
  return kind === "refused" || kind === "silent";
}

function judgeTrial(
  plan: NetworkPlan,
  trial: Trial,
  number: number,
  { trials, mute }: Observed,
  nothing: string,
): { readonly verdict: Verdict; readonly cause: string } {
  const outcome = trials.get(number) ?? MISSING;
  if (nothing !== "") return { verdict: "not proved", cause: nothing };
  const deaf = mute.get(targetKey(trial.to, trial.port));
  if (deaf !== undefined) {
    return {
      verdict: "not proved",
      cause: `the stand-in of ${nameOf(trial.to)} does not answer itself: ${deaf.detail || deaf.kind}`,
    };
  }
  if (isAsDeclared(trial, outcome)) return { verdict: "proved", cause: "" };
  const isClear = trial.isDeclared ? outcome.kind !== "failed" : outcome.kind === "connected";
  if (!isClear) return { verdict: "not proved", cause: `unclear: ${outcome.kind} ${outcome.detail}`.trimEnd() };
  return { verdict: "refuted", cause: refutedCause(plan.reachability, trial, outcome) };
}

function toEdge({ trial, verdict, cause }: { trial: Trial; verdict: Verdict; cause: string }): EdgeProof {
  const { from, to, port, isDeclared } = trial;
  return { from: nameOf(from), to: nameOf(to), port: formatPort(port), isDeclared, verdict, cause };
}

function fewCause(tried: number, refused: number): string {
  return `only ${refused} of ${tried} absent connections were refused, and ${LEAST_ABSENT} are needed`;
}

function overall(edges: readonly EdgeProof[], cause: string): Verdict {
  if (edges.some(({ verdict }) => verdict === "refuted")) return "refuted";
  return cause !== "" || edges.some(({ verdict }) => verdict === "not proved") ? "not proved" : "proved";
}
