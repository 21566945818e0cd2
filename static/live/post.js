// The form's own door, for when the socket gives no answer.
import { parse } from "./swap.js";

const CODES = { 401: "unauthenticated", 429: "rate_limited" };

/** Sends one item of the outbox as its form would; never throws. */
export async function post({ cid, action, data }) {
  try {
    const response = await fetch(action, {
      method: "POST",
      body: fields({ cid, ...data }),
      headers: { "HX-Request": "true" },
      signal: AbortSignal.timeout(15_000),
    });
    return response.ok ? success(response) : await refusal(response);
  } catch {
    return { code: "unavailable", retryAfter: 5 };
  }
}

const fields = (data) => new URLSearchParams(Object.entries(data).flatMap(([name, value]) => [value].flat().map((each) => [name, each])));

const success = (response) =>
  response.redirected && new URL(response.url).pathname.endsWith("/sign-in") ? { code: "unauthenticated" } : { ok: true };

async function refusal(response) {
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  if (response.status >= 500) return { code: "unavailable", retryAfter: retryAfter ?? 5 };
  const page = parse(await response.text());
  const detail = page.querySelector(".problem, .form-message, [role=alert]")?.textContent.trim();
  return { code: CODES[response.status] ?? "refused", detail, retryAfter };
}
