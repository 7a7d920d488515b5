/** Findings that a platform accepts for a time: the file of exceptions, and what it excuses. */
import { z } from "zod";

import { type Environment, ENVIRONMENTS } from "../platform/environments.ts";
import { describeProblems, type Problem } from "../platform/problems.ts";
import { checkYaml } from "../platform/schema-problems.ts";
import { readYaml } from "../platform/yaml-file.ts";
import { PipelineError } from "../report/errors.ts";
import type { Finding } from "./finding.ts";

/** One accepted finding. */
export type Exception = {
  readonly rule: string;
  readonly chart: string;
  /** Environments that it holds for; all where it names none. */
  readonly environments?: readonly Environment[] | undefined;
  /** Object, as findings name it: `Kind namespace/name`, or a file. */
  readonly object: string;
  /** Path, as findings name it; any where it names none. */
  readonly path?: string | undefined;
  readonly reason: string;
  /** Last day on which it holds, as YYYY-MM-DD. */
  readonly expires: string;
  readonly file: string;
  readonly line: number;
};

/** What became of findings: those that stay, with what is wrong with the exceptions, and those that are accepted. */
export type Excused = {
  readonly findings: readonly Finding[];
  readonly excused: readonly ExcusedFinding[];
};

/** An accepted finding, with the exception that accepts it. */
export type ExcusedFinding = Finding & { readonly exception: Exception };

/** An exceptions file has mistakes; the message lists all of them. */
export class ExceptionsError extends PipelineError {
  override readonly name = "ExceptionsError";
  constructor(file: string, problems: readonly Problem[]) {
    super("config", describeProblems(file, problems), `correct ${file} and run again`);
  }
}

/** Names of the rules on exceptions themselves; no exception excuses these. */
export const EXCEPTION_RULES = { stale: "exception-stale", expired: "exception-expired" } as const;

const REASON_RULE = "at least 20 characters that would convince a reviewer";
const DATE_RULE = "a day of the calendar, as YYYY-MM-DD";
const RULE_RULE = "the name of a rule as findings give it, none of the rules on exceptions";

const exceptionSchema = z.strictObject(
  {
    rule: z
      .string(RULE_RULE)
      .regex(/^(?!exception-)[a-z][\w.-]*(?:\/[\w.-]+)?$/, RULE_RULE)
      .meta({ description: "Rule whose finding is accepted.", examples: ["kube-score/pod-probes"] }),
    chart: z
      .string("name of a chart of the platform file")
      .min(1, "name of a chart of the platform file")
      .meta({ description: "Chart that it is found in.", examples: ["shop"] }),
    environments: z
      .array(z.enum(ENVIRONMENTS, `one of ${ENVIRONMENTS.join(", ")}`), "a list of environments")
      .min(1, "at least one environment; without the key, all of them")
      .meta({ description: "Environments that it holds for; all where the key is left out.", examples: [["dev"]] })
      .optional(),
    object: z
      .string("an object as findings name it, `Kind namespace/name` or a file")
      .min(1, "an object as findings name it, `Kind namespace/name` or a file")
      .meta({ description: "Object or file that it is found in.", examples: ["Deployment shop/shop-api"] }),
    path: z
      .string("a path as findings give it")
      .min(1, "a path as findings give it; without the key, all of the object")
      .meta({ description: "Path in the object; any where the key is left out.", examples: ["spec.replicas"] })
      .optional(),
    reason: z
      .string(REASON_RULE)
      .refine((text) => text.trim().length >= 20, REASON_RULE)
      .meta({ description: "Why it is accepted.", examples: ["The image starts as root and drops its rights itself"] }),
    expires: z
      .string(DATE_RULE)
      .refine(isDate, DATE_RULE)
      .meta({ description: "Last day on which it holds, at most a year ahead.", examples: ["2027-06-30"] }),
  },
  "a map with rule, chart, object, reason and expires",
);

