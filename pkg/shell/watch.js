// @ts-check

const ROUND_MS = 1000;
const JITTER_MS = 200;
const LATE_MS = 3 * ROUND_MS;
const MOST_DOUBLINGS = 5;

/** How long the writer may leave questions unanswered; a tab that nobody looks at lets one that is seen go first. */
const PATIENCE_MS = { visible: 6500, hidden: 8000 };

/**
 * @typedef {object} Surroundings
 * @property {() => void} ask asks the tab that writes for a sign of life; whatever comes back is told by `heard`
 * @property {() => void} onhung the tab that writes has stopped answering; the watch has ended
 * @property {() => boolean} [visible] whether somebody looks at this tab
 * @property {() => number} [now] milliseconds that only ever grow
 * @property {() => number} [random] 0 to 1
 */

/**
 * Asks the tab that writes, once a second, whether it is there. It answers from a message handler, which runs in hidden tabs too,
 * so that only one whose main thread stands still (a hang, a frozen tab, a debugger) leaves questions open.
 *
 * A round that took much longer than planned proves nothing: this tab stood still itself, and answers may wait behind it. So a tab
 * whose timers the browser runs once a minute, because nobody has looked at it for long, calls nobody hung until it is seen.
 */
export class Watch {
  #around;
  #visible;
  #now;
  #random;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /**
   * When the first of the questions was asked that are all still open.
   * @type {number | null}
   */
  #openSince = null;
  #robberies = 0;

  /** @param {Surroundings} around */
  constructor(around) {
    this.#around = around;
    this.#visible = around.visible ?? (() => globalThis.document?.visibilityState !== "hidden");
    this.#now = around.now ?? (() => performance.now());
    this.#random = around.random ?? Math.random;
  }

  start() {
    this.stop();
    this.#openSince = null;
    this.#ask();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** The tab that writes gave a sign of life. */
  heard() {
    this.#openSince = null;
  }

  /** The lock was taken from this tab because it stood still: it waits twice as long before it takes one away itself. */
  robbed() {
    this.#robberies = Math.min(this.#robberies + 1, MOST_DOUBLINGS);
  }

  /** A person chose this tab. */
  chosen() {
    this.#robberies = 0;
  }

  #ask() {
    const asked = this.#now();
    this.#openSince ??= asked;
    this.#around.ask();
    // Not in step with other tabs that wait, so that one of them is first and the others hear of it.
    this.#timer = setTimeout(() => this.#judge(asked), ROUND_MS + this.#random() * JITTER_MS);
  }

  /** @param {number} asked */
  #judge(asked) {
    const now = this.#now();
    if (now - asked > LATE_MS) this.#openSince = null;
    const patience = (this.#visible() ? PATIENCE_MS.visible : PATIENCE_MS.hidden) * 2 ** this.#robberies;
    if (this.#openSince === null || now - this.#openSince < patience) return this.#ask();
    this.#around.onhung();
  }
}
