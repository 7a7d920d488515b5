import { describe, expect, it } from "vitest";

import { describeOrder, jobsOfUpgrade } from "../../../src/cluster/lifecycle-order.ts";

const at = (second: number) => `2026-01-02T03:04:0${second}Z`;

function pods(uid: string, second: number) {
  return { kind: "ReplicaSet", metadata: { uid, creationTimestamp: at(second) } };
}

function event(uid: string, reason: string, second: number, kind = "Job") {
  const involvedObject = { kind, namespace: "shop", name: "migrate" };
  return { kind: "Event", metadata: { uid }, reason, involvedObject, lastTimestamp: at(second) };
}

describe("jobsOfUpgrade", () => {
  const before = { items: [pods("old", 0), event("first", "Completed", 1)] };

  it("finds the Job that the upgrade ran, and how long before the first new pods it had ended", () => {
    const after = { items: [...before.items, event("second", "Completed", 4), pods("b", 7), pods("a", 6)] };
    expect(jobsOfUpgrade(before, after)).toEqual([{ job: "shop/migrate", secondsBeforePods: 2 }]);
  });

  it("tells of pods that did not wait", () => {
    const after = { items: [...before.items, pods("a", 3), event("second", "Completed", 8)] };
    expect(jobsOfUpgrade(before, after).map(describeOrder)).toEqual([
      "upgrade: Job shop/migrate completed 5 s after the first new pods were made",
    ]);
  });

  it.each([
    { what: "no new pods", more: [event("second", "Completed", 4)] },
    { what: "a Job that has only begun", more: [event("second", "SuccessfulCreate", 4), pods("a", 6)] },
    { what: "what is no Job", more: [event("second", "Completed", 4, "Pod"), pods("a", 6)] },
  ])("says nothing of $what", ({ more }) => {
    expect(jobsOfUpgrade(before, { items: [...before.items, ...more] })).toEqual([]);
  });
});

describe("describeOrder", () => {
  it("says that new pods waited for a Job", () => {
    expect(describeOrder({ job: "shop/migrate", secondsBeforePods: 0 })).toBe(
      "upgrade: Job shop/migrate completed 0 s before the first new pods were made",
    );
  });
});
