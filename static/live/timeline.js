// Opening a timeline: where the reader starts, and the link to one card.
import { entries, orderOf, pane } from "./page.js";
import { arrange, drawNewLine } from "./entries.js";
import { hasFailed, hasMore, loadOlder } from "./older.js";
import { bring, look, scroller, toEnd, watchScroll } from "./scroll.js";

const SHOWN = 4_000, PAGES = 40;
const opened = new WeakSet();

export function openTimeline(timeline) {
  if (opened.has(timeline)) return;
  opened.add(timeline);
  arrange(timeline);
  const line = drawNewLine(timeline, Number(pane(orderOf(timeline))?.dataset.read) || 0);
  if (line) arrange(timeline);
  watchScroll(timeline, () => older(timeline));
  startAt(timeline, line);
}

function startAt(timeline, line) {
  const card = cardInAddress(timeline);
  if (card) return void showCard(timeline, card);
  toEnd(timeline);
  if (line && line.getBoundingClientRect().top < timeline.getBoundingClientRect().top) {
    bring(timeline, line);
  }
  look(timeline);
  fill(timeline);
  return undefined;
}

function older(timeline) {
  if (hasMore(timeline) && !hasFailed(timeline)) loadOlder(timeline).then((came) => { if (came) fill(timeline); });
}

// Where nothing can be scrolled, scrolling up cannot ask for more.
function fill(timeline) {
  const box = scroller(timeline);
  if (box === timeline && timeline.clientHeight > 0 && box.scrollHeight <= box.clientHeight) older(timeline);
}

function cardInAddress(timeline) {
  const id = location.hash.slice(1);
  return id.startsWith(`e-${orderOf(timeline)}-`) ? id : null;
}

async function showCard(timeline, id) {
  const seq = Number(id.split("-").at(-1));
  toEnd(timeline);
  for (let page = 0; page < PAGES && !document.getElementById(id); page += 1) {
    if (Number(entries(timeline)[0]?.dataset.seq ?? 0) <= seq || !(await loadOlder(timeline))) break;
  }
  const card = document.getElementById(id);
  if (card) highlight(timeline, card);
  look(timeline);
}

function highlight(timeline, card) {
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
  bring(timeline, card, 0.5);
  card.scrollIntoView({ block: "nearest" });
  card.classList.add("highlighted");
  setTimeout(() => card.classList.remove("highlighted"), SHOWN);
}

/** What unfolds in the newest card, such as the reason for a rejection, would unfold below the edge. */
export function listenForUnfolding() {
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && target.closest?.(".timeline .entry")) target.scrollIntoView({ block: "nearest" });
  }, { capture: true });
}

export function listenForAddress() {
  addEventListener("hashchange", () => {
    for (const timeline of document.querySelectorAll(".timeline")) {
      const card = cardInAddress(timeline);
      if (card) showCard(timeline, card);
    }
  });
  // Where the page scrolls instead of the timeline.
  document.addEventListener("scroll", (event) => {
    if (event.target === document) document.querySelectorAll(".timeline").forEach(look);
  }, { passive: true });
}
