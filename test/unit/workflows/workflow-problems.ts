/** What the rules of workflows find; the rules themselves are in workflow-rules.ts. */
import path from "node:path";

import type { Surface } from "../../../embedded/cli/surface.ts";
import { callProblems, ROOT } from "../../support/module-command.ts";
import { simpleCommands } from "../../support/shell-words.ts";
import { calls, callsOf, functionOf, type Job, type Step, type Workflow } from "./workflow-file.ts";

/** What may write where: the scope, and the functions that need it. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  packages: ["publish", "sign", "promote"],
  "id-token": ["sign"],
};

/** The one command that is no call: it copies what `ci` wrote for the page of the run to where the page takes it from. */
const SHOW_SUMMARY = 'cat report/summary.md >> "$GITHUB_STEP_SUMMARY"';

/** True for the job that judges all others. */
export function isStatus({ key }: Job): boolean {
  return key.startsWith("status");
}

/** Problems of every step, each with its job. */
export function eachStep(jobs: readonly Job[], problems: (step: Step) => readonly string[]): string[] {
  return jobs.flatMap((job) => job.steps.flatMap(problems).map((problem) => `${job.key}: ${problem}`));
}

/** The commands of a job, each of which is one call of a function, and the actions, which do no work. */
export function jobProblems(workflow: Workflow, job: Job, surface: Surface): string[] {
  const written = new Map<string, "file" | "directory">();
  const problems = job.steps.flatMap((step) => {
    if (step.run === undefined || step.run === SHOW_SUMMARY) return [];
    const environment = Object.fromEntries(
      Object.entries({ ...workflow.env, ...step.env }).map(([name, value]) => [name, String(value)]),
    );
    // Files that variables of the repository name are there when the workflow runs.
    for (const [name, value] of Object.entries(environment)) {
      if (/^\$\{\{ vars\.\w+ \}\}$/.test(value)) written.set(path.join(ROOT, `$${name}`), "file");
    }
    const [first, ...others] = simpleCommands(step.run);
    const [program, verb, ...words] = first?.words ?? [];
    if (program !== "dagger" || verb !== "call" || others.length > 0) return [`"${step.run}" is no call of a function`];
    return callProblems(surface, words, { folder: ROOT, environment, written });
  });
  const isIdle = callsOf(job).length === 0 ? ["calls no function"] : [];
  return [...problems, ...(problems.length > 0 ? [] : isIdle)].map((problem) => `${job.key}: ${problem}`);
}

/** What a job may do that its functions do not need. */
export function permissionProblems(job: Job): string[] {
  if (job.permissions === undefined) return [`${job.key}: says nothing about its permissions`];
  return Object.entries(job.permissions).flatMap(([scope, access]) => {
    const writers = WRITERS[scope] ?? [];
    if (access !== "write" || writers.some((name) => calls(job, name))) return [];
    return [`${job.key}: may write ${scope}, and calls none of ${writers.join(", ")}`];
  });
}

/** Secrets that are written out, or given to more than one step. */
export function secretProblems({ text, jobs }: Workflow): string[] {
  const written = eachStep(jobs, ({ env }) =>
    Object.entries(env)
      .filter(
        ([name, value]) => /TOKEN|KEY|PASS|SECRET/.test(name) && !/^\$\{\{ secrets\.\w+ \}\}$/.test(String(value)),
      )
      .map(([name]) => `${name} is written out`),
  );
  const lines = text.split("\n").filter((line) => line.includes("secrets") && !line.startsWith("# "));
  const outside = lines
    .filter((line) => !/^ {10}[A-Z_]+: \$\{\{ secrets\.[A-Z_]+ \}\}$/.test(line))
    .map((line) => `a secret stands outside of the environment of a step: ${line.trim()}`);
  return [...written, ...outside];
}

/** What the judging job overlooks. */
export function statusProblems({ jobs }: Workflow): string[] {
  const [status, ...more] = jobs.filter(isStatus);
  if (status === undefined || more.length > 0) return ["has no job status, or several"];
  const others = jobs.filter((job) => job !== status);
  const [judge, ...rest] = status.steps;
  const condition = judge?.if ?? "";
  // A job with a condition of its own may be left out; any other is left out only behind one that failed.
  const results = ["failure", "cancelled", ...(others.some((job) => job.if !== undefined) ? [] : ["skipped"])];
  const problems = [
    ...others.filter(({ key }) => !status.needs.includes(key)).map(({ key }) => `does not need ${key}`),
    ...(status.if === "always()" ? [] : ["is left out when a job before it failed"]),
    ...results
      .filter((result) => !condition.includes(`contains(needs.*.result, '${result}')`))
      .map((result) => `does not fail on ${result}`),
    ...(/^contains\([^)]+\)(?: \|\| contains\([^)]+\))*$/.test(condition) ? [] : ["has a condition that may not hold"]),
    ...(judge?.run === "exit 1" && rest.length === 0 ? [] : ["does not fail"]),
  ];
  return problems.map((problem) => `${status.key}: ${problem}`);
}

