/** The form of a platform file: its keys, their rules, and what editors show about them. Rules across keys: platform-rules.ts. */
import { z } from "zod";

import { chart, validation } from "./chart-schema.ts";
import { gitops } from "./gitops-schema.ts";
import { REPOSITORY } from "./image-reference.ts";
import { LOCK_NAME, LOCK_NAME_RULE } from "./lock-schema.ts";
import {
  DIRECTORY,
  DIRECTORY_RULE,
  FILE,
  FILE_RULE,
  LABEL,
  LABEL_RULE,
  name,
  NOT_EMPTY,
  text,
} from "./schema-parts.ts";
import { testSuite } from "./test-schema.ts";

/** Build arguments that every Dockerfile is given, and which a platform file therefore may not set. */
export const RESERVED_ARGS = ["SOURCE", "REVISION", "SOURCE_DATE_EPOCH"] as const;

/** Build argument that hands the path of an image's build configuration to its Dockerfile. */
export const CONFIGURATION_ARGUMENT = "CONFIG";

const BUILD_ARG = new RegExp(`^(?!(?:${RESERVED_ARGS.join("|")})$)[A-Za-z_][A-Za-z0-9_]*$`);
const BUILD_ARG_RULE =
  "a build argument's name: letters, digits and _, not starting with a digit, and none of those that Slipway sets " +
  `itself (${RESERVED_ARGS.join(", ")})`;

const REPOSITORY_RULE =
  "path components of lower-case letters and digits, joined by . _ or - inside and by / between them";
const STAGE = /^[A-Za-z][A-Za-z0-9_.-]*$/;

const IMAGE_EXAMPLE = { dockerfile: "Dockerfile", bases: { GO_IMAGE: "golang" } };
const SYSTEM_EXAMPLE = { source: ".", images: { api: IMAGE_EXAMPLE } };

const image = z
  .strictObject(
    {
      dockerfile: text(FILE, FILE_RULE, "Path of the Dockerfile in the source directory.", "docker/Dockerfile.api"),
      bases: z
        .record(
          name(BUILD_ARG, BUILD_ARG_RULE, "GO_IMAGE"),
          text(LOCK_NAME, LOCK_NAME_RULE, "Name of an image in the image lock.", "golang"),
          "a map from build argument to a name in the image lock; {} where the Dockerfile builds from scratch alone",
        )
        .meta({
          description:
            "Base images: for each build argument that a FROM of the Dockerfile uses, the name of an image in the image " +
            "lock. The build gets that image's reference with its digest.",
          examples: [{ GO_IMAGE: "golang" }],
        }),
      context: text(
        DIRECTORY,
        DIRECTORY_RULE,
        "Directory that the build may copy from, as a path in the source directory; default: the whole of it (.).",
        "services/api",
      ).optional(),
      target: text(
        STAGE,
        "the name of a stage: a letter, then letters, digits and . _ -",
        "Stage of the Dockerfile to build; default: the last one.",
        "runtime",
      ).optional(),
      args: z
        .record(
          name(BUILD_ARG, BUILD_ARG_RULE, "FEATURES"),
          z.string("text").meta({ description: "Value of the build argument.", examples: ["full"] }),
          "a map from build argument to text",
        )
        .meta({
          description:
            "Further build arguments of this image. Every build also gets SOURCE, REVISION and SOURCE_DATE_EPOCH.",
          examples: [{ FEATURES: "full" }],
        })
        .optional(),
      config: text(
        FILE,
        FILE_RULE,
        "JSON file of what the image is built with, as a path in the source directory; --config names another one. The " +
          "Dockerfile gets the path as the build argument CONFIG; where the file names a $schema beside it, it is held to that.",
        "docker/build.local.json",
      ).optional(),
      repository: text(
        REPOSITORY,
        REPOSITORY_RULE,
        "Where the image is published: the path below the registry that publish-images is given; default: the image's name.",
        "shop-api",
      ).optional(),
      maxCompressedMiB: z
        .number("a number of MiB above 0")
        .positive("a number of MiB above 0")
        .meta({
          description:
            "Size budget: build-all fails when all compressed layers together are larger than this many MiB.",
          examples: [15],
        })
        .optional(),
    },
    "a map that describes one image",
  )
  .meta({
    description: "One image to build.",
    examples: [IMAGE_EXAMPLE],
  });

const system = z
  .strictObject(
    {
      description: z
        .string("text")
        .meta({ description: "What the system is, for people.", examples: ["Runs and records workflows"] })
        .optional(),
      source: text(
        DIRECTORY,
        DIRECTORY_RULE,
        "Directory of the system's sources; each of its Dockerfiles gets it as the build argument SOURCE.",
        "docker/reference/shop",
      ),
      images: z
        .record(name(LABEL, LABEL_RULE, "api"), image, "a map from image name to image")
        .refine(NOT_EMPTY, { error: "at least one image", params: { next: "describe an image, or remove the key" } })
        .meta({
          description: "The images that are built from the sources, by name; a name is unique over all systems.",
          minProperties: 1,
          examples: [{ api: IMAGE_EXAMPLE }],
        })
        .optional(),
      namespace: text(
        LABEL,
        LABEL_RULE,
        "Namespace that the charts are installed in; default: the system's name.",
        "shop",
      ).optional(),
      charts: z
        .record(name(LABEL, LABEL_RULE, "shop"), chart, "a map from chart name to chart")
        .meta({
          description: "The charts of the system, by name; a name is unique over all systems.",
          examples: [{ shop: { path: "charts/shop", environments: { dev: ["values-dev.yaml"] } } }],
        })
        .optional(),
      tests: z
        .record(name(LABEL, LABEL_RULE, "unit"), testSuite, "a map from name to test suite")
        .meta({
          description: "Test suites of the system's sources, by name; ci runs them first.",
          examples: [{ unit: { image: "golang", run: [["go", "test", "./..."]] } }],
        })
        .optional(),
    },
    "a map that describes one system",
  )
  .refine((value) => value.images !== undefined || value.charts !== undefined, {
    error: "images, charts or both",
    params: { next: "describe an image or a chart, or remove the system" },
  })
  .meta({
    description: "One system of the platform: sources, and the images that are built from them.",
    examples: [SYSTEM_EXAMPLE],
  });

/** The whole platform file. */
export const platformSchema = z
  .strictObject(
    {
      imageSizes: text(
        FILE,
        FILE_RULE,
        "Committed image-sizes.json that build-all compares the sizes of all images with; default: no comparison.",
        "deploy/image-sizes.json",
      ).optional(),
      systems: z
        .record(name(LABEL, LABEL_RULE, "shop"), system, "a map from system name to system")
        .refine(NOT_EMPTY, { error: "at least one system", params: { next: "describe a system with its images" } })
        .meta({
          description: "The systems that make up the platform, by name.",
          minProperties: 1,
          examples: [{ shop: SYSTEM_EXAMPLE }],
        }),
      validation: validation.optional(),
      gitops: gitops.optional(),
    },
    "a map with the keys systems and, if wanted, imageSizes, validation and gitops",
  )
  .meta({
    title: "Slipway platform file",
    description: "What the platform is made of: its systems and their images. All paths start at the source directory.",
    examples: [{ systems: { shop: SYSTEM_EXAMPLE } }],
  });

/** A platform file whose form is right. */
export type PlatformDocument = z.output<typeof platformSchema>;
