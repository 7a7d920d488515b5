/** What the life of a release is tested with, in typed values; how it is written is lifecycle-schema.ts. */
import type { z } from "zod";

import { type RequestSpec, toRequest } from "./check-spec.ts";
import type { lifecycle } from "./lifecycle-schema.ts";

/** What a life of a release must survive. */
export type LifecycleSpec = {
  readonly load: readonly LoadSpec[];
  /** Components that are restarted at the end, such as a bundled database: requests may fail meanwhile, work may not be lost. */
  readonly restart: readonly string[];
  /** Kinds of objects that may be left when the release is uninstalled. */
  readonly keep: readonly string[];
};

/** Requests at a fixed rate. */
export type LoadSpec = {
  /** What is asked, in words; unique in its chart. */
  readonly name: string;
  /** Component whose labels the asking pod carries. */
  readonly from: string;
  /** First requests in a second. */
  readonly rate: number;
  /** The first is sent at the rate; further ones read back at the end what its answer promised. */
  readonly requests: readonly RequestSpec[];
};

/** Kinds that may be left where the platform file says nothing. */
export const KEPT_KINDS = ["PersistentVolumeClaim"] as const;

/** Fills in the defaults. */
export function toLifecycle(document: NonNullable<z.output<typeof lifecycle>>): LifecycleSpec {
  const { load = [], restart = [], keep = KEPT_KINDS } = document;
  const loads = load.map(({ requests, ...given }) => ({ ...given, requests: requests.map(toRequest) }));
  return { load: loads, restart, keep };
}
