/** Rules of the Dockerfiles that build a Python package with uv; beside each stands the defect that breaks it. */
import { type Rule, RULES } from "../dockerfile-rules.ts";
import { copiesInSight, copiesOf, type Dockerfile, type Stage, type Step } from "../dockerfile-steps.ts";

const LOCKS = ["requirements-build.lock", "requirements.lock"];
/** What installs or builds, and what its RUN keeps between builds. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  "pip install --require-hashes": ["type=cache,target=/root/.cache/pip"],
  "uv pip sync": ["type=cache,target=/root/.cache/uv"],
};
/** How a container of each image starts. */
const STARTS: Readonly<Record<string, string>> = {
  server: 'ENTRYPOINT ["cleveragents"],CMD ["server", "serve"]',
  cli: 'ENTRYPOINT ["cleveragents"],CMD ["--help"]',
};

/** Takes over a rule that holds for every system, with a defect of our own. */
function shared(title: string, plant: Rule["plant"], says: Rule["says"]): Rule {
  const rule = RULES.find((candidate) => candidate.title === title);
  if (rule === undefined) throw new Error(`dockerfile-rules.ts has no rule "${title}"`);
  return { title, problems: rule.problems, plant, says };
}

const ownRules: readonly Rule[] = [
  {
    title: "S-01, S-06, S-112, X-13: starts `cleveragents` without a shell, and only the server serves",
    problems: ({ command, last }) => {
      const starts = last.steps.filter((step) => ["ENTRYPOINT", "CMD", "SHELL"].includes(step.keyword));
      const found = starts.map((step) => `${step.keyword} ${step.text}`).join();
      return found === STARTS[command] ? [] : [`starts with ${found}`];
    },
    plant: ['CMD ["server", "serve"]', 'CMD ["uvicorn", "cleveragents.a2a.asgi:app"]'],
    says: ['starts with ENTRYPOINT ["cleveragents"],CMD ["uvicorn", "cleveragents.a2a.asgi:app"]'],
  },
  {
    title: "S-04: exposes port 8000 where it serves, and nothing elsewhere",
    problems: ({ command, last }) => {
      const ports = last.steps.filter((step) => step.keyword === "EXPOSE").map((step) => step.text);
      return ports.join() === (command === "server" ? "8000" : "") ? [] : [`exposes "${ports.join()}"`];
    },
    plant: ["EXPOSE 8000", "EXPOSE 8080"],
    says: ['exposes "8080"'],
  },
  {
    title: "S-03, X-24: runs as appuser, whose number is 1000",
    problems: ({ last, steps }) => {
      const users = last.steps.filter((step) => step.keyword === "USER").map((step) => step.text);
      const isNamed = runs(steps, "appuser:x:1000:1000:").length === 1 && runs(steps, "appuser:x:1000:").length === 1;
      return [
        ...(users.join() === "1000:1000" ? [] : [`runs as "${users.join()}"`]),
        ...(isNamed ? [] : ["gives the number 1000 no name"]),
      ];
    },
    plant: ["appuser:x:1000:1000:appuser", "app:x:1000:1000:app"],
    says: ["gives the number 1000 no name"],
  },
  {
    title: "S-05, X-19, A-34: builds on python:3.13-slim and ships on the same",
    problems: ({ baseArguments, stages }) => {
      const images = stages.map(({ base }) => base).filter((base) => base.startsWith("$"));
      const standard = baseArguments.BASE_IMAGE ?? "";
      return [
        ...(standard === "python:3.13-slim" ? [] : [`BASE_IMAGE is ${standard} by default`]),
        ...(images.join() === "${BASE_IMAGE},${BASE_IMAGE}" ? [] : [`is built from ${images.join()}`]),
      ];
    },
    plant: ["BASE_IMAGE=python:3.13-slim", "BASE_IMAGE=python:3.12-slim"],
    says: ["BASE_IMAGE is python:3.12-slim by default"],
  },
  {
    title: "S-08, S-105, X-14: installs uv in the version 0.8.0 exactly, and checks it",
    problems: ({ steps }) => {
      const named = runs(steps, "").flatMap((step) => step.text.match(/\buv[=<>~!]=\S*/g) ?? []);
      return named.join() === "uv==0.8.0" ? [] : [`names "${named.join()}"`];
    },
    plant: ["uv==0.8.0", "uv==0.6.14"],
    says: ['names "uv==0.6.14"'],
  },
  {
    title: "S-08, S-81, A-28: has uv in the builder alone",
    problems: ({ stages }) => {
      const installers = stages.filter(({ steps }) => runs(steps, "requirements-build.lock").length > 0);
      const names = installers.map(({ name }) => name || "the image");
      return names.join() === "build" ? [] : [`installs uv in ${names.join(" and ")}`];
    },
    plant: ["FROM ${BASE_IMAGE}\n", "FROM ${BASE_IMAGE}\nRUN pip install --requirement requirements-build.lock\n"],
    says: ["installs uv in build and the image"],
  },
  {
    title: "S-09, S-153: installs uv, installs packages and builds the wheel in RUNs of their own",
    problems: ({ steps }) => {
      const parts = ["--requirement /locks/requirements-build.lock", "uv pip sync", "uv build --wheel", "--find-links"];
      const places = parts.map((part) => steps.findIndex((step) => runs([step], part).length > 0));
      return parts
        .filter((_, index) => (places[index] ?? -1) <= (places[index - 1] ?? -1))
        .map((part) => `has no step of its own for ${part}`);
    },
    plant: [/\nRUN (--mount=type=bind,from=source,target=\/package) uv build/, " \\\n && uv build"],
    says: ["has no step of its own for uv build --wheel"],
  },
  {
    title: "Y-04, S-153: installs with nothing but the lock files in sight",
    problems: ({ stages }) => {
      const sights = stages.flatMap((stage) =>
        Object.keys(TOOLS).flatMap((tool) => runs(stage.steps, tool).map((step) => ({ step, stage }))),
      );
      const seen = sights.flatMap(({ step, stage }) => copiesOf(copiesInSight(step, stage, stages)));
      const others = seen.filter((source) => !LOCKS.some((lock) => source === `\${SOURCE}/${lock}`));
      return sights.length === 2 ? [...new Set(others)].map((source) => `sees ${source}`) : ["does not install"];
    },
    plant: [
      "COPY ${SOURCE}/requirements-build.lock",
      "COPY ${SOURCE}/pyproject.toml ${SOURCE}/requirements-build.lock",
    ],
    says: ["sees ${SOURCE}/pyproject.toml"],
  },
  {
    title: "installs each lock file by itself, so that a new one makes anew what it is for",
    problems: ({ steps }) =>
      steps
        .flatMap((step) => step.mounts.filter(({ from }) => from === "locks"))
        .filter(({ source }) => !LOCKS.some((lock) => source === `/${lock}`))
        .map(({ source }) => `mounts ${source ?? "all lock files"}`),
    plant: ["from=locks,source=/requirements.lock,target=/locks/requirements.lock", "from=locks,target=/locks"],
    says: ["mounts all lock files"],
  },
  {
    title: "installs nothing whose hash is not locked",
    problems: ({ steps }) =>
      runs(steps, "")
        .filter(({ text }) => /pip (install|sync)/.test(text))
        .filter(({ text }) => !text.includes("--require-hashes") && !text.includes("--no-index"))
        .map(({ text }) => `installs without hashes: ${text}`),
    plant: ["pip install --require-hashes", "pip install"],
    says: [
      "installs without hashes: pip install --requirement /locks/requirements-build.lock && pip freeze | grep --line-regexp uv==0.8.0",
    ],
  },
  {
    title: "Y-04: keeps downloads in cache mounts",
    problems: ({ steps }) =>
      Object.entries(TOOLS).flatMap(([tool, caches]) =>
        runs(steps, tool).flatMap((step) =>
          caches.filter((cache) => !step.flags.includes(`--mount=${cache}`)).map((cache) => `${tool} without ${cache}`),
        ),
      ),
    plant: ["    --mount=type=cache,target=/root/.cache/uv \\\n", ""],
    says: ["uv pip sync without type=cache,target=/root/.cache/uv"],
  },
  {
    title: "builds the wheel from the package alone",
    problems: ({ stages }) => {
      const sights = stages.flatMap((stage) =>
        runs(stage.steps, "uv build").flatMap((step) => copiesOf(copiesInSight(step, stage, stages))),
      );
      const expected = ["${SOURCE}/pyproject.toml", "${SOURCE}/src"];
      return sights.join() === expected.join() ? [] : [`sees ${sights.join()}`];
    },
    plant: ["COPY ${SOURCE}/src /src", "COPY ${SOURCE} /"],
    says: ["sees ${SOURCE}/pyproject.toml,${SOURCE}"],
  },
  {
    title: "compiles so that the code knows its source by content, and without asking for it again",
    problems: ({ steps }) =>
      runs(steps, "compileall").some(({ text }) => text.includes("-f --invalidation-mode unchecked-hash"))
        ? []
        : ["compiles with the time of the source"],
    plant: [" --invalidation-mode unchecked-hash", ""],
    says: ["compiles with the time of the source"],
  },
  {
    title: "S-11, S-97: makes /app/data for the user, and nothing else",
    problems: ({ steps }) => {
      const made = runs(steps, "").flatMap(({ text }) => text.match(/install -d -o 1000 -g 1000 -m 0755 \S+/g) ?? []);
      const changed = runs(steps, "chown").map(({ text }) => `gives away: ${text}`);
      return [...(made.join().endsWith(" /out/app/data") ? [] : ["has no /app/data"]), ...changed];
    },
    plant: ["install -d -o 1000 -g 1000 -m 0755 /out/app/data", "mkdir /out/app/data"],
    says: ["has no /app/data"],
  },
];

