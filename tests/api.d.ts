// ---- paygress/wasm

/* tslint:disable */
/* eslint-disable */
/** The numbers by which a workload is judged. All times are whole seconds. */
export interface QuorumConfig {
    /** How many relays must have heard the provider; 0 behaves as 1. Default 2. */
    m: number;
    /** How many relays are meant to listen; never consulted. Default 3. */
    n: number;
    /** How long a quorum holds, and how much silence makes a live workload suspect; 0 behaves as 1. Default 120. */
    t1Secs: number;
    /** How many observed seconds a workload stays suspect before it is evicted. Default 300. */
    t2Secs: number;
    /** The greatest age at which a heartbeat still counts. Default 180. */
    staleSecs: number;
}

/** One heartbeat of a provider, as one relay carried it. Times are Unix seconds. */
export interface HeartbeatObservation {
    providerNpub: string;
    /** Compared as given. */
    relayUrl: string;
    /** When it arrived; shown as evidence, never judged by. */
    seenAt: number;
    /** What time the heartbeat itself names. */
    eventTimestamp: number;
}

/** What else holds a copy of a workload. */
export type ReplicationMode =
| { mode: "none" }
| { mode: "checkpointed" }
| { mode: "warm-standby"; standbyProviders: string[] };

/** What to do with an evicted workload that nobody stands by for. */
export type RestartPolicy =
| { policy: "never" }
/** `maxAttempts` is 0 to 255. */
| { policy: "on-failure"; maxAttempts: number };

/** What is known of a workload. Times are Unix seconds. */
export type WorkloadState =
| { state: "provisioning"; since: number }
| { state: "live"; since: number }
| { state: "suspect"; since: number }
| { state: "evicted"; at: number }
| { state: "respawning"; since: number; attemptsUsed: number; lastError: string | null }
| { state: "failed"; reason: string };

/** A workload to be tracked. */
export interface TrackedWorkload {
    workloadId: number;
    /** The provider whose heartbeats count for it, compared as text. */
    providerNpub: string;
    state: WorkloadState;
    /** Default `{ mode: "none" }`. */
    replication?: ReplicationMode;
    /** Default `{ policy: "on-failure", maxAttempts: 3 }`. */
    restartPolicy?: RestartPolicy;
    stateUri?: string | null;
    /** Carried, never consulted. */
    createdAt: number;
    /** Carried, never consulted: untrack the workload then. */
    expiresAt: number;
}

/** A workload as it was tracked, in its present state. */
export interface DurableWorkload extends TrackedWorkload {
    replication: ReplicationMode;
    restartPolicy: RestartPolicy;
    stateUri: string | null;
}

/** What happened to a workload, or what to do about it. */
export type StateMachineEvent =
| { event: "entered-live"; workloadId: number }
| { event: "entered-suspect"; workloadId: number }
| { event: "evicted"; workloadId: number; reason: string }
/** Revoke the lease publicly, so that a standby takes over. */
| { event: "publish-lease-revocation"; workloadId: number; standbyProviders: string[] }
/** Start the workload again, then report the outcome by `notifyRespawnFailed` or `notifyRespawnSucceeded`. */
| { event: "attempt-respawn"; workloadId: number; attempt: number }
| { event: "failed"; workloadId: number; reason: string };

/** When one relay was last heard about a provider. */
export interface RelayEvidence {
    relayUrl: string;
    /** The `now` of the tick that counted its newest heartbeat. */
    heardAt: number;
    seenAt: number;
    eventTimestamp: number;
}


/** Why a call was refused. Real `Error` objects with `name: "PaygressError"`, this `code`, and a message that says what to do. */
export type ErrorCode =
| "invalid-input" | "invalid-phrase" | "invalid-mint-url" | "invalid-relay-url" | "invalid-provider" | "invalid-token"
| "unknown-mint" | "mint-not-ready" | "insufficient-funds" | "amount-too-small" | "not-found" | "wrong-state"
| "not-eligible" | "quote-changed" | "invalid-quorum" | "store" | "locked" | "wrong-passphrase" | "invalid-file";

/** A refused call. Nothing was sent and nothing changed. */
export interface PaygressError extends Error { readonly name: "PaygressError"; readonly code: ErrorCode }

/** One stored record. `value` is JSON text that may hold money: never log it. */
export interface StoredRecord { key: string; value: string }

/** A change of one record; `null` deletes it. */
export interface RecordChange { key: string; value: string | null }

/** What the shell must do. Perform in order; report back by `handle`. */
export type Effect =
/** Write all changes in one durable transaction, then report `committed`, or `commitFailed` if nothing was written. */
| { type: "commit"; commit: number; records: RecordChange[] }
| { type: "openSocket"; socket: number; url: string }
| { type: "closeSocket"; socket: number }
| { type: "sendText"; socket: number; text: string }
/**
 * Report `answered` with any HTTP status, `later` for a 429 or 503 that says when to come back, or `unanswered` after the
 * deadline or when there was no readable answer.
 */
| { type: "fetch"; request: number; method: "GET" | "POST"; url: string; body: string | null; deadlineSecs: number }
/** Delete everything that is stored, in one durable transaction; this client is over. */
| { type: "erase" }
/** These views have a new revision. */
| { type: "changed"; views: View[] }
/** Call `handle(now, { type: "wake" })` again soon, after letting other work run. */
| { type: "continue" };

export type View = "market" | "leases" | "wallet" | "settings" | "notices";

/** What the world reports. */
export type Input =
| { type: "committed"; commit: number }
| { type: "commitFailed"; commit: number; reason: string }
| { type: "socketOpened"; socket: number }
| { type: "socketClosed"; socket: number; reason: string }
| { type: "frame"; socket: number; text: string }
| { type: "answered"; request: number; status: number; body: string }
| { type: "later"; request: number; status: number; secs: number }
| { type: "unanswered"; request: number; reason: string }
| { type: "wake" }
/** The page was hidden or shown, the browser went offline or online. */
| { type: "visibility"; visible: boolean }
| { type: "network"; online: boolean };

/** Unix time in whole seconds. */
export type Seconds = number;

