// The timeline stays at its end when the reader is there, and otherwise does not move under them.
import { entries, make, icon } from "./page.js";
import { counted, text } from "./texts.js";

const NEAR = 48;
const states = new WeakMap();

/** What scrolls: the timeline itself, or on small screens the page. */
export function scroller(timeline) {
  const scrolls = /auto|scroll/.test(getComputedStyle(timeline).overflowY);
  return scrolls ? timeline : document.scrollingElement;
}

export const viewOf = (timeline) => {
  const box = scroller(timeline);
  return box === timeline ? timeline.getBoundingClientRect() : { top: 0, bottom: innerHeight };
};

export function atEnd(timeline) {
  const box = scroller(timeline);
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
}

export function toEnd(timeline) {
  const box = scroller(timeline);
  box.scrollTop = box.scrollHeight;
  settle(timeline);
}

/** Scrolls what scrolls, and nothing around it, until the element is there: 0 is the top, 0.5 the middle. */
export function bring(timeline, element, place = 0) {
  const view = viewOf(timeline), box = element.getBoundingClientRect();
  const room = Math.max(0, view.bottom - view.top - box.height);
  scroller(timeline).scrollTop += box.top - view.top - room * place;
}

function firstVisible(timeline) {
  const { top } = viewOf(timeline);
  return entries(timeline).find((entry) => entry.getBoundingClientRect().bottom > top);
}

/** Changes the timeline and keeps the reader's place: the end, or the entry that they look at. */
export function keeping(timeline, change) {
  const stuck = isStuck(timeline);
  const anchor = stuck ? undefined : firstVisible(timeline);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (stuck) return toEnd(timeline);
  const still = anchor?.isConnected ? anchor : anchor && document.getElementById(anchor.id);
  if (still) scroller(timeline).scrollTop += still.getBoundingClientRect().top - before;
  return undefined;
}

/** Entries came while the reader was further up. */
export function missed(timeline, count) {
  const state = stateOf(timeline);
  if (isStuck(timeline)) return;
  state.missed += count;
  showJump(timeline, state);
}

export function watchScroll(timeline, onTop) {
  const state = stateOf(timeline);
  const look = () => {
    if (!timeline.isConnected) return;
    settle(timeline);
    if (scroller(timeline).scrollTop < 240) onTop();
  };
  timeline.addEventListener("scroll", look, { passive: true });
  state.look = look;
  new ResizeObserver(() => { if (isStuck(timeline)) toEnd(timeline); }).observe(timeline);
}

/** The reader is at the end; also when only the layout moved it away and they did not scroll. */
export function isStuck(timeline) {
  const state = stateOf(timeline);
  return scroller(timeline).scrollTop === state.top ? state.stuck : atEnd(timeline);
}

export const look = (timeline) => stateOf(timeline).look?.();

function stateOf(timeline) {
  if (!states.has(timeline)) states.set(timeline, { stuck: true, top: 0, missed: 0 });
  return states.get(timeline);
}

function settle(timeline) {
  const state = stateOf(timeline);
  state.stuck = atEnd(timeline);
  state.top = scroller(timeline).scrollTop;
  if (state.stuck) state.missed = 0;
  showJump(timeline, state);
}

function showJump(timeline, state) {
  state.button ??= makeJump(timeline);
  const words = state.missed ? counted("new_one", "new_many", state.missed) : text("jump_latest");
  state.button.hidden = state.stuck;
  if (state.button.lastElementChild.textContent !== words) state.button.lastElementChild.textContent = words;
}

function makeJump(timeline) {
  const button = make("button", { type: "button", class: "jump", hidden: true }, icon("arrow-down"), make("span"));
  button.addEventListener("click", () => {
    toEnd(timeline);
    timeline.focus({ preventScroll: true });
  });
  timeline.parentElement.querySelector(":scope > .jump")?.remove();
  timeline.after(button);
  return button;
}
