/** Checks values against JSON Schemas with a validator of others, so that no form is right by its own definition alone. */
import { createRequire } from "node:module";

import Ajv from "ajv";

const DRAFT_04: unknown = createRequire(import.meta.url)("ajv/lib/refs/json-schema-draft-04.json");

/** What a value breaks of a schema, one line each. A keyword that the validator does not know is an error, never passed over. */
export function schemaProblems(schemaText: string, value: unknown): string[] {
  const schema: unknown = JSON.parse(schemaText);
  if (typeof schema !== "object" || schema === null) throw new Error("the schema is no object");
  const { $schema: draft, ...rules } = { $schema: "", ...schema };
  const isOld = draft.includes("draft-04");
  const ajv = new Ajv({ allErrors: true, schemaId: isOld ? "auto" : "$id", strictKeywords: true, meta: !isOld });
  // What is used of draft 2020-12 means the same in draft 7, which is the newest that the validator knows by name.
  if (isOld && typeof DRAFT_04 === "object" && DRAFT_04 !== null) ajv.addMetaSchema(DRAFT_04);
  const validate = ajv.compile(isOld ? schema : rules);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ""}`.trim());
}