export interface MarketQuery {
    /** Part of a name, or the beginning of a key (hex or npub). */
    text?: string;
    onlineOnly?: boolean;
    payableOnly?: boolean;
    sort?: "price" | "name" | "heard";
    offset?: number;
    limit?: number;
}
export interface MarketPage { revision: number; total: number; rows: MarketRow[] }
export type Isolation = "shared-kernel" | "dedicated-host" | "attested-research-tier" | "unknown";
export interface MarketRow {
    provider: string;
    npub: string;
    name: string;
    location: string | null;
    isolation: Isolation;
    tiers: Tier[];
    mints: string[];
    /** A fresh heartbeat was heard less than two minutes ago. */
    online: boolean;
    lastHeard: Seconds | null;
    heardBy: { relay: string; at: Seconds }[];
    activeWorkloads: number | null;
    /** The wallet holds money at one of its mints that buys the minimum of its cheapest tier. */
    payable: boolean;
    /** Why it cannot be rented from, in sentences; empty if it can. */
    problems: string[];
}
export interface Tier {
    id: string; name: string; description: string;
    cpuMillicores: number; memoryMb: number;
    rateMsatPerSec: bigint; satPerHour: bigint;
}
export interface Template {
    slug: string; name: string; purpose: string;
    ports: { port: number; label: string }[];
    minCpuMillicores: number; minMemoryMb: number;
    /** What to know before paying. */
    warnings: string[];
}

/** What to buy. Exactly one of `image` and `template`. */
export interface Order {
    provider: string; tier: string;
    image?: string; template?: string;
    durationSecs: number;
    /** The mint to pay from; chosen by the client when left out. */
    mint?: string;
}
export interface Quote {
    order: Order;
    possible: boolean;
    /** Every reason against it, each with a stable slug and a sentence. */
    reasons: { reason: string; text: string }[];
    warnings: string[];
    mint: string | null;
    /** What the time costs. */
    price: bigint;
    /** What the provider pays its mint to redeem the token. */
    redeemFee: bigint;
    /** What our own swap to exact change costs. */
    swapFee: bigint;
    /** price + redeemFee: what the token is worth. */
    face: bigint;
    /** face + swapFee: what leaves the balance. */
    total: bigint;
    /** The most that can be lost if the provider takes the money and delivers nothing. */
    worstCase: bigint;
    durationSecs: number;
    /** How much must be filled in at `mint` first; 0 when there is enough. */
    missing: bigint;
}

export type LeaseState =
/** The token is being made at the mint. */
| "preparing"
/** The request may be with the provider; waiting for its answer. */
| "requested"
/** No answer in time; the mint and the relays are being asked what happened. */
| "recovering"
| "running"
/** The time paid for is over. */
| "ended"
/** The money came back. */
| "returned"
/** The provider took the money and delivered nothing. */
| "lost"
/** Nothing was sent. */
| "cancelled";
/** "unknown": we could not look, so nothing is said about the workload. */
export type Liveness = "provisioning" | "live" | "suspect" | "evicted" | "respawning" | "failed" | "unknown" | "none";
export interface LeaseView {
    id: string;
    provider: string; providerName: string;
    tier: string; what: string;
    state: LeaseState; sentence: string;
    liveness: Liveness; livenessSentence: string;
    /** "judged by one relay only" and the like; null when all is as configured. */
    judgedBy: string | null;
    evidence: { relay: string; connected: boolean; heardAt: Seconds | null }[];
    createdAt: Seconds;
    expiresAt: Seconds | null;
    paid: bigint;
    access: Access | null;
    money: { state: "held" | "in-flight" | "spent" | "returned" | "lost"; sentence: string };
    journal: { at: Seconds; text: string }[];
    /** A request is held back since a restart; `resumeLease` sends it. */
    canResume: boolean;
    /** Nobody redeemed its token as far as we know; `reclaimLease` takes it back. */
    canReclaim: boolean;
}
export interface Access {
    host: string; sshPort: number; username: string;
    /** Ask `leasePassword(id)` for it. */
    passwordKnown: boolean;
    ports: { hostPort: number; containerPort: number; label: string }[];
    cpuMillicores: number; memoryMb: number;
    instructions: string[];
    /** What is doubtful about these details. */
    warnings: string[];
}
export interface LeasesView { revision: number; leases: LeaseView[] }

export interface WalletView {
    revision: number;
    /** Spendable over all mints, in sat. */
    total: bigint;
    /** Spendable over all mints beside that, in msat. */
    totalMsat: bigint;
    mints: MintView[];
    /** Where the phrase showed to be in use on another device too, within a week. */
    elsewhere: ElsewhereView[];
    /** What the phrase alone does not bring back, and a file saved by `saveFile` does. Oldest first. */
    onlyHere: OnlyHereView[];
    /** Open operations first, then the newest. */
    operations: OperationView[];
    /** The rehearsal or search that was begun last, which moves nothing; null when there is none. */
    scout: ScoutView | null;
    /** The Lightning address that was asked last. */
    address: AddressView | null;
}
/** What a phrase holds: of `rehearse` (would it bring this wallet back?) and of `lookIntoPhrase` (before `sweep`). */
export interface ScoutView {
    kind: "rehearsal" | "sweep";
    /** Every mint was heard. */
    done: boolean;
    sentence: string;
    /** For a rehearsal: what would come back. For a sweep: what comes in after fees, for `sweep(least)`. */
    arrives: bigint;
    mints: ScoutedMint[];
}
export interface ScoutedMint {
    mint: string; done: boolean; sentence: string;
    /** It cannot be asked, or a part of it could not be looked at. */
    incomplete: boolean;
    /** For a rehearsal: what would come back. For a sweep: what can be taken. */
    found: bigint;
    /** For a rehearsal: what would not come back. For a sweep: what is not worth its fee. */
    left: bigint;
    /** For a sweep: what the mint keeps. */
    fee: bigint;
    progress: Progress | null;
}
export interface AddressView {
    address: string; amount: bigint;
    /** Its server is being asked. */
    open: boolean;
    sentence: string;
    /** The payment, once there is an invoice. */
    operation: string | null;
}
/**
 * The phrase at work elsewhere, or this store an older copy of itself. What changed is looked for by itself.
 * `acknowledgeElsewhere` takes it from the view, until something new shows.
 */
