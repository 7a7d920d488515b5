// Shows the notes of the API. Settings of the installation, in config.js, win over those that were compiled in.
const compiledIn = __DART_DEFINES__;
const settings = { ...compiledIn, ...window.runtimeConfig };
const main = document.querySelector("main");

async function show() {
  if (location.pathname !== "/notes") {
    main.textContent = `This is ${settings.APP_ENV}; the API is ${settings.API_BASE_URL}.`;
    return;
  }
  const answer = await fetch(`${settings.API_BASE_URL}/notes/`);
  if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
  const list = document.createElement("ul");
  for (const note of await answer.json()) {
    const item = document.createElement("li");
    item.textContent = note.text;
    list.append(item);
  }
  main.replaceChildren(list);
}

show().catch((error) => {
  main.textContent = `The notes cannot be shown: ${error.message}`;
});
