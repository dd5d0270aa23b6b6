// @ts-check
export { PaygressShellError } from "./errors.js";
export { unreachableFromHere } from "./reach.js";

/** @typedef {import("../wasm/paygress.js").Client} Client */
/** @typedef {import("../wasm/paygress.js").Effect} Effect */
/** @typedef {import("../wasm/paygress.js").Started} Started */
/** @typedef {import("../wasm/paygress.js").View} View */
/** @typedef {import("../wasm/paygress.js").PaygressError} PaygressError */
/** @typedef {import("../wasm/paygress.js").ErrorCode} ErrorCode */
/** @typedef {import("../wasm/paygress.js").MarketQuery} MarketQuery */
/** @typedef {import("../wasm/paygress.js").MarketPage} MarketPage */
/** @typedef {import("../wasm/paygress.js").MarketRow} MarketRow */
/** @typedef {import("../wasm/paygress.js").Tier} Tier */
/** @typedef {import("../wasm/paygress.js").Template} Template */
/** @typedef {import("../wasm/paygress.js").Order} Order */
/** @typedef {import("../wasm/paygress.js").Quote} Quote */
/** @typedef {import("../wasm/paygress.js").LeasesView} LeasesView */
/** @typedef {import("../wasm/paygress.js").LeaseView} LeaseView */
/** @typedef {import("../wasm/paygress.js").Liveness} Liveness */
/** @typedef {import("../wasm/paygress.js").Access} Access */
/** @typedef {import("../wasm/paygress.js").WalletView} WalletView */
/** @typedef {import("../wasm/paygress.js").MintView} MintView */
/** @typedef {import("../wasm/paygress.js").Unit} Unit */
/** @typedef {import("../wasm/paygress.js").OperationView} OperationView */
/** @typedef {import("../wasm/paygress.js").PaymentRequestView} PaymentRequestView */
/** @typedef {import("../wasm/paygress.js").ScoutView} ScoutView */
/** @typedef {import("../wasm/paygress.js").AddressView} AddressView */
/** @typedef {import("../wasm/paygress.js").SettingsView} SettingsView */
/** @typedef {import("../wasm/paygress.js").RelayView} RelayView */
/** @typedef {import("../wasm/paygress.js").NoticesView} NoticesView */
/** @typedef {import("../wasm/paygress.js").SealedFile} SealedFile */
/** @typedef {import("./errors.js").ShellErrorCode} ShellErrorCode */

/**
 * What this tab may do.
 *
 * - `writing`: everything.
 * - `waiting`: another tab writes; this one shows what is stored and takes its turn when that one closes or stops answering.
 * - `read-only`: this browser cannot guard the wallet against a second tab, so nothing is changed here.
 * - `locked`: the wallet is sealed under a passphrase; `unlock` opens it. Nothing is shown or changed meanwhile, but what was under
 *   way when the tab was locked goes on until it is done.
 * - `stopped`: nothing any more; the sentence says why and what to do. Views answer from what is stored where it can be read, and
 *   are refused otherwise.
 * @typedef {"writing" | "waiting" | "read-only" | "locked" | "stopped"} Mode
 */

/**
 * @typedef {object} Status
 * @property {Mode} mode
 * @property {string | null} sentence why it is not `writing`, and what to do
 * @property {boolean} canTakeOver whether `takeOver` would help
 * @property {boolean | null} persistent whether the browser promised to keep the store; null while unknown
 * @property {number} restarts how often the program broke and was rebuilt from the store
 */

/**
 * @typedef {object} OpenOptions
 * @property {string | URL | Request | Response | BufferSource | WebAssembly.Module} [wasm] where the wasm file is, its bytes or
 *   the compiled module; beside the package's glue when left out
 * @property {string} [store] name of the IndexedDB database and of the lock; `"paygress"` when left out
 * @property {boolean} [startAnew] makes an empty wallet where the one that was here is gone (`store-gone`); one that is there is opened
 *   as ever
 * @property {(views: readonly View[]) => void} [onChange] as `subscribe`
 */

import { Life } from "./life.js";