export interface ElsewhereView {
    mint: string;
    /** The first sign since the last `acknowledgeElsewhere`, and the last one. */
    firstAt: number; lastAt: number;
    /** What left the balance since `firstAt` because it was spent there. */
    gone: bigint;
    sentence: string;
}
/** Money that the phrase alone does not bring back: a token not redeemed yet, an invoice that may be paid, locked ecash. */
export interface OnlyHereView {
    /** The operation that keeps it. */
    op: string;
    mint: string; unit: Unit; amount: bigint;
    sentence: string;
}
/** What ecash counts in. 1 sat is 1000 msat; the two are different money at a mint. */
export type Unit = "sat" | "msat";
export type MintState =
/** Its keys were not heard yet. */
| "loading"
| "ready"
/** No readable answer: it is down, its address is wrong, or it does not let web pages read its answers. */
| "unreachable"
/** No answer within the deadline. */
| "timedOut"
/** It was asked too often. */
| "rateLimited"
/** It answers, but not as a mint does. */
| "failing"
/** It contradicts itself, like by other keys under an id: it is not used. */
| "refused"
/** It signs nothing new. */
| "retired"
/** Usable; money there is in a keyset that ends soon, or ended. */
| "expiring" | "expired";
export interface MintView {
    url: string; name: string;
    state: MintState;
    /** A sentence when something is wrong, with what to do. */
    problem: string | null;
    /** For a mint that does not answer: since when, and when it is asked again. */
    since: Seconds | null; nextTryAt: Seconds | null;
    /** What it does not do, or only within limits: "also keeps usd, which this wallet does not use". */
    notes: string[];
    /** In sat, each in exactly one of these. */
    spendable: bigint; reserved: bigint; handedOut: bigint; unclaimed: bigint; quarantined: bigint;
    inputFeePpk: number;
    /** The same in msat, where the mint keeps any. */
    msat: { spendable: bigint; reserved: bigint; handedOut: bigint; unclaimed: bigint; quarantined: bigint; inputFeePpk: number } | null;
    contact: string | null;
}
/**
 * `retry`: money that was set aside because of a bad signature is exchanged for sound one, by itself. `restore`: money of
 * the phrase is looked for at a mint.
 */
export type OperationKind = "issue" | "receive" | "send" | "reclaim" | "retry" | "rotate" | "pay" | "move" | "restore";
/** How far a `restore` got. */
export interface Progress {
    /** How many keysets in sat and msat there are, 0 until the mint told them, and how many are done. */
    all: number; done: number;
    /** Keysets that could not be looked at; look again later. */
    leftOut: number;
    /** How many counters the mint was asked for. */
    counters: number;
    /** In sat. `spent` had been spent before, `gone` left the balance because it was spent elsewhere. */
    found: bigint; setAside: bigint; spent: bigint; gone: bigint;
    /** The same in msat. */
    msat: { found: bigint; setAside: bigint; spent: bigint };
    /** Coins in use at the mint; it is asked again until that is settled. */
    pending: number;
}
export interface OperationView {
    id: string; kind: OperationKind; mint: string;
    /** Of `amount`, `fee`, `most` and `missing`. */
    unit: Unit;
    amount: bigint; fee: bigint;
    /** Where it stands, as a stable slug and as a sentence. */
    state: string; sentence: string;
    open: boolean;
    startedAt: Seconds; updatedAt: Seconds;
    /** For `issue`: the Lightning invoice and when it ends. */
    invoice: string | null; invoiceExpiresAt: Seconds | null;
    /** For `move`: the mint that the money goes to. */
    to: string | null;
    /** For `issue`: the operation of the move that it is a part of. That move pays its invoice; nobody else should. */
    partOf: string | null;
    /** For `pay` and `move` in state `"quoted"`: what leaves the balance at most, for `pay(id, most)`; what it lacks for that. */
    most: bigint | null; missing: bigint | null;
    /** For `pay` and `move` that are done: proves the payment. */
    preimage: string | null;
    /** For those: what the mint gave instead. It does not fit the invoice, so it proves nothing. */
    wrongPreimage: string | null;
    /** For `receive`: it failed, and its token is kept; `retry` tries it again. */
    canRetry: boolean;
    /**
     * For `send`: a token is out there and can be taken back. Ask `token(id)` for its text, and by `check(id)` whether its
     * receiver took it: `state` is then `"spent"`.
     */
    canReclaim: boolean;
    /** When it is taken back by itself, if that was asked for by `takeBackAt`. */
    takeBackAt: Seconds | null;
    /**
     * For `send`: the public key that the token is locked to, and until when only its owner can take it; it cannot be taken
     * back before.
     */
    lockedTo: string | null; lockedUntil: Seconds | null;
    /** For `send` to who asked for a payment: how it gets there. */
    delivery: Delivery | null;
    /** The lease this operation pays for. */
    lease: string | null;
    /** For `restore`. */
    progress: Progress | null;
    steps: { at: Seconds; text: string }[];
    /** What the mint was asked and answered, each answer once. Nothing in it is money. */
    answers: { at: Seconds; text: string }[];
}

/** A payment request as it is read, before anything is paid. */
export interface PaymentRequestView {
    /** How the receiver knows it again. */
    id: string | null;
    /** What should arrive; `null` leaves it to the payer. */
    amount: bigint | null;
    /** The receiver's own words. */
    description: string | null;
    /** The mints that the receiver takes; any if there is none, or if `anyMint`. */
    mints: string[]; anyMint: boolean;
    singleUse: boolean;
    /** The public key that the payment will be locked to. */
    lockedTo: string | null;
    /** How it is delivered, and where to; `"hand"`: the token is handed over by the payer. */
    way: "post" | "nostr" | "hand"; to: string | null;
    /** Ways of delivery that are not known here, in sentences. */
    unsupported: string[];
    /** Why it cannot be paid from here. */
    problem: string | null;
    /** Mints to pay from, the best first: what leaves the balance, and what it lacks for that (0 when there is enough). */
    choices: { mint: string; most: bigint; missing: bigint }[];
}
/** A locked wallet as the text of a file, and how many sealed records are in it. */
export interface SealedFile { text: string; records: number }
/** A payment request of one's own: `creqA…`, and `CREQB1…` for a smaller QR code. */
export interface MadeRequest { text: string; short: string | null }
/** How a payment gets to who asked for it. The mint's word settles whether it arrived: the operation is then `"spent"`. */
export interface Delivery {
    to: string;
    state: "making" | "sending" | "unknown" | "taken" | "refused" | "over";
    sentence: string;
    /** `deliverAgain` sends the same bytes once more. */
    canRepeat: boolean;
}

export interface SettingsView {
    revision: number;
    relays: RelayView[];
    quorum: { m: number; n: number; t1Secs: number; t2Secs: number; staleSecs: number };
    phraseSaved: boolean;
    /** What is stored is sealed under a passphrase. */
    sealed: boolean;
    /** After so long without anybody touching it the page is to be locked; null for never. */
    lockAfterSecs: number | null;
    /** How many of `relays` keep the list of mints (NUT-27), so that the twelve words alone find them. */
    mintListRelays: number;
    /** How far our clock is off, by the word of providers; 0 when in doubt. */
    clockOffsetSecs: number;
    /** A sentence when the store refused a write: nothing is sent any more until the page is opened again. */
    storeProblem: string | null;
}
export interface RelayView {
    url: string;
    state: "connecting" | "open" | "waiting" | "refused";
    /** Its last reason, in its own words. */
    reason: string | null;
    events: number; refused: number;
    retryAt: Seconds | null;
}
export interface NoticesView { revision: number; notices: { at: Seconds; source: string; text: string; count: number }[] }

