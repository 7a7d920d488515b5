/** Label selectors of Kubernetes: what they select, and the fewest labels that they are content with. */
import { entriesAt, itemsAt, textAt } from "../json.ts";

/** A set of labels. */
export type Labels = Readonly<Record<string, string>>;

/** One demand on the labels. `never` is a demand that nothing can meet, for an operator that Kubernetes does not have. */
export type Requirement = {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "never";
  readonly values: readonly string[];
};

/** Demands that must all be met; none of them selects everything. */
export type LabelSelector = readonly Requirement[];

// Selectors with many alternatives are rare, and each alternative costs a pod in every comparison.
const MAX_WITNESSES = 64;

/** Source: Kubernetes, "Recommended Labels". */
const IDENTIFYING = ["app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"];

/** Reads a selector with matchLabels and matchExpressions. */
export function parseSelector(value: unknown): LabelSelector {
  const labels = entriesAt(value, "matchLabels").map(([key, text]): Requirement => {
    return { key, operator: "In", values: [scalarText(text)] };
  });
  const expressions = itemsAt(value, "matchExpressions").map((expression): Requirement => {
    const key = textAt(expression, "key");
    return { key, operator: operatorOf(expression), values: itemsAt(expression, "values").map(scalarText) };
  });
  return [...labels, ...expressions];
}

/** Tells whether a selector selects what carries these labels. */
export function isSelected(selector: LabelSelector, labels: Labels): boolean {
  return selector.every(({ key, operator, values }) => {
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return label !== undefined && values.includes(label);
      case "NotIn":
        return label === undefined || !values.includes(label);
      case "Exists":
        return label !== undefined;
      case "DoesNotExist":
        return label === undefined;
      case "never":
        return false;
    }
  });
}

/**
 * The smallest sets of labels that a selector selects, one for each alternative of its In expressions; none where its
 * demands contradict each other. Whatever carries more labels than these is selected for no other reason.
 */
export function witnessesOf(selector: LabelSelector): Labels[] {
  let found: Labels[] = [{}];
  for (const { key, operator, values } of selector) {
    const wanted = operator === "In" ? values : [];
    if (wanted.length > 0) found = found.flatMap((labels) => wanted.map((value) => ({ [key]: value, ...labels })));
    if (operator === "Exists") found = found.map((labels) => ({ [key]: freshValue(selector, key), ...labels }));
    found = found.slice(0, MAX_WITNESSES);
  }
  return found.filter((labels) => isSelected(selector, labels));
}

/** A selector as people write it: `app=api, tier in (a, b), !legacy`; `everything` where it is empty. */
export function formatSelector(selector: LabelSelector): string {
  const parts = selector.map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    if (operator === "In" && values.length === 1) return `${key}=${values[0] ?? ""}`;
    return `${key} ${operator === "NotIn" ? "not in" : operator === "In" ? "in" : "?"} (${values.join(", ")})`;
  });
  return parts.length === 0 ? "everything" : parts.join(", ");
}

/** Labels as people write them: `app=api, tier=web`. */
export function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

/** The labels that tell the pods of one component from others, where there are such; all of them where there are none. */
export function identifyingLabels(labels: Labels): Labels {
  const own = Object.entries(labels).filter(([key]) => IDENTIFYING.includes(key));
  return own.length === 0 ? labels : Object.fromEntries(own);
}

/** A value of a label that only has to exist: one that no other demand on the key forbids. */
function freshValue(selector: LabelSelector, key: string): string {
  const others = selector.filter((requirement) => requirement.key === key);
  const named = others.flatMap(({ operator, values }) => (operator === "In" ? values : []));
  return named[0] ?? `any${"x".repeat(others.flatMap(({ values }) => values.join("")).join("").length)}`;
}

function operatorOf(expression: unknown): Requirement["operator"] {
  const operator = textAt(expression, "operator");
  const known = ["In", "NotIn", "Exists", "DoesNotExist"] as const;
  return known.find((name) => name === operator) ?? "never";
}

// YAML makes numbers and booleans of unquoted values; the API server refuses them, and until then they still mean a label.
function scalarText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
