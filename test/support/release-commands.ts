/** Judges what documents give to helm, kubectl and curl, by the platform file and by renders of the charts. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { z } from "zod";

import type { ChartSpec } from "../../src/platform/chart-spec.ts";
import { ROOT } from "./module-command.ts";
import { documentsOf } from "./yaml-documents.ts";

const labels = z.record(z.string(), z.string());
const manifestSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), labels: labels.optional() }),
  spec: z
    .looseObject({
      ports: z.array(z.looseObject({ port: z.number().optional() })).optional(),
      rules: z.array(z.looseObject({ host: z.string().optional() })).optional(),
      template: z.looseObject({ metadata: z.looseObject({ labels: labels.optional() }).optional() }).optional(),
    })
    .optional(),
});

/** An object that some release makes. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Objects of a text of manifests. */
export function parseManifests(text: string): Manifest[] {
  return documentsOf(text).map((document) => manifestSchema.parse(document));
}

/** What commands are judged with. */
export type Facts = {
  readonly charts: readonly ChartSpec[];
  /** Namespaces that deploy/base makes. */
  readonly namespaces: readonly string[];
  /** Objects of all releases in all environments, and of what the document itself installs. */
  readonly manifests: readonly Manifest[];
};

const FLAGS = {
  namespace: { type: "string" },
  values: { type: "string", multiple: true },
  set: { type: "string", multiple: true },
  "from-literal": { type: "string", multiple: true },
  selector: { type: "string" },
  tail: { type: "string" },
  timeout: { type: "string" },
  replicas: { type: "string" },
  kustomize: { type: "string" },
  install: { type: "boolean" },
  wait: { type: "boolean" },
  strict: { type: "boolean" },
  logs: { type: "boolean" },
} as const;

/** Flags that each verb takes, besides --namespace. */
const VERBS: Readonly<Record<string, readonly string[]>> = {
  "helm dependency build": [],
  "helm lint": ["values", "set", "strict"],
  "helm template": ["values", "set"],
  "helm install": ["values", "set", "wait", "timeout"],
  "helm upgrade": ["values", "set", "wait", "timeout", "install"],
  "helm test": ["logs"],
  "helm history": [],
  "helm rollback": ["wait", "timeout"],
  "helm uninstall": ["wait"],
  "kubectl apply": ["kustomize"],
  "kubectl create namespace": [],
  "kubectl create secret generic": ["from-literal"],
  "kubectl label namespace": [],
  "kubectl get": ["selector"],
  "kubectl describe": ["selector"],
  "kubectl logs": ["selector", "tail"],
  "kubectl rollout status": ["timeout"],
  "kubectl scale": ["replicas"],
  "kubectl top": ["selector"],
  "kubectl port-forward": [],
};

const KINDS: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  service: "Service",
  hpa: "HorizontalPodAutoscaler",
};

/** A command of helm or kubectl, taken apart. */
export type Parsed = {
  readonly verb: string;
  readonly operands: readonly string[];
  readonly namespace: string | undefined;
  readonly values: readonly string[];
  readonly sets: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
};

