// Optional lines of a quote: the card's total follows what is ticked. What is paid, the server works out itself.
import { addUp, asMoney } from "./sums.js";

const ticked = new Map(); // by card: what was ticked there, for when an event puts the card there anew

const boxes = (card) => [...card.querySelectorAll('input[name="optional"]:not(:disabled)')];
const keyOf = (card) => `${card.closest(".entry")?.id} ${card.querySelector(".slip-title")?.textContent}`;

export function listenForTicks() {
  document.addEventListener("change", ({ target }) => {
    const card = target.matches?.('input[name="optional"]') && target.closest(".quote-card");
    if (!card) return;
    ticked.set(keyOf(card), new Set(boxes(card).filter((box) => box.checked).map((box) => box.value)));
    follow(card);
  });
}

/** Cards that came into the page: what was ticked before is ticked again. */
export function tickAgain(root) {
  const cards = [root.closest?.(".quote-card"), ...root.querySelectorAll(".quote-card")];
  for (const card of cards) {
    if (!card || !boxes(card).length) continue;
    const before = ticked.get(keyOf(card));
    if (before) boxes(card).forEach((box) => { box.checked = before.has(box.value); });
    follow(card);
  }
}

function follow(card) {
  const slip = card.querySelector("[data-sums]");
  if (!slip) return;
  const chosen = new Set(boxes(card).filter((box) => box.checked).map((box) => box.value));
  const lines = [...slip.querySelectorAll("[data-line]")];
  const counted = lines.filter(({ dataset }) => dataset.optional === undefined || chosen.has(dataset.line));
  const sums = addUp(counted.map(({ dataset }) => dataset), slip.dataset.included === "true");
  for (const place of slip.querySelectorAll("[data-sum]")) show(place, sums, slip.dataset);
  for (const row of slip.querySelectorAll("[data-sum-row]")) row.hidden = !sums.taxes.get(row.dataset.sumRow);
}

function show(place, { gross, net, taxes }, { currency, digits }) {
  const { sum, rate } = place.dataset;
  const amount = sum === "gross" ? gross : sum === "net" ? net : taxes.get(rate) ?? 0n;
  const text = asMoney(amount, currency, digits);
  if (place.textContent !== text) place.textContent = text;
}
