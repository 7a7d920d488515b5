/** Turns what the tools print as JSON into findings. */
import { ENVIRONMENTS } from "../platform/environments.ts";
import type { Bundle } from "./bundle.ts";
import type { Finding } from "./finding.ts";
import { itemsAt, textAt, valueAt } from "./json.ts";

/** The chart and environment that results are of. */
export type Subject = Pick<Finding, "chart" | "environment">;

/** One run of a tool: its name in findings, and the file of the bundle that has its result. */
type ToolRun = { readonly tool: string; readonly file: string; readonly subject: Subject };

/**
 * Findings of kubeconform for one Kubernetes version, over all environments. A manifest without a schema is a finding, too:
 * nothing is skipped.
 *
 * @param version Kubernetes version, for example 1.36.0.
 */
export function kubeconformFindings(bundle: Bundle, version: string, chart: string): Finding[] {
  const run: ToolRun = { tool: "kubeconform", file: `kubeconform-${version}`, subject: { chart, environment: "" } };
  return findingsOf(bundle, run, (report) =>
    itemsAt(report, "resources").map((resource): Finding => {
      const details = itemsAt(resource, "validationErrors");
      const [first] = details;
      const more = details.length > 1 ? ` (and ${details.length - 1} more)` : "";
      const message = textAt(resource, "msg");
      const folder = textAt(resource, "filename").split("/").at(-2);
      return {
        ...{ rule: "kubeconform", chart, environment: ENVIRONMENTS.find((name) => name === folder) ?? "" },
        object: `${textAt(resource, "kind")} ${textAt(resource, "name")}`.trim(),
        path: textAt(first, "path").replace(/^\//, "").replace(/\//g, "."),
        reason: `${first === undefined ? message : textAt(first, "msg")}${more} (Kubernetes ${version})`,
        fix: message.includes("could not find schema")
          ? "correct apiVersion and kind, or add the CustomResourceDefinition to validation.customResources of the platform file"
          : "give the field as the API of that version defines it",
      };
    }),
  );
}

const SCORE_OK = 7;

/** Findings of kube-score: every check that is not fully met, critical or warning. */
export function kubeScoreFindings(bundle: Bundle, subject: Subject): Finding[] {
  const run: ToolRun = { tool: "kube-score", file: `${subject.environment}/kube-score`, subject };
  return findingsOf(bundle, run, (report) =>
    itemsAt(report).flatMap((object) =>
      itemsAt(object, "checks").flatMap((check) => {
        const grade = valueAt(check, "grade");
        if (valueAt(check, "skipped") === true || typeof grade !== "number" || grade >= SCORE_OK) return [];
        const comments = itemsAt(check, "comments");
        return (comments.length === 0 ? [{}] : comments).map((comment): Finding => {
          return {
            ...{ rule: `kube-score/${textAt(check, "check", "id")}`, ...subject },
            object: scoredObject(object),
            path: textAt(comment, "path"),
            reason: textAt(comment, "summary") || textAt(check, "check", "comment"),
            fix: textAt(comment, "description") || textAt(check, "check", "name"),
          };
        });
      }),
    ),
  );
}

/** Findings of the Pod Security Standards, level "restricted", as the API server's own library sees them. */
export function podSecurityFindings(bundle: Bundle, subject: Subject): Finding[] {
  const run: ToolRun = { tool: "pod-security", file: `${subject.environment}/podsecurity`, subject };
  return findingsOf(bundle, run, (report) =>
    itemsAt(report).map((violation): Finding => {
      return {
        ...{ rule: `pod-security/${textAt(violation, "check")}`, ...subject },
        object: objectOf(textAt(violation, "kind"), textAt(violation, "namespace"), textAt(violation, "name")),
        path: "",
        reason: `${textAt(violation, "forbiddenReason")}: ${textAt(violation, "forbiddenDetail")}`,
        fix: 'meet the level "restricted" of the Pod Security Standards; its documentation names the field and the values',
      };
    }),
  );
}

/** Findings of kube-linter with all its built-in checks; none where it did not run. */
export function kubeLinterFindings(bundle: Bundle, subject: Subject): Finding[] {
  if (!bundle.has(`${subject.environment}/kube-linter`)) return [];
  const run: ToolRun = { tool: "kube-linter", file: `${subject.environment}/kube-linter`, subject };
  return findingsOf(bundle, run, (report) =>
    itemsAt(report, "Reports").map((problem): Finding => {
      const object = valueAt(problem, "Object", "K8sObject");
      const kind = textAt(object, "GroupVersionKind", "Kind");
      return {
        ...{ rule: `kube-linter/${textAt(problem, "Check")}`, ...subject },
        object: objectOf(kind, textAt(object, "Namespace"), textAt(object, "Name")),
        path: "",
        reason: textAt(problem, "Diagnostic", "Message"),
        fix: textAt(problem, "Remediation"),
      };
    }),
  );
}

function objectOf(kind: string, namespace: string, name: string): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function scoredObject(object: unknown): string {
  const metadata = valueAt(object, "object_meta");
  return objectOf(textAt(object, "type_meta", "kind"), textAt(metadata, "namespace"), textAt(metadata, "name"));
}

/**
 * What a tool found. A tool that ended otherwise, or says that something is wrong and names nothing, is a finding too: it
 * must not pass for green, and must not hide what the others found. A manifest that one refuses to read, another explains.
 */
function findingsOf(bundle: Bundle, run: ToolRun, read: (report: unknown) => Finding[]): Finding[] {
  const { tool, file, subject } = run;
  const [output = "", errors = "", exit = ""] = [file, `${file}.err`, `${file}.exit`].map((name) => bundle.get(name));
  const report = parseReport(output);
  const findings = report === undefined ? [] : read(report.value);
  if (findings.length > 0 || (report !== undefined && exit.trim() === "0")) return findings;
  const said = `${errors}\n${output}`.trim();
  return [
    {
      ...{ rule: `${tool}/failed`, ...subject, object: "the rendered manifests", path: "" },
      reason: `ended with exit code ${exit.trim()}: ${said === "" ? "it printed nothing" : said}`,
      fix: "mend what it names, or what other findings say of the same object; then run again",
    },
  ];
}

function parseReport(output: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(output) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
