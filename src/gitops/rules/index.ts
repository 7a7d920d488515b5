/** All rules over GitOps files, in the order in which findings are printed. */
import type { Facts, GitopsRule } from "../facts.ts";
import type { GitopsFinding } from "../finding.ts";
import { COVERAGE_RULES } from "./coverage.ts";
import { PERMISSION_RULES } from "./permission.ts";
import { POLICY_RULES } from "./policy.ts";
import { PROJECT_RULES } from "./project.ts";
import { SET_RULES } from "./sets.ts";
import { SOURCE_RULES } from "./source.ts";

/** Every rule over the facts. */
export const GITOPS_RULES: readonly GitopsRule[] = [
  ...SET_RULES,
  ...COVERAGE_RULES,
  ...SOURCE_RULES,
  ...POLICY_RULES,
  ...PROJECT_RULES,
  ...PERMISSION_RULES,
];

/** What all rules find. */
export function checkGitops(facts: Facts): GitopsFinding[] {
  return GITOPS_RULES.flatMap(({ name, check }) => check(facts).map((finding) => ({ rule: name, ...finding })));
}
