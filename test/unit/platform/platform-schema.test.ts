import { describe, expect, it } from "vitest";

import { refusal, withImage } from "./refusal.ts";

describe("the form of a platform file refuses", () => {
  it("an unknown key, naming the known one that it was meant to be", () => {
    expect(refusal(withImage("dokerfile: Dockerfile", "bases: {}"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:6:9 systems.shop.images.api.dokerfile
        found    unknown key "dokerfile"
        allowed  args, bases, config, context, dockerfile, maxCompressedMiB, repository, target
        next     rename it to "dockerfile"
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("an unknown key whose meaning is there already, or that means nothing", () => {
    expect(refusal(withImage("dockerfile: a", "Dockerfile: b", "bases: {}", "ports: [80]"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 2 mistakes
      deploy/platform.yaml:7:9 systems.shop.images.api.Dockerfile
        found    unknown key "Dockerfile"
        allowed  args, bases, config, context, dockerfile, maxCompressedMiB, repository, target
        next     remove it; "dockerfile" is there already
      deploy/platform.yaml:9:9 systems.shop.images.api.ports
        found    unknown key "ports"
        allowed  args, bases, config, context, dockerfile, maxCompressedMiB, repository, target
        next     remove it
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a missing key", () => {
    expect(refusal(withImage("dockerfile: Dockerfile"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:5:7 systems.shop.images.api.bases
        found    no key "bases"
        allowed  a map from build argument to a name in the image lock; {} where the Dockerfile builds from scratch alone
        next     add it, for example bases: { GO_IMAGE: golang }
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a value of another type", () => {
    const text = withImage("dockerfile: [Dockerfile]", "bases: golang", "maxCompressedMiB: big", "context:");
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 4 mistakes
      deploy/platform.yaml:6:21 systems.shop.images.api.dockerfile
        found    a list, [ Dockerfile ]
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end
        next     write, for example docker/Dockerfile.api
      deploy/platform.yaml:7:16 systems.shop.images.api.bases
        found    "golang" (string)
        allowed  a map from build argument to a name in the image lock; {} where the Dockerfile builds from scratch alone
        next     write, for example { GO_IMAGE: golang }
      deploy/platform.yaml:8:27 systems.shop.images.api.maxCompressedMiB
        found    "big" (string)
        allowed  a number of MiB above 0
        next     write, for example 15
      deploy/platform.yaml:9:9 systems.shop.images.api.context
        found    nothing
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     write, for example services/api
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a number or a truth value in the place of text, which YAML would round or reword", () => {
    expect(refusal(withImage("dockerfile: a", "bases: {}", "args: { GO: 1.10, CGO: no, FAST: true }")))
      .toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 2 mistakes
      deploy/platform.yaml:8:21 systems.shop.images.api.args.GO
        found    1.1 (number)
        allowed  text
        next     put it in quotes, as text
      deploy/platform.yaml:8:42 systems.shop.images.api.args.FAST
        found    true (boolean)
        allowed  text
        next     put it in quotes, as text
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a budget that is not above 0", () => {
    expect(refusal(withImage("dockerfile: a", "bases: {}", "maxCompressedMiB: 0"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:8:27 systems.shop.images.api.maxCompressedMiB
        found    0 (number)
        allowed  a number of MiB above 0
        next     write, for example 15
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a name that is no DNS label, and what is wrong below it", () => {
    const text = "systems:\n  shop:\n    source: .\n    images:\n      Web_UI: { dockerfile: a, base: {} }\n";
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 2 mistakes
      deploy/platform.yaml:5:7 systems.shop.images.Web_UI
        found    name "Web_UI"
        allowed  a name of 1 to 63 lower-case letters, digits and -, with a letter or digit at both ends
        next     rename it, for example api
      deploy/platform.yaml:5:32 systems.shop.images.Web_UI.base
        found    unknown key "base"
        allowed  args, bases, config, context, dockerfile, maxCompressedMiB, repository, target
        next     rename it to "bases"
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it.each(["/etc/Dockerfile", "../Dockerfile", "a/../../b", "./Dockerfile", "a//b", "docker/", "a\\b", "", "..", "."])(
    "the path %j",
    (file) => {
      const position = "deploy/platform.yaml:6:21 systems.shop.images.api.dockerfile";
      expect(refusal(withImage(`dockerfile: ${JSON.stringify(file)}`, "bases: {}"))).toContain(
        `has 1 mistake\n${position}\n  found    ${JSON.stringify(file)} (string)\n`,
      );
    },
  );

  it("a path that leaves the source directory", () => {
    expect(refusal(withImage("dockerfile: ../Dockerfile", "context: /srv", "bases: {}"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 2 mistakes
      deploy/platform.yaml:6:21 systems.shop.images.api.dockerfile
        found    "../Dockerfile" (string)
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end
        next     write, for example docker/Dockerfile.api
      deploy/platform.yaml:7:18 systems.shop.images.api.context
        found    "/srv" (string)
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     write, for example services/api
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("a repository that no registry takes", () => {
    expect(refusal(withImage("dockerfile: a", "bases: {}", "repository: Shop/API:1"))).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:8:21 systems.shop.images.api.repository
        found    "Shop/API:1" (string)
        allowed  path components of lower-case letters and digits, joined by . _ or - inside and by / between them
        next     write, for example shop-api
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });

  it("no systems and no images", () => {
    expect(refusal("systems: {}")).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:1:10 systems
        found    an empty map
        allowed  at least one system
        next     describe a system with its images
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
    expect(refusal("systems: { shop: { source: ., images: {} } }")).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 1 mistake
      deploy/platform.yaml:1:39 systems.shop.images
        found    an empty map
        allowed  at least one image
        next     describe an image, or remove the key
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
  });
});
