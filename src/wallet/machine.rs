//! The wallet's memory, and the way of requests and answers.

use std::collections::BTreeMap;
use std::fmt;

use cashu::Id;

use super::api::{Answer, Method, MintRequest, OperationId, RequestId, Step};
use super::book::{Held, ProofState};
use super::check::Checking;
use super::derive::Seed;
use super::evidence;
use super::keyset::Keyset;
use super::live::Told;
use super::mint::Mint;
use super::operation::{Operation, Refusal, Run, Saga};
use super::records::{self, COUNTER, KEYSET, MINT, NEXT_OPERATION, OPERATION, PROOF, ROOT};
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, Map, MintUrl, RecordChange, Set, Unit};
use crate::tree::{self, Tree};

pub(super) const DEADLINE_SECS: u32 = 30;
const LONGEST_ANSWER: usize = 4 << 20;
/// Never due by itself: waits for the mint's keys.
pub(super) const PARKED: u64 = u64::MAX;
/// From this number on, operations belong to a seed that had a life before.
const LATER_LIFE: u64 = 1 << 20;

/// The wallet of one phrase.
///
/// ```
/// use std::collections::BTreeMap;
/// use paygress::wallet::Wallet;
///
/// # fn main() -> Result<(), paygress::Error> {
/// let mut wallet = Wallet::open([7; 64], &BTreeMap::new())?;
/// let step = wallet.add_mint(1_800_000_000, "https://mint.example.com".parse()?)?;
/// // 1. write step.records in one transaction, 2. send step.requests, 3. act on step.events
/// assert_eq!(step.requests[0].url(), "https://mint.example.com/v1/info");
/// # Ok(())
/// # }
/// ```
pub struct Wallet {
    pub(super) seed: Seed,
    fingerprint: String,
    pub(super) mints: Map<MintUrl, Mint>,
    pub(super) keysets: Map<(MintUrl, Id), Keyset>,
    pub(super) counters: Map<Id, u32>,
    /// Counters of other seeds, by fingerprint.
    other_counters: Vec<(String, Id, u32)>,
    /// By Y in hex.
    pub(super) proofs: Map<String, Held>,
    pub(super) ops: Map<OperationId, Operation>,
    pub(super) checks: Map<OperationId, Checking>,
    /// What its mints promised to tell of.
    pub(super) told: Map<OperationId, Told>,
    next_op: u64,
    /// With the question in words, and when it was asked.
    pub(super) asks: Map<RequestId, (Ask, String, u64)>,
    next_request: u64,
    pub(super) awake: bool,
    /// It looks for ecash and moves none.
    pub(super) is_scout: bool,
    /// The latest `now` of any call.
    pub(super) latest: u64,
    dirty: Set<Dirty>,
}

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Info(MintUrl),
    Keysets(MintUrl),
    Keys(MintUrl, Id),
    Quote(OperationId),
    QuoteState(OperationId),
    Exchange(OperationId),
    Check(OperationId),
    Reclaimable(OperationId),
    Pay(OperationId),
    Restore(OperationId),
    Look(MintUrl),
}

/// An answer as the sagas see it.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Body(String),
    Refused(Refusal),
    /// No answer, or one that decides nothing.
    Unknown(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    Mint(MintUrl),
    Keyset(MintUrl, Id),
    Counter(Id),
    Proof(String),
    Operation(OperationId),
    NextOperation,
}

impl fmt::Debug for Wallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wallet")
            .field("mints", &self.mints.len())
            .field("proofs", &self.proofs.len())
            .field("operations", &self.ops.len())
            .finish_non_exhaustive()
    }
}

impl Wallet {
    /// Opens the wallet of this seed from its records (keys that begin with `wallet/`; others are ignored). Call
    /// [`wake`](Self::wake) next: it resumes what was under way.
    ///
    /// # Errors
    /// [`ErrorCode::Store`] for records of a newer version or that cannot be read. Nothing is overwritten.
    pub fn open(seed: [u8; 64], records: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut wallet = Self::of_seed(seed);
        for (key, text) in records.range(ROOT.to_owned()..).take_while(|(key, _)| key.starts_with(ROOT)) {
            wallet.load(key, text)?;
        }
        wallet.own_counters();
        Ok(wallet)
    }

    /// An empty wallet.
    pub(super) fn of_seed(seed: [u8; 64]) -> Self {
        let seed = Seed::new(seed);
        let fingerprint = seed.fingerprint();
        Self {
            seed,
            fingerprint,
            mints: Map::new(),
            keysets: Map::new(),
            counters: Map::new(),
            other_counters: Vec::new(),
            proofs: Map::new(),
            ops: Map::new(),
            checks: Map::new(),
            told: Map::new(),
            next_op: 1,
            asks: Map::new(),
            next_request: 1,
            awake: false,
            is_scout: false,
            latest: 0,
            dirty: Set::new(),
        }
    }

