/** The values that an install in a test cluster adds to a chart's own: which images, from where, and what goes without. */
import { valuesAt, type Scalar } from "../charts/values-file.ts";
import type { ChartSpec } from "../platform/chart-spec.ts";
import type { Environment } from "../platform/environments.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { parseImageReference } from "../platform/image-reference.ts";
import { PipelineError } from "../report/errors.ts";
import { absentExternals } from "./externals-plan.ts";
import type { PullPolicy } from "./pull-policy.ts";

/** A chart runs an outside image that the image lock does not have. */
export class LockedImageMissingError extends PipelineError {
  override readonly name = "LockedImageMissingError";
  constructor(chart: ChartSpec, images: readonly string[]) {
    super(
      "config",
      `the image lock has no ${images.join(", ")}, which the chart ${chart.name} runs`,
      `add it to the lock, or say under withoutImage of the chart with which values an install does without`,
    );
  }
}

/** What an install sets over all values of a chart and its overlays. */
export type InstallValues = {
  /** The chart as it is installed: without what nothing stands for. */
  readonly chart: ChartSpec;
  /** Text of a values file that comes last. */
  readonly values: string;
  /** What every container must have, so that it runs what the node was given. */
  readonly pullPolicy: PullPolicy;
  /** What the install goes without, one line for each image that the lock lacks. */
  readonly notes: readonly string[];
};

/**
 * Makes the values with which a chart runs images that lie on the node already: those of this run, whose digests come
 * first as in every render, and those of the image lock. Throws LockedImageMissingError.
 */
export function installValues(
  chart: ChartSpec,
  lock: ImageLock,
  environment: Environment,
  pullPolicy: PullPolicy = "Never",
): InstallValues {
  const absent = Object.keys(chart.lockedImages).filter((image) => !(image in lock));
  const missing = absent.filter((image) => !(image in chart.withoutImage));
  if (missing.length > 0) throw new LockedImageMissingError(chart, missing);
  const paths = [...Object.values(chart.images), ...Object.values(chart.lockedImages)];
  const without = absent.map((image) => ({ image, settings: Object.entries(chart.withoutImage[image] ?? {}) }));
  const absentOutside = absentExternals(chart, environment, lock);
  const settings = [
    ...paths.map((path): [string, Scalar] => [`${path}.pullPolicy`, pullPolicy]),
    ...Object.entries(chart.lockedImages).flatMap(([image, path]) => lockedValues(lock, image, path)),
    ...without.flatMap((each) => each.settings),
    ...absentOutside.flatMap((each) => Object.entries(each.without)),
  ];
  return {
    chart: withoutOutsides(
      chart,
      absentOutside.map(({ outside }) => outside),
    ),
    values: valuesAt(Object.fromEntries(settings)),
    pullPolicy,
    notes: [
      ...without.map(({ image, settings }) => note(chart, image, settings)),
      ...absentOutside.map((each) => note(chart, each.image, Object.entries(each.without))),
    ],
  };
}

function withoutOutsides(chart: ChartSpec, absent: readonly string[]): ChartSpec {
  if (chart.network === undefined || absent.length === 0) return chart;
  const { outside, edges } = chart.network;
  const left = Object.entries(outside).filter(([name]) => !absent.includes(name));
  return { ...chart, network: { outside: Object.fromEntries(left), edges } };
}

function note({ name }: ChartSpec, image: string, settings: readonly (readonly [string, Scalar])[]): string {
  const set = settings.map(([path, value]) => `${path}=${String(value)}`).join(", ");
  return `${name} goes without ${image}, which the image lock does not have (${set})`;
}

function lockedValues(lock: ImageLock, image: string, path: string): [string, Scalar][] {
  const entry = lock[image];
  if (entry === undefined) return [];
  const { registry, repository, digest = "" } = parseImageReference(entry.reference);
  return [
    [`${path}.registry`, registry],
    [`${path}.repository`, repository],
    [`${path}.digest`, digest],
  ];
}
