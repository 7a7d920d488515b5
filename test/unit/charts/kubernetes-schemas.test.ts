import { spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  checkKubernetesVersions,
  KUBERNETES_VERSIONS,
  PREPARE_SCRIPT,
  UnknownKubernetesVersionError,
} from "../../../src/charts/kubernetes-schemas.ts";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const KIND = { "x-kubernetes-group-version-kind": [{ group: "", kind: "Thing", version: "v1" }] };

describe("checkKubernetesVersions", () => {
  it("takes every version that there are schemas of", () => {
    expect(() => {
      checkKubernetesVersions(KUBERNETES_VERSIONS);
    }).not.toThrow();
  });

  it("names each version that there is none of, and those that there are", () => {
    expect(() => {
      checkKubernetesVersions(["1.36.0", "1.36.4", "2.0.0"]);
    }).toThrow(UnknownKubernetesVersionError);
    expect(() => {
      checkKubernetesVersions(["1.36.0", "1.36.4", "2.0.0"]);
    }).toThrowErrorMatchingInlineSnapshot(`
      [UnknownKubernetesVersionError: [config] there are no schemas of Kubernetes 1.36.4, 2.0.0
      Next: name under validation.kubernetes only: 1.25.0, 1.26.0, 1.27.0, 1.28.0, 1.29.0, 1.30.0, 1.31.0, 1.32.0, 1.33.0, 1.34.0, 1.35.0, 1.36.0, 1.37.0]
    `);
  });
});

// The module runs it in the Python image; other machines may do without.
describe.skipIf(!hasPython && process.env.CI !== "true")("the preparation of schemas", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-schemas-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function prepare(schemas: Record<string, unknown>, ...versions: string[]) {
    const source = path.join(folder, "source/v1.36.0-local-strict");
    mkdirSync(source, { recursive: true });
    for (const [name, schema] of Object.entries(schemas))
      writeFileSync(path.join(source, name), JSON.stringify(schema));
    const words = ["-", path.join(folder, "source"), path.join(folder, "out"), ...versions];
    const { status, stderr } = spawnSync("python3", words, { input: PREPARE_SCRIPT, encoding: "utf8" });
    return { status, stderr };
  }

  it("puts definitions where they are referred to, and keeps only kinds", () => {
    const self = { type: "object", properties: { inner: { $ref: "#/$defs/Tree" }, description: { type: "string" } } };
    const schemas = {
      "_definitions.json": {
        $defs: {
          Spec: { description: "a spec", type: "object", properties: { port: { $ref: "#/$defs/Port" } } },
          Port: { type: "integer", "x-kubernetes-map-type": "atomic" },
          Tree: self,
        },
      },
      "thing-v1.json": {
        ...KIND,
        $id: "https://kubernetes.io/api/thing",
        type: "object",
        properties: {
          spec: { $ref: "/api/_definitions.json#/$defs/Spec", description: "of the thing" },
          tree: { $ref: "/api/_definitions.json#/$defs/Tree" },
        },
        additionalProperties: false,
      },
      "part-v1.json": { type: "object" },
    };
    expect(prepare(schemas, "1.36.0")).toEqual({ status: 0, stderr: "" });
    const output = path.join(folder, "out/v1.36.0-local-strict");
    expect(readdirSync(output)).toEqual(["thing-v1.json"]);
    const tree = { ...self, properties: { ...self.properties, inner: { $ref: "#/definitions/Tree" } } };
    expect(JSON.parse(readFileSync(path.join(output, "thing-v1.json"), "utf8"))).toEqual({
      type: "object",
      properties: { spec: { type: "object", properties: { port: { type: "integer" } } }, tree },
      additionalProperties: false,
      definitions: { Tree: tree },
    });
  });

  it("ends red when a version is not there", () => {
    const schemas = { "_definitions.json": { $defs: {} } };
    expect(prepare(schemas, "1.36.0", "1.37.0")).toEqual({ status: 1, stderr: "no schemas of Kubernetes 1.37.0\n" });
  });
});
