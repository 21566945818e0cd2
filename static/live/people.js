// Who is here and who is writing: shown while it lasts, never kept.
import { body, icon, isTeam, make } from "./page.js";
import { counted, list, text } from "./texts.js";

const LASTS = 6_000;
const typing = new Map(); // order → person → {name, note, timer}

const isMe = (person) => Boolean(person) && person === body().person;

export function showPresence({ order, people }) {
  showLookers(order, people);
  const place = document.getElementById(`presence-${order}`);
  if (!place) return;
  const names = [...new Set(people.filter(({ person }) => !isMe(person)).map(({ name }) => name).filter(Boolean))];
  const words = names.length ? text(names.length === 1 ? "here_one" : "here_many", { names: list(names) }) : "";
  if (place.textContent === words) return;
  place.replaceChildren(...(words ? [make("span", { class: "here" }, words)] : []));
}

// Of the team, beside the order's title: who else may be about to answer.
function showLookers(order, people) {
  const place = document.getElementById(`lookers-${order}`);
  if (!place) return;
  const names = [...new Set(people.filter(({ person, role }) => role === "member" && !isMe(person)).map(({ name }) => name).filter(Boolean))];
  const words = names.length ? text(names.length === 1 ? "looks_one" : "looks_many", { names: list(names) }) : "";
  if (place.textContent !== words) place.replaceChildren(...(words ? [icon("eye"), words] : []));
}

export function showTyping({ order, by, person, note }) {
  if (isMe(person)) return;
  const who = typing.get(order) ?? new Map();
  typing.set(order, who);
  const key = person || by?.name;
  clearTimeout(who.get(key)?.timer);
  who.set(key, { name: by?.name, note, member: by?.role === "member", timer: setTimeout(() => stopTyping(order, key), LASTS) });
  draw(order);
}

/** An entry came from them, or their time is over. */
export function stopTyping(order, key) {
  const who = typing.get(order);
  if (!who?.has(key)) return;
  clearTimeout(who.get(key).timer);
  who.delete(key);
  draw(order);
}

function draw(order) {
  const place = document.getElementById(`typing-${order}`);
  if (!place) return;
  const who = [...(typing.get(order)?.values() ?? [])];
  const words = who.length ? phrase(who) : "";
  place.classList.toggle("replying", isTeam() && who.some(({ member, note }) => member && !note));
  if (place.textContent !== words) place.replaceChildren(...(words ? [make("span", {}, words)] : []));
}

function phrase(who) {
  if (who.length > 1) return counted("typing_many", "typing_many", who.length);
  const reply = isTeam() && who[0].member ? "typing_reply" : "typing_one";
  return text(who[0].note ? "typing_note" : reply, { name: who[0].name || text("someone") });
}
