/** Finds hooks that could run for ever, run twice, or stand in the way of their own next run. */
import { textAt, valueAt } from "../json.ts";
import type { Workload } from "../workload.ts";
import { deletePoliciesOf } from "./hook-order.ts";
import { type Mistake, quote } from "./mistake.ts";

/** What is wrong with the settings of a hook's Job or Pod. */
export function settingMistakes(hook: Workload): Mistake[] {
  const { manifest, spec, specPath } = hook;
  const mistakes: Mistake[] = [...policyMistakes(hook), ...weightMistakes(hook)];
  const add = (path: Mistake["path"], reason: string, fix: string) =>
    void mistakes.push({ manifest, path, reason, fix });
  if (manifest.kind === "Job") {
    for (const { field, because, example } of JOB_LIMITS) {
      if (typeof valueAt(manifest.body, "spec", field) === "number") continue;
      add(["spec", field], `says no ${field}, so that ${because}; allowed is a number`, `add ${field}: ${example}`);
    }
  }
  const restart = textAt(spec, "restartPolicy");
  if ((manifest.kind === "Job" || manifest.kind === "Pod") && restart !== "Never") {
    const reason = `restartPolicy is ${quote(restart === "" ? undefined : restart)}; allowed is Never, so that a failed attempt keeps its pod and its log`;
    add([...specPath, "restartPolicy"], reason, "write restartPolicy: Never");
  }
  return mistakes;
}

const JOB_LIMITS = [
  { field: "activeDeadlineSeconds", because: "a hook that hangs keeps helm waiting", example: 600 },
  { field: "backoffLimit", because: "a hook that fails is tried six times", example: 3 },
] as const;

function policyMistakes({ manifest }: Workload): Mistake[] {
  const policies = deletePoliciesOf(manifest);
  if (policies?.includes("before-hook-creation")) return [];
  // A Job is what upgrades run again and again, so it says what becomes of the last one even where helm would do it unasked.
  if (policies === undefined && manifest.kind !== "Job") return [];
  const given = policies === undefined ? "nothing" : policies.join(",");
  const reason = `helm.sh/hook-delete-policy says ${given}; allowed is what has before-hook-creation, for one that failed would block the next run by its name`;
  const path = ["metadata", "annotations", "helm.sh/hook-delete-policy"];
  return [{ manifest, path, reason, fix: "write before-hook-creation as the delete policy" }];
}

function weightMistakes({ manifest }: Workload): Mistake[] {
  const weight = manifest.annotations["helm.sh/hook-weight"];
  if (weight === undefined || /^[-+]?\d+$/.test(weight)) return [];
  const reason = `helm.sh/hook-weight is ${quote(weight)}, which helm takes for 0; allowed is a whole number in quotes`;
  const path = ["metadata", "annotations", "helm.sh/hook-weight"];
  return [{ manifest, path, reason, fix: 'write a whole number in quotes, such as "-5"' }];
}
