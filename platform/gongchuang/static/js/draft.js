import { word } from "./words.js";

const PRIVATE = new Set(["password", "file", "hidden"]);
const PAUSE = 800;

/** Keep what is typed into a form: on this device at once, and at the form's data-draft URL (when given) a moment after the last change. Never a password, a file or a hidden field on this device.
 *  The server answers any 2xx; {"url": "…"} moves later drafts there. A draft left on this device is put back when the page opens without errors, and said so with a way to discard it. */
export function draft(form) {
  const key = `draft:${document.body.dataset.reader ?? ""}:${form.dataset.draftKey ?? location.pathname}:${form.getAttribute("action") ?? ""}`;
  const state = form.querySelector("[data-draft-state]");
  const say = (name) => state && (state.textContent = word(name));
  let url = form.dataset.draft;
  let waiting;
  let sending = Promise.resolve();

  if (!form.querySelector("[aria-invalid=true]")) offer(form, key);

  const send = async () => {
    if (!url) return say("saved");
    say("saving");
    try {
      const body = new FormData(form);
      for (const field of form.querySelectorAll("input[type=file],input[type=password]")) body.delete(field.name);
      const answer = await fetch(url, { method: form.dataset.draftMethod ?? "POST", body, headers: { Accept: "application/json", "X-Draft": "1" }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json().catch(() => ({}));
      if (told.url) url = told.url;
      say("saved");
    } catch {
      say("local");
    }
  };
  const changed = () => {
    store(key, snapshot(form));
    clearTimeout(waiting);
    waiting = setTimeout(() => (sending = sending.then(send)), PAUSE);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (!event.defaultPrevented) sessionStorage.setItem(`sent:${key}`, location.pathname);
  });
  window.addEventListener("online", () => sending.then(send));
}

/** Names and values as typed; many values of a name stay many. */
function snapshot(form) {
  const values = [];
  for (const field of form.elements) {
    if (!field.name || PRIVATE.has(field.type) || field.tagName === "BUTTON") continue;
    if (field.type === "checkbox" || field.type === "radio") values.push([field.name, field.value, field.checked]);
    else if (field.tagName === "SELECT" && field.multiple) values.push([field.name, [...field.selectedOptions].map((one) => one.value), null]);
    else values.push([field.name, field.value, null]);
  }
  return values;
}

function store(key, values) {
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
  } catch {
    // a full or forbidden storage must not stop anyone from typing
  }
}

/** Drafts of forms that were sent are dropped once another page of ours answered; an error page, or the form itself, means that they may still be needed. Signing out drops all. */
export function forget(root) {
  for (const mark of keys(sessionStorage, "sent:")) {
    if (root.querySelector(".error-page") || sessionStorage.getItem(mark) === location.pathname) continue;
    localStorage.removeItem(mark.slice("sent:".length));
    sessionStorage.removeItem(mark);
  }
  root.querySelector("form[data-forget]")?.addEventListener("submit", () => keys(localStorage, "draft:").forEach((key) => localStorage.removeItem(key)));
}

function keys(storage, start) {
  try {
    return Object.keys(storage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

function offer(form, key) {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    kept = null;
  }
  if (!kept || Date.now() - kept.at > 14 * 86_400_000 || JSON.stringify(kept.values) === JSON.stringify(snapshot(form))) return;
  const before = snapshot(form);
  fill(form, kept.values);
  const note = document.createElement("p");
  note.className = "draft-restored";
  note.setAttribute("role", "status");
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "btn btn-link btn-sm";
  discard.textContent = word("discard");
  discard.addEventListener("click", () => {
    localStorage.removeItem(key);
    fill(form, before);
    note.remove();
  });
  note.append(word("restored"), discard);
  form.prepend(note);
}

function fill(form, values) {
  const places = new Map();
  for (const [name, value, checked] of values) {
    const fields = [...form.elements].filter((field) => field.name === name && !PRIVATE.has(field.type));
    if (checked !== null) {
      const field = fields.find((one) => one.value === value);
      if (field) field.checked = checked;
    } else if (Array.isArray(value)) {
      for (const option of fields[0]?.options ?? []) option.selected = value.includes(option.value);
    } else {
      const place = places.get(name) ?? 0;
      places.set(name, place + 1);
      if (fields[place]) fields[place].value = value;
    }
  }
  form.dispatchEvent(new CustomEvent("draft:filled", { bubbles: true }));
}
