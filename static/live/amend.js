// One's own latest messages, corrected or withdrawn where they stand, for as long as the server takes it.
import { icon, make, orderOf, pane, timelineOf, uuid } from "./page.js";
import { isMine } from "./entries.js";
import { keeping } from "./scroll.js";
import { post } from "./post.js";
import { text } from "./texts.js";

const IN_TIME = 5 * 60_000;
const OWN = ".entry[data-seq]:is(.message, .note)";
const touch = matchMedia("(hover: none) and (pointer: coarse)");
const drafts = new Map(); // by the message's id, because a frame may put a new one in its place
let writing; // the one that has the focus, or had it until a frame took it away

const left = (entry) => Date.parse(entry.dataset.at) + IN_TIME - Date.now();
const words = (entry) => entry.querySelector(":scope > .bubble > .text");
const isOpen = (entry) => isMine(entry) && left(entry) > 0 && Boolean(words(entry));
const field = (entry) => entry.querySelector(".amend-form textarea");
const menuOf = (entry) => entry.querySelector(":scope > .amend-menu");

export function listenForAmending() {
  document.addEventListener("click", click);
  document.addEventListener("keydown", keys);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".amend-form")) return;
    event.preventDefault();
    save(event.target.closest(".entry"));
  });
  document.addEventListener("focusin", ({ target }) => { writing = target.closest(".amend-form")?.closest(".entry").id; });
  document.addEventListener("input", ({ target }) => { if (target.closest(".amend-form")) keep(target); });
}

/** Every message that may still be changed says so; what was being written goes on in what took its place. */
export function offerAmending(timeline) {
  for (const entry of timeline.querySelectorAll(OWN)) {
    if (drafts.has(entry.id) && !field(entry)) resume(timeline, entry);
    if (!isOpen(entry) || entry.querySelector(".amend-open")) continue;
    const button = make("button", { type: "button", class: "amend-open quiet", "aria-expanded": "false", title: text("amend") },
      icon("pencil"), make("span", { class: "vh" }, text("amend")));
    entry.querySelector(".entry-head")?.append(button);
    setTimeout(() => stop(entry), left(entry));
  }
}

function stop(entry) {
  if (document.activeElement?.closest(".amend-open, .amend-menu")?.closest(".entry") === entry) composer(entry)?.focus({ preventScroll: true });
  const timeline = entry.closest(".timeline");
  const remove = () => { entry.querySelector(".amend-open")?.remove(); menuOf(entry)?.remove(); };
  if (timeline) keeping(timeline, remove);
}

function click({ target }) {
  const entry = target.closest?.(".entry");
  if (!entry) return;
  if (target.closest(".amend-open")) toggle(entry);
  else if (target.closest("[data-amend]")) act(entry, target.closest("[data-amend]").dataset.amend);
}

const ACTS = { correct: edit, withdraw: ask, surely: withdraw, keep: close, cancel };
const act = (entry, name) => ACTS[name]?.(entry);

function toggle(entry) {
  if (menuOf(entry)) return close(entry);
  return show(entry, choice("correct", "pencil", "edit"), choice("withdraw", "ban", "withdraw"));
}

function ask(entry) {
  const question = make("p", { class: "amend-question" }, text("withdraw_question"));
  show(entry, question, choice("surely", "ban", "withdraw", "bad"), choice("keep", "x", "keep"));
}

const choice = (name, sign, word, style) =>
  make("button", { type: "button", class: style, "data-amend": name }, icon(sign), make("span", {}, text(word)));

function show(entry, ...parts) {
  keeping(entry.closest(".timeline"), () => {
    menuOf(entry)?.remove();
    entry.append(make("div", { class: "amend-menu", role: "group", "aria-label": text("amend") }, ...parts));
  });
  entry.querySelector(".amend-open")?.setAttribute("aria-expanded", "true");
  menuOf(entry).scrollIntoView({ block: "nearest" });
  menuOf(entry).querySelector("button").focus({ preventScroll: true });
}

function close(entry) {
  keeping(entry.closest(".timeline"), () => menuOf(entry)?.remove());
  const button = entry.querySelector(".amend-open");
  button?.setAttribute("aria-expanded", "false");
  (button ?? composer(entry))?.focus({ preventScroll: true });
}

// Correcting

function edit(entry) {
  drafts.set(entry.id, { words: words(entry).textContent, cid: uuid() });
  writing = entry.id;
  resume(entry.closest(".timeline"), entry);
}

