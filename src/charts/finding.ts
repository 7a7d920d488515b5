/** What a check of a chart found, and the form of the rules that find it. */
import type { Environment } from "../platform/environments.ts";
import type { Manifest } from "./manifest.ts";

/** One chart rendered for one environment. */
export type ChartRender = {
  readonly system: string;
  /** Name of the chart in the platform file. */
  readonly chart: string;
  /** Folder of the chart in the source. */
  readonly path: string;
  /** Name and namespace of the release that was rendered. */
  readonly release: string;
  readonly namespace: string;
  readonly environment: Environment;
  readonly manifests: readonly Manifest[];
};

/** One thing that is wrong. Every field is for people; `rule`, `chart`, `environment` and `object` also for exceptions. */
export type Finding = {
  /** Name of the rule, for example `image-digest`, `kubeconform` or `kube-score/pod-probes`. */
  readonly rule: string;
  readonly chart: string;
  /** Environment whose render it is in; "" where it concerns the chart itself. */
  readonly environment: Environment | "";
  /** `Kind namespace/name`, or the file. */
  readonly object: string;
  /** Where in the object or file, for example `spec.template.spec.containers[0].image` or `line 12`; "" for all of it. */
  readonly path: string;
  /** What was found and what is allowed. */
  readonly reason: string;
  /** What to do. */
  readonly fix: string;
};

/** A rule over one render. */
export type RenderRule = {
  /** Name that findings, exceptions and tests use. */
  readonly name: string;
  /** What it holds charts to, in one line, with its requirement. */
  readonly title: string;
  readonly check: (render: ChartRender) => readonly Finding[];
};
