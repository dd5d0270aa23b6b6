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
