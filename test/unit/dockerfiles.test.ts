/** Holds Cruvero's Dockerfiles to their rules; beside each rule stands a Dockerfile that breaks it. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { parsePlatform } from "../../src/platform/platform-file.ts";
import { type Dockerfile, parseDockerfile, type Stage, type Step } from "./dockerfile-steps.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../docker");
const COMMANDS = ["api", "embed-worker", "graph-worker", "migrate", "ui", "worker"];
const LOCK_FILES = ["go.mod", "go.sum", "package.json", "package-lock.json"];
const LABELS = ["title", "description", "licenses", "revision"];
/** What the tools that download or compile keep between builds, and so what their RUN must mount. */
const CACHES: Readonly<Record<string, readonly string[]>> = {
  "go mod download": ["type=cache,target=/go/pkg/mod"],
  "go build": ["type=cache,target=/go/pkg/mod", "type=cache,target=/root/.cache/go-build,sharing=locked"],
  "npm ci": ["type=cache,target=/root/.npm"],
};

/** A rule, what it says of a planted defect, and how the defect is planted in the Dockerfile of `into`. */
type Rule = {
  readonly title: string;
  readonly problems: (file: Dockerfile) => readonly string[];
  readonly into?: string;
  readonly plant: readonly [from: string | RegExp, to: string];
  readonly says: string;
};

