import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Environment } from "../../src/index.ts";
import { changed, failureOf, inEngine, slipway } from "./support/slipway.ts";

const reportSchema = z.object({ passed: z.boolean(), failures: z.array(z.string()) });

describe("smoke-test", () => {
  it("C-33 to C-37, Y-99: installs this run's images, checks them from inside, and records the pass", async () => {
    await inEngine(async () => {
      const table = await slipway().smokeTest(Environment.Dev, "cruvero", true);
      expect(table).toMatch(/^cruvero +Deployment cruvero-api +yes +[\d.]+$/m);
      expect(table).toMatch(/^cruvero +StatefulSet cruvero-postgresql +yes +[\d.]+$/m);
      expect(table).toMatch(/^cruvero +Job cruvero-migrator-\w+ +yes +[\d.]+$/m);
      expect(table).toMatch(/^cruvero +a run is taken over HTTP, completed by the worker and read back +yes +[\d.]+$/m);
      expect(table).toMatch(/^cruvero +helm test +yes +[\d.]+$/m);
      expect(table).toMatch(/^cruvero +readiness follows the database +yes +[\d.]+$/m);
      expect(table).toMatch(/^images: \d+ containers ran, all of them from images of this run or the image lock$/m);
      // Qdrant is there where its image can be pulled.
      expect(table).toMatch(
        /^network: cruvero: \d+ of \d+ declared connections are open, (\d+) of \1 absent ones are refused/m,
      );
      expect(table).toMatch(/^dev: passed in /m);

      const again = await slipway().smokeTest(Environment.Dev, "cruvero");
      expect(again).toBe(`${table}\nnote: recorded; nothing has changed since, and --force tests again`);
    });
  });

  it("names a check that does not hold, with what was found, and gives evidence without secrets", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "result.words: 3", "result.words: 4");
      const report = await slipway({ source }).smokeReport(Environment.Dev, "cruvero");
      const { passed, failures } = reportSchema.parse(JSON.parse(await report.file("smoke.json").contents()));
      expect(passed).toBe(false);
      expect(failures).toEqual([
        expect.stringMatching(
          /^cruvero: a run is taken over HTTP, completed by the worker and read back: GET http:\/\/cruvero-api:8080\/v1\/runs\/\S+: result\.words is 3 instead of 4$/,
        ),
      ]);
      expect(await report.file("smoke.txt").contents()).toMatch(/^dev: failed in /m);
      const evidence = report.directory("evidence/cruvero");
      expect(await evidence.entries()).toEqual(["events.txt", "logs/", "objects.yaml", "pods.txt"]);
      expect(await evidence.file("logs/cruvero-postgresql-0.txt").contents()).toMatch(/ready to accept connections/);
    });
  });

  it("stops when a pod is denied what it needs, and names pod, cause and what to try", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "nats-auth: [token]", "nats-auth: [tocken]");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev, "cruvero"));
      expect(failure).toMatch(
        /^cruvero: Deployment cruvero-\S+: config-missing: container \S+: \S+: couldn't find key token in Secret cruvero\/nats-auth/m,
      );
      expect(failure).toMatch(/^ {2}try: make the Secret or ConfigMap with the key that the message names/m);
    });
  });

  it("refuses an image that is neither of this run nor in the lock, before a cluster is started", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "nats: nats.image\n", "\n");
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
