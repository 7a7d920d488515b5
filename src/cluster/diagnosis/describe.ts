/** Writes a diagnosis for people: in one line for a summary, in a few where there is room for the log. */
import type { Diagnosis } from "./cause.ts";
import { tailOf } from "./logs.ts";

/** Longest text of one kind that is shown. */
const LONGEST = 500;

/** A diagnosis in one line: object, cause, what was found, the log's last lines, the event, who waits, what to try. */
export function diagnosisLine(diagnosis: Diagnosis): string {
  const { log = "", event } = diagnosis;
  const lines = tailOf(log, 3)
    .split("\n")
    .map((line) => line.trim());
  const parts = [
    headOf(diagnosis),
    ...(log.trim() === "" ? [] : [`log: ${cut(lines.join(" | "))}`]),
    ...(event === undefined ? [] : [`event: ${shortEvent(diagnosis, event)}`]),
    ...relationsOf(diagnosis),
    `try: ${diagnosis.nextStep}`,
  ];
  return parts.join("; ");
}

/** A diagnosis in lines: the same, with more of the log. */
export function describeDiagnosis(diagnosis: Diagnosis): string {
  const { log = "", event } = diagnosis;
  return [
    headOf(diagnosis),
    ...tailOf(log, 8)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `  | ${cut(line)}`),
    ...(event === undefined ? [] : [`  event: ${shortEvent(diagnosis, event)}`]),
    ...relationsOf(diagnosis).map((relation) => `  ${relation}`),
    `  try: ${diagnosis.nextStep}`,
  ].join("\n");
}

function headOf({ namespace, object, cause, reason }: Diagnosis): string {
  return `${namespace === "" ? "" : `${namespace}: `}${object}: ${cause}: ${cut(reason)}`;
}

/** A text that is not too long to read; only here, since secrets are left out of whole texts. */
function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** An event whose message stands in the reason already is only named. */
function shortEvent({ reason }: Diagnosis, event: string): string {
  const [name = "", ...words] = event.split(": ");
  const message = words
    .filter((word) => word !== "Error")
    .join(": ")
    .replace("Error creating: ", "");
  return reason.includes(message) ? name : cut(event);
}

function relationsOf({ followers, follows }: Diagnosis): string[] {
  return [
    ...(follows === undefined ? [] : [`follows from: ${follows}`]),
    ...(followers.length === 0 ? [] : [`waiting for it: ${followers.join(", ")}`]),
  ];
}
