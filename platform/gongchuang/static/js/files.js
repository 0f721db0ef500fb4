import { word } from "./words.js";

/** A file field in a drop zone: shows what was chosen, and takes what is dropped on it. */
export function chosenFiles(input) {
  const zone = input.closest(".drop");
  if (!zone) return;
  const list = document.createElement("ul");
  list.className = "drop-files";
  list.setAttribute("aria-live", "polite");
  zone.append(list);
  input.addEventListener("change", () => {
    const names = [...input.files].map((file) => `${file.name} · ${size(file.size)}`);
    list.replaceChildren(...(names.length > 1 ? [word("files", { n: names.length }), ...names] : []).map(line));
    if (names.length === 1) list.replaceChildren(line(names[0]));
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function line(text) {
  const item = document.createElement("li");
  item.textContent = text;
  return item;
}

/** Bytes as people read them. */
export function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}
