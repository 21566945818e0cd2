// What is shown once can be taken along with one press. Without this script a click selects all of it.
export function listenForCopying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = button.parentElement.querySelector("[data-copy-from]");
    button.hidden = false;
    button.addEventListener("click", () => take(text, button));
  }
}

async function take(text, button) {
  getSelection().selectAllChildren(text);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = button.dataset.copied;
  } catch {
    text.focus(); // no clipboard without TLS: it is selected, so that the keyboard can copy it
  }
}
