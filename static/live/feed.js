// Entries from the socket: each once and in order, or we ask again.
import { entries, isPeeking, pane, timelineOf } from "./page.js";
import * as positions from "./positions.js";
import { parse, swap } from "./swap.js";
import { arrange, isMine } from "./entries.js";
import { keeping, missed } from "./scroll.js";
import { settlePending } from "./pending.js";
import { stopTyping } from "./people.js";

const LATE = 2_000, PAUSE = 1_000, TRIES = 4;
const asked = new Map(); // order → {at, times} since its last step forward
const late = new Map();
const reloading = new Set();

/** Applies an event; asks by `resume` when something before it is missing. */
export function applyEvent(frame, resume) {
  const { order, seq } = frame;
  const seen = positions.at(order);
  if (seen === undefined || seq <= seen) return false;
  if ((frame.prev ?? 0) !== seen) {
    askAgain(order, resume);
    return false;
  }
  asked.delete(order);
  show(frame);
  positions.move(order, seq);
  showVerbs(order);
  return true;
}

function show({ order, seq, content, by }) {
  const timeline = timelineOf(order);
  if (!timeline || !content) return;
  document.getElementById(`e-${order}-${seq}`)?.remove();
  const wasClosed = isPeeking(order);
  keeping(timeline, () => {
    swap(content);
    const article = document.getElementById(`e-${order}-${seq}`);
    if (article) settlePending(article);
    arrange(timeline);
  });
  const article = document.getElementById(`e-${order}-${seq}`);
  if (!article) return;
  if (article.dataset.kind === "edit") return; // seen at the message that it changed
  if (!isMine(article)) missed(timeline, 1);
  else if (wasClosed && !isPeeking(order)) document.getElementById(`text-${order}`)?.focus({ preventScroll: true });
  stopTyping(order, article.dataset.person || by?.name);
}

/** The forms around the state show the verbs that it allows; of a pane that is behind, none. */
export function showVerbs(order) {
  const section = pane(order);
  const turn = document.getElementById(`turn-${order}`), state = document.getElementById(`state-${order}`);
  if (!section || !turn || !state) return;
  section.dataset.can = positions.isBehind(order) ? "" : turn.dataset.can;
  // The turn may have come alone: a state from before it must not put the older one back.
  state.dataset.head = Math.max(Number(state.dataset.head), Number(turn.dataset.head));
}

/** The server's heads: what stays beyond our position for a while was lost on the way. */
export function compareHeads(heads, resume) {
  for (const [order, head] of Object.entries(heads)) {
    if (late.has(order) || (positions.at(order) ?? head) >= head) continue;
    late.set(order, setTimeout(() => {
      late.delete(order);
      if ((positions.at(order) ?? head) < head) askAgain(order, resume);
    }, LATE));
  }
}

function askAgain(order, resume) {
  const { at = 0, times = 0 } = asked.get(order) ?? {};
  if (Date.now() - at < PAUSE) return;
  asked.set(order, { at: Date.now(), times: times + 1 });
  if (times >= TRIES) reload(order, resume);
  else resume();
}

/** Reads the order anew; forms and composer stay as they are, with all that was typed. */
export async function reload(order, resume) {
  if (reloading.has(order)) return;
  reloading.add(order);
  asked.delete(order);
  const section = pane(order);
  try {
    const response = await fetch(section.dataset.base, { cache: "no-store" });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    replace(order, section, await response.text());
    resume();
  } catch {
    setTimeout(() => { if (pane(order) === section) reload(order, resume); }, 3_000);
  } finally {
    reloading.delete(order);
  }
}

function replace(order, section, html) {
  const page = parse(html);
  const fresh = page.getElementById(section.id);
  if (!fresh) throw new Error("no such order on its page");
  document.title = (document.title.match(/^\(\d+\) /)?.[0] ?? "") + page.title;
  if (page.body.dataset.epoch) document.body.dataset.epoch = page.body.dataset.epoch;
  const parts = ["customer", "state", "facts", "confirm-facts", "timeline"].map((part) => `#${part}-${order}`);
  const kept = [...timelineOf(order).querySelectorAll(":scope > .entry.pending")];
  swap(html, { selectOOB: parts.join(",") });
  positions.restart(order, Number(fresh.dataset.head) || 0);
  const timeline = timelineOf(order);
  const stored = new Set(entries(timeline).map((entry) => entry.dataset.cid));
  timeline.append(...kept.filter((article) => !stored.has(article.dataset.cid)));
  showVerbs(order);
}
