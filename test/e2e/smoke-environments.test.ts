import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { Environment } from "../../src/index.ts";
import { inEngine, ownSource, slipway } from "./support/slipway.ts";

/** This repository with a text of one file replaced. */
async function changed(file: string, from: string, to: string): Promise<Directory> {
  const source = ownSource();
  const text = await source.file(file).contents();
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return dag.directory().withDirectory("/", source).withNewFile(file, text.replaceAll(from, to));
}

describe("smoke-test --env staging", () => {
  it("installs the overlay as it is beside services outside, over TLS, and proves edges to their addresses", async () => {
    await inEngine(async () => {
      const table = await slipway().smokeTest(Environment.Staging, "cruvero", true);
      expect(table).toMatch(/^cruvero +Deployment cruvero-api +yes +[\d.]+$/m);
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
      expect(table).not.toMatch(/readiness follows the database/);
      expect(table).toMatch(/^staging: passed in /m);
    });
  });

  it("names the edge to a service outside whose address an overlay has wrong", async () => {
    await inEngine(async () => {
      const source = await changed("charts/cruvero/values-staging.yaml", "10.20.5.0/28", "10.20.9.0/28");
      const failure = await slipway({ source })
        .smokeTest(Environment.Staging, "cruvero", true)
        .then(
          () => "nothing was thrown",
          (error: unknown) => String(error),
        );
      expect(failure).toMatch(
        /^- api to temporal on 7233 is declared and refused: egress is allowed by none of: cruvero-api, cruvero-default-deny$|^- api to temporal on 7233 is declared and refused: egress is allowed by none of: /m,
      );
      expect(failure).toMatch(/^- worker to temporal on 7233 is declared and refused: /m);
    });
  });
});
