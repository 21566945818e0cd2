// What a page in the panel tells the site around it: how much is unread, and that the reader wants to leave.
import { siteNumbers } from "../live/page.js";
import { counted } from "../live/texts.js";
import { listen, say, words } from "./site.js";

function unread() {
  const count = siteNumbers().reduce((sum, number) => sum + (Number(number.textContent) || 0), 0);
  return { unread: count, news: count ? counted("new_one", "new_many", count) : "" };
}

// With a keyboard at hand one goes on writing; on a phone that would cover half of the conversation.
function opened() {
  const field = matchMedia("(pointer: fine)").matches && document.querySelector("form.composer textarea");
  const start = field && field.checkVisibility() ? field : document.getElementById("main");
  start.focus({ preventScroll: true });
}

function left(event) {
  const open = document.querySelector(".forms details[open], .decide[open]");
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (!open) return say("close");
  open.open = false;
  open.querySelector("summary").focus();
}

listen({ opened }, () => ({ ...words(), ...unread() }));
addEventListener("keydown", left);
const watched = new MutationObserver(() => say("unread", unread()));
siteNumbers().forEach((number) => watched.observe(number, { childList: true, characterData: true, subtree: true }));
