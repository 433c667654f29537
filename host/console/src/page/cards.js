// The effects that wait in the open thread: what would happen, and the buttons that let it happen or not.

import * as api from "./api.js";

const section = document.getElementById("cards");
let thread = null;
// What was told to this person alone, such as a password that was made: it stays until the thread is left.
let told = [];

export function clear(id) {
  thread = id;
  told = [];
  section.replaceChildren();
  section.hidden = true;
}

// What somebody types into a card stays while others change.
export function show(cards) {
  const standing = new Map([...section.children].map((card) => [card.dataset.key, card]));
  section.replaceChildren(...cards.map((card) => {
    const old = standing.get(card.key);
    const same = old?.dataset.state === JSON.stringify(card);
    return same ? old : made(card);
  }), ...told);
  section.hidden = cards.length + told.length === 0;
}

function tell(text) {
  told.push(Object.assign(document.createElement("article"), { className: "card answer", textContent: text }));
  section.append(told.at(-1));
  section.hidden = false;
}

function made(card) {
  const article = Object.assign(document.createElement("article"), { className: "card answer", innerHTML: card.html });
  article.dataset.key = card.key;
  article.dataset.state = JSON.stringify(card);
  card.menus.forEach((menu) => article.append(choices(menu)));
  if (card.offers.length) article.append(buttons(card.offers));
  return article;
}

function buttons(offers) {
  const form = Object.assign(document.createElement("form"), { className: "decide" });
  const output = document.createElement("output");
  for (const { deed, token, label } of offers) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, className: deed });
    button.addEventListener("click", () => press(form, output, deed, token));
    form.append(button);
  }
  form.append(output);
  form.addEventListener("submit", (event) => { event.preventDefault(); form.again?.(); });
  return form;
}

// One question: a button for each answer, pressed at once where one is chosen, or marked and then taken together.
function choices({ at, token, title, rows, several, picked }) {
  const form = Object.assign(document.createElement("form"), { className: "decide" });
  const output = document.createElement("output");
  let marked = several ? picked : 0;
  form.append(Object.assign(document.createElement("p"), { textContent: title }));
  const take = (bits) => press(form, output, { pick: { at, picked: bits } }, token);
  rows.forEach(({ label, about }, row) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label, title: about });
    button.ariaPressed = String((picked & (1 << row)) !== 0);
    button.addEventListener("click", () => {
      if (!several) return take(1 << row);
      marked ^= 1 << row;
      button.ariaPressed = String((marked & (1 << row)) !== 0);
    });
    form.append(button);
  });
  if (several) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Take these" });
    button.addEventListener("click", () => take(marked));
    form.append(button);
  }
  form.append(output);
  form.addEventListener("submit", (event) => { event.preventDefault(); form.again?.(); });
  return form;
}

async function press(form, output, deed, token) {
  const fields = form.querySelectorAll("input");
  const typed = form.asked === JSON.stringify(deed) && fields.length ? Object.fromEntries(new FormData(form)) : null;
  try {
    const here = thread;
    const { said, alone, form: wanted } = await api.confirm(here, deed, token, typed);
    if (alone && here === thread) tell(said);
    output.textContent = said ?? wanted.title;
    output.className = "";
    if (wanted) {
      form.asked = JSON.stringify(deed);
      form.again = () => press(form, output, deed, token);
      ask(form, wanted.fields);
    }
  } catch (error) {
    output.textContent = error.message;
    output.className = "refused";
  }
}

function ask(form, fields) {
  form.querySelectorAll("label").forEach((label) => label.remove());
  const labels = fields.map(({ name, label }) => {
    const line = Object.assign(document.createElement("label"), { textContent: label });
    line.append(Object.assign(document.createElement("input"), { name, autocomplete: "off", required: true }));
    return line;
  });
  form.prepend(...labels);
  form.querySelector("input")?.focus();
}
