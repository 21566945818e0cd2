// The list of orders and the badges: absolute states from the server, put in their place.
import { coalesced, isTeam, panes, rows, siteNumbers } from "./page.js";
import { arrangeChosen } from "./bulk.js";
import { fits } from "./filters.js";
import { parse, swap } from "./swap.js";
import { showNumber } from "./badge.js";
import { noteUnread } from "./news.js";

const unread = new Map();
let told = new Set(); // what frames said since the last reading began: newer than it

export function showList({ order, row, content }) {
  if (typeof row?.unread === "number") unread.set(order, row.unread);
  const incoming = content && parse(content).querySelector("li[data-number]");
  told.add(order);
  if (rows() && incoming) place(incoming, content);
  fill(order);
}

export function showBadge({ order, unread: count, total, boxes = {} }) {
  if (order && typeof count === "number") {
    unread.set(order, count);
    noteUnread(order, count);
    fill(order);
  }
  for (const [box, n] of Object.entries(boxes)) each(`[data-count="${CSS.escape(box)}"]`, n);
  if (typeof total === "number") showTotal(total);
}

/** Rows have no position to resume from, so a connection that comes (back) reads the first page again. */
export function refreshRows() {
  const list = rows();
  if (list) {
    const address = isTeam() ? `/desk/rows?${queryOf(list)}` : "/orders/rows";
    readAgain(address, { "HX-Request": "true" }, (page) => list.isConnected && merge(list, page));
  } else if (siteNumbers().length) {
    readAgain(location.href, {}, (page) => siteNumbers(page).forEach(countFrom));
  }
}

async function readAgain(address, headers, take) {
  const since = (told = new Set());
  try {
    const response = await fetch(address, { headers });
    if (!response.ok || response.redirected) return;
    const page = parse(await response.text());
    if (since === told) take(page);
  } catch { /* the next connection asks again */ }
}

export const arrangeRows = coalesced(() => {
  const list = rows();
  if (!list) return;
  withoutRepeats(list);
  const empty = !list.querySelector("li[data-number]");
  document.querySelectorAll("[data-empty]").forEach((element) => { element.hidden = !empty; });
  const open = panes()[0]?.dataset.order;
  for (const row of list.querySelectorAll("li[data-number]")) mark(row, open);
  arrangeChosen();
});

/** What the address of this list says besides its box, with the box. */
function queryOf(list) {
  const query = new URLSearchParams(list.dataset.query ?? "");
  query.set("box", list.dataset.box ?? "inbox");
  return query;
}

export function readTotal() {
  showNumber(Number(document.body.dataset.new) || 0);
}

function merge(list, page) {
  const incoming = [...page.querySelectorAll("li[data-number]")];
  const numbers = new Set(incoming.map((row) => row.dataset.number));
  const oldest = page.querySelector(".more") ? incoming.at(-1)?.dataset.sort ?? "" : "";
  for (const row of list.querySelectorAll("li[data-number]")) {
    const { number, sort } = row.dataset;
    if (sort >= oldest && !numbers.has(number) && !told.has(number)) leave(row);
  }
  for (const row of incoming) {
    if (told.has(row.dataset.number)) continue;
    row.querySelectorAll("[data-unread]").forEach(countFrom);
    if (same(row, document.getElementById(row.id))) continue;
    row.setAttribute("hx-swap-oob", "true");
    place(row, row.outerHTML);
  }
  arrangeRows();
}

// What was read, or came, while this page had no connection: no frame will tell.
function countFrom({ dataset: { unread: order }, textContent }) {
  if (!told.has(order)) showBadge({ order, unread: Number(textContent) || 0 });
}

// Equal but for what this code or htmx adds: replacing it would only get in the way of a click.
function same(incoming, shown) {
  return Boolean(shown) && plain(incoming) === plain(shown);
}

function plain(row) {
  const copy = row.cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => { time.textContent = ""; time.removeAttribute("title"); });
  copy.querySelectorAll("[data-unread]").forEach((badge) => { badge.textContent = ""; badge.hidden = false; });
  copy.classList.remove("row-left");
  copy.querySelectorAll("a").forEach((link) => { link.removeAttribute("aria-current"); link.removeAttribute("href"); });
  copy.querySelectorAll(".waiting").forEach((mark) => mark.removeAttribute("data-level"));
  copy.removeAttribute("hx-swap-oob");
  return copy.outerHTML.replace(/ data-htmx-powered="true"/g, "");
}

function place(incoming, content) {
  const list = rows();
  const shown = document.getElementById(incoming.id);
  const stays = belongs(list, incoming);
  if (!stays && !isOpen(shown)) return void (shown?.remove(), arrangeRows());
  const next = successor(list, incoming);
  if (!shown && (list.dataset.q || (!next && list.querySelector(":scope > .more")))) return undefined;
  const focused = shown?.contains(document.activeElement);
  const row = shown ?? document.createElement("li");
  row.id = incoming.id;
  if (!shown || row.nextElementSibling !== next) list.insertBefore(row, next ?? list.querySelector(":scope > .more"));
  swap(content);
  document.getElementById(incoming.id)?.classList.toggle("row-left", !stays);
  if (focused) document.getElementById(incoming.id)?.querySelector("a")?.focus({ preventScroll: true });
  fill(incoming.dataset.number);
  return arrangeRows();
}

function belongs(list, row) {
  const box = list.dataset.box || "all";
  const inBox = box === "all" || (row.dataset.boxes ?? "").split(/\s+/).includes(box);
  return inBox && (!isTeam() || fits(list, row, unread.get(row.dataset.number) ?? 0));
}

// What one is reading stays in the list, marked, so that it does not go from under one's eyes by being read.
const isOpen = (row) => isTeam() && Boolean(row?.querySelector('a[aria-current="page"]'));

function leave(row) {
  if (isOpen(row)) row.classList.add("row-left");
  else row.remove();
}

const successor = (list, row) =>
  [...list.querySelectorAll(":scope > li[data-number]")].find((other) =>
    other.id !== row.id && other.dataset.sort < row.dataset.sort) ?? null;

function withoutRepeats(list) {
  const ids = new Set();
  for (const row of list.querySelectorAll(":scope > li[data-number]")) {
    if (ids.has(row.id)) row.remove();
    ids.add(row.id);
  }
}

// A frame's row knows neither the box it is shown in nor the order that is open beside it.
function mark(row, open) {
  const link = row.querySelector("a");
  if (!link) return;
  const list = rows();
  if (isTeam() && !new URL(link.href).search) {
    link.search = queryOf(list).toString();
  }
  if (row.dataset.number === open) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

const fill = (order) => {
  if (unread.has(order)) each(`[data-unread="${CSS.escape(order)}"]`, unread.get(order));
};

function each(selector, n) {
  for (const badge of document.querySelectorAll(selector)) {
    badge.textContent = String(n);
    badge.hidden = n === 0;
  }
}

function showTotal(total) {
  each("[data-total]", total);
  showNumber(total);
}
