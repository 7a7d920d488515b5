import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { imagesLock } from "../../../../../embedded/engine/images/images-lock.ts";

describe("imagesLock", () => {
  it("pins every stand-in by digest, under a host name that does not depend on a port", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const text = imagesLock([
      { name: "golang", tag: "1.26.8", digest, madeFrom: "Debian packages", reason: "compiles: the services" },
    ]);
    expect(parse(text)).toEqual({
      golang: {
        reference: `embedded.slipway.invalid/golang:1.26.8@${digest}`,
        reason: "compiles: the services",
        standIn: "made from Debian packages",
      },
    });
  });
});
