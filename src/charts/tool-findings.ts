/** Turns what the tools print as JSON into findings. */
import { PipelineError } from "../report/errors.ts";
import type { Bundle } from "./bundle.ts";
import type { Finding } from "./finding.ts";
import { itemsAt, textAt, valueAt } from "./json.ts";

/** A tool ended in a way that its findings do not explain. */
export class ToolFailedError extends PipelineError {
  override readonly name = "ToolFailedError";
  constructor(tool: string, where: string, exitCode: string, output: string) {
    const text = output.trim() === "" ? "it printed nothing" : output.trim();
    super(
      "infra",
      `${tool} failed on ${where} with exit code ${exitCode}: ${text}`,
      "see what it printed; run again with --debug",
    );
  }
}

/** The chart and environment that results are of. */
export type Subject = Pick<Finding, "chart" | "environment">;

/** Result of one tool: what it printed and how it ended. */
type Result = { readonly output: string; readonly errors: string; readonly exitCode: string };

/**
 * Findings of kubeconform for one Kubernetes version. A manifest without a schema is a finding, too: nothing is skipped.
 *
 * @param version Kubernetes version, for example 1.36.0.
 */
export function kubeconformFindings(bundle: Bundle, version: string, subject: Subject): Finding[] {
  const result = resultOf(bundle, subject, `kubeconform-${version}`);
  const report = parseReport(result, "kubeconform", subject);
  const findings = itemsAt(report, "resources").map((resource): Finding => {
    const details = itemsAt(resource, "validationErrors");
    const [first] = details;
    const more = details.length > 1 ? ` (and ${details.length - 1} more)` : "";
    const message = textAt(resource, "msg");
    return {
      ...{ rule: "kubeconform", ...subject },
      object: `${textAt(resource, "kind")} ${textAt(resource, "name")}`.trim(),
      path: textAt(first, "path").replace(/^\//, "").replace(/\//g, "."),
      reason: `${first === undefined ? message : textAt(first, "msg")}${more} (Kubernetes ${version})`,
      fix: message.includes("could not find schema")
        ? "correct apiVersion and kind, or add the CustomResourceDefinition to validation.customResources of the platform file"
        : "give the field as the API of that version defines it",
    };
  });
  return explained(findings, result, "kubeconform", subject);
}

const SCORE_OK = 7;

/** Findings of kube-score: every check that is not fully met, critical or warning. */
export function kubeScoreFindings(bundle: Bundle, subject: Subject): Finding[] {
  const result = resultOf(bundle, subject, "kube-score");
  const report = parseReport(result, "kube-score", subject);
  const findings = itemsAt(report).flatMap((object) =>
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
  );
  return explained(findings, result, "kube-score", subject);
}

/** Findings of the Pod Security Standards, level "restricted", as the API server's own library sees them. */
export function podSecurityFindings(bundle: Bundle, subject: Subject): Finding[] {
  const result = resultOf(bundle, subject, "podsecurity");
  const report = parseReport(result, "podsecurity", subject);
  return itemsAt(report).map((violation): Finding => {
    return {
      ...{ rule: `pod-security/${textAt(violation, "check")}`, ...subject },
      object: objectOf(textAt(violation, "kind"), textAt(violation, "namespace"), textAt(violation, "name")),
      path: "",
      reason: `${textAt(violation, "forbiddenReason")}: ${textAt(violation, "forbiddenDetail")}`,
      fix: 'meet the level "restricted" of the Pod Security Standards; its documentation names the field and the values',
    };
  });
}

/** Findings of kube-linter with all its built-in checks; none where it did not run. */
export function kubeLinterFindings(bundle: Bundle, subject: Subject): Finding[] {
  if (!bundle.has(`${subject.environment}/kube-linter`)) return [];
  const result = resultOf(bundle, subject, "kube-linter");
  const report = parseReport(result, "kube-linter", subject);
  const findings = itemsAt(report, "Reports").map((problem): Finding => {
    const object = valueAt(problem, "Object", "K8sObject");
    const kind = textAt(object, "GroupVersionKind", "Kind");
    return {
      ...{ rule: `kube-linter/${textAt(problem, "Check")}`, ...subject },
      object: objectOf(kind, textAt(object, "Namespace"), textAt(object, "Name")),
      path: "",
      reason: textAt(problem, "Diagnostic", "Message"),
      fix: textAt(problem, "Remediation"),
    };
  });
  return explained(findings, result, "kube-linter", subject);
}

function objectOf(kind: string, namespace: string, name: string): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function scoredObject(object: unknown): string {
  const metadata = valueAt(object, "object_meta");
  return objectOf(textAt(object, "type_meta", "kind"), textAt(metadata, "namespace"), textAt(metadata, "name"));
}

function resultOf(bundle: Bundle, { environment }: Subject, file: string): Result {
  const read = (name: string) => bundle.get(`${environment}/${name}`) ?? "";
  return { output: read(file), errors: read(`${file}.err`), exitCode: read(`${file}.exit`).trim() };
}

function parseReport({ output, errors, exitCode }: Result, tool: string, subject: Subject): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    // kube-score prints nothing at all for a render without objects.
    if (error instanceof SyntaxError && output.trim() === "" && exitCode === "0") return [];
    throw new ToolFailedError(tool, `${subject.chart} (${subject.environment})`, exitCode, `${errors}\n${output}`);
  }
}

/** A tool that says that something is wrong and names nothing must not pass for green. */
function explained(findings: Finding[], result: Result, tool: string, subject: Subject): Finding[] {
  if (findings.length > 0 || result.exitCode === "0") return findings;
  throw new ToolFailedError(
    tool,
    `${subject.chart} (${subject.environment})`,
    result.exitCode,
    `${result.errors}\n${result.output}`,
  );
}
