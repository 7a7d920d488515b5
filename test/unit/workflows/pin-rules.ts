/** Rules about what workflows take from others: which actions, at which commit, for what. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { ROOT } from "../../support/module-command.ts";
import type { Workflow } from "./workflow-file.ts";
import type { Rule } from "./workflow-rules.ts";

/**
 * Every action that a workflow may use, with the commit that its version's tag names in the action's repository. None of
 * them does work: they fetch the code, install the command line, keep a file.
 */
const ACTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "actions/checkout": {
    "v7.0.1": "3d3c42e5aac5ba805825da76410c181273ba90b1",
    "v4.2.2": "11bd71901bbe5b1630ceea73d27597364c9af683",
  },
  "actions/upload-artifact": { "v7.0.0": "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f" },
  "dagger/dagger-for-github": { "v8.4.1": "27b130bf0f79a7f6fbbbe0fbca6760dc9bb40a77" },
};

const USES = /^\s*-? ?uses: (?<where>https:\/\/github\.com\/)?(?<action>[\w./-]+)@(?<ref>\S+)(?: # (?<version>v\S+))?$/;
const moduleFile = z.object({ engineVersion: z.string() });

/** The rules. */
export const PIN_RULES: readonly Rule[] = [
  {
    title: "pins every action by the full commit of the version that the comment names",
    problems: pinProblems,
    into: ".github/workflows/ci.yml",
    plant: ["actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "actions/checkout@v7 # v7.0.1"],
    says: ["actions/checkout@v7 # v7.0.1 is not pinned"],
  },
  {
    title: "pins no action by a commit of another version",
    problems: pinProblems,
    into: ".forgejo/workflows/ci.yml",
    plant: ["11bd71901bbe5b1630ceea73d27597364c9af683", "11bd71901bbe5b1630ceea73d27597364c9af684"],
    says: ["actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af684 # v4.2.2 is not pinned"],
  },
  {
    title: "uses actions that fetch, install and keep, and no others",
    problems: pinProblems,
    into: ".github/workflows/build-images.yml",
    plant: ["actions/upload-artifact@", "docker/build-push-action@"],
    says: [/^docker\/build-push-action@\S+ # v7\.0\.0 is not pinned$/],
  },
  {
    title: "installs the command line of the module's engine, and lets no action call it",
    problems: ({ jobs }) =>
      jobs.flatMap((job) =>
        job.steps
          .filter((step) => step.uses?.includes("dagger/dagger-for-github@") === true)
          .filter((step) => JSON.stringify(step.with) !== JSON.stringify({ version: engineVersion() }))
          .map((step) => `${job.key}: installs ${JSON.stringify(step.with)}`),
      ),
    into: ".github/workflows/ci.yml",
    plant: ["version: v0.21.8", "version: latest"],
    says: ['stages: installs {"version":"latest"}'],
  },
];

function pinProblems({ file, text }: Workflow): string[] {
  const lines = text.split("\n").filter((line) => /^\s*-? ?uses:/.test(line));
  return lines.flatMap((line) => {
    const { where, action = "", ref, version = "" } = USES.exec(line)?.groups ?? {};
    // Forgejo asks for an action wherever its address says, and for a short name at a place that its owner sets.
    const isPlaced = file.startsWith(".forgejo/") === (where !== undefined);
    const isPinned = ref !== undefined && ACTIONS[action]?.[version] === ref;
    return isPlaced && isPinned ? [] : [`${line.replace(/.*uses: (https:\/\/github\.com\/)?/, "")} is not pinned`];
  });
}

function engineVersion(): string {
  return moduleFile.parse(JSON.parse(readFileSync(path.join(ROOT, "dagger.json"), "utf8"))).engineVersion;
}
