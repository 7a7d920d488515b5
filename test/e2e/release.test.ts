import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { dag, type Secret, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { parseDocument, stringify } from "yaml";

import { Environment } from "../../src/index.ts";

import { PREDICATES } from "../../src/release/statements.ts";
import { isExecFailure } from "../../src/report/engine-failure.ts";
import { accountPassword, ACCOUNT, closedRegistry, emptyRegistry, REGISTRY } from "./support/registry.ts";
import { cosign, KEY_PASSWORD, testKey, type TestKey } from "./support/signing.ts";
import { smallPlatform } from "./support/small-platform.ts";
import { inEngine, outsideImage, slipway } from "./support/slipway.ts";

const PREFIX = `${REGISTRY}/acme`;

type Options = { readonly dryRun?: boolean; readonly ref?: string; readonly tag?: string[]; readonly key?: TestKey };

async function publish(
  service: Service,
  { dryRun = false, ref = "refs/heads/main", tag = [], key }: Options = {},
): Promise<string> {
  return slipway({ source: smallPlatform() }).publish(
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
        const said = await publish(service, { key });
        expect(
          said.match(/^evidence .* attached$/gm)?.map((line) => line.split(/ {2,}/).slice(1, 3).join(" ")),
        ).toEqual([
          ...["web signature", "web provenance", "web signature", "web provenance", "release signature"],
          ...["web spdx", "web cyclonedx"],
        ]);
        expect(await publish(service, { key })).toMatch(/^0 bytes pushed$/m);
        const promoted = await publish(service, { key, tag: ["stable"] });
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
      const { service: closed, ca, filesWith } = await closedRegistry();
      const service = await closed.start();
      try {
        const key = await testKey("canary");
        const module = slipway({ source: smallPlatform() });
        const to = (account: string, password?: Secret) =>
          module.publish(PREFIX, [], "", "main", false, [], key.key, key.password, account, password, service, ca);
        await expect(to("")).rejects.toThrow(/^\[infra\] asking registry:5000\/acme what it has failed/);
        const wrong = to(ACCOUNT.user, dag.setSecret("wrong-password", "canary-wrong"));
        await expect(wrong).rejects.toThrow(/^\[infra\] asking registry:5000\/acme what it has failed/);
        await expect(wrong).rejects.not.toThrow(/canary-wrong/);

        const logBefore = engineLog().length;
        const said = await to(ACCOUNT.user, accountPassword());
        expect(said).toMatch(/[1-9]\d* bytes pushed/);
        const logged = engineLog().slice(logBefore);
        const body = (await key.key.plaintext()).split("\n")[2] ?? "";
        expect(body.length, "a line of the private key").toBeGreaterThan(40);
        for (const canary of [ACCOUNT.password, KEY_PASSWORD, body]) {
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
        const red = smallPlatform().withNewFile("charts/web/values-prod.yaml", "replicaCount: many\n");
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
        const source = smallPlatform();
        await slipway({ source }).publishImages(PREFIX, [], "", "main", "", undefined, service, true);
        const rest = await publish(service);
        expect(rest).toMatch(/^image +web +\S+ +already there$/m);
        expect(rest).toMatch(/^chart +web +\S+ +pushed$/m);
        const key = await testKey("publish");
        const signed = await publish(service, { key });
        expect(signed).not.toMatch(/^(image|chart|record) .* pushed$/m);
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
        const source = smallPlatform().withNewFile("charts/web/values-dev.yaml", await freshOverlay());
        const module = slipway({ source });
        const key = await testKey("publish");
        const to = () =>
          module.publish(
            PREFIX,
            [],
            "",
            "main",
            false,
            ["smoke", "signature"],
            key.key,
            key.password,
            "",
            undefined,
            service,
            undefined,
            true,
          );
        await expect(to()).rejects.toThrow(/^\[gate\] --require smoke: no pass of the smoke test in dev is recorded/);
        await module.smokeTest(Environment.Dev);
        const said = await to();
        expect(said).toMatch(/^evidence +web +test +attached$/m);
        expect(said).toMatch(/^smoke test: passed in dev, as recorded$/m);
        const policy = {
          keys: { release: key.publicKey },
          builders: ["urn:slipway:builder:v1"],
          require: { image: ["signature", "test"], chart: ["test", "provenance"], record: ["signature"] },
        };
        const file = dag.directory().withNewFile("policy.yaml", stringify(policy)).file("policy.yaml");
        const tag = /web:(sha-[0-9a-f]{40})/.exec(said)?.[1] ?? "";
        const verified = await module.verify(PREFIX, tag, file, "", undefined, service, undefined, true);
        expect(verified).toMatch(/^chart\/web +3 {2}verified/m);
      } finally {
        await service.stop();
      }
    });
  });
});

/** No key, no account. */
const NO_KEY = [undefined, undefined, "", undefined] as const;

/** The overlay of the chart web for dev, with an annotation of this run. */
async function freshOverlay(): Promise<string> {
  const overlay = await smallPlatform().file("charts/web/values-dev.yaml").contents();
  const document = parseDocument(overlay);
  document.setIn(["podAnnotations", "slipway.test/run"], randomUUID());
  return String(document);
}

/** What the engine printed so far. */
function engineLog(): string {
  return readFileSync(path.join(tmpdir(), "slipway-e2e.log"), "utf8");
}

function isRow(line: string): boolean {
  return /^(image|chart|record|evidence|tag) /.test(line);
}
