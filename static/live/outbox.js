// What was written and is not yet known to be stored. Kept over reloads, sent in order, one at a time per order.
import { session } from "./stores.js";

const PATIENCE = 5_000, AGAIN = 5_000;
const LATER = new Set(["rate_limited", "unavailable"]);

export class Outbox {
  #key; #door; #items = []; #busy = new Map();

  /** `door`: isOpen(), send(frame), post(item), changed(item, state, detail), signedOut(). */
  constructor(person, door) {
    this.#key = `outbox:${person}`;
    this.#door = door;
    this.#items = JSON.parse(session.getItem(this.#key) || "[]");
  }

  of(order) { return this.#items.filter((item) => item.order === order); }

  add(item) {
    this.#items.push(item);
    this.#save();
    this.#door.changed(item, this.#door.isOpen() ? "sending" : "waiting");
    this.#pump(item.order);
  }

  /** The connection is there, perhaps again: what was under way may have been lost with the old one. */
  connected() {
    for (const [order, sending] of this.#busy) {
      if (!sending.posting && !sending.told) this.#free(order);
    }
    new Set(this.#items.map((item) => item.order)).forEach((order) => this.#pump(order));
  }

  lost() {
    this.#items.filter((item) => !item.failed).forEach((item) => this.#door.changed(item, "waiting"));
  }

  stored(cid) {
    const item = this.#take(cid);
    if (item) this.#door.changed(item, "sent");
    if (item) this.#pump(item.order);
  }

  refused(cid, code, detail, retryAfter) {
    const item = this.#items.find((each) => each.cid === cid);
    if (!item) return;
    if (code === "unauthenticated") this.#door.signedOut();
    if (LATER.has(code)) this.#later(item, (retryAfter || 2) * 1000, code);
    else if (code === "unauthenticated") this.#later(item, 60_000, code);
    else this.#fail(item, detail);
  }

  again(cid) {
    const item = this.#items.find((each) => each.cid === cid);
    if (!item) return;
    delete item.failed;
    this.#save();
    this.#door.changed(item, "sending");
    this.#pump(item.order);
  }

  /** Out of the outbox, back to the person who wrote it. */
  withdraw(cid) { return this.#take(cid); }

  #pump(order) {
    if (this.#busy.has(order)) return;
    const item = this.#items.find((each) => each.order === order && !each.failed);
    if (!item) return;
    const { cid, data } = item;
    if (this.#door.isOpen()) {
      this.#door.changed(item, "sending");
      this.#door.send({ type: "do", cid, order, do: item.do, data });
    }
    this.#busy.set(order, { cid, timer: setTimeout(() => this.#post(item), PATIENCE) });
  }

  // No answer over the socket: the same request, with the same cid, through the form's door.
  async #post(item) {
    if (!navigator.onLine) return this.#later(item, AGAIN);
    this.#free(item.order);
    this.#busy.set(item.order, { cid: item.cid, posting: true });
    const answer = await this.#door.post(item);
    if (this.#busy.get(item.order)?.cid !== item.cid) return undefined;
    if (answer.ok) return this.stored(item.cid);
    return this.refused(item.cid, answer.code, answer.detail, answer.retryAfter);
  }

  #later(item, pause, code) {
    this.#free(item.order);
    const timer = setTimeout(() => { this.#free(item.order); this.#pump(item.order); }, pause);
    this.#busy.set(item.order, { cid: item.cid, timer, told: code === "rate_limited" });
    this.#door.changed(item, code === "rate_limited" ? "rate_limited" : "waiting");
  }

  #fail(item, detail) {
    item.failed = detail || true;
    this.#save();
    this.#free(item.order);
    this.#door.changed(item, "failed", detail);
    this.#pump(item.order);
  }

  #take(cid) {
    const item = this.#items.find((each) => each.cid === cid);
    if (!item) return undefined;
    this.#items = this.#items.filter((each) => each !== item);
    this.#save();
    if (this.#busy.get(item.order)?.cid === cid) this.#free(item.order);
    return item;
  }

  #free(order) {
    clearTimeout(this.#busy.get(order)?.timer);
    this.#busy.delete(order);
  }

  #save() { session.setItem(this.#key, JSON.stringify(this.#items)); }
}
