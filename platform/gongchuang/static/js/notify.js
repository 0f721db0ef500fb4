import { word } from "./words.js";

/** Say a sentence in the page's live region. */
export function notify(key, tone = "bad") {
  const box = document.createElement("div");
  box.className = `notice notice-${tone}`;
  const text = document.createElement("div");
  text.textContent = word(key);
  box.append(text);
  const region = document.querySelector("#flashes");
  region?.replaceChildren(box);
  region?.scrollIntoView({ block: "nearest" });
}
