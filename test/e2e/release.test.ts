import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { dag, type Directory, type Secret, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";

import { Environment } from "../../src/index.ts";
import { publishRelease } from "../../src/release/functions.ts";
import { PREDICATES } from "../../src/release/statements.ts";
import { isExecFailure } from "../../src/report/engine-failure.ts";
import { accountPassword, ACCOUNT, closedRegistry, emptyRegistry, REGISTRY } from "./support/registry.ts";
import { cosign, KEY_PASSWORD, testKey, type TestKey } from "./support/signing.ts";
import { greenPlatform, PAIR, pairPlatform, smallPlatform, withoutGitops } from "./support/small-platform.ts";
import { inEngine, outsideImage, ownSource, revisionOfWorktree, runLock, slipway } from "./support/slipway.ts";
import { bundleOf, clientOf, statementIn } from "./support/tampering.ts";

const PREFIX = `${REGISTRY}/acme`;

type Options = {
  readonly source?: Directory;
  readonly dryRun?: boolean;
  readonly ref?: string;
  readonly tag?: string[];
  readonly key?: TestKey;
};

async function publish(
  service: Service,
  { source = greenPlatform(), dryRun = false, ref = "refs/heads/main", tag = [], key }: Options = {},
): Promise<string> {
  return slipway({ source }).publish(
    PREFIX,
    tag,
    ref,
    "main",
    dryRun,
    [],
    key?.key,
    key?.password,
    "",
    undefined,
    service,
    undefined,
    true,
  );
}

/** What helm says of a published chart, and its values, as anyone would pull it. */
async function pullWithHelm(service: Service, chart: string, version: string): Promise<string> {
  const pull = `helm pull "oci://${PREFIX}/charts/${chart}" --version "${version}" --plain-http --untar --untardir /tmp
helm lint "/tmp/${chart}" --strict > /dev/null
helm template "${chart}" "/tmp/${chart}" --values "/tmp/${chart}/values-dev.yaml"`;
  return (await outsideImage("helm"))
    .withServiceBinding("registry", service)
    .withEnvVariable("SLIPWAY_TEST", String(Date.now()))
    .withExec(["sh", "-eu", "-c", pull])
    .stdout();
}

/** What cosign says of what is attached to a reference, with its own rules. */
async function askCosign(service: Service, key: TestKey, predicateType: string, reference: string): Promise<string> {
  return (await cosign())
    .withServiceBinding("registry", service)
    .withNewFile("/cosign.pub", key.publicKey)
    .withEnvVariable("SLIPWAY_TEST", String(Date.now()))
    .withExec(["sign", "verify", "/cosign.pub", predicateType, reference])
    .stdout();
}

/** What a program said when it refused, or that it did not. */
async function refusalOf(run: Promise<string>): Promise<string> {
  return run.then(
    (said) => `ACCEPTED\n${said}`,
    (error: unknown) => (isExecFailure(error) ? error.stderr : String(error)),
  );
}

describe("publish against a real registry (C-08, Y-17, Y-18, Y-86, X-06)", () => {
  it("says what would move, moves it, and then moves nothing; helm pulls a chart that pins this run's images", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const dry = await publish(service, { dryRun: true });
        expect(dry).toMatch(/would be pushed/);
        expect(dry).toMatch(/dry run: nothing was moved/);
        const red = await publish(service, { dryRun: true, source: smallPlatform() });
        expect(red, "its files of Argo CD know charts that it does not have").toMatch(
          /^held back: edge, for .*gitops has \d+ findings, the first: deploy\/argocd\/\S+ .*; next: run gitops, correct /m,
        );
        expect(red).toMatch(/^alias +edge +every image and the record +held back$/m);
        expect(red).not.toMatch(/:edge /);

        const first = await publish(service);
        expect(first, "nothing had moved in the dry run").not.toMatch(/already there/);
        expect(dry.replaceAll("would be ", "").split("\n").filter(isRow)).toEqual(first.split("\n").filter(isRow));
        expect(Number(/(\d+) bytes pushed/.exec(first)?.[1])).toBeGreaterThan(1_000_000);

        const second = await publish(service);
        expect(second).toMatch(/^0 bytes pushed$/m);
        expect(second).not.toMatch(/ {2}(pushed|set|attached|moved from .*)$/m);

        const version = /charts\/web:(\S+)/.exec(first)?.[1] ?? "";
        const manifests = await pullWithHelm(service, "web", version);
        const digest = /acme\/web@(sha256:[0-9a-f]{64})/.exec(first)?.[1] ?? "no digest";
        expect(manifests).toContain(digest);
      } finally {
        await service.stop();
      }
    });
  });

  it("attaches evidence that cosign verifies with the public key alone", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const key = await testKey("publish");
        const source = greenPlatform().withNewFile(PLANTED.file, JSON.stringify(PLANTED.package));
        const said = await publish(service, { key, source });
        expect(
          said.match(/^evidence .* attached$/gm)?.map((line) => line.split(/ {2,}/).slice(1, 3).join(" ")),
        ).toEqual([
          ...["web signature", "web provenance"],
          ...["web signature", "web provenance", "web spdx", "web cyclonedx", "release signature"],
          ...["web spdx", "web cyclonedx"],
        ]);
        expect(await publish(service, { key, source })).toMatch(/^0 bytes pushed$/m);
        const promoted = await publish(service, { key, source, tag: ["stable"] });
        expect(promoted.match(/^\w+ .* {2}(pushed|attached|set|moved .*)$/gm)).toEqual([
          expect.stringMatching(/^tag +web +registry:5000\/acme\/web:stable +set$/),
          expect.stringMatching(/^tag +release +registry:5000\/acme\/release:stable +set$/),
        ]);
        const image = /\S+acme\/web@sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? "";
        const chart = /\S+charts\/web@sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? "";
        for (const reference of [image, chart]) await askCosign(service, key, PREDICATES.signature, reference);
        for (const kind of ["spdx", "cyclonedx", "provenance"] as const) {
          await askCosign(service, key, PREDICATES[kind], image);
        }
        await expectEvidence(service, image, chart);
        const nothing = askCosign(service, key, PREDICATES.scan, image);
        expect(await refusalOf(nothing)).toMatch(/4 attestations of \S+ are verified, none is /);
        const other = await testKey("other");
        const refused = askCosign(service, other, PREDICATES.signature, image);
        expect(await refusalOf(refused)).toMatch(/no matching attestations/);
      } finally {
        await service.stop();
      }
    });
  });

  it("reaches a registry behind TLS with an account, and leaves passwords and keys nowhere", async () => {
    await inEngine(async () => {
      const log = watchedLog();
      const { service: closed, ca, filesWith } = await closedRegistry();
      const service = await closed.start();
      try {
        const key = await testKey("canary");
        const module = slipway({ source: greenPlatform() });
        const to = (account: string, password?: Secret) =>
          module.publish(PREFIX, [], "", "main", false, [], key.key, key.password, account, password, service, ca);
        await expect(to("")).rejects.toThrow(/^\[infra\] asking registry:5000\/acme what it has failed/);
        const wrong = to(ACCOUNT.user, dag.setSecret("wrong-password", "canary-wrong"));
        await expect(wrong).rejects.toThrow(/^\[infra\] asking registry:5000\/acme what it has failed/);
        await expect(wrong).rejects.not.toThrow(/canary-wrong/);

        const said = await to(ACCOUNT.user, accountPassword());
        expect(said).toMatch(/[1-9]\d* bytes pushed/);
        const tag = /web:(sha-[0-9a-f]{40})/.exec(said)?.[1] ?? "";
        const verify = (account: string, password?: Secret) =>
          module.verify(PREFIX, tag, policyOf(key), account, password, service, ca);
        expect(await verify(ACCOUNT.user, accountPassword())).toMatch(/^record\/release +\d+ {2}verified /m);
        await expect(verify("")).rejects.toThrow(/^\[infra\] reading from registry:5000\/acme failed/);

        const logged = log.sinceThen();
        // The log of the embedded engine has the arguments of every container; of an official one only the client's is here.
        if (log.isOfEngine)
          expect(logged, "the search looks where such things are").toContain("/request.json > /out/answer.json");
        const body = (await key.key.plaintext()).split("\n")[2] ?? "";
        expect(body.length, "a line of the private key").toBeGreaterThan(40);
        for (const canary of [ACCOUNT.password, "canary-wrong", KEY_PASSWORD, body]) {
          expect(said).not.toContain(canary);
          expect(logged).not.toContain(canary);
          expect(await filesWith(canary), "blobs of the registry").toBe("");
        }
        expect(await filesWith("org.opencontainers.image.title"), "the search finds what is there").not.toBe("");
      } finally {
        await service.stop();
      }
    });
  });

  it("pushes nothing where validate is red, and ends an interrupted publish as if it had not been interrupted", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const red = greenPlatform().withNewFile("charts/web/values-prod.yaml", "replicaCount: many\n");
        const refused = slipway({ source: red }).publish(
          PREFIX,
          [],
          "",
          "main",
          false,
          [],
          ...NO_KEY,
          service,
          undefined,
          true,
        );
        await expect(refused).rejects.toThrow(/^\[gate\] validate: \d+ findings? in web[^]*got string, want integer/);
        const dry = await publish(service, { dryRun: true });
        expect(dry, "nothing was pushed").not.toMatch(/already there/);

        // Images and their own tags are there, charts, record, evidence and aliases are not.
        const source = greenPlatform();
        await slipway({ source }).publishImages(PREFIX, [], "", "main", "", undefined, service, true);
        const rest = await publish(service);
        expect(rest).toMatch(/^image +web +\S+ +already there$/m);
        expect(rest).toMatch(/^chart +web +\S+ +pushed$/m);
        const key = await testKey("publish");
        // Two that do not know of each other publish the same: both end, and nothing is missing then.
        for (const signed of await Promise.all([publish(service, { key }), publish(service, { key })])) {
          expect(signed).not.toMatch(/^(image|chart|record) .* pushed$/m);
        }
        expect(await publish(service, { key })).toMatch(/^0 bytes pushed$/m);
      } finally {
        await service.stop();
      }
    });
  });

  it("demands a smoke test where it is asked to, and attaches the one that passed", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        // Another value is another test, which no earlier run of this test has passed.
        const source = withoutGitops().withNewFile("charts/web/values-dev.yaml", await freshOverlay());
        const module = slipway({ source });
        const key = await testKey("publish");
        const to = (require: string[]) =>
          module.publish(
            PREFIX,
            [],
            "refs/heads/main",
            "main",
            false,
            require,
            key.key,
            key.password,
            "",
            undefined,
            service,
            undefined,
            true,
          );
        const untested = await to([]);
        expect(untested).toMatch(/^tag +web +\S+acme\/web:sha-[0-9a-f]{40} +set$/m);
        expect(untested).toMatch(
          /^held back: edge, for no pass of the smoke test in dev is recorded .*; next: run smoke-test --env dev on this/m,
        );
        expect(untested, "no alias was set").not.toMatch(/:edge /);
        const needed = to(["smoke", "signature"]);
        await expect(needed).rejects.toThrow(/^\[gate\] --require smoke: no pass of the smoke test in dev is recorded/);
        await module.smokeTest(Environment.Dev);
        const said = await to(["smoke", "signature"]);
        expect(said).toMatch(/^evidence +web +test +attached$/m);
        expect(said).toMatch(/^smoke test: passed in dev, as recorded$/m);
        expect(said).toMatch(/^tag +web +\S+acme\/web:edge +set$/m);
        expect(said).toMatch(/^tag +release +\S+acme\/release:edge +set$/m);
        expect(said).not.toMatch(/held back/);
        const policy = {
          keys: { release: key.publicKey },
          builders: ["urn:slipway:builder:v1"],
          require: { image: ["signature", "test"], chart: ["test", "provenance"], record: ["signature"] },
        };
        const file = dag.directory().withNewFile("policy.yaml", stringify(policy)).file("policy.yaml");
        const tag = /web:(sha-[0-9a-f]{40})/.exec(said)?.[1] ?? "";
        const verified = await module.verify(PREFIX, tag, file, "", undefined, service, undefined, true);
        expect(verified).toMatch(/^chart\/web +5 {2}verified/m);
      } finally {
        await service.stop();
      }
    });
  });
});