/**
 * Loads the program, opens the store and starts the client.
 *
 * ```js
 * const paygress = await openPaygress({ onChange: () => draw(paygress.wallet()) });
 * await paygress.addMint("https://mint.example");
 * ```
 * @param {OpenOptions} [options]
 * @returns {Promise<Paygress>} rejects with `PaygressShellError`, or with `PaygressError` when the records cannot be read
 */
export function openPaygress(options) {
  return Paygress.open(options);
}

/**
 * The consumer of a Paygress marketplace, bound to this browser: market, leases, wallet and settings. Made by `openPaygress`.
 *
 * Views answer at once from memory. Intents reject with a `PaygressError` when they are refused, in which case nothing was
 * sent and nothing changed, and resolve when what they started is durable.
 */
export class Paygress {
  #life;

  /**
   * @param {Life} life
   * @private
   */
  constructor(life) {
    this.#life = life;
  }

  /**
   * As `openPaygress`.
   * @param {OpenOptions} [options]
   */
  static async open(options = {}) {
    return new Paygress(await Life.open(options));
  }

  /** What this tab may do, and why. */
  get status() {
    return this.#life.status;
  }

  /**
   * Calls `listener` with the views that have a new revision, never from inside a call. Returns the function that ends it.
   * @param {(views: readonly View[]) => void} listener
   * @returns {() => void}
   */
  subscribe(listener) {
    return this.#life.subscribe(listener);
  }

  /**
   * Calls `listener` with every new `status`. Returns the function that ends it.
   * @param {(status: Status) => void} listener
   * @returns {() => void}
   */
  subscribeStatus(listener) {
    return this.#life.subscribeStatus(listener);
  }

  /** Makes this tab the one that writes; the other one stops writing and follows. */
  takeOver() {
    return this.#life.takeOver();
  }

  /** Ends everything and gives the right to write to the next tab. What was started goes on when the wallet is opened again. */
  close() {
    this.#life.close();
  }

  [Symbol.dispose ?? Symbol.for("dispose")]() {
    this.close();
  }

  // Views

  /**
   * @param {MarketQuery} [query]
   * @returns {MarketPage}
   */
  market(query = {}) {
    return this.#life.view((client, now) => client.market(now, query));
  }

  /** @returns {LeasesView} */
  leases() {
    return this.#life.view((client, now) => client.leases(now));
  }

  /** @returns {WalletView} */
  wallet() {
    return this.#life.view((client) => client.wallet());
  }

  /** @returns {SettingsView} */
  settings() {
    return this.#life.view((client, now) => client.settings(now));
  }

  /** @returns {NoticesView} */
  notices() {
    return this.#life.view((client) => client.notices());
  }

  /** @returns {Template[]} */
  templates() {
    return this.#life.view((client) => client.templates());
  }

  /**
   * What an order would cost, what speaks against it, and the most that can be lost.
   * @param {Order} order
   * @returns {Quote}
   */
  quote(order) {
    return this.#life.view((client, now) => client.quote(now, order));
  }

  /**
   * The text of a token that is handed out: whoever has it has the money.
   * @param {string} operation
   * @returns {string | undefined}
   */
  token(operation) {
    return this.#life.view((client) => client.token(operation));
  }

  /**
   * @param {string} lease
   * @returns {string | undefined}
   */
  leasePassword(lease) {
    return this.#life.view((client) => client.leasePassword(lease));
  }

  /** The twelve words that every secret comes from; `restorePhrase` takes them in another store. Only in the tab that writes. */
  phrase() {
    return this.#life.writing().view((client) => client.phrase());
  }

  // Passphrase and files

  /**
   * Seals everything that is stored under a passphrase, or under another one in place of `present`. Whoever forgets it has only
   * the twelve words left. In the tab that writes.
   * @param {string} passphrase at least eight characters
   * @param {string} [present] the one there is
   */
  setPassphrase(passphrase, present) {
    return this.#life.setPassphrase(passphrase, present);
  }

  /**
   * Stores everything in plain again. In the tab that writes.
   * @param {string} present
   */
  removePassphrase(present) {
    return this.#life.removePassphrase(present);
  }

  /**
   * Chooses after how long without anybody touching it the page is to be locked; null for never. The page watches for that.
   * @param {number | null} secs
   */
  setLockAfter(secs) {
    return this.#life.change((client, now) => client.setLockAfter(now, secs));
  }

