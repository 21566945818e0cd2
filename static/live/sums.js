// What lines add up to, as app/quotes/sums.py has it: tax once for each rate, halves up, net and tax are the gross.

const SCALE = 1_000n; // rates have at most three decimals
const PERCENT = 100n * SCALE;

const scaled = (rate) => {
  const [whole, part = ""] = rate.split(".");
  return BigInt(whole) * SCALE + BigInt(part.padEnd(3, "0").slice(0, 3));
};

const rounded = (above, below) => (2n * above + below) / (2n * below);

/** What so many cost, in minor units; `quantity` a decimal as text. */
export function lineAmount(quantity, unitPrice) {
  const [whole, part = ""] = quantity.split(".");
  return rounded(BigInt(whole + part.padEnd(3, "0")) * BigInt(unitPrice), 1_000n);
}

/** `items`: [{amount: minor units, rate: "19"}]; answers BigInts, `taxes` by rate. */
export function addUp(items, included) {
  const totals = new Map();
  for (const { amount, rate } of items) totals.set(rate, (totals.get(rate) ?? 0n) + BigInt(amount));
  const taxes = new Map();
  let gross = 0n;
  for (const [rate, total] of totals) {
    const share = scaled(rate);
    const tax = rounded(total * share, included ? PERCENT + share : PERCENT);
    taxes.set(rate, tax);
    gross += included ? total : total + tax;
  }
  const tax = [...taxes.values()].reduce((sum, each) => sum + each, 0n);
  return { gross, net: gross - tax, taxes };
}

/** Minor units in the reader's notation. */
export function asMoney(amount, currency, digits) {
  const places = { minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) };
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, ...places });
  return format.format(Number(amount) / 10 ** Number(digits));
}
