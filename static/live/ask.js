// A question that names what will happen. Escape is no.
import { make } from "./page.js";
import { text } from "./texts.js";

/** True once the button with `word` was pressed. */
export function ask(question, word) {
  const yes = make("button", { class: "primary", value: "yes" }, word);
  const no = make("button", { value: "" }, text("cancel"));
  const id = "ask-question";
  const dialog = make("dialog", { class: "ask", "aria-labelledby": id },
    make("form", { method: "dialog" }, make("p", { id }, question), make("p", { class: "form-end" }, yes, no)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
