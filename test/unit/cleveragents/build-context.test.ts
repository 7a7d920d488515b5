/** What of the package an image build may see, decided as Docker does. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import ignore from "@balena/dockerignore";
import { describe, expect, it } from "vitest";

import { parseDockerfile } from "../dockerfile-steps.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SOURCE = "docker/reference/cleveragents";
const PATTERNS = readFileSync(path.join(ROOT, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
const matcher = ignore().add(PATTERNS);

describe("the build context of cleveragents", () => {
  it("holds everything that the Dockerfiles copy, and no file that Python made", () => {
    const copied = copiedFiles();
    expect(copied).toContain(`${SOURCE}/src/cleveragents/a2a/asgi.py`);
    expect(copied).toContain(`${SOURCE}/requirements.lock`);
    expect(copied.filter((file) => matcher.ignores(file) && !file.endsWith(".pyc"))).toEqual([]);
    expect(matcher.ignores(`${SOURCE}/src/cleveragents/__pycache__/settings.cpython-313.pyc`)).toBe(true);
  });

  it("S-10, S-104, S-154: holds no tests, environments or credentials", () => {
    const planted = [
      ...["tests/test_asgi.py", ".venv/bin/python", "src/dist/cleveragents.whl"],
      ...["server.pem", "tls.key", "client.p12", "client.pfx", "credentials.json", "credentials-prod.json", ".env"].map(
        (name) => `src/cleveragents/${name}`,
      ),
    ];
    expect(planted.filter((file) => !matcher.ignores(`${SOURCE}/${file}`))).toEqual([]);
  });
});

/** Every file on disk below the sources of the COPY instructions that take from the context. */
function copiedFiles(): readonly string[] {
  const { steps } = parseDockerfile("server", readFileSync(path.join(ROOT, "docker/Dockerfile.server"), "utf8"));
  return steps
    .filter(({ keyword, flags }) => keyword === "COPY" && !flags.some((flag) => flag.startsWith("--from=")))
    .flatMap(({ args }) => args.slice(0, -1))
    .map((source) => source.replace("${SOURCE}", SOURCE))
    .flatMap((source) => {
      if (path.extname(source) !== "") return [source];
      const below = readdirSync(path.join(ROOT, source), { recursive: true, withFileTypes: true });
      return below
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
    });
}
