// Reading is: this tab is looked at and the newest entry is on the screen.
import { entries, isPeeking, pane, panes, timelineOf, uuid } from "./page.js";
import { viewOf } from "./scroll.js";

const PAUSE = 1_000;
const marked = new Map(), due = new Map(), last = new Map();

const isLookedAt = () => document.visibilityState === "visible" && document.hasFocus();

function newestOnScreen(order) {
  const timeline = timelineOf(order);
  const newest = timeline && entries(timeline).at(-1);
  if (!newest) return 0;
  const bottom = newest.getBoundingClientRect().bottom;
  const view = viewOf(timeline);
  const visible = bottom > view.top && bottom <= Math.min(view.bottom, innerHeight) + 8;
  return visible ? Number(newest.dataset.seq) : 0;
}

/** `send(frame)` is true when it went out. */
export function startReading(send) {
  const look = () => panes().forEach((section) => consider(section.dataset.order, send));
  for (const name of ["focus", "scroll", "resize"]) addEventListener(name, look, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  return look;
}

/** What was said over a connection that is gone may not have arrived. */
export const forgetMarks = () => marked.clear();

function consider(order, send) {
  if (due.has(order) || isPeeking(order) || !isLookedAt()) return;
  const seq = newestOnScreen(order);
  const read = Math.max(marked.get(order) ?? 0, Number(pane(order)?.dataset.read) || 0);
  if (seq <= read) return;
  const wait = (last.get(order) ?? 0) + PAUSE - Date.now();
  if (wait > 0) {
    due.set(order, setTimeout(() => { due.delete(order); consider(order, send); }, wait));
  } else if (send({ type: "do", cid: uuid(), order, do: "read", data: { seq } })) {
    marked.set(order, seq);
    last.set(order, Date.now());
  }
}