const RULES: readonly Rule[] = [
  {
    title: "C-01, C-04: compiles exactly its own command",
    problems: ({ command, steps }) => {
      const compiled = runs(steps, "go build").flatMap((step) => step.args.filter((arg) => arg.startsWith("./")));
      return compiled.join() === `./cmd/${command}` ? [] : [`compiles "${compiled.join()}"`];
    },
    plant: [" ./cmd/api\n#", " ./cmd/api ./cmd/worker\n#"],
    says: 'compiles "./cmd/api,./cmd/worker"',
  },
  {
    title: "C-01, Y-06: starts its own command without a shell",
    problems: ({ command, last }) => {
      const starts = last.steps.filter((step) => ["ENTRYPOINT", "CMD", "SHELL"].includes(step.keyword));
      const found = starts.map((step) => `${step.keyword} ${step.text}`).join();
      return found === `ENTRYPOINT ["/usr/bin/${command}"]` ? [] : [`starts with ${found}`];
    },
    plant: ['ENTRYPOINT ["/usr/bin/api"]', "ENTRYPOINT /usr/bin/api"],
    says: "starts with ENTRYPOINT /usr/bin/api",
  },
  {
    title: "C-03: embeds the frontend that a stage of its own built",
    problems: ({ command, stages }) => (command === "ui" ? frontendProblems(stages) : []),
    into: "ui",
    plant: ["COPY --from=web /web/dist ./cmd/ui/static\n", ""],
    says: "compiles without the built frontend",
  },
  {
    title: "takes every base as an argument",
    problems: ({ stages, baseArguments: known }) =>
      stages.flatMap(({ base }, index) => {
        const name = /^\$\{(\w+)\}$/.exec(base)?.[1] ?? "";
        return name in known || stages.slice(0, index).some((stage) => stage.name === base) ? [] : [`FROM ${base}`];
      }),
    plant: ["FROM ${RUNTIME_IMAGE}", "FROM scratch"],
    says: "FROM scratch",
  },
  {
    title: "names familiar tags as default bases, neither latest nor a digest",
    problems: ({ baseArguments: known }) =>
      Object.entries(known)
        .filter(([name, value]) => name.endsWith("_IMAGE") && !/^[a-z0-9./-]+:(?!latest$)[\w.-]+$/.test(value))
        .map(([name, value]) => `${name}=${value}`),
    plant: ["golang:1.26-bookworm", "golang:latest"],
    says: "GO_IMAGE=golang:latest",
  },
  {
    title: "names no image in a syntax directive",
    problems: ({ directives }) => (directives === 0 ? [] : ["has a parser directive"]),
    plant: [/^/, "# syntax=docker/dockerfile:1\n"],
    says: "has a parser directive",
  },
  {
    title: "builds in stages and ships the one tree that the builder prepared",
    problems: ({ stages, last }) => {
      const copies = last.steps.filter((step) => step.keyword === "COPY");
      const shipped = copies.map((step) => [...step.flags, ...step.args].join(" ")).join();
      return stages.length >= 2 && shipped === "--from=build /out/ /" ? [] : [`ships "${shipped}"`];
    },
    plant: ["COPY --from=build /out/ /", "COPY --from=build /out/ /\nCOPY --from=build /src /src"],
    says: 'ships "--from=build /out/ /,--from=build /src /src"',
  },
  {
    title: "runs nothing in the final stage",
    problems: ({ last }) => runs(last.steps, "").map((step) => `runs ${step.text} in the final stage`),
    plant: ["USER 10001:10001", "RUN id\nUSER 10001:10001"],
    says: "runs id in the final stage",
  },
  {
    title: "sets the times of the tree in its last step, after the compilation",
    problems: ({ stages }) => timestampProblems(stages.find((stage) => stage.name === "build")?.steps ?? []),
    plant: ["ARG TARGETOS", "ARG SOURCE_DATE_EPOCH=0\nARG TARGETOS"],
    says: "compiles again for a new commit time",
  },
  {
    title: "Y-04: copies the lock files, downloads, and only then copies sources",
    problems: ({ stages }) => stages.flatMap((stage) => lockFileProblems(stage.steps)),
    plant: ["RUN --mount=type=cache,target=/go/pkg/mod go", "COPY . .\nRUN --mount=type=cache,target=/go/pkg/mod go"],
    says: "copies . before go mod download",
  },
  {
    title: "Y-04: keeps downloads and compiled packages in cache mounts",
    problems: ({ steps }) =>
      Object.entries(CACHES).flatMap(([tool, caches]) =>
        runs(steps, tool).flatMap((step) =>
          caches.filter((cache) => !step.flags.includes(`--mount=${cache}`)).map((cache) => `${tool} without ${cache}`),
        ),
      ),
    plant: [",sharing=locked", ""],
    says: "go build without type=cache,target=/root/.cache/go-build,sharing=locked",
  },
  {
    title: "Y-06, S-07: has no HEALTHCHECK",
    problems: ({ steps }) => forbidden(steps, "HEALTHCHECK"),
    plant: ["USER 10001:10001", 'USER 10001:10001\nHEALTHCHECK CMD ["/usr/bin/api"]'],
    says: "has HEALTHCHECK",
  },
  {
    title: "copies with COPY, never with ADD",
    problems: ({ steps }) => forbidden(steps, "ADD"),
    plant: ["COPY ${SOURCE}/internal", "ADD ${SOURCE}/internal"],
    says: "has ADD",
  },
  {
    title: "runs as 10001:10001",
    problems: ({ last }) => {
      const users = last.steps.filter((step) => step.keyword === "USER").map((step) => step.text);
      return users.join() === "10001:10001" ? [] : [`runs as "${users.join()}"`];
    },
    plant: ["USER 10001:10001\n", ""],
    says: 'runs as ""',
  },
  {
    title: "carries the OCI labels in its last step",
    problems: ({ last }) => {
      const labels = last.steps.at(-1)?.settings ?? {};
      return LABELS.filter((name) => !labels[`org.opencontainers.image.${name}`]).map((name) => `no label ${name}`);
    },
    plant: [/ \\\n.*image\.revision=.*/, ""],
    says: "no label revision",
  },
  {
    title: "S-10: takes no secret as an argument or variable",
    problems: ({ steps }) =>
      steps
        .filter((step) => ["ARG", "ENV"].includes(step.keyword))
        .flatMap((step) => Object.keys(step.settings))
        .filter((name) => /pass|token|secret|credential|auth|(^|_)key/i.test(name))
        .map((name) => `takes ${name}`),
    plant: ["ARG TARGETOS", "ARG NPM_TOKEN\nARG TARGETOS"],
    says: "takes NPM_TOKEN",
  },
];

