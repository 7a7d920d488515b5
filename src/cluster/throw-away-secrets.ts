/** Secrets that exist for one install of a test only. */
import type { ChartSpec } from "../platform/chart-spec.ts";
import { PipelineError } from "../report/errors.ts";
import type { ThrowAwayCertificate } from "./throw-away-certificate.ts";

/** Secrets of one namespace, to be applied, and their values, to be kept out of every report. */
export type ThrowAwaySecrets = {
  /** A List of Secrets, as JSON. */
  readonly manifest: string;
  /** Every value that was made up: letters and digits. */
  readonly values: readonly string[];
  /** Every key with its value, as `secret.key`. */
  readonly keys: ReadonlyMap<string, string>;
};

/** Certificates by the place of the Secret that holds them. */
export type Certificates = ReadonlyMap<string, ThrowAwayCertificate>;

/** Names a Secret in its namespace. */
export function secretPlace(namespace: string, secret: string): string {
  return `${namespace}/${secret}`;
}

/** Keys of a Secret with a certificate. Source: Kubernetes, "TLS Secrets". */
const CERTIFICATE_KEYS = { certificate: "tls.crt", key: "tls.key" } as const;

/** The platform file gives a key the value of another that there is not. */
export class UnknownSecretKeyError extends PipelineError {
  override readonly name = "UnknownSecretKeyError";
  constructor(chart: string, place: string, wanted: string, known: readonly string[]) {
    super(
      "config",
      `the value of ${place} in secrets of the chart ${chart} names {${wanted}}, and there is no such key`,
      `name one of: ${known.join(", ")}, or random`,
    );
  }
}

/**
 * Makes every Secret that a chart needs, with a value of its own for each key (C-31), or the one that the platform file
 * gives it, or the certificate for its entry. Throws UnknownSecretKeyError.
 *
 * @param random Gives a new value that fits into an address as it is: letters and digits.
 */
export function throwAwaySecrets(
  { name: chart, namespace, secrets, throwAway }: ChartSpec,
  random: () => string,
  certificates: Certificates = new Map(),
): ThrowAwaySecrets {
  const made = new Map<string, string>();
  const places = Object.entries(secrets).flatMap(([secret, keys]) => keys.map((key) => `${secret}.${key}`));
  const given = new Map<string, string>(
    Object.entries(throwAway).flatMap(([secret, values]) =>
      Object.entries(values).map(([key, text]) => [`${secret}.${key}`, text] as const),
    ),
  );
  const values: string[] = [];
  const hidden = () => {
    const value = random();
    values.push(value);
    return value;
  };
  for (const place of places.filter((each) => !given.has(each))) made.set(place, hidden());
  for (const secret of Object.keys(secrets)) {
    const pair = certificates.get(secretPlace(namespace, secret));
    if (pair === undefined) continue;
    made.set(`${secret}.${CERTIFICATE_KEYS.certificate}`, pair.certificate);
    made.set(`${secret}.${CERTIFICATE_KEYS.key}`, pair.key);
    values.push(pair.key);
  }
  const fill = (place: string, text: string) =>
    text.replaceAll(/\{([^{}]+)\}/g, (_, wanted: string) => {
      const found = wanted === "random" ? hidden() : made.get(wanted);
      if (found === undefined) throw new UnknownSecretKeyError(chart, place, wanted, [...made.keys()]);
      return found;
    });
  for (const [place, text] of given) made.set(place, fill(place, text));
  const items = Object.entries(secrets).map(([name, keys]) => {
    const stringData = Object.fromEntries(keys.map((key) => [key, made.get(`${name}.${key}`) ?? ""]));
    const type = certificates.has(secretPlace(namespace, name)) ? "kubernetes.io/tls" : "Opaque";
    return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, type, stringData };
  });
  return { manifest: JSON.stringify({ apiVersion: "v1", kind: "List", items }), values, keys: made };
}

/** Fills `{secret.key}` into a text for what stands beside a chart. Throws UnknownSecretKeyError. */
export function fillSecrets(chart: string, place: string, text: string, keys: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{([^{}]+)\}/g, (_, wanted: string) => {
    const found = keys.get(wanted);
    if (found === undefined) throw new UnknownSecretKeyError(chart, place, wanted, [...keys.keys()]);
    return found;
  });
}
