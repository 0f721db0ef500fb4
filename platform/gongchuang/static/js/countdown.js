import { word } from "./words.js";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** What is left, in the largest unit that says it: the same words as the macro `remaining`. */
function left(milliseconds) {
  if (milliseconds <= 0) return word("closed");
  if (milliseconds >= 2 * DAY) return word("days", { n: Math.floor(milliseconds / DAY) });
  if (milliseconds >= 2 * HOUR) return word("hours", { n: Math.floor(milliseconds / HOUR) });
  if (milliseconds >= 2 * MINUTE) return word("minutes", { n: Math.floor(milliseconds / MINUTE) });
  return word("seconds", { n: Math.ceil(milliseconds / 1000) });
}

/** Tick towards a deadline on the server's clock: the difference to this device's clock is taken once, from the time the page was made. */
export function countdown(element) {
  const ends = Number(element.dataset.countdown);
  const started = performance.now();
  const madeAt = Number(element.dataset.now);
  const tick = () => {
    if (!element.isConnected) return;
    const rest = ends - (madeAt + performance.now() - started);
    const text = left(rest);
    if (element.textContent !== text) element.textContent = text;
    element.toggleAttribute("data-soon", rest < DAY);
    if (rest > 0) setTimeout(tick, rest < 2 * MINUTE ? 1000 : Math.min(MINUTE, rest % MINUTE + 50));
  };
  tick();
}
