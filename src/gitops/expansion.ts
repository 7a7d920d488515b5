/** Reads what the program expand-sets made: Applications, each with the place that it was made from, and what it refused. */
import { z } from "zod";

import type { JsonPath } from "../charts/json.ts";
import { type Application, toApplication } from "./application.ts";
import type { GitopsDocument } from "./documents.ts";
import type { GitopsFinding } from "./finding.ts";

const place = z.array(z.union([z.string(), z.number()]));
const expansionSchema = z.object({
  applications: z.array(z.object({ set: z.number(), source: place, application: z.unknown() })),
  problems: z.array(z.object({ set: z.number(), source: place, path: place, message: z.string() })),
});

/** What a file of ApplicationSets makes. */
export type Expansion = {
  readonly applications: readonly Application[];
  /** What the controller would refuse. */
  readonly findings: readonly GitopsFinding[];
};

/**
 * Reads expansion.json.
 *
 * @param sets The ApplicationSets that were expanded, in the same order.
 */
export function readExpansion(text: string, sets: readonly GitopsDocument[]): Expansion {
  const parsed: unknown = JSON.parse(text);
  const { applications, problems } = expansionSchema.parse(parsed);
  return {
    applications: applications.flatMap(({ set, source, application }) => {
      const document = sets[set];
      return document === undefined ? [] : [toApplication(application, document, source)];
    }),
    findings: problems.flatMap(({ set, source, path, message }) => {
      const document = sets[set];
      return document === undefined ? [] : [toFinding(document, source, path, message)];
    }),
  };
}

function toFinding(set: GitopsDocument, source: JsonPath, path: JsonPath, message: string): GitopsFinding {
  const element = source.includes("elements") ? `, for the element on line ${set.lineOf(source)}` : "";
  return {
    rule: "template",
    file: set.file,
    line: set.lineOf(path),
    application: `ApplicationSet ${set.name}`,
    found: `${path.join(".")}: ${message}${element}`,
    allowed: "a Go template that renders with the parameters of every element, with the functions of Argo CD",
    next: 'correct the template, give every element the parameter, or read it with dig "name" "default" .',
  };
}
