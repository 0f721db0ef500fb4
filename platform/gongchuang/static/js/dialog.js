/** Buttons with data-dialog-open open the <dialog> of that id; data-dialog-close and a tap beside it close it. The browser keeps focus inside and gives it back. */
export function dialogs(root) {
  root.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && outside(event.target, event)) event.target.close();
  });
  for (const box of root.querySelectorAll("dialog:has([aria-invalid=true])")) box.showModal();
}

function outside(box, event) {
  const edge = box.getBoundingClientRect();
  return event.clientX < edge.left || event.clientX > edge.right || event.clientY < edge.top || event.clientY > edge.bottom;
}

/** Ask a question in a dialog; resolves to whether it was confirmed. */
export function ask(question, yes, no) {
  const box = document.createElement("dialog");
  box.className = "dialog";
  const text = document.createElement("p");
  text.className = "dialog-question";
  text.id = "dialog-question";
  text.textContent = question;
  box.setAttribute("aria-labelledby", text.id);
  const row = document.createElement("div");
  row.className = "dialog-actions";
  const buttons = [
    [no, "btn btn-quiet", "no"],
    [yes, "btn btn-primary", "yes"],
  ].map(([label, style, value]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = style;
    button.textContent = label;
    button.addEventListener("click", () => box.close(value));
    return button;
  });
  row.append(...buttons);
  box.append(text, row);
  document.body.append(box);
  box.showModal();
  buttons[1].focus();
  return new Promise((resolve) =>
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "yes");
    }),
  );
}
