// @ts-check

/**
 * The memory, outside of the store, that this browser holds a wallet: when it was first written, and nothing else. A store that
 * is empty beside it was deleted. Where the browser deletes both, there is nothing left to notice it by.
 */
export class Keepsake {
  #key;
  #storage;
  /** @type {number | null} */
  #since = null;

  /**
   * @param {string} name
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} [storage]
   */
  constructor(name, storage = localStorageOrNothing()) {
    this.#key = `${name}-since`;
    this.#storage = storage;
    this.#since = this.#stored();
  }

  /** When a wallet was first written here, in Unix seconds; null when none is remembered. */
  get since() {
    return this.#since;
  }

  /**
   * Remembers that a wallet is here. The first time counts.
   * @param {number} now
   */
  remember(now) {
    this.#since ??= now;
    if (this.#stored() === this.#since) return;
    try {
      this.#storage?.setItem(this.#key, String(this.#since));
    } catch {
      // The wallet is in its store; only the proof that it was there is missing.
    }
  }

  forget() {
    this.#since = null;
    try {
      this.#storage?.removeItem(this.#key);
    } catch {
      // What could not be removed only asks once more at the next start.
    }
  }

  #stored() {
    try {
      const text = this.#storage?.getItem(this.#key) ?? null;
      if (text === null) return null;
      const since = Number(text);
      return Number.isSafeInteger(since) && since > 0 ? since : 0;
    } catch {
      return null;
    }
  }
}

function localStorageOrNothing() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // reading the property throws where storage is switched off
  }
}
