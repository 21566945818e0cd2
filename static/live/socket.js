// One WebSocket that comes back by itself and notices when the other end is gone.

const FIRST = 300, LONGEST = 15_000, STEADY = 10_000;
const PING = 15_000, SILENCE = 35_000, OPENING = 10_000, ANSWER = 3_000, TICK = 1_000;
const FINAL = new Set([4401, 4403]);

export class Connection {
  #url; #on; #socket = null; #listening; #retry; #tries = 0;
  #opened = 0; #heard = 0; #pinged = 0; #ended = false;

  /** `on`: opened(), frame(frame), lost(), ended(code). */
  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    setInterval(() => this.#watch(), TICK);
  }

  get isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }

  open() {
    if (this.#ended || this.#socket) return;
    clearTimeout(this.#retry);
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#socket = new WebSocket(this.#url);
    this.#opened = this.#heard = this.#pinged = Date.now();
    this.#socket.addEventListener("open", () => this.#on.opened(), { signal });
    this.#socket.addEventListener("message", (event) => this.#hear(event.data), { signal });
    this.#socket.addEventListener("close", (event) => this.#closed(event.code), { signal });
  }

  send(frame) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Something changed outside (network, visibility): come back now, or make sure that we are there. */
  wake() {
    if (!this.#socket) return this.open();
    if (!this.isOpen) return undefined;
    const asked = Date.now(), socket = this.#socket;
    this.send({ type: "ping" });
    setTimeout(() => { if (this.#socket === socket && this.#heard < asked) this.#restart(); }, ANSWER);
    return undefined;
  }

  /** A page in the back/forward cache may not hold a socket. */
  rest() {
    clearTimeout(this.#retry);
    if (this.#socket) this.#abandon();
  }

  #hear(data) {
    this.#heard = Date.now();
    if (this.#heard - this.#opened > STEADY) this.#tries = 0;
    let frame;
    try { frame = JSON.parse(data); } catch { return; }
    this.#on.frame(frame);
  }

  #closed(code) {
    this.#abandon();
    if (FINAL.has(code)) {
      this.#ended = true;
      this.#on.ended(code);
    } else {
      this.#later();
    }
  }

  // The old socket's listeners go first: its late `close` must not tear down the new one.
  #abandon() {
    this.#listening.abort();
    this.#socket.close();
    this.#socket = null;
    this.#on.lost();
  }

  #restart() {
    this.#abandon();
    this.open();
  }

  #later() {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.#tries++);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), longest * (0.5 + Math.random() / 2));
  }

  #watch() {
    if (!this.#socket) return;
    const now = Date.now();
    const patience = this.isOpen ? SILENCE : OPENING;
    if (now - this.#heard > patience) return void (this.isOpen ? this.#restart() : this.#giveUp());
    if (now - this.#pinged < PING) return;
    this.#pinged = now;
    this.send({ type: "ping" });
  }

  #giveUp() {
    this.#abandon();
    this.#later();
  }
}
