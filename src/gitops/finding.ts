/** What a check of the GitOps files found. */

/** One thing that is wrong. */
export type GitopsFinding = {
  /** Name of the rule, for example `sync-policy`. */
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  /** Name of the Application, or of what it concerns instead, such as `AppProject shop`. */
  readonly application: string;
  readonly found: string;
  readonly allowed: string;
  /** What to do. */
  readonly next: string;
};

/** Where a finding is: everything but what was found. */
export type Place = Pick<GitopsFinding, "file" | "line" | "application">;
