import { describe, expect, it } from "vitest";

import type { ChartSpec } from "../../../src/platform/chart-spec.ts";
import type { ImageSpec } from "../../../src/platform/platform-file.ts";
import {
  type BuildFacts,
  chartProvenance,
  imageProvenance,
  statementHead,
  statementText,
  testResult,
} from "../../../src/release/statements.ts";

const HASH = "a".repeat(64);
const SUBJECT = { name: "image/api", digest: `sha256:${HASH}` };
const FACTS: BuildFacts = {
  ...{ commit: "c1", platformPath: "deploy/platform.yaml", versions: { slipway: "0.1.0" } },
  lock: {
    golang: { reference: `docker.io/library/golang:1.26@sha256:${HASH}`, reason: "compiles" },
    static: { reference: `gcr.io/distroless/static:x@sha256:${HASH}`, reason: "carries", standIn: "Debian" },
    node: { reference: `docker.io/library/node:24@sha256:${HASH}`, reason: "not used here" },
  },
};
const API: ImageSpec = {
  ...{
    system: "s",
    name: "api",
    dockerfile: "Dockerfile",
    context: ".",
    args: { A: "b" },
    repository: "api",
    source: ".",
  },
  bases: { GO_IMAGE: "golang", RUNTIME_IMAGE: "static" },
};

const SHOP: ChartSpec = {
  ...{ system: "s", name: "shop", path: "charts/shop", release: "shop", namespace: "shop" },
  images: { api: "api.image", worker: "worker.image" },
  ...{ lockedImages: {}, withoutImage: {}, environments: {}, secrets: {}, throwAway: {}, checks: [], withoutHttp: [] },
};

describe("statements", () => {
  it("are in-toto statements, the same whether written at once or around a predicate", () => {
    const text = statementText([SUBJECT], "spdx", { spdxVersion: "SPDX-2.3" });
    expect(JSON.parse(text)).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "image/api", digest: { sha256: HASH } }],
      predicateType: "https://spdx.dev/Document",
      predicate: { spdxVersion: "SPDX-2.3" },
    });
    expect(`${statementHead([SUBJECT], "spdx")}{"spdxVersion":"SPDX-2.3"}}`).toBe(text);
  });

  it("say of an image which commit, bases and arguments it was built from, and what stands in for a base", () => {
    expect(imageProvenance(API, FACTS)).toEqual({
      buildDefinition: {
        buildType: "urn:slipway:build:v1",
        externalParameters: {
          ...{ platform: "deploy/platform.yaml", image: "api", system: "s", dockerfile: "Dockerfile" },
          ...{ context: ".", source: ".", args: { A: "b" } },
        },
        internalParameters: {},
        resolvedDependencies: [
          { name: "source", digest: { gitCommit: "c1" } },
          { name: "golang", uri: "oci://docker.io/library/golang:1.26", digest: { sha256: HASH } },
          {
            ...{ name: "static", uri: "oci://gcr.io/distroless/static:x", digest: { sha256: HASH } },
            annotations: { standIn: "Debian" },
          },
        ],
      },
      runDetails: { builder: { id: "urn:slipway:builder:v1", version: { slipway: "0.1.0" } } },
    });
  });

  it("say of a chart which commit and tools it was packed from, and which images it pins by digest", () => {
    const pinned = [SUBJECT, { name: "image/worker", digest: `sha256:${"b".repeat(64)}` }];
    const facts = {
      ...FACTS,
      lock: { ...FACTS.lock, helm: { reference: `r.example/helm:3@sha256:${HASH}`, reason: "" } },
    };
    expect(chartProvenance(SHOP, facts, pinned)).toEqual({
      buildDefinition: {
        buildType: "urn:slipway:build:v1",
        externalParameters: { platform: "deploy/platform.yaml", chart: "shop", system: "s", path: "charts/shop" },
        internalParameters: {},
        resolvedDependencies: [
          { name: "source", digest: { gitCommit: "c1" } },
          { name: "helm", uri: "oci://r.example/helm:3", digest: { sha256: HASH } },
          { name: "golang", uri: "oci://docker.io/library/golang:1.26", digest: { sha256: HASH } },
          { name: "image/api", digest: { sha256: HASH } },
          { name: "image/worker", digest: { sha256: "b".repeat(64) } },
        ],
      },
      runDetails: { builder: { id: "urn:slipway:builder:v1", version: { slipway: "0.1.0" } } },
    });
  });

  it("say of a test what it ran on and what passed", () => {
    expect(testResult({ environment: "dev", key: "k", report: "A  1\n\nB  2" })).toEqual({
      result: "PASSED",
      configuration: [{ name: "smoke-test --env dev", digest: { sha256: "k" } }],
      passedTests: ["A  1", "B  2"],
    });
  });
});
