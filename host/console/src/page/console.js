// The page: which thread is open, what is typed, what is shown around the conversation.

import * as api from "./api.js";
import * as cards from "./cards.js";
import * as conversation from "./conversation.js";

const $ = (id) => document.getElementById(id);
const message = $("message");

let thread = null;
let events = null;
let running = false;
let models = [];
let standard = "";
// The id of the message being written: it stays the same until the message is safe, so that a second try is known.
let draft = crypto.randomUUID();

function threadInPath() {
  return location.pathname.startsWith("/t/") ? location.pathname.slice(3) : null;
}

function open(id, { push = true } = {}) {
  thread = id;
  if (push) history.pushState(null, "", id ? `/t/${id}` : "/");
  conversation.clear();
  cards.clear(id);
  $("files").replaceChildren();
  $("files").dataset.count = 0;
  $("files").hidden = true;
  delete $("model").dataset.chosen;
  $("transcript").href = `/api/threads/${id}/transcript/md`;
  $("transcript").hidden = id === null;
  showStatus({ running: false, model: id ? "" : standard, context: 0, cost_usd: 0 });
  $("trouble").hidden = true;
  $("empty").hidden = id !== null;
  listen();
  markCurrent();
  drawer(false);
  message.focus();
}

// One stream for the open page; it ends while the page can't be seen, because a browser allows only six.
function listen() {
  events?.close();
  if (document.hidden) return;
  events = new EventSource(thread ? `/events?thread=${thread}` : "/events");
  let first = true;
  events.onmessage = (event) => {
    const frame = JSON.parse(event.data);
    banner("");
    if (first && frame.change) frame.change.order ??= [];
    if (frame.change) conversation.apply(frame.change);
    if (first) conversation.scrollToEnd();
    first = false;
    if (frame.cards) {
      cards.show(frame.cards);
      conversation.scrollToEnd();
    }
    if (frame.status) showStatus(frame.status);
    if (frame.threads) showThreads();
    if (frame.failed) trouble(frame.failed);
    if (thread) $("empty").hidden = !conversation.isEmpty();
  };
  events.onerror = () => lost();
  events.onopen = () => { first = true; };
}

async function lost() {
  try {
    await api.hello();
  } catch (error) {
    banner(error.message);
    if (error.status === 401) events.close();
    return;
  }
  // The console is there, but not for this address: it names no thread.
  if (thread && events.readyState === EventSource.CLOSED) open(null);
}

function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function showStatus(status) {
  running = status.running;
  $("log").setAttribute("aria-busy", String(running));
  $("working").hidden = !running;
  $("stop").hidden = !running;
  const waits = status.waiting ? `, ${status.waiting} waiting` : "";
  $("state").textContent = (running ? "working" : "idle") + waits;
  $("state").classList.toggle("running", running);
  $("context").textContent = status.context ? `${status.context.toLocaleString("en")} tokens in context` : "";
  $("cost").textContent = status.cost_usd ? `$${status.cost_usd.toFixed(status.cost_usd < 1 ? 4 : 2)}` : "";
  if (status.model) showModel(status.model);
  showFiles(status.files ?? 0);
}

async function showFiles(count) {
  if (!thread || count === Number($("files").dataset.count ?? 0)) return;
  $("files").dataset.count = count;
  const listed = await api.files(thread).catch(() => []);
  $("files").replaceChildren(...listed.map(({ id, name, bytes }) => {
    const link = Object.assign(document.createElement("a"), { href: `/api/threads/${thread}/files/${id}`, textContent: name, download: name });
    const item = document.createElement("li");
    item.append(link, ` ${bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024)} KiB`}`);
    return item;
  }));
  $("files").hidden = listed.length === 0;
}

function showModel(model) {
  const known = models.includes(model) ? models : [model, ...models];
  $("model").replaceChildren(...known.map((id) => new Option(id, id, false, id === model)));
}

async function showThreads() {
  const listed = await api.threads().catch(() => null);
  if (!listed) return;
  $("threads").replaceChildren(...listed.map(entry));
  if (!listed.length) $("threads").append(Object.assign(document.createElement("li"), { className: "none", textContent: "No threads yet" }));
  markCurrent();
}

function entry({ id, title, at }) {
  const link = Object.assign(document.createElement("a"), { href: `/t/${id}` });
  const name = Object.assign(document.createElement("span"), { className: "name", textContent: title || "Untitled" });
  const time = Object.assign(document.createElement("time"), { dateTime: at, textContent: when(new Date(at)) });
  link.dataset.id = id;
  link.append(name, time);
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function when(date) {
  const today = new Date().toDateString() === date.toDateString();
  const clock = date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  return today ? clock : `${date.toLocaleDateString("en", { day: "numeric", month: "short" })}, ${clock}`;
}

function markCurrent() {
  let title = thread ? "Thread" : "New thread";
  for (const link of $("threads").querySelectorAll("a")) {
    const current = link.dataset.id === thread;
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    if (current) title = link.querySelector(".name").textContent;
  }
  $("title").textContent = title;
  document.title = thread ? `${title} · claudetools` : "claudetools";
}

async function send() {
  const text = message.value.trim();
  if (!text) return;
  const id = draft;
  $("send").disabled = true;
  try {
    const target = thread ?? (await api.newThread()).id;
    if (thread === null) {
      if ($("model").value && $("model").dataset.chosen) await api.chooseModel(target, $("model").value);
      open(target);
    }
    await api.say(target, id, text);
    draft = crypto.randomUUID();
    message.value = "";
    grow();
    trouble("");
    conversation.scrollToEnd();
  } catch (error) {
    trouble(error.message);
  } finally {
    $("send").disabled = false;
    message.focus();
  }
}

function grow() {
  message.style.height = "auto";
  message.style.height = `${message.scrollHeight}px`;
}

function drawer(shown) {
  $("sidebar").classList.toggle("open", shown);
  $("backdrop").hidden = !shown;
  $("menu").setAttribute("aria-expanded", String(shown));
  if (shown) $("new-thread").focus();
}

const narrates = (action) => async () => {
  try {
    await action();
    trouble("");
  } catch (error) {
    trouble(error.message);
  }
};

$("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
message.addEventListener("input", grow);
message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
});
$("examples").addEventListener("click", (event) => {
  if (event.target.tagName !== "BUTTON") return;
  message.value = event.target.textContent;
  grow();
  message.focus();
});
$("new-thread").addEventListener("click", () => open(null));
$("threads").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(link.dataset.id);
});
$("stop").addEventListener("click", narrates(() => api.stop(thread)));
$("model").addEventListener("change", narrates(async () => {
  $("model").dataset.chosen = "yes";
  if (thread) await api.chooseModel(thread, $("model").value);
}));
$("menu").addEventListener("click", () => drawer(true));
$("backdrop").addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("backdrop").hidden) { drawer(false); $("menu").focus(); }
});
document.addEventListener("visibilitychange", listen);
addEventListener("popstate", () => open(threadInPath(), { push: false }));

const greeting = await api.hello().catch((error) => { banner(error.message); return { label: "The model", models: [], model: "" }; });
const { label } = greeting;
models = greeting.models;
standard = greeting.model;
$("model-name").textContent = models.includes(label) ? "" : label;
$("model-name").title = label;
$("model").hidden = models.length === 0;
$("about").textContent = `${label} answers here, and reads and changes the repository through the plugins' tools.`;
open(threadInPath(), { push: false });