describe("a release from two jobs, each with a system of its own", () => {
  it("is joined into what one publish of both writes, names a system that is missing, and is what verify reads", async () => {
    await inEngine(async () => {
      const service = await (await emptyRegistry()).start();
      try {
        const key = await testKey("publish");
        const module = slipway({ source: pairPlatform() });
        const ref = "refs/heads/main";
        const access = ["", undefined, service, undefined, true] as const;
        const join = (env: Environment, policy = policyOf(key), dryRun = false) =>
          module.mergeReleases(PREFIX, [], ref, "main", env, policy, dryRun, key.key, key.password, ...access);
        const [one, other] = Object.keys(PAIR);

        const first = await publishPart(service, one ?? "", key);
        expect(first).toMatch(/^record +yab +registry:5000\/acme\/release\/yab@\S+ +pushed$/m);
        expect(first).toMatch(/^held back: edge, for these systems are a part of the release/m);
        expect(first, "a part says nothing of the whole").not.toMatch(/acme\/release[:@]|:edge /);
        await expect(join(Environment.Dev)).rejects.toThrow(
          /^\[gate\] release sha-[0-9a-f]{40} is not whole:\n {2}back: \S+release\/back:sha-[0-9a-f]{40} is not in the registry\nNext: run ci --only back /,
        );
        await publishPart(service, other ?? "", key);
        const stranger = join(Environment.Dev, policyOf(await testKey("x")));
        await expect(stranger).rejects.toThrow(
          /^\[gate\] verify: [^]*release\/yab[^]*is signed by no key of the policy/,
        );

        expect(await join(Environment.Staging)).toMatch(
          /^held back: edge, for no pass of the smoke test in staging is attached to all of yab and back; next: /m,
        );
        const joined = await join(Environment.Dev);
        expect(joined.match(/^tag .*edge +set$/gm)).toHaveLength(3);
        expect(await join(Environment.Dev)).toMatch(/^0 bytes pushed$/m);
        const verified = await module.verify(PREFIX, "edge", policyOf(key), ...access);
        expect(verified.match(/^(image|chart)\/(web|admin) .* verified /gm)).toHaveLength(4);
        const whole = await publish(service, { source: pairPlatform(), key, dryRun: true });
        expect(whole, "one publish of both writes the same").toMatch(/^dry run: nothing would move$/m);
      } finally {
        await service.stop();
      }
    });
  });
});

