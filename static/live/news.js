// The screen's share of being told: a line in the window that is looked at, and one sound for all windows.
import { body, icon, isTeam, make, pane } from "./page.js";
import { text } from "./texts.js";

const PAUSE = 1_500; // what is looked at is read by then
const LASTS = 9_000, MOST = 3;
const SOUND = new URL("../sounds/notice.wav", import.meta.url).href;
const unread = new Map(), heard = new Set();
let leads = false, off = false, asking, after, channel;

/** One window asks for all of a browser's; without locks (plain http) each for itself. */
export function listenForNews() {
  if (!("account" in body())) return;
  after = new Date().toISOString();
  const name = `orderline-news-${body().side}`;
  channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }) => show(data));
  if (!navigator.locks) leads = true;
  else navigator.locks.request(name, () => { leads = true; return new Promise(() => {}); }).catch(() => {});
  for (const badge of document.querySelectorAll("[data-unread]")) {
    if (badge.dataset.unread) unread.set(badge.dataset.unread, Number(badge.textContent) || 0);
  }
}

/** The absolute number of an order; more than before is perhaps news, which the server knows. */
export function noteUnread(order, count) {
  const before = unread.get(order) ?? 0;
  unread.set(order, count);
  if (count === 0) forget(order);
  if (count > before && leads && !off) asking ??= setTimeout(ask, PAUSE);
}

async function ask() {
  try {
    const where = isTeam() ? "/desk/news" : "/account/news";
    const response = await fetch(`${where}?${new URLSearchParams({ after })}`, { cache: "no-store" });
    if (!response.ok || response.redirected) return void (off = response.status < 500);
    const found = await response.json();
    if (found.off) return void (off = true);
    after = new Date(Date.parse(found.at) - 5_000).toISOString(); // some are stored a moment after their time
    const items = found.items.filter(({ order, seq }) => !heard.has(`${order} ${seq}`));
    if (!items.length) return;
    items.forEach(({ order, seq }) => heard.add(`${order} ${seq}`));
    if (found.sound) new Audio(SOUND).play().catch(() => {}); // a page nobody touched yet may not
    channel.postMessage(items);
    show(items);
  } catch { /* the next badge asks again */ } finally { asking = undefined; }
}

function show(items) {
  if (document.visibilityState !== "visible") return;
  const place = document.getElementById("news");
  for (const item of items) {
    if (pane(item.order) && document.hasFocus()) continue;
    document.getElementById(`news-${item.order}`)?.remove();
    place?.append(line(item));
  }
  while (place?.children.length > MOST) place.firstElementChild.remove();
}

function line({ order, title, body: words, path }) {
  const link = make("a", { href: path }, make("strong", { dir: "auto" }, title), make("span", { dir: "auto" }, words));
  const close = make("button", { type: "button", class: "quiet", "aria-label": text("close") }, icon("x"));
  const shown = make("div", { class: "news-line", id: `news-${order}` }, icon("bell"), link, close);
  close.addEventListener("click", () => shown.remove());
  const end = () => { if (shown.matches(":hover, :focus-within")) setTimeout(end, LASTS); else shown.remove(); };
  setTimeout(end, LASTS);
  return shown;
}

// Read here or elsewhere: nothing about it stays on any screen.
async function forget(order) {
  document.getElementById(`news-${order}`)?.remove();
  const worker = await navigator.serviceWorker?.getRegistration?.("/");
  const shown = await worker?.getNotifications?.({ tag: `order-${order}-${body().side}` });
  shown?.forEach((notice) => notice.close());
}
