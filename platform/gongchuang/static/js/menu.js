/** <details data-menu> closes on a tap elsewhere, on Escape (focus returns to it) and when another opens. */
export function menus(root) {
  const open = () => root.querySelectorAll("details[data-menu][open]");
  root.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
