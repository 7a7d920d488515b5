import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { KeptAnswers } from "../../support/kept-answers.ts";

/** Counts its calls beside the folder, and says what is in the chart. */
const SCRIPT = `echo call >> ../calls
cat chart/values.yaml chart/templates/*
`;

describe("KeptAnswers", () => {
  let root: string;
  let folder: string;
  let answers: KeptAnswers;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "slipway-answers-"));
    folder = path.join(root, "work");
    mkdirSync(path.join(folder, "chart/templates"), { recursive: true });
    write("chart/values.yaml", "a: 1\n");
    write("chart/templates/one.yaml", "one\n");
    write("script", SCRIPT);
    answers = new KeptAnswers(path.join(root, "kept"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const write = (file: string, text: string | Buffer) => {
    writeFileSync(path.join(folder, file), text);
  };
  const ask = (...more: string[]) => answers.ask({ program: "/bin/sh", words: ["script", "chart", ...more], folder });
  const calls = () => readFileSync(path.join(root, "calls"), "utf8").trim().split("\n").length;
  const kept = () => readdirSync(path.join(root, "kept")).map((name) => path.join(root, "kept", name));

  it("asks a program once for the same files, in whatever folder and process they are", () => {
    const answer = { status: 0, stdout: "a: 1\none\n", stderr: "" };
    expect([ask(), ask()]).toEqual([answer, answer]);
    cpSync(folder, path.join(root, "other"), { recursive: true });
    const words = [path.join(root, "other/script"), path.join(root, "other/chart")];
    const others = new KeptAnswers(path.join(root, "kept"));
    expect(others.ask({ program: "/bin/sh", words, folder: path.join(root, "other") })).toEqual(answer);
    expect(calls()).toBe(1);
  });

  it.each([
    {
      what: "a value",
      change: () => {
        write("chart/values.yaml", "a: 2\n");
      },
      says: "a: 2\none\n",
    },
    {
      what: "a template",
      change: () => {
        write("chart/templates/one.yaml", "two\n");
      },
      says: "a: 1\ntwo\n",
    },
    {
      what: "a file more",
      change: () => {
        write("chart/templates/two.yaml", "two\n");
      },
      says: "a: 1\none\ntwo\n",
    },
    {
      what: "the place of a file",
      change: () => execFileSync("mv", ["one.yaml", "uno.yaml"], { cwd: path.join(folder, "chart/templates") }),
      says: "a: 1\none\n",
    },
  ])("asks anew where $what has changed", ({ change, says }) => {
    ask();
    change();
    expect(ask().stdout).toBe(says);
    expect(calls()).toBe(2);
  });

  it("asks anew with other words, and for a file that stands behind a sign of equality", () => {
    ask();
    ask("--set-file", "key=extra.txt");
    write("extra.txt", "more");
    ask("--set-file", "key=extra.txt");
    expect(calls()).toBe(3);
  });

  it("asks another program, even at the same path", () => {
    const program = path.join(root, "sh");
    copyFileSync("/bin/sh", program);
    const question = { program, words: ["script", "chart"], folder };
    answers.ask(question);
    utimesSync(program, new Date(0), new Date(0));
    answers.ask(question);
    ask();
    expect(calls()).toBe(3);
  });

  it("keeps no answer that did not end well, and takes what is whole again for whole", () => {
    write("script", `${SCRIPT}exit 1\n`);
    expect([ask().status, ask().status]).toEqual([1, 1]);
    write("script", `${SCRIPT}kill -9 $$\n`);
    expect([ask().status, ask().status]).toEqual([null, null]);
    expect(calls()).toBe(4);
    write("script", SCRIPT);
    expect(ask().status).toBe(0);
    write("script", `${SCRIPT}exit 1\n`);
    expect(ask().status).toBe(1);
  });

  it("keeps no answer about files that changed meanwhile", () => {
    write("script", `${SCRIPT}echo "a: 2" > chart/values.yaml\n`);
    expect(ask().stdout).toBe("a: 1\none\n");
    write("chart/values.yaml", "a: 1\n");
    ask();
    expect(calls()).toBe(2);
  });

  it("takes no answer that is cut off, is no answer, or says that it failed", () => {
    ask();
    const [file = ""] = kept();
    const whole = readFileSync(file);
    for (const broken of [whole.subarray(0, whole.length - 9), Buffer.from("{}"), Buffer.alloc(0)]) {
      writeFileSync(file, broken);
      expect(ask().stdout).toBe("a: 1\none\n");
    }
    expect(calls()).toBe(4);
  });

  it("gives a program no variables of the caller, on which its answer could depend", () => {
    write("script", "env");
    process.env.SLIPWAY_PLANTED = "seen";
    try {
      expect(ask().stdout).toContain("PATH=/usr/bin:/bin");
      expect(ask().stdout).not.toContain("PLANTED");
    } finally {
      delete process.env.SLIPWAY_PLANTED;
    }
  });

  it.each(["/etc/hostname", "../outside", "--values=/etc/../etc/hostname"])("refuses %s, which leads out", (word) => {
    expect(() => ask(word)).toThrow("leads out of");
  });

  it("does not count when Helm packed a chart, but what it packed", () => {
    const pack = (text: string, time: string) => {
      writeFileSync(path.join(root, "Chart.yaml"), text);
      execFileSync("tar", ["-czf", "work/chart/common.tgz", "--mtime", time, "Chart.yaml"], { cwd: root });
    };
    pack("name: common\n", "2026-01-02");
    ask();
    pack("name: common\n", "2026-03-04");
    ask();
    expect(calls()).toBe(1);
    pack("name: commom\n", "2026-03-04");
    ask();
    expect(calls()).toBe(2);
    write("chart/common.tgz", "no archive");
    ask();
    expect(calls()).toBe(3);
  });

  it("removes what nothing has asked for in a week, and nothing else", () => {
    ask();
    ask("more");
    const [used = "", unused = ""] = kept();
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600 * 1000);
    utimesSync(used, daysAgo(6), daysAgo(6));
    utimesSync(unused, daysAgo(8), daysAgo(8));
    new KeptAnswers(path.join(root, "kept")).ask({ program: "/bin/sh", words: ["script", "new"], folder });
    expect(kept()).toContain(used);
    expect(kept()).not.toContain(unused);
    expect(kept()).toHaveLength(2);
  });
});
