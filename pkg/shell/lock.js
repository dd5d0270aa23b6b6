// @ts-check

/**
 * The right of one tab to write, as a Web Lock. Held until `release`, or until another tab steals it (`onlost`).
 * There is no substitute: where the browser has no Web Locks, nobody gets the right.
 */
export class WriterLock {
  #name;
  #locks;
  /** @type {(() => void) | null} */
  #letGo = null;
  /** @type {AbortController | null} */
  #waiting = null;
  /** Called when another tab stole the lock that was held. */
  onlost = () => {};

  /**
   * @param {string} name
   * @param {LockManager | undefined} [locks] undefined outside secure contexts
   */
  constructor(name, locks = globalThis.navigator?.locks) {
    this.#name = name;
    this.#locks = locks;
  }

  get available() {
    return this.#locks !== undefined;
  }

  get held() {
    return this.#letGo !== null;
  }

  /** Takes the lock if it is free. */
  tryAcquire() {
    return this.#request({ ifAvailable: true });
  }

  /** Waits, however long, until the lock is free. False when `release` or `steal` ended the waiting. */
  async wait() {
    const waiting = new AbortController();
    this.#waiting = waiting;
    try {
      return await this.#request({ signal: waiting.signal });
    } catch (error) {
      if (waiting.signal.aborted) return false;
      throw error;
    }
  }

  /** Takes the lock away from whoever holds it. */
  steal() {
    this.#waiting?.abort();
    return this.#request({ steal: true });
  }

  release() {
    this.#waiting?.abort();
    this.#letGo?.();
    this.#letGo = null;
  }

  /**
   * @param {LockOptions} options
   * @returns {Promise<boolean>}
   */
  #request(options) {
    const locks = this.#locks;
    if (locks === undefined) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      /** @type {() => void} */
      let letGo = () => {};
      const held = new Promise((/** @type {(value: void) => void} */ end) => {
        letGo = end;
      });
      locks
        .request(this.#name, options, (lock) => {
          if (lock === null) return resolve(false);
          this.#letGo = letGo;
          resolve(true);
          return held;
        })
        .catch((error) => {
          if (this.#letGo !== letGo) return reject(error);
          this.#letGo = null;
          this.onlost();
        });
    });
  }
}
