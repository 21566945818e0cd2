// Per order: up to which entry this page holds everything that its reader may see.
import { panes } from "./page.js";

const seen = new Map();
const newest = new Map(); // never goes back, so that an older pane is recognised as old
const known = new WeakSet();

export const at = (order) => seen.get(order);
export const all = () => Object.fromEntries(seen);
export const isBehind = (order) => (seen.get(order) ?? 0) < (newest.get(order) ?? 0);

export function move(order, seq) {
  seen.set(order, seq);
  newest.set(order, Math.max(seq, newest.get(order) ?? 0));
}

/** Follows the panes in the page; true when the set of orders, or what is held of one, changed. */
export function follow() {
  const shown = panes();
  let changed = false;
  for (const section of shown.filter((section) => !known.has(section))) {
    known.add(section);
    move(section.dataset.order, Number(section.dataset.head) || 0);
    changed = true;
  }
  const orders = new Set(shown.map((section) => section.dataset.order));
  for (const order of [...seen.keys()].filter((order) => !orders.has(order))) {
    seen.delete(order);
    changed = true;
  }
  return changed;
}

/** The page was read anew: this is what it holds, and nothing newer is known. */
export function restart(order, seq) {
  seen.set(order, seq);
  newest.set(order, seq);
}
