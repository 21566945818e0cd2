// How much is new, where one sees it from another tab: the title, the icon, the app's badge.

const SIZE = 64;
let shown = 0, plain, wanted;

export function showNumber(total) {
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = total ? `(${total}) ${title}` : title;
  if (total === shown && wanted !== undefined) return;
  shown = wanted = total;
  drawIcon(total);
  (total ? navigator.setAppBadge?.(total) : navigator.clearAppBadge?.())?.catch?.(() => {});
}

function drawIcon(total) {
  const link = document.querySelector('link[rel="icon"]');
  if (!link) return;
  plain ??= link.href;
  if (!total) return void (link.href = plain);
  const image = new Image(SIZE, SIZE);
  image.onload = () => { if (wanted === total) link.href = withNumber(image, total) ?? plain; };
  image.src = plain;
}

function withNumber(image, total) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const brush = canvas.getContext("2d");
  if (!brush) return null;
  const text = total > 9 ? "9+" : String(total);
  brush.drawImage(image, 0, 0, SIZE, SIZE);
  brush.fillStyle = "#c8102e";
  brush.strokeStyle = "#fff";
  brush.lineWidth = 4;
  brush.beginPath();
  brush.roundRect(text.length > 1 ? 18 : 26, 24, text.length > 1 ? 44 : 36, 38, 19);
  brush.fill();
  brush.stroke();
  brush.fillStyle = "#fff";
  brush.font = "bold 32px sans-serif";
  brush.textAlign = "center";
  brush.textBaseline = "middle";
  brush.fillText(text, text.length > 1 ? 40 : 44, 44);
  return canvas.toDataURL("image/png");
}
