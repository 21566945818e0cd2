// The whole page shows a colour while it is being picked: its style sheet is made from the address alone.
const form = document.querySelector("form[data-sheets]");
const { color, own } = form.elements;

function show() {
  let sheet = document.querySelector("link[data-brand]");
  if (!own.checked) return sheet?.remove();
  if (!sheet) {
    sheet = Object.assign(document.createElement("link"), { rel: "stylesheet" });
    sheet.dataset.brand = "";
    document.head.append(sheet);
  }
  sheet.href = form.dataset.sheets.replace("XXXXXX", color.value.slice(1));
}

color.addEventListener("input", () => {
  own.checked = true;
  show();
});
own.addEventListener("change", show);
