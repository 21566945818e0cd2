// The service worker: shows what was pushed, and leads to it. It sees no request and keeps nothing.

const tagOf = ({ order, side }) => `order-${order}-${side}`;
const sideOf = (url) => (new URL(url).pathname.startsWith("/desk") ? "team" : "customer");
const doors = ["/desk/push", "/account/push"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(told(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data));
});
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function told(data) {
  const said = data.json();
  if (said.total > 0) self.navigator.setAppBadge?.(said.total)?.catch?.(() => {}); // not every system has one
  if (await isLookedAt(said)) return;
  const { title, body, icon, url, side } = said;
  await self.registration.showNotification(title, {
    body, icon, badge: icon, tag: tagOf(said), renotify: true, data: { url, side },
  });
}

// Who sits before the very order, or before a window that tells of it by itself, is not told twice.
async function isLookedAt({ order, side, screen }) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter(({ focused }) => focused).some(({ url }) =>
    sideOf(url) === side && (screen || new URL(url).pathname.endsWith(`/orders/${order}`)));
}

async function lead({ url, side }) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const mine = windows.filter((one) => sideOf(one.url) === side);
  const there = mine.find((one) => new URL(one.url).pathname === new URL(url).pathname) ?? mine[0];
  try {
    await there.focus();
    await there.navigate(url);
  } catch {
    await self.clients.openWindow(url);
  }
}

// The browser's maker gave it another address: where the old one was known, the new one takes its place.
async function renew({ oldSubscription: old, newSubscription: made }) {
  if (!old) return;
  const fresh = made ?? await self.registration.pushManager.subscribe(old.options);
  const { endpoint, keys } = fresh.toJSON();
  const body = JSON.stringify({ endpoint, keys, old: old.endpoint });
  const headers = { "Content-Type": "application/json" };
  await Promise.allSettled(doors.map((door) => fetch(door, { method: "POST", headers, body })));
}
