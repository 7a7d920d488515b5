/** Builds yab's base and overlays with kustomize, and holds them and its local cluster to what the requirements say of them. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { schemaLocations } from "../../src/charts/kubernetes-schemas.ts";
import { hostSchemas, hostTool } from "../support/host-tools.ts";
import { ROOT } from "../support/module-command.ts";
import { documentsOf } from "../support/yaml-documents.ts";

const DEPLOY = path.join(ROOT, "deploy");
/** Every folder that can be given to kustomize. */
const BUILT = ["base", "overlays/local", "overlays/production", "overlays/staging"] as const;
const CERT_MANAGER = { module: "github.com/cert-manager/cert-manager", version: "v1.21.2", path: "deploy/crds" };
const OBJECT = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const VERDICT = z.object({
  resources: z.array(z.looseObject({ kind: z.string(), name: z.string(), status: z.string(), msg: z.string() })),
  summary: z.object({ valid: z.number(), invalid: z.number(), errors: z.number(), skipped: z.number() }),
});
/** What the local overlay has as comments, without their signs. */
const COMPONENT = "components:\n  - self-signed-issuer\n";
type KubernetesObject = z.infer<typeof OBJECT>;

let kustomize: string;
let kubeconform: string;
let locations: string[];
const texts = new Map<string, string>();

beforeAll(async () => {
  kustomize = await hostTool("kustomize");
  kubeconform = await hostTool("kubeconform");
  const { kubernetes, custom } = await hostSchemas(["1.36.0"], [CERT_MANAGER]);
  locations = schemaLocations(kubernetes, custom).flatMap((each) => ["-schema-location", each]);
  for (const folder of BUILT) texts.set(folder, buildText(path.join(DEPLOY, folder)));
});

function buildText(folder: string): string {
  return execFileSync(kustomize, ["build", folder], { encoding: "utf8", stdio: "pipe" });
}

/** The objects that a folder of deploy/ makes. */
function build(folder: string): KubernetesObject[] {
  return documentsOf(texts.get(folder) ?? "").map((document) => OBJECT.parse(document));
}

/** What kubeconform says of manifests, with a schema for each kind. */
function validate(manifests: string): z.infer<typeof VERDICT> {
  const words = ["-strict", "-summary", "-output", "json", "-kubernetes-version", "1.36.0", ...locations];
  return VERDICT.parse(JSON.parse(spawnSync(kubeconform, words, { input: manifests, encoding: "utf8" }).stdout));
}

function read(file: string): string {
  return readFileSync(path.join(DEPLOY, file), "utf8");
}

function names(objects: readonly KubernetesObject[], kind: string): string[] {
  return objects
    .filter((each) => each.kind === kind)
    .map(({ metadata }) => metadata.name)
    .sort();
}

describe("deploy/base", () => {
  it("Y-70, Y-71, X-25: has the four namespaces", () => {
    expect(names(build("base"), "Namespace")).toEqual(["apps", "ingress", "observability", "ops"]);
  });

  it("Y-43: has an issuer for staging and one for production, each at its own authority", () => {
    const issuers = build("base").filter(({ kind }) => kind === "ClusterIssuer");
    const server = z.looseObject({ spec: z.looseObject({ acme: z.looseObject({ server: z.string() }) }) });
    const found = issuers.map(
      (issuer) => `${issuer.metadata.name} ${new URL(server.parse(issuer).spec.acme.server).host}`,
    );
    expect(found.sort()).toEqual([
      "letsencrypt-prod acme-v02.api.letsencrypt.org",
      "letsencrypt-staging acme-staging-v02.api.letsencrypt.org",
    ]);
  });

  it("Y-72, Y-73, A-14: has three policies that production alone enforces", () => {
    const policies = ["allow-ingress", "allow-observability", "default-deny"];
    expect(readdirSync(path.join(DEPLOY, "base/network-policies")).sort()).toEqual(
      [...policies, "kustomization"].map((name) => `${name}.yaml`).sort(),
    );
    expect(names(build("overlays/production"), "NetworkPolicy")).toEqual(policies);
    expect(read("base/kustomization.yaml")).toContain("# components:\n#   - network-policies\n");
    const deny = build("overlays/production").find(({ metadata }) => metadata.name === "default-deny");
    expect(deny).toMatchObject({ spec: { podSelector: {}, policyTypes: ["Ingress"] } });
  });

  it.each([
    {
      name: "allow-ingress",
      of: { "app.kubernetes.io/part-of": "yetanotherboilerplate" },
      from: "ingress",
      ports: [8000, 8080],
    },
    { name: "allow-observability", of: { "app.kubernetes.io/name": "api" }, from: "observability", ports: [8000] },
  ])("Y-73: $name lets the namespace $from in to $ports, and nobody else", ({ name, of, from, ports }) => {
    const objects = build("overlays/production");
    const policy = objects.find((object) => object.kind === "NetworkPolicy" && object.metadata.name === name);
    expect(policy?.metadata.namespace).toBe("apps");
    expect(policy?.spec).toEqual({
      podSelector: { matchLabels: of },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": from } } }],
          ports: ports.map((port) => ({ port, protocol: "TCP" })),
        },
      ],
    });
    expect(names(objects, "Namespace")).toContain(from);
  });
});

