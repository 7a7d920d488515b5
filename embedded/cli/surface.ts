/** What a module offers: its functions and their arguments, as plain data. */

import { z } from "zod";

/** Type of an argument or a result. `ours` tells a class of the module from one of Dagger. */
export type ValueType =
  | { readonly kind: "string" | "integer" | "float" | "boolean" | "void" }
  | { readonly kind: "enum"; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: "object"; readonly name: string; readonly ours: boolean }
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "list"; readonly element: ValueType };

const valueTypeSchema: z.ZodType<ValueType> = z.lazy(() =>
  z.union([
    z.object({ kind: z.enum(["string", "integer", "float", "boolean", "void"]) }),
    z.object({ kind: z.literal("enum"), name: z.string(), values: z.array(z.string()) }),
    z.object({ kind: z.literal("object"), name: z.string(), ours: z.boolean() }),
    z.object({ kind: z.literal("scalar"), name: z.string() }),
    z.object({ kind: z.literal("list"), element: valueTypeSchema }),
  ]),
);

const argumentSchema = z.object({
  /** Name in the source. */
  name: z.string(),
  /** Name on the command line, without the two hyphens. */
  flag: z.string(),
  description: z.string(),
  type: valueTypeSchema,
  isRequired: z.boolean(),
  isNullable: z.boolean(),
  isVariadic: z.boolean(),
  /** Default of the source, where the introspector could read it. */
  defaultValue: z.json().optional(),
  /** Path that is loaded from the repository when nothing is given. */
  defaultPath: z.string().optional(),
  /** Reference of the image that is used when nothing is given. */
  defaultAddress: z.string().optional(),
  ignore: z.array(z.string()),
});

const functionSchema = z.object({
  /** Name of the method. */
  method: z.string(),
  /** Name on the command line. */
  name: z.string(),
  description: z.string(),
  /** How long the engine may reuse a result: `never`, `session`, a duration, or undefined for its own default. */
  cache: z.string().optional(),
  arguments: z.array(argumentSchema),
  returns: valueTypeSchema,
});

/** Parses a surface that was written as JSON. */
export const surfaceSchema = z.object({
  /** Name of the main class. */
  className: z.string(),
  description: z.string(),
  constructorArguments: z.array(argumentSchema),
  functions: z.array(functionSchema),
});

/** One argument of a function or of the constructor. */
export type ArgumentSurface = Readonly<z.infer<typeof argumentSchema>>;

/** One function. */
export type FunctionSurface = Readonly<z.infer<typeof functionSchema>>;

/** A whole module. */
export type Surface = Readonly<z.infer<typeof surfaceSchema>>;

/** A type in the words of `dagger call --help`. */
export function typeName(type: ValueType): string {
  switch (type.kind) {
    case "integer":
      return "int";
    case "float":
      return "float";
    case "boolean":
      return "bool";
    case "string":
    case "void":
      return type.kind;
    case "enum":
      return type.values.join(",");
    case "object":
    case "scalar":
      return type.name;
    case "list":
      return type.element.kind === "string" ? "strings" : `[]${typeName(type.element)}`;
  }
}
