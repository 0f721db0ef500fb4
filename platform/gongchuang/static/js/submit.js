import { word } from "./words.js";

/** Send a form once: the button says so and a second click does nothing, until the page comes back (also from the back/forward cache). The server says what is wrong, all at once, so the browser does not. */
export function onceOnly(form) {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = event.submitter;
    if (!button) return;
    button.dataset.label = button.textContent;
    // after the browser has taken the button's name and value into the request
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
      if (button.classList.contains("btn") && button.children.length === 0) button.textContent = word("sending");
    });
    setTimeout(() => release(form), 20_000);
  });
  window.addEventListener("pageshow", (event) => event.persisted && release(form));
  form.addEventListener("htmx:afterRequest", () => release(form));
}

function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
    if (button.dataset.label && button.children.length === 0) button.textContent = button.dataset.label;
  }
}
