import { randomUUID } from "node:crypto";

import { type Container, dag, type Directory, ExecError, ReturnType, type Service } from "@dagger.io/dagger";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { inEngine, outsideImage, ownSource, postgres, ROOT, slipway } from "./support/slipway.ts";

const OBSERVATION = z.strictObject({ what: z.string(), value: z.string() });
const DATABASE = "postgresql://cruvero:secret@postgres:5432/cruvero";
const NOWHERE = "postgresql://cruvero:hidden-word@localhost:1/cruvero";
const MIGRATE = ["python", "-m", "yab_backend.migrate"];

/** One by a hash, one by too little of one, and one that is hashed in a folder that the rule is not about. */
const ASSETS = ["assets/app.0123abcd.js", "assets/app.0123abc.js", "app.0123abcd.js"];

/** What the tools of the build leave where they ran. */
const LEFT_BY_BUILDS = ["root/.cache/**", "poetry/**", "tmp/**"];

/** A backend that reaches its database and cache, at 8000; the variables win over that. */
function api(image: Container, database: Service, cache: Service, variables: Record<string, string>): Container {
  const settings = { DATABASE_URL: DATABASE, REDIS_URL: "redis://cache:6379/0", GUNICORN_WORKERS: "4", ...variables };
  return Object.entries(settings)
    .reduce((container, [name, value]) => container.withEnvVariable(name, value), image)
    .withMountedTemp("/tmp")
    .withServiceBinding("postgres", database)
    .withServiceBinding("cache", cache);
}

function site(image: Container, config = ""): Service {
  const configured =
    config === ""
      ? image
      : image.withMountedDirectory("/usr/share/nginx/runtime", dag.directory().withNewFile("config.js", config));
  return configured.withMountedTemp("/tmp").withExposedPort(8080).asService({ useEntrypoint: true });
}

/** A site with assets whose names do, and do not, hold a hash, as a build of Flutter may make them. */
function withHashedFiles(image: Container): Container {
  return ASSETS.reduce((made, name) => made.withNewFile(`/usr/share/nginx/html/${name}`, "//"), image);
}

/** Runs the backend with its services, and both sites; gives what was seen. */
async function observations(): Promise<Map<string, string>> {
  const once = randomUUID();
  const [backend, web, admin] = await Promise.all(["backend", "web", "admin"].map((name) => slipway().build(name)));
  if (backend === undefined || web === undefined || admin === undefined) throw new Error("not all images were built");
  const database = await postgres(once);
  const bareDatabase = await postgres(`${once} bare`);
  const cache = (await outsideImage("dragonfly"))
    .withEnvVariable("SLIPWAY_TEST", once)
    .withExposedPort(6379)
    .asService({ useEntrypoint: true });
  const migrated = api(backend, database, cache, { SLIPWAY_TEST: once });
  for (const round of ["first", "second"]) {
    await migrated.withEnvVariable("ROUND", round).withExec(MIGRATE).sync();
  }
  const serving = { useEntrypoint: true };
  const alone = { DATABASE_URL: NOWHERE, REDIS_URL: "redis://localhost:1/0" };
  const isolated = api(backend, database, cache, alone).withExposedPort(8000).asService(serving);
  const script = dag.host().file(`${ROOT}/test/e2e/scripts/run-sites-and-api.sh`);
  const output = await (
    await outsideImage("golang")
  )
    .withEnvVariable("SLIPWAY_TEST", once)
    .withServiceBinding("api", migrated.withExposedPort(8000).asService(serving))
    .withServiceBinding("api-bare", api(backend, bareDatabase, cache, {}).withExposedPort(8000).asService(serving))
    .withServiceBinding("api-alone", isolated)
    .withServiceBinding("api-elsewhere", elsewhere(api(backend, database, cache, alone)))
    .withServiceBinding("web", site(withHashedFiles(web)))
    .withServiceBinding("admin", site(withHashedFiles(admin)))
    .withServiceBinding("web-configured", site(web, "window.runtimeConfig = { APP_ENV: 'staging' };\n"))
    .withMountedFile("/run.sh", script)
    .withExec(["bash", "/run.sh"])
    .stdout();
  const lines = output.trim().split("\n");
  return new Map(lines.map((line) => OBSERVATION.parse(JSON.parse(line))).map(({ what, value }) => [what, value]));
}

