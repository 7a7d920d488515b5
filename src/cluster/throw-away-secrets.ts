/** Secrets that exist for one install of a test only. */
import type { ChartSpec } from "../platform/chart-spec.ts";

/** Secrets of one namespace, to be applied, and their values, to be kept out of every report. */
export type ThrowAwaySecrets = {
  /** A List of Secrets, as JSON. */
  readonly manifest: string;
  readonly values: readonly string[];
};

/**
 * Makes every Secret that a chart needs, with a value of its own for each key (C-31).
 *
 * @param random Gives a new value that fits into an address as it is: letters and digits.
 */
export function throwAwaySecrets({ namespace, secrets }: ChartSpec, random: () => string): ThrowAwaySecrets {
  const values: string[] = [];
  const items = Object.entries(secrets).map(([name, keys]) => {
    const stringData = Object.fromEntries(
      keys.map((key) => {
        const value = random();
        values.push(value);
        return [key, value];
      }),
    );
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
  });
  return { manifest: JSON.stringify({ apiVersion: "v1", kind: "List", items }), values };
}
