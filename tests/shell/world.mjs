// Stand-ins for what surrounds a run, and a client that does what a test tells it.

export class FakeSocket {
  static all = [];
  readyState = 0;
  sent = [];
  closed = false;
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }
  send(text) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  open() {
    this.readyState = 1;
    this.onopen?.({});
  }
  receive(data) {
    this.onmessage?.({ data });
  }
  fail() {
    this.onerror?.({});
  }
  drop(code, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** A client whose answers are scripted: `effects` for the next calls, everything it heard in `heard`. */
export class ScriptedClient {
  heard = [];
  replies = [];
  inside = false;
  freed = false;
  wake = null;
  start() {
    return this.#next({ type: "start" });
  }
  handle(now, input) {
    if (this.inside) throw new Error("called from inside a call");
    return this.#next(input);
  }
  armWake(now, callback) {
    this.wake = callback;
  }
  free() {
    this.freed = true;
  }
  #next(input) {
    this.inside = true;
    this.heard.push(input);
    const reply = this.replies.shift() ?? [];
    this.inside = false;
    if (reply instanceof Error) throw reply;
    return reply;
  }
}

export function deferred() {
  let resolve, reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Lets everything that is queued run. */
export function settled() {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
