/** Schemas of Kubernetes for kubeconform: which versions there are, where they come from, and how they are prepared. */
import { PipelineError } from "../report/errors.ts";

/**
 * The published package that holds the schemas, in the form of pip's requirements. Its digest is proved at the download, so
 * that no mirror can change what manifests are checked against.
 */
export const SCHEMAS_REQUIREMENT =
  "kubernetes-validate==1.37.0 --hash=sha256:85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9\n";

/** Folder of the schemas below the one that the package is installed to. */
export const SCHEMAS_FOLDER = "kubernetes_validate/kubernetes-json-schema";

/** Versions of Kubernetes that the package has schemas of; only the first release of each minor version has any. */
export const KUBERNETES_VERSIONS: readonly string[] = [
  ...["1.25.0", "1.26.0", "1.27.0", "1.28.0", "1.29.0", "1.30.0", "1.31.0"],
  ...["1.32.0", "1.33.0", "1.34.0", "1.35.0", "1.36.0", "1.37.0"],
];

/** There are no schemas of a version of Kubernetes. */
export class UnknownKubernetesVersionError extends PipelineError {
  override readonly name = "UnknownKubernetesVersionError";
  constructor(unknown: readonly string[]) {
    super(
      "config",
      `there are no schemas of Kubernetes ${unknown.join(", ")}`,
      `name under validation.kubernetes only: ${KUBERNETES_VERSIONS.join(", ")}`,
    );
  }
}

/** Refuses versions that there are no schemas of; throws UnknownKubernetesVersionError naming all of them. */
export function checkKubernetesVersions(versions: readonly string[]): void {
  const unknown = versions.filter((version) => !KUBERNETES_VERSIONS.includes(version));
  if (unknown.length > 0) throw new UnknownKubernetesVersionError(unknown);
}

/**
 * Python program that prepares the strict schemas: `prepare SOURCE OUTPUT VERSION...`. As published, every schema refers to
 * one file with all definitions, by an address that kubeconform cannot follow. Prepared, each stands alone: a kind is checked
 * in a tenth of the time, and kubeconform names the field that is wrong, which it does not behind a reference.
 */
export const PREPARE_SCRIPT = `import json
import pathlib
import sys

SOURCE, OUTPUT, *VERSIONS = sys.argv[1:]


class Preparation:
    """Puts definitions in the places that refer to them, and drops what only describes."""

    def __init__(self, definitions):
        self.definitions = definitions
        # Definitions that refer to themselves: only these are kept as such.
        self.kept = {}

    def whole(self, schema):
        result = self.part(schema, ())
        return {**result, "definitions": self.kept} if self.kept else result

    def part(self, node, above):
        if isinstance(node, list):
            return [self.part(item, above) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return self.referred(node["$ref"].partition("#/$defs/")[2], above)
        result = {}
        for key, value in node.items():
            if key == "properties":
                result[key] = {name: self.part(field, above) for name, field in value.items()}
            elif key not in ("description", "$id", "$schema") and not key.startswith("x-kubernetes-"):
                result[key] = self.part(value, above)
        return result

    def referred(self, name, above):
        if name not in above:
            return self.part(self.definitions[name], (*above, name))
        if name not in self.kept:
            self.kept[name] = {}
            self.kept[name] = self.part(self.definitions[name], (name,))
        return {"$ref": f"#/definitions/{name}"}


for version in VERSIONS:
    folder = f"v{version}-local-strict"
    source, output = pathlib.Path(SOURCE, folder), pathlib.Path(OUTPUT, folder)
    if not source.is_dir():
        sys.exit(f"no schemas of Kubernetes {version}")
    output.mkdir(parents=True)
    definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
    for file in sorted(source.glob("*.json")):
        schema = json.loads(file.read_text())
        if "x-kubernetes-group-version-kind" in schema:
            (output / file.name).write_text(json.dumps(Preparation(definitions).whole(schema)))
`;

/**
 * Where kubeconform finds schemas that were prepared: of Kubernetes, then of custom resources, as `-schema-location` takes
 * them.
 */
export function schemaLocations(kubernetes: string, custom: string): [string, string] {
  return [
    `${kubernetes}/{{.NormalizedKubernetesVersion}}-local{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json`,
    `${custom}/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json`,
  ];
}
