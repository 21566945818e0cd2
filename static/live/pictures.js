// A picture of the conversation, large, over the page. Without this its link leads to it.
import { icon, make } from "./page.js";
import { text } from "./texts.js";

export function listenForPictures() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".attached-picture");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
}

function show(link) {
  const { alt } = link.querySelector("img");
  const file = link.parentElement.querySelector(".attached-file");
  const shut = make("button", { type: "button", class: "quiet", title: text("close") }, icon("x"), make("span", { class: "vh" }, text("close")));
  const dialog = make("dialog", { class: "large-picture", "aria-label": alt },
    make("img", { src: link.getAttribute("href"), alt }),
    make("p", {}, make("bdi", {}, alt), make("a", { class: "button", href: file.getAttribute("href"), download: true }, icon("download"), make("span", {}, text("download"))), shut));
  dialog.addEventListener("click", ({ target }) => { if (target === dialog || target.closest("button")) dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); link.focus({ preventScroll: true }); });
  document.body.append(dialog);
  dialog.showModal();
}
