/** The JSON Schemas that editors check the platform file and the image lock with, made from the schemas that Slipway uses. */
import { z } from "zod";

import { imageLockSchema } from "./lock-schema.ts";
import { platformSchema } from "./platform-schema.ts";

// Draft 7 is what the YAML support of editors understands everywhere.
const OPTIONS = { target: "draft-7", io: "input" } as const;

/** JSON Schema of the platform file. */
export function platformJsonSchema(): object {
  return z.toJSONSchema(platformSchema, OPTIONS);
}

/** JSON Schema of the image lock. */
export function imageLockJsonSchema(): object {
  return z.toJSONSchema(imageLockSchema, OPTIONS);
}
