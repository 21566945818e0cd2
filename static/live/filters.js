// Whether a row still belongs to what the list is filtered by: the same rules as app/orders/filters.py.
import { body, rows } from "./page.js";

const HOUR = 3_600_000;
const LONGER = { hour: HOUR, day: 24 * HOUR, week: 168 * HOUR };

const filterOf = (list) => JSON.parse(list.dataset.filter || "null") ?? {};

/** `unread`: how much of it this reader has not read. */
export function fits(list, row, unread) {
  const { labels = [], assignee, payment, waiting, unread: only } = filterOf(list);
  const { dataset } = row;
  const its = (dataset.labels ?? "").split(" ");
  return labels.every((label) => its.includes(label))
    && (!assignee || isAssigned(assignee, dataset.assignee ?? ""))
    && (!payment || dataset.payment === payment)
    && (!waiting || waits(waiting, dataset))
    && (!only || unread > 0);
}

function isAssigned(whose, assignee) {
  if (whose === "nobody") return !assignee;
  if (whose === "someone") return Boolean(assignee);
  return assignee === (whose === "me" ? body().person : whose);
}

function waits(whom, { turn, since }) {
  if (whom === "customer") return turn === "customer";
  if (turn !== "team") return false;
  return whom === "us" || Date.now() - Date.parse(since) >= LONGER[whom];
}

/** An address without what was left open, and no two panels open at once. */
export function listenForFilters() {
  document.addEventListener("formdata", ({ target, formData }) => {
    if (!target.matches(".filter-form, .search")) return;
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
  document.addEventListener("click", ({ target }) => {
    const open = document.querySelector(".filters[open]");
    if (open && !open.contains(target) && rows()) open.open = false;
  });
}
