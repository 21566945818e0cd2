// Orderline's button on another site. Options: data-product, data-label, data-color, data-position (left).
// It stores nothing and reads its own element alone.
(() => {
  const me = document.currentScript, once = Symbol.for("orderline.embed");
  if (!me || window[once]) return;
  window[once] = true;

  const shop = new URL(me.src).origin, { product = "", label, color, position } = me.dataset;
  const language = ["de", "en"].find((one) => me.matches(`:lang(${one})`)) || navigator.language.slice(0, 2).toLowerCase();
  const css = `
:host { all: initial; color-scheme: light dark; --fill: #6b2a5b; font: 600 1rem/1.2 system-ui, sans-serif; }
[hidden] { display: none !important; }
button { font: inherit; border: 0; cursor: pointer; }
button:focus-visible { outline: 3px solid light-dark(#1b5fc1, #8fbcff); outline-offset: 2px; }
.open, .panel { position: fixed; z-index: 2147483647; inset: auto 1rem 1rem auto; }
.left { inset: auto auto 1rem 1rem; }
.open { max-width: calc(100vw - 2rem); min-height: 3.25rem; margin-bottom: env(safe-area-inset-bottom); padding: 0 1.25rem; border-radius: 2rem;
  background: var(--fill); color: #fff; box-shadow: 0 4px 18px #0005; }
.badge { margin-inline-start: .5rem; padding: .15rem .5rem; border-radius: 1rem; background: #b4480c; color: #fff; box-shadow: 0 0 0 2px #fff; font-size: .8rem; }
.panel { width: 26rem; height: min(44rem, 100dvh - 2rem); border-radius: 16px; overflow: hidden; background: light-dark(#fff, #211c25);
  box-shadow: 0 0 0 1px light-dark(#0001, #fff3), 0 12px 48px #0006; }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
.close { position: absolute; top: .25rem; right: .375rem; width: 2.75rem; height: 2.75rem; border-radius: 8px; background: none;
  color: light-dark(#281f2b, #eee8ef); font-size: 1.5rem; line-height: 1; }
@supports (color: oklch(from red l c h)) { .open { color: oklch(from var(--fill) clamp(0, (.66 - l) * 999, 1) 0 0); } }
@media (max-width: 520px) { .panel { inset: 0; width: auto; height: auto; border-radius: 0; } }
@media (prefers-reduced-motion: no-preference) { .panel { animation: up .18s ease-out; } @keyframes up { from { opacity: 0; translate: 0 1rem; } } }`;

  const make = (tag, values) => Object.assign(document.createElement(tag), values);
  const host = make("orderline-embed"), root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
  const open = make("button", { type: "button", className: "open", ariaHasPopup: "dialog", hidden: true });
  const word = make("span"), badge = make("span", { className: "badge", hidden: true });
  const panel = make("section", { className: "panel", hidden: true, role: "dialog" });
  const close = make("button", { type: "button", className: "close", textContent: "×" });
  const frame = make("iframe", { src: `${shop}/embed/${language}/door?product=${encodeURIComponent(product)}` });
  let ready = false;

  const tell = (what) => frame.contentWindow.postMessage({ orderline: what }, shop);
  function show(shown) {
    panel.hidden = !shown;
    open.hidden = shown;
    open.ariaExpanded = shown;
    if (!shown) return open.focus();
    frame.focus();
    tell("open");
  }
  function count({ unread, news }) {
    badge.hidden = !unread;
    badge.textContent = unread || "";
    open.ariaLabel = word.textContent + (unread ? `, ${news}` : "");
  }
  const heard = {
    here: () => tell("hello"),
    ready(said) {
      if (!ready) open.hidden = false;
      else if (!panel.hidden) tell("open");
      ready = true;
      word.textContent = label || said.label;
      close.ariaLabel = said.close;
      panel.ariaLabel = frame.title = said.title;
      count(said);
    },
    unread: count,
    close: () => panel.hidden || show(false),
  };
  addEventListener("message", ({ origin, source, data }) => {
    if (origin === shop && source === frame.contentWindow && Object.hasOwn(heard, data?.orderline)) heard[data.orderline](data);
  });
  function refuse() {
    if (ready) return;
    host.remove();
    console.error(`Orderline: no panel here. The shop ${shop} must allow ${origin}, and a CSP of this page the shop in frame-src.`);
  }
  open.addEventListener("click", () => show(true));
  close.addEventListener("click", () => show(false));
  root.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) show(false); });

  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  if (color && CSS.supports("color", color)) host.style.setProperty("--fill", color);
  for (const part of [open, panel]) part.classList.toggle("left", position === "left");
  open.append(word, badge);
  panel.append(close, frame);
  root.append(open, panel);
  function enter() { // after all else, so that the page is not kept waiting
    document.body.append(host);
    setTimeout(refuse, 9000);
  }
  if (document.readyState === "complete") enter();
  else addEventListener("load", enter);
})();
