/** The rules over one render, in the order in which findings are listed. */
import type { RenderRule } from "../finding.ts";
import { APPLY_SAFETY } from "./apply-safety.ts";
import { danglingReferenceRule } from "./dangling-reference.ts";
import { hookClosureRule } from "./hook-closure.ts";
import { HPA_REPLICAS } from "./hpa-replicas.ts";
import { IMAGE_DIGEST, IMAGE_TAG } from "./images.ts";
import { JOB_NAME } from "./immutable-field.ts";
import { NAMESPACE } from "./namespace.ts";
import { PLAIN_SECRET_RULE } from "./plain-secret.ts";
import type { DeclaredSecrets } from "./reference-problems.ts";
import { SELECTOR_LABELS } from "./selector-labels.ts";

/** Rules that need to know nothing but the render. */
export const RENDER_RULES: readonly RenderRule[] = [
  IMAGE_DIGEST,
  IMAGE_TAG,
  PLAIN_SECRET_RULE,
  NAMESPACE,
  SELECTOR_LABELS,
  JOB_NAME,
  APPLY_SAFETY,
  HPA_REPLICAS,
];

/** All rules over a render of a chart whose platform file declares these Secrets. */
export function renderRules(secrets: DeclaredSecrets): readonly RenderRule[] {
  return [...RENDER_RULES, hookClosureRule(secrets), danglingReferenceRule(secrets)];
}
