import { execFileSync } from "node:child_process";

import { dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Environment } from "../../src/index.ts";
import { inEngine, outsideImage, revisionOfWorktree, ROOT, slipway } from "./support/slipway.ts";

const reportSchema = z.object({
  passed: z.boolean(),
  failures: z.array(z.string()),
  previous: z.string(),
  phases: z.array(z.object({ phase: z.string() })),
  leftovers: z.array(z.object({ object: z.string() })),
});

/** What is changed in the fixture's chart, which a gate must name: in the release before already, and in this one. */
const ORPHAN = ["name: notes", "name: notes\n  annotations: { helm.sh/resource-policy: keep }"] as const;
const GAP = ["strategy: { type: RollingUpdate }", "strategy: { type: Recreate }"] as const;

/** What is said where no image can be pulled: what stands for Dragonfly, and that nothing stands for Qdrant. */
const STAND_INS =
  process.env.SLIPWAY_IMAGES_LOCK === undefined
    ? []
    : [
        /^note: what ran as dragonfly was a stand-in, made from the Debian \S+ package redis-server, in the place of Dragonfly$/m,
        /^note: cruvero goes without qdrant, which the image lock does not have \(.*qdrant\.enabled=false.*\)$/m,
      ];

/** What the upgrade came from: a linked worktree has no history of its own, and is compared with itself. */
const FROM =
  revisionOfWorktree() === undefined
    ? /^from commit [0-9a-f]{40}, the state before the last change of what is released$/
    : /^from this revision itself, since the source comes without history$/;

const CHART = "chart/templates/shop.yaml";

function planted(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`${CHART} has no ${from}`);
  return text.replace(from, to);
}

/** Files that differ from those of a commit before this one. Throws where it is none. */
function changedSince(commit: string): string {
  execFileSync("git", ["merge-base", "--is-ancestor", commit, "HEAD"], { cwd: ROOT });
  return execFileSync("git", ["diff", "--name-only", commit, "HEAD"], { cwd: ROOT, encoding: "utf8" });
}

/** The fixture with a history of two commits, and the defects in them; that orders are forgotten is its own. */
async function twoReleases(): Promise<{ readonly source: Directory; readonly first: string }> {
  const sound = dag.host().directory(`${ROOT}/test/fixtures/life`);
  const before = planted(await sound.file(CHART).contents(), ORPHAN);
  const commit = ["git", "-c", "user.name=Test", "-c", "user.email=test@slipway.invalid", "commit", "--quiet"];
  const repository = (await outsideImage("golang"))
    .withDirectory("/repository", sound)
    .withWorkdir("/repository")
    .withNewFile(`/repository/${CHART}`, before)
    .withExec(["git", "init", "--quiet"])
    .withExec(["git", "add", "."])
    .withExec([...commit, "--message", "the release before"])
    .withNewFile(`/repository/${CHART}`, planted(before, GAP))
    .withExec([...commit, "--all", "--message", "this release"])
    .withExec(["git", "rev-parse", "HEAD^"]);
  return { source: repository.directory("/repository"), first: (await repository.stdout()).trim() };
}

describe("lifecycle-test", () => {
  it("C-21: fails no request, loses no run and leaves no object while Cruvero is upgraded, rolled back, hurt and removed", async () => {
    await inEngine(async () => {
      const table = await slipway().lifecycleTest(Environment.Dev, "cruvero");
      expect(table.split("\n")[1]).toMatch(FROM);
      const [, before] = /^from commit (\w+)/m.exec(table) ?? [];
      if (before !== undefined) expect(changedSince(before)).toMatch(/^(?:charts|docker)\//m);
      expect(table).toMatch(
        /^upgrade: Job cruvero\/cruvero-migrator\S* completed \d+ s before the first new pods were made$/m,
      );
      for (const phase of ["upgrade", "rollback"]) {
        expect(table).toMatch(new RegExp(`^${phase} +[\\d.]+ +cruvero pages +[1-9]\\d* +0 +0 `, "m"));
      }
      expect(table).toMatch(/^work: cruvero: runs: [1-9]\d* accepted, 0 lost$/m);
      const bundled = ["nats", "postgresql", "dragonfly"];
      for (const component of ["api", "ui", "worker", "graph-worker", "embed-worker", ...bundled]) {
        expect(table).toMatch(new RegExp(`^cruvero +${component} +kill +yes +[\\d.]+$`, "m"));
      }
      expect(table).toMatch(/^cruvero +postgresql +restart +yes +[\d.]+$/m);
      expect(table).toMatch(/^leftovers: none$/m);
      for (const note of STAND_INS) expect(table).toMatch(note);
      expect(table).toMatch(/^dev: passed in /m);
    });
  });

  it("names the requests that a new version drops, the orders that it forgets and the object that it leaves", async () => {
    await inEngine(async () => {
      const { source, first } = await twoReleases();
      const module = slipway({ source, platform: "ship.yaml", revision: "" });
      const report = await module.lifecycleReport(Environment.Dev);
      const found = reportSchema.parse(JSON.parse(await report.file("lifecycle.json").contents()));
      expect(found.previous).toBe(`commit ${first}, the state before the last change of what is released`);
      expect(found.failures).toContainEqual(
        expect.stringMatching(
          /^shop: orders: \d+ of \d+ requests failed during upgrade; first at \d+\.\d s of upgrade \(.*\): POST http:\/\/shop:8080\/orders: .*\n {2}try: serve until/s,
        ),
      );
      expect(found.failures).toContainEqual(
        expect.stringMatching(
          /^shop: orders: \d+ of \d+ accepted were lost; first at \d+\.\d s of (?:before|calm) \(.*\): GET http:\/\/shop:8080\/orders\/\S+: status 404/,
        ),
      );
      expect(found.failures).toContainEqual(
        expect.stringMatching(/^uninstall left ConfigMap shop\/notes: of the release shop/),
      );
      expect(found.leftovers).toEqual([{ object: "ConfigMap shop/notes" }]);
      expect(found.phases.map(({ phase }) => phase)).toEqual([
        "install",
        "calm",
        "upgrade",
        "rollback",
        "kill shop",
        "read back",
        "uninstall",
      ]);
      expect(found.passed).toBe(false);
    });
  });

  it("refuses a commit that the history does not hold", async () => {
    await inEngine(async () => {
      const { source } = await twoReleases();
      const module = slipway({ source, platform: "ship.yaml", revision: "" });
      const failure = await module.lifecycleTest(Environment.Dev, "", undefined, "v9").catch(String);
      expect(failure).toMatch(
        /^PreviousCommitError: \[config\] the source's \.git does not hold v9 as a whole: it names no commit/,
      );
    });
  });
});
