// Verb forms go through htmx; here is what it does not do: no double submit, and what happens afterwards.
import { icon, make, uuid } from "./page.js";
import { parse } from "./swap.js";
import { wayIn } from "./banner.js";
import { text } from "./texts.js";

/* global htmx */

const busy = new WeakSet();
const held = new WeakMap(); // by request, whose form is another one after the swap
const first = new WeakMap(); // where a form stands → itself and its copy, as the page brought it

const verbForm = (detail) => {
  const form = detail.ctx?.sourceElement;
  return form?.matches?.('form[method="post" i]') ? form : null;
};

/** `isLive()`: will the socket bring the change? */
export function listenForForms(isLive) {
  const on = (name, work) => document.addEventListener(name, (event) => {
    const form = verbForm(event.detail);
    if (form) work(form, event);
  });
  on("htmx:config:request", (form, event) => { if (busy.has(form)) event.preventDefault(); });
  on("htmx:before:request", (form, { detail }) => hold(form, detail.ctx));
  on("htmx:finally:request", (form, { detail }) => release(detail.ctx));
  on("htmx:after:request", (form, event) => answered(form, event, isLive));
  on("htmx:error", (form, { detail }) => { if (!detail.ctx.response) say(form, text("form_unsent")); });
}

// htmx swaps whatever comes; only a form may take the place of a form.
function answered(form, event, isLive) {
  const { ctx } = event.detail;
  const { status, raw } = ctx.response;
  if (status === 204) return done(form, isLive());
  const isPage = /<html[\s>]/i.test(ctx.text);
  if (status < 400 && !isPage) return undefined;
  if (status >= 400 && !isPage && ctx.swap !== "none" && /<form[\s>]/i.test(ctx.text)) return undefined;
  event.preventDefault();
  if (status < 400) return location.assign(raw.url);
  if (status === 401) return say(form, text("signed_out"), " ", wayIn());
  return say(form, refusal(status, ctx.text));
}

function refusal(status, html) {
  const reason = parse(html).querySelector(".form-message, .problem")?.textContent.trim();
  return reason || text(status < 500 ? "form_refused" : "form_unsent");
}

function hold(form, ctx) {
  const place = form.parentElement;
  if (!first.has(place)) first.set(place, { form, copy: form.cloneNode(true) });
  const buttons = [...form.elements].filter((control) => control.type === "submit" && !control.disabled);
  busy.add(form);
  held.set(ctx, { form, buttons, focused: document.activeElement, place });
  form.setAttribute("aria-busy", "true");
  form.querySelector(".form-unsent")?.remove();
  buttons.forEach((button) => { button.disabled = true; });
}

function release(ctx) {
  if (!held.has(ctx)) return;
  const { form, buttons, focused, place } = held.get(ctx);
  busy.delete(form);
  form.removeAttribute("aria-busy");
  buttons.forEach((button) => { button.disabled = false; });
  // A disabled or replaced button loses the focus, which would send the keyboard back to the top of the page.
  if (document.activeElement !== document.body) return;
  const next = form.isConnected ? focused : newcomer(place);
  if (next?.isConnected && next.checkVisibility?.()) next.focus({ preventScroll: form.isConnected });
}

/** Where one goes on in the form that came in another's place: at what is wrong, else where it says, else at its button. */
const newcomer = (place) =>
  place?.querySelector(':scope > form [aria-invalid="true"]') ?? place?.querySelector(":scope > form [autofocus]") ??
  place?.querySelector(":scope > form [type=submit].primary") ?? place?.querySelector(":scope > form [type=submit]");

function done(form, live) {
  // What was marked unread must not be read again by staying there.
  if (form.dataset.then === "list") return location.assign(form.closest("section[data-order]").querySelector(".back").href);
  const details = form.closest("details");
  if (details) {
    details.open = false;
    details.querySelector("summary")?.focus({ preventScroll: true });
  }
  renew(form);
  if (!live) location.reload();
  return undefined;
}

// What came in its place meanwhile, a preview or a refusal, is full of what has just been done.
function renew(form) {
  const before = first.get(form.parentElement);
  const next = before && before.form !== form ? before.copy : form;
  if (next !== form) {
    first.delete(form.parentElement);
    form.replaceWith(next);
    htmx.process(next);
  }
  next.reset();
  const cid = next.elements.namedItem("cid");
  if (cid) cid.value = uuid();
}

function say(form, ...words) {
  form.querySelector(".form-unsent")?.remove();
  form.prepend(make("p", { class: "form-message form-unsent", role: "alert" }, icon("triangle-alert"), make("span", {}, ...words)));
}