describe("docker/Dockerfile.*", () => {
  it("C-01, C-06: are those of the six commands and no others", () => {
    expect(dockerfileNames(readdirSync(FOLDER))).toEqual(COMMANDS);
    expect(dockerfileNames(["Dockerfile.redis", "reference"])).toEqual(["redis"]);
  });

  it("C-01: are those that deploy/platform.yaml builds images from", () => {
    const file = path.resolve(FOLDER, "../deploy/platform.yaml");
    const built = parsePlatform(readFileSync(file, "utf8"), file).images.map((image) => image.dockerfile);
    expect(built.sort()).toEqual(COMMANDS.map((command) => `docker/Dockerfile.${command}`));
  });

  it("share every step up to the shared packages, so that one build makes them for all six", () => {
    const shared = COMMANDS.map((command) => {
      const steps = parseDockerfile(command, read(command)).stages.find((stage) => stage.name === "build")?.steps ?? [];
      return steps.slice(0, steps.findIndex((step) => step.text.endsWith(" ./internal")) + 1);
    });
    expect(shared[0]?.length).toBeGreaterThan(3);
    for (const steps of shared) expect(steps).toEqual(shared[0]);
  });
});

describe.each(RULES)("$title", (rule) => {
  it.each(COMMANDS)("docker/Dockerfile.%s", (command) => {
    expect(rule.problems(parseDockerfile(command, read(command)))).toEqual([]);
  });

  it("refuses a Dockerfile that does otherwise", () => {
    const command = rule.into ?? "api";
    const planted = read(command).replace(rule.plant[0], () => rule.plant[1]);
    expect(rule.problems(parseDockerfile(command, planted))).toEqual([rule.says]);
  });
});

function dockerfileNames(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => /^Dockerfile\.(.+)$/.exec(name)?.[1] ?? []).sort();
}

function read(command: string): string {
  return readFileSync(path.join(FOLDER, `Dockerfile.${command}`), "utf8");
}

function runs(steps: readonly Step[], words: string): readonly Step[] {
  return steps.filter((step) => step.keyword === "RUN" && step.text.includes(words));
}

function forbidden(steps: readonly Step[], keyword: string): readonly string[] {
  return steps.some((step) => step.keyword === keyword) ? [`has ${keyword}`] : [];
}

function frontendProblems(stages: readonly Stage[]): readonly string[] {
  const maker = stages.find((stage) => runs(stage.steps, "npm run build").length > 0)?.name;
  const steps = stages.find((stage) => stage.name === "build")?.steps ?? [];
  const before = steps.slice(
    0,
    steps.findIndex((step) => runs([step], "go build").length > 0),
  );
  const embeds = before.some(
    (step) => step.flags.includes(`--from=${maker}`) && step.args.at(-1) === "./cmd/ui/static",
  );
  return embeds ? [] : ["compiles without the built frontend"];
}

function timestampProblems(steps: readonly Step[]): readonly string[] {
  const last = steps.at(-1);
  if (last === undefined || !/touch .*SOURCE_DATE_EPOCH/.test(last.text)) return ["ends without setting the times"];
  const compiled = steps.findIndex((step) => runs([step], "go build").length > 0);
  const early = steps.slice(0, compiled).some((step) => "SOURCE_DATE_EPOCH" in step.settings);
  return early ? ["compiles again for a new commit time"] : [];
}

function lockFileProblems(steps: readonly Step[]): readonly string[] {
  const download = steps.findIndex((step) => /go mod download|npm ci/.test(step.text));
  if (download === -1) return runs(steps, "").length > 0 ? ["builds without a step that downloads"] : [];
  const early = steps.slice(0, download).filter((step) => step.keyword === "COPY");
  const sources = early.flatMap((step) => step.args.slice(0, -1));
  return sources
    .filter((source) => !LOCK_FILES.includes(path.posix.basename(source)))
    .map((source) => `copies ${source} before ${steps[download]?.text ?? ""}`);
}
