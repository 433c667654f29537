// The page of the plugins: it is asked for anew when they change, and sends what a reviewer typed.

import * as api from "./api.js";

let events = null;

function listen() {
  events?.close();
  if (document.hidden) return;
  events = new EventSource("/events");
  events.onmessage = (event) => {
    if (JSON.parse(event.data).plugins) refresh();
  };
}

// What somebody is typing is not taken away from under them; what it is bound to would be refused anyway.
async function refresh() {
  const typing = [...document.querySelectorAll(".decide input")].some((input) => input.value !== "");
  if (typing) {
    document.body.classList.add("changed");
    return;
  }
  const answer = await fetch("/plugins").catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("plugins").replaceWith(page.getElementById("plugins"));
  document.body.classList.remove("changed");
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { deed, token } = form.dataset;
  const output = form.querySelector("output");
  try {
    const { said } = await api.decide(deed, token, Object.fromEntries(new FormData(form)));
    output.textContent = said;
    output.className = "";
  } catch (error) {
    output.textContent = error.message;
    output.className = "refused";
  }
  for (const input of form.querySelectorAll("input")) input.value = "";
  if (document.body.classList.contains("changed")) refresh();
});

document.addEventListener("visibilitychange", listen);
listen();
