import { describe, expect, it } from "vitest";

import { itemsAt, textAt } from "../../../../src/charts/json.ts";
import { progressOf } from "../../../../src/cluster/diagnosis/progress.ts";
import { type Capture, capture, changed } from "./support.ts";

const progress = (name: string) => progressOf(capture(name), [], [], 7);

describe("progressOf", () => {
  it.each([
    { name: "healing/slow-start-unready", state: "0 of 1 pods ready", ready: false },
    { name: "healing/slow-start-ready", state: "1 of 1 pods ready", ready: true },
    {
      name: "healing/crash-beside-ready-for-a-moment",
      state: "1 of 1 pods ready, and is watched for whether it stays so",
      ready: false,
    },
    { name: "healing/second-attempt-failed-once", state: "0 of 1 completed", ready: false },
    { name: "healing/second-attempt-done", state: "1 of 1 completed", ready: true },
    { name: "job", state: "failed", ready: false },
    { name: "api-follows", state: "0 of 1 pods ready", ready: false },
  ])("reads $name: $state", ({ name, state, ready }) => {
    expect(progress(name)).toContainEqual(expect.objectContaining({ state, ready, seconds: 7 }));
  });

  it("does not trust a container without a readiness probe before it has run for five seconds", () => {
    const seen = capture("healing/crash-beside-ready-for-a-moment");
    const first = changed(seen, (object) => {
      const moved: unknown = JSON.parse(
        JSON.stringify(object)
          .replace(/"restartCount":1/, '"restartCount":0')
          .replace(/"lastState":\{"terminated".*?\}\}/, '"lastState":{}'),
      );
      return moved;
    });
    const app = (milliseconds: number, of = first) =>
      progressOf({ ...of, now: startOf(of) + milliseconds }, [], [], 7).find(
        ({ resource }) => resource === "Deployment app",
      );
    expect(app(4000)?.ready).toBe(false);
    expect(app(5000)?.ready).toBe(true);
    // One that has ended before gets twice the time.
    expect(app(9000, seen)?.ready).toBe(false);
    expect(app(10_000, seen)?.ready).toBe(true);
  });

  it("leaves hooks out: helm waits for them itself, and removes them", () => {
    expect(progress("hook")).toEqual([]);
  });

  it("keeps the time at which a resource became ready, and forgets it when it is no more", () => {
    const first = progressOf(capture("healing/slow-start-ready"), [], [], 7);
    expect(progressOf(capture("healing/slow-start-ready"), [], first, 9)).toMatchObject([{ ready: true, seconds: 7 }]);
    expect(progressOf(capture("healing/slow-start-unready"), [], first, 9)).toMatchObject([
      { ready: false, seconds: 9 },
    ]);
  });

  it("lists what is wanted and is not there", () => {
    const wanted = [
      { namespace: "slow-start", kind: "Deployment", name: "app" },
      { namespace: "slow-start", kind: "Job", name: "absent" },
    ];
    expect(
      progressOf(capture("healing/slow-start-ready"), wanted, [], 7).map(({ resource, state }) => [resource, state]),
    ).toEqual([
      ["Deployment app", "1 of 1 pods ready"],
      ["Job absent", "not there"],
    ]);
  });

  it("counts zero replicas as a number that was chosen", () => {
    const none = changed(capture("healing/slow-start-unready"), (object) => {
      const moved: unknown = JSON.parse(JSON.stringify(object).replace(/"replicas":1/, '"replicas":0'));
      return moved;
    });
    expect(progressOf(none, [], [], 7)).toMatchObject([{ ready: true, state: "0 of 0 pods ready" }]);
  });
});

/** When the container of the deployment \`app\` was started. */
function startOf({ document }: Capture): number {
  const pod = itemsAt(document, "items").find(
    (object) => /^app-.*-/.test(textAt(object, "metadata", "name")) && textAt(object, "kind") === "Pod",
  );
  return Date.parse(textAt(pod, "status", "containerStatuses", 0, "state", "running", "startedAt"));
}
