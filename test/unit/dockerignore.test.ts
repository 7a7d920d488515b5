/** Holds .dockerignore to what an image build may see, with a matcher that decides as Docker does. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import ignore from "@balena/dockerignore";
import { describe, expect, it } from "vitest";

import { parseDockerfile } from "./dockerfile-steps.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const TEXT = readFileSync(path.join(ROOT, ".dockerignore"), "utf8");
const SOURCE = "docker/reference/cruvero";
const COMMANDS = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"];
/** Folders to plant in: outside what is allowed, at its edge, and deep inside. */
const FOLDERS = ["", "deploy", "docker", "docker/reference", `${SOURCE}/cmd/api`, `${SOURCE}/web/src/deeper/still`];
const FOLDERS_LET_IN = FOLDERS.filter((folder) => folder.startsWith("docker/reference"));

/** Each pattern for credentials and personal settings, with a name that no other pattern keeps out. */
const CREDENTIALS = [
  { pattern: "**/*.pem", name: "server.pem" },
  { pattern: "**/*.key", name: "tls.key" },
  { pattern: "**/*.p12", name: "client.p12" },
  { pattern: "**/*.pfx", name: "client.pfx" },
  { pattern: "**/*.jks", name: "trust.jks" },
  { pattern: "**/*.kubeconfig", name: "prod.kubeconfig" },
  { pattern: "**/credentials*.json", name: "credentials-prod.json" },
  { pattern: "**/.env*", name: ".env.production" },
  { pattern: "**/*.env", name: "prod.env" },
  { pattern: "**/*.local", name: "settings.local" },
  { pattern: "**/.netrc", name: ".netrc" },
  { pattern: "**/.npmrc", name: ".npmrc" },
  { pattern: "**/.pypirc", name: ".pypirc" },
  { pattern: "**/.git-credentials", name: ".git-credentials" },
  { pattern: "**/id_rsa*", name: "id_rsa" },
  { pattern: "**/id_ecdsa*", name: "id_ecdsa" },
  { pattern: "**/id_ed25519*", name: "id_ed25519.pub" },
];

describe(".dockerignore", () => {
  it.each(CREDENTIALS)("S-10: keeps $name out at every depth, by $pattern", ({ pattern, name }) => {
    expect(seen(TEXT, plant(FOLDERS, name))).toEqual([]);
    expect(seen(without(pattern), plant(FOLDERS_LET_IN, name))).toEqual(plant(FOLDERS_LET_IN, name));
  });

  it.each([".env", "credentials.json", "fullchain.pem"])("S-10: keeps %s out at every depth", (name) => {
    expect(seen(TEXT, plant(FOLDERS, name))).toEqual([]);
  });

  it("S-10: keeps out a folder that is named like a credential, with all that is in it", () => {
    expect(seen(TEXT, plant(FOLDERS, "ca.key/private/root.txt"))).toEqual([]);
  });

  it("S-10: names the credentials last, since the last pattern decides", () => {
    const [listed] = CREDENTIALS.map(({ pattern }) => pattern);
    const lastAllowed = lines(TEXT).findLastIndex((line) => line.startsWith("!"));
    expect(lines(TEXT).indexOf(listed ?? "")).toBeGreaterThan(lastAllowed);
    expect(lines(TEXT).slice(-CREDENTIALS.length)).toEqual(CREDENTIALS.map(({ pattern }) => pattern));
    expect(seen(`${TEXT}\n!docker/reference\n`, plant(FOLDERS, "server.pem"))).toEqual(
      plant(FOLDERS_LET_IN, "server.pem"),
    );
  });

  it("lets in nothing beside the Dockerfiles, the settings beside them and the reference sources", () => {
    const top = readdirSync(ROOT).filter((name) => name !== "docker");
    expect(seen(TEXT, [...top, "src/index.ts", ".git/HEAD", "deploy/platform.yaml", "docker/notes.md"])).toEqual([]);
    const settings = ["docker/Dockerfile.api", "docker/nginx.default.conf", "docker/settings.json"];
    expect(seen(TEXT, settings)).toEqual(settings);
    expect(seen(without("*"), ["src/index.ts"])).toEqual(["src/index.ts"]);
  });

  it.each(["node_modules/vite/index.js", "dist/index.html", ".git/HEAD", "x_test.go", "test/x.test.ts", "build/x"])(
    "Y-10: keeps %s out of the sources",
    (name) => {
      expect(seen(TEXT, plant([SOURCE, `${SOURCE}/web`, "docker/reference/other/deep/down"], name))).toEqual([]);
    },
  );

  it("keeps a frontend built by hand out of the binary", () => {
    expect(seen(TEXT, [`${SOURCE}/cmd/ui/static/index.html`])).toEqual([]);
  });

  it.each(COMMANDS)("C-02: lets in everything that docker/Dockerfile.%s copies", (command) => {
    const copied = copiedFiles(command);
    const needed = copied.filter((file) => !isMadeOrTest(file));
    expect(needed).toContain(`${SOURCE}/cmd/${command}/main.go`);
    expect(needed).toContain(`${SOURCE}/go.sum`);
    expect(seen(TEXT, copied)).toEqual(needed);
  });
});

function seen(text: string, files: readonly string[]): readonly string[] {
  const matcher = ignore().add(lines(text));
  return files.filter((file) => !matcher.ignores(file));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function without(pattern: string): string {
  const kept = lines(TEXT).filter((line) => line !== pattern);
  expect(kept).toHaveLength(lines(TEXT).length - 1);
  return kept.join("\n");
}

function plant(folders: readonly string[], name: string): readonly string[] {
  return folders.map((folder) => path.posix.join(folder, name));
}

/** Every file on disk below the sources of the COPY instructions that take from the context. */
function copiedFiles(command: string): readonly string[] {
  const { steps } = parseDockerfile(command, readFileSync(path.join(ROOT, `docker/Dockerfile.${command}`), "utf8"));
  return steps
    .filter((step) => step.keyword === "COPY" && !step.flags.some((flag) => flag.startsWith("--from=")))
    .flatMap((step) => step.args.slice(0, -1))
    .flatMap((source) => filesBelow(source.replace("${SOURCE}", SOURCE)));
}

function filesBelow(name: string): readonly string[] {
  const parent = readdirSync(path.join(ROOT, path.dirname(name)), { withFileTypes: true });
  const entry = parent.find((candidate) => candidate.name === path.basename(name));
  if (entry === undefined) throw new Error(`a Dockerfile copies ${name}, which does not exist`);
  if (!entry.isDirectory()) return [name];
  return readdirSync(path.join(ROOT, name)).flatMap((child) => filesBelow(`${name}/${child}`));
}

function isMadeOrTest(file: string): boolean {
  return /\/(node_modules|dist|static|test|testdata)\/|_test\.go$|\/\.npmrc$/.test(file);
}