/** All rules. */
export const PYTHON_RULES: readonly Rule[] = [
  ...ownRules,
  shared(
    "takes every base as an argument, and ships on such a base alone",
    ["FROM ${BASE_IMAGE}\n", "FROM python:3.13-slim\n"],
    ["FROM python:3.13-slim"],
  ),
  shared(
    "runs nothing in an empty stage",
    ["COPY ${SOURCE}/src /src", "COPY ${SOURCE}/src /src\nRUN id"],
    ["runs id in the empty stage source"],
  ),
  shared(
    "copies nothing onto the image of a tool",
    ["RUN --mount=type=bind,from=source", "COPY ${SOURCE}/src /package\nRUN --mount=type=bind,from=source"],
    ["copies ${SOURCE}/src onto ${BASE_IMAGE}"],
  ),
  shared(
    "names familiar tags as default bases, neither latest nor a digest",
    ["python:3.13-slim", "python:latest"],
    ["BASE_IMAGE=python:latest"],
  ),
  shared("names no image in a syntax directive", [/^/, "# syntax=docker/dockerfile:1\n"], ["has a parser directive"]),
  // S-02: a builder, and a stage that runs what it made.
  shared(
    "builds in stages and ships the one tree that the builder prepared",
    ["COPY --from=build /out/ /", "COPY --from=build / /"],
    ['ships "--from=build / /"'],
  ),
  shared(
    "runs nothing in the final stage",
    ["USER 1000:1000", "RUN id\nUSER 1000:1000"],
    ["runs id in the final stage"],
  ),
  shared(
    "mounts stages of its own alone",
    ["--mount=type=bind,from=source,target", "--mount=type=bind,target"],
    ["mounts bind the build context"],
  ),
  shared(
    "Y-06, S-07: has no HEALTHCHECK",
    ["USER 1000:1000", 'USER 1000:1000\nHEALTHCHECK CMD ["cleveragents", "server", "check"]'],
    ["has HEALTHCHECK"],
  ),
  shared("copies with COPY, never with ADD", ["COPY ${SOURCE}/src", "ADD ${SOURCE}/src"], ["has ADD"]),
  shared("carries the OCI labels in its last step", [/ \\\n.*image\.revision=.*/, ""], ["no label revision"]),
  shared(
    "S-10: takes no secret as an argument or variable",
    ["ARG REVISION", "ARG PIP_TOKEN\nARG REVISION"],
    ["takes PIP_TOKEN"],
  ),
];

/** The steps of all stages but the last, which two images of one package have in common. */
export function stepsBeforeTheImage({ stages, last }: Dockerfile): readonly Stage[] {
  return stages.filter((stage) => stage !== last);
}

function runs(steps: readonly Step[], words: string): readonly Step[] {
  return steps.filter((step) => step.keyword === "RUN" && step.text.includes(words));
}
