import { describe, expect, it } from "vitest";

import { lookupImage, parseImageLock } from "../../../src/platform/image-lock.ts";
import { messageOf } from "./refusal.ts";

const DIGITS = "3889b425f035be855a72fb4755265311293b6d414521f0a519d819df32222d83";
const REFERENCE = `docker.io/library/golang:1.26.6-alpine@sha256:${DIGITS}`;

describe("parseImageLock", () => {
  it("gives the images by name, in the order of the file", () => {
    const text = `python-3.13: { reference: "${REFERENCE}", reason: Runs the API. }\ngolang:\n  reference: ${REFERENCE}\n  reason: Compiles.\n  standIn: Debian packages\n`;
    const lock = parseImageLock(text, "images.lock.yaml");
    expect(lock).toEqual({
      "python-3.13": { reference: REFERENCE, reason: "Runs the API." },
      golang: { reference: REFERENCE, reason: "Compiles.", standIn: "Debian packages" },
    });
    expect(Object.keys(lock)).toEqual(["python-3.13", "golang"]);
  });

  it("S-14: refuses a lock with every mistake at once", () => {
    const text = [
      "golang:",
      `  reference: golang:1.26.6-alpine@sha256:${DIGITS}`,
      "  reason: Compiles.",
      "node: docker.io/library/node:24",
      "redis: { reference: docker.io/library/redis:latest, reason: '' }",
      `Static: { reference: "gcr.io/static:1@sha256:${"ab".repeat(32)}", reason: Runs. }`,
      `nats: { reference: "docker.io/Nats:2@sha256:${DIGITS}", resaon: Carries events. }`,
      `helm: { reference: "${REFERENCE}", reason: 3.19 }`,
      "golang: {}",
    ].join("\n");
    expect(messageOf(() => parseImageLock(text, "deploy/images.lock.yaml"))).toMatchInlineSnapshot(`
      "[config] deploy/images.lock.yaml has 12 mistakes
      deploy/images.lock.yaml:4:7 node
        found    "docker.io/library/node:24" (string)
        allowed  a map that describes one image
        next     write, for example { reference: registry.example.com/library/golang:1.26.6-alpine@sha256:<64 hexadecimal digits>, reason: Compiles the Go services. }
      deploy/images.lock.yaml:5:21 redis.reference
        found    "docker.io/library/redis:latest" (string)
        allowed  any tag but latest, which says nothing about what it is
        next     write the version that the digest is
      deploy/images.lock.yaml:5:21 redis.reference
        found    "docker.io/library/redis:latest" (string)
        allowed  a digest, since a tag can be moved to another image
        next     add @ and the digest that docker buildx imagetools inspect docker.io/library/redis:latest prints
      deploy/images.lock.yaml:5:61 redis.reason
        found    "" (string)
        allowed  one line of text that says what the image is here for
        next     write, for example Compiles the Go services.
      deploy/images.lock.yaml:6:1 Static
        found    name "Static"
        allowed  a name of lower-case letters and digits, joined by . or -
        next     rename it, for example golang
      deploy/images.lock.yaml:6:22 Static.reference
        found    "gcr.io/static:1@sha256:abababababababababababababababababababababababababababababababab" (string)
        allowed  the digest of a published image; this one was made up
        next     write the digest that docker buildx imagetools inspect prints for the tag
      deploy/images.lock.yaml:7:20 nats.reference
        found    "docker.io/Nats:2@sha256:3889b425f035be855a72fb4755265311293b6d414521f0a519d819df32222d83" (string)
        allowed  registry/repository:tag@sha256:<64 hexadecimal digits>
        next     correct it: the repository "Nats" is not made of lower-case letters and digits, joined by . _ - and /
      deploy/images.lock.yaml:7:112 nats.resaon
        found    unknown key "resaon"
        allowed  reason, reference, standIn
        next     rename it to "reason"
      deploy/images.lock.yaml:8:142 helm.reason
        found    3.19 (number)
        allowed  one line of text that says what the image is here for
        next     put it in quotes, as text
      deploy/images.lock.yaml:9:1 golang
        found    key "golang" a second time; the first is on line 1
        allowed  each key once in a map
        next     remove or rename one of the two
      deploy/images.lock.yaml:9:1 golang.reference
        found    no key "reference"
        allowed  the full reference, registry/repository:tag@sha256:digest
        next     add it, for example reference: registry.example.com/library/golang:1.26.6-alpine@sha256:<64 hexadecimal digits>
      deploy/images.lock.yaml:9:1 golang.reason
        found    no key "reason"
        allowed  one line of text that says what the image is here for
        next     add it, for example reason: Compiles the Go services.
      Next: correct deploy/images.lock.yaml and run again; an editor shows such mistakes with Slipway's deploy/images.lock.schema.json"
    `);
  });

  it("refuses an empty file", () => {
    expect(messageOf(() => parseImageLock("# nothing yet\n", "own.lock.yaml"))).toMatchInlineSnapshot(`
      "[config] own.lock.yaml has 1 mistake
      own.lock.yaml:1:1
        found    nothing
        allowed  a map from name to image
        next     write, for example { golang: { reference: registry.example.com/library/golang:1.26.6-alpine@sha256:<64 hexadecimal digits>, reason: Compiles the Go services. } }
      Next: correct own.lock.yaml and run again; an editor shows such mistakes with Slipway's deploy/images.lock.schema.json"
    `);
  });

  it("refuses a lock without images", () => {
    expect(messageOf(() => parseImageLock("{}", "own.lock.yaml"))).toMatchInlineSnapshot(`
      "[config] own.lock.yaml has 1 mistake
      own.lock.yaml:1:1
        found    an empty map
        allowed  at least one image
        next     add the images that the platform file names as bases
      Next: correct own.lock.yaml and run again; an editor shows such mistakes with Slipway's deploy/images.lock.schema.json"
    `);
  });

  it("refuses what is no YAML", () => {
    expect(messageOf(() => parseImageLock('golang: "abc\n', "own.lock.yaml"))).toMatchInlineSnapshot(`
      "[config] own.lock.yaml has 1 mistake
      own.lock.yaml:2:1
        found    no valid YAML: missing closing "quote
        allowed  YAML 1.2: maps of \`key: value\`, two spaces deeper for what is inside
        next     correct this line or the one above it: brackets, quotes, colons and indentation
      Next: correct own.lock.yaml and run again; an editor shows such mistakes with Slipway's deploy/images.lock.schema.json"
    `);
  });
});

describe("lookupImage", () => {
  const lock = parseImageLock(`golang: { reference: "${REFERENCE}", reason: Compiles. }`, "images.lock.yaml");

  it("finds an image by its name", () => {
    expect(lookupImage(lock, "golang")).toEqual({ reference: REFERENCE, reason: "Compiles." });
  });

  it.each(["golnag", "postgres", "constructor"])("refuses %s, naming what there is", (name) => {
    expect(messageOf(() => lookupImage(lock, name))).toMatchSnapshot();
  });
});