  /**
   * Locks this tab, and with `"all"` every other one: nothing is shown or changed until `unlock`. The keys are dropped at once, or
   * when what is under way is done. Does nothing without a passphrase.
   * @param {"here" | "all"} [where]
   */
  lock(where = "here") {
    this.#life.lock(where);
  }

  /**
   * Opens a locked wallet. Rejects with code `wrong-passphrase` when that is what it is.
   * @param {string} passphrase
   */
  unlock(passphrase) {
    return this.#life.unlock(passphrase);
  }

  /**
   * The sealed records of a locked wallet as the text of a file, which `openFile` opens with the same passphrase; and how many they are.
   * @returns {Promise<SealedFile>}
   */
  lockedFile() {
    return this.#life.lockedFile();
  }

  /**
   * Puts an empty wallet in place of a locked one, whose passphrase was forgotten. What was in it is gone from here: keep its
   * `lockedFile`, and have the twelve words. Refused while another tab has the wallet open, or something is under way.
   */
  startOver() {
    return this.#life.startOver();
  }

  /**
   * Everything that is stored as the text of a file, for a passphrase that is asked for when it is opened. In the tab that writes.
   * @param {string} passphrase at least eight characters; need not be that of this wallet
   */
  saveFile(passphrase) {
    return this.#life.saveFile(passphrase);
  }

  /**
   * Puts the wallet of a file in place of this one, which must hold nothing; then every mint is asked what happened since the file
   * was saved. Rejects with `wrong-state`, `wrong-passphrase` or `invalid-file` when nothing was changed.
   * @param {string} text
   * @param {string} passphrase the one it was saved with
   */
  openFile(text, passphrase) {
    return this.#life.openFile(text, passphrase);
  }

  // Intents

  /** @param {string} url */
  addRelay(url) {
    return this.#life.change((client, now) => client.addRelay(now, url));
  }

  /** @param {string} url */
  removeRelay(url) {
    return this.#life.change((client, now) => client.removeRelay(now, url));
  }

  /** @param {SettingsView["quorum"]} quorum */
  setQuorum(quorum) {
    return this.#life.change((client, now) => client.setQuorum(now, quorum));
  }

  /** @param {string} url */
  addMint(url) {
    return this.#life.change((client, now) => client.addMint(now, url));
  }

  /**
   * Removes a mint that holds nothing and where nothing goes on; the refusal says what is there. Its history stays.
   * @param {string} url
   */
  removeMint(url) {
    return this.#life.change((client, now) => client.removeMint(now, url));
  }

  /** Which of the twelve words are asked for, counted from 1; the same ones until they were answered well. Only in the tab that writes. */
  phraseQuiz() {
    return this.#life.writing().view((client) => client.phraseQuiz());
  }

  /**
   * Remembers that the words were written down. Refused, with the places of the wrong ones, unless these are the words that
   * `phraseQuiz` asked for.
   * @param {string[]} words
   */
  answerQuiz(words) {
    return this.#life.change((client, now) => client.answerQuiz(now, words));
  }

  /**
   * Erases everything that this browser stores of the wallet, and stops; the page is to be opened again. Refused with code
   * `wrong-state`, which says what would be lost, unless the words that `phraseQuiz` asked for are given.
   * @param {string[]} [words]
   */
  eraseDevice(words) {
    return this.#life.change((client) => client.eraseDevice(words));
  }

  /**
   * Tries whether the twelve words would bring this wallet back: looks for its money in memory and compares; nothing is
   * moved or stored. `wallet().scout` tells how far it got. With `words`, those are tried as they were typed; when they are
   * right, they count as written down.
   * @param {string} [words]
   */
  rehearse(words) {
    return this.#life.change((client, now) => client.rehearse(now, words));
  }

  /**
   * Looks what the phrase of another wallet holds at `mints` and at those known here. `wallet().scout` tells what was found,
   * and `sweep` takes it in. The words are not kept.
   * @param {string} words
   * @param {string[]} [mints]
   */
  lookIntoPhrase(words, mints = []) {
    return this.#life.change((client, now) => client.lookIntoPhrase(now, words, mints));
  }

