// @ts-check
import { Watch } from "./watch.js";

/**
 * What the tabs of one page tell each other.
 *
 * - `ask`: a tab that waits wants a sign of life.
 * - `alive`: it comes from the tab that holds the lock. `changed`: likewise, and a commit is durable.
 * - `robbed`: the lock is being taken from a tab that stopped answering.
 * - `shut`: a person locked the wallet; every tab locks it.
 *
 * `from` is who says it; `of` is from whom the lock was taken, where it was: a tab that stood still need not have heard it at once.
 * @typedef {{ type: "ask" | "shut" } | { type: "alive" | "changed" | "robbed", from: string, of: string | null }} Said
 */

/**
 * @typedef {object} Tab
 * @property {() => boolean} holds whether this tab holds the lock
 * @property {() => void} onchanged another tab wrote
 * @property {() => void} onshut a person locked the wallet in another tab
 * @property {() => void} onhung the holder stopped answering a tab that watches; the others have been told, the lock is to be taken now
 * @property {() => void} onrobbed this tab stood still and another one took the lock; that it is gone may be known already, or not yet
 */

/** The other tabs of this page, heard of by a `BroadcastChannel`. */
export class Tabs {
  #channel;
  #tab;
  #watch;
  #id = crypto.randomUUID();
  #closed = new AbortController();
  #frozen = false;
  /** @type {(() => void)[]} */
  #thawed = [];
  /** @type {string | null} who gave the last sign of life */
  #holder = null;
  /** @type {string | null} from whom this tab took the lock */
  #victim = null;
  /** @type {string | null} who took the lock from this tab, as far as it was told of */
  #robber = null;

  /**
   * @param {BroadcastChannel} channel
   * @param {Tab} tab
   */
  constructor(channel, tab) {
    this.#channel = channel;
    this.#tab = tab;
    this.#watch = new Watch({ ask: () => this.#say({ type: "ask" }), onhung: () => this.#hung() });
    channel.onmessage = ({ data }) => this.#hear(data);
    const { document } = globalThis;
    const { signal } = this.#closed;
    document?.addEventListener("freeze", () => (this.#frozen = true), { signal });
    document?.addEventListener("resume", () => this.#thaw(), { signal });
  }

  /**
   * Resolves at once, in a frozen tab when it goes on. Messages and locks reach a frozen tab, answers of the store do not: a
   * transaction that it began would stay open and keep every other tab from writing.
   * @returns {Promise<void>}
   */
  awake() {
    return this.#frozen ? new Promise((resolve) => this.#thawed.push(resolve)) : Promise.resolve();
  }

  /** Tells that a commit is durable. */
  changed() {
    this.#tell("changed");
  }

  /** Tells that a person locked the wallet. */
  shut() {
    this.#say({ type: "shut" });
  }

  /** Watches, from now on, whether the holder of the lock answers. */
  watch() {
    this.#victim = null;
    this.#watch.start();
  }

  unwatch() {
    this.#robber = null;
    this.#watch.stop();
  }

  /** A person chose this tab. */
  chosen() {
    this.#watch.chosen();
  }

  close() {
    this.#closed.abort();
    this.#watch.stop();
    this.#channel.close();
  }

  #thaw() {
    this.#frozen = false;
    for (const resolve of this.#thawed.splice(0)) resolve();
  }

  /** @param {Said} said */
  #say(said) {
    this.#channel.postMessage(said);
  }

  /** @param {"alive" | "changed" | "robbed"} type */
  #tell(type) {
    this.#say({ type, from: this.#id, of: this.#victim });
  }

  /** @param {Said | null} said null from an earlier version of this page */
  #hear(said) {
    switch (said?.type) {
      case "ask":
        if (this.#tab.holds() && !this.#frozen) this.#tell("alive");
        return;
      case "shut":
        this.#tab.onshut();
        return;
      case "alive":
      case "changed":
      case "robbed":
        this.#holder = said.from;
        this.#watch.heard();
        // Late words of one that has lost the lock meanwhile must not make its next holder give it up.
        if (said.of === this.#id && (said.type === "robbed" || !this.#tab.holds())) this.#robbed(said.from);
        if (said.type === "changed") this.#tab.onchanged();
    }
  }

  /** @param {string} robber */
  #robbed(robber) {
    if (this.#robber === robber) return;
    this.#robber = robber;
    this.#watch.robbed();
    this.#tab.onrobbed();
  }

  #hung() {
    this.#victim = this.#holder;
    this.#tell("robbed");
    this.#tab.onhung();
  }
}