/** A call that changed something: perform `effects`; `id` names the lease or operation that was started. */
export interface Started { id: string; effects: Effect[] }



/**
 * A client without I/O: the shell performs its effects and reports back. See `openPaygress` for the friendly form.
 */
export class Client {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The person knows that the words showed to be in use on another device at a mint: the wallet's `elsewhere` tells of it
     * no more until something new shows there.
     */
    acknowledgeElsewhere(now: number, mint: string): Effect[];
    /**
     * Adds a mint and asks it for its keys.
     */
    addMint(now: number, url: string): Effect[];
    /**
     * Adds a relay and connects to it.
     */
    addRelay(now: number, url: string): Effect[];
    /**
     * Remembers that the phrase was written down, if these are the words that were asked for.
     */
    answerQuiz(now: number, words: string[]): Effect[];
    /**
     * Arms the one timer of this client for `nextWake`; call it after every other call. `callback` reports `wake`.
     */
    armWake(now: number, callback: () => void): void;
    /**
     * Asks the provider about a lease.
     */
    askStatus(now: number, lease: string): Effect[];
    /**
     * Ends an operation of which nothing can be out any more.
     */
    cancelOperation(now: number, operation: string): Effect[];
    /**
     * Asks the mint whether a token was taken by its receiver, or whether an invoice was paid. The operation tells its word.
     */
    check(now: number, operation: string): Effect[];
    /**
     * Sends a payment to who asked for it once more, the same bytes.
     */
    deliverAgain(now: number, operation: string): Effect[];
    /**
     * Ends `rehearse` or `lookIntoPhrase`, or forgets what it found.
     */
    endScouting(now: number): Effect[];
    /**
     * Erases everything that is stored. Refused with code `wrong-state` while something would be lost, unless the words
     * that `phraseQuiz` asked for are given.
     */
    eraseDevice(words?: string[] | null): Effect[];
    /**
     * Takes what the world reports.
     */
    handle(now: number, input: Input): Effect[];
    /**
     * Something goes on that needs the keys: an operation, a lease, a token that comes back by itself, a commit.
     */
    isBusy(): boolean;
    /**
     * Whether this text is meant to be a payment request.
     */
    isRequest(text: string): boolean;
    /**
     * Asks a mint for a Lightning invoice over this amount, in sat or the given unit.
     */
    issue(now: number, mint: string, value: bigint, unit?: Unit): Started;
    /**
     * The password of a workload. It is a secret.
     */
    leasePassword(lease: string): string | undefined;
    /**
     * All leases, the newest first.
     */
    leases(now: number): LeasesView;
    /**
     * Looks what another phrase holds at these mints and those of the wallet. The wallet's `scout` tells how far it got.
     */
    lookIntoPhrase(now: number, words: string, mints: string[]): Effect[];
    /**
     * Lists providers.
     */
    market(now: number, query: MarketQuery): MarketPage;
    /**
     * When to report `wake` at the latest.
     */
    nextWake(): number | undefined;
    /**
     * What strangers got wrong.
     */
    notices(): NoticesView;
    /**
     * A client with an empty wallet and a new phrase, whose first commit takes the place of all these records.
     */
    static openAnew(now: number, records: StoredRecord[], entropy: Uint8Array | number[]): Client;
    /**
     * Puts the wallet of a file in place of this one. Open a new client from the store once the commit is durable.
     */
    openFile(now: number, text: string, key: Uint8Array | number[]): Effect[];
    /**
     * Opens a client from all stored records; an empty store makes a new phrase. `entropy` is 32 fresh bytes of
     * `crypto.getRandomValues`; `key` is what `deriveKey` made, for records that are sealed. Throws a `PaygressError` with
     * code `store` when records cannot be read, `locked` when they are sealed and there is no key, `wrong-passphrase`.
     */
    static open(now: number, records: StoredRecord[], entropy: Uint8Array | number[], key?: Uint8Array | number[] | null): Client;
    /**
     * Asks the server of a Lightning address for an invoice of this many sat, and the mint for the price of paying it. The
     * wallet's `address` tells what came of it. Nothing is paid before `pay`.
     */
    payAddress(now: number, mint: string, address: string, amount: bigint): Effect[];
    /**
     * Pays a request from a mint, if no more than `most` leaves the balance, and delivers the payment. `amount` counts when
     * the request names none.
     */
    payRequest(now: number, text: string, mint: string, amount: bigint, most: bigint): Started;
    /**
     * Agrees to what `quotePay` or `quoteMove` found out, if no more than `most` leaves the balance for it, in the unit of
     * the operation.
     */
    pay(now: number, operation: string, most: bigint): Effect[];
    /**
     * Which words of the phrase are asked for, counted from 1; the same ones until they were answered well.
     */
    phraseQuiz(): number[];
    /**
     * The recovery phrase. Show it only when asked.
     */
    phrase(): string;
    /**
     * Asks two mints what it would cost to move this amount, in sat or the given unit, from one to the other. It is paid
     * from `fromUnit`, which is the same if left out. Nothing is paid before `pay`.
     */
    quoteMove(now: number, from: string, to: string, value: bigint, unit?: Unit, from_unit?: Unit): Started;
    /**
     * Asks a mint what it would cost to pay a Lightning invoice from its sat, or the given unit. Nothing is paid before
     * `pay`.
     */
    quotePay(now: number, mint: string, invoice: string, from_unit?: Unit): Started;
    /**
     * What an order would cost, and everything that speaks against it.
     */
    quote(now: number, order: Order): Quote;
    /**
     * Reads a payment request and says how, and from where, it can be paid. `amount` is what the person would pay when the
     * request leaves that open.
     */
    readRequest(now: number, text: string, amount: bigint | null): PaymentRequestView;
    /**
     * Takes in a token.
     */
    receive(now: number, token: string): Started;
    /**
     * The public key that others can lock tokens to for this wallet.
     */
    receivingKey(): string;
    /**
     * Takes the token of a lease back, if the provider did not redeem it.
     */
    reclaimLease(now: number, lease: string): Effect[];
    /**
     * Takes a token back that nobody redeemed.
     */
    reclaim(now: number, operation: string): Effect[];
    /**
     * Tries whether the phrase would bring this wallet back, without changing anything; with words, those as they were
     * typed. The wallet's `scout` tells how far it got.
     */
    rehearse(now: number, words?: string | null): Effect[];
    /**
     * Removes a mint that holds nothing and where nothing goes on; its history stays.
     */
    removeMint(now: number, url: string): Effect[];
    /**
     * Stores everything in plain again, in one commit.
     */
    removePassphrase(now: number, present: Uint8Array | number[]): Effect[];
    /**
     * Forgets a relay.
     */
    removeRelay(now: number, url: string): Effect[];
    /**
     * Rents what a quote says, if it still holds.
     */
    rent(now: number, quote: Quote): Started;
    /**
     * Writes a request for a payment to this wallet, to be paid and handed over by hand; `key` locks the payment.
     */
    requestPayment(amount: bigint | null, description: string, key?: string | null): MadeRequest;
    /**
     * Replaces the phrase of this store by one that was written down, and looks for its money at every known mint. Refused
     * with code `wrong-state` while money, an open operation or a lease hangs on the present phrase.
     */
    restorePhrase(now: number, words: string): Effect[];
    /**
     * Looks for money of the phrase at a mint, which is added if it is unknown.
     */
    restore(now: number, mint: string): Started;
    /**
     * Sends a request that was held back since a restart.
     */
    resumeLease(now: number, lease: string): Effect[];
    /**
     * Tries a token once more that could not be received.
     */
    retry(now: number, operation: string): Effect[];
    /**
     * Everything that is stored, as the text of a file that only the passphrase of `key` opens.
     */
    saveFile(recipe: string, key: Uint8Array | number[]): string;
    /**
     * Tells how a key is made from the passphrase of this store; nothing without one.
     */
    seal(): string | undefined;
    /**
     * Makes a token of this amount, in sat or the given unit, that only the owner of a public key (66 hex characters) can take before `until` (Unix
     * seconds).
     */
    sendLocked(now: number, mint: string, value: bigint, key: string, until: number, unit?: Unit): Started;
    /**
     * Makes a token of this amount for somebody, in sat or the given unit.
     */
    send(now: number, mint: string, value: bigint, unit?: Unit): Started;
    /**
     * Chooses after how many seconds without anybody touching it the page is to be locked; `null` for never.
     */
    setLockAfter(now: number, secs?: number | null): Effect[];
    /**
     * Seals everything under a new passphrase in one commit. `present` is the key of the one there is, if there is one.
     */
    setPassphrase(now: number, present: Uint8Array | number[] | null | undefined, recipe: string, key: Uint8Array | number[]): Effect[];
    /**
     * Changes how many relays must have heard a provider, and how long silence may last.
     */
    setQuorum(now: number, quorum: { m: number; n: number; t1Secs: number; t2Secs: number; staleSecs: number }): Effect[];
    /**
     * Relays and what was chosen.
     */
    settings(now: number): SettingsView;
    /**
     * Begins: opens relays, goes on with every operation and lease where it stood.
     */
    start(now: number): Effect[];
    /**
     * Takes in what `lookIntoPhrase` found, if no less than `least` comes in.
     */
    sweep(now: number, least: bigint): Effect[];
    /**
     * Has a token taken back by itself at a time (Unix seconds) if nobody took it by then; `null` for not any more.
     */
    takeBackAt(now: number, operation: string, at?: number | null): Effect[];
    /**
     * The templates that providers know.
     */
    templates(): Template[];
    /**
     * The text of a token that is out. It is money.
     */
    token(operation: string): string | undefined;
    /**
     * The wallet.
     */
    wallet(): WalletView;
}

