/** JSON Schemas of what ci gives. */
import { z } from "zod";

/** A zod definition as the text of a JSON Schema, draft 2020-12. */
export function jsonSchemaText(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`;
}
