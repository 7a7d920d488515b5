import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Environment } from "../../src/index.ts";
import { changed, failureOf, inEngine, slipway } from "./support/slipway.ts";

const PLATFORM = "deploy/platform.yaml";
const reportSchema = z.object({ passed: z.boolean(), failures: z.array(z.string()) });

// That a smoke test passes is shown in smoke-systems.test.ts; the smallest chart with services and Secrets shows how it fails.

describe("smoke-test", () => {
  it("names a check that does not hold, with what was found, and gives evidence without secrets", async () => {
    await inEngine(async () => {
      const source = await changed(PLATFORM, "checks.redis: ok", "checks.redis: well");
      const report = await slipway({ source }).smokeReport(Environment.Dev, "server");
      const { passed, failures } = reportSchema.parse(JSON.parse(await report.file("smoke.json").contents()));
      expect(passed).toBe(false);
      expect(failures).toEqual([
        expect.stringMatching(
          /^server: the probes answer GET, .*: GET http:\/\/cleveragents-server:8000\/ready: checks\.redis is ok instead of well$/,
        ),
      ]);
      expect(await report.file("smoke.txt").contents()).toMatch(/^dev: failed in /m);
      const evidence = report.directory("evidence/cleveragents");
      expect(await evidence.entries()).toEqual(["events.txt", "logs/", "objects.yaml", "pods.txt"]);
      expect(await evidence.file("logs/cleveragents-postgresql-0.txt").contents()).toMatch(
        /ready to accept connections/,
      );
    });
  });

  it("stops when a pod is denied what it needs, and names pod, cause and what to try", async () => {
    await inEngine(async () => {
      const source = await changed(PLATFORM, "postgresql-auth: [password]", "postgresql-auth: [passwort]");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev, "server"));
      expect(failure).toMatch(
        /^cleveragents: Deployment cleveragents-server: config-missing: container server: \S+: couldn't find key password in Secret cleveragents\/postgresql-auth/m,
      );
      expect(failure).toMatch(/^ {2}try: make the Secret or ConfigMap with the key that the message names/m);
    });
  });

  it("refuses an image that is neither of this run nor in the lock, before a cluster is started", async () => {
    await inEngine(async () => {
      const source = await changed(PLATFORM, "nats: nats.image\n", "\n");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev, "cruvero"));
      expect(failure).toMatch(/^ForeignImageError: \[gate\] cruvero runs an image that this run did not build/);
      expect(failure).toMatch(/\(StatefulSet cruvero\/cruvero-nats, container nats\)/);
    });
  });

  it("refuses a chart that there is not, with those that there are", async () => {
    await inEngine(async () => {
      expect(await failureOf(slipway().smokeTest(Environment.Dev, "cruvreo"))).toMatch(
        /deploy\/platform\.yaml has no chart "cruvreo"\nNext: one of: .*cruvero/,
      );
    });
  });
});