    /// Forgets the present seed; what its counters stand at is kept for when it comes back.
    pub(super) fn change_seed(&mut self, seed: [u8; 64]) {
        for (id, next) in std::mem::take(&mut self.counters) {
            self.other_counters.push((self.fingerprint.clone(), id, next));
        }
        self.seed = Seed::new(seed);
        self.fingerprint = self.seed.fingerprint();
        self.own_counters();
    }

    fn own_counters(&mut self) {
        for (fingerprint, id, next) in std::mem::take(&mut self.other_counters) {
            if fingerprint == self.fingerprint {
                self.counters.insert(id, next);
            } else {
                self.other_counters.push((fingerprint, id, next));
            }
        }
    }

    /// What is held of a unit at a mint.
    pub(super) fn sum_of(&self, mint: &MintUrl, unit: Unit, counts: impl Fn(ProofState) -> bool) -> u64 {
        let at_mint = self.proofs.values().filter(|held| held.mint == *mint && counts(held.state));
        let held = at_mint.filter(|held| self.unit_of(mint, held.keyset) == unit);
        held.fold(0, |sum, held| sum.saturating_add(held.amount))
    }

    /// The unit of a keyset: it is known before any proof of it is held.
    pub(super) fn unit_of(&self, mint: &MintUrl, keyset: Id) -> Unit {
        self.keysets.get(&(mint.clone(), keyset)).and_then(Keyset::unit).unwrap_or_default()
    }

    /// So much of an operation's unit.
    pub(super) fn much(&self, id: OperationId, value: u64) -> Amount {
        self.ops.get(&id).map_or(Amount::sat(value), |op| op.much(value))
    }

    pub(super) fn operation_of(&self, id: OperationId) -> Result<&Operation, Error> {
        self.ops.get(&id).ok_or_else(|| {
            Error::new(
                ErrorCode::NotFound,
                format!("there is no wallet operation {id}; take its id from the wallet's view"),
            )
        })
    }

    /// The keyset for new outputs: cheapest, then the one that lasts longest.
    pub(super) fn signing_keyset(&self, now: u64, mint: &MintUrl, unit: Unit) -> Option<&Keyset> {
        let fits = |keyset: &Keyset| keyset.unit() == Some(unit) && keyset.signs(now);
        let of_mint = self.keysets.iter().filter(|((url, _), keyset)| url == mint && fits(keyset));
        let order =
            |keyset: &Keyset| (keyset.input_fee_ppk, u64::MAX - keyset.final_expiry.unwrap_or(u64::MAX), keyset.id);
        of_mint.map(|(_, keyset)| keyset).min_by_key(|keyset| order(keyset))
    }

    /// As [`signing_keyset`](Self::signing_keyset), or the reason why not.
    pub(super) fn ready_keyset(&self, now: u64, mint: &MintUrl, unit: Unit) -> Result<&Keyset, Error> {
        let Some(known) = self.mints.get(mint) else {
            let text = format!("{mint} is not one of the wallet's mints; add it first");
            return Err(Error::new(ErrorCode::UnknownMint, text));
        };
        if let Some(reason) = &known.refused {
            return Err(Error::new(ErrorCode::MintNotReady, format!("{mint} cannot be used: {reason}")));
        }
        if self.is_catching_up(mint) {
            let text = format!(
                "{mint} is being asked what these words hold there, and nothing new is made before that is known; wait until it is"
            );
            return Err(Error::new(ErrorCode::MintNotReady, text));
        }
        self.signing_keyset(now, mint, unit).ok_or_else(|| {
            let mut keysets =
                self.keysets.iter().filter(|((url, _), keyset)| url == mint && keyset.unit() == Some(unit));
            let text = if known.run.heard_at.is_none() || keysets.clone().any(|(_, keyset)| keyset.waits_for_keys()) {
                format!("the keys of {mint} are not known yet; wait until it answers")
            } else if keysets.next().is_some() {
                format!("{mint} signs no new ecash in {unit} now; use another mint, or wait until it does again")
            } else {
                format!("{mint} keeps no {unit}; choose another unit or another mint")
            };
            Error::new(ErrorCode::MintNotReady, text)
        })
    }

    pub(super) fn start(&mut self, now: u64, mint: MintUrl, unit: Unit, saga: Saga, note: &str) -> OperationId {
        self.latest = self.latest.max(now);
        let id = OperationId(self.next_op);
        self.next_op = self.next_op.saturating_add(1);
        let mut op = Operation::new(now, mint, unit, saga);
        op.note(now, note);
        op.run.next_at = now;
        self.ops.insert(id, op);
        self.dirty.insert(Dirty::NextOperation);
        self.dirty.insert(Dirty::Operation(id));
        id
    }