/**
 * Judges rented workloads by the heartbeats of their providers. Opens no socket and reads no clock: every `now` is Unix
 * time in whole seconds.
 *
 * @example
 * ```js
 * const machine = new WorkloadStateMachine({ m: 1 });
 * machine.track({ workloadId: 7, providerNpub, state: { state: "provisioning", since: now }, createdAt: now, expiresAt });
 * for (const event of machine.tick(now, observations)) console.log(event.event, event.workloadId);
 * ```
 */
export class WorkloadStateMachine {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * When each relay was last heard about a workload's provider; empty for an unknown id.
     */
    evidence(workloadId: number): RelayEvidence[];
    /**
     * True unless the machine was last declared blind.
     */
    isObserving(): boolean;
    /**
     * True unless the provider was last declared blind.
     */
    isProviderObserved(providerNpub: string): boolean;
    /**
     * A machine that tracks nothing. What `config` leaves out is default.
     */
    constructor(config?: Partial<QuorumConfig> | null);
    /**
     * Reports that the attempt asked for last has failed. Nothing happens unless the workload is respawning.
     */
    notifyRespawnFailed(workloadId: number, reason: string): void;
    /**
     * Reports that the workload runs again since `now`. Nothing happens unless it is respawning.
     */
    notifyRespawnSucceeded(workloadId: number, now: number): void;
    /**
     * Declares from when on the machine sees nothing (the tab froze, the network is gone) or sees again. `now` may lie
     * before the last tick's.
     */
    setObserving(now: number, observing: boolean): void;
    /**
     * Declares from when on one provider cannot be seen, or is seen again. `now` may lie before the last tick's.
     */
    setProviderObserved(now: number, providerNpub: string, observed: boolean): void;
    /**
     * What is known of a workload.
     */
    stateOf(workloadId: number): WorkloadState | undefined;
    /**
     * Counts what was heard since the last tick and judges every workload. If anything is of the wrong form the call is
     * refused and nothing has changed.
     */
    tick(now: number, observations: HeartbeatObservation[]): StateMachineEvent[];
    /**
     * Watches a workload as `track` does, judged by its own numbers. What `config` leaves out is default.
     */
    trackWith(workload: TrackedWorkload, config: Partial<QuorumConfig>): void;
    /**
     * Watches a workload from its present state on. A workload with that id is replaced as a whole.
     */
    track(workload: TrackedWorkload): void;
    /**
     * Stops to watch a workload; nothing happens for an unknown id.
     */
    untrack(workloadId: number): void;
    /**
     * A workload as it was tracked, in its present state.
     */
    workload(workloadId: number): DurableWorkload | undefined;
}

export function __wbg_reset_state(): void;

/**
 * Throws a `PaygressError` with code `wrong-passphrase` unless this key opens the seal.
 */
export function checkKey(seal: string, key: Uint8Array | number[]): void;

/**
 * Makes the key of a passphrase by a recipe or a seal. Takes about a second and 64 MiB: call it in a Worker. Throws a
 * `PaygressError`.
 */
export function deriveKey(passphrase: string, recipe: string): Uint8Array;

