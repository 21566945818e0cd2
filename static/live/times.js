// Times are UTC in the page and are shown in the reader's zone and language.
import { language, text } from "./texts.js";

const FORMATS = {
  time: { timeStyle: "short" },
  date: { dateStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
};
const STEPS = [[60, "minute", 60], [24 * 60, "hour", 3600], [7 * 24 * 60, "day", 86400]];
// From how many seconds on it is late, and very late, that somebody waits for the team.
const LATE = [15 * 60, 2 * 3600];
const formats = new Map();

function format(options) {
  const key = language() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language(), options));
  return formats.get(key);
}

function ago(date) {
  const seconds = Math.max(0, (Date.now() - date) / 1000);
  if (seconds < 45) return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(0, "second");
  const step = STEPS.find(([minutes]) => seconds < minutes * 60);
  if (!step) return format(FORMATS.date).format(date);
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" });
  return relative.format(-Math.max(1, Math.round(seconds / step[2])), step[1]);
}

/** How long ago in one unit: "14 min", "3 days". */
function since(date) {
  const seconds = Math.max(60, (Date.now() - date) / 1000);
  const [, unit, length] = STEPS.find(([minutes]) => seconds < minutes * 60) ?? STEPS.at(-1);
  const options = { style: "unit", unit, unitDisplay: unit === "day" ? "long" : "short" };
  return new Intl.NumberFormat(language(), options).format(Math.max(1, Math.round(seconds / length)));
}

function level(element, date) {
  const waited = (Date.now() - date) / 1000;
  const reached = LATE.filter((seconds) => waited >= seconds).length;
  const mark = element.closest(".waiting");
  if (mark && mark.dataset.level !== String(reached)) mark.dataset.level = reached;
}

function show(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  const kind = element.dataset.format;
  const going = { ago, since }[kind];
  const shown = going ? going(date) : format(FORMATS[kind] ?? FORMATS.datetime).format(date);
  if (going === since) level(element, date);
  if (element.textContent !== shown) element.textContent = shown;
  element.title = format({ dateStyle: "full", timeStyle: "medium" }).format(date);
}

export function localize(root) {
  if (root.matches?.("time[data-format]")) show(root);
  root.querySelectorAll?.("time[data-format]").forEach(show);
}

export function refreshAgo() {
  document.querySelectorAll('time:is([data-format="ago"], [data-format="since"])').forEach(show);
}

/** The reader's calendar day of a moment, as a key that sorts. */
export function dayOf(at) {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
}

export function dayName(at) {
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayOf(at) === dayOf(now)) return text("today");
  if (dayOf(at) === dayOf(yesterday)) return text("yesterday");
  const thisYear = new Date(at).getFullYear() === now.getFullYear();
  return format({ weekday: "long", day: "numeric", month: "long", ...(thisYear ? {} : { year: "numeric" }) }).format(new Date(at));
}
