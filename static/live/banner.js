// The calm line about the connection.
import { body, isTeam, make } from "./page.js";
import { text } from "./texts.js";

const CALM = 2_000;
let state = "here", timer;

export function away() {
  if (state !== "here") return;
  state = "away";
  timer = setTimeout(() => { state = "shown"; draw(); }, CALM);
}

export function back() {
  if (state === "ended") return;
  clearTimeout(timer);
  state = "here";
  draw();
}

/** It does not come back by itself. */
export function ended(code) {
  clearTimeout(timer);
  state = "ended";
  draw(code);
}

function draw(code) {
  const place = document.getElementById("connection");
  if (!place) return;
  place.hidden = state === "here";
  if (state === "here") return place.replaceChildren();
  if (state === "shown") return place.replaceChildren(make("span", {}, text(navigator.onLine ? "reconnecting" : "offline")));
  return place.replaceChildren(make("span", {}, text(code === 4403 ? "not_allowed" : "signed_out")), " ", wayIn());
}

export const wayIn = () => make("a", { href: isTeam() ? "/desk/sign-in" : "/sign-in", target: Boolean(body().root) && "_blank" }, text("sign_in"));
