/** A release goes from dev to staging to prod by digest, as a change to review; what must not go there moves nothing. */
import { dag, type Directory, type File, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";

import { Environment } from "../../src/index.ts";
import { applied, changed, committed, headOf } from "./support/git-source.ts";
import { statementText, testResult } from "../../src/release/statements.ts";
import { emptyRegistry, REGISTRY } from "./support/registry.ts";
import { testKey, type TestKey } from "./support/signing.ts";
import { inEngine, outsideImage, slipway } from "./support/slipway.ts";
import { smallPlatform } from "./support/small-platform.ts";
import {
  attachStatement,
  bundleOf,
  clientOf,
  type Copy,
  copyRelease,
  ORIGINAL,
  otherObject,
  relist,
  replaceEvidence,
  repositoryOf,
  statementIn,
} from "./support/tampering.ts";

const SETS = "deploy/argocd/applicationset.yaml";
const FILES = { staging: "deploy/releases/staging/web.yaml", prod: "deploy/releases/prod/web.yaml" };

type Given = {
  readonly source: Directory;
  readonly service: Service;
  readonly policy: File;
  readonly tag: string;
  readonly prefix?: string;
  readonly dryRun?: boolean;
};

async function promote(
  to: Environment,
  { source, service, policy, tag, prefix = ORIGINAL, dryRun = false }: Given,
): Promise<Directory> {
  const module = slipway({ source, revision: "" });
  return module.promote(to, prefix, tag, policy, dryRun, "", undefined, service, undefined, true);
}

async function refusal(to: Environment, given: Given): Promise<string> {
  return promote(to, given).then(
    async (written) => `PROMOTED\n${await written.file("promotion.txt").contents()}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Publishes the checkout and gives what publish said. */
async function publish(source: Directory, service: Service, { key, password }: TestKey): Promise<string> {
  const module = slipway({ source, revision: "" });
  const [ref, account] = ["", ["", undefined] as const];
  return module.publish(ORIGINAL, [], ref, "main", false, [], key, password, ...account, service, undefined, true);
}

/** Attaches the smoke test of a release as publish does where one is recorded: release.test.ts is about that, and runs one. */
async function attachTest(copy: Copy): Promise<void> {
  const { image, chart, commit } = copy;
  const subjects = [
    { name: "image/web", digest: image.digest },
    { name: "chart/web", digest: chart.digest },
  ];
  const pass = { environment: "dev", key: commit, report: "web answers" };
  const text = statementText(subjects, "test", testResult(pass));
  for (const artifact of [image, chart]) await attachStatement(copy, artifact, "test", text);
}

function policyOf(key: TestKey): File {
  const policy = {
    keys: { release: key.publicKey },
    builders: ["urn:slipway:builder:v1"],
    require: { image: ["signature", "provenance"], chart: ["signature", "provenance"], record: ["signature"] },
  };
  return dag.directory().withNewFile("policy.yaml", stringify(policy)).file("policy.yaml");
}

/** Digests that the alias of an environment points to, by repository. */
async function aliasesOf(service: Service, environment: string, prefix = ORIGINAL) {
  const { client } = await clientOf(service);
  const { digests } = await client.state([`${prefix}/web:${environment}`, `${prefix}/release:${environment}`], []);
  return Object.keys(digests).length;
}

/** What Argo CD would make of the chart web in prod. */
async function renderProd(source: Directory): Promise<string> {
  const files = ["values-prod.yaml", "../../deploy/releases/prod/web.yaml"].flatMap((file) => ["--values", file]);
  return (await outsideImage("helm"))
    .withDirectory("/source", source)
    .withWorkdir("/source/charts/web")
    .withExec(["helm", "dependency", "build"])
    .withExec(["helm", "template", "yab-web", ".", ...files])
    .stdout();
}

describe("promote against a real registry (C-44, X-20)", () => {
  it("goes to staging, then to prod, then moves prod's revision; and refuses all else without moving anything", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const key = await testKey("promote");
        const policy = policyOf(key);
        const source = await committed(smallPlatform());
        const said = await publish(source, service, key);
        const commit = await headOf(source);
        const tag = `sha-${commit}`;
        const given = { source, service, policy, tag };
        if (said.includes("skipped: test result")) {
          expect(await refusal(Environment.Staging, given)).toMatch(
            /^\[gate\] verify: [^]*image\/web\n {2}check {3}test\n {2}found {3}no trusted evidence/,
          );
          await attachTest(await readCopy(service, key, commit, ORIGINAL));
        }

        expect(await refusal(Environment.Staging, { ...given, tag: `sha-${"f".repeat(40)}` })).toMatch(
          /^\[gate\] \S+release:sha-f{40} is not in the registry/,
        );
        expect(await refusal(Environment.Staging, { ...given, policy: policyOf(await testKey("x")) })).toMatch(
          /^\[gate\] verify: \d+ failures[^]*is signed by no key of the policy/,
        );
        expect(await refusal(Environment.Prod, given)).toMatch(
          /^\[gate\] promote to prod is refused\nchart web: staging runs nothing by deploy\/releases\/staging\/web\.yaml/,
        );
        for (const [title, { says, tamper }] of Object.entries(TAMPERED)) {
          const copy = await copyOf(service, key, commit, title);
          await tamper(copy);
          const message = await refusal(Environment.Staging, { ...given, prefix: copy.prefix });
          expect(message, title).toMatch(says);
          expect(await aliasesOf(service, "staging", copy.prefix), title).toBe(0);
        }
        const dry = await promote(Environment.Staging, { ...given, dryRun: true });
        expect(await dry.file("promotion.txt").contents()).toMatch(
          /^alias \S+web:staging: would move from - to sha256:/m,
        );
        expect([await aliasesOf(service, "staging"), await aliasesOf(service, "prod")]).toEqual([0, 0]);

        const toStaging = await promote(Environment.Staging, given);
        expect(await toStaging.file("promotion.txt").contents()).toMatch(/^web +image +- +sha256:[0-9a-f]{12} +new$/m);
        expect(await toStaging.directory("files").glob("**/*.yaml")).toEqual([FILES.staging]);
        expect(await aliasesOf(service, "staging")).toBe(2);
        const staged = await applied(source, toStaging.file("promotion.patch"));
        const written: unknown = parse(await staged.file(FILES.staging).contents());
        const digest = /\S+acme\/web@(sha256:[0-9a-f]{64})/.exec(said)?.[1];
        expect(written).toMatchObject({
          image: { registry: ORIGINAL, repository: "web", digest },
          global: { release: { revision: commit } },
        });
        expect(await staged.file(FILES.staging).contents()).toMatch(/^# What runs in staging/);
        const again = await promote(Environment.Staging, { ...given, source: staged });
        expect(await again.file("promotion.txt").contents()).toMatch(/^nothing to change: staging has this release$/m);
        expect(await again.file("promotion.patch").contents()).toBe("");

        const other = await changed(staged, (all) => all.withNewFile("charts/web/templates/more.yaml", "# more\n"));
        expect(await refusal(Environment.Prod, { ...given, source: other })).toMatch(
          /^\[gate\] promote to prod is refused\nApplication yab-web-prod: charts\/web is another in /,
        );
        expect(await aliasesOf(service, "prod")).toBe(0);
        const toProd = await promote(Environment.Prod, { ...given, source: staged });
        expect(await toProd.file("promotion.txt").contents()).toMatch(/^yab-web-prod +v0\.1\.0 +v0\.1\.0 +moves once/m);
        const proposed = await applied(staged, toProd.file("promotion.patch"));
        const move = await promote(Environment.Prod, { ...given, source: proposed });
        expect(await move.directory("files").glob("**/*.yaml")).toEqual([SETS]);
        const head = await headOf(proposed);
        expect(await move.file("promotion.patch").contents()).toContain(
          `+          - { chart: web, release: yab-web, environment: prod, revision: "${head}", automated: false }`,
        );
        const moved = await applied(proposed, move.file("promotion.patch"));
        const last = await promote(Environment.Prod, { ...given, source: moved });
        expect(await last.file("promotion.txt").contents()).toMatch(
          /^yab-web-prod +[0-9a-f]{40} +[0-9a-f]{40} +has the release$/m,
        );
        expect(await renderProd(moved)).toMatch(/image: "registry:5000\/acme\/web@sha256:[0-9a-f]{64}"/);
        await expect(renderProd(source), "prod refuses what has no digest").rejects.toThrow();
      } finally {
        await service.stop();
      }
    });
  });
});

const TAMPERED: Readonly<Record<string, { says: RegExp; tamper: (copy: Copy) => Promise<unknown> }>> = {
  "the smoke test is taken away": {
    tamper: (copy) => relist(copy, copy.image, (kind) => !kind.includes("test-result")),
    says: /^\[gate\] verify: [^]*image\/web\n {2}check {3}test\n {2}found {3}no trusted evidence/,
  },
  "the smoke test has failed": {
    tamper: (copy) => {
      const text = statementIn(bundleOf(copy.chart, "test")).replace('"result":"PASSED"', '"result":"FAILED"');
      return replaceEvidence(copy, copy.chart, "test", text);
    },
    says: /^\[gate\] verify: [^]*chart\/web\n {2}check {3}test\n {2}found {3}the test ended with FAILED/,
  },
  "the tag of the commit is moved": {
    tamper: (copy) => otherObject(copy, repositoryOf(copy.image.reference), `sha-${copy.commit}`),
    says: /^\[gate\] verify: [^]*web:sha-[0-9a-f]{40}\n {2}check {3}tag/,
  },
};

function versionOf(commit: string): string {
  return `0.0.0-sha-${commit.slice(0, 12)}`;
}

/** Image, chart and record of the release below a path of the registry. */
function namesOf(commit: string): string[] {
  return [`web:sha-${commit}`, `charts/web:${versionOf(commit)}`, `release:sha-${commit}`];
}

/** A copy of the release to tamper with. */
async function copyOf(service: Service, key: TestKey, commit: string, title: string): Promise<Copy> {
  const { lock } = await clientOf(service);
  const prefix = `${REGISTRY}/${title.replaceAll(" ", "-")}`;
  const names = namesOf(commit);
  await copyRelease(service, lock, [prefix], names);
  return readCopy(service, key, commit, prefix);
}

/** What the registry has of the release. */
async function readCopy(service: Service, key: TestKey, commit: string, prefix: string): Promise<Copy> {
  const { client, lock } = await clientOf(service);
  const names = namesOf(commit);
  const [image, chart, record] = (await client.read(names.map((name) => `${prefix}/${name}`))).artifacts;
  if (image === undefined || chart === undefined || record === undefined) throw new Error("the copy is not there");
  return { ...{ client, lock, prefix, key, image, chart, record }, commit, chartVersion: versionOf(commit) };
}
