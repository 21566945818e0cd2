// Files that go with the next message of a composer: chosen, dropped or pasted, uploaded at once, sent with it.
import { icon, make, orderOf, pane } from "./page.js";
import { filesize, text } from "./texts.js";
import { upload } from "./upload.js";

const LARGEST = 25 * 1024 * 1024, MOST = 10, AGAIN = 10_000;
const held = new Map(); // by order: what is on its way or there; the page may put a new form in place of the old one

const formOf = (target) => target.closest?.("form[data-composer]");
const composerAt = (target) => pane(orderOf(target))?.querySelector("form[data-composer]") ?? null;
const formFor = (order) => document.querySelector(`form[data-composer="${order}"]`);
const isOpen = (form) => Boolean(form?.getClientRects().length);
const of = (order) => held.get(order) ?? [];

export function listenForFiles() {
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.('input[type="file"]') || !formOfInput(target)) return;
    add(formOfInput(target), target.files);
    target.value = "";
  });
  document.addEventListener("paste", (event) => {
    const form = formOf(event.target), files = event.clipboardData?.files;
    if (!form || !files?.length) return;
    event.preventDefault();
    add(form, files);
  });
  document.addEventListener("click", click);
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(name, drag);
  addEventListener("online", () => held.forEach((items, order) => items.filter((item) => item.state === "lost").forEach((item) => begin(order, item))));
  addEventListener("beforeunload", (event) => { if ([...held.values()].flat().some((item) => item.state !== "there")) event.preventDefault(); });
}

const formOfInput = (input) => formOf(input) ?? (input.id.startsWith("camera-") ? composerAt(input) : null);

/** What goes with a message: `ready` is false while any of it is not there yet. */
export function filesOf(order) {
  const items = of(order);
  return { any: items.length > 0, ready: items.every((item) => item.state === "there"), failed: items.some((item) => item.state === "refused") };
}

/** Hands the files over to a message; the composer is empty then. */
export function takeFiles(order) {
  const uploads = of(order).map((item) => item.upload);
  held.delete(order);
  draw(order);
  return uploads;
}

/** Files of a message that was not sent come back to its composer. */
export function giveFilesBack(order, uploads = []) {
  held.set(order, [...of(order), ...uploads.map((each) => ({ name: each.name, size: each.size, state: "there", upload: each, done: 1 }))]);
  draw(order);
}

/** A composer that came anew shows what its order holds. */
export const drawFiles = (order) => of(order).length && draw(order);

/** The message is sent as soon as its files are there. */
export function sendWhenReady(order) {
  const form = formFor(order);
  form.dataset.goes = "true";
  say(form, filesOf(order).failed ? "files_failed" : "files_waiting");
}

function add(form, files) {
  const order = form.dataset.composer;
  for (const file of files) {
    const items = of(order);
    if (items.length >= MOST) return void say(form, "files_most");
    const item = { name: file.name || "image.png", size: file.size, file, state: "waiting", done: 0 };
    held.set(order, [...items, item]);
    if (file.size > LARGEST) refuse(item, text("file_too_large"));
    else begin(order, item);
  }
  draw(order);
  form.elements.namedItem("text").focus();
}

async function begin(order, item) {
  const form = formFor(order);
  if (!form || item.state === "sending") return;
  clearTimeout(item.timer);
  Object.assign(item, { state: "sending", done: 0, problem: undefined, ends: new AbortController() });
  draw(order);
  const answer = await upload(form.dataset.uploads, item.file, (done) => { item.done = done; progress(item); }, item.ends.signal);
  if (!of(order).includes(item)) return;
  if (answer.upload) Object.assign(item, { state: "there", upload: answer.upload, name: answer.upload.name, size: answer.upload.size });
  else if (answer.code === "lost" || answer.code === "rate_limited") lose(order, item, answer);
  else refuse(item, answer.code === "too_large" ? text("file_too_large") : answer.code === "unauthenticated" ? text("signed_out") : answer.detail);
  draw(order);
  goOn(order);
}

