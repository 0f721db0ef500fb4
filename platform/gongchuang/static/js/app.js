// Every page's module: wires what the page has, loads the heavy parts only where a page uses them. Everything works without it too, except where its macro says so.
import { compare } from "./compare.js";
import { confirming } from "./confirm.js";
import { countdown } from "./countdown.js";
import { dialogs } from "./dialog.js";
import { draft, forget } from "./draft.js";
import { drawer } from "./drawer.js";
import { menus } from "./menu.js";
import { chosenFiles } from "./files.js";
import { onceOnly } from "./submit.js";

/** Wire everything below `root`: the page at first, then whatever htmx brings in. */
function wire(root) {
  const each = (selector, act) => root.querySelectorAll(selector).forEach(act);
  each("[data-countdown]", countdown);
  each("[data-compare]", compare);
  each("form[data-draft]", draft);
  each("[data-file]", chosenFiles);
  each("form[method=post]", onceOnly);
  each("[data-focus]", (element) => element.focus());
  if (root.querySelector("[data-select]")) import("./select.js").then(({ select }) => each("[data-select]", select));
  if (root.querySelector("[data-passkey]")) import("./passkey.js").then(({ passkeys }) => each("[data-passkey]", passkeys));
  if (root.querySelector("[data-chart]")) import("./chart.js").then(({ chart }) => each("[data-chart]", chart));
  if (root.querySelector("[data-model]")) import("./model.js").then(({ model }) => each("[data-model]", model));
}

const HX = "[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete],[hx-boost]";

dialogs(document);
confirming(document);
menus(document);
drawer(document);
forget(document);
wire(document);
if (document.querySelector(HX)) import("./parts.js").then(({ start }) => start(wire));
for (const link of document.querySelectorAll("[data-back]")) {
  if (history.length > 1 && document.referrer.startsWith(location.origin)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.back();
    });
  }
}