/** Publishes a system of the pair alone, as `ci --only` does behind its other stages. */
async function publishPart(service: Service, system: string, { key, password }: TestKey): Promise<string> {
  const own = ownSource();
  const given = {
    source: pairPlatform(),
    platformPath: "deploy/platform.yaml",
    lockFile: runLock(),
    revision: revisionOfWorktree() ?? "",
    configuration: "",
    only: [system],
    programs: own.directory("src/release/programs"),
    chartPrograms: own.directory("src/charts/programs"),
    clusterPrograms: own.directory("src/cluster/programs"),
    gitopsPrograms: own.directory("src/gitops/programs"),
  };
  const request = { tags: [], ref: "refs/heads/main", defaultBranch: "main", dryRun: false, require: [] };
  const registry = { prefix: PREFIX, service, insecure: true };
  return publishRelease(given, registry, { ...request, signing: { key, password } });
}

function policyOf(key: TestKey) {
  const policy = {
    keys: { release: key.publicKey },
    builders: ["urn:slipway:builder:v1"],
    require: {
      image: ["signature", "provenance", "spdx", "cyclonedx"],
      chart: ["signature", "provenance", "spdx", "cyclonedx"],
      record: ["signature"],
    },
  };
  return dag.directory().withNewFile("policy.yaml", stringify(policy)).file("policy.yaml");
}

