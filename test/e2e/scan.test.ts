/** A known vulnerability is found in an image before it is published, and verify holds what a scan said to the policy of today. */
import path from "node:path";

import { dag, type Directory, type File, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { REGISTRY, storedRegistry } from "./support/registry.ts";
import { testKey, type TestKey } from "./support/signing.ts";
import { inEngine, outsideImage, ROOT, slipway } from "./support/slipway.ts";
import { smallPlatform } from "./support/small-platform.ts";
import {
  attachText,
  bundleOf,
  clientOf,
  type Copy,
  relist,
  replaceEvidence,
  statementIn,
} from "./support/tampering.ts";

const PREFIX = `${REGISTRY}/acme`;
const POLICY = "deploy/release-policy.yaml";
const VEX = "deploy/vex.json";
const DAY_MILLISECONDS = 86_400_000;

/** What is planted: a package in the image, and in the database that everything below 1.2.3 of it is bad. */
const PLANTED = { name: "planted-parser", version: "1.0.0" };
const NAMED = /image\/web: GHSA-xxxx-test-0001 \(CVE-2026-99999\) high: planted-parser 1\.0\.0, fixed in 1\.2\.3/;

type Database = { readonly archive: File; readonly digest: string };

/** A database of grype that knows of the package that is planted. */
async function databaseBuilt(daysAgo: number): Promise<Database> {
  const built = new Date(Date.now() - daysAgo * DAY_MILLISECONDS).toISOString().replace(/T.*/, "T00:00:00Z");
  const run = (await outsideImage("python-3.11"))
    .withFile("/database.py", dag.host().file(path.join(ROOT, "test/fixtures/scan/database.py")))
    .withEnvVariable("BUILT", built)
    .withEnvVariable("PACKAGE", PLANTED.name)
    .withEnvVariable("FIXED", "1.2.3")
    .withExec(["python3", "/database.py"])
    .withExec(["sha256sum", "/out/database.tar.gz"]);
  const digest = `sha256:${(await run.stdout()).split(" ")[0] ?? ""}`;
  return { archive: run.file("/out/database.tar.gz"), digest };
}

type Given = {
  readonly key: TestKey;
  /** Digest that the policy pins. */
  readonly pin?: string;
  /** Last day of the statement that the package does no harm; nothing: nobody says so. */
  readonly excusedUntil?: string;
};

function policyText({ key, pin, excusedUntil }: Given): string {
  return stringify({
    keys: { release: key.publicKey },
    builders: ["urn:slipway:builder:v1"],
    require: { image: ["signature", "scan"], chart: ["signature"], record: ["signature"] },
    scan: {
      ...{ severity: "high", maxAgeDays: 5 },
      ...(pin === undefined ? {} : { database: pin }),
      ...(excusedUntil === undefined ? {} : { vex: VEX }),
    },
  });
}

/** The small platform, whose image has the package. */
function sourceWith(given: Given): Directory {
  const { excusedUntil } = given;
  const source = smallPlatform()
    .withNewFile("docker/reference/yab/packages/customer_app/prebuilt/vendor/package.json", JSON.stringify(PLANTED))
    .withNewFile(POLICY, policyText(given));
  if (excusedUntil === undefined) return source;
  const statement = {
    ...{ vulnerability: { name: "CVE-2026-99999" }, status: "not_affected", expires: excusedUntil },
    products: [{ "@id": "pkg:oci/web", subcomponents: [{ "@id": `pkg:npm/${PLANTED.name}` }] }],
    justification: "vulnerable_code_not_in_execute_path",
    impact_statement: "The file lies in the image for a test and is never loaded",
  };
  const document = {
    ...{ "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", author: "A test" },
    ...{ timestamp: "2026-01-01T00:00:00Z", version: 1, statements: [statement] },
  };
  return source.withNewFile(VEX, JSON.stringify(document, null, 2));
}

async function publish(
  service: Service,
  given: Given,
  database: Database | undefined,
  require: readonly string[] = [],
): Promise<string> {
  const { key, password } = given.key;
  const module = slipway({ source: sourceWith(given) });
  const [ref, branch, scan] = ["", "main", database?.archive];
  const access = ["", undefined, service, undefined, true] as const;
  return module.publish(PREFIX, [], ref, branch, false, [...require], key, password, ...access, scan);
}

async function verify(service: Service, given: Given, tag: string): Promise<string> {
  const module = slipway({ source: sourceWith(given) });
  return module.verify(PREFIX, tag, undefined, "", undefined, service, undefined, true);
}

/** What a function says of a failure, or that it said nothing. */
async function failureOf(work: Promise<string>): Promise<string> {
  return work.then(
    (table) => `PASSED\n${table}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** What calls that run at once say of their failures. */
async function failuresOf(calls: Readonly<Record<string, Promise<string>>>): Promise<Record<string, string>> {
  const said = Object.entries(calls).map(async ([title, call]) => [title, await failureOf(call)] as const);
  return Object.fromEntries(await Promise.all(said));
}

/** Every failure says what its regular expression wants. */
function expectNamed(messages: Readonly<Record<string, string>>, wanted: Readonly<Record<string, RegExp>>): void {
  const outcomes = Object.entries(messages).map(([title, message]) => {
    return [title, wanted[title]?.test(message) === true ? "named" : message];
  });
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(Object.keys(wanted).map((title) => [title, "named"])),
  );
}

function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

/** The image, and what a test needs to change what is attached to it. */
async function published(service: Service, key: TestKey, sha: string): Promise<Copy> {
  const { client, lock } = await clientOf(service);
  const [image] = (await client.read([`${PREFIX}/web:${sha}`])).artifacts;
  if (image === undefined) throw new Error("the image is not there");
  const nothing = { chart: image, record: image, commit: sha, chartVersion: "" };
  return { client, lock, prefix: PREFIX, key, image, ...nothing };
}

describe("publish and verify with a scan", () => {
  it("finds what is planted, lets a statement excuse it for a time, and holds old scans to the policy of today", async () => {
    await inEngine(async () => {
      const service = await (await storedRegistry()).server.start();
      try {
        const key = await testKey("release");
        const [fresh, old] = await Promise.all([databaseBuilt(1), databaseBuilt(30)]);
        const excused: Given = { key, pin: fresh.digest, excusedUntil: dayFromNow(30) };
        const other = await databaseBuilt(2);
        const none = { ...fresh, archive: dag.directory().withNewFile("x", "x").file("x") };
        const past = { ...excused, excusedUntil: dayFromNow(-1) };
        const refused = await failuresOf({
          "the vulnerability": publish(service, { key }, fresh),
          "a statement that has expired": publish(service, past, fresh),
          "a database that is too old": publish(service, { key }, old),
          "a database that is not the pinned one": publish(service, excused, other),
          "a scan that is demanded of any database": publish(service, { key }, fresh, ["scan"]),
          "a scan that is demanded of none": publish(service, excused, undefined, ["scan"]),
          "an archive that is none": publish(service, { key }, none),
        });
        expectNamed(refused, {
          "the vulnerability": NAMED,
          "a statement that has expired": /vex\.json:\d+ CVE-2026-99999: held until \S+, and today/,
          "a database that is too old": /was built on \S+, 30 days ago; allowed are 5/,
          "a database that is not the pinned one": /database is sha256:\S+; the policy pins sha256:/,
          "a scan that is demanded of any database": /pins no database, so that an empty one/,
          "a scan that is demanded of none": /--require scan: there is no vulnerability database/,
          "an archive that is none": /^\[config\] --scan-database: grype cannot read it/,
        });

        const said = await publish(service, excused, fresh, ["scan", "signature"]);
        expect(said, "nothing had been pushed before").not.toMatch(/already there/);
        expect(said).toMatch(/^evidence +web +scan +attached\nevidence +web +vex +attached$/m);
        expect(said).toMatch(/^scan: nothing of severity high or above; 0 below, 1 excused by VEX; database sha256:/m);
        expect(await publish(service, excused, fresh)).toMatch(/^0 bytes pushed$/m);
        expect(await publish(service, excused, undefined)).toMatch(/^skipped: scan, for there is no vulnerability/m);

        const sha = /web:(sha-[0-9a-f]{40})/.exec(said)?.[1] ?? "";
        expect(await verify(service, excused, sha)).toMatch(/^image\/web +\d+ {2}verified/m);
        const today = await failuresOf({
          "nobody excuses it any more": verify(service, { key }, sha),
          "the statement has expired": verify(service, past, sha),
          "another database is pinned": verify(service, { ...excused, pin: old.digest }, sha),
        });
        const verified = { ...today, ...(await tampered(service, excused, sha)) };
        const check = "image\\/web\\n {2}check {3}scan\\n {2}found {3}";
        expectNamed(verified, {
          "nobody excuses it any more": new RegExp(`${check}GHSA-xxxx-test-0001 .* fixed in 1.2.3`),
          "the statement has expired": new RegExp(`${check}.*vex\\.json:\\d+ excused it until`),
          "another database is pinned": new RegExp(`${check}the vulnerability database is sha256`),
          "the result is altered": new RegExp(`${check}no trusted .* signed by no key`),
          "the result is signed by a stranger": new RegExp(`${check}no trusted .* signed by no key`),
          "the result is of another image": new RegExp(`${check}no trusted .* a statement about`),
          "the result is no scan": new RegExp(`${check}holds no result of a scan`),
          "the result is taken away": new RegExp(`${check}no trusted evidence$`, "m"),
        });
      } finally {
        await service.stop();
      }
    });
  });
});

/** What verify says where the result of the scan was tampered with, by the way in which it was. */
async function tampered(service: Service, given: Given, sha: string): Promise<Record<string, string>> {
  // A client asks the same question once, so each way has one of its own.
  const copyOf = () => published(service, given.key, sha);
  const bundle = bundleOf((await copyOf()).image, "scan");
  const statement = statementIn(bundle);
  const replaced = (text: string, key?: TestKey) => async (copy: Copy) =>
    replaceEvidence(copy, copy.image, "scan", text, key);
  const takeAway = async (copy: Copy) => relist(copy, copy.image, (kind) => !kind.includes("vulns"));
  const stranger = await testKey("stranger");
  const ways: Readonly<Record<string, (copy: Copy) => Promise<void>>> = {
    "the result is altered": async (copy) => {
      await takeAway(copy);
      const altered = Buffer.from(statement.replace(/"result":\[.*?\}\]\}\]/, '"result":[]')).toString("base64");
      await attachText(copy, copy.image, "scan", bundle.replace(/"payload":\s*"[^"]+"/, `"payload":"${altered}"`));
    },
    "the result is signed by a stranger": replaced(statement, stranger),
    "the result is of another image": replaced(
      statement.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${"0".repeat(64)}"`),
    ),
    "the result is no scan": replaced(statement.replace(/"predicate":.*$/, '"predicate":{}}')),
    "the result is taken away": takeAway,
  };
  const outcomes: Record<string, string> = {};
  for (const [title, tamper] of Object.entries(ways)) {
    await tamper(await copyOf());
    outcomes[title] = await failureOf(verify(service, given, sha));
  }
  return outcomes;
}
