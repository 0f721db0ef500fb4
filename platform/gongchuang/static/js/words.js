const words = JSON.parse(document.body.dataset.words ?? "{}");

/** A sentence of the page's language, with {name} filled in; the page carries them all, so that modules hold no text. */
export function word(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
