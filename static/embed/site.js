// The site around this panel. It is known once its script has spoken from an origin that the owner named.

const { sites = "" } = document.body.dataset;
let origin;

/** `on`: opened(), by the reader's click. Nothing of the page is told to anybody before the greeting. */
export function listen(on, greeting) {
  addEventListener("message", (event) => {
    if (event.source !== parent || parent === window || !sites.split(" ").includes(event.origin)) return;
    origin = event.origin;
    if (event.data?.orderline === "hello") say("ready", greeting());
    if (event.data?.orderline === "open") on.opened();
  });
  parent.postMessage({ orderline: "here" }, "*"); // says nothing, and asks for the word of who is around us
}

export function say(what, more = {}) {
  if (origin) parent.postMessage({ orderline: what, ...more }, origin);
}

export function words() {
  const { label, close, title } = document.body.dataset;
  return { label, close, title };
}
