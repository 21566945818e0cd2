// What the reader's own browser adds to neutral markup: mine, days, the line before what is new.
import { body, entries, isTeam, make } from "./page.js";
import { dayName, dayOf } from "./times.js";
import { text } from "./texts.js";

export const isMine = (entry) => Boolean(body().person) && entry.dataset.person === body().person;

export function markMine(root) {
  const own = `.entry[data-person="${CSS.escape(body().person ?? "")}"]`;
  if (!body().person) return;
  if (root.matches?.(own)) root.classList.add("mine");
  root.querySelectorAll?.(own).forEach((entry) => entry.classList.add("mine"));
}

/** Puts a separator before the first entry of each day, and only there. */
export function separateDays(timeline) {
  let last;
  for (const element of timeline.querySelectorAll(":scope > .entry[data-at]:not(.edit), :scope > .day")) {
    if (element.classList.contains("day")) {
      if (!startsDay(element)) element.remove();
      continue;
    }
    const day = dayOf(element.dataset.at);
    if (day !== last) ensureDay(element, day);
    else dayBefore(element)?.remove();
    last = day;
  }
}

const isLine = (element) => element?.classList.contains("new-line");
const firstOf = (entry) => (isLine(entry.previousElementSibling) ? entry.previousElementSibling : entry);

function startsDay(day) {
  const next = day.nextElementSibling;
  return (isLine(next) ? next.nextElementSibling : next)?.matches(".entry[data-at]");
}

function dayBefore(entry) {
  const before = firstOf(entry).previousElementSibling;
  return before?.classList.contains("day") ? before : null;
}

/** The entry with what this code put before it. */
export const leadOf = (entry) => dayBefore(entry) ?? firstOf(entry);

function ensureDay(entry, day) {
  const before = dayBefore(entry), first = firstOf(entry);
  if (before?.dataset.day === day) return;
  before?.remove();
  const label = make("span", {}, dayName(entry.dataset.at));
  first.before(make("div", { class: "day", role: "separator", "data-day": day, "data-of": entry.dataset.at }, label));
}

/** At midnight today becomes yesterday. */
export function refreshDays() {
  for (const day of document.querySelectorAll(".day[data-of]")) {
    const name = dayName(day.dataset.of);
    if (day.textContent !== name) day.firstElementChild.textContent = name;
  }
}

const countsAsNew = (entry) => entry.dataset.kind !== "edit" && !isMine(entry) && entry.dataset.role !== (isTeam() ? "member" : "customer");

/** The line before the first entry that this person has not read; none when everything would be below it. */
export function drawNewLine(timeline, read) {
  const first = entries(timeline).find((entry) => Number(entry.dataset.seq) > read && countsAsNew(entry));
  if (!first || !read) return null;
  const line = make("div", { class: "new-line", role: "separator", "data-read": read }, make("span", {}, text("new_messages")));
  first.before(line);
  return line;
}

/** Older entries may show that what is new begins further up. */
export function redrawNewLine(timeline) {
  const line = timeline.querySelector(".new-line");
  if (!line) return;
  line.remove();
  drawNewLine(timeline, Number(line.dataset.read));
}

export const removeNewLine = (timeline) => timeline.querySelector(".new-line")?.remove();

/** Days and own entries of a timeline, after anything in it changed. */
export function arrange(timeline) {
  markMine(timeline);
  separateDays(timeline);
}
