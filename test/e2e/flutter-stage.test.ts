/** Runs the Flutter stage of docker/Dockerfile.web, for which no SDK can be had here, with a stand-in for the SDK's one command. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { type Container, dag, type Directory, ExecError } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";

import { lookupImage } from "../../src/platform/image-lock.ts";
import { inEngine, lockOfRun, ROOT } from "./support/slipway.ts";

const DOCKERFILE = "docker/Dockerfile.web";
const YAB = "docker/reference/yab";
const COMMAND = `${YAB}/flutter.cjs`;
// A base may be a stage of the same file. All else of it is as it is shipped.
const SDK = `FROM \${NODE_IMAGE} AS sdk\nCOPY --chmod=755 ${COMMAND} /usr/local/bin/flutter\n\n`;

/** The source with the stand-in in it, and with a change of the test. */
async function source(change: (source: Directory) => Directory = (same) => same): Promise<Directory> {
  const shipped = await readFile(path.join(ROOT, DOCKERFILE), "utf8");
  const first = shipped.indexOf("\n# What a tool reads");
  expect(shipped.slice(0, first)).not.toMatch(/^FROM /m);
  const command = await readFile(path.join(ROOT, "test/e2e/scripts/flutter.cjs"), "utf8");
  return change(
    dag
      .directory()
      .withDirectory("/", dag.host().directory(ROOT, { include: ["docker", ".dockerignore"], noCache: true }))
      .withNewFile(DOCKERFILE, `${shipped.slice(0, first + 1)}${SDK}${shipped.slice(first + 1)}`)
      .withNewFile(COMMAND, command),
  );
}

/** A site, compiled; lazy. */
async function compiled(from: Directory, app: string): Promise<Container> {
  const lock = await lockOfRun();
  const args = {
    NODE_IMAGE: lookupImage(lock, "node").reference,
    NGINX_IMAGE: lookupImage(lock, "nginx").reference,
    ...{ FLUTTER_IMAGE: "sdk", BUNDLE: "flutter", APP: app, CONFIG: "docker/build.prod.json", SOURCE: YAB },
  };
  const buildArgs = Object.entries(args).map(([name, value]) => ({ name, value }));
  return from.dockerBuild({ dockerfile: DOCKERFILE, buildArgs });
}

/** What the build of the administration says that fails on a source; empty where it does not fail. Needs an engine session. */
async function refusal(change: (source: Directory) => Directory): Promise<string> {
  try {
    await (await compiled(await source(change), "admin_app")).sync();
    return "";
  } catch (error) {
    return error instanceof ExecError ? error.stderr : String(error);
  }
}

const DEFECTS: readonly { readonly change: (shipped: Directory) => Directory; readonly says: string }[] = [
  {
    // Without the shared package.
    change: (shipped) => shipped.withoutFile(`${YAB}/packages/ui_kit/pubspec.yaml`),
    says: "could not find package ui_kit at ../ui_kit",
  },
  {
    // With a placeholder that no configuration fills.
    change: (shipped) =>
      shipped.withNewFile(`${YAB}/packages/admin_app/web/extra.js`, "const key = '__FIREBASE_VAPID__';\n"),
    says: "extra.js: __FIREBASE_VAPID__",
  },
  {
    // With a call that the SDK does not take.
    change: (shipped) => shipped.withNewFile(COMMAND, "#!/bin/sh\necho no such call: $* >&2; exit 64\n"),
    says: "no such call: pub get",
  },
];

describe("the Flutter stage of docker/Dockerfile.web (A-11, Y-07, Y-08, Y-09, Y-14)", () => {
  it("compiles both sites with their settings, their shared package and their Firebase projects", async () => {
    const sites = await inEngine(() => Promise.all(["customer_app", "admin_app"].map(look)));
    const [main, page] = ['const compiled = {"API_BASE_URL":"https://api.example.dev"};\n', '<base href="/" />'];
    expect(sites.map(({ texts }) => texts[0])).toEqual([main, main]);
    for (const [index, project] of ["yab-prod-customer", "yab-prod-admin"].entries()) {
      const { texts = [], styles = [] } = sites[index] ?? {};
      expect(texts[1]).toContain(page);
      expect(texts[2]).toContain(`projectId: "${project}"`);
      expect(texts[2]).not.toContain("__FIREBASE_");
      expect(styles).toContain("assets/packages/ui_kit/assets/ui_kit.css");
    }
  });

  it("fails on each planted defect, and says which", async () => {
    const said = await inEngine(() => Promise.all(DEFECTS.map(({ change }) => refusal(change))));
    expect(said).toEqual(DEFECTS.map(({ says }): unknown => expect.stringContaining(says)));
  });
});

/** What the image of a site serves. */
async function look(app: string): Promise<{ readonly texts: readonly string[]; readonly styles: readonly string[] }> {
  const html = (await compiled(await source(), app)).directory("/usr/share/nginx/html");
  const names = ["main.dart.js", "index.html", "firebase-messaging-sw.js"];
  const texts = await Promise.all(names.map((name) => html.file(name).contents()));
  return { texts, styles: await html.glob("**/*.css") };
}
