import { describe, expect, it } from "vitest";

import { DiagnosedError } from "../../../../src/cluster/diagnosis/diagnosed-error.ts";
import { evidenceFor } from "../../../../src/cluster/diagnosis/evidence.ts";
import { diagnose } from "../../../../src/cluster/diagnosis/index.ts";
import { capture } from "./support.ts";

const found = (name: string) => {
  const seen = capture(name);
  return diagnose(seen.document, seen);
};

describe("evidenceFor", () => {
  it("lists states, logs and events of what failed, and nothing of Secrets", () => {
    const evidence = evidenceFor(found("crash"));
    const pod = found("crash")[0]?.pod ?? "";
    expect(evidence.map(({ file }) => file.replaceAll(pod, "POD"))).toEqual([
      ...["crash/events.txt", "crash/objects.txt", "crash/quotas.txt"],
      ...["crash/deployment-app/describe.txt", "crash/deployment-app/object.yaml"],
      ...[
        "crash/pod-POD/describe.txt",
        "crash/pod-POD/object.yaml",
        "crash/pod-POD/log.txt",
        "crash/pod-POD/log-previous.txt",
      ],
      ...["nodes.txt", "pods.txt"],
    ]);
    expect(evidence.flatMap(({ words }) => words).join(" ")).not.toMatch(/secret|configmap/i);
    const previous = evidence.find(({ file }) => file.endsWith("log-previous.txt"));
    expect(previous?.words.slice(-3)).toEqual(["--container", "main", "--previous"]);
  });

  it("has no word with a space in it, since words are told apart by spaces", () => {
    const words = ["crash", "class-none", "hook", "too-big"]
      .flatMap((name) => evidenceFor(found(name)))
      .flatMap((each) => each.words);
    expect(words.filter((word) => /\s/.test(word))).toEqual([]);
  });
});

describe("DiagnosedError", () => {
  it("names each cause with its log and what to try, and what to keep", () => {
    const error = new DiagnosedError([...found("job-follows"), ...found("class-none")]);
    expect(error.kind).toBe("gate");
    expect(error.message).toMatchSnapshot();
    expect(error.evidence.map(({ file }) => file)).toContain("job-follows/events.txt");
  });
});
