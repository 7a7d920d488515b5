/** Follows one run until it is finished. */
import type { Answer, Failure } from "./api.ts";
import { isFinished, type Run } from "./run.ts";

/** How long and how often to ask. */
export type WatchPlan = {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  readonly pause: (milliseconds: number) => Promise<void>;
};

/** Asks for two and a half minutes, quickly at first. */
export const WATCH_PLAN: WatchPlan = {
  attempts: 35,
  firstPauseMs: 300,
  longestPauseMs: 5_000,
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Asks for a run until it is finished. Gives the finished run, the refusal that makes asking further pointless, or
 * undefined when the attempts are used up; a service that is busy or away for a while is asked again.
 */
export async function watchRun(
  ask: () => Promise<Answer<Run>>,
  plan: WatchPlan = WATCH_PLAN,
): Promise<Answer<Run> | undefined> {
  let pauseMs = plan.firstPauseMs;
  for (let attempt = 0; attempt < plan.attempts; attempt += 1) {
    await plan.pause(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, plan.longestPauseMs);
    const answer = await ask();
    if (answer.ok ? isFinished(answer.value) : isFinal(answer.failure.kind)) return answer;
    if (!answer.ok && answer.failure.kind === "too-many") pauseMs = plan.longestPauseMs;
  }
  return undefined;
}

function isFinal(kind: Failure["kind"]): boolean {
  return kind === "refused" || kind === "not-understood";
}
