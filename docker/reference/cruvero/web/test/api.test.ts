/** The calls of the page against answers as the API and the gateways before it give them. */
import { describe, expect, it } from "vitest";

import { createApi, type Failure } from "../src/api.ts";
import { explainFailure } from "../src/words.ts";

const RUN = { id: "r-1", state: "queued", input: "two words", createdAt: "2026-01-02T03:04:05Z" };
const RESULT = { characters: 9, words: 2, sha256: "ab".repeat(32) };

describe("createApi", () => {
  it("submits an input as JSON and gives the run", async () => {
    const { api, requests } = answering(json(202, { ...RUN, client: "anonymous" }));
    expect(await api.submitRun("two words")).toEqual({ ok: true, value: RUN });
    expect(requests).toEqual(['POST /api/v1/runs {"input":"two words"}']);
  });

  it("lists at most twenty runs", async () => {
    const { api, requests } = answering(json(200, { runs: [RUN, { ...RUN, state: "completed", result: RESULT }] }));
    expect(await api.listRuns()).toEqual({
      ok: true,
      value: [RUN, { ...RUN, state: "completed", result: RESULT }],
    });
    expect(requests).toEqual(["GET /api/v1/runs?limit=20 "]);
  });

  it("keeps an identifier inside its path segment", async () => {
    const { api, requests } = answering(json(200, RUN));
    await api.getRun("../admin?x");
    expect(requests).toEqual(["GET /api/v1/runs/..%2Fadmin%3Fx "]);
  });

  it.each<{ name: string; answer: () => Response; failure: Failure; words: string }>([
    {
      name: "a used-up quota",
      answer: () => json(429, { detail: "the quota is used up" }, { "Retry-After": "42" }),
      failure: { kind: "too-many", retryAfterSeconds: 42 },
      words: "Too many requests for now. Try again in 42 seconds.",
    },
    {
      name: "a used-up quota that names no time",
      answer: () => json(429, {}),
      failure: { kind: "too-many" },
      words: "Too many requests for now. Try again in a minute.",
    },
    {
      name: "a failed dependency",
      answer: () => json(503, { detail: "the quota cannot be counted" }),
      failure: { kind: "unavailable", detail: "the quota cannot be counted" },
      words: "The service cannot answer right now: the quota cannot be counted. Try again in a moment.",
    },
    {
      name: "a gateway's HTML page",
      answer: () => new Response("<h1>Bad Gateway</h1>", { status: 502 }),
      failure: { kind: "unavailable" },
      words: "The service cannot answer right now. Try again in a moment.",
    },
    {
      name: "a lost connection",
      answer: () => {
        throw new TypeError("fetch failed");
      },
      failure: { kind: "unavailable" },
      words: "The service cannot answer right now. Try again in a moment.",
    },
    {
      name: "a refused input",
      answer: () => json(413, { detail: "the input is longer than 65536 bytes." }),
      failure: { kind: "refused", status: 413, detail: "the input is longer than 65536 bytes." },
      words: "The service refused this (HTTP 413): the input is longer than 65536 bytes.",
    },
    {
      name: "an answer that is no run",
      answer: () => json(200, { id: 7 }),
      failure: { kind: "not-understood" },
      words: "The service answered in a way that this page does not understand. Reload the page; it may be outdated.",
    },
  ])("puts $name into words", async ({ answer, failure, words }) => {
    expect(await answering(answer).api.submitRun("x")).toEqual({ ok: false, failure });
    expect(explainFailure(failure)).toBe(words);
  });

  it("refuses a list of which one entry is no run", async () => {
    const { api } = answering(json(200, { runs: [RUN, { state: "queued" }] }));
    expect(await api.listRuns()).toEqual({ ok: false, failure: { kind: "not-understood" } });
  });
});

function answering(answer: Response | (() => Response)) {
  const requests: string[] = [];
  const api = createApi((path, { method = "GET", body }) => {
    requests.push(`${method} ${path} ${typeof body === "string" ? body : ""}`);
    return Promise.resolve().then(() => (answer instanceof Response ? answer : answer()));
  });
  return { api, requests };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}
