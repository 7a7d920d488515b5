/** Shows things on the page. It sets text and attributes only, never markup or styles, so that a strict CSP allows it. */
import { isFinished, type Run } from "./run.ts";
import { describeResult } from "./words.ts";

/** The places of the page that change. */
export type Page = {
  readonly form: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly notice: HTMLElement;
  readonly problem: HTMLElement;
  readonly refresh: HTMLButtonElement;
  readonly listProblem: HTMLElement;
  readonly empty: HTMLElement;
  readonly runs: HTMLElement;
};

/** Finds the places; throws when index.html lacks one. */
export function findPage(): Page {
  return {
    form: find("submit", HTMLFormElement),
    input: find("input", HTMLTextAreaElement),
    notice: find("notice", HTMLElement),
    problem: find("problem", HTMLElement),
    refresh: find("refresh", HTMLButtonElement),
    listProblem: find("list-problem", HTMLElement),
    empty: find("empty", HTMLElement),
    runs: find("runs", HTMLElement),
  };
}

/** Shows the runs, newest first as the API gives them. */
export function showRuns(page: Page, runs: readonly Run[]): void {
  page.empty.hidden = runs.length > 0;
  page.runs.replaceChildren(...runs.map(runItem));
}

function runItem(run: Run): HTMLElement {
  const state = element("span", isFinished(run) ? "state done" : "state", run.state);
  const input = element("p", "input", run.input ?? "");
  const result = element("p", "hint", describeResult(run));
  const item = element("li");
  item.append(state, ...timeOf(run), input, result);
  return item;
}

function timeOf(run: Run): readonly HTMLElement[] {
  const created = new Date(run.createdAt ?? "");
  if (Number.isNaN(created.getTime())) return [];
  const time = document.createElement("time");
  time.dateTime = created.toISOString();
  time.textContent = created.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return [time];
}

function element(tag: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.textContent = text;
  return made;
}

function find<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`index.html has no ${kind.name} with the id "${id}"`);
}
