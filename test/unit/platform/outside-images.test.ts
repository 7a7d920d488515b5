import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { LOCK_FILE, outsideImages } from "./outside-images.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const SEARCHED = [".ci", ".forgejo", ".github", "charts", "deploy", "docker", "docs", "embedded", "src", "test"];
// Fixtures hold planted defects and other people's platforms; unit and chart tests never reach an engine that could pull; the stubs
// are compiled into the engine and hold what it must know by name.
const SKIPPED = ["embedded/engine/programs/stubs", "test/fixtures", "test/unit", "test/charts"];
// What is made, and what helm-unittest compares with: names that are made up, of images that nobody pulls.
const LEFT_OUT = ["node_modules", "dist", "out", "unittests"];

describe("the repository", () => {
  it("S-14, X-19: names outside images in deploy/images.lock.yaml alone", () => {
    const files = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
      if (entry.isFile()) return [entry.name];
      return SEARCHED.includes(entry.name) ? listFiles(entry.name) : [];
    });
    const some = [
      "README.md",
      "charts/common/templates/_image.tpl",
      "charts/backing/nats/values.yaml",
      "docs/roadmap.md",
    ];
    expect(files).toEqual(expect.arrayContaining([LOCK_FILE, ...some]));
    const named = files.flatMap((file) =>
      outsideImages(file, readFileSync(path.join(ROOT, file), "utf8")).map(
        ({ line, image }) => `${file}:${line} names ${image}; give it a name in ${LOCK_FILE} and look that up`,
      ),
    );
    expect(named).toEqual([]);
  });
});

describe("outsideImages", () => {
  const digest = "sha256:1b7b9f0f0e0a1d2155f531db587cc48ec26aaf97ab64364225f5bf18a054e66a";

  it.each([
    { file: "src/a.ts", text: 'const base = "docker.io/library/golang";', image: "docker.io/library/golang" },
    { file: "src/a.ts", text: "// see ghcr.io/owner/tool:v1.", image: "ghcr.io/owner/tool:v1" },
    { file: "deploy/a.yaml", text: `x: eu.gcr.io/a/b@${digest}`, image: `eu.gcr.io/a/b@${digest}` },
    { file: "src/a.ts", text: 'dag.container().from("alpine")', image: "alpine" },
    { file: "src/a.ts", text: 'dag\n  .container({ platform })\n  .from("alpine")', image: "alpine" },
    { file: "test/e2e/a.ts", text: 'base.from("redis:8")', image: "redis:8" },
    { file: "test/e2e/a.ts", text: 'withNewFile("Dockerfile", "FROM busybox:1\\n")', image: "busybox:1" },
    { file: "src/a.ts", text: 'const HELM_IMAGE = "alpine/helm:3.19.0";', image: "alpine/helm:3.19.0" },
    { file: "embedded/a.sh", text: "IMAGE=nginx:1.29", image: "nginx:1.29" },
    { file: ".github/workflows/ci.yml", text: "    container: node:24", image: "node:24" },
    { file: ".github/workflows/ci.yml", text: "    image: postgres:17-alpine # database", image: "postgres:17-alpine" },
    { file: ".github/workflows/ci.yml", text: "  - uses: docker://alpine:3.22", image: "alpine:3.22" },
    { file: "docker/Dockerfile.api", text: "FROM golang AS build", image: "golang" },
    { file: "docker/Dockerfile.api", text: "FROM --platform=${BUILDPLATFORM} golang:1 AS build", image: "golang:1" },
    { file: "docker/Dockerfile.api", text: "COPY --from=busybox /bin/sh /", image: "busybox" },
    { file: "docker/Dockerfile.api", text: "RUN --mount=type=bind,from=tools,target=/t t", image: "tools" },
    { file: "docker/Dockerfile.api", text: "# syntax=docker/dockerfile:1", image: "docker/dockerfile:1" },
    { file: "charts/a/templates/a.yaml", text: '          image: "busybox:1.37"', image: "busybox:1.37" },
    { file: "charts/a/values.yaml", text: "  repository: quay.io/a/b", image: "quay.io/a/b" },
    { file: "docs/a.md", text: "Run `docker pull docker.io/a/b:1`.", image: "docker.io/a/b:1" },
    { file: "docs/a/Dockerfile", text: "FROM python:3.11-slim", image: "python:3.11-slim" },
    { file: "docker/reference/x/Dockerfile", text: "ARG GO_IMAGE=golang:1.26", image: "golang:1.26" },
  ])("S-14: finds $image in $file: $text", ({ file, text, image }) => {
    expect(outsideImages(file, text).map((found) => found.image)).toEqual([image]);
  });

  it("names the line", () => {
    expect(outsideImages("src/a.ts", "\n\nconst x = 'quay.io/a/b:1'\n")).toEqual([{ line: 3, image: "quay.io/a/b:1" }]);
  });

  it.each([
    { file: LOCK_FILE, text: `golang:\n  reference: docker.io/library/golang:1.26@${digest}` },
    { file: "docker/Dockerfile.api", text: "ARG GO_IMAGE=golang:1.26-alpine\nFROM ${GO_IMAGE} AS build\nFROM build" },
    { file: "docker/Dockerfile.api", text: "FROM scratch\nCOPY --from=0 /a /a" },
    { file: "charts/a/values.yaml", text: "  repository: ghcr.io/yourorg/api" },
    { file: "charts/a/templates/a.yaml", text: '  image: {{ include "common.image" (dict "root" .root) | quote }}' },
    { file: "docs/getting-started/service/Dockerfile", text: "ARG BASE_IMAGE=python:3.11-slim\nFROM ${BASE_IMAGE}" },
    { file: "docker/Dockerfile.api", text: "FROM ${A} AS build\nFROM ${B}\nCOPY --from=build /a /a" },
    {
      file: "docker/Dockerfile.api",
      text: "RUN --mount=type=cache,target=/root/.cache/go-build,sharing=locked go build",
    },
    { file: "src/a.ts", text: 'const PROBE_IMAGE = "slipway.invalid/probe:run";' },
    { file: "src/a.ts", text: "// Registry to publish to, for example ghcr.io/acme." },
    { file: "src/a.ts", text: "const spec: { image: Image; container: Container } = { image: built };" },
    { file: "src/a.ts", text: "container().from(lookupImage(lock, name).reference)" },
    { file: "src/a.ts", text: 'Array.from("abc"); Buffer.from("text", "base64");' },
    { file: "src/a.ts", text: '"SELECT name FROM images WHERE id = $1"' },
  ])("finds nothing in $file: $text", ({ file, text }) => {
    expect(outsideImages(file, text)).toEqual([]);
  });
});

function listFiles(folder: string): string[] {
  if (SKIPPED.includes(folder)) return [];
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return LEFT_OUT.includes(entry.name) ? [] : listFiles(file);
    return entry.isFile() ? [file] : [];
  });
}
