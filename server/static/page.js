// The page works without this file. With it, answers come without loading the page anew.
"use strict";
const form = document.getElementById("query-form");
const field = document.getElementById("query");
const place = document.getElementById("answer");
const button = form.querySelector("button");

function element(name, text, attributes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
  return made;
}

async function run(event) {
  if (event) event.preventDefault();
  if (!field.value.trim()) return;
  button.disabled = true;
  const address = "/?" + new URLSearchParams({ query: field.value });
  place.replaceChildren(element("p", "Running …"));
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    place.replaceChildren(...page.getElementById("answer").childNodes);
    history.replaceState(null, "", address + "#answer");
    mark();
  } catch (error) {
    place.replaceChildren(element("div", "The server did not answer: " + error.message, { class: "error", role: "alert" }));
  } finally {
    button.disabled = false;
  }
}

// Put the cursor where the query is wrong.
function mark() {
  const found = /line (\d+), column (\d+)/.exec((place.querySelector(".error strong") || {}).textContent || "");
  if (!found) return;
  const lines = field.value.split("\n");
  const start = lines.slice(0, found[1] - 1).join("\n").length + (found[1] > 1 ? 1 : 0) + Number(found[2]) - 1;
  field.focus();
  field.setSelectionRange(start, start + 1);
}

form.addEventListener("submit", run);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(event);
});
for (const link of document.querySelectorAll("a.question")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    field.value = link.dataset.query;
    run();
  });
}
