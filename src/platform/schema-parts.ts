/** Parts that the schemas of the platform file share: paths, names, and texts with what is allowed and an example. */
import { z } from "zod";

/** Name of a system, an image or a chart: a DNS label. Source: RFC 1123. */
export const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What LABEL allows, in words. */
export const LABEL_RULE = "a name of 1 to 63 lower-case letters, digits and -, with a letter or digit at both ends";

const PART = String.raw`(?!\.{1,2}(?:/|$))[^/\\\x00-\x1f\x7f]+`;
/** Path of a file in the source directory. */
export const FILE = new RegExp(`^${PART}(?:/${PART})*$`);
/** Path of a directory in the source directory. */
export const DIRECTORY = new RegExp(`^(?:\\.|${PART}(?:/${PART})*)$`);
/** What FILE allows, in words. */
export const FILE_RULE =
  "a path below the source directory: parts joined by /, none of them . or .., no / at the start or the end";
/** What DIRECTORY allows, in words. */
export const DIRECTORY_RULE = `${FILE_RULE}; or . for the source directory itself`;

/** True for a map with at least one entry. */
export const NOT_EMPTY = (value: object) => Object.keys(value).length > 0;

/** Text of a form, with what is allowed, what it means and an example. */
export function text(pattern: RegExp, allowed: string, description: string, example: string) {
  return z
    .string(allowed)
    .regex(pattern, allowed)
    .meta({ description, examples: [example] });
}

/** Key of a map, with what is allowed and an example. */
export function name(pattern: RegExp, allowed: string, example: string) {
  return z
    .string(allowed)
    .regex(pattern, allowed)
    .meta({ examples: [example] });
}