function elsewhere(container: Container): Service {
  return (
    container
      .withEnvVariable("GUNICORN_BIND", "0.0.0.0:9100")
      // Else the engine waits for the port that the image names.
      .withoutExposedPort(8000)
      .withExposedPort(9100)
      .asService({ useEntrypoint: true })
  );
}

/** What the build of an image says that fails on a source; empty where it does not fail. */
async function refusal(image: string, source: () => Directory): Promise<string> {
  return inEngine(async () => {
    try {
      await slipway({ source: source() }).build(image);
      return "";
    } catch (error) {
      return error instanceof ExecError ? error.stderr : String(error);
    }
  });
}

const SITES = {
  web: { title: "yab", project: "yab-local-customer" },
  admin: { title: "yab administration", project: "yab-local-admin" },
};

describe("the backend and the sites, run as they are built (Y-02, Y-07, Y-08, Y-12, Y-14, Y-36, Y-54, Y-100 to Y-102)", () => {
  it("answer as their charts and clients expect", async () => {
    const expected: Record<string, string> = {
      health: "200 {status:ok}",
      ready: "200 {status:ok,checks:{database:ok,redis:ok}}",
      "notes before the migrations": "503",
      "ready without a schema": "200",
      "health without dependencies": "200",
      "ready without dependencies": "503",
      note: "text:hello",
      "note first read": "miss",
      "note second read": "hit",
      "note that is not there": "404",
      "note that is malformed": "422",
      "metrics of every worker": "1.0",
      "other bind": "200",
      "web configured config.js": "window.runtimeConfig = { APP_ENV: 'staging' };",
    };
    for (const [name, { title, project }] of Object.entries(SITES)) {
      expected[`${name} title`] = title;
      expected[`${name} deep link`] = "200 1";
      expected[`${name} absent script`] = "404 404";
      expected[`${name} healthz`] = "200 {status:ok} application/json";
      expected[`${name} config.js`] = "window.runtimeConfig = {}; no-store";
      expected[`${name} page is cached`] = "no-cache";
      expected[`${name} kit is cached`] = "200 public, max-age=3600";
      expected[`${name} hashed names are cached`] = [
        "200 public, max-age=31536000, immutable",
        "200 public, max-age=3600",
        "200 no-cache",
      ].join("; ");
      expected[`${name} project`] = project;
      expected[`${name} placeholders`] = "0";
      expected[`${name} compiled in`] = "{API_BASE_URL:http://api.local.dev,APP_ENV:local}";
      expected[`${name} compressed`] = "gzip";
      expected[`${name} server`] = "nginx";
      expected[`${name} hidden file`] = "404";
      expected[`${name} post`] = "405";
    }
    expect(Object.fromEntries(await inEngine(observations))).toEqual(expected);
  });
});

describe("the image of the backend", () => {
  it("Y-01, Y-03, Y-05: is Python 3.11 and the environment, without the tools that made it", async () => {
    const seen = await inEngine(async () => {
      const image = await slipway().build("backend");
      const look = "python --version; id -u; id -un; pwd; command -v gcc poetry; umask";
      const ran = image.withExec(["sh", "-c", look], { expect: ReturnType.Any });
      // The user of the image cannot look into root's folder; the engine can.
      const left = await Promise.all(LEFT_BY_BUILDS.map((pattern) => image.rootfs().glob(pattern)));
      return { user: await image.user(), folder: await image.workdir(), output: await ran.stdout(), left: left.flat() };
    });
    expect(seen.left).toEqual([]);
    expect(seen.user).toBe("10001:10001");
    expect(seen.folder).toBe("/app");
    expect(seen.output).toMatch(/^Python 3\.11\.\d+\n10001\nappuser\n\/app\n\d+\n$/);
  });

  it.each([
    { variables: {}, says: /DATABASE_URL is missing .*REDIS_URL is missing/ },
    {
      variables: { DATABASE_URL: "sqlite:///hidden-word", REDIS_URL: "redis://c:1/0", GUNICORN_WORKERS: "many" },
      says: /DATABASE_URL is not .*GUNICORN_WORKERS is not a whole number/,
    },
  ])("Y-55: names all settings that are missing or malformed, without a value: $says", async ({ variables, says }) => {
    const { code, errors } = await inEngine(async () => {
      const image = (await slipway().build("backend")).withMountedTemp("/tmp");
      const given = Object.entries(variables).reduce((made, [name, value]) => made.withEnvVariable(name, value), image);
      const ran = given.withExec([], { useEntrypoint: true, expect: ReturnType.Any });
      return { code: await ran.exitCode(), errors: await ran.stderr() };
    });
    expect(code).toBe(2);
    expect(errors).toMatch(says);
    expect(errors).not.toContain("hidden-word");
  });

  it("Y-02: runs as many workers as it is told, prints the umask, and stops at once and cleanly", async () => {
    const script = [
      "set -eu; /app/entrypoint.sh > /tmp/log 2>&1 & pid=$!",
      "for i in $(seq 100); do python -c 'import urllib.request as u; u.urlopen(\"http://127.0.0.1:8000/health/\")' 2>/dev/null && break; sleep 0.1; done",
      "cat /proc/$pid/task/$pid/children | wc -w; kill -TERM $pid; wait $pid; echo stopped $?; grep -o 'umask 0[0-9]*' /tmp/log",
      'grep -vc "^{.*}$" /tmp/log || true',
    ].join("\n");
    const output = await inEngine(async () => {
      const image = (await slipway().build("backend")).withMountedTemp("/tmp");
      return image
        .withEnvVariable("DATABASE_URL", NOWHERE)
        .withEnvVariable("REDIS_URL", "redis://localhost:1/0")
        .withEnvVariable("GUNICORN_WORKERS", "3")
        .withExec(["sh", "-c", script])
        .stdout();
    });
    expect(output).toBe("3\nstopped 0\numask 0027\n0\n");
  });
});

