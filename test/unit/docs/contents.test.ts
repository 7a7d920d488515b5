/** What documents must say, and that what they say of names, Secrets, alerts and settings is so in the charts. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";

import { parsePlatform } from "../../../src/platform/platform-file.ts";
import { type Document, readDocument, tableBelow } from "../../support/documents.ts";
import { ROOT } from "../../support/module-command.ts";

const { charts, images } = parsePlatform(read("deploy/platform.yaml"), "deploy/platform.yaml");
const MANUAL = readDocument("docs/manual/kubernetes-deployment.md");
const RUNBOOK = readDocument("docs/runbooks/RUNBOOK_API.md");
const RISKS = readDocument("docs/RISK_REGISTER.md");
const NAMES = readDocument("docs/naming.md");
const ROADMAP = readDocument("docs/roadmap.md");

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** Names in code marks of a cell. */
function named(cell: string | undefined): string[] {
  return [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

/** Texts of all templates, default values and overlays of the charts that the platform installs. */
function chartTexts(): string {
  const folders = charts.map((chart) => chart.path);
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) =>
        path.join(folder, file),
      ),
    )
    .filter((file) => /(templates\/[^/]+|values[^/]*\.yaml)$/.test(file) && !file.includes("/charts/"))
    .map(read)
    .join("\n");
}

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

  it("Y-18: says how long the registry keeps what was released", () => {
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

describe("docs/runbooks/RUNBOOK_API.md", () => {
  it("Y-90: covers deploy, rollback and the scale test", () => {
    expect(RUNBOOK.anchors).toEqual(expect.arrayContaining(["deploy", "roll-back", "scale-test"]));
  });

  it("names settings of the chart that exist", () => {
    const values: unknown = parse(read("charts/api/values.yaml"));
    const settings = [...RUNBOOK.text.matchAll(/`((?:autoscaling|monitoring|ingress|image|config)\.\w+)`/g)].map(
      ([, name = ""]) => name,
    );
    expect(settings.length).toBeGreaterThan(3);
    for (const setting of settings) {
      const [group = "", key = ""] = setting.split(".");
      expect(z.record(z.string(), z.unknown()).parse(values)[group], setting).toHaveProperty([key]);
    }
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

describe("docs/naming.md", () => {
  const rows = new Map(tableBelow(NAMES, "# Naming").map(([item = "", , examples]) => [item, named(examples)]));
  const of = (item: string) => rows.get(item) ?? [];
  const secrets = charts.flatMap((chart) => Object.keys(chart.secrets));

  it("Y-94: has the rows of the cheat sheet", () => {
    const sheet = ["namespace", "release name", "label", "Secret of yab", "ConfigMap of yab", "ingress host (dev)"];
    expect([...rows.keys()]).toEqual(expect.arrayContaining(sheet));
    expect(of("ingress host (dev)")).toEqual(["api.local.dev"]);
    expect(of("Secret of yab")).toContain("api-env");
  });

  it("names namespaces and releases that exist, and all of them", () => {
    const base = parseAllDocuments(read("deploy/base/namespaces.yaml")).map(
      (document) => z.object({ metadata: z.object({ name: z.string() }) }).parse(document.toJS()).metadata.name,
    );
    expect(of("namespace").sort()).toEqual([...new Set([...base, ...charts.map(({ namespace }) => namespace)])].sort());
    expect(of("release name").sort()).toEqual(charts.map(({ release }) => release).sort());
  });

  it("names Secrets that the platform file asks for", () => {
    const examples = ["Secret of yab", "Secret of others", "bundled service", "certificate"].flatMap(of);
    expect(examples.length).toBeGreaterThan(10);
    expect(examples.filter((name) => !secrets.includes(name))).toEqual([]);
  });

  it("names ConfigMaps, hosts, alerts, repositories and overlays that exist", () => {
    const texts = chartTexts();
    const examples = ["ConfigMap of yab", "ingress host (dev)", "alert"].flatMap(of);
    expect(examples.length).toBeGreaterThan(4);
    expect(examples.filter((name) => !texts.includes(name))).toEqual([]);
    const repositories = images.map(({ repository }) => repository);
    expect(of("image repository").filter((name) => !repositories.includes(name))).toEqual([]);
    const overlays = charts.flatMap(({ environments }) => Object.values(environments).flat());
    expect(of("overlay").filter((name) => !overlays.includes(name))).toEqual([]);
  });

  it("Y-71: says why ops is there", () => {
    expect(NAMES.text).toMatch(/`ops` is reserved/);
  });
});

describe("docs/decisions", () => {
  const decision = (name: string) => readDocument(`docs/decisions/${name}.md`);

  it("lists every page", () => {
    const pages = readdirSync(path.join(ROOT, "docs/decisions")).filter((file) => file !== "README.md");
    const listed = readDocument("docs/decisions/README.md").links.map(({ target }) => target);
    expect(listed.sort()).toEqual(pages.sort());
  });

  it.each(["dagger", "k3s", "dockerfiles", "backing-charts", "argo-rollouts", "worker"])(
    "%s: says what was decided, what was not taken and what would change it, on one page",
    (name) => {
      const { text } = decision(name);
      expect(text).toMatch(/\*\*Decided:\*\*/);
      expect(text).toMatch(/\*\*Not taken\.\*\*/);
      expect(text).toMatch(/\*\*(What would change it|It comes when)/);
      expect(text.split("\n").length).toBeLessThan(40);
    },
  );

  it("Y-16: names both criteria of the worker, its base and what is to do", () => {
    for (const said of [/queue system is chosen/, /scaling strategy is defined/, /reuses the base/, /\*\*To do\*\*/])
      expect(decision("worker").text).toMatch(said);
  });

  it("Y-69: names the threshold of Argo Rollouts", () => {
    expect(decision("argo-rollouts").text).toMatch(/threshold of traffic.*50 requests a second/s);
  });

  it("Y-15: names the places that Dockerfiles could have had", () => {
    const places = [
      "packages/backend/Dockerfile`",
      "packages/backend/Dockerfile.worker",
      "packages/flutter_app/Dockerfile.web",
      "docker/backend/Dockerfile",
    ];
    expect(places.filter((place) => !decision("dockerfiles").text.includes(place))).toEqual([]);
  });
});

describe("docs/roadmap.md", () => {
  it("Y-95, Y-103: has a status for each phase, in the plan's order", () => {
    const rows = tableBelow(ROADMAP, "## Phases");
    expect(rows.map(([phase]) => phase)).toEqual(["0, 0.5", "1", "2", "3", "5", "6", "7", "4", "8", "9", "10"]);
    expect(rows.filter(([, , status = ""]) => !/^(done|planned|deferred)$/.test(status))).toEqual([]);
  });

  it("Y-67, Y-81, C-38: says of what is left out when it comes", () => {
    const rows = tableBelow(ROADMAP, "## Later, and when");
    const left = rows.map(([what = ""]) => what).join();
    for (const said of [/OpenTelemetry/, /Tilt, Skaffold/, /KEDA/, /worker/, /Argo Rollouts/, /Loki/, /MCP/])
      expect(left).toMatch(said);
    expect(rows.filter(([, , when = ""]) => when === "")).toEqual([]);
  });
});

describe("the index", () => {
  const index: Document = readDocument("docs/README.md");

  it("Y-93: leads to every document and, near the next-step ideas, to the plan", () => {
    const targets = index.links.map(({ target }) => target);
    const wanted = [
      "manual/kubernetes-deployment.md",
      "runbooks/RUNBOOK_API.md",
      "RISK_REGISTER.md",
      "naming.md",
      "decisions/README.md",
      "getting-started.md",
      "contributing.md",
    ];
    expect(targets).toEqual(expect.arrayContaining(wanted));
    expect(index.text).toMatch(/## Next-step ideas\n\n.*\[roadmap\]\(roadmap\.md\)/s);
  });

  it("A-01: says that the services are stand-ins", () => {
    expect(index.text).toMatch(/not part of this repository.*stand in for them/s);
  });

  it("S-71, S-59: shows the workflow of a chart, its dependencies first", () => {
    const text = read("docs/contributing.md");
    expect(text.indexOf("helm dependency build")).toBeGreaterThan(0);
    expect(text.indexOf("helm dependency build")).toBeLessThan(text.indexOf("helm lint"));
  });
});
