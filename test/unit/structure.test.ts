import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import type ts from "typescript";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { SLIPWAY_VERSION } from "../../src/images/versions.ts";
import { edgesOf } from "../support/edges.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** Rooms in the order that a release flows through them; a room imports only itself, rooms before it and the report. */
const ROOMS = ["platform", "images", "charts", "cluster", "gitops", "release", "promote", "plan", "ci"];
/** Files that build containers. All others hold rules and import nothing of Dagger. */
const EDGES = new Set([
  "index.ts",
  "charts/checks.ts",
  "charts/dependencies.ts",
  "charts/functions.ts",
  "charts/prepare.ts",
  "charts/render.ts",
  "charts/source-texts.ts",
  "charts/tools.ts",
  "charts/validate.ts",
  "ci/ci.ts",
  "ci/test-suites.ts",
  "cluster/admit.ts",
  "cluster/checks.ts",
  "cluster/client.ts",
  "cluster/definitions.ts",
  "cluster/evidence.ts",
  "cluster/existing-cluster.ts",
  "cluster/externals.ts",
  "cluster/hidden-manifest.ts",
  "cluster/ingress.ts",
  "cluster/interactive.ts",
  "cluster/k3s.ts",
  "cluster/lifecycle-leftovers.ts",
  "cluster/lifecycle-load.ts",
  "cluster/lifecycle-prepare.ts",
  "cluster/lifecycle-steps.ts",
  "cluster/lifecycle.ts",
  "cluster/network-proof.ts",
  "cluster/node-tarball.ts",
  "cluster/previous.ts",
  "cluster/prepare-releases.ts",
  "cluster/release-graphs.ts",
  "cluster/release-images.ts",
  "cluster/release.ts",
  "cluster/rendered-releases.ts",
  "cluster/smoke-record.ts",
  "cluster/smoke-subject.ts",
  "cluster/smoke.ts",
  "cluster/succeed.ts",
  "cluster/test-releases.ts",
  "cluster/watch.ts",
  "gitops/expand.ts",
  "gitops/functions.ts",
  "gitops/render.ts",
  "images/build.ts",
  "images/functions.ts",
  "images/normalise.ts",
  "images/registry-tool.ts",
  "images/revision.ts",
  "images/versions.ts",
  "plan/functions.ts",
  "plan/history.ts",
  "promote/functions.ts",
  "promote/history.ts",
  "release/assemble.ts",
  "release/chart-archive.ts",
  "release/evidence.ts",
  "release/functions.ts",
  "release/gates.ts",
  "release/join.ts",
  "release/policy-source.ts",
  "release/publish-images.ts",
  "release/registry.ts",
  "release/sbom.ts",
  "release/scan.ts",
  "release/sign-release.ts",
  "release/signers.ts",
  "release/signing.ts",
  "release/tools.ts",
  "release/transaction.ts",
  "release/verify.ts",
]);
const LIBRARIES = new Set(["yaml", "zod"]);

/** Required: an import would first search its nine megabytes for the names that it exports. */
const { preProcessFile } = z
  .object({ preProcessFile: z.custom<typeof ts.preProcessFile>((value) => typeof value === "function") })
  .parse(createRequire(import.meta.url)("typescript"));

const MANIFEST = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

type Import = { readonly file: string; readonly from: string };

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, "src", file), "utf8");
  return preProcessFile(text).importedFiles.map(({ fileName }) => ({ file, from: fileName }));
}

/** What is wrong with an import, or nothing. */
function problem({ file, from }: Import): string | undefined {
  const wrong = `${file} imports ${from}`;
  if (from === "@dagger.io/dagger") return EDGES.has(file) ? undefined : `${wrong}, and rules import nothing of Dagger`;
  if (from.startsWith("node:") || LIBRARIES.has(from)) return undefined;
  if (!from.startsWith(".")) return `${wrong}, which is no run-time dependency`;
  const target = path.posix.join(path.posix.dirname(file), from);
  if (target === "index.ts") return `${wrong}; nothing imports the facade`;
  if (EDGES.has(target) && !EDGES.has(file)) return `${wrong}, and a rule imports no edge`;
  const [own, other] = [file, target].map((name) => name.split("/")[0] ?? "");
  if (file === "index.ts" || other === "report" || own === other) return undefined;
  const isEarlier = ROOMS.slice(0, Math.max(0, ROOMS.indexOf(own ?? ""))).includes(other ?? "");
  return isEarlier ? undefined : `${wrong}, a room that comes later`;
}

describe("the module's source", () => {
  const files = readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );

  it("keeps rules free of Dagger and rooms in their order", () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap(importsOf).map(problem).filter(Boolean)).toEqual([]);
  });

  it("takes no file from the root of a container, all of which the engine would look through", () => {
    // Images that hold one program have nothing else there.
    const ofOneProgram = ["/kube-linter", "/kubeconform"];
    const taken = files.flatMap((file) => {
      const text = readFileSync(path.join(ROOT, "src", file), "utf8");
      return [...text.matchAll(/\.file\(["'`](\/[^/"'`]*)["'`]\)/g)].map(([, name = ""]) => name);
    });
    expect([...new Set(taken)].sort()).toEqual(ofOneProgram);
  });

  it("S-77: is measured by the unit tests but for all edges, and no other file", () => {
    expect(edgesOf(path.join(ROOT, "src"))).toEqual([...EDGES].sort());
  });

  it.each([
    { file: "images/tags.ts", from: "@dagger.io/dagger" },
    { file: "images/tags.ts", from: "./build.ts" },
    { file: "images/tags.ts", from: "lodash" },
    { file: "platform/platform-file.ts", from: "../images/tags.ts" },
    { file: "report/errors.ts", from: "../platform/problems.ts" },
    { file: "images/build.ts", from: "../index.ts" },
  ])("would refuse $from in $file", (planted) => {
    expect(problem(planted)).toBeDefined();
  });
});

describe("the repository", () => {
  it("P-04, Y-76: has nothing at its top but what the card names", () => {
    const tracked = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
    const top = new Set(tracked.map((file) => file.split("/")[0] ?? "").filter((name) => !name.startsWith(".")));
    expect([...top].sort()).toEqual(
      [
        ...["CHANGELOG.md", "LICENSE", "README.md", "charts", "dagger.json", "deploy", "docker", "docs", "embedded"],
        ...["package-lock.json", "package.json", "src", "test", "tsconfig.json"],
      ].sort(),
    );
  });

  it("P-03: depends at run time on typescript as the engine mounts it, yaml and zod alone, else on dagger, tsx and vitest", () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const { dependencies, devDependencies } = MANIFEST.parse(manifest);
    expect(dependencies).toEqual({ typescript: "5.9.3", yaml: "2.9.1", zod: "4.6.7" });
    // The engine mounts its own SDK; outside of a module, the tests and embedded mode bring it, tsx and vitest.
    expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(["@dagger.io/dagger", "tsx", "vitest"]));
    expect(Object.values(devDependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it("says one version of itself everywhere", () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ version: SLIPWAY_VERSION });
  });

  it("records no address of a registry in a lock file", () => {
    for (const file of ["package-lock.json", "docker/reference/cruvero/web/package-lock.json"]) {
      expect(readFileSync(path.join(ROOT, file), "utf8")).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
    }
  });
});