function resume(timeline, entry) {
  if (!words(entry)) return void drafts.delete(entry.id); // withdrawn meanwhile, in another window
  const draft = drafts.get(entry.id);
  keeping(timeline, () => {
    menuOf(entry)?.remove();
    entry.classList.add("amending");
    entry.append(form(entry, draft.words));
  });
  fit(field(entry));
  field(entry).scrollIntoView({ block: "nearest" });
  if (writing !== entry.id) return;
  field(entry).focus({ preventScroll: true });
  field(entry).setSelectionRange(draft.at ?? draft.words.length, draft.at ?? draft.words.length);
}

function form(entry, value) {
  const id = `amend-${entry.id}`;
  const area = make("textarea", { id, rows: 1, dir: "auto", enterkeyhint: touch.matches ? "enter" : "done" });
  area.value = value;
  return make("form", { class: "amend-form" },
    make("label", { class: "vh", for: id }, text("new_text")), area,
    make("p", { class: "form-end" },
      make("button", { type: "submit", class: "primary" }, text("save")),
      make("button", { type: "button", "data-amend": "cancel" }, text("cancel"))));
}

function keep(area) {
  const draft = drafts.get(area.closest(".entry").id);
  if (!draft) return;
  if (draft.words !== area.value) draft.cid = uuid(); // another request than the one before
  draft.words = area.value;
  draft.at = area.selectionStart;
  fit(area);
}

function fit(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
}

function cancel(entry) {
  drafts.delete(entry.id);
  const timeline = entry.closest(".timeline");
  keeping(timeline, () => {
    entry.classList.remove("amending");
    entry.querySelector(".amend-form")?.remove();
    entry.querySelector(":scope > .problem")?.remove();
  });
  entry.querySelector(".amend-open")?.setAttribute("aria-expanded", "false");
  composer(entry)?.focus({ preventScroll: true });
}

async function save(entry) {
  const draft = drafts.get(entry.id);
  if (!draft || draft.busy) return undefined;
  if (!draft.words.trim()) return field(entry).focus();
  draft.busy = true;
  const said = draft.words;
  const answer = await send(entry, "correct", draft.cid, { text: said });
  draft.busy = false;
  const now = document.getElementById(entry.id); // the frame may have come before the answer
  if (!now) return undefined;
  if (!answer.ok) return complain(now, answer.detail);
  if (words(now) && words(now).textContent !== said.trim()) words(now).textContent = said.trim();
  return cancel(now);
}

async function withdraw(entry) {
  menuOf(entry)?.querySelectorAll("button").forEach((button) => { button.disabled = true; });
  const answer = await send(entry, "withdraw", uuid(), {});
  const now = document.getElementById(entry.id);
  if (!now) return;
  if (answer.ok) return void composer(now)?.focus({ preventScroll: true });
  close(now);
  complain(now, answer.detail);
}

function send(entry, verb, cid, data) {
  const { base } = pane(orderOf(entry)).dataset;
  return post({ cid, action: `${base}/messages/${entry.dataset.seq}/${verb}`, data });
}

function complain(entry, detail) {
  keeping(entry.closest(".timeline"), () => {
    entry.querySelector(":scope > .problem")?.remove();
    entry.append(make("p", { class: "problem", role: "alert" }, icon("circle-alert"), make("span", {}, detail || text("form_unsent"))));
  });
}

const composer = (entry) => document.getElementById(`text-${orderOf(entry)}`);

// Enter saves, Escape leaves, and the arrow up in an empty composer takes one's last message.

function keys(event) {
  const { key, target } = event;
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const entry = target.closest?.(".entry");
  if (key === "Escape" && entry && (field(entry) || menuOf(entry))) leave(event, entry);
  else if (key === "Enter" && target.matches?.(".amend-form textarea")) enter(event);
  else if (key === "ArrowUp" && target.matches?.("form[data-composer] textarea")) last(event);
}

function leave(event, entry) {
  event.preventDefault();
  event.stopPropagation();
  if (field(entry)) cancel(entry);
  else close(entry);
}

function enter(event) {
  if (event.shiftKey || event.altKey || (touch.matches && !event.ctrlKey && !event.metaKey)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
}

function last(event) {
  if (event.target.value || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  const timeline = timelineOf(event.target.form.dataset.composer);
  const entry = [...(timeline?.querySelectorAll(OWN) ?? [])].filter(isOpen).at(-1);
  if (!entry) return;
  event.preventDefault();
  edit(entry);
}
