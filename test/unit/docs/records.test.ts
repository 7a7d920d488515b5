/** What naming, decisions, roadmap and index must say, and that the names are those of charts and manifests. */
import { readdirSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

import { type Document, readDocument, tableBelow } from "../../support/documents.ts";
import { ROOT } from "../../support/module-command.ts";
import { charts, chartTexts, images, named, read } from "./platform.ts";

const NAMES = readDocument("docs/naming.md");
const ROADMAP = readDocument("docs/roadmap.md");

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

  it("Y-67, Y-81, C-38, O-Y4, O-Y5, O-Y11, O-Y12, O-C1: says of what is left out when it comes", () => {
    const rows = tableBelow(ROADMAP, "## Later, and when");
    const left = rows.map(([what = ""]) => what).join();
    for (const said of [
      /OpenTelemetry/,
      /Tilt, Skaffold/,
      /KEDA/,
      /worker/,
      /Argo Rollouts/,
      /Loki/,
      /MCP/,
      /Grafana/,
      /mesh, policy/,
    ])
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
