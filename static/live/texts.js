// Every word that this code shows comes from the page, in the reader's language.

let known;

export function text(key, values = {}) {
  known ??= JSON.parse(document.getElementById("texts")?.textContent || "{}");
  return (known[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export const language = () => document.body.dataset.lang || document.documentElement.lang || "en";

/** As the server says it. */
export const filesize = (size) => (size < 1e6 ? `${Math.max(1, Math.round(size / 1000))} kB`
  : `${(size / 1e6).toLocaleString(language(), { maximumFractionDigits: 1 })} MB`);

export const list = (names) => new Intl.ListFormat(language(), { type: "conjunction" }).format(names);

export const counted = (one, many, n) =>
  text(new Intl.PluralRules(language()).select(n) === "one" ? one : many, { n: n.toLocaleString(language()) });