/** Takes a command apart; gives the problem as text where it cannot be. */
export function parseCommand(words: readonly string[]): Parsed | string {
  const [program = "", ...args] = words;
  try {
    const { values: flags, positionals } = parseArgs({ args, options: FLAGS, allowPositionals: true });
    const line = [program, ...positionals].join(" ");
    const verb = Object.keys(VERBS).find((known) => line === known || line.startsWith(`${known} `));
    if (verb === undefined) return `nothing judges "${line}"`;
    const wrong = Object.keys(flags).find((flag) => flag !== "namespace" && VERBS[verb]?.includes(flag) !== true);
    if (wrong !== undefined) return `nothing judges --${wrong} of ${verb}`;
    const { namespace, values = [], set: sets = [] } = flags;
    const operands = positionals.slice(verb.split(" ").length - 1);
    return { verb, operands, namespace, values, sets, flags };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The words that render what a command installs, or nothing where it installs nothing; `copied` is where a file of charts/ is. */
export function renderWords(words: readonly string[], copied: (file: string) => string): string[] | undefined {
  const parsed = words[0] === "helm" ? parseCommand(words) : "";
  if (typeof parsed === "string" || !/^helm (template|install|upgrade)$/.test(parsed.verb)) return undefined;
  const [release = "", chart = ""] = parsed.operands;
  const values = parsed.values.flatMap((file) => ["--values", copied(file)]);
  const sets = parsed.sets.flatMap((one) => ["--set", filledIn(one)]);
  const namespace = parsed.namespace ?? "default";
  return ["template", release, copied(chart), "--namespace", namespace, ...values, ...sets];
}

/** A text with what the reader fills in. */
function filledIn(text: string): string {
  const filled = text.replaceAll("<digest>", "a".repeat(64)).replaceAll("<commit>", "b".repeat(40));
  return filled.replaceAll(/<[a-z-]+>|\.\.\./g, "example");
}

/** What is wrong with a command, or nothing. */
export function releaseProblems(
  words: readonly string[],
  facts: Facts,
  earlier: readonly (readonly string[])[],
): string[] {
  if (words[0] === "curl") return askProblems(words.slice(1), facts, earlier);
  const parsed = parseCommand(words);
  if (typeof parsed === "string") return [parsed];
  return parsed.verb.startsWith("helm ") ? helmProblems(parsed, facts) : kubectlProblems(parsed, facts);
}

function helmProblems({ verb, operands, namespace, values }: Parsed, { charts }: Facts): string[] {
  const missing = values.filter((file) => !existsSync(path.join(ROOT, file))).map((file) => `no file ${file}`);
  const isOfChart = verb === "helm dependency build" || verb === "helm lint";
  const [release = "", chart] = isOfChart ? ["", ...operands] : operands;
  const needsChart = isOfChart || /^helm (install|upgrade|template)$/.test(verb);
  const noChart =
    needsChart && !existsSync(path.join(ROOT, chart ?? "", "Chart.yaml")) ? [`no chart ${chart ?? ""}`] : [];
  // A backing service is installed with its parent; alone it may have any name.
  if (isOfChart || chart?.startsWith("charts/backing/") === true) return [...missing, ...noChart];
  const spec = charts.find((each) => each.release === release && (!needsChart || each.path === chart));
  if (spec === undefined)
    return [...missing, ...noChart, `the platform has no release ${release} of ${chart ?? "a chart"}`];
  const isElsewhere = spec.namespace !== namespace ? [`${release} is in the namespace ${spec.namespace}`] : [];
  const revision = verb === "helm rollback" && operands[1] !== undefined && !/^(<revision>|\d+)$/.test(operands[1]);
  return [...missing, ...noChart, ...isElsewhere, ...(revision ? [`${operands[1] ?? ""} is no revision`] : [])];
}

function kubectlProblems(parsed: Parsed, facts: Facts): string[] {
  const { verb, operands, namespace, flags } = parsed;
  const namespaces = [...facts.namespaces, ...facts.charts.map((chart) => chart.namespace)];
  const unknown = (names: readonly string[]) =>
    names.filter((name) => !namespaces.includes(name)).map((name) => `no namespace ${name}`);
  switch (verb) {
    case "kubectl apply": {
      const folder = path.join(ROOT, typeof flags.kustomize === "string" ? flags.kustomize : "no folder");
      const isThere = statSync(path.join(folder, "kustomization.yaml"), { throwIfNoEntry: false }) !== undefined;
      return isThere ? [] : [`no kustomization at ${String(flags.kustomize)}`];
    }
    case "kubectl create namespace":
      return unknown(operands);
    case "kubectl label namespace":
      return unknown(operands.filter((operand) => !operand.includes("=")));
    case "kubectl create secret generic":
      return secretProblems(parsed, facts);
    default:
      return [...unknown([namespace ?? "default"]), ...objectProblems(parsed, facts)];
  }
}

/** A Secret that is made must be one that a chart of the namespace asks for, with keys that it reads. */
function secretProblems({ operands, namespace, flags }: Parsed, { charts, manifests }: Facts): string[] {
  const [name = ""] = operands;
  const literals = Array.isArray(flags["from-literal"]) ? flags["from-literal"].map(String) : [];
  const keys = literals.map((literal) => literal.split("=")[0] ?? "");
  const declared = charts
    .filter((chart) => chart.namespace === namespace)
    .flatMap(({ secrets }) => secrets[name] ?? []);
  const text = JSON.stringify(manifests);
  const isRead = (key: string) =>
    declared.includes(key) ||
    text.includes(JSON.stringify({ key, name }).slice(1, -1)) ||
    text.includes(JSON.stringify({ name, key }).slice(1, -1));
  if (keys.length === 0) return [`the Secret ${name} gets no key`];
  return keys
    .filter((key) => !isRead(key))
    .map((key) => `no chart in ${namespace ?? "default"} reads ${key} of ${name}`);
}

function objectProblems({ verb, operands, namespace, flags }: Parsed, { manifests }: Facts): string[] {
  const own = manifests.filter(({ metadata }) => metadata.namespace === namespace);
  if (typeof flags.selector === "string") {
    const wanted = flags.selector.split(",").map((each) => each.split("="));
    const known = own.map((manifest) => manifest.spec?.template?.metadata?.labels ?? {});
    const isThere = known.some((pod) => wanted.every(([key = "", value]) => pod[key] === value));
    const isOfPods = verb === "kubectl logs" ? operands.length === 0 : operands.join() === "pods";
    return isThere && isOfPods ? [] : [`no pods in ${namespace ?? "default"} have ${flags.selector}`];
  }
  const [kind = "", name = ""] = operands[0]?.split("/") ?? [];
  const found = own.find((manifest) => manifest.kind === KINDS[kind] && manifest.metadata.name === name);
  if (found === undefined) return [`no ${operands[0] ?? "object"} in ${namespace ?? "default"}`];
  const port = Number(operands[1]?.split(":")[1]);
  const isForwarded = verb !== "kubectl port-forward" || found.spec?.ports?.some((each) => each.port === port) === true;
  return isForwarded ? [] : [`${name} has no port ${operands[1] ?? ""}`];
}

/** A request goes to a port that was forwarded before, or to the host of an entry, and to a path that a probe asks. */
function askProblems(
  words: readonly string[],
  { manifests }: Facts,
  earlier: readonly (readonly string[])[],
): string[] {
  const given = words.filter((word) => /^https?:\/\//.test(word));
  const flags = words.filter((word) => word.startsWith("-"));
  const known = ["--fail", "--silent", "--output", "--parallel", "--parallel-max"];
  const strange = flags.filter((flag) => !known.includes(flag)).map((flag) => `nothing judges ${flag} of curl`);
  if (given.length !== 1) return [...strange, "asks for no address, or for several"];
  const url = new URL((given[0] ?? "").replaceAll(/[[\]]/g, ""));
  const forwarded = earlier
    .filter((command) => command.includes("port-forward"))
    .map((command) => command.at(-1)?.split(":")[0]);
  const hosts = manifests.flatMap(({ spec }) => spec?.rules?.map(({ host }) => host) ?? []);
  const isReached = url.hostname === "localhost" ? forwarded.includes(url.port) : hosts.includes(url.hostname);
  const isAsked = JSON.stringify(manifests).includes(`"path":"${url.pathname}`);
  return [
    ...strange,
    ...(isReached ? [] : [`${url.host} is neither forwarded before nor the host of an entry`]),
    ...(isAsked ? [] : [`no probe asks ${url.pathname}`]),
  ];
}
