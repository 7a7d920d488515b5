/** Two popular charts that nobody here wrote, taken from the Go modules that their makers publish. */
import { CacheSharingMode, dag, type Directory } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Environment, type Slipway } from "../../src/index.ts";
import { inEngine, outsideImage, slipway } from "./support/slipway.ts";

const CHARTS = [
  { name: "metrics-server", module: "sigs.k8s.io/metrics-server@v0.9.0", objects: 9 },
  { name: "descheduler", module: "sigs.k8s.io/descheduler@v0.36.0", objects: 5 },
];

const PLATFORM = `systems:
  cluster-tools:
    source: .
    namespace: kube-system
    charts:
${CHARTS.map(({ name }) => `      ${name}: { path: charts/${name}, environments: { prod: [] } }`).join("\n")}
`;

const reportSchema = z.object({
  findings: z.array(
    z.object({ rule: z.string(), chart: z.string(), object: z.string(), reason: z.string(), fix: z.string() }),
  ),
});

/** A platform of the two charts as they were published. */
async function published(): Promise<Directory> {
  const go = (await outsideImage("golang"))
    .withMountedCache("/go/pkg/mod", dag.cacheVolume("//go/pkg/mod"), { sharing: CacheSharingMode.Shared })
    .withWorkdir("/work")
    .withExec(["go", "mod", "init", "example.com/charts"]);
  return CHARTS.reduce(
    (source, { name, module }) => {
      const copied = go
        .withExec(["go", "mod", "download", module])
        .withExec(["cp", "-r", `/go/pkg/mod/${module}/charts/${name}`, "/chart"]);
      return source.withDirectory(`charts/${name}`, copied.directory("/chart"));
    },
    dag.directory().withNewFile("platform.yaml", PLATFORM),
  );
}

describe("charts that others published", () => {
  async function over(work: (module: Slipway) => Promise<void>): Promise<void> {
    await inEngine(async () => work(slipway({ source: await published(), platform: "platform.yaml" })));
  }

  it("are linted and rendered", async () => {
    await over(async (module) => {
      const table = await module.lint();
      for (const { name, objects } of CHARTS)
        expect(table).toMatch(new RegExp(`^${name} +prod +${objects} +0 +0$`, "m"));
      expect(await (await module.render(Environment.Prod)).entries()).toEqual([
        "descheduler.yaml",
        "metrics-server.yaml",
      ]);
    });
  });

  it("are validated with findings that name rule, chart and fix", async () => {
    await over(async (module) => {
      await expect(module.validate()).rejects.toThrow(/^\[gate\] validate: \d+ findings in /);
      const findings = reportSchema.parse(JSON.parse(await (await module.findings()).contents())).findings;
      const rules = (chart: string) => new Set(findings.filter((each) => each.chart === chart).map(({ rule }) => rule));
      // What their makers leave to those who install them.
      for (const { name } of CHARTS) {
        expect([...rules(name)]).toEqual(expect.arrayContaining(["image-digest", "kube-score/pod-networkpolicy"]));
      }
      expect([...rules("metrics-server")]).toContain("kube-score/container-resources");
      expect([...rules("descheduler")]).toContain("pod-security/seccompProfile_restricted");
      // A template that reads a value by a wrong name, which a person had to look for until now.
      expect(findings).toContainEqual(
        expect.objectContaining({
          rule: "values-usage",
          object: "charts/metrics-server/templates/certificate.yaml",
          reason: 'reads .Values.additionalAnnotations, and values.yaml has no key "additionalAnnotations"',
        }),
      );
      // What they do right: all of it is valid, renders the same each time and holds no credential.
      const wrong = findings.filter(({ rule }) =>
        /kubeconform|plain-secret|render-determinism|apply-safety/.test(rule),
      );
      expect(wrong).toEqual([]);
      expect(findings.filter(({ fix }) => fix === "")).toEqual([]);
    });
  });
});