    /// The seed had a life that is not in this book: it may have used the next numbers of operations, and keys come from those.
    /// Nobody starts an operation every two seconds, so this is past all of them.
    pub(super) fn count_from_now(&mut self, now: u64) {
        self.next_op = self.next_op.max(now / 2).max(LATER_LIFE);
        self.dirty.insert(Dirty::NextOperation);
    }

    /// The seed may hold something at mints that are not in this book.
    pub(super) fn had_a_life(&self) -> bool {
        self.next_op >= LATER_LIFE
    }

    /// The number of the operation that is started next.
    pub(super) fn next_number(&self) -> u64 {
        self.next_op
    }

    /// Changes what is stored of an operation.
    pub(super) fn change(&mut self, id: OperationId, with: impl FnOnce(&mut Operation)) {
        if let Some(op) = self.ops.get_mut(&id) {
            with(op);
            self.dirty.insert(Dirty::Operation(id));
        }
    }

    /// Keeps what the mint answered to an operation.
    pub(super) fn hear(&mut self, now: u64, id: OperationId, text: String) {
        if self.ops.get_mut(&id).is_some_and(|op| op.hear(now, text)) {
            self.dirty.insert(Dirty::Operation(id));
        }
    }

    /// Changes an operation and begins its next stage at once.
    pub(super) fn enter(&mut self, now: u64, id: OperationId, note: &str, with: impl FnOnce(&mut Operation)) {
        self.latest = self.latest.max(now);
        self.change(id, |op| {
            op.run = Run { next_at: now, ..Run::default() };
            with(op);
            op.note(now, note);
        });
    }

    pub(super) fn park(&mut self, id: OperationId) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.next_at = PARKED;
        }
    }

    pub(super) fn put_proof(&mut self, y: String, held: Held) {
        self.dirty.insert(Dirty::Proof(y.clone()));
        self.proofs.insert(y, held);
    }

    pub(super) fn drop_proof(&mut self, y: &str) -> Option<Held> {
        let held = self.proofs.remove(y)?;
        self.dirty.insert(Dirty::Proof(y.to_owned()));
        Some(held)
    }

    pub(super) fn move_proof(&mut self, y: &str, state: ProofState) {
        if let Some(held) = self.proofs.get_mut(y) {
            held.state = state;
            self.dirty.insert(Dirty::Proof(y.to_owned()));
        }
    }

    /// What an operation reserved is spent. Returns its sum.
    pub(super) fn drop_reserved(&mut self, id: OperationId) -> u64 {
        let spent = self.in_state(ProofState::Reserved { by: id });
        spent.iter().filter_map(|y| self.drop_proof(y)).fold(0, |sum, held| sum.saturating_add(held.amount))
    }

    /// Frees what an operation reserved.
    pub(super) fn release(&mut self, id: OperationId, into: ProofState) {
        for y in self.in_state(ProofState::Reserved { by: id }) {
            self.free_proof(&y, id, into);
        }
    }

    pub(super) fn in_state(&self, state: ProofState) -> Vec<String> {
        self.proofs.iter().filter(|(_, held)| held.state == state).map(|(y, _)| y.clone()).collect()
    }

    pub(super) fn set_counter(&mut self, keyset: Id, next: u32) {
        self.counters.insert(keyset, next);
        self.dirty.insert(Dirty::Counter(keyset));
    }

    pub(super) fn mark_mint(&mut self, mint: &MintUrl) {
        self.dirty.insert(Dirty::Mint(mint.clone()));
    }

    pub(super) fn put_keyset(&mut self, mint: &MintUrl, keyset: Keyset) {
        self.dirty.insert(Dirty::Keyset(mint.clone(), keyset.id));
        self.keysets.insert((mint.clone(), keyset.id), keyset);
    }

    /// Goes on with an operation if it is due and nothing is being asked.
    pub(super) fn pump(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        if op.run.waiting.is_some() || !op.busy() || op.run.next_at > now {
            return;
        }
        if self.held_until(op) > now {
            return;
        }
        if op.exchange().is_some() {
            self.pump_exchange(id, step);
            return;
        }
        match &op.saga {
            Saga::Issue(_) => self.pump_issue(id, step),
            Saga::Receive(_) => self.plan_receive(now, id, step),
            Saga::Send(_) => self.plan_send(now, id, step),
            Saga::Reclaim(_) => self.pump_reclaim(now, id, step),
            Saga::Pay(_) => self.pump_pay(id, step),
            Saga::Restore(_) => self.pump_restore(now, id, step),
        }
    }

    /// Asks for an operation, which then waits for the answer.
    #[expect(clippy::too_many_arguments, reason = "one place that turns a question into a request")]
    pub(super) fn ask_for(
        &mut self,
        id: OperationId,
        mint: &MintUrl,
        method: Method,
        path: String,
        body: Option<String>,
        ask: Ask,
        step: &mut Step,
    ) {
        let request = self.ask(mint, method, path, body, ask, step);
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.waiting = Some(request);
        }
    }

    pub(super) fn ask(
        &mut self,
        mint: &MintUrl,
        method: Method,
        path: String,
        body: Option<String>,
        ask: Ask,
        step: &mut Step,
    ) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.asks.insert(id, (ask, evidence::asked(method, &path), self.latest));
        step.requests.push(MintRequest { id, mint: mint.clone(), method, path, body, deadline_secs: DEADLINE_SECS });
        id
    }

    pub(super) fn flush(&mut self, mut step: Step) -> Step {
        for dirty in std::mem::take(&mut self.dirty) {
            let (key, value) = match &dirty {
                Dirty::Mint(url) => (format!("{MINT}{url}"), self.mints.get(url).map(records::write)),
                Dirty::Keyset(url, id) => {
                    (format!("{KEYSET}{url}/{id}"), self.keysets.get(&(url.clone(), *id)).map(records::write))
                }
                Dirty::Counter(id) => {
                    (format!("{COUNTER}{}/{id}", self.fingerprint), self.counters.get(id).map(records::write))
                }
                Dirty::Proof(y) => (format!("{PROOF}{y}"), self.proofs.get(y).map(records::write)),
                Dirty::Operation(id) => (format!("{OPERATION}{id}"), self.ops.get(id).map(records::write)),
                Dirty::NextOperation => (NEXT_OPERATION.to_owned(), Some(records::write(&self.next_op))),
            };
            step.records.push(RecordChange { key, value });
        }
        step
    }

    fn load(&mut self, key: &str, text: &str) -> Result<(), Error> {
        let wrong = || records::unreadable(key);
        if let Some(url) = key.strip_prefix(MINT) {
            self.mints.insert(url.parse().map_err(|_| wrong())?, records::read(key, text)?);
        } else if let Some(rest) = key.strip_prefix(KEYSET) {
            let (url, id) = rest.rsplit_once('/').ok_or_else(wrong)?;
            let keyset: Keyset = records::read(key, text)?;
            if keyset.id.to_string() != id {
                return Err(wrong());
            }
            self.keysets.insert((url.parse().map_err(|_| wrong())?, keyset.id), keyset);
        } else if let Some(rest) = key.strip_prefix(COUNTER) {
            let (fingerprint, id) = rest.split_once('/').ok_or_else(wrong)?;
            let next = records::read(key, text)?;
            self.other_counters.push((fingerprint.to_owned(), id.parse().map_err(|_| wrong())?, next));
        } else if let Some(y) = key.strip_prefix(PROOF) {
            self.proofs.insert(y.to_owned(), records::read(key, text)?);
        } else if let Some(id) = key.strip_prefix(OPERATION) {
            self.ops.insert(id.parse().map_err(|_| wrong())?, records::read(key, text)?);
        } else if key == NEXT_OPERATION {
            self.next_op = records::read(key, text)?;
        } else {
            return Err(wrong());
        }
        Ok(())
    }
}

