/** What documents give to helm, kubectl and curl: helm renders it, and what kubectl names is in the renders. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { Charts } from "../support/charts.ts";
import { commandsOf, OF_RELEASES } from "../support/document-commands.ts";
import { type Document, documentFiles, parseDocument, readDocument } from "../support/documents.ts";
import { ROOT } from "../support/module-command.ts";
import {
  type Facts,
  type Manifest,
  parseManifests,
  releaseProblems,
  renderWords,
} from "../support/release-commands.ts";

const FILES = documentFiles().filter((file) => !file.startsWith("docker/reference/"));
const { charts } = parsePlatform(readFileSync(path.join(ROOT, "deploy/platform.yaml"), "utf8"), "deploy/platform.yaml");
const DIGEST = `sha256:${"a".repeat(64)}`;

let copy: Charts;
let namespaces: string[];
const ofEnvironments: Manifest[] = [];

beforeAll(async () => {
  copy = await Charts.open();
  namespaces = parseManifests(readFileSync(path.join(ROOT, "deploy/base/namespaces.yaml"), "utf8")).map(
    ({ metadata }) => metadata.name,
  );
  for (const { release, path: place, namespace, environments, images } of charts) {
    const digests = Object.values(images).flatMap((value) => ["--set", `${value}.digest=${DIGEST}`]);
    for (const overlays of Object.values(environments)) {
      const values = (overlays ?? []).flatMap((file) => ["--values", copied(path.join(place, file))]);
      const words = ["template", release, copied(place), "--namespace", namespace, ...values, ...digests];
      ofEnvironments.push(...parseManifests(copy.text("helm", words)));
    }
  }
});

afterAll(() => {
  copy.remove();
});

/** Where the copy has a file of charts/. */
function copied(file: string): string {
  return copy.at(path.relative("charts", file));
}

/** What is wrong with a document's commands, each with file and line. */
function problems(document: Document): string[] {
  const manifests = [...ofEnvironments];
  const facts: Facts = { charts, namespaces, manifests };
  const commands = commandsOf(document).filter(({ words }) => OF_RELEASES.includes(words[0] ?? ""));
  const rendering = commands.flatMap(({ line, words }) => {
    const given = renderWords(words, copied);
    if (given === undefined) return [];
    const { status, stdout, stderr } = copy.ask("helm", given);
    if (status === 0) manifests.push(...parseManifests(stdout));
    return status === 0 ? [] : [`${document.file}:${line}: ${stderr.trim()}`];
  });
  const judged = commands.flatMap(({ line, words }, index) => {
    const earlier = commands.slice(0, index).map((command) => command.words);
    return releaseProblems(words, facts, earlier).map((problem) => `${document.file}:${line}: ${problem}`);
  });
  return [...rendering, ...judged];
}

describe("every document", () => {
  it.each(FILES)("%s: has commands for helm and kubectl that fit the charts", (file) => {
    expect(problems(readDocument(file))).toEqual([]);
  });
});

describe("a document with a mistake", () => {
  it.each([
    { line: "helm install yab-api charts/nowhere --namespace apps", says: /no chart charts\/nowhere/ },
    { line: "helm install api charts/api --namespace apps", says: /the platform has no release api of charts\/api/ },
    { line: "helm rollback yab-api 1 --namespace cruvero", says: /yab-api is in the namespace apps/ },
    { line: "helm rollback yab-api last --namespace apps", says: /last is no revision/ },
    {
      line: "helm lint charts/api --values charts/api/values-test.yaml",
      says: /no file charts\/api\/values-test.yaml/,
    },
    { line: "helm upgrade yab-api charts/api --namespace apps --force", says: /Unknown option '--force'/ },
    { line: "helm pull yab-api", says: /nothing judges "helm pull yab-api"/ },
    {
      line: "kubectl apply --kustomize deploy/overlays/nowhere",
      says: /no kustomization at deploy\/overlays\/nowhere/,
    },
    { line: "kubectl create namespace nowhere", says: /no namespace nowhere/ },
    {
      line: "kubectl --namespace apps create secret generic api-env --from-literal=DATABASE=x",
      says: /no chart in apps reads DATABASE of api-env/,
    },
    { line: "kubectl --namespace apps get deployment/api", says: /no deployment\/api in apps/ },
    { line: "kubectl --namespace apps logs --selector app=api", says: /no pods in apps have app=api/ },
    { line: "kubectl --namespace apps port-forward service/yab-api 8000:80", says: /yab-api has no port 8000:80/ },
    { line: "kubectl --namespace apps delete deployment/yab-api", says: /nothing judges "kubectl delete/ },
    { line: "curl http://localhost:8000/health/", says: /neither forwarded before nor the host of an entry/ },
    { line: "curl https://api.example.dev/healthy/", says: /no probe asks \/healthy\// },
  ])("is found by its command $line", ({ line, says }) => {
    const planted = parseDocument("docs/planted.md", ["```sh", line, "```"].join("\n"));
    expect(problems(planted).join("\n")).toMatch(new RegExp(`^docs/planted.md:2: .*${says.source}`, "s"));
  });

  it("is found by values that the chart refuses", () => {
    const line = "helm install yab-api charts/api --namespace apps --values charts/api/values-prod.yaml";
    const planted = parseDocument("docs/planted.md", ["```sh", line, "```"].join("\n"));
    expect(problems(planted)).toEqual([expect.stringMatching(/^docs\/planted.md:2: .*digest/s)]);
  });
});