/**
 * The records of a sealed store as the text of a file, for the passphrase that they have.
 */
export function fileOfSealed(records: StoredRecord[]): SealedFile;

/**
 * How a key is made from a new passphrase, as text. `salt` is 16 fresh bytes of `crypto.getRandomValues`.
 */
export function newRecipe(salt: Uint8Array | number[]): string;

/**
 * The recipe of a saved file; `deriveKey` takes it. Throws a `PaygressError` with code `invalid-file` for what is none.
 */
export function recipeOfFile(text: string): string;

/**
 * The seal among all stored records; `deriveKey` takes it as a recipe.
 */
export function sealOf(records: StoredRecord[]): string | undefined;

// ---- index.d.ts

export { PaygressShellError } from "./errors.js";
export { unreachableFromHere } from "./reach.js";
export type Client = import("../wasm/paygress.js").Client;
export type Effect = import("../wasm/paygress.js").Effect;
export type Started = import("../wasm/paygress.js").Started;
export type View = import("../wasm/paygress.js").View;
export type PaygressError = import("../wasm/paygress.js").PaygressError;
export type ErrorCode = import("../wasm/paygress.js").ErrorCode;
export type MarketQuery = import("../wasm/paygress.js").MarketQuery;
export type MarketPage = import("../wasm/paygress.js").MarketPage;
export type MarketRow = import("../wasm/paygress.js").MarketRow;
export type Tier = import("../wasm/paygress.js").Tier;
export type Template = import("../wasm/paygress.js").Template;
export type Order = import("../wasm/paygress.js").Order;
export type Quote = import("../wasm/paygress.js").Quote;
export type LeasesView = import("../wasm/paygress.js").LeasesView;
export type LeaseView = import("../wasm/paygress.js").LeaseView;
export type Liveness = import("../wasm/paygress.js").Liveness;
export type Access = import("../wasm/paygress.js").Access;
export type WalletView = import("../wasm/paygress.js").WalletView;
export type MintView = import("../wasm/paygress.js").MintView;
export type Unit = import("../wasm/paygress.js").Unit;
export type OperationView = import("../wasm/paygress.js").OperationView;
export type PaymentRequestView = import("../wasm/paygress.js").PaymentRequestView;
export type ScoutView = import("../wasm/paygress.js").ScoutView;
export type AddressView = import("../wasm/paygress.js").AddressView;
export type SettingsView = import("../wasm/paygress.js").SettingsView;
export type RelayView = import("../wasm/paygress.js").RelayView;
export type NoticesView = import("../wasm/paygress.js").NoticesView;
export type SealedFile = import("../wasm/paygress.js").SealedFile;
export type ShellErrorCode = import("./errors.js").ShellErrorCode;
export type Mode = "writing" | "waiting" | "read-only" | "locked" | "stopped";
export type Status = {
    mode: Mode;
    /**
     * why it is not `writing`, and what to do
     */
    sentence: string | null;
    /**
     * whether `takeOver` would help
     */
    canTakeOver: boolean;
    /**
     * whether the browser promised to keep the store; null while unknown
     */
    persistent: boolean | null;
    /**
     * how often the program broke and was rebuilt from the store
     */
    restarts: number;
};
export type OpenOptions = {
    /**
     * where the wasm file is, its bytes or
     * the compiled module; beside the package's glue when left out
     */
    wasm?: string | URL | Request | Response | BufferSource | WebAssembly.Module;
    /**
     * name of the IndexedDB database and of the lock; `"paygress"` when left out
     */
    store?: string;
    /**
     * makes an empty wallet where the one that was here is gone (`store-gone`); one that is there is opened
     * as ever
     */
    startAnew?: boolean;
    /**
     * as `subscribe`
     */
    onChange?: (views: readonly View[]) => void;
};
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
export declare function openPaygress(options?: OpenOptions): Promise<Paygress>;
/**
 * The consumer of a Paygress marketplace, bound to this browser: market, leases, wallet and settings. Made by `openPaygress`.
 *
 * Views answer at once from memory. Intents reject with a `PaygressError` when they are refused, in which case nothing was
 * sent and nothing changed, and resolve when what they started is durable.
 */
