// Being woken by push: asked for by a click, never by a page that opens.
import { body, icon, isTeam, make, pane, timelineOf } from "./page.js";
import { keeping } from "./scroll.js";
import { text } from "./texts.js";

const WORKER = "/push-worker.js";
const LATER = "orderline-push-later";
const can = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const isApple = () => /iPhone|iPad/.test(navigator.userAgent) && !matchMedia("(display-mode: standalone)").matches;
const door = () => (isTeam() ? "/desk/push" : "/account/push");
const mark = (side = body().side) => `orderline-push-${side}`;
const hasAccount = () => "account" in body();
// what the server knows ends with the session in which it was told
const marked = (made) => `${body().account} ${made.endpoint}`;
const isTold = (made) => recall(() => localStorage.getItem(mark())) === marked(made);

/** What this browser allowed before goes on, with the session that is now. */
export async function followPush() {
  const panel = document.querySelector("[data-push-panel]");
  if (panel) listen(panel);
  if (!hasAccount()) return void recall(() => localStorage.removeItem(mark()));
  if (!can() || Notification.permission !== "granted") return;
  const made = await subscription();
  if (made && !isTold(made)) await tell(made);
  if (panel) draw(panel);
}

/** One's first message went out: a good moment to offer to be told of the answer. */
export function offerPush(order) {
  if (!hasAccount() || !can() || Notification.permission !== "default") return;
  if (recall(() => localStorage.getItem(LATER)) || document.querySelector(".push-offer")) return;
  const on = make("button", { type: "button", class: "primary" }, text("push_on"));
  const later = make("button", { type: "button", class: "quiet" }, text("push_later"));
  const words = make("span", {}, text(isTeam() ? "push_offer_team" : "push_offer_customer"));
  const offer = make("div", { class: "push-offer", role: "status" }, make("p", {}, icon("bell"), words), on, later);
  // It stays until the browser is told of: who saw it go may leave the page.
  on.addEventListener("click", async () => {
    on.disabled = true;
    try {
      await switchOn();
      offer.remove();
    } catch {
      words.textContent = text("push_failed");
      on.disabled = false;
    }
  });
  later.addEventListener("click", () => { offer.remove(); recall(() => localStorage.setItem(LATER, "1")); });
  const composer = pane(order)?.querySelector(".composer");
  if (composer) keeping(timelineOf(order), () => composer.before(offer));
}

async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  return worker?.pushManager.getSubscription();
}

async function switchOn() {
  if (await Notification.requestPermission() !== "granted") return;
  await navigator.serviceWorker.register(WORKER, { scope: "/" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const { key } = await (await fetch("/push-key")).json();
  const old = await pushManager.getSubscription();
  if (old && encoded(old.options.applicationServerKey) !== key) await old.unsubscribe();
  await tell(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}

async function tell(made) {
  const { endpoint, keys } = made.toJSON();
  const response = await send(door(), { endpoint, keys });
  if (!response.ok) throw new Error(String(response.status));
  recall(() => localStorage.setItem(mark(), marked(made)));
}

async function switchOff() {
  const made = await subscription();
  if (!made) return;
  await send(`${door()}/end`, { endpoint: made.endpoint });
  recall(() => localStorage.removeItem(mark()));
  if (!recall(() => localStorage.getItem(mark(isTeam() ? "customer" : "team")))) await made.unsubscribe();
}

const send = (where, data) =>
  fetch(where, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });

function listen(panel) {
  panel.hidden = false;
  const act = (name, work) => panel.querySelector(name).addEventListener("click", async ({ currentTarget }) => {
    currentTarget.disabled = true;
    let wrong;
    try { await work(); } catch { wrong = "push_failed"; }
    currentTarget.disabled = false;
    await draw(panel, wrong);
  });
  act("[data-push-on]", switchOn);
  act("[data-push-off]", switchOff);
  draw(panel);
}

async function draw(panel, wrong) {
  const state = await stateNow();
  panel.querySelector("[data-push-state]").textContent = text(wrong ?? state);
  panel.querySelector("[data-push-on]").hidden = state !== "push_is_off";
  panel.querySelector("[data-push-off]").hidden = state !== "push_is_on";
}

async function stateNow() {
  if (isApple()) return "push_on_apple";
  if (!can()) return "push_unknown";
  if (Notification.permission === "denied") return "push_denied";
  const made = Notification.permission === "granted" && await subscription();
  return made && isTold(made) ? "push_is_on" : "push_is_off";
}

function encoded(buffer) {
  const bytes = String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// A browser may keep its storage to itself.
function recall(work) {
  try { return work(); } catch { return null; }
}

/** Before anything is typed: the zone that this browser lives in. */
export function proposeZone() {
  const field = document.querySelector("input[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...(field?.list?.options ?? [])].some((option) => option.value === zone);
  if (field && known) field.value = zone;
}
