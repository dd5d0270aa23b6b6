// @ts-check
import { PaygressShellError, words } from "./errors.js";

/** @typedef {import("../wasm/paygress.js").StoredRecord} StoredRecord */
/** @typedef {import("../wasm/paygress.js").RecordChange} RecordChange */

const DATABASE_VERSION = 1;
/** 2: records may be sealed. A page that knew of none would take a sealed store for an empty one. */
const RECORD_VERSION = 2;
const RECORDS = "records";
const WRITER = "writer";
const ERASED = "erased";
const OPEN_MS = 15_000;

const NEWER = "what is stored here was written by a newer version of this page; reload to get that version";
const NO_ROOM = "the browser has no room left for this page; free some space on this device, then open the page again";

/**
 * The records of one wallet in IndexedDB. Anybody may read; who writes calls `takeOver` first and holds a `Writer` until the
 * next one takes over.
 */
export class Store {
  #database;
  #wallet;
  /**
   * Called once when the browser or another tab closed the database; nothing can be written afterwards.
   * @type {(sentence: string) => void}
   */
  onclosed = () => {};

  /**
   * @param {IDBDatabase} database
   * @param {number | null} since
   */
  constructor(database, since) {
    this.#database = database;
    this.#wallet = new Wallet(since);
    database.onversionchange = ({ newVersion }) => {
      database.close();
      this.onclosed(newVersion === null ? DELETED : "a newer version of this page was opened in another tab; reload this one");
    };
    database.onclose = () => this.onclosed(CLOSED);
  }

  /** Whether a wallet was in the store while it was open, or must be. */
  get hasWallet() {
    return this.#wallet.expected;
  }

  /**
   * @param {string} name
   * @param {IDBFactory | undefined} [factory]
   * @param {number | null} [since] when the wallet was made that must be in it, in Unix seconds; null where none need be
   * @returns {Promise<Store>}
   */
  static open(name, factory = globalThis.indexedDB, since = null) {
    return new Promise((resolve, reject) => {
      /** @param {unknown} cause */
      const refuse = (cause) => reject(unopened(cause));
      if (!factory) return refuse(new DOMException("IndexedDB is missing", "NotFoundError"));
      let request;
      try {
        request = factory.open(name, DATABASE_VERSION);
      } catch (error) {
        return refuse(error);
      }
      let late = false;
      const deadline = setTimeout(() => {
        late = true;
        refuse(new DOMException("no answer", "TimeoutError"));
      }, OPEN_MS);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(RECORDS, { keyPath: "key" });
        request.result.createObjectStore(WRITER, { keyPath: "key" });
      };
      request.onsuccess = () => {
        clearTimeout(deadline);
        if (late) request.result.close(); // nobody would close it when a newer page wants it
        else resolve(new Store(request.result, since));
      };
      request.onerror = () => {
        clearTimeout(deadline);
        refuse(request.error);
      };
    });
  }

  /**
   * All records as they are now, without the right to write. Rejects with `store-gone` when there was a wallet and there is none.
   * @returns {Promise<StoredRecord[]>}
   */
  async read() {
    const transaction = this.#transaction("readonly");
    const erased = transaction.objectStore(WRITER).get(ERASED);
    const all = transaction.objectStore(RECORDS).getAll();
    await done(transaction);
    if (!this.#wallet.isIn(all.result, erased.result !== undefined)) throw this.#wallet.gone();
    return checked(all.result);
  }

  /**
   * Raises the writer's epoch, which ends every writer before, and reads all records in the same transaction. Rejects with
   * `store-gone`, and leaves the store as it is, when there was a wallet and there is none.
   * @returns {Promise<{ writer: Writer, records: StoredRecord[] }>}
   */
  async takeOver() {
    const transaction = this.#transaction("readwrite");
    const { finished, abort } = abortable(transaction);
    const writers = transaction.objectStore(WRITER);
    let epoch = 0;
    const before = writers.get("epoch");
    before.onsuccess = () => {
      epoch = (before.result?.value ?? 0) + 1;
      writers.put({ key: "epoch", version: RECORD_VERSION, value: epoch });
    };
    const erased = writers.get(ERASED);
    const all = transaction.objectStore(RECORDS).getAll();
    all.onsuccess = () => {
      if (!this.#wallet.isIn(all.result, erased.result !== undefined)) abort(this.#wallet.gone());
    };
    await finished;
    const records = checked(all.result);
    return { writer: new Writer(() => this.#transaction("readwrite"), epoch, this.#wallet), records };
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
      const sentence = `the store of this page is closed (${words(error)}); open the page again`;
      throw new PaygressShellError("store-failed", sentence, { cause: error });
    }
  }
}

/** The right to write, until somebody takes over. Commits are written one after the other, each whole or not at all. */
export class Writer {
  #begin;
  #epoch;
  #wallet;
  /** @type {Promise<void>} */
  #last = Promise.resolve();

  /**
   * @param {() => IDBTransaction} begin
   * @param {number} epoch
   * @param {Wallet} wallet
   */
  constructor(begin, epoch, wallet) {
    this.#begin = begin;
    this.#epoch = epoch;
    this.#wallet = wallet;
  }

  /**
   * Resolves once the changes are durable. Rejects with `lost`, `store-gone` or `store-failed` when nothing was written; every
   * later commit of this writer is then refused with the same reason, so that none is written over a gap.
   * @param {readonly RecordChange[]} changes
   * @returns {Promise<void>}
   */
  commit(changes) {
    this.#last = this.#last.then(() =>
      this.#write((records, writers) => {
        for (const { key, value } of changes) {
          if (value === null) records.delete(key);
          else records.put({ key, version: RECORD_VERSION, value });
        }
        if (!this.#wallet.expected) writers.delete(ERASED);
      }).then(() => this.#wallet.written()),
    );
    return this.#last;
  }

  /**
   * Deletes every record and notes that this was meant, in one transaction: a store that is found empty beside that note was
   * not lost. Rejects as `commit`.
   * @returns {Promise<void>}
   */
  erase() {
    this.#last = this.#last.then(() =>
      this.#write((records, writers) => {
        records.clear();
        writers.put({ key: ERASED, version: RECORD_VERSION, value: true });
      }).then(() => this.#wallet.erased()),
    );
    return this.#last;
  }

  /** @param {(records: IDBObjectStore, writers: IDBObjectStore) => void} work */
  async #write(work) {
    const transaction = this.#begin();
    const { finished, abort } = abortable(transaction);
    // The transaction dies across an await, so everything is issued at once and the epoch's answer may still abort it all.
    const writers = transaction.objectStore(WRITER);
    const stored = writers.get("epoch");
    stored.onsuccess = () => {
      const epoch = stored.result?.value;
      if (epoch === undefined) abort(this.#wallet.gone());
      else if (epoch !== this.#epoch) abort(new PaygressShellError("lost", "another tab took over the wallet; nothing was written here"));
    };
    try {
      work(transaction.objectStore(RECORDS), writers);
    } catch (error) {
      abort(new PaygressShellError("store-failed", `the store refused a record: ${words(error)}`));
    }
    await finished;
  }
}

