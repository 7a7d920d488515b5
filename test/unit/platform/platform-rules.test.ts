import { describe, expect, it } from "vitest";

import { parseImageLock } from "../../../src/platform/image-lock.ts";
import { checkBases, parsePlatform } from "../../../src/platform/platform-file.ts";
import { messageOf, refusal, withImage } from "./refusal.ts";

describe("the rules of a platform file refuse", () => {
  it("an image name and a repository that are taken", () => {
    const text = `systems:
shop:
  source: .
  images:
    api: { dockerfile: a, bases: {} }
    web: { dockerfile: a, bases: {}, repository: shop/web }
mail:
  source: .
  images:
    api: { dockerfile: a, bases: {} }
    pages: { dockerfile: a, bases: {}, repository: shop/web }
`;
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 3 mistakes
      deploy/platform.yaml:1:1 systems
        found    nothing
        allowed  a map from system name to system
        next     write, for example { shop: { source: ., images: { api: { dockerfile: Dockerfile, bases: { GO_IMAGE: golang } } } } }
      deploy/platform.yaml:2:1 shop
        found    unknown key "shop"
        allowed  gitops, imageSizes, systems, validation
        next     remove it
      deploy/platform.yaml:7:1 mail
        found    unknown key "mail"
        allowed  gitops, imageSizes, systems, validation
        next     remove it
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a build argument that Slipway sets itself, or that is in bases and args", () => {
    const text = withImage("dockerfile: a", "bases: { GO: golang }", "args: { REVISION: main, GO: x, 1A: y }");
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 3 mistakes
      deploy/platform.yaml:8:17 systems.shop.images.api.args.REVISION
        found    name "REVISION"
        allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, SOURCE_DATE_EPOCH)
        next     rename it, for example FEATURES
      deploy/platform.yaml:8:33 systems.shop.images.api.args.GO
        found    build argument "GO", which is in bases too
        allowed  each build argument once, in args or in bases
        next     remove it here; a base image comes from the image lock
      deploy/platform.yaml:8:40 systems.shop.images.api.args.1A
        found    name "1A"
        allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, SOURCE_DATE_EPOCH)
        next     rename it, for example FEATURES
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });
});

describe("the key config of an image (Y-19)", () => {
  it("sets the build argument CONFIG, which nothing else may set beside it", () => {
    const text = withImage("dockerfile: a", "bases: {}", "config: build.json", "args: { CONFIG: other.json }");
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:9:17 systems.shop.images.api.args.CONFIG
        found    build argument "CONFIG", which the key config sets
        allowed  each build argument once
        next     remove it here
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
    expect(refusal(text.replace("args: { CONFIG: other.json }", "config2: x"))).not.toContain("CONFIG");
  });
});

describe("checkBases", () => {
  const reference =
    "docker.io/library/golang:1.26.6-alpine@sha256:3889b425f035be855a72fb4755265311293b6d414521f0a519d819df32222d83";
  const lock = parseImageLock(`golang: { reference: "${reference}", reason: Compiles. }`, "images.lock.yaml");

  it("accepts bases that the image lock has", () => {
    const platform = parsePlatform(withImage("dockerfile: a", "bases: { GO: golang }"), "ship.yaml");
    expect(() => {
      checkBases(platform, lock);
    }).not.toThrow();
  });

  it("A-34: refuses bases that it does not have, naming their lines", () => {
    const text = withImage("dockerfile: a", "bases:", "  GO: golnag", "  RUNTIME: static");
    const platform = parsePlatform(text, "ship.yaml");
    expect(
      messageOf(() => {
        checkBases(platform, lock);
      }),
    ).toMatchInlineSnapshot(`
      "[config] ship.yaml has 2 mistakes
      ship.yaml:8:15 systems.shop.images.api.bases.GO
        found    base "golnag", which the image lock does not have
        allowed  a name in the image lock: golang
        next     write "golang"
      ship.yaml:9:20 systems.shop.images.api.bases.RUNTIME
        found    base "static", which the image lock does not have
        allowed  a name in the image lock: golang
        next     add "static" to the image lock, with its digest
      Next: correct ship.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });
});
