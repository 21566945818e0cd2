// Canned replies in the composer: "/" and a name, or the button; a listbox that the field keeps the focus of.
import { make } from "./page.js";
import { counted, text } from "./texts.js";

const known = new Map(); // order → promise of [{name, text}], filled in by the server
const formOf = (target) => target.closest?.("form[data-composer][data-replies]");
const field = (form) => form.elements.namedItem("text");

let open; // {form, list, found, at, whole}

export function listenForReplies() {
  document.addEventListener("input", ({ target }) => { if (formOf(target) && target === field(formOf(target))) typed(formOf(target)); });
  document.addEventListener("keydown", key, { capture: true });
  document.addEventListener("click", clicked);
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (open && target === field(open.form) && !open.list.contains(relatedTarget)) close();
  });
}

function load(form) {
  const order = form.dataset.composer;
  if (!known.has(order)) {
    known.set(order, fetch(form.dataset.replies, { headers: { Accept: "application/json" } })
      .then((response) => (response.ok && !response.redirected ? response.json() : Promise.reject(new Error(String(response.status)))))
      .catch((error) => { known.delete(order); throw error; }));
  }
  return known.get(order);
}

function typed(form) {
  const begun = /^\/([\w-]*)$/u.exec(field(form).value);
  if (begun) show(form, begun[1].toLowerCase(), true);
  else if (open?.form === form) close();
}

/** `whole`: what is chosen takes the place of all that stands in the field, else it is put where one writes. */
async function show(form, begin, whole) {
  let all;
  try {
    all = await load(form);
  } catch {
    return say(form, text("replies_unsent"));
  }
  if (whole && !field(form).value.startsWith("/")) return undefined; // meanwhile something else
  const found = all.filter(({ name }) => name.includes(begin)).sort((a, b) => b.name.startsWith(begin) - a.name.startsWith(begin));
  if (!found.length) {
    close();
    return say(form, text(all.length ? "replies_none_found" : "replies_none"));
  }
  draw(form, found, whole);
  return say(form, counted("replies_one", "replies_many", found.length));
}

function draw(form, found, whole) {
  close();
  const id = `replies-${form.dataset.composer}`;
  const list = make("ul", { class: "replies", id, role: "listbox", "aria-label": text("replies") },
    ...found.map(({ name, text: words }, n) => make("li", { id: `${id}-${n}`, role: "option", "aria-selected": "false" },
      make("strong", {}, `/${name}`), " ", make("span", { dir: "auto" }, words))));
  form.querySelector(".composer-line").before(list);
  field(form).setAttribute("aria-controls", id);
  field(form).setAttribute("aria-autocomplete", "list");
  open = { form, list, found, at: 0, whole };
  go(0);
}

function go(step) {
  const { list, found, form } = open;
  open.at = (open.at + step + found.length) % found.length;
  [...list.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === open.at)));
  const option = list.children[open.at];
  field(form).setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function key(event) {
  if (!open || event.target !== field(open.form) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const does = { ArrowDown: () => go(1), ArrowUp: () => go(-1), Enter: take, Tab: take, Escape: close }[event.key];
  if (!does || (event.shiftKey && event.key !== "Escape")) return;
  event.preventDefault();
  event.stopPropagation();
  does();
}

function clicked({ target }) {
  const button = target.closest?.("[data-offer-replies]");
  if (button) {
    const form = formOf(button);
    field(form).focus();
    if (open) return close();
    return void show(form, "", field(form).value.startsWith("/"));
  }
  const option = open && target.closest?.('.replies [role="option"]');
  if (!option) return undefined;
  open.at = [...open.list.children].indexOf(option);
  return take();
}

function take() {
  const { form, found, at, whole } = open;
  const area = field(form);
  close();
  const [from, to] = whole ? [0, area.value.length] : [area.selectionStart, area.selectionEnd];
  area.setRangeText(found[at].text, from, to, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
  say(form, text("replies_put", { name: found[at].name }));
}

function close() {
  if (!open) return;
  const area = field(open.form);
  for (const name of ["aria-controls", "aria-autocomplete", "aria-activedescendant"]) area.removeAttribute(name);
  open.list.remove();
  open = undefined;
}

function say(form, words) {
  const place = form.querySelector(".replies-said");
  if (place) place.textContent = words;
}
