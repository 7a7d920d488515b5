import { describe, expect, it } from "vitest";
import { z } from "zod";

import {
  type Admission,
  ADMISSION,
  MOST_REQUESTED,
  smallNode,
  trustedAuthority,
} from "../../../src/cluster/admission.ts";

const policySchema = z.object({
  kind: z.literal("MutatingAdmissionPolicy"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    matchConstraints: z.object({
      resourceRules: z.tuple([z.object({ operations: z.array(z.string()), resources: z.array(z.string()) })]),
    }),
    mutations: z.array(
      z.object({
        applyConfiguration: z.object({ expression: z.string() }).optional(),
        jsonPatch: z.object({ expression: z.string() }).optional(),
      }),
    ),
  }),
});
const bindingSchema = z.object({
  kind: z.literal("MutatingAdmissionPolicyBinding"),
  spec: z.object({
    policyName: z.string(),
    matchResources: z
      .object({ namespaceSelector: z.object({ matchExpressions: z.array(z.object({ values: z.array(z.string()) })) }) })
      .optional(),
  }),
});

/** The objects of an admission that are of one kind. */
function objectsOf<T>({ manifest }: Admission, schema: z.ZodType<T>): T[] {
  const { items } = z.object({ items: z.array(z.unknown()) }).parse(JSON.parse(manifest));
  return items.flatMap((item) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

function expressionsOf(admission: Admission, name: string): string[] {
  const found = objectsOf(admission, policySchema).filter(({ metadata }) => metadata.name === name);
  return found.flatMap(({ spec }) =>
    spec.mutations.map(({ applyConfiguration, jsonPatch }) => (applyConfiguration ?? jsonPatch)?.expression ?? ""),
  );
}

describe("smallNode", () => {
  it("C-33: lowers requests of new pods, of containers that ask for more, and touches nothing else of them", () => {
    const expressions = expressionsOf(smallNode(), `${ADMISSION}-requests`);
    expect(expressions).toHaveLength(4);
    for (const expression of expressions) {
      // What is set: the name, by which containers are told apart, and one request.
      const set = expression.slice(expression.indexOf(".map(c, "));
      expect(set).toMatch(
        /^\.map\(c, (\S+)\{name: c\.name, resources: \1\.resources\{requests: \{"(cpu|memory)": "(10m|32Mi)"\}\}\}\)\}\}$/,
      );
      expect(expression).toMatch(/isGreaterThan\(quantity\("(10m|32Mi)"\)\)/);
      expect(expression).not.toContain("limits");
    }
  });

  it("takes the rule that pods must be on different nodes, and no other", () => {
    expect(expressionsOf(smallNode(), `${ADMISSION}-one-node`)).toEqual([
      '[JSONPatch{op: "remove", path: "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution"}]',
    ]);
  });

  it("changes pods alone, when they are made, in every namespace", () => {
    const rules = objectsOf(smallNode(), policySchema).map(({ spec }) => spec.matchConstraints.resourceRules);
    const rule = { operations: ["CREATE"], resources: ["pods"] };
    expect(rules).toEqual([[rule], [rule]]);
    const bindings = objectsOf(smallNode(), bindingSchema).map(({ spec }) => spec);
    expect(bindings).toEqual([{ policyName: `${ADMISSION}-requests` }, { policyName: `${ADMISSION}-one-node` }]);
  });

  it("shows its effect on a pod that asks for much and keeps apart", () => {
    const { probe, expected } = smallNode();
    expect(JSON.parse(probe)).toMatchObject({
      spec: {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } },
        containers: [{ resources: { requests: { cpu: "1", memory: "1Gi" } } }],
      },
    });
    expect(expected).toBe(`${JSON.stringify(MOST_REQUESTED)}{"podAntiAffinity":{}}`);
  });
});

describe("trustedAuthority", () => {
  const trusted = trustedAuthority(["shop", "bank"], "-----BEGIN CERTIFICATE-----");

  it("puts the authority into the namespaces of the releases, and into pods of these alone", () => {
    const files = objectsOf(
      trusted,
      z.object({
        kind: z.literal("ConfigMap"),
        metadata: z.object({ namespace: z.string() }),
        data: z.record(z.string(), z.string()),
      }),
    );
    expect(files.map(({ metadata, data }) => [metadata.namespace, data])).toEqual([
      ["shop", { "ca.crt": "-----BEGIN CERTIFICATE-----" }],
      ["bank", { "ca.crt": "-----BEGIN CERTIFICATE-----" }],
    ]);
    const [binding] = objectsOf(trusted, bindingSchema);
    expect(binding?.spec.matchResources?.namespaceSelector.matchExpressions).toMatchObject([
      { values: ["shop", "bank"] },
    ]);
  });

  it("names it to programs of every kind, and replaces nothing", () => {
    const [expression = ""] = expressionsOf(trusted, `${ADMISSION}-trust`);
    for (const name of ["SSL_CERT_FILE", "PGSSLROOTCERT", "NODE_EXTRA_CA_CERTS"]) {
      expect(expression).toContain(`env{name: "${name}", value: "/run/slipway-trust/ca.crt"}`);
    }
    expect(expression).not.toMatch(/image|args|command|securityContext|resources/);
  });
});
