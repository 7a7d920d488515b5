/** The environments that a platform is rolled out to. */

/** All environments, in the order in which a release is promoted. Source: X-04. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** One of dev, staging and prod. */
export type Environment = (typeof ENVIRONMENTS)[number];
