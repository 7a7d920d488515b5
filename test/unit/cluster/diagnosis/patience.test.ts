import { describe, expect, it } from "vitest";

import { itemsAt, textAt } from "../../../../src/charts/json.ts";
import { diagnose } from "../../../../src/cluster/diagnosis/index.ts";
import { type Capture, capture, changed } from "./support.ts";

/** The capture with words of it exchanged. */
function reworded(name: string, ...pairs: readonly (readonly [string | RegExp, string])[]): Capture {
  return changed(capture(name), (object) => {
    const text = pairs.reduce((words, [from, to]) => words.replaceAll(from, to), JSON.stringify(object));
    const parsed: unknown = JSON.parse(text);
    return parsed;
  });
}

const causes = (seen: Capture) => diagnose(seen.document, seen).map(({ cause }) => cause);
const later = (seen: Capture, seconds: number): Capture => ({ ...seen, now: seen.now + seconds * 1000 });

describe("what a registry says", () => {
  const refusal = /failed to pull and unpack[^"]*no such host|Failed to pull image[^,]*no such host/g;
  const slow = reworded("image-not-pulled", [/lookup registry.invalid on [0-9.:]+: no such host/g, "i/o timeout"]);

  it("gets three tries where the way to it failed", () => {
    expect(causes(slow)).toEqual([]);
    const third = reworded(
      "image-not-pulled",
      [/lookup registry.invalid on [0-9.:]+: no such host/g, "i/o timeout"],
      [/"count":\d+/g, '"count":3'],
    );
    expect(causes(third)).toEqual(["image-missing"]);
  });

  it("is final where it refused, also while the kubelet only says that it backs off", () => {
    expect(JSON.stringify(capture("image-not-pulled").document)).toMatch(refusal);
    const backing = changed(capture("image-not-pulled"), (object) => {
      if (textAt(object, "kind") !== "Pod") return object;
      const words = JSON.stringify(object).replaceAll("ErrImagePull", "ImagePullBackOff");
      const parsed: unknown = JSON.parse(
        words.replace(/"message":"failed to pull.*?no such host"/, '"message":"Back-off pulling image"'),
      );
      return parsed;
    });
    expect(causes(backing)).toEqual(["image-missing"]);
  });
});

describe("what a pod needs", () => {
  it.each([
    {
      name: "volume-missing",
      from: /secret \\"certificates\\" not found/g,
      to: 'object \\"a\\"/\\"b\\" not registered',
    },
    {
      name: "volume-missing",
      from: /secret \\"certificates\\" not found/g,
      to: "secrets is forbidden: no relationship found between node 'slipway' and this object",
    },
    { name: "sandbox", from: /no runtime for/g, to: "network plugin is not ready" },
    {
      name: "too-big",
      from: /1 Insufficient memory/g,
      to: "1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
    },
    {
      name: "too-big",
      from: /0\/1 nodes are available: 1 Insufficient memory/g,
      to: "no nodes available to schedule pods",
    },
    { name: "class-missing", from: /storageclass[^,]*not found/g, to: "provisioner is busy" },
  ])("may still come in $name", ({ name, from, to }) => {
    expect(causes(capture(name)).length).toBeGreaterThan(0);
    expect(causes(reworded(name, [from, to]))).toEqual([]);
  });

  it("is waited for three seconds when it may be applied a moment later", () => {
    for (const name of ["secret-missing", "volume-missing", "account-missing", "webhook", "claim-missing"]) {
      expect(causes(capture(name)), name).toHaveLength(1);
      expect(causes(later(capture(name), -6)), name).toEqual([]);
    }
  });

  it("may become free where a job that counts against the quota still runs", () => {
    const seen = capture("quota");
    const job = {
      kind: "Job",
      metadata: { name: "migrate", namespace: "quota", uid: "1" },
      spec: {},
      status: { active: 1 },
    };
    const beside = { ...seen, document: { items: [...itemsAt(seen.document, "items"), job] } };
    expect(causes(seen)).toEqual(["quota-exceeded"]);
    expect(causes(beside)).toEqual([]);
  });
});

describe("a probe", () => {
  it("that gets no answer is patient with a program that may start slowly", () => {
    const declared = reworded("readiness-refused", ['"containerPort":8080', '"containerPort":9090']);
    expect(causes(capture("readiness-refused"))).toEqual(["readiness-probe-failed"]);
    expect(causes(declared)).toEqual([]);
    expect(causes(later(declared, 90))).toEqual(["readiness-probe-failed"]);
  });

  it("that is told that the program is not ready waits half a minute", () => {
    const unready = reworded("readiness-path", ["statuscode: 404", "statuscode: 503"]);
    expect(causes(unready)).toEqual([]);
    expect(causes(later(unready, 30))).toEqual(["readiness-probe-failed"]);
  });

  it("that is told that the program is not ready waits for what has just become ready beside it", () => {
    const unready = later(reworded("readiness-path", ["statuscode: 404", "statuscode: 503"]), 30);
    const readyFor = (seconds: number): Capture => {
      const since = new Date(unready.now - seconds * 1000).toISOString();
      const database = {
        kind: "Pod",
        metadata: { name: "database", namespace: "readiness-path", uid: "database" },
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True", lastTransitionTime: since }] },
      };
      return { ...unready, document: { items: [...itemsAt(unready.document, "items"), database] } };
    };
    expect(causes(readyFor(5))).toEqual([]);
    expect(causes(readyFor(20))).toEqual(["readiness-probe-failed"]);
  });

  it("waits as long again where the program was ready before, and what it needs is restarted", () => {
    const turned = (seconds: number) => {
      const { now } = later(capture("readiness-path"), 60);
      const since = new Date(now - seconds * 1000).toISOString();
      const transition = /("type":"Ready"[^}]*"lastTransitionTime":)"[^"]*"/g;
      return {
        ...reworded("readiness-path", ["statuscode: 404", "statuscode: 503"], [transition, `$1"${since}"`]),
        now,
      };
    };
    expect(causes(turned(29))).toEqual([]);
    expect(causes(turned(30))).toEqual(["readiness-probe-failed"]);
  });

  it("waits at least as long as it declares", () => {
    const patient = reworded("readiness-path", [/"failureThreshold":3/g, '"failureThreshold":30']);
    expect(causes(patient)).toEqual([]);
    expect(causes(later(patient, 30))).toEqual(["readiness-probe-failed"]);
  });

  it.each(["liveness", "startup"])(
    "of %s that was late once may have been slow, and is believed the second time",
    (name) => {
      const late: readonly [RegExp, string] = [/HTTP probe failed with statuscode: 404/g, "context deadline exceeded"];
      const killing = (count: number) =>
        changed(reworded(name, late), (object) => {
          const isKilling = textAt(object, "reason") === "Killing" && typeof object === "object";
          return isKilling ? { ...object, count } : object;
        });
      expect(causes(killing(1))).toEqual([]);
      expect(causes(killing(2))).toEqual([`${name}-probe-failed`]);
    },
  );
});

