// What is being written and not sent: per person, order and mode, over reloads and days.
import { body } from "./page.js";
import { local, session } from "./stores.js";

const key = (order, note) => `draft:${body().person}:${order}${note ? ":note" : ""}`;

export const draftOf = (order, note) => local.getItem(key(order, note)) ?? "";

export function keepDraft(order, note, words) {
  try {
    if (words.trim()) local.setItem(key(order, note), words);
    else local.removeItem(key(order, note));
  } catch (error) {
    console.warn(error); // a full store loses the draft at worst on leaving, not the page
  }
}

/** Signing out leaves nothing behind for the next person at this machine. */
export function forgetDrafts() {
  const mine = `draft:${body().person}:`;
  Object.keys(local).filter((name) => name.startsWith(mine)).forEach((name) => local.removeItem(name));
  session.removeItem(`outbox:${body().person}`);
}
