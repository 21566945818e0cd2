// So that two members don't answer at once: what a colleague sent since one began to write is shown before
// one's own goes out.
import { body, icon, isTeam, make, timelineOf } from "./page.js";
import { text } from "./texts.js";

const begun = new Map(); // order → the newest entry when one began to write

const newest = (order) => Number([...(timelineOf(order)?.querySelectorAll(".entry[data-seq]") ?? [])].at(-1)?.dataset.seq ?? 0);

/** The field of a message holds something, or nothing any more. */
export function beganWriting(form, order, words) {
  if (!words.trim()) {
    begun.delete(order);
    form.querySelector(".collision")?.remove();
  } else if (!begun.has(order)) begun.set(order, newest(order));
}

export const endedWriting = (order) => begun.delete(order);

/** Whether one should look first; says so, and the next time it goes out. */
export function warns(form, order) {
  form.querySelector(".collision")?.remove();
  const since = begun.get(order);
  if (!isTeam() || since === undefined) return false;
  const others = [...timelineOf(order).querySelectorAll('.entry.message[data-role="member"]')].filter((entry) =>
    Number(entry.dataset.seq) > since && entry.dataset.person && entry.dataset.person !== body().person);
  if (!others.length) return false;
  begun.set(order, newest(order));
  const name = others.at(-1).querySelector(".entry-name")?.textContent || text("someone");
  const again = make("button", { type: "submit" }, icon("send"), text("collision_send"));
  form.prepend(make("div", { class: "callout warn collision", role: "alert" }, icon("triangle-alert"), make("p", {}, text("collision", { name })), again));
  others.at(-1).scrollIntoView({ block: "nearest" });
  return true;
}