  /**
   * Takes in what `lookIntoPhrase` found, if no less than `least` comes in.
   * @param {bigint} least
   */
  sweep(least) {
    return this.#life.change((client, now) => client.sweep(now, least));
  }

  /** Ends `rehearse` or `lookIntoPhrase`, or forgets what it found. */
  endScouting() {
    return this.#life.change((client, now) => client.endScouting(now));
  }

  /**
   * Asks the server of a Lightning address (`name@example.com`) for an invoice of `sat`, and `mint` for the price of paying
   * it. `wallet().address` tells what came of it, and names the operation for `pay`. Many servers do not let web pages ask.
   * @param {string} mint
   * @param {string} address
   * @param {bigint} sat
   */
  payAddress(mint, address, sat) {
    return this.#life.change((client, now) => client.payAddress(now, mint, address, sat));
  }

  /**
   * Replaces the twelve words of this store by others that were written down, and looks for their money at every mint that
   * is known here; `restore` looks at further ones. Refused with code `wrong-state` while money, an open operation or a
   * lease hangs on the present words.
   * @param {string} words
   */
  restorePhrase(words) {
    return this.#life.change((client, now) => client.restorePhrase(now, words));
  }

  /**
   * Looks for money of the twelve words at `mint`, which is added if it is unknown. Resolves with the operation, whose view
   * tells the progress; one that is under way at this mint is not begun again.
   * @param {string} mint
   */
  restore(mint) {
    return this.#life.begin((client, now) => client.restore(now, mint));
  }

  /**
   * Asks `mint` for a Lightning invoice of `amount`. Resolves with the operation, whose view gets the invoice.
   * @param {string} mint
   * @param {bigint} amount
   * @param {{ unit?: Unit }} [options] sat if left out
   */
  issue(mint, amount, { unit } = {}) {
    return this.#life.begin((client, now) => client.issue(now, mint, amount, unit));
  }

  /**
   * Takes a token in. Resolves with the operation.
   * @param {string} token
   */
  receive(token) {
    return this.#life.begin((client, now) => client.receive(now, token));
  }

  /**
   * Makes a token worth `amount`. Resolves with the operation; `token` has its text once the operation says so.
   * @param {string} mint
   * @param {bigint} amount
   * @param {{ unit?: Unit }} [options] sat if left out
   */
  send(mint, amount, { unit } = {}) {
    return this.#life.begin((client, now) => client.send(now, mint, amount, unit));
  }

  /**
   * As `send`, with a token that only the owner of a public key can take before `until` (Unix seconds). Afterwards it comes
   * back by itself if nobody took it. The twelve words do not bring it back.
   * @param {string} mint
   * @param {bigint} amount
   * @param {string} key 66 hex characters, from the receiver's wallet
   * @param {number} until
   * @param {{ unit?: Unit }} [options] sat if left out
   */
  sendLocked(mint, amount, key, until, { unit } = {}) {
    return this.#life.begin((client, now) => client.sendLocked(now, mint, amount, key, until, unit));
  }

  /**
   * Whether this text is meant to be a payment request, whole or not.
   * @param {string} text
   */
  isRequest(text) {
    return this.#life.view((client) => client.isRequest(text));
  }

  /**
   * Reads a payment request (`creqA…` or `creqB1…`) and tells how, and from which mints, it can be paid; throws for any other
   * text. `sat` is what would be paid when the request names no amount.
   * @param {string} text
   * @param {bigint | null} [sat]
   */
  readRequest(text, sat = null) {
    return this.#life.view((client, now) => client.readRequest(now, text, sat));
  }

  /**
   * Pays a request from `mint` if no more than `most` leaves the balance, and delivers the payment. Resolves with the
   * operation, whose `delivery` tells how that goes; with `way: "hand"`, `token` has what is to be handed over.
   * @param {string} text
   * @param {string} mint
   * @param {bigint} sat counts when the request names no amount
   * @param {bigint} most from the request's `choices`
   */
  payRequest(text, mint, sat, most) {
    return this.#life.begin((client, now) => client.payRequest(now, text, mint, sat, most));
  }

  /**
   * Sends a payment to who asked for it once more: the same bytes, so it is paid once.
   * @param {string} operation
   */
  deliverAgain(operation) {
    return this.#life.change((client, now) => client.deliverAgain(now, operation));
  }

