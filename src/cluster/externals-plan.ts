/** Plans what stands in a test cluster for services that the platform does not run itself: where, under which name, with which values. */
import { type AddressRange, parseBlock } from "../charts/network/address-block.ts";
import type { ChartSpec, ExternalSpec } from "../platform/chart-spec.ts";
import { graphOf } from "../platform/chart-specs.ts";
import type { Environment } from "../platform/environments.ts";
import type { ImageLock } from "../platform/image-lock.ts";
import { PipelineError } from "../report/errors.ts";

/** One service that is stood for. */
export type External = {
  /** Name of its pod: the chart and the name in the chart's network. */
  readonly name: string;
  readonly chart: string;
  readonly outside: string;
  readonly spec: ExternalSpec;
  readonly address: string;
  readonly host: string;
};

/** Something is to stand for a service that has no address in the environment, or whose image there is not. */
export class ExternalImpossibleError extends PipelineError {
  override readonly name = "ExternalImpossibleError";
  constructor(chart: string, outside: string, reason: string, nextStep: string) {
    super("config", `nothing can stand for ${outside}, outside of the chart ${chart}: ${reason}`, nextStep);
  }
}

/** Smallest and largest block that addresses are taken from. */
const SIZES = { least: 4n, most: 1n << 24n } as const;

/** The services that are stood for in an environment, those of each block on the addresses from its begin. */
export function planExternals(
  charts: readonly ChartSpec[],
  environment: Environment,
  lock: ImageLock,
): readonly External[] {
  const taken = new Map<string, bigint>();
  return charts.flatMap((chart) =>
    present(chart, environment)
      .filter(({ spec }) => spec.image in lock)
      .map(({ outside, spec, block, blockText }): External => {
        const index = (taken.get(blockText) ?? 0n) + 1n;
        taken.set(blockText, index);
        // The last two are the broadcast address and the one that the network proof answers on.
        if (block.first + index > block.last - 2n) {
          throw new ExternalImpossibleError(chart.name, outside, `${blockText} is full`, "declare a larger block");
        }
        const host = spec.host.replaceAll("{environment}", environment);
        const name = `${chart.name}-${outside}`;
        return { name, chart: chart.name, outside, spec, address: formatAddress(block.first + index), host };
      }),
  );
}

/** A chart whose Secrets are those of an environment: services that are stood for say what is in them. */
export function withExternalSecrets(
  chart: ChartSpec,
  externals: readonly External[],
  environment: Environment,
): ChartSpec {
  const own = externals.filter((external) => external.chart === chart.name);
  const throwAway = own.reduce<ChartSpec["throwAway"]>((before, { spec }) => {
    const added = Object.entries(spec.secrets).map(([secret, keys]) => {
      const filled = Object.entries(keys).map(([key, text]) => [key, text.replaceAll("{environment}", environment)]);
      return [secret, { ...before[secret], ...Object.fromEntries(filled) }] as const;
    });
    return { ...before, ...Object.fromEntries(added) };
  }, chart.throwAway);
  return { ...chart, throwAway };
}

/** Services of a chart that an environment goes without, since the image lock lacks their images. */
export function absentExternals(
  chart: ChartSpec,
  environment: Environment,
  lock: ImageLock,
): { readonly outside: string; readonly image: string; readonly without: NonNullable<ExternalSpec["without"]> }[] {
  return present(chart, environment)
    .filter(({ spec }) => !(spec.image in lock))
    .map(({ outside, spec: { image, without } }) => {
      if (without !== undefined) return { outside, image, without };
      throw new ExternalImpossibleError(
        chart.name,
        outside,
        `the image lock has no ${image}`,
        "add it to the lock, or say under without of the external with which values an install does without",
      );
    });
}

/** Tells whether addresses of the node can be taken from a block: it is of IPv4, and neither everything nor next to nothing. */
export function isUsableBlock({ family, first, last }: AddressRange): boolean {
  const size = last - first + 1n;
  return family === 4 && size >= SIZES.least && size <= SIZES.most;
}

/** Writes an IPv4 address. */
export function formatAddress(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

function present(chart: ChartSpec, environment: Environment) {
  const { network, externals = {} } = chart;
  const outsides = network === undefined ? {} : graphOf(network, environment).outside;
  return Object.entries(externals).flatMap(([outside, spec]) => {
    const cidrs = outsides[outside]?.cidrs ?? [];
    const [blockText] = cidrs;
    // In this environment there is no such service.
    if (blockText === undefined) return [];
    const block = parseBlock(blockText);
    if (block !== undefined && isUsableBlock(block)) return [{ outside, spec, block, blockText }];
    // A development may have it anywhere, or not at all; an install there goes without.
    if (environment === "dev") return [];
    const next = "declare a block of IPv4 addresses from /8 to /30 under network.outside";
    throw new ExternalImpossibleError(chart.name, outside, `${blockText} has no address to answer on`, next);
  });
}
