// @ts-check
import { PaygressShellError } from "../pkg/shell/index.js";

/** @typedef {{ what: string, money: string }} Refusal */

/** What the person has set going: which of it is still on its way, and why the last attempt of it was refused. */
export class Actions {
  /** @type {Set<string>} */
  #busy = new Set();
  /** @type {Map<string, Refusal>} */
  #refusals = new Map();
  #redraw;

  /** @param {() => void} redraw */
  constructor(redraw) {
    this.#redraw = redraw;
  }

  /** @param {string} key */
  busy(key) {
    return this.#busy.has(key);
  }

  /** @param {string} key */
  refusal(key) {
    return this.#refusals.get(key);
  }

  /** @param {string} key */
  forget(key) {
    if (this.#refusals.delete(key)) this.#redraw();
  }

  /**
   * Forgets every refusal, but for those under the keys in `but`.
   * @param {readonly string[]} [but]
   */
  forgetAll(but = []) {
    for (const key of this.#refusals.keys()) if (!but.includes(key)) this.#refusals.delete(key);
    this.#redraw();
  }

  /**
   * Notes what was refused after the action itself was over.
   * @param {string} key
   * @param {Refusal} why
   */
  refuse(key, why) {
    this.#refusals.set(key, why);
    this.#redraw();
  }

  /**
   * Runs `work` unless the same key is already on its way. Resolves with what it gave, or undefined when it was refused.
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} work
   * @returns {Promise<T | undefined>}
   */
  async run(key, work) {
    if (this.#busy.has(key)) return undefined;
    this.#busy.add(key);
    this.#refusals.delete(key);
    this.#redraw();
    try {
      return await work();
    } catch (error) {
      this.#refusals.set(key, explained(error));
      return undefined;
    } finally {
      this.#busy.delete(key);
      this.#redraw();
    }
  }
}

/**
 * @param {unknown} error
 * @returns {Refusal}
 */
export function explained(error) {
  const what = error instanceof Error ? error.message : String(error);
  if (error instanceof PaygressShellError) {
    if (error.code === "store-gone") return { what, money: "Nothing was sent." };
    const unwritten = error.code === "store-failed" || error.code === "lost";
    return { what, money: unwritten ? "Nothing was sent; your money is where it was before." : "Nothing was changed; your money has not moved." };
  }
  if (error instanceof Error && error.name === "PaygressError") {
    return { what, money: "Nothing was sent; your money has not moved." };
  }
  return { what, money: "The program stopped in the middle. Your money is in the store; the wallet shows where it stands." };
}
