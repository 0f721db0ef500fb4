import TomSelect from "tom-select/base";
import removeButton from "tom-select/plugins/remove_button/plugin.js";
import { word } from "./words.js";

TomSelect.define("remove_button", removeButton);

/** A select people can type into; data-select="/url" asks the server for choices ([{value, text}] to ?q=), else its own options are searched, pinyin initials in data-search of an option included. */
export function select(field) {
  if (field.tomselect) return;
  const source = field.dataset.select;
  const settings = {
    maxOptions: 200,
    plugins: field.multiple ? { remove_button: { title: "×" } } : {},
    searchField: ["text", "search"],
    hideSelected: field.multiple,
    render: {
      no_results: () => {
        const line = document.createElement("div");
        line.className = "no-results";
        line.textContent = word("nothing");
        return line;
      },
    },
  };
  if (source) {
    settings.preload = "focus";
    settings.shouldLoad = () => true;
    settings.load = (query, done) => {
      const address = new URL(source, location.href);
      address.searchParams.set("q", query);
      fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((found) => done(Array.isArray(found) ? found : (found.items ?? [])))
        .catch(() => done());
    };
  }
  const made = new TomSelect(field, settings);
  // the select behind is for the form alone; hints and errors are read out with the box people type into
  field.setAttribute("aria-hidden", "true");
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    const value = name === "aria-required" ? field.required && "true" : field.getAttribute(name);
    if (value) made.control_input.setAttribute(name, value);
  }
  field.form?.addEventListener("draft:filled", () => made.sync());
}
