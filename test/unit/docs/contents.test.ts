/** What manual, runbook and risk register must say, and that what they say of Secrets, alerts and settings is so in the charts. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { readDocument, tableBelow } from "../../support/documents.ts";
import { charts, chartTexts, named, read } from "./platform.ts";

const MANUAL = readDocument("docs/manual/kubernetes-deployment.md");
const RUNBOOK = readDocument("docs/runbooks/RUNBOOK_API.md");
const RISKS = readDocument("docs/RISK_REGISTER.md");

describe("docs/manual/kubernetes-deployment.md", () => {
  it("C-51, C-52: covers the way from the install to the monitoring", () => {
    const wanted = ["install", "upgrade", "roll-back", "promote", "secrets", "monitoring"];
    expect(MANUAL.anchors).toEqual(expect.arrayContaining(wanted));
  });

  it("lists every chart of the platform with its release and namespace", () => {
    const rows = tableBelow(MANUAL, "# Kubernetes deployment");
    const listed = rows.flatMap(([, of = "", releases = "", namespace = ""]) =>
      [...of.matchAll(/\[(\w+)\]/g)].map(([, chart], index) => [chart, named(releases)[index], named(namespace)[0]]),
    );
    expect(listed.sort()).toEqual(charts.map(({ name, release, namespace }) => [name, release, namespace]).sort());
  });

  it("C-31, Y-53: lists every Secret and key that the platform file asks for, and no other", () => {
    const rows = tableBelow(MANUAL, "## Secrets");
    const listed = rows.flatMap(([release, , secrets, keys]) => {
      const names = named(secrets);
      const each = named(keys).filter((key) => names.length > 1 || key !== "");
      return names.map((name, index) => {
        const own = names.length === 1 ? each : [each[index] ?? each[0] ?? ""];
        return `${named(release)[0] ?? ""} ${name}: ${[...new Set(own)].join(" ")}`;
      });
    });
    const asked = charts.flatMap(({ release, secrets }) =>
      Object.entries(secrets)
        .filter(([name]) => !name.endsWith("-tls"))
        .map(([name, keys]) => `${release} ${name}: ${keys.join(" ")}`),
    );
    expect(listed.sort()).toEqual(asked.sort());
    const certificates = charts.flatMap(({ secrets }) => Object.keys(secrets).filter((name) => name.endsWith("-tls")));
    expect(certificates.filter((name) => !MANUAL.text.includes(`\`${name}\``))).toEqual([]);
    expect(MANUAL.text).toMatch(/SealedSecrets or an external manager/);
  });

  it("lists every alert of the charts with its severity, and no other", () => {
    const listed = tableBelow(MANUAL, "## Monitoring").map(
      ([alert, severity]) => `${named(alert)[0] ?? ""} ${severity ?? ""}`,
    );
    const made = [...chartTexts().matchAll(/alert: "(\w+)"[\s\S]*?severity: "(\w+)"/g)].map(
      ([, alert, severity]) => `${alert ?? ""} ${severity ?? ""}`,
    );
    expect(made.length).toBeGreaterThan(3);
    expect(listed.sort()).toEqual(made.sort());
  });

  it("Y-42, Y-49, Y-63, Y-68: says how controller, certificates and the stack come, and what serves without them", () => {
    for (const said of [
      /NGINX ingress controller/,
      /class `nginx`/,
      /plain HTTP/,
      /`observability`/,
      /port-forward/,
      /Loki/,
    ])
      expect(MANUAL.text).toMatch(said);
  });

  it("Y-18, A-18: says how long the registry keeps what was released", () => {
    expect(MANUAL.text).toMatch(/keeps every `sha-<commit>`.* 90 days/s);
  });

  it("C-44, C-50, X-20: says who synchronises what", () => {
    const rows = tableBelow(MANUAL, "## Promote").map(([environment, , by]) => [environment, by]);
    expect(rows).toEqual([
      ["dev", "by itself"],
      ["staging", "by itself"],
      ["prod", "by a person"],
    ]);
  });
});

/** A value of a chart in code marks, by the first key of its path. */
const SETTING =
  /`((?:autoscaling|config|external|global|image|ingress|monitoring|networkPolicy|ui)(?:\.\w+)+)\b[^`]*`/g;

describe.each([MANUAL, RUNBOOK])("$file", ({ text }) => {
  it("names settings that some chart has", () => {
    const values = charts.map((chart): unknown => parse(read(`${chart.path}/values.yaml`)));
    const settings = [...text.matchAll(SETTING)].map(([, name = ""]) => name);
    expect(settings.length).toBeGreaterThan(2);
    expect(settings.filter((name) => !values.some((value) => has(value, name.split("."))))).toEqual([]);
  });
});

/** True when there is something at the path. */
function has(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return typeof value === "object" && value !== null && key in value && has(Reflect.get(value, key), rest);
}

describe("docs/runbooks/RUNBOOK_API.md", () => {
  it("Y-90: covers deploy, rollback and the scale test", () => {
    expect(RUNBOOK.anchors).toEqual(expect.arrayContaining(["deploy", "roll-back", "scale-test"]));
  });

  it("says of the autoscaler and of stopping what the chart does", () => {
    const shape = z.object({
      autoscaling: z.object({
        minReplicas: z.number(),
        maxReplicas: z.number(),
        targetCPUUtilizationPercentage: z.number(),
      }),
      preStopSleepSeconds: z.number(),
    });
    const { autoscaling, preStopSleepSeconds } = shape.parse(parse(read("charts/api/values.yaml")));
    const { minReplicas, maxReplicas, targetCPUUtilizationPercentage } = autoscaling;
    expect(RUNBOOK.text).toContain(`${minReplicas} to ${maxReplicas} pods at ${targetCPUUtilizationPercentage} %`);
    expect(RUNBOOK.text).toContain(`answers for ${preStopSleepSeconds} seconds`);
  });
});

describe("docs/RISK_REGISTER.md", () => {
  const rows = tableBelow(RISKS, "## Risks");

  it("Y-91: gives each risk a severity and a status", () => {
    expect(rows.map(([number]) => number)).toEqual(rows.map((_, index) => String(index + 1)));
    const odd = rows.filter(
      ([, , severity = "", , status = ""]) =>
        !/^(low|medium|high)$/.test(severity) || !/^(mitigated|reduced|open)$/.test(status),
    );
    expect(odd).toEqual([]);
  });

  it("Y-92, Y-61: begins with the five of the plan", () => {
    const plan = [
      /missing secrets/,
      /DNS or TLS/,
      /over-scaling the worker.*order/,
      /processor time alone ignores latency/,
      /tags drift.*latest/,
    ];
    expect(rows.slice(0, plan.length).map(([, risk = ""], index) => plan[index]?.test(risk))).toEqual(
      plan.map(() => true),
    );
    expect(rows[2]?.[3]).toMatch(/idempotency tests/);
    expect(rows[3]?.[3]).toMatch(/custom metric/);
    expect(rows[4]?.[3]).toMatch(/retention/);
  });
});
