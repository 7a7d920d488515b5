/** Reads the pods that a render makes, and what their containers get. */
import { z } from "zod";

import { componentOf, type Manifest } from "./cruvero-chart.ts";

const texts = z.record(z.string(), z.string());
const probe = z.record(z.string(), z.unknown()).optional();
const reference = z.looseObject({ name: z.string(), key: z.string() }).optional();
const container = z.looseObject({
  name: z.string(),
  ports: z.array(z.looseObject({ containerPort: z.number() })).optional(),
  securityContext: z.unknown(),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.looseObject({ secretKeyRef: reference }).optional(),
      }),
    )
    .optional(),
  envFrom: z.array(z.looseObject({ configMapRef: z.object({ name: z.string() }).optional() })).optional(),
});
const podSpec = z.looseObject({
  securityContext: z.unknown(),
  containers: z.array(container),
  initContainers: z.array(container).optional(),
});
const workload = z.looseObject({
  template: z.looseObject({ metadata: z.looseObject({ labels: texts, annotations: texts.optional() }), spec: podSpec }),
});

/** A pod that a render makes. */
export type Pod = {
  readonly component: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: z.infer<typeof podSpec>;
};

/** The pods of all workloads, hooks and tests of a render. */
export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap((manifest): Pod[] => {
    const { kind, metadata, spec } = manifest;
    const component = componentOf(manifest);
    if (kind === "Pod") {
      return [
        { component, labels: metadata.labels, annotations: metadata.annotations ?? {}, spec: podSpec.parse(spec) },
      ];
    }
    const parsed = workload.safeParse(spec);
    if (!parsed.success) return [];
    const { metadata: own, spec: pod } = parsed.data.template;
    return [{ component, labels: own.labels, annotations: own.annotations ?? {}, spec: pod }];
  });
}

/** All containers of a render, each with its pod. */
export function containersOf(manifests: readonly Manifest[]) {
  return podsOf(manifests).flatMap(({ component, spec }) =>
    [...(spec.initContainers ?? []), ...spec.containers].map((each) => ({ component, pod: spec, container: each })),
  );
}

/** A variable that a container gets: its value where the render has it, and where it stands. */
export type Variable = { readonly from: "ConfigMap" | "Secret" | "literal"; readonly value: string | undefined };

/** What the first container of a component gets, by name. */
export function environmentOf(manifests: readonly Manifest[], component: string): Map<string, Variable> {
  const [found] = containersOf(manifests).filter((each) => each.component === component);
  if (found === undefined) throw new Error(`nothing runs ${component}`);
  const variables = new Map<string, Variable>();
  for (const { configMapRef } of found.container.envFrom ?? []) {
    if (configMapRef === undefined) continue;
    const map = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === configMapRef.name);
    for (const [name, value] of Object.entries(texts.parse(map?.data)))
      variables.set(name, { from: "ConfigMap", value });
  }
  for (const { name, value, valueFrom } of found.container.env ?? []) {
    variables.set(name, { from: valueFrom?.secretKeyRef === undefined ? "literal" : "Secret", value });
  }
  return variables;
}
