/** Reads VEX: what the makers of a platform say of vulnerabilities that are found in it, why, and until when. Source: OpenVEX 0.2. */
import { z } from "zod";

import { describeProblems, type Problem } from "../platform/problems.ts";
import { checkYaml } from "../platform/schema-problems.ts";
import { readYaml } from "../platform/yaml-file.ts";
import { PipelineError } from "../report/errors.ts";
import type { Vulnerability } from "./scan-result.ts";

/** One statement. */
export type VexStatement = {
  /** Name of the vulnerability, of any of its sources. */
  readonly vulnerability: string;
  /** What it is about; one without parts is a package itself, one with parts is an image. */
  readonly products: readonly { readonly id: string; readonly parts: readonly string[] }[];
  readonly status: (typeof STATUSES)[number];
  readonly justification?: (typeof JUSTIFICATIONS)[number] | undefined;
  readonly reason: string;
  /** Last day on which it holds, as YYYY-MM-DD. */
  readonly expires: string;
  readonly file: string;
  readonly line: number;
};

/** A document: who says what, and when. */
export type Vex = {
  readonly head: Readonly<Record<string, string | number>>;
  readonly statements: readonly VexStatement[];
};

/** What is said where nobody says anything. */
export const NO_VEX: Vex = { head: {}, statements: [] };

/** A VEX document has mistakes; the message lists all of them. */
export class VexError extends PipelineError {
  override readonly name = "VexError";
  constructor(file: string, problems: readonly Problem[]) {
    super("config", describeProblems(file, problems), `correct ${file} and run again`);
  }
}

const STATUSES = ["not_affected", "fixed", "affected", "under_investigation"] as const;

// Source: OpenVEX, "Status Justifications".
const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;

const PURL_RULE = "a package URL, pkg:type/name@version";
const REASON_RULE = "at least 20 characters that would convince a reviewer";
const DATE_RULE = "a day of the calendar, as YYYY-MM-DD";
const purl = z.string(PURL_RULE).regex(/^pkg:[a-z0-9.+-]+\/.+$/, PURL_RULE);
const component = z.object({ "@id": purl });

const statementSchema = z
  .object({
    vulnerability: z.object({ name: z.string("name of a vulnerability").min(1, "name of a vulnerability") }),
    products: z
      .array(component.extend({ subcomponents: z.array(component).min(1).optional() }), "a list of products")
      .min(1, "at least one product"),
    status: z.enum(STATUSES, `one of ${STATUSES.join(", ")}`),
    justification: z.enum(JUSTIFICATIONS, `one of ${JUSTIFICATIONS.join(", ")}`).optional(),
    impact_statement: z
      .string(REASON_RULE)
      .refine((text) => text.trim().length >= 20, REASON_RULE)
      .meta({ description: "Why it is so.", examples: ["Nothing here parses a document of a stranger"] }),
    expires: z
      .string(DATE_RULE)
      .refine(isDay, DATE_RULE)
      .meta({ description: "Last day on which it holds, at most a year ahead.", examples: ["2027-06-30"] }),
  })
  .refine(({ status, justification }) => status !== "not_affected" || justification !== undefined, {
    message: `a justification for "not_affected": one of ${JUSTIFICATIONS.join(", ")}`,
    path: ["justification"],
  });

const documentSchema = z.object({
  "@context": z.string().startsWith("https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"),
  "@id": z.string("an address that names the document"),
  author: z.string("who says it").min(1, "who says it"),
  timestamp: z.string("when it was written, RFC 3339"),
  version: z.int("a whole number"),
  statements: z.array(statementSchema, "a list of statements"),
});

/**
 * Reads an OpenVEX document, JSON or YAML, whose statements each have a reason (`impact_statement`) and, which OpenVEX
 * leaves to its users, a day until which they hold (`expires`). Throws VexError.
 */
export function parseVex(text: string, file: string): Vex {
  const yaml = readYaml(text, file);
  const checked = checkYaml(yaml, documentSchema);
  const problems = [...yaml.problems, ...(checked.ok ? [] : checked.problems)];
  if (!checked.ok || problems.length > 0) throw new VexError(file, problems);
  const { statements, ...head } = checked.value;
  return { head, statements: statements.map((statement, index) => readStatement(statement, index)) };

  function readStatement(statement: z.infer<typeof statementSchema>, index: number): VexStatement {
    const { vulnerability, products, status, justification, impact_statement, expires } = statement;
    return {
      ...{ vulnerability: vulnerability.name, status, justification, reason: impact_statement, expires, file },
      products: products.map((product) => ({
        id: product["@id"],
        parts: (product.subcomponents ?? []).map((part) => part["@id"]),
      })),
      line: yaml.keyPosition(["statements", index]).line,
    };
  }
}

/**
 * Says of one image what a document says of vulnerabilities that were found in it, as a document of its own; undefined:
 * nothing.
 *
 * @param image Its name in the platform file.
 */
export function vexPredicate({ head, statements }: Vex, image: string, found: readonly Vulnerability[]): unknown {
  const about = statements.filter((statement) => found.some((each) => isAbout(statement, image, each)));
  if (about.length === 0) return undefined;
  return {
    ...head,
    statements: about.map(({ vulnerability, products, status, justification, reason, expires }) => ({
      vulnerability: { name: vulnerability },
      products: products.map(({ id, parts }) => ({
        "@id": id,
        ...(parts.length === 0 ? {} : { subcomponents: parts.map((part) => ({ "@id": part })) }),
      })),
      ...{ status, ...(justification === undefined ? {} : { justification }), impact_statement: reason, expires },
    })),
  };
}

/** True if a statement says that a vulnerability does no harm. */
export function excuses({ status }: VexStatement): boolean {
  return status === "not_affected" || status === "fixed";
}

/**
 * True if a statement is about a vulnerability of an image.
 *
 * @param image Its name in the platform file, which package URLs of the type oci name.
 */
export function isAbout({ vulnerability, products }: VexStatement, image: string, found: Vulnerability): boolean {
  if (vulnerability !== found.id && !found.aliases.includes(vulnerability)) return false;
  return products.some(({ id, parts }) => {
    if (!id.startsWith("pkg:oci/")) return covers(id, found.purl);
    return covers(id, `pkg:oci/${image}`) && (parts.length === 0 || parts.some((part) => covers(part, found.purl)));
  });
}

/** True if a package URL says everything that another does: version and qualifiers only where it names them. */
function covers(pattern: string, purl: string): boolean {
  const [wanted, given] = [splitPurl(pattern), splitPurl(purl)];
  if (wanted.name !== given.name) return false;
  if (wanted.version !== "" && wanted.version !== given.version) return false;
  return [...wanted.qualifiers].every(([key, value]) => given.qualifiers.get(key) === value);
}

function splitPurl(text: string) {
  const [plain = ""] = text.split("#");
  const [path = "", query = ""] = plain.split("?");
  // A scope such as @types is written %40types, so the last @ stands before the version.
  const at = path.lastIndexOf("@");
  const [name, version] = at < 0 ? [path, ""] : [path.slice(0, at), path.slice(at + 1)];
  return { name: decode(name), version: decode(version), qualifiers: new URLSearchParams(query) };
}

function decode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
