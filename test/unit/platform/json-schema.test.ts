import path from "node:path";

import { format, resolveConfig } from "prettier";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { imageLockJsonSchema, platformJsonSchema } from "../../../src/platform/json-schema.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const AGAIN =
  "npx vitest run --config test/vitest.config.ts --project unit test/unit/platform/json-schema.test.ts --update";

const SCHEMAS = [
  { file: "deploy/platform.schema.json", schema: platformJsonSchema() },
  { file: "deploy/images.lock.schema.json", schema: imageLockJsonSchema() },
];

describe.each(SCHEMAS)("$file", ({ file, schema }) => {
  it("says what Slipway checks", async () => {
    const committed = path.join(ROOT, file);
    const text = await format(JSON.stringify(schema, null, 2), {
      ...(await resolveConfig(committed)),
      filepath: committed,
    });
    await expect(text, `${file} is not what src/platform checks; make it again: ${AGAIN}`).toMatchFileSnapshot(
      committed,
    );
  });

  it("describes every key for the people who write it", () => {
    expect(undescribedKeys(schema, "")).toEqual([]);
  });
});

it("finds a key without a description", () => {
  const schema = z.toJSONSchema(z.strictObject({ a: z.record(z.string(), z.strictObject({ b: z.string() })) }));
  expect(undescribedKeys(schema, "")).toEqual([".a", ".a.*", ".a.*.b"]);
});

const nodeSchema = z.object({
  description: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  additionalProperties: z.unknown().optional(),
});

/** Paths of the keys below a schema that no description explains. */
function undescribedKeys(schema: unknown, at: string): string[] {
  const { properties, additionalProperties } = nodeSchema.parse(schema);
  const below = Object.entries(properties);
  if (typeof additionalProperties === "object") below.push(["*", additionalProperties]);
  return below.flatMap(([key, value]) => {
    const here = nodeSchema.parse(value).description === undefined ? [`${at}.${key}`] : [];
    return [...here, ...undescribedKeys(value, `${at}.${key}`)];
  });
}
