import { randomUUID } from "node:crypto";

import { dag } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { itemsAt, textAt } from "../../src/charts/json.ts";
import { type Client, clusterClient } from "../../src/cluster/client.ts";
import { OWN } from "../../src/cluster/own-namespaces.ts";
import { Environment } from "../../src/index.ts";
import { failureOf, inEngine, outsideImage, ownSource, slipway } from "./support/slipway.ts";

const BYSTANDER = `
apiVersion: v1
kind: Namespace
metadata: { name: bystander }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: bystander }
data: { key: value }
---
apiVersion: v1
kind: Service
metadata: { name: yab-web, namespace: bystander }
spec: { selector: { app: none }, ports: [{ port: 8080 }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: cut-off, labels: { ${OWN.label}: "true" }, annotations: { ${OWN.ends}: "1" } }
`;

/** A kind that the platform file knows a definition of, and the cluster none. */
const MONITOR = `
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: planted }
spec: { selector: {}, endpoints: [{ port: http }] }
`;

/** Kinds that Kubernetes writes anew by itself. */
const RESTLESS = ["events", "events.events.k8s.io", "leases.coordination.k8s.io", "nodes", "componentstatuses"];

/** Every object of a cluster with its version, but for those that change by themselves. */
async function versions(cluster: Client): Promise<string[]> {
  const kinds = (await cluster.kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
  const asked = kinds.filter((kind) => !RESTLESS.includes(kind)).join(",");
  const all: unknown = JSON.parse(await cluster.kubectl("get", asked, "--all-namespaces", "--output=json"));
  return itemsAt(all, "items")
    .map((item) => {
      const of = (key: string) => textAt(item, "metadata", key);
      return `${textAt(item, "kind")} ${of("namespace")}/${of("name")} ${of("uid")} ${of("resourceVersion")}`;
    })
    .filter((line) => !line.includes("cut-off"))
    .sort();
}

const REPORT = z.object({ failures: z.array(z.string()) });

const LIST = z.object({ images: z.array(z.object({ name: z.string(), digest: z.string() })) });
const INDEX = z.object({
  manifests: z.array(z.object({ digest: z.string(), annotations: z.record(z.string(), z.string()) })),
});

describe("node-images", () => {
  it("gives the images that pods name, this run's by their digests, as one whole layout for ctr", async () => {
    const [names, built, faults] = await inEngine(async () => {
      const tarball = await slipway().nodeImages(Environment.Dev, "web");
      // Every blob that a manifest or the index names is there, and is what its name says.
      const script = `cd /tmp; tar -xf /images.tar
for blob in $(grep -oh 'sha256:[0-9a-f]*' index.json $(find blobs -type f -size -64k) | sort -u | cut -d: -f2); do
  if [ -f "blobs/sha256/$blob" ]; then echo "$blob  blobs/sha256/$blob"; fi
done | sha256sum --check --quiet --strict
perl -MJSON::PP -e 'sub of { open(my $file, "<", $_[0]) or die "$_[0]: $!"; local $/; decode_json(<$file>) } sub blob { "blobs/sha256/" . substr($_[0], 7) }
for my $image (@{of("index.json")->{manifests}}) { my $m = of(blob($image->{digest})); for ($m->{config}, @{$m->{layers}}) { die "$_->{digest} is missing" unless -s blob($_->{digest}) == $_->{size} } }'
cat index.json`;
      const read = (await outsideImage("golang")).withMountedFile("/images.tar", tarball).withMountedTemp("/tmp");
      const { manifests } = INDEX.parse(JSON.parse(await read.withExec(["sh", "-euc", script]).stdout()));
      const images = LIST.parse(JSON.parse(await (await slipway().images()).file("images.json").contents())).images;
      const cut = read.withExec([
        "sh",
        "-euc",
        `cp /images.tar /cut.tar; truncate -s 200K /cut.tar; ${script.replace("/images.tar", "/cut.tar")}`,
      ]);
      return [
        manifests.map(({ digest, annotations }) => [annotations["io.containerd.image.name"] ?? "", digest]),
        images,
        await failureOf(cut.sync()),
      ] as const;
    });
    const web = built.find(({ name }) => name === "web")?.digest ?? "no web";
    expect(names.filter(([name]) => name?.includes("/web@"))).toEqual([
      [expect.stringMatching(new RegExp(`/web@${web}$`)), web],
    ]);
    expect(faults, "a layout that is cut off").not.toBe("nothing was thrown");
  });
});

describe("smoke-test --kubeconfig", () => {
  it("Y-78: tests in namespaces of its own in a cluster of the function cluster, and leaves every other object as it was", async () => {
    await inEngine(async () => {
      const name = `e2e-${randomUUID().slice(0, 8)}`;
      const service = await slipway().cluster(name, Environment.Dev, "web");
      try {
        const file = await slipway().kubeconfig(name, "https://k3s:6443");
        const kubeconfig = dag.setSecret(name, await file.contents());
        const cluster = clusterClient({
          image: await outsideImage("k3s"),
          service,
          kubeconfig,
          helm: undefined,
          run: name,
        });
        await cluster.apply(BYSTANDER);
        const before = await versions(cluster);

        const table = await slipway().smokeTest(Environment.Dev, "web", true, kubeconfig, service);
        expect(table).toMatch(/^dev: passed in /m);
        expect(table).toMatch(
          /^note: the cluster was there before: the test made the namespaces slipway-\S+-apps in it/m,
        );
        expect(await versions(cluster)).toEqual(before);
        expect((await cluster.tryKubectl("get", "namespace", "cut-off")).exitCode).not.toBe(0);

        const overlay = 'environment: dev\nresources: { limits: { cpu: "64" }, requests: { cpu: "64" } }\n';
        const source = dag
          .directory()
          .withDirectory("/", ownSource())
          .withNewFile("charts/web/values-dev.yaml", overlay);
        const custom = dag
          .directory()
          .withDirectory("/", ownSource())
          .withNewFile("charts/web/templates/planted.yaml", MONITOR);
        const [report, refusal] = await Promise.all([
          slipway({ source }).smokeReport(Environment.Dev, "web", kubeconfig, service),
          failureOf(slipway({ source: custom }).smokeTest(Environment.Dev, "web", true, kubeconfig, service)),
        ]);
        const { failures } = REPORT.parse(JSON.parse(await report.file("smoke.json").contents()));
        expect(failures[0]).toMatch(
          /^slipway-\S+-apps: Deployment yab-web: unschedulable-resources: .*1 Insufficient cpu/,
        );
        const [namespace = "none"] = await report.directory("evidence").entries();
        expect(await report.file(`evidence/${namespace}objects.yaml`).contents()).toMatch(/kind: Deployment$/m);
        expect(refusal).toMatch(
          /^KindsMissingError: \[config\] web installs kinds that the cluster of --kubeconfig does not know[^]*\n {2}monitoring\.coreos\.com\/v1 ServiceMonitor planted \(\S*templates\/planted\.yaml\)\nNext: /,
        );
        // The definition of the kind would be among the objects, too.
        expect(await versions(cluster)).toEqual(before);
      } finally {
        await service.stop();
      }
      expect(await failureOf(slipway().kubeconfig(name))).toContain(`cluster "${name}": no cluster of that name runs`);
    });
  });

  it("refuses an environment whose services outside would have to be addresses of the cluster's node", async () => {
    await inEngine(async () => {
      const kubeconfig = dag.setSecret("slipway-e2e-nowhere", "apiVersion: v1\nkind: Config\n");
      expect(await failureOf(slipway().smokeTest(Environment.Staging, "cruvero", true, kubeconfig))).toMatch(
        /in staging, services outside are stood for by addresses of the node \(cruvero-database, /,
      );
    });
  });
});
