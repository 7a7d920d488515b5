import type { Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { accountPassword, ACCOUNT, closedRegistry, emptyRegistry, REGISTRY } from "./support/registry.ts";
import { cosign, testKey, type TestKey } from "./support/signing.ts";
import { smallPlatform } from "./support/small-platform.ts";
import { inEngine, outsideImage, slipway } from "./support/slipway.ts";

const PREFIX = `${REGISTRY}/acme`;

type Options = { readonly dryRun?: boolean; readonly ref?: string; readonly key?: TestKey };

async function publish(
  service: Service,
  { dryRun = false, ref = "refs/heads/main", key }: Options = {},
): Promise<string> {
  return slipway({ source: smallPlatform() }).publish(
    PREFIX,
    [],
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

/** What cosign says of a reference, with its own rules. */
async function askCosign(
  service: Service,
  key: TestKey,
  command: readonly string[],
  reference: string,
): Promise<string> {
  return (await cosign())
    .withServiceBinding("registry", service)
    .withNewFile("/cosign.pub", key.publicKey)
    .withEnvVariable("SLIPWAY_TEST", String(Date.now()))
    .withExec([
      ...["cosign", ...command, "--key", "/cosign.pub", "--allow-http-registry", "--insecure-ignore-tlog"],
      ...["--private-infrastructure", reference],
    ])
    .stdout();
}

describe("publish against a real registry (C-08, Y-17, Y-18, X-06)", () => {
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
        const image = /\S+acme\/web@sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? "";
        const chart = /\S+charts\/web@sha256:[0-9a-f]{64}/.exec(said)?.[0] ?? "";
        for (const reference of [image, chart]) await askCosign(service, key, ["verify"], reference);
        for (const type of ["spdxjson", "cyclonedx", "slsaprovenance1"]) {
          await askCosign(service, key, ["verify-attestation", "--type", type], image);
        }
        const other = await testKey("other");
        await expect(askCosign(service, other, ["verify"], image)).rejects.toThrow();
      } finally {
        await service.stop();
      }
    });
  });

  it("reaches a registry behind TLS with an account, and leaves the password nowhere", async () => {
    await inEngine(async () => {
      const closed = await closedRegistry();
      const service = await closed.service.start();
      try {
        const open = slipway({ source: smallPlatform() }).publish(
          PREFIX,
          [],
          "",
          "main",
          true,
          [],
          undefined,
          undefined,
          "",
          undefined,
          service,
          closed.ca,
        );
        await expect(open).rejects.toThrow(/^\[infra\] asking registry:5000\/acme what it has failed/);
        const said = await slipway({ source: smallPlatform() }).publish(
          PREFIX,
          [],
          "",
          "main",
          false,
          [],
          undefined,
          undefined,
          ACCOUNT.user,
          accountPassword(),
          service,
          closed.ca,
        );
        expect(said).toMatch(/bytes pushed/);
        expect(said).not.toContain(ACCOUNT.password);
      } finally {
        await service.stop();
      }
    });
  });
});

function isRow(line: string): boolean {
  return /^(image|chart|record|evidence|tag) /.test(line);
}
