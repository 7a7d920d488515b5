import { expect, it } from "vitest";

import { rolloutsOf } from "../../../src/cluster/rollout.ts";

const object = (kind: string, spec: object, status: object, metadata: object = {}) => {
  return { kind, metadata: { name: "x", generation: 2, ...metadata }, spec, status };
};
const seen = { observedGeneration: 2 };
const all = { ...seen, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

it.each([
  { what: "a deployment", item: object("Deployment", { replicas: 2 }, all), state: "2 of 2 pods ready", ready: true },
  {
    what: "a deployment with an old pod",
    item: object("Deployment", { replicas: 2 }, { ...all, updatedReplicas: 1 }),
    state: "1 of 2 pods ready",
    ready: false,
  },
  {
    what: "a deployment that its controller has not seen",
    item: object("Deployment", { replicas: 2 }, { ...all, observedGeneration: 1 }),
    state: "2 of 2 pods ready",
    ready: false,
  },
  {
    what: "a stateful set",
    item: object("StatefulSet", { replicas: 1 }, seen),
    state: "0 of 1 pods ready",
    ready: false,
  },
  {
    what: "a daemon set",
    item: object("DaemonSet", {}, { ...seen, desiredNumberScheduled: 1, numberReady: 1 }),
    state: "1 of 1 pods ready",
    ready: true,
  },
  { what: "a job", item: object("Job", { completions: 1 }, { succeeded: 1 }), state: "1 of 1 completed", ready: true },
  { what: "a job that runs", item: object("Job", {}, { active: 1 }), state: "0 of 1 completed", ready: false },
  { what: "a pod of its own", item: object("Pod", {}, { phase: "Succeeded" }), state: "Succeeded", ready: true },
])("$what: $state, ready: $ready", ({ item, state, ready }) => {
  expect(rolloutsOf({ items: [item] })).toEqual([{ resource: `${item.kind} x`, ready, state }]);
});

it("leaves out hooks, pods of a controller and what has no rollout", () => {
  const items = [
    object("Job", {}, {}, { annotations: { "helm.sh/hook": "pre-install" } }),
    object("Pod", {}, {}, { ownerReferences: [{ uid: "1" }] }),
    object("Event", {}, {}),
  ];
  expect(rolloutsOf({ items })).toEqual([]);
});
