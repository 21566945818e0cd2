// The field one writes in: Enter, drafts, growth, the counter, and on the desk message or internal note.
import { make, uuid } from "./page.js";
import { drawFiles, filesOf, giveFilesBack, sendWhenReady, takeFiles } from "./attach.js";
import { draftOf, forgetDrafts, keepDraft } from "./drafts.js";
import { beganWriting, endedWriting, warns } from "./collision.js";
import { language, text } from "./texts.js";

const LONGEST = 16_000, WARN = 15_000, TYPING = 3_000;
const touch = matchMedia("(hover: none) and (pointer: coarse)");
const ready = new WeakMap();
const told = new Map();

const formOf = (target) => target.closest?.("form[data-composer]");
const field = (form) => form.elements.namedItem("text");
const orderOf = (form) => form.dataset.composer;
const length = (words) => [...words].length;
const isNote = (form) => Boolean(form.querySelector('input[type="radio"][value="note"]')?.checked);
export const composerOf = (order) => document.querySelector(`form[data-composer="${order}"]`);

/** `on`: send(item), typing(order, note). */
export function listenForWriting(on) {
  document.addEventListener("keydown", enter);
  document.addEventListener("input", (event) => wrote(event, on));
  document.addEventListener("focusin", ({ target }) => { if (formOf(target) && target === field(formOf(target))) fit(formOf(target)); });
  document.addEventListener("change", (event) => changeMode(event));
  // Before htmx and the browser see it.
  document.addEventListener("submit", (event) => submit(event, on), { capture: true });
  addEventListener("pagehide", () => document.querySelectorAll("form[data-composer]").forEach(keep));
}

/** A composer that came with the page: its draft comes back. */
export function openComposer(form) {
  if (ready.has(form)) return;
  ready.set(form, isNote(form));
  const area = field(form);
  form.noValidate = true; // an empty Enter is no mistake
  area.removeAttribute("maxlength"); // a paste would be cut in silence
  if (touch.matches) area.setAttribute("enterkeyhint", "enter");
  if (!area.value) area.value = draftOf(orderOf(form), isNote(form));
  if (!isNote(form)) beganWriting(form, orderOf(form), area.value);
  invite(form);
  fit(form);
  drawFiles(orderOf(form));
}

// Nobody shall take the field of a note for that of a message.
function invite(form) {
  const area = field(form);
  area.dataset.placeholder ??= area.placeholder;
  area.placeholder = (isNote(form) && area.dataset.notePlaceholder) || area.dataset.placeholder;
}

/** A text and its files come back to the field; what is being written stays. */
export function giveBack(order, note, words, files) {
  const form = composerOf(order);
  giveFilesBack(order, files);
  if (!form) return keepDraft(order, note, [draftOf(order, note), words].filter(Boolean).join("\n"));
  const mode = form.querySelector(`input[type="radio"][value="${note ? "note" : "message"}"]`);
  if (mode && !mode.checked) mode.click();
  field(form).value = [field(form).value, words].filter(Boolean).join("\n");
  fit(form);
  keep(form);
  return field(form).focus();
}

function enter(event) {
  const form = formOf(event.target);
  if (!form || event.target !== field(form) || event.key !== "Enter") return;
  if (event.isComposing || event.keyCode === 229 || event.shiftKey || event.altKey) return;
  if (touch.matches && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  form.requestSubmit();
}

function submit(event, on) {
  if (event.target.matches('form[action$="/sign-out"]')) return leave();
  const form = formOf(event.target);
  if (!form) return undefined;
  event.preventDefault();
  event.stopPropagation();
  return send(form, isNote(form) || Boolean(event.submitter?.hasAttribute("formaction")), on);
}

function leave() {
  document.querySelectorAll("form[data-composer]").forEach((form) => ready.delete(form));
  forgetDrafts();
}

function send(form, note, on) {
  const words = field(form).value, order = orderOf(form), { any, ready } = filesOf(order);
  if ((!words.trim() && !any) || length(words) > LONGEST) return field(form).focus();
  if (!note && warns(form, order)) return field(form).focus();
  if (!ready) return sendWhenReady(order);
  endedWriting(order);
  delete form.dataset.goes;
  const files = takeFiles(order), attachments = files.map(({ id }) => id);
  const action = note ? form.dataset.noteAction : form.getAttribute("action");
  field(form).value = "";
  keepDraft(order, note, "");
  form.querySelectorAll(".form-message, .problem, .files-said, .uploads").forEach((old) => old.remove());
  field(form).removeAttribute("aria-invalid");
  fit(form);
  told.delete(order);
  on.send({ cid: uuid(), order, do: note ? "notes.add" : "messages.send", data: { text: words, ...(attachments.length && { attachments }) }, files, action, at: new Date().toISOString() });
  return field(form).focus();
}

function wrote(event, on) {
  const form = formOf(event.target);
  if (!form || event.target !== field(form)) return;
  fit(form);
  keep(form);
  const order = orderOf(form), now = Date.now();
  if (!isNote(form)) beganWriting(form, order, field(form).value);
  if (!field(form).value.trim() || now - (told.get(order) ?? 0) < TYPING) return;
  told.set(order, now);
  on.typing(order, isNote(form));
}

// Each mode has its own draft, so that a note never ends up in a message.
function changeMode(event) {
  const form = formOf(event.target);
  if (!form || !ready.has(form) || event.target.type !== "radio" || ready.get(form) === isNote(form)) return;
  keepDraft(orderOf(form), ready.get(form), field(form).value);
  ready.set(form, isNote(form));
  field(form).value = draftOf(orderOf(form), isNote(form));
  told.delete(orderOf(form));
  invite(form);
  fit(form);
  field(form).focus();
}

function keep(form) {
  if (ready.has(form)) keepDraft(orderOf(form), ready.get(form), field(form).value);
}

function fit(form) {
  const area = field(form);
  area.style.height = "auto";
  if (area.scrollHeight) area.style.height = `${area.scrollHeight + area.offsetHeight - area.clientHeight}px`;
  count(form, LONGEST - length(area.value));
}

function count(form, left) {
  let counter = form.querySelector(".counter");
  if (left > LONGEST - WARN) return counter?.remove();
  if (!counter) form.append(counter = make("p", { class: "counter", role: "status" }));
  counter.classList.toggle("over", left < 0);
  counter.textContent = text(left < 0 ? "too_long" : "characters_left", { n: Math.abs(left).toLocaleString(language()) });
  return undefined;
}
