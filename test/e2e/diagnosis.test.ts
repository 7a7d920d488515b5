import { randomUUID } from "node:crypto";

import type { Directory } from "@dagger.io/dagger";
import { beforeAll, describe, expect, it } from "vitest";

import { diagnosisLine } from "../../src/cluster/diagnosis/index.ts";
import { collectEvidence } from "../../src/cluster/evidence.ts";
import { startCluster } from "../../src/cluster/k3s.ts";
import { watchRelease, type WatchOutcome } from "../../src/cluster/watch.ts";
import { PLANTED, PLANTS, SLOW_STARTS } from "./support/planted.ts";
import { plantedImage } from "./support/planted-program.ts";
import { plantAndWatch, type Verdicts } from "./support/planted-verdicts.ts";
import { inEngine, lockOfRun } from "./support/slipway.ts";

/** Longest time until there is a verdict on every plant, on a machine that has other work. */
const PATIENCE_SECONDS = 200;
/** What the program of a plant prints; taken for the value of a Secret. */
const SECRET = "no table runs";

type Found = {
  readonly verdicts: Verdicts;
  readonly leaking: WatchOutcome;
  readonly evidence: readonly { readonly file: string; readonly text: string }[];
  readonly ready: WatchOutcome;
  readonly late: WatchOutcome;
};

/** Plants everything in one cluster, and watches single namespaces of it as a release is watched. */
async function plantAll(): Promise<Found> {
  return inEngine(async () => {
    const lock = await lockOfRun();
    const images = [{ names: [PLANTED], tarball: (await plantedImage()).asTarball() }];
    const cluster = await startCluster(lock, { run: randomUUID(), images });
    try {
      const verdicts = await plantAndWatch(cluster, [...PLANTS, ...SLOW_STARTS], PATIENCE_SECONDS);
      const common = { wanted: [], withinSeconds: 20, secrets: [SECRET] };
      const leaking = await watchRelease(cluster, { ...common, namespaces: ["job"] });
      const absent = { namespace: "slow-start", kind: "Deployment", name: "absent" };
      return {
        verdicts,
        leaking,
        evidence: await filesOf(await collectEvidence(cluster, ["job"], common.secrets)),
        ready: await watchRelease(cluster, { ...common, namespaces: ["slow-start"] }),
        late: await watchRelease(cluster, {
          ...common,
          namespaces: ["slow-start"],
          wanted: [absent],
          withinSeconds: 3,
        }),
      };
    } finally {
      await cluster.stop();
    }
  });
}

async function filesOf(folder: Directory): Promise<Found["evidence"]> {
  const files = (await folder.glob("**")).filter((file) => !file.endsWith("/"));
  return Promise.all(files.map(async (file) => ({ file, text: await folder.file(file).contents() })));
}

describe("the diagnosis of a release in a real cluster", () => {
  let found: Found;
  beforeAll(async () => {
    found = await plantAll();
  });

  it.each(PLANTS)("names $name: $cause of $object", ({ name, cause, object, says }) => {
    const [first] = found.verdicts.verdicts.find(({ plant }) => plant.name === name)?.diagnoses ?? [];
    expect(first).toMatchObject({ cause, object, namespace: name });
    expect(first === undefined ? "" : diagnosisLine(first)).toMatch(says);
  });

  it.each(SLOW_STARTS)("says nothing of $name, which comes up by itself", ({ name }) => {
    expect(found.verdicts.verdicts.find(({ plant }) => plant.name === name)?.diagnoses).toBeUndefined();
    expect(found.verdicts.ready).toContain(name);
  });

  it("leaves the values of Secrets out of the diagnosis and out of all evidence", () => {
    const diagnoses = found.leaking.kind === "failed" ? found.leaking.diagnoses : [];
    expect(diagnoses.map(diagnosisLine)).toEqual([expect.stringMatching(/Job migrate: job-failed: .*; log: \*\*\*;/)]);
    expect(JSON.stringify(found.evidence)).not.toContain(SECRET);
    const logs = found.evidence.filter(({ file }) => file.startsWith("job/logs/"));
    expect(logs.map(({ text }) => text)).toEqual([expect.stringMatching(/ \*\*\*\n$/)]);
    expect(found.evidence.find(({ file }) => file === "job/events.txt")?.text).toMatch(/BackoffLimitExceeded/);
  });

  it("gives the seconds of each resource of a release that is ready, and names what is not there in time", () => {
    const resource = { namespace: "slow-start", resource: "Deployment app", ready: true, state: "1 of 1 pods ready" };
    expect(found.ready).toMatchObject({ kind: "ready", resources: [resource] });
    expect(found.late).toMatchObject({
      kind: "failed",
      diagnoses: [{ cause: "not-ready-in-time", object: "Deployment absent" }],
    });
  });

  it("needs at most 5 s for half of the verdicts and 10 s for each, from the state on", () => {
    const { verdicts, lookSeconds } = found.verdicts;
    const slowest = [...verdicts].sort((one, other) => other.seconds - one.seconds);
    const said = slowest.slice(0, 3).map(({ plant, seconds }) => `${plant.name} ${seconds.toFixed(1)} s`);
    const look = middleOf(lookSeconds);
    const middle = middleOf(verdicts.map(({ seconds }) => seconds));
    process.stdout.write(
      `${verdicts.length} verdicts, median ${middle.toFixed(1)} s, slowest ${said.join(", ")}; a look: ${look.toFixed(1)} s\n`,
    );
    expect(verdicts).toHaveLength(PLANTS.length);
    // A state of which the cluster has recorded no moment would have no seconds.
    expect(verdicts.filter(({ seconds }) => !Number.isFinite(seconds)).map(({ plant }) => plant.name)).toEqual([]);
    expect(middle).toBeLessThanOrEqual(5);
    expect(slowest[0]?.seconds).toBeLessThanOrEqual(10);
  });
});

function middleOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
