// Uploads: chosen, dropped or photographed files go straight to the store by a signed form, are checked by the server, and stand in the form as hidden fields.
const STEPS = { tries: 3, pause: 1500, poll: 900, mebibyte: 1024 * 1024, most: 100 };

/** Wire one upload field. */
function wire(box) {
  if (box.dataset.wired) return;
  box.dataset.wired = "yes";
  const words = JSON.parse(box.dataset.words);
  const list = box.querySelector(".upload-list");
  const drop = box.querySelector(".drop");
  const choose = box.querySelector("input[type=file]");
  const camera = box.querySelector(".upload-camera");
  const kinds = choose.accept.split(",");
  const field = { box, list, words, kinds };
  if (camera && matchMedia("(pointer: coarse)").matches) camera.hidden = false;
  for (const input of box.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      take(field, [...input.files]);
      input.value = "";
    });
  }
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") take(field, [...event.dataTransfer.files]);
    });
  }
  for (const item of list.children) removable(field, item, item.querySelector(".file-name")?.textContent ?? "");
  box.closest("form")?.addEventListener("submit", (event) => hold(field, event), { capture: true });
}

/** Begin with each file that may be taken; say why not for the others. */
function take(field, files) {
  const chosen = field.box.dataset.multiple === undefined ? files.slice(0, 1) : files;
  if (field.box.dataset.multiple === undefined && chosen.length) field.list.replaceChildren();
  for (const file of chosen) {
    const reason = refusal(field, file);
    const item = document.createElement("li");
    field.list.append(item);
    if (reason) problem(field, item, file, reason);
    else send(field, item, file);
  }
}

function refusal(field, file) {
  const dot = file.name.lastIndexOf(".");
  if (dot < 0 || !field.kinds.includes(file.name.slice(dot).toLowerCase())) return say(field, "kind", file);
  if (file.size === 0) return say(field, "empty", file);
  if (file.size > STEPS.most * STEPS.mebibyte) return say(field, "large", file);
  return null;
}

const say = (field, key, file) => field.words[key].replace("{name}", file.name).replace("{most}", STEPS.most);

/** Upload one file: begin, post, confirm, wait for the check. A lost connection is tried again; after that the reader may. */
async function send(field, item, file) {
  const stop = new AbortController();
  const bar = progress(field, item, file, stop);
  for (let attempt = 1; ; attempt++) {
    try {
      const begun = await ask(field, field.box.dataset.start, { name: file.name, size: file.size, content_type: file.type, purpose: field.box.dataset.purpose });
      await post(begun.form, file, bar, stop.signal);
      await ask(field, `${field.box.dataset.start}/${begun.id}/confirm`, null);
      item.dataset.revision = begun.id;
      return await wait(field, item, file, begun.id);
    } catch (error) {
      if (stop.signal.aborted) return;
      if (error.refused) return problem(field, item, file, error.message);
      if (attempt === STEPS.tries) return problem(field, item, file, say(field, "failed", file), () => send(field, item, file));
      await new Promise((resolve) => setTimeout(resolve, STEPS.pause * attempt));
    }
  }
}

/** Ask the API; a refusal carries its own words. */
async function ask(field, url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": field.box.dataset.csrf, Accept: "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  const data = await answer.json();
  if (answer.ok) return data;
  const error = new Error(data.errors?.[0]?.message ?? data.detail);
  error.refused = answer.status < 500 && answer.status !== 429;
  throw error;
}

/** Post the file with its signed form, telling how far it is. */
function post(form, file, bar, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append("file", file);
    request.open("POST", form.url);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && (bar.value = event.loaded / event.total));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : reject(new Error(`store ${request.status}`))));
    for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, () => reject(new Error(name)));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/** Show the server's card of the file until its check is over. */
async function wait(field, item, file, id) {
  for (let pause = STEPS.poll; ; pause = Math.min(pause * 1.3, 4000)) {
    const answer = await fetch(`/files/${id}/part?field=${encodeURIComponent(field.box.dataset.upload)}`, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const card = holder.content.querySelector("[data-file-status]");
      item.replaceChildren(holder.content);
      if (["checked", "refused"].includes(card?.dataset.fileStatus)) {
        removable(field, item, file.name);
        changed(field, card.dataset.fileStatus, id);
        return;
      }
    }
    if (!item.isConnected) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function progress(field, item, file, stop) {
  const line = document.createElement("p");
  line.className = "file-name";
  line.textContent = say(field, "sending", file);
  const bar = document.createElement("progress");
  bar.className = "progress-line";
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", line.textContent);
  item.dataset.busy = "yes";
  item.replaceChildren(line, bar, button(field.words.cancel, () => (stop.abort(), gone(field, item, file.name))));
  return bar;
}

function problem(field, item, file, text, again) {
  delete item.dataset.busy;
  const notice = document.createElement("div");
  notice.className = "notice notice-bad";
  notice.setAttribute("role", "alert");
  const words = document.createElement("div");
  words.textContent = text;
  notice.append(words);
  item.replaceChildren(notice);
  if (again) item.append(button(field.words.retry, again));
  removable(field, item, file.name);
}

function removable(field, item, name) {
  delete item.dataset.busy;
  item.append(button(field.words.remove, () => gone(field, item, name), name));
}

function gone(field, item, name) {
  item.remove();
  const said = document.createElement("li");
  said.className = "visually-hidden";
  said.textContent = field.words.removed.replace("{name}", name.trim());
  field.list.append(said);
  changed(field, "removed", item.dataset.revision);
  field.box.querySelector("input[type=file]").focus();
}

function button(text, act, about) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-quiet btn-sm file-button";
  made.textContent = text;
  if (about) made.setAttribute("aria-label", `${text} ${about.trim()}`);
  made.addEventListener("click", act);
  return made;
}

/** Tell the form: drafts are saved on `change`, pages that show facts listen to `upload`. */
function changed(field, status, id) {
  field.box.dispatchEvent(new CustomEvent("upload", { bubbles: true, detail: { status, id } }));
  field.box.dispatchEvent(new Event("change", { bubbles: true }));
}

/** A form is not sent while a file is still on its way: it would go without it. */
function hold(field, event) {
  const busy = field.list.querySelector("[data-busy], [data-file-status=received], [data-file-status=uploading]");
  if (!busy) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const item = busy.closest("li");
  item.tabIndex = -1;
  item.focus();
}

document.querySelectorAll("[data-upload]").forEach(wire);
document.body.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll?.("[data-upload]").forEach(wire));
