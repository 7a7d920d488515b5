/** Each tool that charts are checked with, once on something good and once on something bad, in a real engine. */
import path from "node:path";

import { type Container, dag, type Directory, ReturnType } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { CustomResourcesError } from "../../src/charts/custom-resources.ts";
import { KUBERNETES_VERSIONS, UnknownKubernetesVersionError } from "../../src/charts/kubernetes-schemas.ts";
import {
  contentDigest,
  type CrdSource,
  crdSchemas,
  helmContainer,
  kubeconform,
  kubernetesSchemas,
  kubeScore,
  podSecurity,
} from "../../src/charts/tools.ts";
import { lookupImage } from "../../src/platform/image-lock.ts";
import { inEngine, lockOfRun, outsideImage, ownSource, ROOT } from "./support/slipway.ts";

const VERSIONS = ["1.35.0", "1.36.0", "1.37.0"];
const CUSTOM: readonly CrdSource[] = [
  { module: "sigs.k8s.io/gateway-api", version: "v1.4.1", path: "config/crd/standard" },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.92.1",
    path: "example/prometheus-operator-crd",
  },
];

const BUDGET = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
`;

const GOOD = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: web
          image: web
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  endpoints: [{ port: http, interval: 30s }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: gateway }]
  rules: [{ backendRefs: [{ name: web, port: 80 }] }]
`;

/** One misspelt field in each object. */
const MISSPELT = GOOD.replace("selector: { matchLabels", "replica: 2\n  selector: { matchLabels")
  .replace("interval", "intervall")
  .replace("backendRefs", "backendRef");

const INSECURE = GOOD.replace("spec:\n      securityContext", "spec:\n      hostNetwork: true\n      securityContext");

const CONFORMITY = z.object({ summary: z.record(z.string(), z.number()), resources: z.array(z.unknown()) });
const INVALID = z.array(z.object({ kind: z.string(), validationErrors: z.array(z.object({ msg: z.string() })) }));
const VIOLATIONS = z.array(z.object({ kind: z.string(), name: z.string(), check: z.string() }));
const SCORES = z.array(z.object({ checks: z.array(z.object({ grade: z.number(), skipped: z.boolean() })) }));

function programs(): Directory {
  return dag.host().directory(path.join(ROOT, "src/charts/programs"), { noCache: true });
}

/** The output of a command that may end with 0 or 1. */
async function outputOf(container: Container, command: string[]): Promise<{ output: string; exitCode: number }> {
  const run = container.withExec(command, { expect: ReturnType.Any });
  const [output, exitCode] = await Promise.all([run.stdout(), run.exitCode()]);
  return { output, exitCode };
}

describe("the containers of Helm", () => {
  it.each([
    { name: "helm" as const, version: "v3.19.0" },
    { name: "helm-4" as const, version: "v4.3.0" },
  ])("$name has $version, a shell, and renders without a network", async ({ name, version }) => {
    await inEngine(async () => {
      const container = helmContainer(await lockOfRun(), name);
      expect(await container.withExec(["helm", "version", "--template", "{{.Version}}"]).stdout()).toBe(version);
      const script =
        "helm create /tmp/shop > /tmp/log && helm lint --strict /tmp/shop > /tmp/log && helm template shop /tmp/shop > /tmp/a && cat /tmp/a | cmp - /tmp/a && sort /tmp/a | wc -l";
      expect(Number(await container.withExec(["sh", "-euc", script]).stdout())).toBeGreaterThan(50);
      await expect(container.withExec(["helm", "lint", "/nowhere"]).sync()).rejects.toThrow();
    });
  });
});

const OTHER = "0123456789abcdef".repeat(4);

