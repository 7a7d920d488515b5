/** What the plans name and this repository does otherwise or leaves out: the one is documented, the other is not there. */
import { execFileSync } from "node:child_process";

import { beforeAll, describe, expect, it } from "vitest";

import type { Surface } from "../../../embedded/cli/surface.ts";
import { readDocument, tableBelow } from "../../support/documents.ts";
import { moduleSurface, ROOT } from "../../support/module-command.ts";
import { SAMPLE_CACHE } from "../embedded/cli/sample.ts";
import { named, read } from "./platform.ts";

const TRACKED = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");

let surface: Surface;
beforeAll(async () => {
  surface = await moduleSurface(SAMPLE_CACHE);
}, 60_000);

describe("the targets of yab's plan", () => {
  const rows = tableBelow(readDocument("docs/naming.md"), "## Targets of the plan");

  it("Y-20, Y-78: have functions in their places, which take these arguments", () => {
    const targets = ["build-api", "build-web", "push-api", "push-web", "helm-template-api", "kind-up", "kind-down"];
    expect(rows.flatMap(([target]) => named(target)).sort()).toEqual([...targets, "deploy-local"].sort());
    const wrong = rows.flatMap(([, call]) => {
      const [name, ...words] = (named(call)[0] ?? "").split(" ");
      const known = surface.functions.find((each) => each.name === name);
      const flags = known?.arguments.map((each) => `--${each.flag}`) ?? [];
      return words.filter((word) => word.startsWith("--") && !flags.includes(word)).concat(known ? [] : [name ?? ""]);
    });
    expect(wrong).toEqual([]);
  });
});

describe("what is left out", () => {
  it.each([
    {
      what: "C-22, C-46, O-C1: raw manifests, of the MCP servers too, beside the charts",
      path: /^deploy\/kubernetes\/|^k8s\//,
      planted: "deploy/kubernetes/mcp/gateway.yaml",
    },
    {
      what: "C-04, O-C6: migrations beside those of the reference services",
      path: /^(?!docker\/reference\/).*\.sql$/,
      planted: "charts/cruvero/files/0001.sql",
    },
    { what: "O-C2, O-C4: dashboards", path: /dashboard/i, planted: "charts/cruvero/dashboards/mcp.json" },
    { what: "O-Y2: Tilt and Skaffold", path: /(?:^|\/)(?:Tiltfile|skaffold\.ya?ml)$/, planted: "deploy/skaffold.yaml" },
    { what: "Y-20: a Makefile, whose targets are functions", path: /(?:^|\/)Makefile$/, planted: "Makefile" },
    {
      what: "O-Y16: a server in Node for yab's sites",
      path: /^docker\/reference\/yab\/packages\/.*\/(?:server\.[jt]s|package\.json)$/,
      planted: "docker/reference/yab/packages/admin_app/server.js",
    },
  ])("$what", ({ path, planted }) => {
    expect([...TRACKED, planted].filter((file) => path.test(file))).toEqual([planted]);
  });

  const KINDS = {
    "C-38, O-C2": ["ScaledObject"],
    "O-Y3, C-40": ["OpenTelemetryCollector"],
    "O-Y6": ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
    "O-Y7": ["SealedSecret", "ExternalSecret"],
    "O-Y10": ["Rollout"],
    "O-Y11": ["VirtualService", "PeerAuthentication", "Server"],
    "O-Y12": ["ConstraintTemplate"],
    "O-Y15, O-C3": ["Certificate"],
  };

  it.each(Object.entries(KINDS))("%s: a template or manifest of %j", (_, kinds) => {
    const kind = new RegExp(`^kind: "?(?:${kinds.join("|")})"?$`, "m");
    const shipped = TRACKED.filter((file) => /^(?:charts|deploy)\/.*\.(?:yaml|tpl)$/.test(file));
    expect(shipped.length).toBeGreaterThan(100);
    expect(shipped.filter((file) => kind.test(read(file)))).toEqual([]);
    expect(kind.test(`apiVersion: v1\nkind: "${kinds[0] ?? ""}"\n`)).toBe(true);
  });
});

describe("docker/reference/yab/README.md", () => {
  it("Y-96: says what to do when it does not work, and where data live", () => {
    const section = readDocument("docker/reference/yab/README.md").text.split("## When it does not work\n")[1] ?? "";
    for (const said of [/cannot start api/, /503/, /PostgreSQL alone; give it a volume/, /placeholder/])
      expect(section).toMatch(said);
  });
});
