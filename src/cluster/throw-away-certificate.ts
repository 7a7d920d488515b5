/** Certificates that exist for one install of a test only: signed by themselves, for the hosts of an entry. */
import { type KeyObject, sign } from "node:crypto";

/** A certificate and its key, both in PEM. */
export type ThrowAwayCertificate = { readonly certificate: string; readonly key: string };

/** A key pair of the curve P-256, as node:crypto makes it. */
export type CurveKeys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, text: 0x0c, time: 0x18, sequence: 0x30, set: 0x31 };
/** Object identifiers as DER writes their contents. */
const ECDSA_WITH_SHA256 = Buffer.from("2a8648ce3d040302", "hex");
const COMMON_NAME = Buffer.from("550403", "hex");
const SUBJECT_ALTERNATIVE_NAME = Buffer.from("551d11", "hex");
/** Tags of their own: version and extensions of a certificate, and a host name in a list of names. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const HOST_NAME = 0x82;
const VERSION_3 = 2;
const DAY_MS = 86_400_000;

/**
 * Makes a certificate for host names, good from a day before now to a day after. Source: RFC 5280, section 4.1.
 *
 * @param serial Number of the certificate, above 0.
 */
export function throwAwayCertificate(
  hosts: readonly string[],
  { publicKey, privateKey }: CurveKeys,
  now: Date,
  serial = 1,
): ThrowAwayCertificate {
  const algorithm = sequence(der(TAG.oid, ECDSA_WITH_SHA256));
  const name = sequence(der(TAG.set, sequence(der(TAG.oid, COMMON_NAME), der(TAG.text, Buffer.from(hosts[0] ?? "")))));
  const names = sequence(...hosts.map((host) => der(HOST_NAME, Buffer.from(host))));
  const tbs = sequence(
    der(VERSION, integer(VERSION_3)),
    integer(serial),
    algorithm,
    name,
    sequence(time(now.getTime() - DAY_MS), time(now.getTime() + DAY_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(EXTENSIONS, sequence(sequence(der(TAG.oid, SUBJECT_ALTERNATIVE_NAME), der(TAG.octets, names)))),
  );
  const signature = sign("sha256", tbs, { key: privateKey, dsaEncoding: "der" });
  const whole = sequence(tbs, algorithm, der(TAG.bits, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: pem("CERTIFICATE", whole),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function der(tag: number, contents: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), length(contents.length), contents]);
}

/** A length below 128 is one byte; another one is its bytes after their number. */
function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const hex = bytes.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  // A leading zero keeps the number from being a negative one.
  const even = hex.padStart(hex.length + (hex.length % 2), "0");
  return der(TAG.integer, Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex"));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return der(TAG.time, Buffer.from(text));
}

function pem(label: string, contents: Buffer): string {
  const lines = contents.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