  /**
   * Writes a request for a payment to this wallet, over its mints. It is paid and handed over by hand, as a token.
   * @param {{ sat?: bigint | null, description?: string, key?: string | null }} wanted `key` locks the payment to a public key
   */
  requestPayment({ sat = null, description = "", key = null }) {
    return this.#life.view((client) => client.requestPayment(sat, description, key));
  }

  /** The public key that others can lock tokens to for this wallet, 66 hex characters. It comes from the twelve words. */
  receivingKey() {
    return this.#life.view((client) => client.receivingKey());
  }

  /**
   * Asks the mint whether a token was taken by its receiver, or whether an invoice was paid. The operation tells its word.
   * @param {string} operation
   */
  check(operation) {
    return this.#life.change((client, now) => client.check(now, operation));
  }

  /**
   * Asks `mint` what it would cost to pay a Lightning invoice. Resolves with the operation; once its state is `"quoted"`,
   * `most` names the price, and `pay` accepts it.
   * @param {string} mint
   * @param {string} invoice
   * @param {{ unit?: Unit }} [options] the money to pay from; sat if left out
   */
  quotePay(mint, invoice, { unit } = {}) {
    return this.#life.begin((client, now) => client.quotePay(now, mint, invoice, unit));
  }

  /**
   * As `quotePay`, for moving `amount` from one mint to another over Lightning. Between two units both may be the same mint.
   * @param {string} from
   * @param {string} to
   * @param {bigint} amount what should arrive
   * @param {{ unit?: Unit, fromUnit?: Unit }} [options] of `amount`, sat if left out; and of the money it is paid from, the
   *   same if left out
   */
  quoteMove(from, to, amount, { unit, fromUnit } = {}) {
    return this.#life.begin((client, now) => client.quoteMove(now, from, to, amount, unit, fromUnit));
  }

  /**
   * Agrees to a payment or a move if no more than `most`, in the operation's unit, leaves the balance for it.
   * @param {string} operation
   * @param {bigint} most
   */
  pay(operation, most) {
    return this.#life.change((client, now) => client.pay(now, operation, most));
  }

  /**
   * Takes an unclaimed token back.
   * @param {string} operation
   */
  reclaim(operation) {
    return this.#life.change((client, now) => client.reclaim(now, operation));
  }

  /**
   * Tries a token once more that could not be received; the wallet keeps it.
   * @param {string} operation
   */
  retry(operation) {
    return this.#life.change((client, now) => client.retry(now, operation));
  }

  /**
   * Has an unclaimed token taken back by itself at a time (Unix seconds), while this page is open or when it is opened
   * again; `null` for not any more.
   * @param {string} operation
   * @param {number | null} at
   */
  takeBackAt(operation, at) {
    return this.#life.change((client, now) => client.takeBackAt(now, operation, at));
  }

  /**
   * Ends an operation by which no money can come or go any more: an offer, an invoice that nobody saw or that ended unpaid, a search.
   * @param {string} operation
   */
  cancelOperation(operation) {
    return this.#life.change((client, now) => client.cancelOperation(now, operation));
  }

  /**
   * The person knows that the words showed to be in use on another device at a mint: `elsewhere` of the wallet tells of it no more
   * until something new shows there.
   * @param {string} mint
   */
  acknowledgeElsewhere(mint) {
    return this.#life.change((client, now) => client.acknowledgeElsewhere(now, mint));
  }

  /**
   * Rents what was quoted; refused if the quote changed meanwhile. Resolves with the lease.
   * @param {Quote} quote
   */
  rent(quote) {
    return this.#life.begin((client, now) => client.rent(now, quote));
  }

  /**
   * Sends the request of a lease that was held back since a restart.
   * @param {string} lease
   */
  resumeLease(lease) {
    return this.#life.change((client, now) => client.resumeLease(now, lease));
  }

  /** @param {string} lease */
  askStatus(lease) {
    return this.#life.change((client, now) => client.askStatus(now, lease));
  }

  /**
   * Asks the mint for the money of a lease that was not delivered.
   * @param {string} lease
   */
  reclaimLease(lease) {
    return this.#life.change((client, now) => client.reclaimLease(now, lease));
  }
}
