/** Reads quantities of Kubernetes, such as 512Mi, 1.5G and 250m. */

// Source: k8s.io/apimachinery/pkg/api/resource, "Quantity".
const FACTORS: Readonly<Record<string, number>> = {
  ...{ "": 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** The number that a quantity means; undefined for what is none. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const text = typeof value === "string" ? value : "";
  const [, number, unit = ""] = /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = FACTORS[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
