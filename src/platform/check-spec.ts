/** What "it works" means for a chart, in typed values; how checks are written in the platform file is check-schema.ts. */
import type { z } from "zod";

import type { request } from "./check-schema.ts";
import type { Environment } from "./environments.ts";

/** One check of an installed release: requests from inside or outside the cluster, or what follows when a component is stopped. */
export type CheckSpec = RequestCheck | EntryCheck | StopCheck;

type AnyCheck = {
  /** What it shows, in words; unique in its chart. */
  readonly name: string;
  /** Environments that it runs in; all where it names none. */
  readonly environments?: readonly Environment[] | undefined;
};

/** Requests that are made one after the other from a pod of the cluster. */
export type RequestCheck = AnyCheck & {
  /** Component whose labels the asking pod carries, so that it may do what the network policies let that component do. */
  readonly from: string;
  readonly requests: readonly RequestSpec[];
};

/**
 * Requests that are made one after the other from outside, by host name through the ingress controller. `{entry}` is
 * protocol and host of the chart's own Ingress in the environment, for example `https://shop.example.com`.
 */
export type EntryCheck = AnyCheck & { readonly ingress: readonly RequestSpec[] };

/** A component is stopped, others must turn unready, and ready again when it is back. */
export type StopCheck = AnyCheck & {
  /** Component that is scaled to nothing and back. */
  readonly stop: string;
  /** Components of which every pod must turn unready meanwhile. */
  readonly turnUnready: readonly string[];
  /** Longest time for each of the two turns, in seconds. */
  readonly within: number;
};

/** One HTTP request and what its answer must be. `{name}` in address, header, body and what is wanted is what an earlier request kept. */
export type RequestSpec = {
  /** Method and address, for example `POST http://shop-api:8080/orders`. */
  readonly request: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent as JSON; nothing is sent where it is undefined. */
  readonly body?: unknown;
  readonly status: number;
  /** Path in the JSON of the answer, keys joined by dots, to the value that must stand there. */
  readonly json: Readonly<Record<string, string | number | boolean>>;
  /** Text that the answer must contain. */
  readonly contains?: string | undefined;
  /** Text that the answer must not contain. */
  readonly lacks?: string | undefined;
  /** Header of the answer to its value, to a `/regular expression/` that the value matches, or to false where it must not be there. */
  readonly answerHeaders: Readonly<Record<string, string | false>>;
  /** Name to a path in the JSON of the answer, or to `/regular expression/` over its text, whose first group is kept. */
  readonly keep: Readonly<Record<string, string>>;
  /** The request is repeated until its answer is as it must be, at most so long, in seconds. */
  readonly within: number;
};

/** Seconds that a request is repeated where the platform file says nothing. */
export const REQUEST_WITHIN = 10;

/** Fills in the defaults of a request. */
export function toRequest(document: z.output<typeof request>): RequestSpec {
  const { headers = {}, status = 200, json = {}, answerHeaders = {}, keep = {}, ...given } = document;
  return { ...given, headers, status, json, answerHeaders, keep, within: given.within ?? REQUEST_WITHIN };
}

/** Seconds that a component has to turn unready, and to come back, where the platform file says nothing. */
export const TURN_WITHIN = 60;

/** Name under `outside` of a chart's network that says where the ingress controller runs. */
export const INGRESS_CONTROLLER = "ingress-controller";

/** What stands for protocol and host of a chart's Ingress. */
export const ENTRY = "entry";