describe("a crash", () => {
  it("takes two ends to be believed, and one where the program cannot be started", () => {
    expect(causes(capture("healing/crash-first"))).toEqual([]);
    const first = reworded("program-missing", [/"restartCount":\d+/g, '"restartCount":0']);
    expect(causes(first)).toEqual(["cannot-start"]);
    const transient = reworded(
      "program-missing",
      [/"restartCount":\d+/g, '"restartCount":0'],
      [/no such file or directory/g, "device or resource busy"],
    );
    expect(causes(transient)).toEqual([]);
  });

  it("of memory takes two ends as well", () => {
    expect(causes(capture("out-of-memory"))).toEqual(["out-of-memory"]);
    expect(causes(reworded("out-of-memory", [/"restartCount":\d+/g, '"restartCount":0']))).toEqual([]);
  });

  it("for something that cannot be reached takes three ends, since a network may only just be made", () => {
    const outside = (restarts: number) => {
      const seen = reworded("no-such-host", [/"restartCount":\d+/g, `"restartCount":${restarts}`]);
      return {
        ...seen,
        logs: seen.logs.map((log) => ({ ...log, text: "dial tcp 192.0.2.7:443: connect: connection refused" })),
      };
    };
    expect(causes(outside(1))).toEqual([]);
    expect(causes(outside(2))).toEqual(["crash-loop"]);
  });

  it("is the client's own once the server had been ready for five seconds when it tried", () => {
    const name = "healing/slow-database-just-ready";
    const pods = itemsAt(capture(name).document, "items").filter((object) =>
      textAt(object, "metadata", "name").startsWith("api-"),
    );
    const tried = pods.map((pod) =>
      textAt(pod, "status", "containerStatuses", 0, "lastState", "terminated", "startedAt"),
    );
    const began = Date.parse(tried.find((text) => text !== "") ?? "");
    const readyBefore = (seconds: number) => {
      const since = new Date(began - seconds * 1000).toISOString();
      return reworded(name, [/("type":"Ready"[^}]*"lastTransitionTime":)"[^"]*"/g, `$1"${since}"`]);
    };
    expect(causes(readyBefore(4))).toEqual([]);
    expect(causes(readyBefore(6))).toEqual(["crash-loop"]);
  });

  it("that waits for what is starting is not believed before its sixth end", () => {
    const starting = "healing/slow-database-crashed-again";
    expect(causes(reworded(starting, [/"restartCount":2/g, '"restartCount":4']))).toEqual([]);
    expect(causes(reworded(starting, [/"restartCount":2/g, '"restartCount":5']))).toEqual(["crash-loop"]);
  });

  it("of a job is left to the job, which says when it gives up", () => {
    expect(causes(capture("healing/second-attempt-failed-once"))).toEqual([]);
    expect(
      causes(reworded("job", [/"type":"Fail(ed|ureTarget)","status":"True"/g, '"type":"Failed","status":"False"'])),
    ).toEqual([]);
    expect(causes(reworded("job", ['"type":"Failed"', '"type":"Other"']))).toEqual(["job-failed"]);
  });
});

describe("an install", () => {
  it("does not wait for the run of a CronJob, and stands for what an operator made", () => {
    const ownerReferences = [{ kind: "CronJob", name: "nightly", uid: "9", controller: true }];
    const own = (kind: string) =>
      changed(capture("job"), (object) => {
        if (textAt(object, "kind") !== "Job" || typeof object !== "object") return object;
        const metadata = { name: "migrate", namespace: "job", uid: textAt(object, "metadata", "uid") };
        return {
          ...object,
          metadata: { ...metadata, ownerReferences: ownerReferences.map((each) => ({ ...each, kind })) },
        };
      });
    expect(causes(own("CronJob"))).toEqual([]);
    expect(causes(own("Database"))).toEqual(["job-failed"]);
  });
});
