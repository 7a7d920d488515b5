/** What the rules over GitOps files look at, and the form of these rules. */
import type { Manifest } from "../charts/manifest.ts";
import type { GitopsSpec } from "../platform/gitops-spec.ts";
import type { Application } from "./application.ts";
import type { GitopsDocument } from "./documents.ts";
import type { GitopsFinding } from "./finding.ts";
import type { Expected } from "./plan.ts";
import type { Project } from "./project.ts";

/** Everything that is known once ApplicationSets were expanded and charts rendered. */
export type Facts = {
  readonly gitops: GitopsSpec;
  readonly sets: readonly GitopsDocument[];
  readonly projects: readonly Project[];
  readonly applications: readonly Application[];
  /** Applications that the platform file asks for. */
  readonly expected: readonly Expected[];
  /** Files of each folder that an Application reads its chart from; a folder that is not there has none. */
  readonly files: ReadonlyMap<string, ReadonlySet<string>>;
  /** What helm rendered for an Application with its own value files; none where it did not render. */
  readonly renders: ReadonlyMap<Application, readonly Manifest[]>;
};

/** A rule over all facts. */
export type GitopsRule = {
  /** Name that findings and tests use. */
  readonly name: string;
  /** What it holds the files to, in one line, with its requirement. */
  readonly title: string;
  readonly check: (facts: Facts) => readonly Omit<GitopsFinding, "rule">[];
};
