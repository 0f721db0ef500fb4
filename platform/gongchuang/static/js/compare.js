import { word } from "./words.js";

const narrow = window.matchMedia("(max-width: 760px)");

/** On a phone two columns stand beside the row names, arrows (and a swipe) bring the others; 只看差异 hides the rows in which all are alike. */
export function compare(box) {
  const table = box.querySelector("table");
  const arrows = box.querySelector("[data-compare-arrows]");
  const position = box.querySelector("[data-compare-position]");
  const diff = box.querySelector("[data-compare-diff]");
  const count = table.tHead.rows[0].cells.length - 1;
  let first = 1;

  const show = () => {
    const paged = narrow.matches && count > 2;
    arrows.hidden = !paged;
    table.toggleAttribute("data-paged", paged);
    for (const row of table.rows) {
      [...row.cells].forEach((cell, index) => cell.classList.toggle("away", paged && index > 0 && (index < first || index > first + 1)));
    }
    position.textContent = paged ? word("position", { from: first, to: first + 1, all: count }) : "";
    for (const button of arrows.querySelectorAll("[data-step]")) {
      const target = first + Number(button.dataset.step);
      button.disabled = target < 1 || target > count - 1;
    }
  };
  const step = (by) => {
    first = Math.min(Math.max(first + by, 1), Math.max(count - 1, 1));
    show();
  };

  arrows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) step(Number(button.dataset.step));
  });
  let from = null;
  table.addEventListener("touchstart", (event) => (from = event.touches[0]), { passive: true });
  table.addEventListener("touchend", (event) => {
    const to = event.changedTouches[0];
    if (from && Math.abs(to.clientX - from.clientX) > 60 && Math.abs(to.clientY - from.clientY) < 40) step(to.clientX < from.clientX ? 1 : -1);
    from = null;
  });
  if (table.querySelector("tr[data-same]")) {
    diff.hidden = false;
    diff.querySelector("input").addEventListener("change", (event) => box.toggleAttribute("data-only-diff", event.target.checked));
  }
  narrow.addEventListener("change", show);
  show();
}