/** The exceptions file: a list. */
export const exceptionsSchema = z.array(exceptionSchema, "a list of exceptions");

/** Reads an exceptions file; one without any content has no exceptions. Throws ExceptionsError. */
export function parseExceptions(text: string, file: string): Exception[] {
  const yaml = readYaml(text, file);
  if (yaml.problems.length > 0) throw new ExceptionsError(file, yaml.problems);
  const checked = checkYaml({ ...yaml, value: yaml.value ?? [] }, exceptionsSchema);
  if (!checked.ok) throw new ExceptionsError(file, checked.problems);
  return checked.value.map((exception, index) => ({ ...exception, file, line: yaml.keyPosition([index]).line }));
}

/**
 * Takes the accepted findings away. An exception that excuses nothing is a finding itself, for each environment that it
 * names; so is one that has expired, which excuses nothing any more, and one that expires in more than a year.
 *
 * @param today The day on which they are applied, as YYYY-MM-DD.
 * @param didRun False for a rule that did not run, as those of a tool that is not there: its exceptions cannot be stale.
 */
export function applyExceptions(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
  today: string,
  didRun: (rule: string) => boolean = () => true,
): Excused {
  const inForce = exceptions.filter(({ expires }) => expires >= today);
  const kept: Finding[] = [];
  const excused: ExcusedFinding[] = [];
  for (const finding of findings) {
    const exception = inForce.find((candidate) => matches(candidate, finding));
    if (exception === undefined) kept.push(finding);
    else excused.push({ ...finding, exception });
  }
  const stale = exceptions
    .filter(({ rule }) => didRun(rule))
    .flatMap((exception) => staleFindings(exception, findings));
  const expired = exceptions.flatMap((exception) => expiryFindings(exception, today));
  return { findings: [...kept, ...stale, ...expired], excused };
}

function matches(exception: Exception, { rule, chart, environment, object, path }: Finding): boolean {
  const { environments } = exception;
  if (exception.rule !== rule || exception.chart !== chart || exception.object !== object) return false;
  if (exception.path !== undefined && exception.path !== path) return false;
  return environments === undefined || environments.some((name) => name === environment);
}

function staleFindings(exception: Exception, findings: readonly Finding[]): Finding[] {
  const { environments, rule, object, path } = exception;
  const named = environments ?? [undefined];
  const unused = named.filter((name) => {
    const one = { ...exception, environments: name === undefined ? undefined : [name] };
    return !findings.some((finding) => matches(one, finding));
  });
  return unused.map((name): Finding => {
    const what = `${rule} in ${object}${path === undefined ? "" : `, ${path}`}`;
    const reason = `excuses ${what}${name === undefined ? "" : ` for ${name}`}, and nothing of the kind is found; allowed are exceptions that are needed`;
    const fix = name === undefined ? "remove it" : `remove ${name} from it, or all of it`;
    return { ...about(exception, EXCEPTION_RULES.stale), environment: name ?? "", reason, fix };
  });
}

function expiryFindings(exception: Exception, today: string): Finding[] {
  const { expires, rule } = exception;
  const last = yearAfter(today);
  if (expires >= today && expires <= last) return [];
  const base = { ...about(exception, EXCEPTION_RULES.expired), environment: "" as const };
  if (expires < today) {
    const reason = `the exception of ${rule} held until ${expires}, and today is ${today}`;
    return [{ ...base, reason, fix: "mend what it excused, or give it a new day and a reason that still convinces" }];
  }
  const reason = `the exception of ${rule} expires on ${expires}; allowed is a year ahead at most, until ${last}`;
  return [{ ...base, reason, fix: `let it expire on ${last} or before` }];
}

function about({ chart, file, line }: Exception, rule: string): Pick<Finding, "rule" | "chart" | "object" | "path"> {
  return { rule, chart, object: file, path: `line ${line}` };
}

function yearAfter(day: string): string {
  return `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
