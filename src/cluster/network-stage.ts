/** Puts several network plans onto one stage: their stand-ins are made once, and everything is tried together. */
import type { NetworkPlan, StandIn } from "./network-plan.ts";
import type { Observed } from "./network-outcome.ts";

/** What is made and tried together. A plan is a stage of its own. */
export type Stage = Pick<NetworkPlan, "standIns" | "addresses" | "trials">;

/** Most stand-ins on one stage: a node takes 110 pods by default, and the release has its own on it. */
export const MOST_STAND_INS = 56;

/**
 * Groups plans, in their order, so that no stage has more stand-ins than a node takes; a plan that has more by itself is alone.
 */
export function stagesOf(plans: readonly NetworkPlan[], most = MOST_STAND_INS): NetworkPlan[][] {
  const stages: NetworkPlan[][] = [];
  for (const plan of plans) {
    const last = stages.at(-1);
    if (last !== undefined && stageOf([...last, plan]).standIns.length <= most) last.push(plan);
    else stages.push([plan]);
  }
  return stages;
}

/** One stage for all plans: who stands in several of them answers on the ports of all, and the trials come one plan after another. */
export function stageOf(plans: readonly NetworkPlan[]): Stage {
  const standIns = new Map<string, StandIn>();
  for (const standIn of plans.flatMap((plan) => plan.standIns)) {
    const known = standIns.get(standIn.name);
    const ports = [...(known?.listens ?? []), ...standIn.listens];
    const listens = new Map(ports.map((each) => [`${each.port}/${each.protocol}`, each]));
    standIns.set(standIn.name, { ...(known ?? standIn), listens: [...listens.values()] });
  }
  return {
    standIns: [...standIns.values()],
    addresses: plans.flatMap(({ addresses }) => addresses),
    trials: plans.flatMap(({ trials }) => trials),
  };
}

/** What was found of each plan of a stage, with the numbers that its trials have in the plan. */
export function observedOfPlans(plans: readonly NetworkPlan[], observed: Observed): Observed[] {
  let first = 0;
  return plans.map(({ trials }) => {
    const own = [...observed.trials].flatMap(([number, outcome]) =>
      number >= first && number < first + trials.length ? [[number - first, outcome] as const] : [],
    );
    first += trials.length;
    return { ...observed, trials: new Map(own) };
  });
}
