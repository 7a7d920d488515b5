/** How charts and their validation are written in a platform file. */
import { z } from "zod";

import { check } from "./check-schema.ts";
import { ENVIRONMENTS } from "./environments.ts";
import { externals } from "./external-schema.ts";
import { lifecycle } from "./lifecycle-schema.ts";
import { network } from "./network-schema.ts";
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

/** Name of a release: helm allows 53 characters, so that names made from it fit a label. Source: helm, "Release names". */
const RELEASE = /^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/;
const RELEASE_RULE = "a name of 1 to 53 lower-case letters, digits and -, with a letter or digit at both ends";
const VALUE_PATH = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*$/;
const VALUE_PATH_RULE = "the path of a value: keys joined by dots";
const VERSION = /^1\.[0-9]{1,2}\.[0-9]{1,2}$/;
const GO_MODULE = /^[a-z0-9.-]+(?:\/[A-Za-z0-9._~-]+)+$/;
const GO_VERSION = /^v[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?$/;

const OVERLAYS_EXAMPLE = { dev: ["values-dev.yaml"], prod: ["values-prod.yaml"] };
const CHART_EXAMPLE = { path: "charts/shop", environments: OVERLAYS_EXAMPLE };

const overlays = z
  .array(
    text(FILE, FILE_RULE, "Path of an overlay in the folder of the chart.", "values-prod.yaml"),
    "a list of overlays; [] where the defaults of the chart are meant",
  )
  .meta({ description: "Overlays, in the order in which they are applied.", examples: [["values-prod.yaml"]] })
  .optional();

const environments = z
  .strictObject(
    { dev: overlays, staging: overlays, prod: overlays },
    `a map from environment (${ENVIRONMENTS.join(", ")}) to a list of overlays`,
  )
  .refine(NOT_EMPTY, { error: "at least one environment", params: { next: "add dev: [values-dev.yaml]" } })
  .meta({
    description: "The environments that the chart is rolled out to, each with its overlays (C-11).",
    minProperties: 1,
    examples: [OVERLAYS_EXAMPLE],
  });

const SECRET_RULE = "a list of keys, or a map from key to the value that a smoke test gives it";
const secrets = z
  .record(
    z.string("text").meta({ examples: ["shop-database"] }),
    z
      .union(
        [
          z.array(
            z.string("text").meta({ description: "Key of the Secret.", examples: ["DATABASE_URL"] }),
            SECRET_RULE,
          ),
          z.record(
            z.string("text"),
            z.string("text").meta({
              description:
                "Value in a smoke test; {other-secret.key} is a value of another Secret, and {random} one that is made for the run.",
              examples: ["postgres://shop:{postgresql-auth.password}@shop-postgresql:5432/shop"],
            }),
            SECRET_RULE,
          ),
        ],
        SECRET_RULE,
      )
      .meta({ description: "Keys of the Secret.", examples: [["DATABASE_URL"]] }),
    "a map from Secret to its keys",
  )
  .meta({
    description:
      "Secrets that must exist before an install, with their keys (C-31). A smoke test makes them: at random, or with the value that a key is given here.",
    examples: [{ "shop-database": ["DATABASE_URL"], "shop-cache": { CACHE_URL: "redis://shop-cache:6379" } }],
  })
  .optional();

const config = z
  .strictObject(
    {
      registry: text(FILE, FILE_RULE, "Registry of the configuration keys.", "deploy/config/shop.yaml"),
      components: z
        .record(
          name(LABEL, LABEL_RULE, "migrate"),
          text(LABEL, LABEL_RULE, "Component of the chart.", "migrator"),
          "a map from component of the registry to component of the chart",
        )
        .meta({ description: "Components that the chart names otherwise.", examples: [{ migrate: "migrator" }] })
        .optional(),
    },
    "a map with the key registry",
  )
  .meta({
    description: "Configuration keys that the chart must give to its components, neither more nor less (C-13).",
    examples: [{ registry: "deploy/config/shop.yaml" }],
  })
  .optional();

/** One chart of a system. */
export const chart = z
  .strictObject(
    {
      path: text(DIRECTORY, DIRECTORY_RULE, "Folder of the chart in the source directory.", "charts/shop"),
      release: text(RELEASE, RELEASE_RULE, "Name of the release; default: the chart's name.", "shop").optional(),
      images: z
        .record(
          name(LABEL, LABEL_RULE, "api"),
          text(VALUE_PATH, VALUE_PATH_RULE, "Value that holds repository, tag and digest of the image.", "api.image"),
          "a map from image of the platform to the value that names it",
        )
        .meta({
          description:
            "Images of the platform that the chart runs: where an overlay sets no digest, the value gets the one of this run.",
          examples: [{ api: "api.image" }],
        })
        .optional(),
      lockedImages: z
        .record(
          name(LABEL, LABEL_RULE, "postgres"),
          text(VALUE_PATH, VALUE_PATH_RULE, "Value that holds registry, repository and digest.", "postgresql.image"),
          "a map from image of the lock to the value that names it",
        )
        .meta({
          description:
            "Outside images that the chart runs: an install of a smoke test gets the ones of the image lock, whichever it is.",
          examples: [{ postgres: "postgresql.image" }],
        })
        .optional(),
      withoutImage: z
        .record(
          name(LABEL, LABEL_RULE, "qdrant"),
          z
            .record(
              text(VALUE_PATH, VALUE_PATH_RULE, "Value.", "qdrant.enabled"),
              z
                .union([z.string(), z.number(), z.boolean()], "a text, a number, true or false")
                .meta({ description: "What it is set to.", examples: [false] }),
              "a map from value to what it is set to",
            )
            .meta({ description: "Values that do without the image.", examples: [{ "qdrant.enabled": false }] }),
          "a map from image of the lock to values",
        )
        .meta({
          description:
            "Outside images that an install can do without, with the values that a smoke test sets where the image lock lacks them; the report says so.",
          examples: [{ qdrant: { "qdrant.enabled": false } }],
        })
        .optional(),
      environments,
      secrets,
      checks: z
        .array(check, "a list of checks")
        .meta({
          description:
            "What it means that the installed chart works; a smoke test runs all of it inside the cluster (C-36).",
          examples: [
            [{ name: "the API is ready", from: "test", requests: [{ request: "GET http://shop-api:8080/readyz" }] }],
          ],
        })
        .optional(),
      withoutHttp: z
        .array(text(LABEL, LABEL_RULE, "Component of the chart.", "worker"), "a list of components")
        .meta({
          description: "Components that serve no HTTP to others, and so must not be probed by it (C-24).",
          examples: [["worker"]],
        })
        .optional(),
      lifecycle,
      config,
      network,
      externals,
    },
    "a map that describes one chart",
  )
  .meta({ description: "One chart to check, render and install.", examples: [CHART_EXAMPLE] });

/** Where definitions of custom resources are read. */
export const customResources = z
  .strictObject(
    {
      directory: text(DIRECTORY, DIRECTORY_RULE, "Folder of CustomResourceDefinitions in YAML.", "config/crd/standard"),
      goModule: text(
        GO_MODULE,
        "the path of a Go module",
        "Published Go module that holds the folder; default: the source directory.",
        "sigs.k8s.io/gateway-api",
      ).optional(),
      version: text(GO_VERSION, "a version such as v1.4.0", "Version of the Go module.", "v1.4.0").optional(),
    },
    "a map with directory and, for a Go module, goModule and version",
  )
  .refine((value) => (value.goModule === undefined) === (value.version === undefined), {
    error: "goModule and version together, or neither",
    params: { next: "give the version of the Go module" },
  })
  .meta({ description: "Where definitions of custom resources are read.", examples: [{ directory: "deploy/crds" }] });

/** What charts are validated with. */
export const validation = z
  .strictObject(
    {
      kubernetes: z
        .array(text(VERSION, "a version such as 1.36.0", "Kubernetes version.", "1.36.0"), "a list of versions")
        .min(1, "at least one version")
        .meta({ description: "Kubernetes versions that every manifest must suit.", examples: [["1.35.0", "1.36.0"]] })
        .optional(),
      customResources: z
        .array(customResources, "a list of sources")
        .meta({
          description: "Definitions of the custom resources that the charts use.",
          examples: [[{ directory: "deploy/crds" }]],
        })
        .optional(),
      exceptions: text(
        FILE,
        FILE_RULE,
        "File of exceptions from the rules, each with a reason and an expiry.",
        "deploy/exceptions.yaml",
      ).optional(),
      immutableFields: text(
        FILE,
        FILE_RULE,
        "Committed record of the fields that an upgrade cannot change.",
        "deploy/immutable-fields.yaml",
      ).optional(),
    },
    "a map that says how charts are validated",
  )
  .meta({ description: "How validate checks the charts of all systems.", examples: [{ kubernetes: ["1.36.0"] }] });
