/** How what stands for a service outside of the platform is written in a platform file. */
import { z } from "zod";

import { LABEL, LABEL_RULE, name, text } from "./schema-parts.ts";

const PORT_RULE = "a port from 1024 to 65535";
const HOST = /^[a-z0-9{][a-z0-9.{}-]*$/;
const HOST_RULE = "a host name; {environment} is the environment that is installed";
const USER_RULE = "a number from 1 to 65535";
const FOLDER = /^\/[A-Za-z0-9._/-]+$/;
const VALUE_PATH = /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*$/;

const EXAMPLE = {
  image: "postgres",
  port: 5432,
  host: "database.{environment}.example.internal",
  args: ["postgres", "-c", "listen_addresses={address}", "-c", "ssl=on", "-c", "ssl_cert_file={tls}/tls.crt"],
  env: { POSTGRES_PASSWORD: "{shop-database.password}" },
};

const values = (description: string, example: string) =>
  z
    .record(z.string("text"), z.string("text").meta({ description: "Value.", examples: [example] }), "a map of texts")
    .meta({ description, examples: [{ KEY: example }] });

const external = z
  .strictObject(
    {
      image: text(LABEL, LABEL_RULE, "Image of the lock that stands for the service.", "postgres"),
      port: z
        .int(PORT_RULE)
        .min(1024, PORT_RULE)
        .max(65_535, PORT_RULE)
        .meta({ description: "Port that it answers on.", examples: [5432] }),
      host: text(HOST, HOST_RULE, "Name under which the chart reaches it.", "database.{environment}.example.internal"),
      args: z
        .array(z.string("text").meta({ description: "Argument.", examples: ["--port"] }), "a list of arguments")
        .meta({
          description:
            "Arguments; {address} is the address to answer on, {tls} a folder with tls.crt, tls.key and ca.crt, and $(NAME) a variable of env.",
          examples: [["--bind", "{address}"]],
        })
        .optional(),
      env: values(
        "Variables; {secret.key} is a value of a Secret of the chart, {environment} the environment.",
        "{shop-database.password}",
      ).optional(),
      user: z
        .int(USER_RULE)
        .min(1, USER_RULE)
        .max(65_535, USER_RULE)
        .meta({ description: "User and group that it runs as; default: 10001.", examples: [70] })
        .optional(),
      data: text(FOLDER, "a folder, from the root", "Folder that it writes to.", "/data").optional(),
      secrets: z
        .record(
          name(LABEL, LABEL_RULE, "shop-database"),
          values("Keys of the Secret.", "postgres://shop:{shop-database.password}@database.example:5432/shop"),
          "a map from Secret to its keys",
        )
        .meta({
          description: "Values that keys of the chart's Secrets have where the service is stood for.",
          examples: [{ "shop-database": { DATABASE_URL: "postgres://shop:{random}@database.example:5432/shop" } }],
        })
        .optional(),
      without: z
        .record(
          text(VALUE_PATH, "the path of a value: keys joined by dots", "Value.", "external.search.url"),
          z
            .union([z.string(), z.number(), z.boolean()], "a text, a number, true or false")
            .meta({ description: "What it is set to.", examples: [""] }),
          "a map from value to what it is set to",
        )
        .meta({
          description:
            "Values that do without the service, set where the image lock lacks the image; the report says so.",
          examples: [{ "external.search.url": "" }],
        })
        .optional(),
    },
    "a map with image, port and host",
  )
  .meta({ description: "What stands for one service.", examples: [EXAMPLE] });

/** What stands for services outside, by their names under network.outside. */
export const externals = z
  .record(
    name(LABEL, LABEL_RULE, "database"),
    external,
    "a map from a name under network.outside to what stands for it",
  )
  .meta({
    description:
      "What stands in a smoke test for a service under network.outside that has addresses in the environment: it answers on one of them, over TLS where its arguments say so.",
    examples: [{ database: EXAMPLE }],
  })
  .optional();
