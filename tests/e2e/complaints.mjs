// What browsers complain of while tests run: errors that nobody caught, and errors on the console.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */

export class Complaints {
  /** @type {string[]} */
  #heard = [];
  #expected;

  /** @param {RegExp} [expected] what the tests bring about on purpose, on the console */
  constructor(expected) {
    this.#expected = expected;
  }

  /**
   * Listens to a page from now on.
   * @param {Page} page
   */
  of(page) {
    page.on("pageerror", (error) => this.#heard.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !this.#expected?.test(message.text())) this.#heard.push(message.text());
    });
    return page;
  }

  none() {
    assert.deepEqual(this.#heard, []);
  }
}
