import { randomUUID } from "node:crypto";

import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { z } from "zod";

import { CONTROLLER_IMAGE } from "../../src/cluster/ingress-plan.ts";
import { Environment } from "../../src/index.ts";
import { inEngine, lockOfRun, ownSource, slipway } from "./support/slipway.ts";

const PLATFORM = "deploy/platform.yaml";

const reportSchema = z.object({
  passed: z.boolean(),
  failures: z.array(z.string()),
  checks: z.array(z.object({ chart: z.string(), name: z.string(), ok: z.boolean() })),
  notes: z.array(z.string()),
});

/** A defect of a file, and what the report must say of it, about whose chart. */
type Defect = {
  readonly chart: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly says: RegExp;
};

/** One for each system but Cruvero, which has a pass by then: both are planted at once, and each must be named by itself. */
const DEFECTS: readonly Defect[] = [
  {
    // A page that may be framed.
    chart: "web",
    file: "docker/nginx.default.conf",
    from: 'add_header X-Frame-Options "DENY" always;',
    to: "",
    says: /^web: every answer carries the headers of security.*: GET http:\/\/yab-web:8080\/: there is no header X-Frame-Options, which must be DENY$/,
  },
  {
    // A server that does not say what it would answer.
    chart: "server",
    file: "docker/reference/cleveragents/src/cleveragents/a2a/asgi.py",
    from: 'headers = ((b"allow", b"GET"),)',
    to: "headers = ()",
    says: /^server: the probes answer GET, .*: POST http:\/\/cleveragents-server:8000\/live: there is no header Allow, which must be GET$/,
  },
];

/** The charts that have a defect, and no others. */
async function planted(defects: readonly Defect[]): Promise<Directory> {
  let source = dag.directory().withDirectory("/", ownSource());
  const platform = parseDocument(await source.file(PLATFORM).contents());
  for (const gone of [["cruvero"], ["yab", "charts", "api"], ["yab", "charts", "admin"]]) {
    platform.deleteIn(["systems", ...gone]);
  }
  source = source.withNewFile(PLATFORM, String(platform));
  for (const { file, from, to } of defects) {
    const text = await source.file(file).contents();
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    source = source.withNewFile(file, text.replaceAll(from, to));
  }
  return source;
}

/** This repository with other names of checks, so that no pass of their charts is recorded. */
async function renamed(checks: readonly string[], suffix: string): Promise<Directory> {
  const source = ownSource();
  const text = checks.reduce(
    (before, check) => before.replace(`name: ${check}\n`, `name: ${check}${suffix}\n`),
    await source.file(PLATFORM).contents(),
  );
  return dag.directory().withDirectory("/", source).withNewFile(PLATFORM, text);
}

describe("smoke-test of all systems", () => {
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

  it("Y-48, Y-79, Y-80, Y-99, S-63, X-31, A-32: installs every chart that has no pass, and each answers by its Service, its host and helm's test", async () => {
    const { table, hasController } = await inEngine(async () => {
      const source = await renamed(
        ["the API answers at its host", "the server answers at its host"],
        ` (${randomUUID()})`,
      );
      const hasController = CONTROLLER_IMAGE in (await lockOfRun());
      return { table: await slipway({ source }).smokeTest(Environment.Dev), hasController };
    });
    expect(table).toMatch(/^note: recorded: cruvero; nothing of them has changed since, and --force tests all again$/m);
    for (const chart of ["admin", "api", "cruvero", "server", "web"]) {
      expect(table).toMatch(new RegExp(`^${chart} +helm test +yes +[\\d.]+$`, "m"));
    }
    expect(table).toMatch(/^api +a note is written, read back, and there is none that nobody wrote +yes/m);
    expect(table).toMatch(/^api +the API answers at its host \(\S+\) +yes/m);
    expect(table).toMatch(/^web +the site answers at its host +yes/m);
    expect(table).toMatch(/^admin +the site answers at its host +yes/m);
    expect(table).toMatch(/^server +the server answers at its host \(\S+\) +yes/m);
    expect(table).toMatch(/^server +readiness follows the database +yes/m);
    expect(table).toMatch(/^server +readiness follows Redis +yes/m);
    // Which of the two ways in was taken is said; the lock alone decides on it.
    if (hasController) {
      expect(table).toMatch(/^note: entries: checks from outside came through/m);
      expect(table).toMatch(/^server +plain HTTP is sent on to TLS +yes/m);
      expect(table).toMatch(/^\(cluster\) +a host that no Ingress names is not found +yes/m);
    } else {
      expect(table).toMatch(/^note: entries: not proved: the image lock has no traefik/m);
    }
    expect(table).toMatch(/^dev: passed in /m);
  });

  it("names a defect of each system, and nothing of the others", async () => {
    const report = await inEngine(async () => {
      const directory = await slipway({ source: await planted(DEFECTS) }).smokeReport(Environment.Dev, "");
      return reportSchema.parse(JSON.parse(await directory.file("smoke.json").contents()));
    });
    expect(report.passed).toBe(false);
    for (const { says } of DEFECTS) expect(report.failures).toContainEqual(expect.stringMatching(says));
    // Both are so at their hosts, too.
    const others = report.failures.filter((failure) => !DEFECTS.some(({ says }) => says.test(failure)));
    expect(others.filter((failure) => !/^(?:web: .*X-Frame-Options|server: .*Allow)/.test(failure))).toEqual([]);
    const held = report.checks.filter(({ ok }) => ok).map(({ chart }) => chart);
    expect(held).toEqual(expect.arrayContaining(["web", "server"]));
  });
});
