import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Environment } from "../../src/index.ts";
import { changed, inEngine, slipway } from "./support/slipway.ts";

const reportSchema = z.object({
  failures: z.array(z.string()),
  resources: z.array(z.object({ resource: z.string(), ready: z.boolean() })),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
});

describe("smoke-test of environments with managed services", () => {
  it("installs the overlay of prod as it is beside services outside, over TLS, and proves edges to their addresses", async () => {
    const table = await inEngine(() => slipway().smokeTest(Environment.Prod, "cruvero", true));
    expect(table).toMatch(/^cruvero +Deployment cruvero-api +yes +[\d.]+$/m);
    // What is bundled in dev is outside.
    expect(table).not.toMatch(/StatefulSet/);
    expect(table).toMatch(/^cruvero +a run is taken over HTTP, completed by the worker and read back +yes +[\d.]+$/m);
    expect(table).toMatch(/^cruvero +helm test +yes +[\d.]+$/m);
    expect(table).toMatch(
      /^\(all\) +pods are as rendered, but for requests, a trusted authority and one node for all +yes/m,
    );
    // The vector store is there where its image can be pulled.
    expect(table).toMatch(
      /^network: cruvero: (?:34 of 35|35 of 35) declared connections are open, (\d+) of \1 absent ones are refused/m,
    );
    expect(table).not.toMatch(/to (?:database|cache|message-bus|temporal) on \d+: /);
    expect(table).toMatch(/^prod: passed in /m);
  });

  it("names the edge to a service outside whose address an overlay has wrong, and what does not work without it", async () => {
    const report = await inEngine(async () => {
      const source = await changed("charts/api/values-staging.yaml", "10.20.2.0/28", "10.20.9.0/28");
      const directory = await slipway({ source }).smokeReport(Environment.Staging, "api");
      return reportSchema.parse(JSON.parse(await directory.file("smoke.json").contents()));
    });
    expect(report.failures).toEqual([
      expect.stringMatching(
        /^api: the second answer comes from Redis: .* the header X-Cache is "miss" instead of "hit"$/,
      ),
      "api: 1 connection differs from the component graph in the cluster:\n- api to redis on 6379 is declared and refused: egress is allowed by none of: yab-api",
    ]);
    expect(report.resources.filter(({ ready }) => !ready)).toEqual([]);
    expect(report.checks.filter(({ ok }) => !ok)).toHaveLength(1);
  });
});
