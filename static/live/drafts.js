// What is being written and not sent: per person, order and mode, over reloads and days.
import { body } from "./page.js";

const key = (order, note) => `draft:${body().person}:${order}${note ? ":note" : ""}`;

export const draftOf = (order, note) => localStorage.getItem(key(order, note)) ?? "";

export function keepDraft(order, note, words) {
  try {
    if (words.trim()) localStorage.setItem(key(order, note), words);
    else localStorage.removeItem(key(order, note));
  } catch (error) {
    console.warn(error); // a full store loses the draft at worst on leaving, not the page
  }
}

/** Signing out leaves nothing behind for the next person at this machine. */
export function forgetDrafts() {
  const mine = `draft:${body().person}:`;
  Object.keys(localStorage).filter((name) => name.startsWith(mine)).forEach((name) => localStorage.removeItem(name));
  sessionStorage.removeItem(`outbox:${body().person}`);
}
