/** What the API says about runs, and its parsers: nothing that comes over the wire is believed before it is checked. */

/** What a worker makes of an input. */
export type RunResult = {
  readonly characters: number;
  readonly words: number;
  readonly sha256: string;
};

/** A piece of work as far as the page shows it; what a fresh run does not have yet is absent. */
export type Run = {
  readonly id: string;
  readonly state: string;
  readonly input?: string;
  readonly result?: RunResult;
  /** RFC 3339. */
  readonly createdAt?: string;
};

/** Says whether nothing more happens to a run. */
export function isFinished(run: Run): boolean {
  return run.state === "completed";
}

/** Parses one run; gives undefined for anything else. */
export function parseRun(value: unknown): Run | undefined {
  if (!isRecord(value)) return undefined;
  const { id, state, input, createdAt } = value;
  if (typeof id !== "string" || id === "" || typeof state !== "string") return undefined;
  const result = parseResult(value.result);
  return {
    id,
    state,
    ...(typeof input === "string" && { input }),
    ...(typeof createdAt === "string" && { createdAt }),
    ...(result !== undefined && { result }),
  };
}

/** Parses a list `{"runs": [...]}`; gives undefined when it is none or holds something that is no run. */
export function parseRuns(value: unknown): readonly Run[] | undefined {
  const list = isRecord(value) ? value.runs : undefined;
  if (!Array.isArray(list)) return undefined;
  const runs = list.map(parseRun).filter((run) => run !== undefined);
  return runs.length === list.length ? runs : undefined;
}

/** Parses the sentence for the caller in a problem document (RFC 9457); gives undefined where there is none. */
export function parseProblemDetail(value: unknown): string | undefined {
  const detail = isRecord(value) ? value.detail : undefined;
  return typeof detail === "string" && detail !== "" ? detail : undefined;
}

function parseResult(value: unknown): RunResult | undefined {
  if (!isRecord(value)) return undefined;
  const { characters, words, sha256 } = value;
  if (typeof characters !== "number" || typeof words !== "number" || typeof sha256 !== "string") return undefined;
  return { characters, words, sha256 };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
