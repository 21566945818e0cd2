// The desk by keyboard. Which key does what is the page's table (app/shortcuts.py); how it is done is here.
import { isTeam, panes, rows } from "./page.js";
import { act, chosenOrders, offer, toggle } from "./bulk.js";
import { composerOf } from "./composer.js";

const FOLLOWS = 1_500;
const links = () => [...(rows()?.querySelectorAll("li[data-number] a.row-link") ?? [])];
const writes = (target) => target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const inList = (target) => Boolean(rows()?.contains(target)) || target.id === "list";
const overview = () => document.getElementById("shortcuts");
const openOrder = () => panes()[0]?.dataset.order;
const focusedRow = (target) => (inList(target) ? target.closest?.("li[data-number]")?.dataset.number : undefined);

let table, first = "", timer;

const ACTS = {
  next: (event) => move(event, 1),
  previous: (event) => move(event, -1),
  choose: ({ target }) => toggle(focusedRow(target) ?? openOrder()),
  search: () => enter(document.querySelector('input[type="search"]')),
  filter,
  done: (event) => doAll(event, "done"),
  assign: (event) => doAll(event, "assign:me"),
  unread: (event) => doAll(event, "unread"),
  label: (event) => choices(event, "label:", "labels.add"),
  snooze: (event) => choices(event, "snooze:", "orders.snooze"),
  reply: () => write("message"),
  note: () => write("note"),
  overview: () => show(),
  ...Object.fromEntries(["inbox", "snoozed", "pending", "processing", "all"].map((box) => [box, () => location.assign(`/desk/${box}`)])),
};

export function listenForKeys() {
  const dialog = overview();
  if (!isTeam()) return;
  table = !dialog || "off" in dialog.dataset ? {} : JSON.parse(dialog.dataset.keys);
  document.addEventListener("keydown", pressed);
  if (!dialog) return;
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-shortcuts]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show();
  });
}

function show() {
  const dialog = overview(), template = dialog?.querySelector("template");
  if (template) template.replaceWith(template.content);
  dialog?.showModal();
}

function pressed(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || event.repeat && key.length === 1 && !"jk".includes(key)) return;
  if (writes(target) || document.querySelector("dialog[open]")) return;
  if (key === "Escape") return leave(event);
  if (key === "ArrowDown" || key === "ArrowUp") return inList(target) ? move(event, key === "ArrowDown" ? 1 : -1) : undefined;
  follow(event, first ? `${first} ${key}` : key);
}

// Two keys that follow one another are one shortcut.
function follow(event, keys) {
  clearTimeout(timer);
  first = "";
  const does = ACTS[table[keys]];
  if (does) {
    event.preventDefault();
    does(event);
  } else if (Object.keys(table).some((each) => each.startsWith(`${keys} `))) {
    first = keys;
    timer = setTimeout(() => { first = ""; }, FOLLOWS);
  }
}

function move(event, step) {
  const all = links();
  const at = inList(event.target) ? event.target : rows()?.querySelector('a[aria-current="page"]');
  const here = all.findIndex((link) => at && link.closest("li").contains(at));
  const next = all[here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + step))];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** What was chosen; else the row one is on; else the order that is open. */
function targets({ target }) {
  const chosen = chosenOrders();
  if (chosen.length) return chosen;
  return [focusedRow(target) ?? openOrder()].filter(Boolean);
}

async function doAll(event, what) {
  const numbers = targets(event);
  await act(numbers, what);
  // What was marked unread must not be read again by staying there.
  if (what === "unread" && numbers.includes(openOrder())) location.assign(document.querySelector("section[data-order] .back").href);
}

function choices(event, kind, verb) {
  const [number, ...more] = targets(event);
  if (!number) return;
  const details = document.querySelector(`#order-${number} details[data-verb="${verb}"]`);
  if (!more.length && !chosenOrders().length && details?.checkVisibility?.()) {
    details.open = true;
    details.querySelector(".panel button, .panel input:not([type=hidden])")?.focus();
    return;
  }
  if (!chosenOrders().length) toggle(number);
  offer(kind);
}

function write(mode) {
  const form = composerOf(openOrder());
  const radio = form?.querySelector(`input[type="radio"][value="${mode}"]`);
  if (!form?.checkVisibility?.()) return;
  if (radio && !radio.checked) radio.click();
  form.elements.namedItem("text").focus();
}

function filter() {
  const filters = document.querySelector(".filters");
  if (!filters) return;
  filters.open = true;
  filters.querySelector("select")?.focus();
}

function enter(field) {
  field?.focus();
  field?.select();
}

function leave(event) {
  const open = event.target.closest?.("details[open]") ?? document.querySelector(".forms details[open], .filters[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary")?.focus();
  } else {
    const current = rows()?.querySelector('a[aria-current="page"]') ?? links()[0];
    current?.focus();
  }
}