describe("deploy/overlays", () => {
  it("Y-28: are those of the three environments", () => {
    expect(readdirSync(path.join(DEPLOY, "overlays")).sort()).toEqual(["local", "production", "staging"]);
  });

  it.each([
    { overlay: "local", bounded: 0, policies: 0 },
    { overlay: "staging", bounded: 0, policies: 0 },
    { overlay: "production", bounded: 1, policies: 3 },
  ])("Y-74: $overlay has $bounded quota and limit range", ({ overlay, bounded, policies }) => {
    const objects = build(`overlays/${overlay}`);
    expect(names(objects, "LimitRange")).toHaveLength(bounded);
    expect(names(objects, "ResourceQuota")).toHaveLength(bounded);
    expect(names(objects, "NetworkPolicy")).toHaveLength(policies);
    expect(names(objects, "Namespace")).toContain("apps");
  });

  it("Y-53: local alone brings the API's Secret", () => {
    const secrets = ["local", "staging", "production"].map((overlay) => names(build(`overlays/${overlay}`), "Secret"));
    expect(secrets).toEqual([["api-env"], [], []]);
  });

  it.each(BUILT)("Y-28: %s builds, and every object of it is as its schema says", (folder) => {
    expect(build(folder).length).toBeGreaterThan(5);
    expect(validate(texts.get(folder) ?? "")).toEqual({
      resources: [],
      summary: { valid: build(folder).length, invalid: 0, errors: 0, skipped: 0 },
    });
  });
});

describe("a copy of deploy/", () => {
  let copy: string;
  const change = (file: string, from: string | RegExp, to: string) => {
    const at = path.join(copy, file);
    const before = readFileSync(at, "utf8");
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(at, after);
  };

  beforeAll(() => {
    copy = mkdtempSync(path.join(tmpdir(), "slipway-overlays-"));
  });
  beforeEach(() => {
    for (const part of ["base", "overlays"])
      cpSync(path.join(DEPLOY, part), path.join(copy, part), { recursive: true });
  });
  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  it.each([
    {
      file: "base/network-policies/default-deny.yaml",
      from: "podSelector: {}",
      to: "podSelctor: {}",
      found: { kind: "NetworkPolicy", name: "default-deny" },
    },
    {
      file: "overlays/production/limit-range.yaml",
      from: "defaultRequest:",
      to: "defaultRequests:",
      found: { kind: "LimitRange", name: "containers" },
    },
    {
      file: "base/cluster-issuer-letsencrypt-prod.yaml",
      from: "privateKeySecretRef:",
      to: "privateKeySecret:",
      found: { kind: "ClusterIssuer", name: "letsencrypt-prod" },
    },
  ])("Y-28: with $to in $file is refused by that name", ({ file, from, to, found }) => {
    change(file, from, to);
    const { resources } = validate(buildText(path.join(copy, "overlays/production")));
    expect(resources).toMatchObject([{ ...found, status: "statusInvalid" }]);
    expect(resources[0]?.msg).toContain(to.split(":")[0]);
  });

  it("Y-28: with a resource that is not there does not build", () => {
    change("overlays/staging/kustomization.yaml", "../../base", "../../bass");
    expect(() => buildText(path.join(copy, "overlays/staging"))).toThrow(/bass/);
  });

  it("Y-46: has a self-signed issuer where the comment signs before its component are taken away, and only there", () => {
    expect(names(build("overlays/local"), "ClusterIssuer")).not.toContain("self-signed");
    change("overlays/local/kustomization.yaml", "# components:\n#   - self-signed-issuer\n", COMPONENT);
    const text = buildText(path.join(copy, "overlays/local"));
    const objects = documentsOf(text).map((document) => OBJECT.parse(document));
    expect(names(objects, "ClusterIssuer")).toContain("self-signed");
    expect(validate(text).resources).toEqual([]);
  });
});

describe("deploy/kind-config.yaml", () => {
  it("Y-77, Y-80: is the cluster yab-local, with the ports of API, sites and ingress", () => {
    const form = z.looseObject({
      name: z.string(),
      nodes: z.array(z.looseObject({ extraPortMappings: z.array(z.looseObject({ hostPort: z.number() })) })),
    });
    const { name, nodes } = form.parse(parse(read("kind-config.yaml")));
    expect(name).toBe("yab-local");
    expect(nodes.flatMap((node) => node.extraPortMappings.map(({ hostPort }) => hostPort))).toEqual([
      8000, 8080, 80, 443,
    ]);
  });
});
