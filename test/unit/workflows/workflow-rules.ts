/** The rules of workflows; beside each stands the defect that breaks it. They are applied in workflows.test.ts. */
import type { Surface } from "../../../embedded/cli/surface.ts";
import { PIN_RULES } from "./pin-rules.ts";
import { calls, callsOf, functionOf, type Workflow } from "./workflow-file.ts";
import {
  eachStep,
  historyProblems,
  identityProblems,
  isCheckout,
  isStatus,
  jobProblems,
  orderProblems,
  permissionProblems,
  publishProblems,
  secretProblems,
  signingProblems,
  statusProblems,
  summaryProblems,
  verdictProblems,
} from "./workflow-problems.ts";

/** A rule, what it says of a planted defect, and how the defect is planted in the workflow `into`. */
export type Rule = {
  readonly title: string;
  readonly problems: (workflow: Workflow, surface: Surface) => readonly string[];
  readonly into: string;
  readonly plant: readonly [from: string | RegExp, to: string];
  readonly says: readonly (string | RegExp)[];
};

export const GITHUB_CI = ".github/workflows/ci.yml";
export const GITHUB_IMAGES = ".github/workflows/build-images.yml";
export const FORGEJO_CI = ".forgejo/workflows/ci.yml";

/** All rules. */
export const RULES: readonly Rule[] = [
  ...PIN_RULES,
  {
    title: "C-07, C-49, P-02: does its work by calls of the module's functions, with the arguments that they have",
    problems: (workflow, surface) =>
      workflow.jobs.filter((job) => !isStatus(job)).flatMap((job) => jobProblems(workflow, job, surface)),
    into: GITHUB_CI,
    plant: ["run: dagger call validate", "run: npm run validate"],
    says: ['charts: "npm run validate" is no call of a function'],
  },
  {
    title: "C-49: calls functions that exist",
    problems: (workflow, surface) =>
      workflow.jobs.filter((job) => !isStatus(job)).flatMap((job) => jobProblems(workflow, job, surface)),
    into: GITHUB_CI,
    plant: ["run: dagger call validate", "run: dagger call validat"],
    says: [/^charts: .*no function "validat"/s],
  },
  {
    title: "calls functions with arguments that they take",
    problems: (workflow, surface) =>
      workflow.jobs.filter((job) => !isStatus(job)).flatMap((job) => jobProblems(workflow, job, surface)),
    into: FORGEJO_CI,
    plant: ["dagger call verdict --report report", "dagger call verdict --reports report"],
    says: [/^e2e: .*--reports/s],
  },
  {
    title: "puts nothing of the event into a command, where it would run as code",
    problems: ({ jobs }) =>
      eachStep(jobs, ({ run = "" }) => (run.includes("${{") ? [`"${run}" fills in an expression`] : [])),
    into: GITHUB_IMAGES,
    plant: ['--ref "$GITHUB_REF"', '--ref "${{ github.ref }}"'],
    says: [/^publish: ".*" fills in an expression$/],
  },
  {
    title: "gives nothing by default, and each job no more than its functions need",
    problems: ({ permissions, jobs }) => [
      ...(JSON.stringify(permissions) === "{}" ? [] : ["the workflow's permissions are not {}"]),
      ...jobs.flatMap(permissionProblems),
    ],
    into: GITHUB_IMAGES,
    plant: ["packages: read", "packages: write"],
    says: ["verify: may write packages, and calls none of publish, sign, promote"],
  },
  {
    title: "S-68: lets nobody but the job that signs ask for an identity",
    problems: ({ jobs }) => jobs.flatMap(permissionProblems),
    into: GITHUB_CI,
    plant: ["contents: read\n", "contents: read\n      id-token: write\n"],
    says: ["stages: may write id-token, and calls none of sign"],
  },
  {
    title: "asks for an identity only where one signs",
    problems: identityProblems,
    into: GITHUB_IMAGES,
    plant: ["--identity-token cmd://.ci/identity-token", "--signing-key env://SIGNING_KEY"],
    says: ["sign: may ask for an identity, and uses none"],
  },
  {
    title: "signs in a job of its own, which builds nothing",
    problems: signingProblems,
    into: GITHUB_IMAGES,
    plant: [
      "      - name: sign with the key\n",
      "      - run: dagger call build-all\n      - name: sign with the key\n",
    ],
    says: ["sign: signs, and calls build-all, too"],
  },
  {
    title: "gives the key to the job that signs, and to no other",
    problems: signingProblems,
    into: GITHUB_IMAGES,
    plant: [
      'REGISTRY_TOKEN: ${{ secrets.GITHUB_TOKEN }}\n        run: >-\n          dagger call publish --registry "$REGISTRY"',
      "SIGNING_KEY: ${{ secrets.SIGNING_KEY }}\n        run: >-\n          dagger call publish --signing-key env://SIGNING_KEY",
    ],
    says: ["publish: has SIGNING_KEY, and is not the job that signs", "publish: signs beside its work"],
  },
  {
    title: "publishes in a job of its own",
    problems: publishProblems,
    into: GITHUB_IMAGES,
    plant: ["      - name: push by digest", "      - run: dagger call validate\n      - name: push by digest"],
    says: ["publish: calls validate, too"],
  },
  {
    title: "keeps no credentials in the checkout",
    problems: ({ jobs }) =>
      eachStep(jobs, (step) =>
        isCheckout(step.uses) && step.with["persist-credentials"] !== false
          ? ["keeps credentials in the checkout"]
          : [],
      ),
    into: FORGEJO_CI,
    plant: ["persist-credentials: false", "fetch-depth: 1"],
    says: ["helm: keeps credentials in the checkout"],
  },
  {
    title: "hands secrets over by reference, in the environment of one step",
    problems: secretProblems,
    into: GITHUB_IMAGES,
    plant: ["REGISTRY_TOKEN: ${{ secrets.GITHUB_TOKEN }}", "REGISTRY_TOKEN: example-of-a-token"],
    says: ["publish: REGISTRY_TOKEN is written out"],
  },
  {
    title: "hands no secret to a whole workflow",
    problems: secretProblems,
    into: FORGEJO_CI,
    plant: ["env:\n", "env:\n  OTHER: ${{ secrets.KEY }}\n"],
    says: ["a secret stands outside of the environment of a step: OTHER: ${{ secrets.KEY }}"],
  },
  {
    title: "runs code of a change without secrets",
    problems: ({ on, text }) => {
      if ("pull_request_target" in on || "workflow_run" in on) return ["runs a change with the rights of the target"];
      return "pull_request" in on && text.includes("secrets.") ? ["a change is run with secrets"] : [];
    },
    into: GITHUB_IMAGES,
    plant: ["  push:\n", "  pull_request: {}\n  push:\n"],
    says: ["a change is run with secrets"],
  },
  {
    title: "ends every job in time",
    problems: ({ jobs }) =>
      jobs.filter((job) => (job["timeout-minutes"] ?? 360) > 60).map(({ key }) => `${key}: has an hour or more`),
    into: GITHUB_CI,
    plant: ["    timeout-minutes: 20\n", ""],
    says: ["charts: has an hour or more"],
  },
  {
    title: "runs once per branch, and is never stopped where it publishes",
    problems: ({ concurrency, jobs }) => {
      if (concurrency?.group.includes("${{ github.ref }}") !== true) return ["runs of one branch overtake each other"];
      const isPublishing = jobs.some((job) => calls(job, "publish"));
      return isPublishing && concurrency["cancel-in-progress"] !== false ? ["a run that publishes may be stopped"] : [];
    },
    into: GITHUB_IMAGES,
    plant: ["cancel-in-progress: false", "cancel-in-progress: true"],
    says: ["a run that publishes may be stopped"],
  },
  {
    title: "fails where the report of the stages is red",
    problems: verdictProblems,
    into: GITHUB_IMAGES,
    plant: ["        run: dagger call verdict --report report\n", "        run: dagger call versions\n"],
    says: ["stages: passes whatever the report of ci says"],
  },
  {
    title: "S-68: fails on Forgejo where the report of the stages is red, too",
    problems: verdictProblems,
    into: FORGEJO_CI,
    plant: ["dagger call verdict --report report", "dagger call verdict --report other"],
    says: ["e2e: passes whatever the report of ci says"],
  },
  {
    title: "checks out the history where a function compares with it",
    problems: historyProblems,
    into: GITHUB_CI,
    plant: ["          fetch-depth: 0\n", ""],
    says: ["lifecycle: compares with an earlier commit, and checks out one alone"],
  },
  {
    title: "shows the report of the stages on the page of the run",
    problems: summaryProblems,
    into: GITHUB_CI,
    plant: [/ {6}- name: show the report.*\n.*\n/, ""],
    says: ["stages: does not show the report of ci on the page of the run"],
  },
  {
    title: "S-67: ends in a status that needs every other job and fails when one did",
    problems: statusProblems,
    into: GITHUB_CI,
    plant: ["needs: [stages, charts, lifecycle]", "needs: [stages, charts]"],
    says: ["status: does not need lifecycle"],
  },
  {
    title: "S-67: lets no job that was left out pass for one that passed",
    problems: statusProblems,
    into: FORGEJO_CI,
    plant: [" || contains(needs.*.result, 'skipped')", ""],
    says: ["status-check: does not fail on skipped"],
  },
  {
    title: "S-67: judges when another job failed, too",
    problems: statusProblems,
    into: GITHUB_IMAGES,
    plant: ["if: always()\n", "if: success()\n"],
    says: ["status: is left out when a job before it failed"],
  },
  {
    title: "Y-84: runs when a chart changes, and when it changes itself",
    problems: ({ on, file }) =>
      Object.entries(on).flatMap(([event, { paths = [] }]) =>
        ["charts/**", file]
          .filter((needed) => !paths.includes(needed))
          .map((needed) => `${event}: leaves out ${needed}`),
      ),
    into: GITHUB_CI,
    plant: ["      - charts/**\n", ""],
    says: ["pull_request: leaves out charts/**"],
  },
  {
    title: "Y-87, X-20: promotes to prod only where a person has agreed, and that job does nothing else",
    problems: ({ jobs }) =>
      jobs.flatMap((job) => {
        const isProd = callsOf(job).some((run) => / --to prod(?:uction)?(?: |$)/.test(run));
        if (isProd && job.environment !== "production") return [`${job.key}: promotes to prod and asks nobody`];
        const others = callsOf(job).filter((run) => functionOf(run) !== "promote");
        return job.environment === "production" && others.length > 0 ? [`${job.key}: does more than promote`] : [];
      }),
    into: GITHUB_IMAGES,
    plant: ["environment: production", "environment: staging"],
    says: ["promote-prod: promotes to prod and asks nobody"],
  },
  {
    title: "X-06: publishes after the gates, promotes after what was published was verified",
    problems: orderProblems,
    into: GITHUB_IMAGES,
    plant: ["    needs: [stages]\n", ""],
    says: ["publish: is not behind a job that calls ci"],
  },
];