/** A package that is planted in the image, so that its lists must name it. */
const PLANTED = {
  file: "docker/reference/yab/packages/customer_app/prebuilt/vendor/package.json",
  package: { name: "planted-parser", version: "1.0.0" },
};

const provenanceSchema = z.object({
  predicate: z.object({
    buildDefinition: z.object({
      resolvedDependencies: z.array(z.object({ name: z.string(), digest: z.record(z.string(), z.string()) })),
    }),
  }),
});

const spdxSchema = z.object({
  predicate: z.object({ packages: z.array(z.object({ name: z.string(), versionInfo: z.string().optional() })) }),
});

const cyclonedxSchema = z.object({
  predicate: z.object({ components: z.array(z.object({ name: z.string(), version: z.string().optional() })) }),
});

/** What is attached to an image and its chart says what they were really made of. */
async function expectEvidence(service: Service, image: string, chart: string): Promise<void> {
  const { client, lock } = await clientOf(service);
  const [ofImage, ofChart] = (await client.read([image, chart])).artifacts;
  if (ofImage === undefined || ofChart === undefined) throw new Error("the release is not there");
  const said = (from: typeof ofImage, kind: Parameters<typeof bundleOf>[1]): unknown =>
    JSON.parse(statementIn(bundleOf(from, kind)));
  const basesOf = (from: typeof ofImage) => {
    const { resolvedDependencies } = provenanceSchema.parse(said(from, "provenance")).predicate.buildDefinition;
    return Object.fromEntries(resolvedDependencies.map(({ name, digest }) => [name, digest.sha256]));
  };
  const locked = (name: string) => lock[name]?.reference.split("@sha256:")[1] ?? "not in the lock";
  expect(basesOf(ofImage)).toEqual({
    ...{ source: undefined, node: locked("node"), nginx: locked("nginx"), golang: locked("golang") },
  });
  expect(basesOf(ofChart)).toEqual({
    ...{ source: undefined, helm: locked("helm"), golang: locked("golang") },
    "image/web": image.split("@sha256:")[1],
  });
  const { name, version } = PLANTED.package;
  const listed = (from: typeof ofImage) => ({
    spdx: spdxSchema.parse(said(from, "spdx")).predicate.packages,
    cyclonedx: cyclonedxSchema.parse(said(from, "cyclonedx")).predicate.components,
  });
  expect(listed(ofImage).spdx).toContainEqual({ name, versionInfo: version });
  expect(listed(ofImage).cyclonedx).toContainEqual({ name, version });
  const pinned = { name: "web", version: image.split("@")[1] };
  expect(listed(ofChart).spdx).toContainEqual({ name: "web", versionInfo: pinned.version });
  expect(listed(ofChart).cyclonedx).toContainEqual(pinned);
}

/** No key, no account. */
const NO_KEY = [undefined, undefined, "", undefined] as const;

/** The overlay of the chart web for dev, with an annotation of this run. */
async function freshOverlay(): Promise<string> {
  const overlay = await smallPlatform().file("charts/web/values-dev.yaml").contents();
  const document = parseDocument(overlay);
  document.setIn(["podAnnotations", "slipway.test/run"], randomUUID());
  return String(document);
}

/** The log that says most of what runs: the engine's own where it is on this machine, else what its client prints. */
function watchedLog() {
  const [, state] = /^unix:\/\/(.+)\/run\/[^/]+$/.exec(process.env._EXPERIMENTAL_DAGGER_RUNNER_HOST ?? "") ?? [];
  const ofEngine = path.join(state ?? "", "logs/engine.log");
  const isOfEngine = state !== undefined && existsSync(ofEngine);
  const file = isOfEngine ? ofEngine : path.join(tmpdir(), "slipway-e2e.log");
  const before = statSync(file).size;
  return { isOfEngine, sinceThen: () => readFileSync(file).subarray(before).toString("utf8") };
}

function isRow(line: string): boolean {
  return /^(image|chart|record|evidence|tag) /.test(line);
}
