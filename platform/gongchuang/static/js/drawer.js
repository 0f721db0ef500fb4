/** Filters behind one button on a phone: they cover the page until 完成 or Escape; focus goes in and comes back. */
export function drawer(root) {
  for (const opener of root.querySelectorAll("[data-drawer-open]")) {
    const panel = document.getElementById(opener.dataset.drawerOpen);
    if (!panel) continue;
    const close = () => {
      panel.classList.remove("open");
      panel.removeAttribute("role");
      panel.removeAttribute("aria-modal");
      opener.setAttribute("aria-expanded", "false");
      for (const rest of others(panel)) rest.inert = false;
      opener.focus();
    };
    opener.addEventListener("click", () => {
      panel.classList.add("open");
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
      opener.setAttribute("aria-expanded", "true");
      for (const rest of others(panel)) rest.inert = true;
      panel.querySelector("[data-drawer-close]").focus();
    });
    panel.querySelector("[data-drawer-close]").addEventListener("click", close);
    panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  }
}

/** Everything on the page beside the panel's own line of ancestors. */
function others(panel) {
  const found = [];
  for (let node = panel; node !== document.body; node = node.parentElement) {
    found.push(...[...node.parentElement.children].filter((one) => one !== node && one.tagName !== "SCRIPT"));
  }
  return found;
}
