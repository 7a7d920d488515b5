import { describe, expect, it } from "vitest";
import { z } from "zod";

import { checkYaml } from "../../../src/platform/schema-problems.ts";
import { readYaml } from "../../../src/platform/yaml-file.ts";

describe("checkYaml", () => {
  const port = z
    .number("a port")
    .max(65535, "a port")
    .meta({ examples: [8080] });
  const schema = z.strictObject({
    ports: z.record(z.string().regex(/^[a-z]+$/, "letters"), port),
    host: z.string("a host").optional(),
  });

  it("gives the typed value of a file that is right", () => {
    expect(checkYaml(readYaml("ports: { http: 80 }", "f"), schema)).toEqual({
      ok: true,
      value: { ports: { http: 80 } },
    });
  });

  it("takes what is allowed from the schema's message and the next step from its example", () => {
    expect(checkYaml(readYaml("ports: { http: 70000 }", "f"), schema)).toEqual({
      ok: false,
      problems: [
        {
          path: ["ports", "http"],
          position: { line: 1, column: 16 },
          found: "70000 (number)",
          allowed: "a port",
          next: "write, for example 8080",
        },
      ],
    });
  });

  it("looks at what stands under a wrong name, too", () => {
    const checked = checkYaml(readYaml("ports: { h2: none }\nhost: []\n", "f"), schema);
    const told = checked.ok ? [] : checked.problems.map(({ path, next }) => `${path.join(".")}: ${next}`);
    expect(told).toEqual([
      "ports.h2: rename it, to letters",
      "ports.h2: write, for example 8080",
      "host: write a host",
    ]);
  });
});
