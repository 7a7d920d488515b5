/** Holds yab's base, overlays and local cluster to what the requirements say of them. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

const DEPLOY = path.resolve(import.meta.dirname, "../../deploy");
const KUSTOMIZATION = z.strictObject({
  apiVersion: z.string(),
  kind: z.enum(["Kustomization", "Component"]),
  resources: z.array(z.string()),
  components: z.array(z.string()).default([]),
});
const OBJECT = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type KubernetesObject = z.infer<typeof OBJECT>;

/** The objects that a kustomization makes: those of its files, of the folders that it lists, and of its components. */
function build(folder: string): KubernetesObject[] {
  const { resources, components } = KUSTOMIZATION.parse(parse(read(path.join(folder, "kustomization.yaml"))));
  return [...resources, ...components].flatMap((entry) => {
    const at = path.join(folder, entry);
    return entry.endsWith(".yaml")
      ? parseAllDocuments(read(at)).map((document) => OBJECT.parse(document.toJS()))
      : build(at);
  });
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

  it("Y-46: has a self-signed issuer that is built where it is chosen", () => {
    expect(names(build("overlays/local"), "ClusterIssuer")).not.toContain("self-signed");
    expect(names(build("overlays/local/self-signed-issuer"), "ClusterIssuer")).toEqual(["self-signed"]);
    expect(read("overlays/local/kustomization.yaml")).toContain("# components:\n#   - self-signed-issuer\n");
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
