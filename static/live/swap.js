// The server's fragments enter the page through htmx, at once.
/* global htmx */

// In the panel on another site the shop's paths stand behind a root, as the server writes them in its pages.
const rooted = (text) => {
  const { root } = document.body.dataset;
  return root ? text.replace(/="(?=\/(?:orders|products|subscriptions)\b)/g, `="${root}`) : text;
};

/** Swaps partials and out-of-band elements; with `target` also the rest of the text, by `style`. */
export function swap(text, { target, style = "none", selectOOB } = {}) {
  const delay = htmx.config.defaultSettleDelay;
  // Without a settle delay htmx changes the page before it returns: frames stay in order and a hidden
  // tab's throttled timers hold nothing up.
  htmx.config.defaultSettleDelay = 0;
  // `none` matters: a text whose targets are all gone would otherwise replace the source's content.
  const done = htmx.swap({ text: rooted(text), target, swap: style, selectOOB, sourceElement: document.body });
  htmx.config.defaultSettleDelay = delay;
  done.catch((error) => console.error(error));
}

/** Inert: nothing in it runs, it is only looked at. */
export const parse = (text) => new DOMParser().parseFromString(text, "text/html");

const head = (element) => Number(element?.dataset?.head ?? NaN);

/** An out-of-band state that was read before the one on the page must not put its buttons back. */
export function refuseStale() {
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    const fresh = detail.tasks.filter((task) =>
      !(task.type === "oob" && head(task.fragment.firstElementChild) < head(task.target)));
    detail.tasks.splice(0, detail.tasks.length, ...fresh);
  });
}