/** Unpacks a layout, in which a blob can be given another name wherever it is named. */
const RENAME = `tar -xf /image.tar
rename() { mv "blobs/sha256/$1" "blobs/sha256/$2"; sed -i "s/$1/$2/g" "$3"; }
manifest=$(grep -o 'sha256:[0-9a-f]*' index.json | head -1 | cut -d: -f2)
layer=$(grep -o 'sha256:[0-9a-f]*' "blobs/sha256/$manifest" | tail -1 | cut -d: -f2)
hash() { sha256sum < "blobs/sha256/$manifest" | cut -d' ' -f1; }`;

describe("a digest that is not that of the image (S-65, S-147)", () => {
  it.each(["helm", "helm-4"] as const)("is refused before %s runs", async (name) => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const { reference } = lookupImage(lock, name);
      const other = reference.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
      const container = dag.container().from(other).withExec(["helm", "version"]);
      const [, digest = ""] = other.split("@");
      await expect(container.sync()).rejects.toThrow(new RegExp(`failed to resolve image .*@${digest}: not found`));
      await dag.container().from(reference).withExec(["helm", "version"]).sync();
    });
  });

  it("refuses an image of Helm with content that is not what its digest says", async () => {
    await inEngine(async () => {
      const { reference } = lookupImage(await lockOfRun(), "helm");
      const imported = (way: string) =>
        dag
          .container()
          .import_(layout.withExec(["sh", "-euc", `${RENAME}\n${way}\ntar -cf /layout.tar .`]).file("/layout.tar"))
          .withExec(["helm", "version"])
          .sync();
      const layout = (await outsideImage("golang"))
        .withMountedFile("/image.tar", dag.container().from(reference).asTarball())
        .withEnvVariable("OTHER", OTHER)
        .withWorkdir("/layout");
      await imported("");
      const renamed = imported(
        'rename "$layer" "$OTHER" "blobs/sha256/$manifest"; rename "$manifest" "$(hash)" index.json',
      );
      await expect(renamed).rejects.toThrow(new RegExp(`content digest sha256:${OTHER}: not found`));
    });
  });
});

describe("kubeconform with the prepared schemas", () => {
  it("passes what is right and names what is misspelt, on three versions of Kubernetes", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const schemas = kubernetesSchemas(lock, VERSIONS);
      const container = kubeconform(lock)
        .withMountedDirectory("/schemas/kubernetes", schemas)
        .withMountedDirectory("/schemas/custom", await crdSchemas(lock, programs(), CUSTOM))
        .withNewFile("/good.yaml", GOOD)
        .withNewFile("/bad.yaml", MISSPELT)
        .withNewFile("/unknown.yaml", GOOD.replaceAll("ServiceMonitor", "ServiceMoniter"));
      for (const version of VERSIONS) {
        const check = async (file: string) => {
          const { output, exitCode } = await outputOf(container, [
            ...["/kubeconform", "-strict", "-summary", "-output", "json", "-kubernetes-version", version],
            ...[
              "-schema-location",
              "/schemas/kubernetes/{{.NormalizedKubernetesVersion}}-local{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json",
            ],
            ...["-schema-location", "/schemas/custom/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"],
            file,
          ]);
          return { ...CONFORMITY.parse(JSON.parse(output)), exitCode };
        };
        const [good, bad, unknown] = await Promise.all(["/good.yaml", "/bad.yaml", "/unknown.yaml"].map(check));
        expect(good).toMatchObject({ exitCode: 0, summary: { valid: 3, invalid: 0, errors: 0, skipped: 0 } });
        expect(bad).toMatchObject({ exitCode: 1, summary: { valid: 0, invalid: 3 } });
        const messages = INVALID.parse(bad?.resources).map(
          ({ kind, validationErrors }) => `${kind}: ${validationErrors[0]?.msg}`,
        );
        expect(messages.sort()).toEqual([
          "Deployment: additional properties 'replica' not allowed",
          "HTTPRoute: additional properties 'backendRef' not allowed",
          "ServiceMonitor: additional properties 'intervall' not allowed",
        ]);
        expect(unknown).toMatchObject({ exitCode: 1, summary: { valid: 2, errors: 1, skipped: 0 } });
      }
      expect(await schemas.entries()).toEqual(VERSIONS.map((version) => `v${version}-local-strict/`));
    });
  });

  it("has every version that it says it has", async () => {
    await inEngine(async () => {
      const schemas = kubernetesSchemas(await lockOfRun(), KUBERNETES_VERSIONS);
      expect(await schemas.entries()).toEqual(KUBERNETES_VERSIONS.map((version) => `v${version}-local-strict/`));
    });
  });

  it("refuses versions and sources that there are not, and says which there are", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      expect(() => kubernetesSchemas(lock, ["1.36.0", "1.99.0"])).toThrow(UnknownKubernetesVersionError);
      const wrong = { module: "sigs.k8s.io/gateway-api", version: "v1.4.1", path: "config/crds" };
      const refused = crdSchemas(lock, programs(), [wrong]);
      await expect(refused).rejects.toThrow(CustomResourcesError);
      await expect(refused).rejects.toThrow(
        "sigs.k8s.io/gateway-api@v1.4.1/config/crds: has no folder config/crds; at its top are:",
      );
      const empty = dag
        .directory()
        .withNewFile("note.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n");
      await expect(crdSchemas(lock, programs(), [{ directory: empty, path: "deploy/crds" }])).rejects.toThrow(
        "deploy/crds: has no CustomResourceDefinition",
      );
    });
  });
});

