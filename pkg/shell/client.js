// @ts-check
import { PaygressShellError } from "./errors.js";
import { fetchAnswer } from "./mint.js";
import { Sockets } from "./sockets.js";

/** @typedef {import("../wasm/paygress.js").Client} Client */
/** @typedef {import("../wasm/paygress.js").Effect} Effect */
/** @typedef {import("../wasm/paygress.js").Input} Input */
/** @typedef {import("../wasm/paygress.js").Started} Started */
/** @typedef {import("../wasm/paygress.js").View} View */

/**
 * What a run needs from its surroundings.
 * @typedef {object} World
 * @property {(changes: import("../wasm/paygress.js").RecordChange[]) => Promise<void>} commit as `Writer.commit`
 * @property {() => Promise<void>} [erase] deletes everything that is stored; the run has stopped itself
 * @property {(views: readonly View[]) => void} onchanged never called from inside a call
 * @property {() => void} oncommitted after every durable commit
 * @property {() => void} onlost another tab took over; the run has stopped itself
 * @property {(error: unknown) => void} onfailed the store refused a commit, so nothing may leave any more; the run has stopped itself
 * @property {(error: unknown) => void} ontrap the program broke; the run has stopped itself
 * @property {() => number} [now] whole Unix seconds
 * @property {(url: string) => WebSocket} [connect]
 * @property {typeof fetch} [http]
 */

/**
 * One life of a `Client` with the right to write: performs its effects in order, reports what came of them, and wakes it.
 * Ends by `stop`, by losing the right to write, when the store refuses a commit, or when the program breaks; a stopped run performs nothing any more.
 */
export class Run {
  #client;
  #world;
  #sockets;
  #over = new AbortController();
  #now;
  #continuing = new MessageChannel();
  /** @type {Set<View>} */
  #changed = new Set();

  /**
   * @param {Client} client
   * @param {World} world
   */
  constructor(client, world) {
    this.#client = client;
    this.#world = world;
    this.#now = world.now ?? (() => Math.floor(Date.now() / 1000));
    this.#sockets = new Sockets((input) => this.#report(input), world.connect);
    this.#continuing.port1.onmessage = () => this.#report({ type: "wake" });
  }

  get stopped() {
    return this.#over.signal.aborted;
  }

  /** Starts the client and tells it about the page, whose events it hears from now on. */
  start() {
    this.#perform(this.#enter((client, now) => client.start(now)));
    const { document, navigator } = globalThis;
    const { signal } = this.#over;
    if (document) {
      const seen = () => this.#report({ type: "visibility", visible: document.visibilityState === "visible" });
      document.addEventListener("visibilitychange", seen, { signal });
      seen();
    }
    if (typeof globalThis.addEventListener === "function") {
      globalThis.addEventListener("online", () => this.#report({ type: "network", online: true }), { signal });
      globalThis.addEventListener("offline", () => this.#report({ type: "network", online: false }), { signal });
      if (navigator?.onLine === false) this.#report({ type: "network", online: false });
    }
  }

  /**
   * Calls an intent and performs what it asks for. Resolves with the id of what was started, if anything was, once every
   * commit of it is durable; rejects with the refusal when nothing was changed.
   * @param {(client: Client, now: number) => Effect[] | Started} intent
   * @returns {Promise<string | undefined>}
   */
  async intend(intent) {
    const outcome = this.#enter(intent);
    const started = Array.isArray(outcome) ? { id: undefined, effects: outcome } : outcome;
    await this.#perform(started.effects);
    return started.id;
  }

  /**
   * Reads something from the client.
   * @template T
   * @param {(client: Client, now: number) => T} read
   * @returns {T}
   */
  view(read) {
    if (this.stopped) throw stopped();
    try {
      return read(this.#client, this.#now());
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) this.#broke(error);
      throw error;
    }
  }

  stop() {
    if (this.stopped) return;
    this.#over.abort();
    this.#sockets.closeAll();
    this.#continuing.port1.close();
    try {
      this.#client.free();
    } catch {
      // After a trap the client can no longer be freed; its memory goes with the instance.
    }
  }

  /** @param {Input} input */
  #report(input) {
    if (this.stopped) return;
    try {
      this.#perform(this.#enter((client, now) => client.handle(now, input)));
    } catch (error) {
      // A report can refuse nothing: whatever it throws is our own defect.
      if (!this.stopped) this.#broke(error);
    }
  }

  /**
   * Calls what may change the client, and arms its wake-up anew.
   * @template T
   * @param {(client: Client, now: number) => T} call
   * @returns {T}
   */
  #enter(call) {
    return this.view((client, now) => {
      const result = call(client, now);
      client.armWake(now, () => {
        // The timer lives in the program and is replaced by the next call, so that call must come after it has returned.
        queueMicrotask(() => this.#report({ type: "wake" }));
      });
      return result;
    });
  }

  /**
   * Performs effects in order. Resolves when every commit among them is durable and reported.
   * @param {readonly Effect[]} effects
   * @returns {Promise<void>}
   */
  #perform(effects) {
    /** @type {Promise<void>[]} */
    const commits = [];
    for (const effect of effects) {
      switch (effect.type) {
        case "commit":
          commits.push(this.#commit(effect));
          break;
        case "openSocket":
          this.#sockets.open(effect.socket, effect.url);
          break;
        case "closeSocket":
          this.#sockets.close(effect.socket);
          break;
        case "sendText":
          this.#sockets.send(effect.socket, effect.text);
          break;
        case "fetch":
          void fetchAnswer(effect, this.#over.signal, this.#world.http).then((answer) => this.#report(answer));
          break;
        case "erase":
          this.stop();
          commits.push(this.#world.erase?.() ?? Promise.resolve());
          break;
        case "changed":
          this.#change(effect.views);
          break;
        case "continue":
          this.#continuing.port2.postMessage(null);
          break;
        default:
          /** @type {never} */ (effect);
      }
    }
    const all = Promise.all(commits).then(() => {});
    all.catch(() => {}); // a caller that does not wait is told by the views
    return all;
  }

  /** @param {Extract<Effect, { type: "commit" }>} effect */
  async #commit({ commit, records }) {
    try {
      await this.#world.commit(records);
    } catch (error) {
      if (!this.stopped) {
        this.stop();
        if (error instanceof PaygressShellError && error.code === "lost") this.#world.onlost();
        else this.#world.onfailed(error);
      }
      throw error;
    }
    this.#report({ type: "committed", commit });
    this.#world.oncommitted();
  }

  /** @param {readonly View[]} views */
  #change(views) {
    if (this.#changed.size === 0) {
      queueMicrotask(() => {
        const changed = [...this.#changed];
        this.#changed.clear();
        if (!this.stopped) this.#world.onchanged(changed);
      });
    }
    for (const view of views) this.#changed.add(view);
  }

  /** @param {unknown} error */
  #broke(error) {
    if (this.stopped) return;
    this.stop();
    this.#world.ontrap(error);
  }
}

function stopped() {
  return new PaygressShellError("stopped", "the program was stopped; open the page again");
}
