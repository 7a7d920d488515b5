import { describe, expect, it } from "vitest";

import { parseImageLock } from "../../../src/platform/image-lock.ts";
import { checkBases, parsePlatform, PlatformFileError } from "../../../src/platform/platform-file.ts";
import { messageOf } from "./message-of.ts";

/** What parsePlatform says of a text. */
function refusal(text: string): string {
  return messageOf(() => parsePlatform(text, "deploy/platform.yaml"));
}

/** A platform file with one image, whose keys a test adds or breaks. */
function withImage(...lines: string[]): string {
  const image = lines.map((line) => `        ${line}\n`).join("");
  return `systems:\n  shop:\n    source: services\n    images:\n      api:\n${image}`;
}

describe("parsePlatform", () => {
  it("gives systems and images with their defaults, in the order of the file", () => {
    const text = `
imageSizes: deploy/image-sizes.json
systems:
  shop:
    description: Sells things
    source: services
    images:
      web: { dockerfile: Dockerfile, bases: {} }
      api:
        dockerfile: docker/api.Dockerfile
        context: services/api
        target: runtime
        bases: { GO_IMAGE: golang }
        args: { FEATURES: "" }
        repository: shop/api
        maxCompressedMiB: 12.5
  mail:
    source: .
    images: { mailer: { dockerfile: mail/Dockerfile, bases: { BASE: python-3.13 } } }
`;
    const web = { system: "shop", name: "web", dockerfile: "Dockerfile", context: ".", bases: {}, args: {} };
    const api = {
      system: "shop",
      name: "api",
      dockerfile: "docker/api.Dockerfile",
      context: "services/api",
      target: "runtime",
      bases: { GO_IMAGE: "golang" },
      args: { FEATURES: "" },
      repository: "shop/api",
      source: "services",
      maxCompressedMiB: 12.5,
    };
    const mailer = { system: "mail", name: "mailer", dockerfile: "mail/Dockerfile", context: ".", args: {} };
    const images = [
      { ...web, repository: "web", source: "services" },
      api,
      { ...mailer, bases: { BASE: "python-3.13" }, repository: "mailer", source: "." },
    ];
    const { origin, ...platform } = parsePlatform(text, "ship.yaml");
    expect(origin.file).toBe("ship.yaml");
    expect(platform).toEqual({
      imageSizes: "deploy/image-sizes.json",
      systems: [
        { name: "shop", description: "Sells things", source: "services", images: images.slice(0, 2) },
        { name: "mail", source: ".", images: images.slice(2) },
      ],
      images,
    });
  });

  it("tells every mistake of a file at once, in the order of the file", () => {
    const text = `systems:
  Shop:
    source: /srv/shop
    colour: red
    images:
      api:
        dokerfile: docker/Dockerfile
        bases: { SOURCE: golang }
  mail:
    images:
      api: { dockerfile: ../Dockerfile, bases: {}, maxCompressedMiB: "15" }
`;
    expect(refusal(text)).toMatchInlineSnapshot(`
      "[config] deploy/platform.yaml has 9 mistakes
      deploy/platform.yaml:2:3 systems.Shop
        found    name "Shop"
        allowed  a name of 1 to 63 lower-case letters, digits and -, with a letter or digit at both ends
        next     rename it, for example cruvero
      deploy/platform.yaml:3:13 systems.Shop.source
        found    "/srv/shop" (string)
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     write, for example docker/reference/cruvero
      deploy/platform.yaml:4:5 systems.Shop.colour
        found    unknown key "colour"
        allowed  description, images, source
        next     remove it
      deploy/platform.yaml:7:9 systems.Shop.images.api.dokerfile
        found    unknown key "dokerfile"
        allowed  args, bases, context, dockerfile, maxCompressedMiB, repository, target
        next     rename it to "dockerfile"
      deploy/platform.yaml:8:18 systems.Shop.images.api.bases.SOURCE
        found    name "SOURCE"
        allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, VERSION, SOURCE_DATE_EPOCH)
        next     rename it, for example GO_IMAGE
      deploy/platform.yaml:9:3 systems.mail.source
        found    no key "source"
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     add it, for example source: docker/reference/cruvero
      deploy/platform.yaml:11:7 systems.mail.images.api
        found    image name "api", which system "Shop" has on line 6
        allowed  image names that are unique over all systems, since --image takes the name alone
        next     rename one of the two, for example to "mail-api"
      deploy/platform.yaml:11:26 systems.mail.images.api.dockerfile
        found    "../Dockerfile" (string)
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end
        next     write, for example docker/Dockerfile.api
      deploy/platform.yaml:11:70 systems.mail.images.api.maxCompressedMiB
        found    "15" (string)
        allowed  a number of MiB above 0
        next     write, for example 15
      Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
    `);
    expect(() => parsePlatform(text, "x")).toThrow(PlatformFileError);
  });

  describe("refuses", () => {
    it("an unknown key, naming the known one that it was meant to be", () => {
      expect(refusal(withImage("dokerfile: Dockerfile", "bases: {}"))).toMatchInlineSnapshot(`
        "[config] deploy/platform.yaml has 1 mistake
        deploy/platform.yaml:6:9 systems.shop.images.api.dokerfile
          found    unknown key "dokerfile"
          allowed  args, bases, context, dockerfile, maxCompressedMiB, repository, target
          next     rename it to "dockerfile"
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it("an unknown key whose meaning is there already, or that means nothing", () => {
      expect(refusal(withImage("dockerfile: a", "Dockerfile: b", "bases: {}", "ports: [80]"))).toMatchInlineSnapshot(`
        "[config] deploy/platform.yaml has 2 mistakes
        deploy/platform.yaml:7:9 systems.shop.images.api.Dockerfile
          found    unknown key "Dockerfile"
          allowed  args, bases, context, dockerfile, maxCompressedMiB, repository, target
          next     remove it; "dockerfile" is there already
        deploy/platform.yaml:9:9 systems.shop.images.api.ports
          found    unknown key "ports"
          allowed  args, bases, context, dockerfile, maxCompressedMiB, repository, target
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
          allowed  args, bases, context, dockerfile, maxCompressedMiB, repository, target
          next     rename it to "bases"
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it.each([
      "/etc/Dockerfile",
      "../Dockerfile",
      "a/../../b",
      "./Dockerfile",
      "a//b",
      "docker/",
      "a\\b",
      "",
      "..",
      ".",
    ])("the path %j", (file) => {
      const position = "deploy/platform.yaml:6:21 systems.shop.images.api.dockerfile";
      expect(refusal(withImage(`dockerfile: ${JSON.stringify(file)}`, "bases: {}"))).toContain(
        `has 1 mistake\n${position}\n  found    ${JSON.stringify(file)} (string)\n`,
      );
    });

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
        "[config] deploy/platform.yaml has 2 mistakes
        deploy/platform.yaml:10:7 systems.mail.images.api
          found    image name "api", which system "shop" has on line 5
          allowed  image names that are unique over all systems, since --image takes the name alone
          next     rename one of the two, for example to "mail-api"
        deploy/platform.yaml:11:54 systems.mail.images.pages.repository
          found    repository "shop/web", which image "web" has on line 6
          allowed  a repository for each image, since one would replace the other
          next     give one of the two another repository, for example "mail-pages"
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it("a key that stands twice", () => {
      expect(refusal(withImage("dockerfile: a", "bases: {}", "dockerfile: b"))).toMatchInlineSnapshot(`
        "[config] deploy/platform.yaml has 1 mistake
        deploy/platform.yaml:8:9 systems.shop.images.api.dockerfile
          found    key "dockerfile" a second time; the first is on line 6
          allowed  each key once in a map
          next     remove or rename one of the two
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it("a build argument that Slipway sets itself, or that is in bases and args", () => {
      const text = withImage("dockerfile: a", "bases: { GO: golang }", "args: { REVISION: main, GO: x, 1A: y }");
      expect(refusal(text)).toMatchInlineSnapshot(`
        "[config] deploy/platform.yaml has 3 mistakes
        deploy/platform.yaml:8:17 systems.shop.images.api.args.REVISION
          found    name "REVISION"
          allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, VERSION, SOURCE_DATE_EPOCH)
          next     rename it, for example FEATURES
        deploy/platform.yaml:8:33 systems.shop.images.api.args.GO
          found    build argument "GO", which is in bases too
          allowed  each build argument once, in args or in bases
          next     remove it here; a base image comes from the image lock
        deploy/platform.yaml:8:40 systems.shop.images.api.args.1A
          found    name "1A"
          allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, VERSION, SOURCE_DATE_EPOCH)
          next     rename it, for example FEATURES
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it("a repository that no registry takes", () => {
      expect(refusal(withImage("dockerfile: a", "bases: {}", "repository: Shop/API:1"))).toMatchInlineSnapshot(`
        "[config] deploy/platform.yaml has 1 mistake
        deploy/platform.yaml:8:21 systems.shop.images.api.repository
          found    "Shop/API:1" (string)
          allowed  path components of lower-case letters and digits, joined by . _ or - inside and by / between them
          next     write, for example cruvero-api
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
          next     describe an image, or remove the system
        Next: correct deploy/platform.yaml and run again; an editor shows such mistakes with Slipway's deploy/platform.schema.json"
      `);
    });

    it.each([
      ["an empty file", ""],
      ["a file of comments", "# later\n"],
      ["a list", "- shop\n- mail\n"],
      ["a text", "shop\n"],
    ])("%s", (_, text) => {
      expect(refusal(text)).toMatchSnapshot();
    });

    it.each([
      ["a quote that is not closed", 'systems: "shop\n'],
      ["a bracket that is not closed", "systems: { shop: 1\nmail: 2\n"],
      ["a tab as indentation", "systems:\n\tshop: 1\n"],
      ["indentation that fits no level", "systems:\n    shop: 1\n  mail: 2\n"],
      ["two documents", "systems: {}\n---\nsystems: {}\n"],
      ["a tag", "systems: !include shop.yaml\n"],
      ["an alias without an anchor", "imageSizes: a\nsystems: *shop\n"],
      ["a list as a key", "? [a, b]\n: 1\n"],
    ])("text that is not the YAML of a platform file: %s", (_, text) => {
      expect(refusal(text)).toMatchSnapshot();
    });

    it("aliases that multiply, at once", () => {
      const levels = Array.from(
        { length: 9 },
        (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]\n`,
      );
      expect(refusal(`l0: &l0 [x]\n${levels.join("")}`)).toContain("found    excessive alias count");
    });
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