describe("a site's build", () => {
  const WORKER = "docker/reference/yab/packages/admin_app/prebuilt/firebase-messaging-sw.js";

  it.each([
    {
      defect: "a placeholder that nothing fills",
      file: WORKER,
      text: 'firebase.initializeApp({ projectId: "__FIREBASE_PROJECT_ID__", measurementId: "__FIREBASE_MEASUREMENT_ID__" });',
      says: "firebase-messaging-sw.js: __FIREBASE_MEASUREMENT_ID__",
    },
    {
      defect: "a worker without a project",
      file: WORKER,
      text: "// nothing",
      says: "does not name the Firebase project",
    },
    {
      defect: "no configuration of the site",
      file: "docker/build.local.json",
      text: '{"sites":{}}',
      says: "has no site",
    },
  ])("Y-08, Y-09: fails on $defect", async ({ file, text, says }) => {
    expect(await refusal("admin", () => ownSource().withNewFile(file, text))).toContain(says);
  });

  it("Y-19: takes the configuration that the caller names, and gives the same site each time", async () => {
    const read = async (config?: string) => {
      const image = await slipway(config === undefined ? {} : { config }).build("admin");
      const html = image.directory("/usr/share/nginx/html");
      const defines: unknown = JSON.parse(await html.file("dart-defines.json").contents());
      return { defines, digest: await html.digest() };
    };
    const [own, local, prod, again] = await inEngine(async () => [
      await read(),
      await read("docker/build.local.json"),
      await read("docker/build.prod.json"),
      await read("docker/build.prod.json"),
    ]);
    expect(prod.defines).toEqual({ API_BASE_URL: "https://api.example.dev", APP_ENV: "prod" });
    expect(local.defines).toEqual({ API_BASE_URL: "http://api.local.dev", APP_ENV: "local" });
    expect([own, again]).toEqual([local, prod]);
  });

  it("Y-19: fails on a configuration that is not there, or not as its schema says, before anything is built", async () => {
    const build = (config: string, text?: string) =>
      inEngine(async () => {
        const source = text === undefined ? ownSource() : ownSource().withNewFile(config, text);
        await slipway({ source, config }).build("admin");
      });
    await expect(build("docker/build.test.json")).rejects.toThrow(
      /\[config\] the source has no file docker\/build\.test\.json\nNext: name a build configuration/,
    );
    await expect(build("docker/build.prod.json", '{ "$schema": "./build.schema.json", "site": {} }')).rejects.toThrow(
      /build\.prod\.json:1:\d+ site\n {2}found {4}unknown key "site"/,
    );
  });

  it("Y-09: fails without the package that both applications share", async () => {
    const kit = "docker/reference/yab/packages/ui_kit";
    expect(await refusal("web", () => ownSource().withoutDirectory(kit))).toContain("ui_kit");
  });
});
