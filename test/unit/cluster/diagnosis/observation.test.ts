import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import {
  ASK_SCRIPT,
  inNamespaces,
  logWords,
  parseAnswers,
  readLogs,
  snapshotWords,
  wantsNodes,
  withNodes,
} from "../../../../src/cluster/diagnosis/observation.ts";
import { readSnapshot } from "../../../../src/cluster/diagnosis/snapshot.ts";
import { capture } from "./support.ts";

const MARKER = "--- 5f3c";
const REQUEST = {
  ...{ namespace: "shop", object: "Deployment api", pod: "api-1", container: "main" },
  ...{ attempt: "ended 2", previous: true },
};

describe("the script that asks", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-ask-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("tells the answers of several commands apart, whatever they print, and how each ended", () => {
    // Stands for kubectl: prints its words, and fails when told to.
    const program =
      '#!/bin/sh\necho "got $*"\ncase "$1" in fail) echo "no such thing" >&2; exit 3;; esac\nprintf "no line end *"\n';
    writeFileSync(path.join(folder, "kubectl"), program);
    chmodSync(path.join(folder, "kubectl"), 0o755);
    const commands = ["get pods *", "fail now", ...Array.from({ length: 5 }, (_, index) => `logs pod-${index}`)];
    const { stdout, status } = spawnSync("sh", ["-c", ASK_SCRIPT], {
      env: { PATH: `${folder}:${process.env.PATH ?? ""}`, COMMANDS: commands.join("\n"), MARKER },
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const { now, answers } = parseAnswers(stdout, MARKER, commands.length);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
    expect(answers.slice(0, 3)).toEqual([
      { exitCode: 0, output: "got get pods *\nno line end *", errors: "" },
      { exitCode: 3, output: "got fail now\n", errors: "no such thing\n" },
      { exitCode: 0, output: "got logs pod-0\nno line end *", errors: "" },
    ]);
  });
});

describe("parseAnswers", () => {
  it("refuses what was cut off", () => {
    expect(() => parseAnswers(`12\n${MARKER} 0\nhalf`, MARKER, 1)).toThrowErrorMatchingSnapshot();
  });
});

describe("the words of a snapshot", () => {
  it("ask one namespace where there is one, and all where there are more", () => {
    expect(snapshotWords(["shop"]).slice(2)).toEqual(["--namespace", "shop", "--output=json"]);
    expect(snapshotWords(["shop", "mail"]).slice(2)).toEqual(["--all-namespaces", "--output=json"]);
    expect(snapshotWords([]).slice(2)).toEqual(["--all-namespaces", "--output=json"]);
  });

  it("never ask for Secrets or for what holds settings", () => {
    expect(snapshotWords([])[1]).not.toMatch(/secret|configmap/);
  });

  it("ask for the log before the restart", () => {
    expect(logWords(REQUEST).join(" ")).toBe("logs api-1 --namespace shop --container main --tail=40 --previous");
  });
});

describe("inNamespaces", () => {
  it("keeps what is of the release, and what is of no namespace", () => {
    const items = ["shop", "other"].map((namespace) => ({ metadata: { namespace } }));
    const node = { kind: "Node", metadata: { name: "slipway" } };
    expect(inNamespaces({ items: [...items, node] }, ["shop"])).toEqual({ items: [items[0], node] });
  });
});

describe("the nodes", () => {
  it("are asked for where a pod has found none that fits, and are left out where they may not be read", () => {
    const { document } = capture("too-big");
    expect(wantsNodes(readSnapshot(document))).toBe(true);
    expect(wantsNodes(readSnapshot(capture("crash").document))).toBe(false);
    expect(withNodes(document, { exitCode: 1, output: "", errors: "forbidden" })).toBe(document);
    const answer = { exitCode: 0, output: '{"items":[{"kind":"Node"}]}', errors: "" };
    expect(withNodes({ items: [] }, answer)).toEqual({ items: [{ kind: "Node" }] });
  });
});

describe("readLogs", () => {
  it("keeps an empty log for one that cannot be read, so that it is not asked for again", () => {
    const answers = [{ exitCode: 1, output: "", errors: "previous terminated container not found" }];
    expect(readLogs([REQUEST], answers)).toEqual([{ ...REQUEST, text: "" }]);
  });
});
