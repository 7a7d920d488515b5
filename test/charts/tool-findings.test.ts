/** Reads what the real tools say of a manifest with planted defects. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { schemaLocations } from "../../src/charts/kubernetes-schemas.ts";
import {
  kubeconformFindings,
  kubeLinterFindings,
  kubeScoreFindings,
  podSecurityFindings,
} from "../../src/charts/tool-findings.ts";
import { hostSchemas, type HostTool, hostTool } from "../support/host-tools.ts";

const GATEWAY = { module: "sigs.k8s.io/gateway-api", version: "v1.4.1", path: "config/crd/standard" };
const SUBJECT = { chart: "shop", environment: "prod" } as const;
const MANIFESTS = `apiVersion: v1
kind: Pod
metadata: { name: web, namespace: market }
spec:
  hostNetwork: true
  containers:
    - name: web
      image: shop/web:1.0.0
      ports: [{ containerPort: 8080 }]
      stdinn: true
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: market }
spec: { selector: { app: nobody }, ports: [{ port: 80 }], typ: ClusterIP }
---
apiVersion: shop.example.com/v1
kind: Basket
metadata: { name: big }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "slipway-tools-"));
  mkdirSync(path.join(folder, "prod"));
  writeFileSync(path.join(folder, "prod/manifests.yaml"), MANIFESTS);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The bundle that a run of one tool leaves. */
async function bundle(file: string, tool: HostTool, words: readonly string[]): Promise<Map<string, string>> {
  const manifests = path.join(folder, "prod/manifests.yaml");
  const { stdout, stderr, status } = spawnSync(await hostTool(tool), [...words, manifests], { encoding: "utf8" });
  return new Map([
    [file, stdout],
    [`${file}.err`, stderr],
    [`${file}.exit`, `${status ?? "none"}\n`],
  ]);
}

describe("findings of the tools", () => {
  it("C-55, Y-98, A-06: name what kubeconform refuses, and what it has no schema for", async () => {
    const { kubernetes, custom } = await hostSchemas(["1.36.0"], [GATEWAY]);
    const locations = schemaLocations(kubernetes, custom).flatMap((each) => ["-schema-location", each]);
    const words = ["-strict", "-summary", "-output", "json", "-kubernetes-version", "1.36.0", ...locations];
    const findings = kubeconformFindings(await bundle("kubeconform-1.36.0", "kubeconform", words), "1.36.0", "shop");
    const base = { rule: "kubeconform", chart: "shop", environment: "prod" };
    expect(findings.toSorted((a, b) => a.object.localeCompare(b.object))).toMatchObject([
      { ...base, object: "Basket big", reason: "could not find schema for Basket (Kubernetes 1.36.0)" },
      { ...base, object: "Pod web", path: "spec.containers.0" },
      {
        ...base,
        object: "Service web",
        path: "spec",
        reason: "additional properties 'typ' not allowed (Kubernetes 1.36.0)",
      },
    ]);
  });

  it("name what kube-score finds critical or worth a warning", async () => {
    const found = kubeScoreFindings(await bundle("prod/kube-score", "kube-score", ["score", "-o", "json"]), SUBJECT);
    expect(found).toContainEqual({
      ...{ rule: "kube-score/service-targets-pod", ...SUBJECT, object: "Service market/web", path: "" },
      reason: "The services selector does not match any pods",
      fix: "Service Targets Pod",
    });
    expect(found.map(({ rule }) => rule)).toContain("kube-score/container-resources");
  });

  it("name what the Pod Security Standards forbid", async () => {
    const found = podSecurityFindings(await bundle("prod/podsecurity", "podsecurity", []), SUBJECT);
    expect(found).toContainEqual({
      ...{ rule: "pod-security/hostNamespaces", ...SUBJECT, object: "Pod market/web", path: "" },
      reason: "host namespaces: hostNetwork=true",
      fix: 'meet the level "restricted" of the Pod Security Standards; its documentation names the field and the values',
    });
  });

  it("name what kube-linter reports, and nothing where it did not run", () => {
    const object = { Namespace: "market", Name: "web", GroupVersionKind: { Group: "", Version: "v1", Kind: "Pod" } };
    const report = {
      Check: "host-network",
      Diagnostic: { Message: "resource shares host's network namespace" },
      Remediation: "Ensure the host's network namespace is not shared.",
      Object: { K8sObject: object },
    };
    const results = new Map([
      ["prod/kube-linter", JSON.stringify({ Reports: [report] })],
      ["prod/kube-linter.exit", "1"],
    ]);
    expect(kubeLinterFindings(results, SUBJECT)).toEqual([
      {
        ...{ rule: "kube-linter/host-network", ...SUBJECT, object: "Pod market/web", path: "" },
        ...{ reason: report.Diagnostic.Message, fix: report.Remediation },
      },
    ]);
    expect(kubeLinterFindings(new Map(), SUBJECT)).toEqual([]);
  });
});

describe("a tool that fails", () => {
  it.each([
    { title: "without a report", output: "", errors: "out of memory", exit: "137", says: "137: out of memory" },
    { title: "with a report that names nothing", output: "[]", errors: "", exit: "1", says: "1: []" },
    { title: "without a word", output: "", errors: "", exit: "2", says: "2: it printed nothing" },
  ])("$title is a finding, and no green", ({ output, errors, exit, says }) => {
    const results = new Map([
      ["prod/kube-score", output],
      ["prod/kube-score.err", errors],
      ["prod/kube-score.exit", exit],
    ]);
    expect(kubeScoreFindings(results, SUBJECT)).toMatchObject([
      { rule: "kube-score/failed", ...SUBJECT, reason: `ended with exit code ${says}` },
    ]);
  });

  it("on a wrong type leaves the word to the one that explains it", async () => {
    writeFileSync(path.join(folder, "prod/manifests.yaml"), MANIFESTS.replace("8080", "http"));
    const found = podSecurityFindings(await bundle("prod/podsecurity", "podsecurity", []), SUBJECT);
    expect(found.map(({ rule }) => rule)).toEqual(["pod-security/failed"]);
    expect(found[0]?.reason).toContain("Pod web: its pod cannot be read");
  });
});
