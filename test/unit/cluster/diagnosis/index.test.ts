import { describe, expect, it } from "vitest";

import { itemsAt } from "../../../../src/charts/json.ts";
import { diagnose, diagnosisLine } from "../../../../src/cluster/diagnosis/index.ts";
import { EXTRA, PLANTS } from "../../../e2e/support/planted.ts";
import { capture, changed, without } from "./support.ts";

describe("diagnose", () => {
  it.each([...PLANTS, ...EXTRA])("names $name: $cause of $object", ({ name, cause, object, says }) => {
    const seen = capture(name);
    const [first] = diagnose(seen.document, seen);
    expect(first).toMatchObject({ cause, object, namespace: name });
    expect(first === undefined ? "" : diagnosisLine(first)).toMatch(says);
  });

  it.each([
    "slow-start-unready",
    "slow-start-ready",
    "slow-database-crashing",
    "slow-database-crashed-again",
    "slow-database-just-ready",
    "slow-database-ready",
    "second-attempt-failed-once",
    "second-attempt-done",
    "crash-first",
    "crash-beside-patient",
    "crash-beside-ready-for-a-moment",
    "evicted-before",
  ])("says nothing of what may still come up: %s", (name) => {
    const seen = capture(`healing/${name}`);
    expect(diagnose(seen.document, seen)).toEqual([]);
  });

  it("writes one line with object, cause, log, event and what to try", () => {
    const lines = ["crash", "secret-missing", "job-follows", "class-none", "no-such-host"].map((name) => {
      const seen = capture(name);
      return diagnose(seen.document, seen).map(diagnosisLine).join("\n");
    });
    expect(lines.join("\n")).toMatchSnapshot();
  });

  it("names what waits for the root cause, and what follows from it after it", () => {
    const seen = capture("job-follows");
    const [first] = diagnose(seen.document, seen);
    expect(first).toMatchObject({ object: "Deployment database", followers: ["Job migrate"] });
  });

  it("blames the program that crashes as soon as nothing is left that it may wait for", () => {
    const patient = without(capture("healing/crash-beside-patient"), "Deployment other");
    expect(diagnose(patient.document, patient)).toMatchObject([{ cause: "crash-loop", object: "Deployment app" }]);
  });

  it("blames the client once the server was ready when it tried in vain", () => {
    const seen = capture("healing/slow-database-just-ready");
    const earlier = changed(seen, (object) => {
      const text = JSON.stringify(object);
      const since = /("type":"Ready"[^}]*"lastTransitionTime":)"[^"]*"/g;
      const moved: unknown = JSON.parse(text.replaceAll(since, '$1"2020-01-01T00:00:00Z"'));
      return moved;
    });
    expect(diagnose(earlier.document, earlier)).toMatchObject([{ cause: "crash-loop", object: "Deployment api" }]);
  });

  it("gives what is applied together three seconds to be there", () => {
    const seen = capture("secret-missing");
    expect(diagnose(seen.document, { ...seen, now: seen.now - 4000 })).toEqual([]);
  });

  it("names what is not ready when the time is over, and what was never made", () => {
    const seen = capture("healing/slow-start-unready");
    const wanted = [{ namespace: "slow-start", kind: "Deployment", name: "absent" }];
    const [app, absent, ...more] = diagnose(seen.document, { ...seen, late: true, wanted });
    expect(app).toMatchObject({ cause: "not-ready-in-time", object: "Deployment app" });
    expect(app?.reason).toMatch(/^0 of 1 pods ready when the time was over; .*connection refused/);
    expect(absent).toMatchObject({ cause: "not-ready-in-time", object: "Deployment absent" });
    expect(more).toEqual([]);
  });

  it("says what helm said where the cluster shows nothing", () => {
    const seen = capture("healing/slow-start-ready");
    const [first] = diagnose(seen.document, { ...seen, refused: "Error: chart requires kubeVersion >=9" });
    expect(first).toMatchObject({ cause: "refused", reason: "Error: chart requires kubeVersion >=9" });
  });

  it("tells a Service without pods from a name that no Service has", () => {
    const seen = capture("no-such-host");
    const metadata = { name: "database", namespace: "no-such-host" };
    const service = { kind: "Service", metadata, spec: { selector: { app: "db" } } };
    const [first] = diagnose({ items: [...itemsAt(seen.document, "items"), service] }, seen);
    expect(first?.reason).toMatch(/; Service database selects no pods$/);
  });
});
