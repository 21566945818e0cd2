// One file on its way to the server, with how much of it has arrived.

/** Never rejects: {upload} as the server keeps it, or {code, detail}. `progress` is told 0 to 1. */
export function upload(url, file, progress, signal) {
  return new Promise((done) => {
    const request = new XMLHttpRequest(), form = new FormData();
    form.append("file", file, file.name || "image.png");
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.timeout = 15 * 60_000;
    request.upload.addEventListener("progress", (event) => progress(event.lengthComputable ? event.loaded / event.total : 0));
    request.addEventListener("load", () => done(answer(request)));
    for (const lost of ["error", "timeout", "abort"]) request.addEventListener(lost, () => done({ code: lost === "abort" ? "gone" : "lost" }));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function answer(request) {
  if (request.status === 413) return { code: "too_large" };
  if (request.status >= 500) return { code: "lost" };
  let said;
  try { said = JSON.parse(request.responseText); } catch { return { code: "unauthenticated" }; } // the page to sign in at
  if (request.status === 429) return { code: "rate_limited", detail: said.detail, pause: said.retry_after };
  return said.upload ? { upload: said.upload } : { code: said.code ?? "refused", detail: said.detail };
}
