/** The rules of Cruvero's Dockerfiles; beside each stands the defect that breaks it. They are applied in dockerfiles.test.ts. */
import path from "node:path";

import { copiesInSight, copiesOf, type Dockerfile, isEmptyStage, type Stage, type Step } from "./dockerfile-steps.ts";

const LOCK_FILES = ["go.mod", "go.sum", "package.json", "package-lock.json"];
const LABELS = ["title", "description", "licenses", "revision"];
/** What the tools that download or compile keep between builds, and so what their RUN must mount. */
const CACHES: Readonly<Record<string, readonly string[]>> = {
  "go mod download": ["type=cache,target=/go/pkg/mod"],
  "go build": ["type=cache,target=/go/pkg/mod", "type=cache,target=/root/.cache/go-build,sharing=locked"],
  "npm ci": ["type=cache,target=/root/.npm"],
};

/** A rule, what it says of a planted defect, and how the defect is planted in the Dockerfile of `into`. */
export type Rule = {
  readonly title: string;
  readonly problems: (file: Dockerfile) => readonly string[];
  readonly into?: string;
  readonly plant: readonly [from: string | RegExp, to: string];
  readonly says: readonly string[];
};

/** All rules. */
export const RULES: readonly Rule[] = [
  {
    title: "C-01, C-04: compiles exactly its own command",
    problems: ({ command, steps }) => {
      const compiled = runs(steps, "go build").flatMap((step) => step.args.filter((arg) => arg.startsWith("./")));
      return compiled.join() === `./cmd/${command}` ? [] : [`compiles "${compiled.join()}"`];
    },
    plant: [" ./cmd/api\n#", " ./cmd/api ./cmd/worker\n#"],
    says: ['compiles "./cmd/api,./cmd/worker"'],
  },
  {
    title: "C-01, Y-06: starts its own command without a shell",
    problems: ({ command, last }) => {
      const starts = last.steps.filter((step) => ["ENTRYPOINT", "CMD", "SHELL"].includes(step.keyword));
      const found = starts.map((step) => `${step.keyword} ${step.text}`).join();
      return found === `ENTRYPOINT ["/usr/bin/${command}"]` ? [] : [`starts with ${found}`];
    },
    plant: ['ENTRYPOINT ["/usr/bin/api"]', "ENTRYPOINT /usr/bin/api"],
    says: ["starts with ENTRYPOINT /usr/bin/api"],
  },
  {
    title: "C-03: embeds the frontend that a stage of its own built",
    problems: ({ command, stages }) => (command === "ui" ? frontendProblems(stages) : []),
    into: "ui",
    plant: ["COPY --from=web /web/dist /cmd/ui/static\n", ""],
    says: ["compiles without the built frontend"],
  },
  {
    title: "takes every base as an argument, and ships on such a base alone",
    problems: ({ stages, last, baseArguments: known }) =>
      stages.flatMap(({ base }, index) => {
        const name = /^\$\{(\w+)\}$/.exec(base)?.[1] ?? "";
        const isNamed = name in known || stages.slice(0, index).some((stage) => stage.name === base);
        return isNamed || (base === "scratch" && stages[index] !== last) ? [] : [`FROM ${base}`];
      }),
    plant: ["FROM ${RUNTIME_IMAGE}", "FROM scratch"],
    says: ["FROM scratch"],
  },
  {
    title: "runs nothing in an empty stage",
    problems: ({ stages }) =>
      stages
        .filter((stage) => isEmptyStage(stage, stages))
        .flatMap(({ name, steps }) => runs(steps, "").map((step) => `runs ${step.text} in the empty stage ${name}`)),
    plant: ["COPY ${SOURCE}/internal", "RUN id\nCOPY ${SOURCE}/internal"],
    says: ["runs id in the empty stage source"],
  },
  {
    title: "copies nothing onto the image of a tool",
    problems: ({ stages, last }) =>
      stages
        .filter((stage) => stage !== last && !isEmptyStage(stage, stages))
        .flatMap(({ base, steps }) => copiesOf(steps).map((source) => `copies ${source} onto ${base}`)),
    plant: ["WORKDIR /src\n", "WORKDIR /src\nCOPY ${SOURCE}/internal ./internal\n"],
    says: ["copies ${SOURCE}/internal onto ${GO_IMAGE}"],
  },
  {
    title: "compiles with no more in sight than its own command and what all share",
    problems: ({ command, stages }) => {
      const allowed = ["go.mod", "go.sum", "internal", `cmd/${command}`].map((part) => `\${SOURCE}/${part}`);
      const inSight = stages.flatMap((stage) =>
        runs(stage.steps, "go build").flatMap((step) => copiesInSight(step, stage, stages)),
      );
      const fromContext = copiesOf(inSight.filter(({ flags }) => !flags.join().includes("--from=")));
      return fromContext.filter((source) => !allowed.includes(source)).map((source) => `sees ${source}`);
    },
    plant: ["COPY ${SOURCE}/cmd/api /cmd/api", "COPY ${SOURCE}/cmd /cmd"],
    says: ["sees ${SOURCE}/cmd"],
  },
  {
    title: "names familiar tags as default bases, neither latest nor a digest",
    problems: ({ baseArguments: known }) =>
      Object.entries(known)
        .filter(([name, value]) => name.endsWith("_IMAGE") && !/^[a-z0-9./-]+:(?!latest$)[\w.-]+$/.test(value))
        .map(([name, value]) => `${name}=${value}`),
    plant: ["golang:1.26-bookworm", "golang:latest"],
    says: ["GO_IMAGE=golang:latest"],
  },
  {
    title: "names no image in a syntax directive",
    problems: ({ directives }) => (directives === 0 ? [] : ["has a parser directive"]),
    plant: [/^/, "# syntax=docker/dockerfile:1\n"],
    says: ["has a parser directive"],
  },
  {
    title: "builds in stages and ships the one tree that the builder prepared",
    problems: ({ stages, last }) => {
      const copies = last.steps.filter((step) => step.keyword === "COPY");
      const shipped = copies.map((step) => [...step.flags, ...step.args].join(" ")).join();
      return stages.length >= 2 && shipped === "--from=build /out/ /" ? [] : [`ships "${shipped}"`];
    },
    plant: ["COPY --from=build /out/ /", "COPY --from=build /out/ /\nCOPY --from=build /src /src"],
    says: ['ships "--from=build /out/ /,--from=build /src /src"'],
  },
  {
    title: "runs nothing in the final stage",
    problems: ({ last }) => runs(last.steps, "").map((step) => `runs ${step.text} in the final stage`),
    plant: ["USER 10001:10001", "RUN id\nUSER 10001:10001"],
    says: ["runs id in the final stage"],
  },
  {
    title: "sets the modes of the tree in the last step of the build",
    problems: ({ stages }) => modeProblems(stages.find((stage) => stage.name === "build")?.steps ?? []),
    plant: ["RUN chmod -R 0755 /out\n", ""],
    says: ["ends without setting the modes"],
  },
  {
    title: "Y-04: downloads before it copies sources",
    problems: ({ stages }) => stages.flatMap((stage) => lockFileProblems(stage, stages)),
    plant: ["RUN --mount=type=bind,from=modules", "COPY . .\nRUN --mount=type=bind,from=modules"],
    says: ["copies . before go mod download"],
  },
  {
    title: "Y-04: downloads with nothing but the lock files in sight",
    problems: ({ stages }) => stages.flatMap((stage) => lockFileProblems(stage, stages)),
    plant: ["bind,from=modules", "bind,from=source"],
    says: ["copies ${SOURCE}/internal before go mod download", "copies ${SOURCE}/cmd/api before go mod download"],
  },
  {
    title: "Y-04: downloads for the frontend with nothing but the lock files in sight",
    problems: ({ stages }) => stages.flatMap((stage) => lockFileProblems(stage, stages)),
    into: "ui",
    plant: ["${SOURCE}/web/package.json ${SOURCE}/web/package-lock.json /", "${SOURCE}/web /"],
    says: ["copies ${SOURCE}/web before npm ci --ignore-scripts"],
  },
  {
    title: "mounts stages of its own alone",
    problems: ({ stages, steps }) =>
      steps
        .flatMap((step) => step.mounts.filter(({ type }) => type !== "cache"))
        .filter(({ type, from }) => type !== "bind" || !stages.some(({ name }) => name === from))
        .map(({ type, from }) => `mounts ${type ?? ""} ${from ?? "the build context"}`),
    plant: ["bind,from=modules", "bind"],
    says: ["mounts bind the build context"],
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
    says: ["go build without type=cache,target=/root/.cache/go-build,sharing=locked"],
  },
  {
    title: "Y-06, S-07: has no HEALTHCHECK",
    problems: ({ steps }) => forbidden(steps, "HEALTHCHECK"),
    plant: ["USER 10001:10001", 'USER 10001:10001\nHEALTHCHECK CMD ["/usr/bin/api"]'],
    says: ["has HEALTHCHECK"],
  },
  {
    title: "copies with COPY, never with ADD",
    problems: ({ steps }) => forbidden(steps, "ADD"),
    plant: ["COPY ${SOURCE}/internal", "ADD ${SOURCE}/internal"],
    says: ["has ADD"],
  },
  {
    title: "runs as 10001:10001",
    problems: ({ last }) => {
      const users = last.steps.filter((step) => step.keyword === "USER").map((step) => step.text);
      return users.join() === "10001:10001" ? [] : [`runs as "${users.join()}"`];
    },
    plant: ["USER 10001:10001\n", ""],
    says: ['runs as ""'],
  },
  {
    title: "carries the OCI labels in its last step",
    problems: ({ last }) => {
      const labels = last.steps.at(-1)?.settings ?? {};
      return LABELS.filter((name) => !labels[`org.opencontainers.image.${name}`]).map((name) => `no label ${name}`);
    },
    plant: [/ \\\n.*image\.revision=.*/, ""],
    says: ["no label revision"],
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
    says: ["takes NPM_TOKEN"],
  },
];