/** Jobs that do not wait for what they rely on. */
export function orderProblems({ jobs }: Workflow): string[] {
  const before: Readonly<Record<string, string>> = {
    ...{ publish: "ci", sign: "publish", verify: "sign", promote: "verify" },
  };
  return jobs.flatMap((job) =>
    Object.entries(before)
      .filter(([name]) => calls(job, name))
      .filter(([, earlier]) => !ancestors(jobs, job).some((other) => calls(other, earlier)))
      .map(([, earlier]) => `${job.key}: is not behind a job that calls ${earlier}`),
  );
}

function ancestors(jobs: readonly Job[], job: Job): readonly Job[] {
  const direct = jobs.filter(({ key }) => job.needs.includes(key));
  return [...direct, ...direct.flatMap((other) => ancestors(jobs, other))];
}

/** What the job that signs does besides, and who else has what it signs with. */
export function signingProblems({ jobs }: Workflow): string[] {
  return jobs.flatMap((job) => {
    const others = [...new Set(callsOf(job).map(functionOf))].filter((name) => name !== "sign");
    if (calls(job, "sign")) return others.map((name) => `${job.key}: signs, and calls ${name}, too`);
    const keys = job.steps.flatMap(({ env }) => Object.keys(env).filter((name) => name.startsWith("SIGNING_")));
    const signs = callsOf(job).some((run) => /--(signing-|identity-token)/.test(run));
    return [
      ...keys.map((name) => `${job.key}: has ${name}, and is not the job that signs`),
      ...(signs ? [`${job.key}: signs beside its work`] : []),
    ];
  });
}

/** Jobs that may ask for an identity, and sign with none. */
export function identityProblems({ jobs }: Workflow): string[] {
  return jobs
    .filter(({ permissions = {} }) => permissions["id-token"] === "write")
    .filter((job) => !callsOf(job).some((run) => run.includes(" --identity-token ")))
    .map(({ key }) => `${key}: may ask for an identity, and uses none`);
}

/** What the job that publishes does besides; the smoke test is a part of what it publishes. */
export function publishProblems({ jobs }: Workflow): string[] {
  return jobs
    .filter((job) => calls(job, "publish"))
    .flatMap((job) =>
      callsOf(job)
        .map(functionOf)
        .filter((name) => !["smoke-test", "publish"].includes(name))
        .map((name) => `${job.key}: calls ${name}, too`),
    );
}

/** Jobs that take a report and pass whatever it says: ci never fails by itself, so that its report can be kept. */
export function verdictProblems({ jobs }: Workflow): string[] {
  return jobs
    .filter((job) => calls(job, "ci"))
    .filter((job) => {
      const [report, verdict] = ["ci", "verdict"].map((name) => callsOf(job).find((run) => functionOf(run) === name));
      const written = / -o (\S+)$/.exec(report ?? "")?.[1];
      return written === undefined || verdict !== `dagger call verdict --report ${written}`;
    })
    .map(({ key }) => `${key}: passes whatever the report of ci says`);
}

/** Jobs whose report does not come to the page of the run; on GitHub alone, since others have no such page. */
export function summaryProblems({ file, jobs }: Workflow): string[] {
  if (!file.startsWith(".github/")) return [];
  return jobs
    .filter((job) => calls(job, "ci") && !job.steps.some(({ run }) => run === SHOW_SUMMARY))
    .map(({ key }) => `${key}: does not show the report of ci on the page of the run`);
}

/** Functions that compare with an earlier commit, which a checkout has only with its history. */
const HISTORIANS: readonly string[] = ["lifecycle-test", "lifecycle-report", "promote", "plan"];

/** Jobs that call such a function on a checkout of one commit. */
export function historyProblems({ jobs }: Workflow): string[] {
  return jobs
    .filter((job) => callsOf(job).some((run) => HISTORIANS.includes(functionOf(run))))
    .filter(({ steps }) => !steps.some(({ uses, with: given }) => isCheckout(uses) && given["fetch-depth"] === 0))
    .map(({ key }) => `${key}: compares with an earlier commit, and checks out one alone`);
}

/** True for the action that checks a commit out. */
export function isCheckout(uses: string | undefined): boolean {
  return uses?.includes("actions/checkout@") === true;
}