export declare class Paygress {
    #private;
    /**
     * @param {Life} life
     * @private
     */
    private constructor();
    /**
     * As `openPaygress`.
     * @param {OpenOptions} [options]
     */
    static open(options?: OpenOptions): Promise<Paygress>;
    /** What this tab may do, and why. */
    get status(): Status;
    /**
     * Calls `listener` with the views that have a new revision, never from inside a call. Returns the function that ends it.
     * @param {(views: readonly View[]) => void} listener
     * @returns {() => void}
     */
    subscribe(listener: (views: readonly View[]) => void): () => void;
    /**
     * Calls `listener` with every new `status`. Returns the function that ends it.
     * @param {(status: Status) => void} listener
     * @returns {() => void}
     */
    subscribeStatus(listener: (status: Status) => void): () => void;
    /** Makes this tab the one that writes; the other one stops writing and follows. */
    takeOver(): Promise<void>;
    /** Ends everything and gives the right to write to the next tab. What was started goes on when the wallet is opened again. */
    close(): void;
    /**
     * @param {MarketQuery} [query]
     * @returns {MarketPage}
     */
    market(query?: MarketQuery): MarketPage;
    /** @returns {LeasesView} */
    leases(): LeasesView;
    /** @returns {WalletView} */
    wallet(): WalletView;
    /** @returns {SettingsView} */
    settings(): SettingsView;
    /** @returns {NoticesView} */
    notices(): NoticesView;
    /** @returns {Template[]} */
    templates(): Template[];
    /**
     * What an order would cost, what speaks against it, and the most that can be lost.
     * @param {Order} order
     * @returns {Quote}
     */
    quote(order: Order): Quote;
    /**
     * The text of a token that is handed out: whoever has it has the money.
     * @param {string} operation
     * @returns {string | undefined}
     */
    token(operation: string): string | undefined;
    /**
     * @param {string} lease
     * @returns {string | undefined}
     */
    leasePassword(lease: string): string | undefined;
    /** The twelve words that every secret comes from; `restorePhrase` takes them in another store. Only in the tab that writes. */
    phrase(): string;
    /**
     * Seals everything that is stored under a passphrase, or under another one in place of `present`. Whoever forgets it has only
     * the twelve words left. In the tab that writes.
     * @param {string} passphrase at least eight characters
     * @param {string} [present] the one there is
     */
    setPassphrase(passphrase: string, present?: string): Promise<void>;
    /**
     * Stores everything in plain again. In the tab that writes.
     * @param {string} present
     */
    removePassphrase(present: string): Promise<void>;
    /**
     * Chooses after how long without anybody touching it the page is to be locked; null for never. The page watches for that.
     * @param {number | null} secs
     */
    setLockAfter(secs: number | null): Promise<void>;
    /**
     * Locks this tab, and with `"all"` every other one: nothing is shown or changed until `unlock`. The keys are dropped at once, or
     * when what is under way is done. Does nothing without a passphrase.
     * @param {"here" | "all"} [where]
     */
    lock(where?: "here" | "all"): void;
    /**
     * Opens a locked wallet. Rejects with code `wrong-passphrase` when that is what it is.
     * @param {string} passphrase
     */
    unlock(passphrase: string): Promise<void>;
    /**
     * The sealed records of a locked wallet as the text of a file, which `openFile` opens with the same passphrase; and how many they are.
     * @returns {Promise<SealedFile>}
     */
    lockedFile(): Promise<SealedFile>;
    /**
     * Puts an empty wallet in place of a locked one, whose passphrase was forgotten. What was in it is gone from here: keep its
     * `lockedFile`, and have the twelve words. Refused while another tab has the wallet open, or something is under way.
     */
    startOver(): Promise<void>;
    /**
     * Everything that is stored as the text of a file, for a passphrase that is asked for when it is opened. In the tab that writes.
     * @param {string} passphrase at least eight characters; need not be that of this wallet
     */
    saveFile(passphrase: string): Promise<string>;
    /**
     * Puts the wallet of a file in place of this one, which must hold nothing; then every mint is asked what happened since the file
     * was saved. Rejects with `wrong-state`, `wrong-passphrase` or `invalid-file` when nothing was changed.
     * @param {string} text
     * @param {string} passphrase the one it was saved with
     */
    openFile(text: string, passphrase: string): Promise<void>;
    /** @param {string} url */
    addRelay(url: string): Promise<void>;
    /** @param {string} url */
    removeRelay(url: string): Promise<void>;
    /** @param {SettingsView["quorum"]} quorum */
    setQuorum(quorum: SettingsView["quorum"]): Promise<void>;
    /** @param {string} url */
    addMint(url: string): Promise<void>;
    /**
     * Removes a mint that holds nothing and where nothing goes on; the refusal says what is there. Its history stays.
     * @param {string} url
     */
    removeMint(url: string): Promise<void>;
    /** Which of the twelve words are asked for, counted from 1; the same ones until they were answered well. Only in the tab that writes. */
    phraseQuiz(): number[];
    /**
     * Remembers that the words were written down. Refused, with the places of the wrong ones, unless these are the words that
     * `phraseQuiz` asked for.
     * @param {string[]} words
     */
    answerQuiz(words: string[]): Promise<void>;
    /**
     * Erases everything that this browser stores of the wallet, and stops; the page is to be opened again. Refused with code
     * `wrong-state`, which says what would be lost, unless the words that `phraseQuiz` asked for are given.
     * @param {string[]} [words]
     */
    eraseDevice(words?: string[]): Promise<void>;
    /**
     * Tries whether the twelve words would bring this wallet back: looks for its money in memory and compares; nothing is
     * moved or stored. `wallet().scout` tells how far it got. With `words`, those are tried as they were typed; when they are
     * right, they count as written down.
     * @param {string} [words]
     */
    rehearse(words?: string): Promise<void>;
    /**
     * Looks what the phrase of another wallet holds at `mints` and at those known here. `wallet().scout` tells what was found,
     * and `sweep` takes it in. The words are not kept.
     * @param {string} words
     * @param {string[]} [mints]
     */
    lookIntoPhrase(words: string, mints?: string[]): Promise<void>;
    /**
     * Takes in what `lookIntoPhrase` found, if no less than `least` comes in.
     * @param {bigint} least
     */
    sweep(least: bigint): Promise<void>;
    /** Ends `rehearse` or `lookIntoPhrase`, or forgets what it found. */
    endScouting(): Promise<void>;
    /**
     * Asks the server of a Lightning address (`name@example.com`) for an invoice of `sat`, and `mint` for the price of paying
     * it. `wallet().address` tells what came of it, and names the operation for `pay`. Many servers do not let web pages ask.
     * @param {string} mint
     * @param {string} address
     * @param {bigint} sat
     */
    payAddress(mint: string, address: string, sat: bigint): Promise<void>;
    /**
     * Replaces the twelve words of this store by others that were written down, and looks for their money at every mint that
     * is known here; `restore` looks at further ones. Refused with code `wrong-state` while money, an open operation or a
     * lease hangs on the present words.
     * @param {string} words
     */
    restorePhrase(words: string): Promise<void>;
    /**
     * Looks for money of the twelve words at `mint`, which is added if it is unknown. Resolves with the operation, whose view
     * tells the progress; one that is under way at this mint is not begun again.
     * @param {string} mint
     */
    restore(mint: string): Promise<string>;
    /**
     * Asks `mint` for a Lightning invoice of `amount`. Resolves with the operation, whose view gets the invoice.
     * @param {string} mint
     * @param {bigint} amount
     * @param {{ unit?: Unit }} [options] sat if left out
     */
    issue(mint: string, amount: bigint, { unit }?: {
        unit?: Unit;
    }): Promise<string>;
    /**
     * Takes a token in. Resolves with the operation.
     * @param {string} token
     */
    receive(token: string): Promise<string>;
    /**
     * Makes a token worth `amount`. Resolves with the operation; `token` has its text once the operation says so.
     * @param {string} mint
     * @param {bigint} amount
     * @param {{ unit?: Unit }} [options] sat if left out
     */
    send(mint: string, amount: bigint, { unit }?: {
        unit?: Unit;
    }): Promise<string>;
    /**
     * As `send`, with a token that only the owner of a public key can take before `until` (Unix seconds). Afterwards it comes
     * back by itself if nobody took it. The twelve words do not bring it back.
     * @param {string} mint
     * @param {bigint} amount
     * @param {string} key 66 hex characters, from the receiver's wallet
     * @param {number} until
     * @param {{ unit?: Unit }} [options] sat if left out
     */
    sendLocked(mint: string, amount: bigint, key: string, until: number, { unit }?: {
        unit?: Unit;
    }): Promise<string>;
    /**
     * Whether this text is meant to be a payment request, whole or not.
     * @param {string} text
     */
    isRequest(text: string): boolean;
    /**
     * Reads a payment request (`creqA…` or `creqB1…`) and tells how, and from which mints, it can be paid; throws for any other
     * text. `sat` is what would be paid when the request names no amount.
     * @param {string} text
     * @param {bigint | null} [sat]
     */
    readRequest(text: string, sat?: bigint | null): import("../wasm/paygress.js").PaymentRequestView;
    /**
     * Pays a request from `mint` if no more than `most` leaves the balance, and delivers the payment. Resolves with the
     * operation, whose `delivery` tells how that goes; with `way: "hand"`, `token` has what is to be handed over.
     * @param {string} text
     * @param {string} mint
     * @param {bigint} sat counts when the request names no amount
     * @param {bigint} most from the request's `choices`
     */
    payRequest(text: string, mint: string, sat: bigint, most: bigint): Promise<string>;
    /**
     * Sends a payment to who asked for it once more: the same bytes, so it is paid once.
     * @param {string} operation
     */
    deliverAgain(operation: string): Promise<void>;
    /**
     * Writes a request for a payment to this wallet, over its mints. It is paid and handed over by hand, as a token.
     * @param {{ sat?: bigint | null, description?: string, key?: string | null }} wanted `key` locks the payment to a public key
     */
    requestPayment({ sat, description, key }: {
        sat?: bigint | null;
        description?: string;
        key?: string | null;
    }): import("../wasm/paygress.js").MadeRequest;
    /** The public key that others can lock tokens to for this wallet, 66 hex characters. It comes from the twelve words. */
    receivingKey(): string;
    /**
     * Asks the mint whether a token was taken by its receiver, or whether an invoice was paid. The operation tells its word.
     * @param {string} operation
     */
    check(operation: string): Promise<void>;
    /**
     * Asks `mint` what it would cost to pay a Lightning invoice. Resolves with the operation; once its state is `"quoted"`,
     * `most` names the price, and `pay` accepts it.
     * @param {string} mint
     * @param {string} invoice
     * @param {{ unit?: Unit }} [options] the money to pay from; sat if left out
     */
    quotePay(mint: string, invoice: string, { unit }?: {
        unit?: Unit;
    }): Promise<string>;
    /**
     * As `quotePay`, for moving `amount` from one mint to another over Lightning. Between two units both may be the same mint.
     * @param {string} from
     * @param {string} to
     * @param {bigint} amount what should arrive
     * @param {{ unit?: Unit, fromUnit?: Unit }} [options] of `amount`, sat if left out; and of the money it is paid from, the
     *   same if left out
     */
    quoteMove(from: string, to: string, amount: bigint, { unit, fromUnit }?: {
        unit?: Unit;
        fromUnit?: Unit;
    }): Promise<string>;
    /**
     * Agrees to a payment or a move if no more than `most`, in the operation's unit, leaves the balance for it.
     * @param {string} operation
     * @param {bigint} most
     */
    pay(operation: string, most: bigint): Promise<void>;
    /**
     * Takes an unclaimed token back.
     * @param {string} operation
     */
    reclaim(operation: string): Promise<void>;
    /**
     * Tries a token once more that could not be received; the wallet keeps it.
     * @param {string} operation
     */
    retry(operation: string): Promise<void>;
    /**
     * Has an unclaimed token taken back by itself at a time (Unix seconds), while this page is open or when it is opened
     * again; `null` for not any more.
     * @param {string} operation
     * @param {number | null} at
     */
    takeBackAt(operation: string, at: number | null): Promise<void>;
    /**
     * Ends an operation by which no money can come or go any more: an offer, an invoice that nobody saw or that ended unpaid, a search.
     * @param {string} operation
     */
    cancelOperation(operation: string): Promise<void>;
    /**
     * The person knows that the words showed to be in use on another device at a mint: `elsewhere` of the wallet tells of it no more
     * until something new shows there.
     * @param {string} mint
     */
    acknowledgeElsewhere(mint: string): Promise<void>;
    /**
     * Rents what was quoted; refused if the quote changed meanwhile. Resolves with the lease.
     * @param {Quote} quote
     */
    rent(quote: Quote): Promise<string>;
    /**
     * Sends the request of a lease that was held back since a restart.
     * @param {string} lease
     */
    resumeLease(lease: string): Promise<void>;
    /** @param {string} lease */
    askStatus(lease: string): Promise<void>;
    /**
     * Asks the mint for the money of a lease that was not delivered.
     * @param {string} lease
     */
    reclaimLease(lease: string): Promise<void>;
}

