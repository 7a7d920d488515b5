import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { contextSources } from "../../../src/plan/dockerfile.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

describe("contextSources", () => {
  it.each([
    { text: "COPY a b/c /to/", sources: ["a", "b/c"] },
    { text: "copy --chown=1:1 --link ./a/ /to", sources: ["a"] },
    { text: 'COPY ["a b", "c", "/to"]', sources: ["a b", "c"] },
    { text: "COPY --from=build /out /", sources: [] },
    { text: "COPY . /src", sources: ["**"] },
    { text: "COPY ../a /../b /", sources: ["a", "b"] },
    { text: "ADD https://example.com/a git@example.com:a.git b /", sources: ["b"] },
    { text: "COPY a \\\n  # a comment\n  b \\\n\n  /to", sources: ["a", "b"] },
    { text: "COPY go.* src/?.txt /", sources: ["go.*", "src/?.txt"] },
    { text: "COPY <<END /file\nCOPY inner /\nEND", sources: ["inner"] },
    { text: 'COPY "a b" /', sources: ["**"] },
    { text: "COPY a\\ b /", sources: ["**", "b"] },
    { text: "ONBUILD COPY a /", sources: ["a"] },
    { text: "RUN --mount=type=cache,target=/x --mount=source=a,target=/y make COPY b", sources: ["a"] },
    { text: "RUN --mount=type=bind,target=/x make", sources: ["**"] },
    { text: "RUN --mount=type=bind,from=other,source=/x,target=/x make", sources: [] },
    { text: "RUN --mount=type=secret,id=x make", sources: [] },
    { text: "RUN echo COPY a b", sources: [] },
  ])("reads $text", ({ text, sources }) => {
    expect(contextSources(`FROM base\n${text}\n`, {})).toEqual(sources);
  });

  it("goes by the escape character that the first lines name", () => {
    const text = (first: string) => contextSources(`${first}FROM base\nCOPY a \`\n  b c \`\n /to\n`, {});
    expect(text("# syntax=docker/dockerfile:1\n# escape=`\n")).toEqual(["a", "b", "c"]);
    expect(text("")).not.toEqual(["a", "b", "c"]);
  });

  it.each([
    { title: "a build argument", text: "ARG A=x\nCOPY ${A}/y /", sources: ["given/y"] },
    { title: "the default of an argument", text: "ARG B=x\nCOPY $B/y /", sources: ["x/y"] },
    { title: "an argument without a value", text: "ARG B\nCOPY $B/y /", sources: ["**/y"] },
    { title: "an argument that is nowhere", text: "COPY $B/y /", sources: ["**/y"] },
    { title: "what the environment hides", text: "ARG A\nENV A=z\nCOPY $A/y /", sources: ["**/y"] },
    { title: "two defaults", text: "ARG B=x\nFROM other\nARG B=z\nCOPY $B/y /", sources: ["x/y", "z/y"] },
    { title: "an argument of another stage", text: "ARG B=x\nFROM other\nCOPY $B/y /", sources: ["x/y", "y"] },
    { title: "an argument of the platform", text: "ARG TARGETARCH=amd64\nCOPY bin-$TARGETARCH /", sources: ["bin-**"] },
    { title: "a form with a default", text: "ARG A\nCOPY ${A:-x}/y /", sources: ["**/y"] },
    { title: "an argument of an argument", text: "ARG B=${C}/x\nCOPY $B/y /", sources: ["**/y"] },
  ])("fills in $title", ({ text, sources }) => {
    expect(contextSources(`FROM base\n${text}\n`, { A: "given" })).toEqual(sources);
  });

  it("knows what each Dockerfile here copies, and never all of the context", () => {
    const files = readdirSync(path.join(ROOT, "docker")).filter((name) => name.startsWith("Dockerfile."));
    const read = files.map((name) => {
      const text = readFileSync(path.join(ROOT, "docker", name), "utf8");
      return [name, contextSources(text, { SOURCE: "docker/reference/any" })] as const;
    });
    expect(Object.fromEntries(read)).toMatchSnapshot();
    expect(read.filter(([, sources]) => sources.length === 0 || sources.includes("**"))).toEqual([]);
  });
});
