/** The script for sed that takes values of Secrets out of what was collected. */

/** Shortest line of a value that is looked for: a shorter one stands in too much that is no secret. */
const SHORTEST = 8;

/**
 * Writes a replacement for each line of each value, since sed reads line by line and a key in PEM has many. The lines that
 * only frame such a key are left as they are.
 *
 * @param secrets Values that are left out, whatever characters they have.
 */
export function redactionScript(secrets: readonly string[]): string {
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/)).filter((line) => line.length >= SHORTEST);
  const secretLines = [...new Set(lines)].filter((line) => !line.startsWith("-----"));
  return secretLines.map((line) => `s/${line.replaceAll(/[\\/.*[\]^$]/g, "\\$&")}/***/g\n`).join("");
}
