// Orders that were chosen in the list, and what is done to all of them: in parts, so that one sees it go on.
import { coalesced, make, icon, rows, uuid } from "./page.js";
import { ask } from "./ask.js";
import { counted, text } from "./texts.js";

const PART = 20, MOST = 200;
const chosen = new Set();
let last, busy = false;

const form = () => document.getElementById("bulk");
const boxes = () => [...(rows()?.querySelectorAll('.row-choose input[type="checkbox"]') ?? [])];
const result = () => document.getElementById("bulk-result");

export const chosenOrders = () => [...chosen];

export function listenForChoosing() {
  document.addEventListener("click", range, { capture: true });
  document.addEventListener("change", ({ target }) => {
    if (target.matches(".row-choose input")) choose(target, target.checked);
    if (target.matches("[data-choose-all]")) chooseAll(target.checked);
  });
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    act(chosenOrders(), event.target.elements.namedItem("do").value);
  });
  const all = document.querySelector(".bulk-all");
  if (all) all.hidden = false;
  boxes().filter((box) => box.checked).forEach((box) => choose(box, true)); // as the browser kept them
}

/** One row, by its order. */
export function toggle(number) {
  const box = boxes().find((each) => each.value === number);
  if (!box) return;
  choose(box, !box.checked);
  last = number;
}

/** Rows come and go: what was chosen stays chosen as long as it is in the list. */
export const arrangeChosen = coalesced(() => {
  const shown = new Set();
  for (const box of boxes()) {
    shown.add(box.value);
    box.checked = chosen.has(box.value);
  }
  [...chosen].filter((number) => !shown.has(number)).forEach((number) => chosen.delete(number));
  draw();
});

/** Lets a list ask for what to do, with one kind of it chosen. */
export function offer(kind) {
  const select = form()?.elements.namedItem("do");
  if (!select) return;
  const first = [...select.options].find((option) => option.value.startsWith(kind));
  if (first) select.value = first.value;
  select.focus();
}

/** Does one thing to some orders, as its form would; says what came of it, with a way back. */
export async function act(numbers, what) {
  if (!numbers.length || !what || busy) return;
  if (numbers.length > MOST) return void say(make("span", {}, text("bulk_too_many")));
  if (what === "done" && numbers.length > 1 && !(await ask(counted("bulk_done_one", "bulk_done_many", numbers.length), text("bulk_done")))) return;
  await run(numbers.map((number) => ["order", number]), what);
}

async function run(items, what) {
  busy = true;
  form()?.setAttribute("aria-busy", "true");
  const outcomes = [];
  try {
    for (let at = 0; at < items.length; at += PART) {
      if (items.length > PART) progress(at, items.length);
      outcomes.push(...await part(items.slice(at, at + PART), what));
    }
    report(outcomes);
  } catch {
    report(outcomes, text("bulk_unsent"));
  } finally {
    busy = false;
    form()?.removeAttribute("aria-busy");
  }
}

async function part(items, what) {
  const response = await fetch("/desk/bulk", {
    method: "POST",
    body: new URLSearchParams([...items, ["do", what], ["cid", uuid()]]),
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  return response.json();
}

function progress(done, all) {
  say(make("progress", { value: done, max: all, "aria-label": text("bulk_progress") }), make("span", {}, `${done} / ${all}`));
}

function report(outcomes, problem) {
  const refused = outcomes.filter((each) => each.problem);
  const done = outcomes.length - refused.length;
  const back = outcomes.filter((each) => each.undo).map(({ number, undo }) => ["undo", `${number} ${undo}`]);
  const parts = [make("p", {}, [
    ...(done ? [counted("bulk_ok_one", "bulk_ok_many", done)] : []),
    ...(refused.length ? [counted("bulk_not_one", "bulk_not_many", refused.length)] : []),
    ...(problem ? [problem] : []),
  ].join(" "))];
  if (refused.length) {
    parts.push(make("ul", {}, ...refused.map((each) =>
      make("li", {}, make("a", { href: `/desk/orders/${each.number}` }, `#${each.number}`), " ", each.problem))));
  }
  if (back.length) {
    const undo = make("button", { type: "button" }, icon("undo-2"), text("undo"));
    undo.addEventListener("click", () => { if (!busy) run(back, ""); });
    parts.push(undo);
  }
  const close = make("button", { type: "button", class: "quiet", "aria-label": text("close") }, icon("x"));
  close.addEventListener("click", () => result().replaceChildren());
  say(...parts, close);
  refused.forEach(({ number }) => chosen.add(number));
  outcomes.filter((each) => !each.problem).forEach(({ number }) => chosen.delete(number));
  const select = form()?.elements.namedItem("do");
  if (select) select.value = "";
  arrangeChosen();
}

function say(...parts) {
  result()?.replaceChildren(...parts);
}

// With Shift from the row that was chosen last to this one.
function range(event) {
  const box = event.target.closest?.(".row-choose input");
  if (!box) return;
  const all = boxes(), here = all.indexOf(box), from = all.findIndex((each) => each.value === last);
  if (event.shiftKey && from >= 0) {
    all.slice(Math.min(here, from), Math.max(here, from) + 1).forEach((each) => choose(each, box.checked));
  }
  last = box.value;
}

function choose(box, on) {
  box.checked = on;
  if (on) chosen.add(box.value);
  else chosen.delete(box.value);
  draw();
}

function chooseAll(on) {
  boxes().forEach((box) => choose(box, on));
}

function draw() {
  const count = document.querySelector(".bulk-count"), all = document.querySelector("[data-choose-all]");
  if (count) count.textContent = chosen.size ? counted("bulk_chosen_one", "bulk_chosen_many", chosen.size) : "";
  if (!all) return;
  const shown = boxes().length;
  all.checked = shown > 0 && chosen.size >= shown;
  all.indeterminate = chosen.size > 0 && !all.checked;
}
