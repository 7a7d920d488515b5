/** The environments that a platform is rolled out to. */

/** All environments, in the order in which a release is promoted. Source: X-04. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** One of dev, staging and prod. */
export type Environment = (typeof ENVIRONMENTS)[number];

const ALIASES = { local: "dev", production: "prod" } as const;

/** The environment that a name means; local is dev and production is prod. */
export function environmentNamed(name: Environment | keyof typeof ALIASES): Environment {
  return name === "local" || name === "production" ? ALIASES[name] : name;
}
