import { expect, it } from "vitest";
import { z } from "zod";

import {
  MOST_REQUESTED,
  SMALL_REQUESTS_PROBE,
  SMALL_REQUESTS_SCRIPT,
  smallRequests,
} from "../../../src/cluster/small-requests.ts";

const listSchema = z.object({
  items: z.tuple([
    z.object({
      kind: z.literal("MutatingAdmissionPolicy"),
      spec: z.object({
        matchConstraints: z.object({
          resourceRules: z.tuple([z.object({ operations: z.array(z.string()), resources: z.array(z.string()) })]),
        }),
        mutations: z.array(z.object({ applyConfiguration: z.object({ expression: z.string() }) })),
      }),
    }),
    z.object({ kind: z.literal("MutatingAdmissionPolicyBinding") }),
  ]),
});

it("C-33: lowers requests of new pods, of containers that ask for more, and touches nothing else", () => {
  const [policy] = listSchema.parse(JSON.parse(smallRequests())).items;
  expect(policy.spec.matchConstraints.resourceRules).toEqual([{ operations: ["CREATE"], resources: ["pods"] }]);
  const expressions = policy.spec.mutations.map(({ applyConfiguration }) => applyConfiguration.expression);
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

it("waits until a pod that asks for much asks for little", () => {
  expect(JSON.parse(SMALL_REQUESTS_PROBE)).toMatchObject({
    spec: { containers: [{ resources: { requests: { cpu: "1", memory: "1Gi" } } }] },
  });
  expect(SMALL_REQUESTS_SCRIPT).toContain(JSON.stringify(MOST_REQUESTED));
});