function runs(steps: readonly Step[], words: string): readonly Step[] {
  return steps.filter((step) => step.keyword === "RUN" && step.text.includes(words));
}

function forbidden(steps: readonly Step[], keyword: string): readonly string[] {
  return steps.some((step) => step.keyword === keyword) ? [`has ${keyword}`] : [];
}

function frontendProblems(stages: readonly Stage[]): readonly string[] {
  const maker = stages.find((stage) => runs(stage.steps, "npm run build").length > 0)?.name;
  const compiled = stages.flatMap((stage) => runs(stage.steps, "go build").map((step) => ({ stage, step })));
  const embeds = compiled.every(({ stage, step }) =>
    copiesInSight(step, stage, stages).some(
      (copy) => copy.flags.includes(`--from=${maker}`) && copy.args.at(-1) === "/cmd/ui/static",
    ),
  );
  return embeds && compiled.length > 0 ? [] : ["compiles without the built frontend"];
}

function modeProblems(steps: readonly Step[]): readonly string[] {
  return steps.at(-1)?.text === "chmod -R 0755 /out" ? [] : ["ends without setting the modes"];
}

function lockFileProblems(stage: Stage, stages: readonly Stage[]): readonly string[] {
  const download = stage.steps.find((step) => /go mod download|npm ci/.test(step.text));
  if (download === undefined) return runs(stage.steps, "").length > 0 ? ["builds without a step that downloads"] : [];
  return copiesOf(copiesInSight(download, stage, stages))
    .filter((source) => !LOCK_FILES.includes(path.posix.basename(source)))
    .map((source) => `copies ${source} before ${download.text}`);
}
