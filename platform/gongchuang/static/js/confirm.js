import { ask } from "./dialog.js";
import { word } from "./words.js";

const agreed = new WeakSet();

/** A form with data-confirm="question" is sent only after the question was answered; the label of its button is the answer. */
export function confirming(root) {
  root.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.confirm || agreed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      ask(form.dataset.confirm, button?.textContent.trim() || word("confirm"), word("cancel")).then((yes) => {
        if (!yes) return button?.focus();
        agreed.add(form);
        form.requestSubmit(button);
      });
    },
    true,
  );
}
