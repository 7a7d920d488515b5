/** Credentials that open nothing, put together at run time so that no scanner takes this file for a leak. */

/** A text of letters and digits that looks random; the same each time. */
export function noise(length: number, alphabet = "a7Kx0Qz4Rm9Tb2Wc5Vn8Ld1Ys6Pf3Hg"): string {
  return Array.from({ length }, (_, index) => alphabet[(index * 7 + (index >> 2)) % alphabet.length]).join("");
}

const dashes = "-".repeat(5);

/** A key as PEM; its body is noise. */
export function pem(kind: string): string {
  return `${dashes}BEGIN ${kind}${dashes}\n${noise(64)}\n${noise(32)}\n${dashes}END ${kind}${dashes}\n`;
}

const BASE32 = "ABCDEFGHJKLMNPQ023456789";

/** What each known form is called, with a sample of it. */
export const KNOWN_FORMS: readonly (readonly [string, string])[] = [
  ["a private key", pem("RSA PRIVATE KEY")],
  ["a private key", pem("PRIVATE KEY")],
  ["a private key", pem("OPENSSH PRIVATE KEY").replaceAll("\n", "\\n")],
  ["a private key in base64", Buffer.from(pem("EC PRIVATE KEY")).toString("base64")],
  ["an age private key", joined("AGE-SECRET", "-KEY-1", noise(58, BASE32))],
  ["an AWS access key", joined("AK", "IA", noise(16, BASE32))],
  ["a GitHub token", joined("gh", "p_", noise(36))],
  ["a GitHub token", joined("github", "_pat_", noise(82))],
  ["a GitLab token", joined("gl", "pat-", noise(20))],
  ["a Slack token", joined("xo", "xb-", noise(24, "0123456789"))],
  ["a Slack webhook", joined("https://hooks.slack", ".com/services/", [noise(9), noise(9), noise(24)].join("/"))],
  ["a Google API key", joined("AI", "za", noise(35))],
  ["a Google client secret", joined("GOC", "SPX-", noise(28))],
  ["a Stripe key", joined("sk", "_live_", noise(24))],
  ["a key of a language model API", joined("sk", "-ant-", noise(40))],
  ["an npm token", joined("npm", "_", noise(36))],
  ["a PyPI token", joined("pypi", "-AgE", noise(60))],
  ["a Docker Hub token", joined("dckr", "_pat_", noise(27))],
  ["a DigitalOcean token", joined("dop", "_v1_", "0a1b2c3d4e5f6789".repeat(4))],
  ["a Vault token", joined("hv", "s.", noise(24))],
  ["a SendGrid key", joined("SG", ".", `${noise(22)}.${noise(43)}`)],
  ["a Hugging Face token", joined("hf", "_", noise(34))],
  ["a Databricks token", joined("da", "pi", "0a1b2c3d4e5f6789".repeat(2))],
  ["an Azure storage key", joined("AccountName=a;Account", "Key=", `${noise(86)}==;`)],
  ["a NATS seed", joined("S", "U", noise(56, BASE32.replace(/[089]/g, "")))],
  ["a JSON Web Token", [joined("ey", "J", noise(20)), joined("ey", "J", noise(40)), noise(43)].join(".")],
  ["a password hash", joined("$2", "y$10$", noise(53))],
  ["a URL with a password", `postgres://shop:${noise(12)}@db:5432/shop`],
  ["a URL with a password", `redis://:${noise(12)}@cache:6379/0`],
];

function joined(...parts: string[]): string {
  return parts.join("");
}