// ---- errors.d.ts

/**
 * What the shell itself refuses. Refusals of the program come as `PaygressError` and pass through unchanged.
 *
 * - `no-webassembly`, `webassembly-blocked`, `program-missing`: the program cannot run here.
 * - `no-store`, `store-newer`, `store-failed`: nothing can be kept here, or what is kept must not be touched.
 * - `store-gone`: a wallet was here and its store is empty or deleted; nothing was put in its place.
 * - `not-writing`: another tab holds the wallet, or this browser cannot guard it; nothing was changed.
 * - `lost`: another tab took over while this was being written; nothing was written.
 * - `locked`: the wallet is locked; `unlock` opens it.
 * - `stopped`: the program was closed or gave up.
 * @typedef {"no-webassembly" | "webassembly-blocked" | "program-missing" | "no-store" | "store-newer" | "store-failed"
 *   | "store-gone" | "not-writing" | "lost" | "locked" | "stopped"} ShellErrorCode
 */
export type ShellErrorCode = "no-webassembly" | "webassembly-blocked" | "program-missing" | "no-store" | "store-newer" | "store-failed" | "store-gone" | "not-writing" | "lost" | "locked" | "stopped";
/** A refusal of the shell: a stable code and a message that says what to do. Never holds a secret. */
export declare class PaygressShellError extends Error {
    /** @readonly */
    code: ShellErrorCode;
    /**
     * @param {ShellErrorCode} code
     * @param {string} message
     * @param {{ cause?: unknown }} [options]
     */
    constructor(code: ShellErrorCode, message: string, options?: {
        cause?: unknown;
    });
}
/**
 * The words of whatever was thrown.
 * @param {unknown} thrown
 */
export declare function words(thrown: unknown): string;
/**
 * Whether records were not opened because they are sealed under a passphrase, or under another one.
 * @param {unknown} error
 */
export declare function isSealed(error: unknown): boolean;

// ---- reach.d.ts

/**
 * Why this page may not open `url`, as a sentence, or null when it may try. A page may use plain `ws:` and `http:`
 * only on the machine it runs on; asking first beats an error nobody can read.
 * @param {string} url
 * @param {string} [pageProtocol] of the page; from `location` when left out
 * @returns {string | null}
 */
export declare function unreachableFromHere(url: string, pageProtocol?: string): string | null;
