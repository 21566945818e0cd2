// A message that is on its way, drawn like the server will draw it.
import { body, icon, isTeam, make, timelineOf } from "./page.js";
import { localize } from "./times.js";
import { arrange, removeNewLine } from "./entries.js";
import { keeping, toEnd } from "./scroll.js";
import { filesize, text } from "./texts.js";

const SIGNS = { sending: "clock", waiting: "wifi-off", rate_limited: "clock", sent: "check", failed: "circle-alert" };

const pendingId = (cid) => `e-pending-${cid}`;
export const pendingOf = (cid) => document.getElementById(pendingId(cid));
const stored = (timeline, cid) => timeline.querySelector(`.entry[data-seq][data-cid="${CSS.escape(cid)}"]`);

/** Draws the item's state; the first time also the item. */
export function drawPending(item, state, detail) {
  const timeline = timelineOf(item.order);
  if (!timeline) return;
  const own = pendingOf(item.cid);
  if (stored(timeline, item.cid)) return void (own && keeping(timeline, () => own.remove()));
  if (!own && state === "sent") return undefined;
  const article = own ?? append(timeline, item);
  if (article.dataset.state === state) return undefined;
  article.dataset.state = state;
  keeping(timeline, () => sign(article, state, detail));
  return undefined;
}

/** The stored entry takes the place of its pending one, before all that is still on its way. */
export function settlePending(article) {
  const own = article.dataset.cid && pendingOf(article.dataset.cid);
  const waiting = article.parentElement.querySelector(":scope > .entry.pending");
  if (waiting) waiting.before(article);
  if (!own) return;
  own.remove();
  article.parentElement.querySelectorAll('.delivery[data-state="sent"]').forEach((old) => old.remove());
  sign(article, "sent");
}

export function dropPending(cid) {
  pendingOf(cid)?.remove();
}

function append(timeline, item) {
  const article = make("article", {
    id: pendingId(item.cid), class: `entry ${kindOf(item)} mine pending`, "data-cid": item.cid,
    "data-at": item.at, "data-role": isTeam() ? "member" : "customer", "data-person": body().person,
  }, head(timeline, item), bubble(item));
  localize(article);
  removeNewLine(timeline);
  timeline.append(article);
  arrange(timeline);
  toEnd(timeline);
  return article;
}

const isNote = (item) => item.do === "notes.add";
const kindOf = (item) => (isNote(item) ? "note for-team" : "message");

function head(timeline, item) {
  const known = timeline.querySelector(".entry.mine[data-seq] .entry-head") ?? document.querySelector(".rail-who, .who");
  const name = known?.querySelector(".entry-name, .rail-name, .who-name")?.textContent || text("you");
  return make("header", { class: "entry-head" },
    make("bdi", { class: "entry-name" }, name), " ",
    make("span", { class: "entry-role" }, text(isTeam() ? "role_team" : "role_customer")), " ",
    make("time", { datetime: item.at, "data-format": "time" }));
}

function bubble(item) {
  const mark = isNote(item)
    ? make("p", { class: "note-mark" }, icon("lock"), text("note"), " ", make("span", {}, text("note_audience")))
    : undefined;
  const words = item.data.text.trim() ? make("div", { class: "text", dir: "auto" }, item.data.text) : undefined;
  const files = item.files?.length ? make("ul", { class: "attachments" }, ...item.files.map(file)) : undefined;
  return make("div", { class: "bubble" }, mark, words, files);
}

const file = ({ name, size }) => make("li", {}, make("span", { class: "attached-file" }, icon("paperclip"),
  make("span", { class: "attached-name" }, make("bdi", {}, name), " ", make("span", { class: "attached-size" }, filesize(size)))));

function sign(article, state, detail) {
  article.querySelector(":scope > .delivery")?.remove();
  const line = make("p", { class: "delivery", "data-state": state }, icon(SIGNS[state]), make("span", {}, text(state)));
  if (state === "failed") {
    if (typeof detail === "string") line.append(" ", make("span", { class: "reason" }, detail));
    line.append(" ", make("button", { type: "button", "data-again": true }, text("retry")),
      " ", make("button", { type: "button", "data-edit": true }, text("edit")));
  }
  article.classList.toggle("failed", state === "failed");
  article.append(line);
}
