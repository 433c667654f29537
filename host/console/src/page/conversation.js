// The conversation on the page. The server says which items there are and gives each as HTML that it has made
// harmless; what stays the same stays in place, so that a selection or an open tool line survives the stream.

const log = document.getElementById("log");
const scroll = document.getElementById("scroll");
const items = new Map();

// How near to its end, in pixels, a conversation follows the stream.
const NEAR = 80;

export function clear() {
  items.clear();
  log.replaceChildren();
}

export function isEmpty() {
  return items.size === 0;
}

// Takes one change: `put` holds [key, html] of what is new or different, `order` every key where it changed.
export function apply({ order, put = [] }) {
  const follows = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  for (const [key, html] of put) {
    const fresh = parse(html);
    const old = items.get(key);
    if (old) items.set(key, morph(old, fresh));
    else items.set(key, fresh);
  }
  if (order) arrange(order);
  tick();
  if (follows) scrollToEnd();
}

export function scrollToEnd() {
  scroll.scrollTop = scroll.scrollHeight;
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// Makes `old` look like `fresh` and keeps what is the same, and whether a tool line is open. Answers what stands there.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return old;
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    old.data = fresh.data;
    return old;
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
  const now = [...old.childNodes];
  const next = [...fresh.childNodes];
  next.forEach((node, index) => (now[index] ? morph(now[index], node) : old.append(node)));
  now.slice(next.length).forEach((node) => node.remove());
  return old;
}

function arrange(order) {
  const wanted = new Set(order);
  for (const [key, node] of items) {
    if (wanted.has(key)) continue;
    node.remove();
    items.delete(key);
  }
  let place = log.firstElementChild;
  for (const key of order) {
    const node = items.get(key);
    if (node === place) place = place.nextElementSibling;
    else log.insertBefore(node, place);
  }
}

function elapsed(ms) {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function tick() {
  for (const timer of log.querySelectorAll("[data-since]")) {
    timer.textContent = elapsed(Date.now() - Number(timer.dataset.since));
  }
}
setInterval(tick, 100);

log.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const code = button.closest(".code").querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(code);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