/** What is known of the wallet in a store, so that an empty one is not taken for a new one. */
class Wallet {
  #since;
  #seen = false;
  #erased = false;
  expected;

  /** @param {number | null} since */
  constructor(since) {
    this.#since = since;
    this.expected = since !== null;
  }

  /**
   * Whether the wallet is where it must be. One that was seen once must be there ever after; one that is only remembered may
   * have been erased.
   * @param {readonly unknown[]} rows all that are stored
   * @param {boolean} erased whether the store says so
   */
  isIn(rows, erased) {
    if (rows.length > 0) this.written();
    else if (!this.#seen && erased) this.erased();
    else this.#erased = erased;
    return rows.length > 0 || !this.expected;
  }

  written() {
    this.#seen = this.expected = true;
  }

  erased() {
    this.#seen = this.expected = false;
    this.#since = null;
  }

  gone() {
    if (this.#erased) return new PaygressShellError("store-gone", ERASED_ELSEWHERE);
    const day = this.#since ? ` since ${new Date(this.#since * 1000).toISOString().slice(0, 10)}` : "";
    const sentence =
      `the wallet that was in this browser${day} is gone: the browser deleted its store, or the data of this page was cleared; `
      + "restore your money from its twelve words";
    return new PaygressShellError("store-gone", sentence);
  }
}

const ERASED_ELSEWHERE =
  "everything that was stored here was erased in another tab; open the page again to begin with an empty wallet";

const DELETED = "the wallet of this browser was deleted in another tab; your money can be restored from its twelve words";

const CLOSED =
  "the browser closed the store of this page, or deleted it; open the page again to see what is left, and restore what is missing "
  + "from your twelve words";

/**
 * Why the database did not open.
 * @param {unknown} cause
 */
function unopened(cause) {
  const name = cause instanceof DOMException ? cause.name : "Error";
  switch (name) {
    case "VersionError":
      return new PaygressShellError("store-newer", NEWER, { cause });
    case "QuotaExceededError":
      return new PaygressShellError("store-failed", NO_ROOM, { cause });
    case "UnknownError":
    case "AbortError":
    case "DataError":
    case "TimeoutError": {
      const sentence =
        `the browser cannot open the store of this page (${name}); close its other tabs or restart the browser, then open it again, `
        + "and do not clear its data: your money is in it";
      return new PaygressShellError("store-failed", sentence, { cause });
    }
    default: {
      const sentence =
        "this browser keeps nothing for this page (a private window, or storage is switched off), so money here would be "
        + "gone when it closes; open the page in an ordinary window";
      return new PaygressShellError("no-store", sentence, { cause });
    }
  }
}

/**
 * A transaction that may be ended with a reason of ours.
 * @param {IDBTransaction} transaction
 */
function abortable(transaction) {
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
  return { finished, abort };
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
        ? NO_ROOM
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
  if (rows.some((row) => row.version > RECORD_VERSION)) throw new PaygressShellError("store-newer", NEWER);
  return rows.map(({ key, value }) => ({ key, value }));
}
