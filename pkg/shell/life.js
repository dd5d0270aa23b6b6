// @ts-check
import { Run } from "./client.js";
import { PaygressShellError, isSealed, words } from "./errors.js";
import { Keepsake } from "./keepsake.js";
import { WriterLock } from "./lock.js";
import { checkKey, fileOfSealed, makeKey, newRecipe, recipeOfFile, sealOf } from "./passphrase.js";
import { loadProgram, openAnew, openClient, resetProgram } from "./program.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";

/** @typedef {import("../wasm/paygress.js").Client} Client */
/** @typedef {import("../wasm/paygress.js").Effect} Effect */
/** @typedef {import("../wasm/paygress.js").Started} Started */
/** @typedef {import("../wasm/paygress.js").View} View */
/** @typedef {import("../wasm/paygress.js").SealedFile} SealedFile */
/** @typedef {import("./index.js").Status} Status */
/** @typedef {import("./index.js").OpenOptions} OpenOptions */

const ALL_VIEWS = /** @type {const} */ (["market", "leases", "wallet", "settings", "notices"]);
const MOST_RESTARTS = 3;
const RESTARTS_COUNT_FOR_MS = 60_000;
const CLEARING_MS = 1000;

/**
 * What a tab is to the wallet, one role after the other: it writes, waits for its turn, is locked or has stopped. Holds the store, the
 * right to write and the keys.
 */
export class Life {
  #store;
  #lock;
  #tabs;
  #keepsake;
  /** @type {Run | null} */
  #run = null;
  /** @type {Client | null} */
  #snapshot = null;
  /** @type {Uint8Array | null} of the passphrase, while the wallet is not locked */
  #key = null;
  /** Locked, while what was under way goes on. */
  #veiled = false;
  #wasm;
  /** Counts what this tab was in turn, so that whatever awaits in one role does not go on in the next. */
  #role = 0;
  /** @type {Promise<void>} */
  #following = Promise.resolve();
  /** Why this tab follows. */
  #because = ANOTHER_TAB;
  #rereading = false;
  /** @type {Set<(views: readonly View[]) => void>} */
  #listeners = new Set();
  /** @type {Set<(status: Status) => void>} */
  #statusListeners = new Set();
  /** @type {Status} */
  #status = { mode: "read-only", sentence: null, canTakeOver: false, persistent: null, restarts: 0 };
  /** @type {number[]} */
  #brokeAt = [];

