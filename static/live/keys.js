// The desk by keyboard: j/k and arrows in the list, / to search, Escape back to it.
import { isTeam, rows } from "./page.js";

const links = () => [...(rows()?.querySelectorAll("li[data-number] a") ?? [])];
const writes = (target) => target.matches?.("input, textarea, select, [contenteditable]");

const KEYS = {
  j: (event) => move(event, 1),
  ArrowDown: (event) => move(event, 1),
  k: (event) => move(event, -1),
  ArrowUp: (event) => move(event, -1),
  "/": (event) => search(event),
  Escape: (event) => leave(event),
};

export function listenForKeys() {
  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    if (!isTeam() || modified || event.isComposing || event.defaultPrevented || writes(event.target)) return;
    KEYS[event.key]?.(event);
  });
}

const inList = (target) => Boolean(rows()?.contains(target)) || target.id === "list";

function move(event, step) {
  if (!inList(event.target)) return;
  const all = links();
  const here = all.findIndex((link) => link.closest("li").contains(event.target));
  const next = all[here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function search(event) {
  const field = document.querySelector('input[type="search"]');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function leave(event) {
  const open = event.target.closest?.("details[open]") ?? document.querySelector(".forms details[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  } else {
    const current = rows()?.querySelector('a[aria-current="page"]') ?? links()[0];
    current?.focus();
  }
}
