import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { Environment } from "../../src/index.ts";
import { inEngine, ownSource, slipway } from "./support/slipway.ts";

/** What a function threw, as text. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing was thrown",
    (error: unknown) => String(error),
  );
}

/** This repository with a text of one file replaced. */
async function changed(file: string, from: string, to: string): Promise<Directory> {
  const source = ownSource();
  const text = await source.file(file).contents();
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return dag.directory().withDirectory("/", source).withNewFile(file, text.replaceAll(from, to));
}

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
      expect(table).toMatch(/^dev: passed in /m);

      const again = await slipway().smokeTest(Environment.Dev, "cruvero");
      expect(again).toBe(`${table}\nnote: recorded; nothing has changed since, and --force tests again`);
    });
  });

  it("names a check that does not hold, with what was found, and records no pass", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "result.words: 3", "result.words: 4");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev));
      expect(failure).toMatch(/^SmokeFailedError: \[gate\] smoke-test --env dev: 1 failure\n/);
      expect(failure).toMatch(
        /^cruvero: a run is taken over HTTP, completed by the worker and read back: GET http:\/\/cruvero-api:8080\/v1\/runs\/\S+: result\.words is 3 instead of 4$/m,
      );
      expect(failure).toMatch(/^dev: failed in /m);
    });
  });

  it("stops when a pod is denied what it needs, and names pod, cause and what to try", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "nats-auth: [token]", "nats-auth: [tocken]");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev));
      expect(failure).toMatch(
        /^Pod cruvero-nats-0, container nats: config-missing: .*couldn't find key token in Secret/m,
      );
      expect(failure).toMatch(/^ {2}try: make the Secret or ConfigMap with the key that the message names/m);
    });
  });

  it("refuses an image that is neither of this run nor in the lock, before a cluster is started", async () => {
    await inEngine(async () => {
      const source = await changed("deploy/platform.yaml", "nats: nats.image\n", "\n");
      const failure = await failureOf(slipway({ source }).smokeTest(Environment.Dev));
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
