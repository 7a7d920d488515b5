/** How the checks of a chart are written in a platform file. */
import { z } from "zod";

import { ENVIRONMENTS } from "./environments.ts";
import { LABEL, LABEL_RULE, text } from "./schema-parts.ts";

const REQUEST = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE) (?:https?:\/\/[^\s/]+|\{[A-Za-z][A-Za-z0-9]*\})(?:\/\S*)?$/;
const REQUEST_RULE = "a method and an address, such as GET http://shop-api:8080/orders";
const ANSWER_HEADER_RULE = "a text, /regular expression/, or false where it must not be there";
const KEEP = /^(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\/.+\/)$/;
const KEEP_RULE = "a path in the JSON of the answer, or /regular expression/ with one group";
const WITHIN_RULE = "a number of seconds from 1 to 600";
const STATUS_RULE = "an HTTP status from 100 to 599";

const REQUEST_EXAMPLE = { request: "GET http://shop-api:8080/readyz" };
const CHECK_EXAMPLE = { name: "the API is ready", from: "test", requests: [REQUEST_EXAMPLE] };

const within = (description: string) =>
  z
    .int(WITHIN_RULE)
    .min(1, WITHIN_RULE)
    .max(600, WITHIN_RULE)
    .meta({ description, examples: [20] })
    .optional();

/** One request and what its answer must be. */
export const request = z
  .strictObject(
    {
      request: text(
        REQUEST,
        REQUEST_RULE,
        "Method and address; {name} is what an earlier request kept.",
        "GET http://shop-api:8080/orders/{order}",
      ),
      headers: z
        .record(
          z.string("text"),
          z.string("text").meta({ description: "Value of the header.", examples: ["smoke"] }),
          "a map of headers",
        )
        .meta({ description: "Headers of the request.", examples: [{ "X-Client-Id": "smoke" }] })
        .optional(),
      body: z
        .unknown()
        .meta({ description: "What is sent, as JSON.", examples: [{ article: "book" }] })
        .optional(),
      status: z
        .int(STATUS_RULE)
        .min(100, STATUS_RULE)
        .max(599, STATUS_RULE)
        .meta({ description: "Status of the answer; default: 200.", examples: [202] })
        .optional(),
      json: z
        .record(
          z.string("text"),
          z
            .union([z.string(), z.number(), z.boolean()], "a text, a number, true or false")
            .meta({ description: "Value that must stand there.", examples: ["paid"] }),
          "a map from path to value",
        )
        .meta({
          description: "Paths in the JSON of the answer, keys joined by dots, and what must stand there.",
          examples: [{ state: "paid" }],
        })
        .optional(),
      contains: z
        .string("text")
        .meta({ description: "Text that the answer must contain.", examples: ["<title>Shop"] })
        .optional(),
      lacks: z
        .string("text")
        .min(1, "text")
        .meta({ description: "Text that the answer must not contain.", examples: ["Traceback"] })
        .optional(),
      answerHeaders: z
        .record(
          z.string("text"),
          z.union([z.string(), z.literal(false)], ANSWER_HEADER_RULE).meta({
            description: `Its value: ${ANSWER_HEADER_RULE}.`,
            examples: ["no-store", "/max-age=\\d+/", false],
          }),
          "a map from header to value",
        )
        .meta({
          description: "Headers of the answer, and what each must be.",
          examples: [{ Allow: "GET", Server: false }],
        })
        .optional(),
      keep: z
        .record(
          text(/^[A-Za-z][A-Za-z0-9]*$/, "letters and digits", "Name.", "order"),
          text(KEEP, KEEP_RULE, "Where it stands in the answer.", "id"),
          "a map from name to a place in the answer",
        )
        .meta({ description: "What later requests need of the answer.", examples: [{ order: "id" }] })
        .optional(),
      within: within(
        "Seconds that the request is repeated until its answer is right; default: 10. While no server answers (no connection, or 502, 503, 504), it is repeated for 30 at least.",
      ),
    },
    "a map with request",
  )
  .meta({ description: "One request and its answer.", examples: [REQUEST_EXAMPLE] });

const CHECK_RULE = "a map with name, from and requests, with name and ingress, or with name, stop and turnUnready";

/** One check of an installed chart. */
export const check = z
  .strictObject(
    {
      name: z
        .string("text")
        .min(1, "what it shows, in words")
        .meta({ description: "What it shows, in words.", examples: ["the API is ready"] }),
      environments: z
        .array(z.enum(ENVIRONMENTS, `one of ${ENVIRONMENTS.join(", ")}`), "a list of environments")
        .meta({ description: "Environments that it runs in; default: all.", examples: [["dev"]] })
        .optional(),
      from: text(LABEL, LABEL_RULE, "Component that the asking pod has the labels and rights of.", "test").optional(),
      requests: z
        .array(request, "a list of requests")
        .min(1, "at least one request")
        .meta({ description: "Requests, one after the other.", examples: [[REQUEST_EXAMPLE]] })
        .optional(),
      ingress: z
        .array(request, "a list of requests")
        .min(1, "at least one request")
        .meta({
          description:
            "Requests from outside, by host name through the ingress controller, one after the other; {entry} is protocol and host of the chart's Ingress.",
          examples: [[{ request: "GET {entry}/orders" }]],
        })
        .optional(),
      stop: text(LABEL, LABEL_RULE, "Component that is scaled to nothing and back.", "database").optional(),
      turnUnready: z
        .array(text(LABEL, LABEL_RULE, "Component.", "api"), "a list of components")
        .min(1, "at least one component")
        .meta({ description: "Components of which every pod turns unready meanwhile.", examples: [["api"]] })
        .optional(),
      within: within("Seconds that each turn may take; default: 60."),
    },
    CHECK_RULE,
  )
  .refine(
    ({ from, requests, ingress, stop, turnUnready, within: bound }) => {
      const isWhole = (...keys: readonly unknown[]) => keys.every((key) => key !== undefined);
      const isNone = (...keys: readonly unknown[]) => keys.every((key) => key === undefined);
      return (
        (isWhole(from, requests) && isNone(ingress, stop, turnUnready, bound)) ||
        (isWhole(ingress) && isNone(from, requests, stop, turnUnready, bound)) ||
        (isWhole(stop, turnUnready) && isNone(from, requests, ingress))
      );
    },
    { error: CHECK_RULE, params: { next: "give the keys of one of the three kinds" } },
  )
  .meta({ description: "One check of the installed chart.", examples: [CHECK_EXAMPLE] });
