// The lines of a quote as they are written: added, removed and summed up without asking the server.
import { addUp, asMoney, lineAmount } from "./sums.js";
import { language } from "./texts.js";

const linesOf = (node) => node.closest?.("[data-quote-lines]");
const rowsOf = (lines) => [...lines.querySelectorAll("[data-row]")];
const fieldOf = (row, name) => row.querySelector(`[name^="${name}-"]`);

export function listenForLines() {
  document.addEventListener("click", pressed);
  document.addEventListener("keydown", entered);
  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => { if (linesOf(target)) sumUp(linesOf(target)); });
  }
}

/** Lines that came into the page. */
export function showSums(root) {
  root.querySelectorAll("[data-quote-lines]").forEach(sumUp);
}

function pressed(event) {
  const button = event.target.closest?.('button[name="step"]');
  const lines = button && linesOf(button);
  if (!lines) return;
  if (button.value === "add") add(lines);
  else if (button.value.startsWith("remove-")) remove(lines, button.closest("[data-row]"));
  else return;
  event.preventDefault();
}

// Enter goes on to the next line; in the last one it adds another, unless that would be a second empty one.
function entered(event) {
  const row = event.target.closest?.("[data-row]");
  if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || !row || event.target.matches("button")) return;
  event.preventDefault();
  const lines = linesOf(row);
  const next = rowsOf(lines)[rowsOf(lines).indexOf(row) + 1];
  if (next) fieldOf(next, "title").focus();
  else if (fieldOf(row, "title").value.trim()) add(lines);
}

function add(lines) {
  const numbers = rowsOf(lines).map((row) => Number(fieldOf(row, "title").name.split("-")[1]));
  const number = Math.max(-1, ...numbers) + 1;
  const blank = lines.querySelector("template[data-blank]");
  const row = blank.content.querySelector("[data-row]").cloneNode(true);
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const name of ["id", "for", "name", "value", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value?.endsWith("-N")) element.setAttribute(name, `${value.slice(0, -1)}${number}`);
    }
  }
  blank.before(row);
  name(lines);
  sumUp(lines);
  fieldOf(row, "title").focus();
}

function remove(lines, row) {
  const rows = rowsOf(lines);
  const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  row.remove();
  if (!next) return add(lines);
  name(lines);
  sumUp(lines);
  return fieldOf(next, "title").focus();
}

// What is said of a line without showing it names its place.
function name(lines) {
  rowsOf(lines).forEach((row, place) => {
    for (const said of row.querySelectorAll("legend, .quote-remove .vh")) said.textContent = numbered(said.textContent, place);
    const button = row.querySelector(".quote-remove");
    button.title = numbered(button.title, place);
  });
}

const numbered = (text, place) => `${text.replace(/\d+/g, "").trimEnd()} ${place + 1}`;

function sumUp(lines) {
  const running = lines.querySelector("[data-running]");
  const { currency, digits, rate, included } = lines.dataset;
  const chosen = lines.querySelector('[name="tax_included"]')?.value || included;
  const items = rowsOf(lines).map((row) => read(row, rate, Number(digits))).filter(Boolean);
  running.hidden = !items.length;
  const sums = addUp(items.filter(({ optional }) => !optional), chosen === "true");
  const most = addUp(items, chosen === "true");
  const tax = sums.gross - sums.net;
  for (const [key, amount] of Object.entries({ net: sums.net, tax, gross: sums.gross, most: most.gross })) {
    running.querySelector(`[data-sum="${key}"]`).textContent = asMoney(amount, currency, digits);
  }
  running.querySelector("[data-with]").hidden = !items.some(({ optional }) => optional);
}

/** A line as it adds up; nothing for one that is not yet written, or not readable. */
function read(row, rate, digits) {
  const price = plain(fieldOf(row, "price").value), quantity = plain(fieldOf(row, "quantity").value || "1");
  const tax = plain(fieldOf(row, "tax").value.replace("%", "") || rate, true);
  if (!price || !quantity || !tax) return undefined;
  const [whole, part = ""] = price.split(".");
  if (part.length > digits) return undefined;
  const amount = lineAmount(quantity, BigInt(whole + part.padEnd(digits, "0")));
  return { amount, rate: String(Number(tax)), optional: fieldOf(row, "optional").checked };
}

/** "1.234,50" in German as "1234.50"; `spelt`: a rate of the page, which has a point. */
function plain(text, spelt = false) {
  const parts = new Intl.NumberFormat(language()).formatToParts(12345.6);
  const sign = (type) => parts.find((part) => part.type === type)?.value ?? "";
  let known = text.trim().replace(/[^\d.,]/g, (other) => (/\s/.test(other) ? "" : "x"));
  if (!(spelt && /^\d+(\.\d+)?$/.test(known))) known = known.replaceAll(sign("group"), "").replace(sign("decimal"), ".");
  const found = /^(\d{1,15})(?:\.(\d{0,3}))?$/.exec(known);
  return found ? `${found[1]}.${found[2] ?? ""}` : undefined;
}
