// Times are UTC in the page and are shown in the reader's zone and language.
import { language, text } from "./texts.js";

const FORMATS = {
  time: { timeStyle: "short" },
  date: { dateStyle: "medium" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
};
const STEPS = [[60, "minute", 60], [24 * 60, "hour", 3600], [7 * 24 * 60, "day", 86400]];
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

function show(element) {
  const date = new Date(element.dateTime);
  if (Number.isNaN(date.getTime())) return;
  const kind = element.dataset.format;
  const shown = kind === "ago" ? ago(date) : format(FORMATS[kind] ?? FORMATS.datetime).format(date);
  if (element.textContent !== shown) element.textContent = shown;
  element.title = format({ dateStyle: "full", timeStyle: "medium" }).format(date);
}

export function localize(root) {
  if (root.matches?.("time[data-format]")) show(root);
  root.querySelectorAll?.("time[data-format]").forEach(show);
}

export function refreshAgo() {
  document.querySelectorAll('time[data-format="ago"]').forEach(show);
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