// Nothing half-sent is ever there: a file that broke off begins anew.
function lose(order, item, { detail, pause }) {
  item.state = "lost";
  item.problem = detail ?? text("file_lost");
  item.timer = setTimeout(() => { if (of(order).includes(item) && item.state === "lost" && navigator.onLine) begin(order, item); }, (pause ?? 0) * 1000 || AGAIN);
}

function refuse(item, problem) {
  Object.assign(item, { state: "refused", problem: problem || text("failed") });
}

function goOn(order) {
  const form = formFor(order);
  if (!form?.dataset.goes) return;
  const { any, ready, failed } = filesOf(order);
  if (failed) return void say(form, "files_failed");
  if (any && ready) form.requestSubmit();
}

function remove(order, item) {
  item.ends?.abort();
  clearTimeout(item.timer);
  held.set(order, of(order).filter((each) => each !== item));
  const form = formFor(order);
  if (item.upload) fetch(`${form.dataset.uploads}/${item.upload.id}/delete`, { method: "POST" }).catch(() => {}); // swept anyway
  if (!of(order).length) delete form.dataset.goes;
  say(form);
  draw(order);
  goOn(order);
  form.elements.namedItem("text").focus();
}

function click({ target }) {
  const row = target.closest?.(".upload[data-item]"), form = row && formOf(row);
  if (!form) return;
  const order = form.dataset.composer, item = of(order)[Number(row.dataset.item)];
  if (item && target.closest("[data-remove]")) remove(order, item);
  else if (item && target.closest("[data-retry]")) begin(order, item);
}

function drag(event) {
  const section = event.target.closest?.("section[data-order]");
  const form = section?.querySelector("form[data-composer]");
  if (!section || !isOpen(form) || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  const over = event.type !== "drop" && !(event.type === "dragleave" && !section.contains(event.relatedTarget));
  section.classList.toggle("dropping", over);
  if (event.type === "drop") add(form, event.dataTransfer.files);
}

// Drawing

function draw(order) {
  const form = formFor(order);
  if (!form) return;
  let list = form.querySelector(".uploads[data-live]");
  const items = of(order);
  if (!items.length) return void list?.remove();
  if (!list) form.querySelector(".composer-line").before(list = make("ul", { class: "uploads", "data-live": true, "aria-label": text("files") }));
  list.replaceChildren(...items.map((item, index) => row(form, item, index)));
}

function row(form, item, index) {
  const state = { there: "file_there", refused: undefined, lost: undefined }[item.state] ?? "file_sending";
  const bar = make("progress", { max: 1, "aria-label": item.name });
  bar.value = item.done;
  item.bar = bar;
  const picture = item.upload?.width ? make("img", { src: `${form.dataset.files}/${item.upload.id}/preview`, alt: "", width: 40, height: 40 }) : icon("file-text");
  const about = item.problem ? make("span", { class: "upload-problem", role: "alert" }, item.problem)
    : make("span", { class: "upload-about" }, `${filesize(item.size)} · ${text(state)}`);
  return make("li", { class: "upload", "data-item": index, "data-state": item.state }, picture,
    make("span", { class: "upload-name" }, make("bdi", {}, item.name), about, item.state === "sending" ? bar : undefined),
    item.state === "lost" ? button("data-retry", "rotate-ccw", text("retry"), item) : undefined,
    button("data-remove", "x", text(item.state === "sending" ? "file_cancel" : "file_remove"), item));
}

const button = (what, sign, word, item) => make("button", { type: "button", class: "quiet", [what]: true, title: word }, icon(sign), make("span", { class: "vh" }, `${word}: ${item.name}`));

function progress(item) {
  if (item.bar) item.bar.value = item.done;
}

function say(form, word) {
  let line = form.querySelector(".files-said");
  if (!word) return void line?.remove();
  if (!line) form.append(line = make("p", { class: "files-said", role: "status" }));
  line.textContent = text(word);
}
