/** How the test of a release's life is written in a platform file. */
import { z } from "zod";

import { request } from "./check-schema.ts";
import { LABEL, LABEL_RULE, text } from "./schema-parts.ts";

const RATE_RULE = "a number of requests in a second from 0.1 to 200";
const KIND = /^[A-Z][A-Za-z0-9]*$/;

const LOAD_EXAMPLE = {
  name: "orders",
  from: "test",
  rate: 5,
  requests: [
    { request: "POST http://shop-api:8080/orders", body: { article: "book" }, status: 202, keep: { order: "id" } },
    { request: "GET http://shop-api:8080/orders/{order}", json: { state: "done" }, within: 30 },
  ],
};

const load = z
  .strictObject(
    {
      name: z
        .string("text")
        .min(1, "what is asked, in words")
        .meta({ description: "What is asked, in words.", examples: ["orders"] }),
      from: text(LABEL, LABEL_RULE, "Component that the asking pod has the labels and rights of.", "test"),
      rate: z
        .number(RATE_RULE)
        .min(0.1, RATE_RULE)
        .max(200, RATE_RULE)
        .meta({ description: "Requests in a second, whether or not earlier ones were answered.", examples: [20] }),
      requests: z
        .array(request, "a list of requests")
        .min(1, "at least one request")
        .meta({
          description:
            "The first is sent at the rate; further ones read back at the end what its answer promised, and what they do not find is lost work. {number} counts.",
          examples: [LOAD_EXAMPLE.requests],
        }),
    },
    "a map with name, from, rate and requests",
  )
  .meta({ description: "Requests at a fixed rate.", examples: [LOAD_EXAMPLE] });

/** What a life of a release must survive: load, upgrade, rollback, killed pods, restarts and the end. */
export const lifecycle = z
  .strictObject(
    {
      load: z
        .array(load, "a list of loads")
        .meta({
          description: "What is asked all the time; no request of it may fail during an upgrade or a rollback.",
          examples: [[LOAD_EXAMPLE]],
        })
        .optional(),
      restart: z
        .array(text(LABEL, LABEL_RULE, "Component.", "postgresql"), "a list of components")
        .meta({
          description: "Components that are restarted, such as a bundled database; no work may be lost by it.",
          examples: [["postgresql"]],
        })
        .optional(),
      keep: z
        .array(text(KIND, "the kind of an object", "Kind.", "PersistentVolumeClaim"), "a list of kinds")
        .meta({
          description: "Kinds of objects that may be left after an uninstall; default: PersistentVolumeClaim.",
          examples: [["PersistentVolumeClaim"]],
        })
        .optional(),
    },
    "a map with load, restart and keep",
  )
  .meta({
    description: "What lifecycle-test does to the release, and what must survive it.",
    examples: [{ load: [LOAD_EXAMPLE], restart: ["postgresql"] }],
  })
  .optional();
