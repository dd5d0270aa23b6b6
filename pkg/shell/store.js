// @ts-check
import { PaygressShellError, words } from "./errors.js";

/** @typedef {import("../wasm/paygress.js").StoredRecord} StoredRecord */
/** @typedef {import("../wasm/paygress.js").RecordChange} RecordChange */

const DATABASE_VERSION = 1;
const RECORD_VERSION = 1;
const RECORDS = "records";
const WRITER = "writer";

/**
 * The records of one wallet in IndexedDB. Anybody may read; who writes calls `takeOver` first and holds a `Writer` until the
 * next one takes over.
 */
export class Store {
  #database;
  /**
   * Called once when the browser or another tab closed the database; nothing can be written afterwards.
   * @type {(sentence: string) => void}
   */
  onclosed = () => {};

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    database.onversionchange = () => {
      database.close();
      this.onclosed("a newer version of this page was opened in another tab; reload this one");
    };
    database.onclose = () => this.onclosed("the browser closed the store of this page; reload to go on");
  }

  /**
   * @param {string} name
   * @param {IDBFactory | undefined} [factory]
   * @returns {Promise<Store>}
   */
  static open(name, factory = globalThis.indexedDB) {
    return new Promise((resolve, reject) => {
      /** @param {unknown} cause */
      const refuse = (cause) => {
        if (cause instanceof DOMException && cause.name === "VersionError") {
          const sentence = "what is stored here was written by a newer version of this page; reload to get that version";
          return reject(new PaygressShellError("store-newer", sentence, { cause }));
        }
        const sentence =
          "this browser keeps nothing for this page (a private window, or storage is switched off), so money here would be "
          + "gone when it closes; open the page in an ordinary window";
        reject(new PaygressShellError("no-store", sentence, { cause }));
      };
      if (!factory) return refuse("IndexedDB is missing");
      let request;
      try {
        request = factory.open(name, DATABASE_VERSION);
      } catch (error) {
        return refuse(error);
      }
      request.onupgradeneeded = () => {
        request.result.createObjectStore(RECORDS, { keyPath: "key" });
        request.result.createObjectStore(WRITER, { keyPath: "key" });
      };
      request.onsuccess = () => resolve(new Store(request.result));
      request.onerror = () => refuse(request.error);
    });
  }

  /**
   * All records as they are now, without the right to write.
   * @returns {Promise<StoredRecord[]>}
   */
  async read() {
    const transaction = this.#transaction("readonly");
    const all = transaction.objectStore(RECORDS).getAll();
    await done(transaction);
    return checked(all.result);
  }

  /**
   * Raises the writer's epoch, which ends every writer before, and reads all records in the same transaction.
   * @returns {Promise<{ writer: Writer, records: StoredRecord[] }>}
   */
  async takeOver() {
    const transaction = this.#transaction("readwrite");
    const writers = transaction.objectStore(WRITER);
    let epoch = 0;
    const before = writers.get("epoch");
    before.onsuccess = () => {
      epoch = (before.result?.value ?? 0) + 1;
      writers.put({ key: "epoch", version: RECORD_VERSION, value: epoch });
    };
    const all = transaction.objectStore(RECORDS).getAll();
    await done(transaction);
    const records = checked(all.result);
    return { writer: new Writer(() => this.#transaction("readwrite"), epoch), records };
  }

  close() {
    this.#database.onversionchange = this.#database.onclose = null;
    this.#database.close();
  }

  /** @param {"readonly" | "readwrite"} mode */
  #transaction(mode) {
    try {
      return this.#database.transaction([RECORDS, WRITER], mode, { durability: "strict" });
    } catch (error) {
      throw new PaygressShellError("store-failed", `the store is closed: ${words(error)}`, { cause: error });
    }
  }
}

/** The right to write, until somebody takes over. Commits are written one after the other, each whole or not at all. */
export class Writer {
  #begin;
  #epoch;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {() => IDBTransaction} begin
   * @param {number} epoch
   */
  constructor(begin, epoch) {
    this.#begin = begin;
    this.#epoch = epoch;
  }

  /**
   * Resolves once the changes are durable. Rejects with `lost` or `store-failed` when nothing was written; every later
   * commit of this writer is then refused with the same reason, so that none is written over a gap.
   * @param {readonly RecordChange[]} changes
   * @returns {Promise<void>}
   */
  commit(changes) {
    this.#last = this.#last.then(() => this.#write(changes));
    return this.#last;
  }

  /** @param {readonly RecordChange[]} changes */
  #write(changes) {
    const transaction = this.#begin();
    /** @type {PaygressShellError | null} */
    let reason = null;
    const finished = done(transaction).catch((error) => {
      throw reason ?? error;
    });
    /** @param {PaygressShellError} why */
    const abort = (why) => {
      reason = why;
      transaction.abort();
    };
    // The transaction dies across an await, so everything is issued at once and the epoch's answer may still abort it all.
    const stored = transaction.objectStore(WRITER).get("epoch");
    stored.onsuccess = () => {
      if (stored.result?.value !== this.#epoch) {
        abort(new PaygressShellError("lost", "another tab took over the wallet; nothing was written here"));
      }
    };
    const records = transaction.objectStore(RECORDS);
    try {
      for (const { key, value } of changes) {
        if (value === null) records.delete(key);
        else records.put({ key, version: RECORD_VERSION, value });
      }
    } catch (error) {
      abort(new PaygressShellError("store-failed", `the store refused a record: ${words(error)}`));
    }
    return finished;
  }
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => {
      const full = transaction.error?.name === "QuotaExceededError";
      const sentence = full
        ? "the browser has no room left for this page; free some space, then open the page again"
        : `the store refused to write (${transaction.error?.name ?? "aborted"}); open the page again`;
      reject(new PaygressShellError("store-failed", sentence, { cause: transaction.error }));
    };
  });
}

/**
 * @param {{ key: string, version: number, value: string }[]} rows
 * @returns {StoredRecord[]}
 */
function checked(rows) {
  if (rows.some((row) => row.version > RECORD_VERSION)) {
    const sentence = "what is stored here was written by a newer version of this page; reload to get that version";
    throw new PaygressShellError("store-newer", sentence);
  }
  return rows.map(({ key, value }) => ({ key, value }));
}
