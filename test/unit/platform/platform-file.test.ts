import { describe, expect, it } from "vitest";

import { parsePlatform, PlatformFileError } from "../../../src/platform/platform-file.ts";
import { refusal } from "./refusal.ts";

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
    tests:
      unit: { image: golang, run: [[go, test, ./...]] }
      web: { image: golang, directory: web, with: [deploy], run: [[npm, test]], caches: [/npm] }
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
    const go = { system: "shop", image: "golang", directory: "services", with: [], caches: [] };
    const tests = [
      { ...go, name: "unit", run: [["go", "test", "./..."]] },
      { ...go, name: "web", directory: "web", with: ["deploy"], run: [["npm", "test"]], caches: ["/npm"] },
    ];
    const { origin, ...platform } = parsePlatform(text, "ship.yaml");
    expect(origin.file).toBe("ship.yaml");
    expect(platform).toEqual({
      imageSizes: "deploy/image-sizes.json",
      systems: [
        {
          name: "shop",
          description: "Sells things",
          source: "services",
          tests,
          images: images.slice(0, 2),
          charts: [],
        },
        { name: "mail", source: ".", tests: [], images: images.slice(2), charts: [] },
      ],
      images,
      charts: [],
      validation: { kubernetes: ["1.35.0", "1.36.0", "1.37.0"], customResources: [] },
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
        next     rename it, for example shop
      deploy/platform.yaml:3:13 systems.Shop.source
        found    "/srv/shop" (string)
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     write, for example docker/reference/shop
      deploy/platform.yaml:4:5 systems.Shop.colour
        found    unknown key "colour"
        allowed  charts, description, images, namespace, source, tests
        next     remove it
      deploy/platform.yaml:7:9 systems.Shop.images.api.dokerfile
        found    unknown key "dokerfile"
        allowed  args, bases, config, context, dockerfile, maxCompressedMiB, repository, target
        next     rename it to "dockerfile"
      deploy/platform.yaml:8:18 systems.Shop.images.api.bases.SOURCE
        found    name "SOURCE"
        allowed  a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets itself (SOURCE, REVISION, SOURCE_DATE_EPOCH)
        next     rename it, for example GO_IMAGE
      deploy/platform.yaml:9:3 systems.mail.source
        found    no key "source"
        allowed  a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end; or . for the source directory itself
        next     add it, for example source: docker/reference/shop
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
});
