/** Decides whether the aliases of a release may move: only where every gate of its revision is green (X-06). */
import type { HeldReason } from "./release-tags.ts";

/** What the gates said that come after images and charts. */
export type AliasGates = {
  /** Environment that the smoke test installs. */
  readonly environment: string;
  /** Nothing to install in that environment counts as green: there is nothing that could be tested. */
  readonly smoke: "passed" | "no pass" | "nothing to test";
  /** Findings of GitOps, one line each; none where the platform has no GitOps. */
  readonly gitops: readonly string[];
  /** True where some systems alone are published. */
  readonly isPart: boolean;
};

/** Why aliases stay where they are; none: they may move. */
export function reasonsToHold({ environment, smoke, gitops, isPart }: AliasGates): HeldReason[] {
  const reasons = smoke === "no pass" ? [noPass(environment)] : [];
  if (isPart) return [...reasons, OF_A_PART];
  const [first] = gitops;
  return first === undefined ? reasons : [...reasons, redGitops(first, gitops.length)];
}

function noPass(environment: string): HeldReason {
  return {
    reason: `no pass of the smoke test in ${environment} is recorded for these images and charts`,
    next: `run smoke-test --env ${environment} on this engine, then publish again`,
  };
}

function redGitops(first: string, count: number): HeldReason {
  return {
    reason: `gitops has ${count === 1 ? "1 finding" : `${count} findings`}, the first: ${first}`,
    next: "run gitops, correct what it names, commit it, and publish that commit",
  };
}

const OF_A_PART: HeldReason = {
  reason: "these systems are a part of the release, and an alias is of all",
  next: "publish the other systems, then run merge-releases",
};
