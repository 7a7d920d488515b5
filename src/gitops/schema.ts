/** Turns what kubeconform says of the files of Argo CD, and of the Applications that they make, into findings. */
import { itemsAt, type JsonPath, textAt } from "../charts/json.ts";
import { type Application, placeOf } from "./application.ts";
import type { GitopsDocument } from "./documents.ts";
import type { GitopsFinding } from "./finding.ts";

/** kubeconform printed something that is no report. */
export class SchemaReportError extends Error {
  override readonly name = "SchemaReportError";
}

/**
 * Findings of kubeconform. A mistake in a template is one in every Application that it makes, and is named once.
 *
 * @param report What kubeconform printed with `-output json`.
 * @param documents AppProjects and ApplicationSets, whose files it read.
 * @param applications Applications, each in a file `applications/<index>.json`.
 */
export function schemaFindings(
  report: string,
  documents: readonly GitopsDocument[],
  applications: readonly Application[],
): GitopsFinding[] {
  const findings = itemsAt(parseReport(report), "resources").flatMap((resource): GitopsFinding[] => {
    const index = /applications\/(\d+)\.json$/.exec(textAt(resource, "filename"))?.[1];
    const application = index === undefined ? undefined : applications[Number(index)];
    const details = itemsAt(resource, "validationErrors");
    const all = details.length === 0 ? [{ path: "", msg: textAt(resource, "msg") }] : details;
    return all.map((detail) => {
      const path = pathOf(textAt(detail, "path"));
      return {
        rule: "schema",
        ...(application === undefined ? documentPlace(resource, documents, path) : placeOf(application, ...path)),
        found: `${path.join(".") || "the object"}: ${textAt(detail, "msg")}`,
        allowed: "what Argo CD's own definition of the resource allows",
        next: textAt(resource, "msg").includes("could not find schema")
          ? "correct apiVersion and kind, or gitops.customResources of the platform file"
          : "correct the field; the documentation of Argo CD has all of them",
      };
    });
  });
  const seen = new Set<string>();
  return findings.filter(({ line, found }) => {
    const key = `${line} ${found}`;
    return !seen.has(key) && seen.add(key);
  });
}

function parseReport(report: string): unknown {
  try {
    return JSON.parse(report);
  } catch (error) {
    throw new SchemaReportError(`kubeconform printed no report: ${report.slice(0, 400)}`, { cause: error });
  }
}

function documentPlace(resource: unknown, documents: readonly GitopsDocument[], path: JsonPath) {
  const [kind, name] = [textAt(resource, "kind"), textAt(resource, "name")];
  const document = documents.find((each) => each.kind === kind && each.name === name);
  return {
    file: document?.file ?? textAt(resource, "filename"),
    line: document?.lineOf(path) ?? 1,
    application: `${kind} ${name}`,
  };
}

/** `/spec/generators/0` as a path. */
function pathOf(pointer: string): JsonPath {
  return pointer
    .split("/")
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