impl Ask {
    /// The operation that asked.
    pub(super) fn operation(&self) -> Option<OperationId> {
        match self {
            Self::Info(_) | Self::Keysets(_) | Self::Keys(..) | Self::Look(_) => None,
            Self::Quote(id)
            | Self::QuoteState(id)
            | Self::Exchange(id)
            | Self::Check(id)
            | Self::Reclaimable(id)
            | Self::Pay(id)
            | Self::Restore(id) => Some(*id),
        }
    }
}

impl Reply {
    pub(super) fn read(answer: Answer) -> Self {
        let (status, body) = match answer {
            Answer::Response { status, body } => (status, body),
            Answer::Later { status, .. } => (status, String::new()),
            Answer::Nothing { reason } => return Self::Unknown(reason),
        };
        match status {
            200..300 if body.len() <= LONGEST_ANSWER => Self::Body(body),
            408 | 425 | 429 => Self::Unknown(format!("it asks to come back later (status {status})")),
            400..500 => match Refusal::read(&body) {
                Some(refusal) => Self::Refused(refusal),
                None => Self::Unknown(format!("status {status}")),
            },
            _ => Self::Unknown(format!("status {status}")),
        }
    }
}

impl Refusal {
    /// Nothing for what no mint says, like the page of a gateway.
    fn read(body: &str) -> Option<Self> {
        let value = tree::json(body)?;
        let code = value.get("code").and_then(Tree::unsigned);
        let detail = value.get("detail").or_else(|| value.get("error"));
        if code.is_none() && detail.is_none() {
            return None;
        }
        let detail = detail.and_then(Tree::text).unwrap_or("no reason given");
        Some(Self { code: code.unwrap_or(0), detail: super::mint::clean(detail.trim_end_matches('.')) })
    }
}
