/** Rules on the ApplicationSets themselves: templates that fail loudly, and a project that no parameter can choose. */
import { itemsAt, textAt, valueAt } from "../../charts/json.ts";
import { checkSecretFiles } from "../../charts/rules/plain-secret-files.ts";
import type { GitopsRule } from "../facts.ts";
import type { GitopsFinding } from "../finding.ts";

/** A template that misses a parameter is an error: by default Go writes "<no value>" instead. */
export const goTemplate: GitopsRule = {
  name: "go-template",
  title: "ApplicationSets use Go templates with missingkey=error (A-07)",
  check: ({ sets }) =>
    sets.flatMap((set) => {
      const isGo = valueAt(set.value, "spec", "goTemplate") === true;
      const isStrict = itemsAt(set.value, "spec", "goTemplateOptions").includes("missingkey=error");
      if (isGo && isStrict) return [];
      return [
        {
          file: set.file,
          line: set.lineOf(["spec", isGo ? "goTemplateOptions" : "goTemplate"]),
          application: `ApplicationSet ${set.name}`,
          found: isGo ? "no option missingkey=error" : "no goTemplate: true",
          allowed: "goTemplate: true and goTemplateOptions: [missingkey=error]",
          next: "add both to spec; else a parameter that is missing goes unnoticed",
        },
      ];
    }),
};

/** Who may write a list of elements must not be able to choose what its Applications may do. */
export const fixedProject: GitopsRule = {
  name: "fixed-project",
  title: "an ApplicationSet writes its project out (C-45)",
  check: ({ sets }) =>
    sets.flatMap((set) => {
      const project = textAt(set.value, "spec", "template", "spec", "project");
      if (project !== "" && !project.includes("{{")) return [];
      return [
        {
          file: set.file,
          line: set.lineOf(["spec", "template", "spec", "project"]),
          application: `ApplicationSet ${set.name}`,
          found: project === "" ? "no project" : `project ${project}`,
          allowed: "the name of an AppProject, written out: a parameter could choose a project that permits more",
          next: "write the name, in an ApplicationSet for each project",
        },
      ];
    }),
};

/** The rules on ApplicationSets. */
export const SET_RULES: readonly GitopsRule[] = [goTemplate, fixedProject];

/** Finds credentials in the files of Argo CD (C-45); what is found is not shown. */
export function credentialFindings(
  files: readonly { readonly file: string; readonly text: string }[],
): GitopsFinding[] {
  return checkSecretFiles("", files).map(({ object, path, reason, fix }) => ({
    rule: "credentials",
    file: object,
    line: Number(/^line (\d+)/.exec(path)?.[1] ?? 1),
    application: "all",
    found: reason,
    allowed: "no credential: Argo CD keeps those of repositories and clusters in Secrets",
    next: fix,
  }));
}