  /**
   * @param {Store} store
   * @param {WriterLock} lock
   * @param {BroadcastChannel} channel
   * @param {Keepsake} keepsake
   * @param {OpenOptions["wasm"]} wasm
   */
  constructor(store, lock, channel, keepsake, wasm) {
    this.#wasm = wasm;
    this.#store = store;
    this.#lock = lock;
    this.#keepsake = keepsake;
    this.#tabs = new Tabs(channel, {
      holds: () => lock.held,
      onchanged: () => void this.#reread(),
      onshut: () => this.#hide(),
      onhung: () => void this.#rob(),
      onrobbed: () => this.#robbed(),
    });
    store.onclosed = (sentence) => {
      this.#stop(sentence);
      if (!store.hasWallet) return;
      // All data of the page may be going with the store, in any order; the next visitor is to be asked all the same.
      keepsake.remember(seconds());
      setTimeout(() => keepsake.remember(seconds()), CLEARING_MS);
    };
    lock.onlost = () => this.#lost(ANOTHER_TAB);
  }

  /** @param {OpenOptions} options */
  static async open(options) {
    await loadProgram(options.wasm);
    const name = options.store ?? "paygress";
    const keepsake = new Keepsake(name);
    const store = await Store.open(name, undefined, options.startAnew ? null : keepsake.since);
    const channel = new BroadcastChannel(`${name}-changes`);
    const life = new Life(store, new WriterLock(`${name}-writer`), channel, keepsake, options.wasm);
    if (options.onChange) life.subscribe(options.onChange);
    try {
      await life.#settle();
    } catch (error) {
      life.close();
      throw error;
    }
    return life;
  }

  async #settle() {
    if (!this.#lock.available) {
      const role = this.#role;
      await this.#read();
      if (role !== this.#role) return;
      return this.#become({ mode: "read-only", sentence: WITHOUT_LOCKS, canTakeOver: false });
    }
    if (await this.#lock.tryAcquire()) await this.#write();
    else this.#follow();
    await this.#following;
  }

  get status() {
    return this.#status;
  }

  /**
   * @param {(views: readonly View[]) => void} listener
   * @returns {() => void}
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * @param {(status: Status) => void} listener
   * @returns {() => void}
   */
  subscribeStatus(listener) {
    this.#statusListeners.add(listener);
    return () => {
      this.#statusListeners.delete(listener);
    };
  }

  async takeOver() {
    if (!this.#status.canTakeOver) throw this.#refusal();
    this.#tabs.chosen();
    if (await this.#lock.steal()) await this.#write();
  }

  close() {
    this.#role += 1;
    this.#end();
    this.#forgetKey();
    this.#lock.onlost = () => {};
    this.#lock.release();
    this.#tabs.close();
    this.#store.close();
    this.#status = { ...this.#status, mode: "stopped", sentence: "closed", canTakeOver: false };
  }

  /**
   * @param {string} passphrase
   * @param {string} [present]
   */
  async setPassphrase(passphrase, present) {
    const before = await this.#presentKey(present);
    const recipe = newRecipe();
    const key = await makeKey(passphrase, recipe, this.#wasm);
    await this.change((client, now) => client.setPassphrase(now, before, recipe, key));
    this.#key = key;
  }

  /** @param {string} present */
  async removePassphrase(present) {
    const before = await this.#presentKey(present);
    if (before === undefined) return;
    await this.change((client, now) => client.removePassphrase(now, before));
    this.#forgetKey();
  }

  /** @param {"here" | "all"} [where] */
  lock(where = "here") {
    if (where === "all") this.#tabs.shut();
    this.#hide();
  }

  /** @param {string} passphrase */
  async unlock(passphrase) {
    const role = this.#role;
    if (this.#status.mode !== "locked") return;
    await this.#tabs.awake();
    const seal = sealOf(await this.#store.read());
    const key = seal === undefined ? null : await makeKey(passphrase, seal, this.#wasm);
    if (seal !== undefined && key !== null) checkKey(seal, key);
    if (role !== this.#role || this.#status.mode !== "locked") return;
    this.#key = key;
    if (!this.#veiled) return this.#settle();
    this.#veiled = false;
    this.#become({ mode: "writing", sentence: null });
    this.#tell(ALL_VIEWS);
  }

  /** @returns {Promise<SealedFile>} */
  async lockedFile() {
    return fileOfSealed(await this.#store.read());
  }

  async startOver() {
    if (this.#status.mode !== "locked") throw new PaygressShellError("not-writing", "the wallet is open; lock it first");
    if (this.#veiled) throw new PaygressShellError("locked", "something is still under way in this wallet; unlock it instead");
    if (!(await this.#lock.tryAcquire())) throw new PaygressShellError("not-writing", "the wallet is open in another tab; close that one first");
    await this.#write(openAnew);
  }

  /** @param {string} passphrase */
  async saveFile(passphrase) {
    const recipe = newRecipe();
    const key = await makeKey(passphrase, recipe, this.#wasm);
    return this.writing().view((client) => client.saveFile(recipe, key));
  }

  /**
   * @param {string} text
   * @param {string} passphrase
   */
  async openFile(text, passphrase) {
    this.writing();
    const key = await makeKey(passphrase, recipeOfFile(text), this.#wasm);
    await this.change((client, now) => client.openFile(now, text, key));
    if (this.#lock.held) await this.#write(); // else it was lost or locked meanwhile, and is opened from the store later
  }

  /**
   * @template T
   * @param {(client: Client, now: number) => T} read
   * @returns {T}
   */
  view(read) {
    if (this.#veiled) throw this.#refusal();
    if (this.#run !== null) return this.#run.view(read);
    if (this.#snapshot !== null) return read(this.#snapshot, seconds());
    throw this.#refusal();
  }

  /**
   * @param {(client: Client, now: number) => Effect[]} intent
   * @returns {Promise<void>}
   */
  async change(intent) {
    await this.writing().intend(intent);
  }

  /**
   * @param {(client: Client, now: number) => Started} intent
   * @returns {Promise<string>}
   */
  async begin(intent) {
    return /** @type {string} */ (await this.writing().intend(intent));
  }

  writing() {
    if (this.#run === null || this.#veiled) throw this.#refusal();
    return this.#run;
  }

  /**
   * @param {string | undefined} passphrase
   * @returns {Promise<Uint8Array | undefined>}
   */
  async #presentKey(passphrase) {
    const seal = this.writing().view((client) => client.seal());
    return seal === undefined || passphrase === undefined ? undefined : makeKey(passphrase, seal, this.#wasm);
  }

  #refusal() {
    const { mode, sentence } = this.#status;
    return new PaygressShellError(mode === "stopped" || mode === "locked" ? mode : "not-writing", sentence ?? "this tab does not hold the wallet");
  }

  /**
   * Takes the store over and starts a run on what it holds. The lock is held.
   * @param {typeof openClient | typeof openAnew} [open]
   */
  async #write(open = openClient) {
    const role = ++this.#role;
    this.#tabs.unwatch();
    try {
      await this.#tabs.awake();
      if (role !== this.#role) return;
      const { writer, records } = await this.#store.takeOver();
      if (role !== this.#role) return; // lost again meanwhile, and handled there
      if (records.length > 0) this.#keepsake.remember(seconds());
      else this.#keepsake.forget(); // a new wallet, and nothing that was here is missing
      const client = open(records, seconds(), this.#key);
      if (client.seal() === undefined) this.#forgetKey();
      this.#end();
      const run = new Run(client, {
        commit: (changes) => writer.commit(changes),
        erase: () => this.#erase(writer),
        onchanged: (views) => {
          this.#tell(views);
          this.#shutWhenDone();
        },
        oncommitted: () => {
          this.#keepsake.remember(seconds());
          this.#tabs.changed();
          this.#shutWhenDone();
        },
        onlost: () => this.#lost(ANOTHER_TAB),
        onfailed: (error) => void this.#fail(error),
        ontrap: (error) => void this.#rebuild(error),
      });
      this.#run = run;
      if (!this.#veiled) this.#become({ mode: "writing", sentence: null, canTakeOver: false });
      try {
        run.start();
      } catch (error) {
        if (!run.stopped) throw error; // a run that stopped itself has been told of, and is being rebuilt
      }
    } catch (error) {
      if (role !== this.#role) return;
      if (isSealed(error)) return this.#shut();
      this.#stop(words(error));
      throw error;
    }
    this.#tell(ALL_VIEWS);
    void this.#askPersistence();
  }

  /** Shows what is stored until the lock is free, or its holder stops answering. */
  async #wait() {
    const role = ++this.#role;
    await this.#read();
    if (role !== this.#role) return;
    this.#become({ mode: "waiting", sentence: this.#because, canTakeOver: true });
    this.#tabs.watch();
    void this.#lock
      .wait()
      .then((acquired) => (acquired && role === this.#role ? this.#write() : undefined))
      .catch((error) => this.#stop(words(error)));
  }

  #follow() {
    this.#following = this.#wait();
    this.#following.catch((error) => this.#stop(words(error)));
  }

  /** Takes the lock from a tab that stopped answering. The epoch is raised with it, so that nothing is written when that one wakes. */
  async #rob() {
    try {
      if (await this.#lock.steal()) await this.#write();
    } catch (error) {
      this.#stop(words(error));
    }
  }

  #robbed() {
    if (this.#lock.held) return this.#lost(STOOD_STILL);
    this.#because = STOOD_STILL;
    if (this.#status.mode === "waiting") this.#become({ sentence: STOOD_STILL });
  }

  /** Shows what is stored, without starting anything. */
  async #read() {
    const role = this.#role;
    await this.#tabs.awake();
    if (role !== this.#role) return;
    const records = await this.#store.read();
    if (role !== this.#role) return;
    try {
      const client = openClient(records, seconds(), this.#key);
      if (client.seal() === undefined) this.#forgetKey();
      this.#end();
      this.#snapshot = client;
    } catch (error) {
      if (isSealed(error)) return this.#shut();
      throw error;
    }
    this.#tell(ALL_VIEWS);
  }

  /** Hides what is here, and drops the keys as soon as nothing needs them. */
  #hide() {
    if (this.#key === null || this.#status.mode === "locked" || this.#status.mode === "stopped") return;
    if (!this.#run?.view((client) => client.isBusy())) return this.#shut();
    this.#veiled = true;
    this.#become({ mode: "locked", sentence: LOCKED_BUSY, canTakeOver: false });
  }

  #shutWhenDone() {
    if (this.#veiled && this.#run !== null && !this.#run.stopped && !this.#run.view((client) => client.isBusy())) this.#shut();
  }

  /** Drops the keys, and with them the right to write. */
  #shut() {
    this.#role += 1;
    this.#tabs.unwatch();
    this.#end();
    this.#forgetKey();
    this.#veiled = false;
    this.#lock.release();
    this.#become({ mode: "locked", sentence: LOCKED, canTakeOver: false });
  }

  #forgetKey() {
    this.#key?.fill(0);
    this.#key = null;
  }

  async #reread() {
    if (this.#snapshot === null || this.#rereading) return;
    this.#rereading = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
    this.#rereading = false;
    if (this.#snapshot === null) return;
    try {
      await this.#read();
    } catch (error) {
      this.#stop(words(error));
    }
  }

  /** @param {string} sentence */
  #lost(sentence) {
    if (this.#status.mode === "stopped") return;
    if (this.#veiled) return this.#shut();
    this.#end();
    this.#lock.release();
    this.#because = sentence;
    this.#follow();
  }

  /**
   * The store refused a commit: memory is ahead of it, so what is shown from now on is what is stored.
   * @param {unknown} error
   */
  async #fail(error) {
    if (this.#veiled) return this.#shut();
    this.#stop(words(error));
    // Where it cannot be read either, the sentence stands alone.
    await this.#read().catch(() => {});
  }

  /**
   * The program wants everything deleted. What is remembered beside the store goes after it: an empty store that is called
   * gone must never be one that was erased.
   * @param {import("./store.js").Writer} writer
   */
  async #erase(writer) {
    try {
      await writer.erase();
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
    this.#keepsake.forget();
    this.#tabs.changed();
    this.#stop(ERASED_HERE);
  }

  /** @param {unknown} error */
  async #rebuild(error) {
    const now = performance.now();
    this.#brokeAt = [...this.#brokeAt.filter((at) => now - at < RESTARTS_COUNT_FOR_MS), now];
    this.#run = null;
    if (this.#brokeAt.length > MOST_RESTARTS) {
      return this.#stop(`the program broke again and again (${words(error)}); your money is in the store; reload the page`);
    }
    this.#become({ restarts: this.#status.restarts + 1 });
    try {
      resetProgram();
      await this.#write();
    } catch (cause) {
      this.#stop(words(cause));
    }
  }

  /** @param {string} sentence */
  #stop(sentence) {
    if (this.#status.mode === "stopped") return;
    this.#role += 1;
    this.#tabs.unwatch();
    this.#end();
    this.#lock.release();
    this.#become({ mode: "stopped", sentence, canTakeOver: false });
  }

  #end() {
    this.#run?.stop();
    this.#run = null;
    this.#snapshot?.free();
    this.#snapshot = null;
  }

  /** @param {Partial<Status>} change */
  #become(change) {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#statusListeners) listener(this.#status);
  }

  /** @param {readonly View[]} views */
  #tell(views) {
    for (const listener of this.#listeners) listener(views);
  }

  async #askPersistence() {
    const storage = globalThis.navigator?.storage;
    if (typeof storage?.persist !== "function") return;
    const persistent = (await storage.persisted()) || (await storage.persist());
    this.#become({ persistent });
  }
}

const LOCKED = "the wallet is locked; enter its passphrase";

const LOCKED_BUSY =
  "the wallet is locked; what was under way goes on, and its keys are dropped when that is done; enter the passphrase to see it";

const ANOTHER_TAB =
  "another tab of this page holds the wallet; this one shows what is stored and takes its turn when that one closes or hangs";

const STOOD_STILL =
  "this tab stood still for several seconds, so another tab of this page took the wallet over; this one shows what is stored and "
  + "takes its turn when that one closes or hangs";

const WITHOUT_LOCKS = globalThis.isSecureContext === false
  ? "this page came over plain http, where the browser cannot keep two tabs from spending the same money, so nothing is changed "
    + "here; open it over https or on this machine as localhost"
  : "this browser has no Web Locks, so two tabs could spend the same money and nothing is changed here; use a current browser";

const ERASED_HERE = "everything that was stored here was erased; open the page again to begin with an empty wallet";

function seconds() {
  return Math.floor(Date.now() / 1000);
}
