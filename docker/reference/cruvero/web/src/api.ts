/** Calls the API. Every call gives a value or a failure that words.ts can put into words; none throws. */
import { parseProblemDetail, parseRun, parseRuns, type Run } from "./run.ts";

/** Why a call gave nothing. */
export type Failure =
  | { readonly kind: "too-many"; readonly retryAfterSeconds?: number }
  | { readonly kind: "unavailable"; readonly detail?: string }
  | { readonly kind: "refused"; readonly status: number; readonly detail?: string }
  | { readonly kind: "not-understood" };

/** A value, or why there is none. */
export type Answer<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly failure: Failure };

/** The calls that the page makes. */
export type Api = {
  readonly submitRun: (input: string) => Promise<Answer<Run>>;
  readonly listRuns: () => Promise<Answer<readonly Run[]>>;
  readonly getRun: (id: string) => Promise<Answer<Run>>;
};

/** What sends a request: `fetch`, or what a test hands in. */
export type Send = (path: string, init: RequestInit) => Promise<Response>;

const RUNS = "/api/v1/runs";
const LIST_LIMIT = 20;
const CALL_TIMEOUT_MS = 15_000;

/** Gives the calls. */
export function createApi(send: Send): Api {
  return {
    submitRun: (input) => call(send, RUNS, parseRun, JSON.stringify({ input })),
    listRuns: () => call(send, `${RUNS}?limit=${LIST_LIMIT}`, parseRuns),
    getRun: (id) => call(send, `${RUNS}/${encodeURIComponent(id)}`, parseRun),
  };
}

/** Sends `json` with POST where there is some, and GET without. */
async function call<Value>(
  send: Send,
  path: string,
  parse: (body: unknown) => Value | undefined,
  json?: string,
): Promise<Answer<Value>> {
  const accept = { Accept: "application/json" };
  const request: RequestInit =
    json === undefined
      ? { headers: accept }
      : { method: "POST", headers: { ...accept, "Content-Type": "application/json" }, body: json };
  let response: Response;
  try {
    response = await send(path, { ...request, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  } catch {
    // fetch throws where no answer came: no network, the server gone, the time over. To the user all are one thing.
    return { ok: false, failure: { kind: "unavailable" } };
  }
  const body = await readJson(response);
  if (!response.ok) return { ok: false, failure: failureOf(response, parseProblemDetail(body)) };
  const value = parse(body);
  return value === undefined ? { ok: false, failure: { kind: "not-understood" } } : { ok: true, value };
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // A gateway's HTML page, say; without a body the status alone decides.
    return undefined;
  }
}

function failureOf(response: Response, detail: string | undefined): Failure {
  const { status } = response;
  const withDetail = detail === undefined ? {} : { detail };
  if (status === 429) {
    const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    return { kind: "too-many", ...(seconds > 0 && { retryAfterSeconds: seconds }) };
  }
  if (status === 502 || status === 503 || status === 504) return { kind: "unavailable", ...withDetail };
  return { kind: "refused", status, ...withDetail };
}
