/** Workflow files of GitHub and Forgejo as typed values. */
import { parse } from "yaml";
import { z } from "zod";

const permissionsSchema = z.record(z.string(), z.enum(["read", "write", "none"]));
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const stepSchema = z.strictObject({
  name: z.string().optional(),
  if: z.string().optional(),
  env: z.record(z.string(), scalar).default({}),
  uses: z.string().optional(),
  with: z.record(z.string(), scalar).default({}),
  run: z.string().optional(),
});

const jobSchema = z.strictObject({
  name: z.string(),
  if: z.string().optional(),
  needs: z.array(z.string()).default([]),
  "runs-on": z.string(),
  "timeout-minutes": z.number().optional(),
  environment: z.string().optional(),
  permissions: permissionsSchema.optional(),
  steps: z.array(stepSchema),
});

const pushSchema = z.strictObject({
  branches: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  paths: z.array(z.string()).optional(),
});

const workflowSchema = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), pushSchema),
  concurrency: z
    .strictObject({ group: z.string(), "cancel-in-progress": z.union([z.boolean(), z.string()]) })
    .optional(),
  permissions: permissionsSchema.optional(),
  env: z.record(z.string(), scalar).default({}),
  jobs: z.record(z.string(), jobSchema),
});

/** One step. */
export type Step = z.infer<typeof stepSchema>;

/** One job with the key that others need it by. */
export type Job = z.infer<typeof jobSchema> & { readonly key: string };

/** A workflow with its path in the repository, its text and its jobs in their order. */
export type Workflow = Omit<z.infer<typeof workflowSchema>, "jobs"> & {
  readonly file: string;
  readonly text: string;
  readonly jobs: readonly Job[];
};

/** Parses a workflow. Keys that no rule knows are refused, so that none slips by the rules. */
export function parseWorkflow(file: string, text: string): Workflow {
  const parsed = workflowSchema.parse(parse(text));
  return { ...parsed, file, text, jobs: Object.entries(parsed.jobs).map(([key, job]) => ({ ...job, key })) };
}

/** Words of the module calls of a job, one list for each step that makes one. */
export function callsOf(job: Job): string[] {
  return job.steps.flatMap(({ run }) => (run?.startsWith("dagger call ") === true ? [run] : []));
}

/** Name of the function that a `dagger call` names, where constructor flags may stand before it. */
export function functionOf(run: string): string {
  return /^dagger call (?:--\S+ \S+ )*([a-z][a-z-]*)/.exec(run)?.[1] ?? "";
}

/** True when the job calls the function. */
export function calls(job: Job, name: string): boolean {
  return callsOf(job).some((run) => functionOf(run) === name);
}
