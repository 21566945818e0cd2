// What the server wrote into the page: who reads it, which orders and lists it shows.

export const body = () => document.body.dataset;
export const isTeam = () => body().side === "team";
export const panes = () => [...document.querySelectorAll("section[data-order]")];
export const pane = (order) => document.getElementById(`order-${order}`);
export const timelineOf = (order) => document.getElementById(`timeline-${order}`);
export const orderOf = (node) => node.closest("section[data-order]")?.dataset.order;
export const entries = (timeline) => [...timeline.querySelectorAll(".entry[data-seq]")];
export const rows = () => document.getElementById("rows");
/** In the panel on another site, which shows no list: what its button counts, by order. */
export const siteNumbers = (page = document) => [...page.querySelectorAll("div[hidden] > [data-unread]")];
export const wantsLists = () => Boolean(document.querySelector("#rows, [data-count], [data-total]"));
export const isPeeking = (order) => Boolean(document.querySelector(`#state-${order}[data-peek]`));

/** A v4 UUID; `crypto.randomUUID` is missing on plain http in a local network. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** An element; text only ever becomes text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

// Beside this module, whatever version stands in its address.
const ICONS = new URL("../icons.svg", import.meta.url).pathname;

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${new URL("../icons.svg", import.meta.url).pathname}#${name}`);
  svg.append(use);
  return svg;
}

/** Runs at most once per turn of the loop, however often it is asked for. */
export function coalesced(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => { asked = false; work(); });
  };
}
