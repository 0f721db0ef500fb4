import { notify } from "./notify.js";

const CONFIG = {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
};

/** Let htmx exchange parts of the page (hx-get, hx-post …), and wire what it brings in. It reads its settings from the page when it starts, so they are put there first. */
export async function start(wire) {
  const settings = document.createElement("meta");
  settings.name = "htmx-config";
  settings.content = JSON.stringify(CONFIG);
  document.head.append(settings);
  const { default: htmx } = await import("htmx.org");
  const parsed = performance.getEntriesByType("navigation")[0]?.domContentLoadedEventStart > 0;
  // loaded between DOMContentLoaded and load it would wait for an event that has passed
  if (parsed && document.readyState !== "complete") document.dispatchEvent(new Event("DOMContentLoaded"));
  htmx.onLoad((element) => (element === document.body ? askForChosen() : wire(element)));
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.body.addEventListener(trouble, () => notify("failed"));
}

/** Ask for what was chosen before htmx listened: on a slow network, or kept by the browser when the page was loaded again. */
function askForChosen() {
  for (const select of document.querySelectorAll("[data-region] select")) {
    const served = Math.max(0, [...select.options].findIndex((option) => option.defaultSelected));
    if (select.selectedIndex !== served) select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
