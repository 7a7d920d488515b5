/** Reads a module's surface with the SDK's own introspector, so that it is what `dagger call` would show. */

import { copyFile, mkdir, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import type { DaggerModule } from "../../node_modules/@dagger.io/dagger/dist/src/module/introspector/dagger_module/index.js";
import { cliName } from "./cli-name.ts";
import type { ArgumentSurface, FunctionSurface, Surface, ValueType } from "./surface.ts";
import { surfaceSchema } from "./surface.ts";

type ScannedObject = DaggerModule["objects"][string];
type ScannedFunction = ScannedObject["methods"][string];
type ScannedArgument = ScannedFunction["arguments"][string];
type ScannedType = NonNullable<ScannedArgument["type"]>;

const SDK_SOURCES = new URL("../../node_modules/@dagger.io/dagger/dist/src/", import.meta.url);
const SDK_MANIFEST = new URL("../../node_modules/@dagger.io/dagger/package.json", import.meta.url);

/** Version of the SDK that is installed. */
export async function sdkVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(SDK_MANIFEST, "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    return String(manifest.version);
  }
  throw new TypeError(`${fileURLToPath(SDK_MANIFEST)} has no version`);
}

/**
 * Scans a module. The caller vouches that its main class is named like the module.
 *
 * @param moduleName Name in dagger.json.
 * @param files Every TypeScript file of the module.
 * @param scratch Folder for the SDK's declarations.
 */
export async function scanSurface(moduleName: string, files: readonly string[], scratch: string): Promise<Surface> {
  const declarations = await sdkDeclarations(scratch);
  const { scan } = await import("../../node_modules/@dagger.io/dagger/dist/src/module/introspector/index.js");
  const scanned = await scan([...files, declarations], moduleName, false);
  const main = scanned.objects[scanned.name];
  if (main === undefined) {
    throw new TypeError(
      `the module has no class ${scanned.name} with @object(), which its name in dagger.json asks for`,
    );
  }
  const constructorArguments = Object.values(main._constructor?.arguments ?? {});
  const surface = {
    className: main.name,
    description: scanned.description ?? main.description,
    constructorArguments: constructorArguments.map((argument) => argumentSurface(argument, scanned)),
    functions: [
      ...Object.values(main.properties).flatMap((property) => fieldSurface(property, scanned)),
      ...Object.entries(main.methods).map(([name, method]) => functionSurface(name, method, scanned)),
    ].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return surfaceSchema.parse(surface);
}

/** The introspector looks for the SDK's types in a file of this name; the SDK's package has only its declarations. */
async function sdkDeclarations(scratch: string): Promise<string> {
  const file = path.join(scratch, "client.gen.ts");
  const unfinished = `${file}.${process.pid}`;
  await mkdir(scratch, { recursive: true });
  await copyFile(fileURLToPath(new URL("api/client.gen.d.ts", SDK_SOURCES)), unfinished);
  await rename(unfinished, file);
  return file;
}

function functionSurface(name: string, scanned: ScannedFunction, module: DaggerModule): FunctionSurface {
  return {
    method: scanned.name,
    name: cliName(name),
    description: scanned.description,
    cache: scanned.cache,
    arguments: Object.values(scanned.arguments).map((argument) => argumentSurface(argument, module)),
    returns: valueType(scanned.returnType, module),
  };
}

function fieldSurface(scanned: ScannedObject["properties"][string], module: DaggerModule): FunctionSurface[] {
  if (!scanned.isExposed) {
    return [];
  }
  const { name, alias, description } = scanned;
  const returns = valueType(scanned.type, module);
  return [{ method: name, name: cliName(alias ?? name), description, arguments: [], returns }];
}

function argumentSurface(scanned: ScannedArgument, module: DaggerModule): ArgumentSurface {
  const defaultValue: unknown = scanned.defaultValue;
  const hasDefault =
    defaultValue !== undefined || scanned.defaultPath !== undefined || scanned.defaultAddress !== undefined;
  return {
    name: scanned.name,
    flag: cliName(scanned.name),
    description: scanned.description,
    type: valueType(scanned.type, module),
    isRequired: !scanned.isOptional && !hasDefault,
    isNullable: scanned.isNullable,
    isVariadic: scanned.isVariadic,
    defaultValue: z.json().optional().parse(defaultValue),
    defaultPath: scanned.defaultPath,
    defaultAddress: scanned.defaultAddress,
    ignore: scanned.ignore ?? [],
  };
}

function valueType(scanned: ScannedType | undefined, module: DaggerModule): ValueType {
  if (scanned === undefined) {
    return { kind: "void" };
  }
  if ("typeDef" in scanned) {
    return { kind: "list", element: valueType(scanned.typeDef, module) };
  }
  if ("name" in scanned) {
    return namedType(scanned.kind, scanned.name, module);
  }
  return { kind: SIMPLE_KINDS[scanned.kind] ?? "void" };
}

function namedType(kind: string, name: string, module: DaggerModule): ValueType {
  const members = module.enums[name];
  if (members !== undefined) {
    return { kind: "enum", name, values: Object.values(members.values).map((member) => member.value) };
  }
  if (kind === "OBJECT_KIND" || kind === "INTERFACE_KIND") {
    return { kind: "object", name, ours: name in module.objects || name in module.interfaces };
  }
  return { kind: "scalar", name };
}

const SIMPLE_KINDS: Readonly<Record<string, "string" | "integer" | "float" | "boolean" | "void">> = {
  STRING_KIND: "string",
  INTEGER_KIND: "integer",
  FLOAT_KIND: "float",
  BOOLEAN_KIND: "boolean",
  VOID_KIND: "void",
};
