/** Starts the page: wires what a person does to calls of the API and shows what comes back. */
import { createApi } from "./api.ts";
import { findPage, showRuns } from "./page.ts";
import { watchRun } from "./watch.ts";
import { describeResult, explainFailure } from "./words.ts";

const api = createApi((path, init) => fetch(path, init));
const page = findPage();

page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  void busyWhile(page.form, submit);
});
page.refresh.addEventListener("click", () => void busyWhile(page.refresh, refresh));
void busyWhile(page.refresh, refresh);

async function submit(): Promise<void> {
  say("", "");
  const submitted = await api.submitRun(page.input.value);
  if (!submitted.ok) {
    say("", explainFailure(submitted.failure));
    return;
  }
  page.form.reset();
  say("Submitted. Waiting for a worker.", "");
  void follow(submitted.value.id);
  await refresh();
}

async function follow(id: string): Promise<void> {
  const last = await watchRun(() => api.getRun(id));
  if (last === undefined) say("The run is still waiting. Refresh the list later to see its result.", "");
  else if (last.ok) say(`Completed: ${describeResult(last.value)}`, "");
  else say("", explainFailure(last.failure));
  await refresh();
}

async function refresh(): Promise<void> {
  const listed = await api.listRuns();
  // A list from before stays: old news with a reason beats an empty page.
  page.listProblem.textContent = listed.ok ? "" : explainFailure(listed.failure);
  if (listed.ok) showRuns(page, listed.value);
}

function say(notice: string, problem: string): void {
  page.notice.textContent = notice;
  page.problem.textContent = problem;
}

/** Keeps a second click out while the first is under way; the button keeps its focus, which `disabled` would take. */
async function busyWhile(control: HTMLElement, work: () => Promise<void>): Promise<void> {
  if (control.ariaBusy === "true") return;
  control.ariaBusy = "true";
  try {
    await work();
  } finally {
    control.ariaBusy = "false";
  }
}
