// A link to what the server writes down for good says which zone its reader is in.
export function listenForZones() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-zoned]");
    if (!link) return;
    const url = new URL(link.href);
    url.searchParams.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone ?? "");
    link.href = url.href;
  }, true);
}
