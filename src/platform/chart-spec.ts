/** The charts of a platform in typed values; how they are written in the platform file is chart-schema.ts. */
import type { CheckSpec } from "./check-spec.ts";
import type { Environment } from "./environments.ts";
import type { LifecycleSpec } from "./lifecycle-spec.ts";

/** A chart that a platform file describes, with all defaults filled in. */
export type ChartSpec = {
  /** System that the chart belongs to. */
  readonly system: string;
  /** Name, unique over all systems. */
  readonly name: string;
  /** Folder of the chart in the source. */
  readonly path: string;
  readonly release: string;
  readonly namespace: string;
  /** Image of the platform to the path of the value that holds its repository, tag and digest, for example `api.image`. */
  readonly images: Readonly<Record<string, string>>;
  /** Image of the lock that the chart runs to the path of the value that holds its registry, repository and digest. */
  readonly lockedImages: Readonly<Record<string, string>>;
  /** Image of the lock that an install can do without, to the values that then are set, by their paths. */
  readonly withoutImage: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
  /** Overlays per environment, as paths in the folder of the chart, in the order in which they are applied. */
  readonly environments: Readonly<Partial<Record<Environment, readonly string[] | undefined>>>;
  /** Secrets that must exist before an install, with their keys. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Secret to the values that a smoke test gives its keys, where they are not any text: `{random}`, `{secret.key}`. */
  readonly throwAway: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What it means that the installed chart works. */
  readonly checks: readonly CheckSpec[];
  /** What a life of the release must survive. */
  readonly lifecycle?: LifecycleSpec | undefined;
  /** Components that must not be probed by HTTP. */
  readonly withoutHttp: readonly string[];
  readonly config?: ConfigSpec | undefined;
  readonly network?: DeclaredGraph | undefined;
  /** What stands in a smoke test for services outside, by their names in the network. */
  readonly externals?: Readonly<Record<string, ExternalSpec>> | undefined;
};

/** What stands for a service that the platform does not run itself. */
export type ExternalSpec = {
  /** Image of the lock. */
  readonly image: string;
  readonly port: number;
  /** Name under which the chart reaches it; `{environment}` stands for the environment. */
  readonly host: string;
  /** Arguments, with `{address}` and `{tls}`. */
  readonly args: readonly string[];
  /** Variables, with `{secret.key}` and `{environment}`. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: number;
  /** Folder that it writes to. */
  readonly data?: string | undefined;
  /** Secret to the values that its keys have where the service is stood for. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values that do without the service, where the image lock lacks the image. */
  readonly without?: Readonly<Record<string, string | number | boolean>> | undefined;
};

/** Where the configuration keys of a chart's components are listed (C-13). */
export type ConfigSpec = {
  /** Registry of configuration keys, as a path in the source. */
  readonly registry: string;
  /** Component of the registry to the component of the chart, where the two differ. */
  readonly components: Readonly<Record<string, string>>;
};

/** A component graph as it is declared: what lies outside may have other addresses in each environment. */
export type DeclaredGraph = {
  readonly outside: Readonly<Record<string, DeclaredOutside>>;
  readonly edges: readonly Edge[];
};

/** Something outside, with the same addresses everywhere or with some for each environment. */
export type DeclaredOutside = Omit<Outside, "cidrs"> & {
  readonly cidrs?:
    readonly string[] | Readonly<Partial<Record<Environment, readonly string[] | undefined>>> | undefined;
};

/** Who may open a connection to whom: the one truth that rendered network policies are compared with. */
export type ComponentGraph = {
  /** What is no part of the release, by name. */
  readonly outside: Readonly<Record<string, Outside>>;
  readonly edges: readonly Edge[];
};

/** Something outside the release, as a network policy can name it: pods in a namespace, or addresses. */
export type Outside = {
  /** Name of the namespace (its label kubernetes.io/metadata.name). */
  readonly namespace?: string | undefined;
  /** Labels of the pods; all pods of the namespace where there are none. */
  readonly pods?: Readonly<Record<string, string>> | undefined;
  /** Address blocks. */
  readonly cidrs?: readonly string[] | undefined;
};

/** Connections that are allowed: each of `from` to `to`, on the ports. A name is a component or something outside. */
export type Edge = {
  readonly from: readonly string[];
  readonly to: string;
  readonly ports: readonly Port[];
  /** Environments in which it exists; all where it names none. */
  readonly environments?: readonly Environment[] | undefined;
};

/** A port and its protocol, written `5432` or `53/UDP`. */
export type Port = { readonly port: number; readonly protocol: "TCP" | "UDP" | "SCTP" };

/** What the charts of a platform are validated with. */
export type ValidationSpec = {
  /** Kubernetes versions whose schemas every manifest must match, for example 1.36.0. */
  readonly kubernetes: readonly string[];
  /** Where the definitions of custom resources come from: a folder of the source, or one of a published Go module. */
  readonly customResources: readonly CustomResourceSource[];
  /** File of exceptions, as a path in the source. */
  readonly exceptions?: string | undefined;
  /** Record of immutable fields of the last release, as a path in the source. */
  readonly immutableFields?: string | undefined;
};

/** Where CustomResourceDefinitions are read. */
export type CustomResourceSource =
  { readonly directory: string } | { readonly goModule: string; readonly version: string; readonly directory: string };
