/** The texts that go to a cluster and come back: what to ask, and how the answers of several commands are told apart. */
import { itemsAt, textAt } from "../../charts/json.ts";
import { PipelineError } from "../../report/errors.ts";
import type { LogRequest, PodLog } from "./logs.ts";
import { conditionOf, type Snapshot, SNAPSHOT_KINDS } from "./snapshot.ts";

/** How the answer of a command was. */
export type Answer = { readonly exitCode: number; readonly output: string; readonly errors: string };

/** Answers that do not have the form that the script gives them. */
export class AnswerCutOffError extends PipelineError {
  override readonly name = "AnswerCutOffError";
  constructor(expected: number, found: number) {
    super(
      "infra",
      `of ${expected} answers of the cluster ${found} came back whole`,
      "run again; the client was cut off",
    );
  }
}

/**
 * Runs kubectl once for each line of COMMANDS, four at a time, and prints the clock and each answer behind MARKER, which
 * no answer holds. Ends with 0: each answer has its own exit code.
 */
export const ASK_SCRIPT = `set -fu
folder=$(mktemp -d)
# Before anything is asked: what is seen later than this must not look older than it is.
clock=$(date -u +%s)
echo "$COMMANDS" > "$folder/commands"
index=0
while read -r words; do
  index=$((index + 1))
  { code=0; kubectl $words > "$folder/$index.out" 2> "$folder/$index.err" < /dev/null || code=$?; echo "$code" > "$folder/$index.code"; } &
  if [ $((index % 4)) -eq 0 ]; then wait; fi
done < "$folder/commands"
wait
echo "$clock"
count=$index
index=0
while [ "$index" -lt "$count" ]; do
  index=$((index + 1))
  printf '\\n%s %s\\n' "$MARKER" "$(cat "$folder/$index.code")"
  cat "$folder/$index.out"
  printf '\\n%s errors\\n' "$MARKER"
  cat "$folder/$index.err"
done
`;

/** Last lines of a log that are read. */
const LOG_LINES = 40;

/** Words that ask for a snapshot of namespaces; of all where there is more than one. */
export function snapshotWords(namespaces: readonly string[]): string[] {
  const [only, second] = namespaces;
  const scope = only === undefined || second !== undefined ? ["--all-namespaces"] : ["--namespace", only];
  return ["get", SNAPSHOT_KINDS.join(","), ...scope, "--output=json"];
}

/** Words that ask for a log. */
export function logWords({ namespace, pod, container, previous }: LogRequest): string[] {
  return [
    "logs",
    pod,
    "--namespace",
    namespace,
    "--container",
    container,
    `--tail=${LOG_LINES}`,
    ...(previous ? ["--previous"] : []),
  ];
}

/** Reads what the script printed: the clock in milliseconds since 1970, and the answers in the order of the commands. */
export function parseAnswers(printed: string, marker: string, count: number): { now: number; answers: Answer[] } {
  const [clock = "", ...sections] = printed.split(`\n${marker} `);
  const answers: Answer[] = [];
  for (let index = 0; index + 1 < sections.length; index += 2) {
    const [output, errors] = [sections[index] ?? "", sections[index + 1] ?? ""];
    const end = output.indexOf("\n");
    answers.push({
      exitCode: Number(output.slice(0, end)),
      output: output.slice(end + 1),
      errors: errors.slice(errors.indexOf("\n") + 1),
    });
  }
  if (answers.length !== count) throw new AnswerCutOffError(count, answers.length);
  return { now: Number(clock.trim()) * 1000, answers };
}

/** Words that ask for the nodes. */
export const NODE_WORDS = ["get", "nodes", "--output=json"] as const;

/** True where a pod has found no node, so that the nodes tell more. */
export function wantsNodes(snapshot: Snapshot): boolean {
  return snapshot.ofKind("Pod").some((pod) => textAt(conditionOf(pod, "PodScheduled"), "reason") === "Unschedulable");
}

/** The snapshot with the nodes, where they may be read. */
export function withNodes(document: unknown, answer: Answer | undefined): unknown {
  if (answer?.exitCode !== 0) return document;
  const nodes: unknown = JSON.parse(answer.output);
  return { items: [...itemsAt(document, "items"), ...itemsAt(nodes, "items")] };
}

/** The objects of a snapshot that are of the namespaces; of all where none is named. */
export function inNamespaces(document: unknown, namespaces: readonly string[]): unknown {
  if (namespaces.length === 0) return document;
  const items = itemsAt(document, "items");
  const isMeant = (namespace: string) => namespace === "" || namespaces.includes(namespace);
  return { items: items.filter((item) => isMeant(textAt(item, "metadata", "namespace"))) };
}

/** The logs that came back; a log that cannot be read is empty, so that it is not asked for again. */
export function readLogs(requests: readonly LogRequest[], answers: readonly Answer[]): PodLog[] {
  return requests.map((request, index) => {
    const answer = answers[index];
    return { ...request, text: answer?.exitCode === 0 ? answer.output.trim() : "" };
  });
}
