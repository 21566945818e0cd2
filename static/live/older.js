// Older entries come while scrolling up, and nothing moves when they do.
import { entries, icon, make, pane, orderOf } from "./page.js";
import { parse, swap } from "./swap.js";
import { arrange, leadOf, redrawNewLine } from "./entries.js";
import { keeping } from "./scroll.js";
import { text } from "./texts.js";

const loading = new WeakMap();

export const hasMore = (timeline) => timeline.dataset.more === "true";

/** Loads one page of older entries; the same promise for all who ask while it is under way. */
export function loadOlder(timeline) {
  if (!hasMore(timeline)) return Promise.resolve(false);
  if (!loading.has(timeline)) {
    loading.set(timeline, load(timeline).finally(() => loading.delete(timeline)));
  }
  return loading.get(timeline);
}

async function load(timeline) {
  const first = entries(timeline)[0];
  const { base } = pane(orderOf(timeline)).dataset;
  say(timeline, "clock", text("loading_older"));
  try {
    const response = await fetch(`${base}/entries?before=${first?.dataset.seq ?? ""}`, { headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    return insert(timeline, first, await response.text());
  } catch {
    offerAgain(timeline);
    return false;
  }
}

function insert(timeline, first, html) {
  const found = parse(html).querySelectorAll(".entry[data-seq]").length;
  if (!found) timeline.dataset.more = "false";
  keeping(timeline, () => {
    if (found) swap(html, { target: first ? leadOf(first) : timeline, style: first ? "beforebegin" : "beforeend" });
    withoutRepeats(timeline);
    redrawNewLine(timeline);
    arrange(timeline);
    if (hasMore(timeline)) rest(timeline);
    else sign(timeline)?.remove();
  });
  return found > 0;
}

// A page that was cut while entries arrived may overlap with what is shown.
function withoutRepeats(timeline) {
  const ids = new Set();
  for (const entry of entries(timeline).reverse()) {
    if (ids.has(entry.id)) entry.remove();
    ids.add(entry.id);
  }
}

// The sign stays while there is more, so that its coming and going moves nothing.
const sign = (timeline) => timeline.querySelector(":scope > .older");
const placeOf = (timeline) => sign(timeline) ?? timeline.insertAdjacentElement("afterbegin", make("p", { class: "older" }));

function rest(timeline) {
  placeOf(timeline).replaceChildren(make("button", { type: "button", "data-older": true }, text("older")));
}

function say(timeline, name, words) {
  keeping(timeline, () => placeOf(timeline).replaceChildren(icon(name), make("span", {}, words)));
}

function offerAgain(timeline) {
  say(timeline, "triangle-alert", text("older_failed"));
  const place = sign(timeline);
  place.dataset.failed = "";
  place.append(make("button", { type: "button", "data-older": true }, text("retry")));
}

export const hasFailed = (timeline) => sign(timeline)?.dataset.failed !== undefined;

export function listenForOlder() {
  document.addEventListener("click", (event) => {
    const asked = event.target.closest?.(".older a, .older [data-older]");
    const timeline = asked?.closest(".timeline");
    if (!timeline) return;
    event.preventDefault();
    delete sign(timeline).dataset.failed;
    loadOlder(timeline);
  });
}
