/** Reads the record of a smoke test that passed. */
import { z } from "zod";

import { ENVIRONMENTS } from "../platform/environments.ts";
import type { SmokeResult } from "./smoke-report.ts";

const edge = z.object({
  from: z.string(),
  to: z.string(),
  port: z.string(),
  isDeclared: z.boolean(),
  verdict: z.enum(["proved", "refuted", "not proved"]),
  cause: z.string(),
});

const passSchema = z.object({
  environment: z.enum(ENVIRONMENTS),
  commit: z.string(),
  clusterSeconds: z.record(z.string(), z.number()),
  resources: z.array(
    z.object({ chart: z.string(), resource: z.string(), ready: z.boolean(), state: z.string(), seconds: z.number() }),
  ),
  checks: z.array(
    z.object({ chart: z.string(), name: z.string(), ok: z.boolean(), seconds: z.number(), reason: z.string() }),
  ),
  networks: z.array(
    z.object({
      chart: z.string(),
      proof: z.object({
        verdict: z.enum(["proved", "refuted", "not proved"]),
        cause: z.string(),
        edges: z.array(edge),
        absent: z.object({ all: z.number(), tried: z.number(), refused: z.number() }),
      }),
      seconds: z.number(),
    }),
  ),
  proof: z.object({
    containers: z.record(z.string(), z.number()),
    strange: z.array(z.object({ object: z.string(), image: z.string(), imageId: z.string() })),
  }),
  diagnoses: z.array(z.string()),
  notes: z.array(z.string()),
  seconds: z.number(),
});

/** What a record says; undefined where it is none, for example since it was cut off. Then it is tested again. */
export function parsePass(text: string): SmokeResult | undefined {
  try {
    return passSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