describe("kube-score and the Pod Security program", () => {
  it("pass a good manifest and are red on a bad one", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const container = dag
        .container()
        .from(lookupImage(lock, "golang").reference)
        .withFile("/usr/local/bin/kube-score", kubeScore(lock))
        .withFile("/usr/local/bin/podsecurity", podSecurity(lock, programs()))
        .withNewFile("/good.yaml", GOOD)
        .withNewFile("/budget.yaml", BUDGET)
        .withNewFile("/bad.yaml", INSECURE)
        .withNewFile("/broken.yaml", "kind: [\n");
      const good = await outputOf(container, ["podsecurity", "/good.yaml"]);
      expect(good).toEqual({ output: "[]\n", exitCode: 0 });
      const bad = await outputOf(container, ["podsecurity", "/bad.yaml"]);
      expect(VIOLATIONS.parse(JSON.parse(bad.output))).toEqual([
        { kind: "Deployment", name: "web", check: "hostNamespaces" },
      ]);
      expect(await outputOf(container, ["podsecurity", "/broken.yaml"])).toEqual({ output: "", exitCode: 2 });

      const score = async (file: string) => {
        const { output, exitCode } = await outputOf(container, [
          "kube-score",
          "score",
          "--output-format",
          "json",
          file,
        ]);
        const worst = SCORES.parse(JSON.parse(output)).flatMap(({ checks }) =>
          checks.filter(({ skipped }) => !skipped).map(({ grade }) => grade),
        );
        return { exitCode, worst: Math.min(...worst) };
      };
      expect(await score("/budget.yaml")).toEqual({ exitCode: 0, worst: 10 });
      expect(await score("/bad.yaml")).toEqual({ exitCode: 1, worst: 1 });
    });
  });
});

describe("the digest of files", () => {
  it("is that of names and contents, whenever they were checked out", async () => {
    await inEngine(async () => {
      const lock = await lockOfRun();
      const programs = ownSource().directory("src/cluster/programs");
      const expected = await contentDigest(lock, programs);
      expect(expected).toMatch(/^[0-9a-f]{64}$/);
      expect(await contentDigest(lock, programs.withTimestamps(1_000_000_000))).toBe(expected);
      expect(await contentDigest(lock, programs.withNewFile("cmd/check/more.go", "package main\n"))).not.toBe(expected);
      expect(await contentDigest(lock, programs.withDirectory("moved", programs.directory("cmd")))).not.toBe(expected);
    });
  });
});
