//! Ecash back from the phrase (NUT-13, NUT-09, NUT-07): every keyset of a mint, 100 counters at a time.
//!
//! ```text
//!   Asking ──info and keysets heard──▶ Looking: the balance first (NUT-07), then one keyset after the other
//!     │ ▲                               │ ▲
//!     │ │                               │ ├─ own ecash that was spent elsewhere leaves the balance
//!     │ └─ its mint is down: waits      │ ├─ its keys, when they are not known; false ones: the keyset is left out
//!     │                                 │ ├─ no signature (NUT-09): the next batch; three in a row: the next keyset
//!     │                                 │ ├─ one for a secret that nobody used: the batch counts as if it had none
//!     │                                 │ ├─ signatures: spent? (NUT-07) unspent comes in, spent is counted, pending is kept
//!     │                                 ├─┘  no answer: the same question later, however long
//!     ▼                                 ▼
//!   Failed: it cannot restore         Pending ──▶ Done
//!                                       └─ asked again until the mint has decided
//! ```
//!
//! A wallet that came from a file of the past, or has words that had a life before, catches up: after the keysets, the mint
//! is asked which coins of the book were spent since (NUT-07), and until then nothing new is made there.
//!
//! Cancelled from every open state; what came in stays. Progress is stored after each batch, together with the proofs and
//! the counter: a restart asks the open batch again. What is in the book, and what open operations wait for, is left alone.

use cashu::{Id, PublicKey, State};
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::{FLAWED_TRIES, Phase, check_body, read_states};
use super::machine::{Ask, PARKED, Reply, Wallet};
use super::mint::shown_keys;
use super::operation::{Operation, Run, Saga};
use super::outputs::{Output, Role, Signed};
use super::recount::{Book, Gone};
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, Msat, Sat, Unit};
use crate::tree;

/// So many counters in one question.
pub(super) const BATCH: u32 = 100;
/// So many batches in a row without any signature end a keyset.
const GAP: u32 = 3;
/// Refusals of the same question before its keyset is left out.
const MOST_REFUSALS: u32 = 3;
/// The counters of NUT-13 end here.
const END: u32 = 1 << 31;
/// No wallet ever used a secret from here on. Each batch asks for one: a mint that signed it says so of everything.
const UNUSED: u32 = END - (1 << 25);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Restore {
    /// Keysets not done yet; the first is being looked at.
    left: Vec<Id>,
    pub(super) keysets: u32,
    /// The next counter of that keyset.
    next: u32,
    /// Batches in a row without a signature.
    empty: u32,
    /// The wallet's own counter in that keyset before it was looked at.
    #[serde(default)]
    own: Option<u32>,
    pub(super) counters: u32,
    /// These three in sat.
    found: u64,
    set_aside: u64,
    spent: u64,
    #[serde(default)]
    msat: Sums,
    pub(super) left_out: u32,
    /// What the mint had in use when it was asked.
    pub(super) pending: Vec<Output>,
    #[serde(default)]
    pub(super) book: Book,
    /// What was in the book and spent elsewhere, in sat and in msat.
    #[serde(default)]
    pub(super) gone: u64,
    #[serde(default)]
    pub(super) gone_msat: u64,
    pub(super) state: RestoreState,
    /// The balance up to this Y was asked for; nothing when all of it was.
    #[serde(default)]
    pub(super) balance: Option<String>,
    /// What left the balance because it was spent elsewhere.
    #[serde(default)]
    pub(super) elsewhere: Vec<Gone>,
    /// Nobody asked for it: a sign that the phrase is in use elsewhere began it.
    #[serde(default)]
    by_itself: bool,
    /// The mint said that it signed secrets that nobody used: no further signature of it keeps the search going.
    #[serde(default)]
    pub(super) endless: bool,
    /// The open question, which is asked anew after a restart.
    #[serde(skip)]
    asked: Vec<Output>,
    #[serde(skip)]
    pub(super) asked_balance: Vec<String>,
    #[serde(skip)]
    pub(super) signed: Vec<Signed>,
    /// Of the book, by Y: what the open question is about.
    #[serde(skip)]
    pub(super) checked: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RestoreState {
    Asking,
    Looking,
    Done,
    Failed { text: String },
    Cancelled,
}

impl Output {
    /// No wallet made it: it is for [`derive_with_unused`](Wallet::derive_with_unused).
    pub(super) fn is_unused(&self) -> bool {
        self.locked.is_none() && self.counter >= UNUSED
    }
}

/// What was found, in one unit.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) found: u64,
    pub(super) set_aside: u64,
    pub(super) spent: u64,
}

/// What came of a batch.
#[derive(Debug, Default)]
struct Batch {
    /// The mint signed something of it, whoever knows of that.
    signed: bool,
    unit: Unit,
    sums: Sums,
    pending: Vec<Output>,
}

impl Restore {
    fn new() -> Self {
        Self {
            left: Vec::new(),
            keysets: 0,
            next: 0,
            empty: 0,
            own: None,
            counters: 0,
            found: 0,
            set_aside: 0,
            spent: 0,
            msat: Sums::default(),
            left_out: 0,
            pending: Vec::new(),
            book: Book::Believed,
            gone: 0,
            gone_msat: 0,
            state: RestoreState::Asking,
            balance: None,
            elsewhere: Vec::new(),
            by_itself: false,
            endless: false,
            asked: Vec::new(),
            asked_balance: Vec::new(),
            signed: Vec::new(),
            checked: Vec::new(),
        }
    }

    /// What happened after the book was written is not known yet.
    fn catches_up(&self) -> bool {
        self.busy() && matches!(self.book, Book::AskedUpTo(_))
    }

    pub(super) fn busy(&self) -> bool {
        match self.state {
            RestoreState::Asking | RestoreState::Looking => true,
            RestoreState::Done | RestoreState::Failed { .. } | RestoreState::Cancelled => false,
        }
    }

    pub(super) fn sums(&self, unit: Unit) -> Sums {
        match unit {
            Unit::Sat => Sums { found: self.found, set_aside: self.set_aside, spent: self.spent },
            Unit::Msat => self.msat,
        }
    }

    pub(super) fn keysets_done(&self) -> u32 {
        self.keysets.saturating_sub(u32::try_from(self.left.len()).unwrap_or(u32::MAX))
    }

    /// Only what the mint has in use is left.
    pub(super) fn waits(&self) -> bool {
        self.state == RestoreState::Looking && self.left.is_empty() && !self.catches_up()
    }

    /// Once more from its beginning; an answer that is still to come counts for nothing.
    fn look_at_balance(&mut self) {
        self.balance = Some(String::new());
        self.asked_balance.clear();
        self.checked.clear();
        self.asked.clear();
        self.signed.clear();
    }

    fn next_keyset(&mut self) {
        self.left.remove(0);
        (self.next, self.empty, self.own) = (0, 0, None);
    }

    fn take(&mut self, batch: Batch, counter: u32) {
        let (old, new) = (self.sums(batch.unit), batch.sums);
        let found = old.found.saturating_add(new.found);
        let set_aside = old.set_aside.saturating_add(new.set_aside);
        let spent = old.spent.saturating_add(new.spent);
        match batch.unit {
            Unit::Sat => (self.found, self.set_aside, self.spent) = (found, set_aside, spent),
            Unit::Msat => self.msat = Sums { found, set_aside, spent },
        }
        let asked = std::mem::take(&mut self.asked);
        self.signed.clear();
        if self.left.is_empty() {
            self.pending.retain(|output| !asked.contains(output));
        } else {
            self.counters = self.counters.saturating_add(BATCH);
            self.next = self.next.saturating_add(BATCH);
            let goes_on = if self.endless { self.own.is_some_and(|own| self.next <= own) } else { batch.signed };
            self.empty = if goes_on { 0 } else { self.empty + 1 };
            if (self.empty >= GAP && self.next >= counter) || self.next >= END {
                self.next_keyset();
            }
        }
        self.pending.extend(batch.pending);
    }
}

impl Wallet {
    /// Looks for ecash of this phrase at a mint, which is added if it is unknown. One that is being looked at already
    /// goes on: its operation is returned. [`Restored`](super::WalletEvent::Restored) follows; a mint that is down is
    /// asked until it answers.
    ///
    /// # Errors
    /// None today; the result leaves room for a limit on mints.
    pub fn restore(&mut self, now: u64, mint: MintUrl) -> Result<(OperationId, Step), Error> {
        let mut step = Step::default();
        self.latest = self.latest.max(now);
        let id = self.start_restore(now, &mint, &mut step);
        Ok((id, self.flush(step)))
    }

    pub(super) fn start_restore(&mut self, now: u64, mint: &MintUrl, step: &mut Step) -> OperationId {
        self.know_mint(now, mint);
        let under_way = |op: &Operation| op.mint == *mint && op.restore().is_some_and(Restore::busy);
        let running = self.ops.iter().find(|(_, op)| under_way(op)).map(|(id, _)| *id);
        let id = running.unwrap_or_else(|| {
            let saga = Saga::Restore(Restore::new());
            let id = self.start(now, mint.clone(), Unit::Sat, saga, "looking for ecash of this phrase");
            self.park(id);
            id
        });
        if self.is_asking(id) {
            self.refresh(now, mint, step);
        }
        id
    }

    /// Looks for what happened at a mint since this book was written: ecash of the phrase that is not in it, and what of it
    /// was spent. Until that is done, nothing new is made there. For a book that comes out of a file, and for a phrase
    /// that had a life before.
    pub fn catch_up(&mut self, now: u64, mint: MintUrl) -> (OperationId, Step) {
        let mut step = Step::default();
        self.latest = self.latest.max(now);
        self.count_from_now(now);
        let id = self.know_mint(now, &mint).unwrap_or_else(|| self.begin_catch_up(now, &mint));
        self.refresh(now, &mint, &mut step);
        (id, self.flush(step))
    }

    pub(super) fn begin_catch_up(&mut self, now: u64, mint: &MintUrl) -> OperationId {
        let restore = Restore { book: Book::AskedUpTo(String::new()), ..Restore::new() };
        let note = "looking for what happened here before";
        let id = self.start(now, mint.clone(), Unit::Sat, Saga::Restore(restore), note);
        self.park(id);
        id
    }

    pub(super) fn is_catching_up(&self, mint: &MintUrl) -> bool {
        let behind = |op: &Operation| op.mint == *mint && op.restore().is_some_and(Restore::catches_up);
        self.ops.values().any(behind)
    }

    /// As [`start_restore`](Self::start_restore), because of a sign and not of a wish. One operation stands for all of
    /// them, and one that is under way looks at the balance once more.
    pub(super) fn search_again(&mut self, now: u64, mint: &MintUrl, why: &str, step: &mut Step) {
        let at_mint = self.ops.iter().rev().filter(|(_, op)| op.mint == *mint);
        let mut searches = at_mint.filter_map(|(id, op)| Some((*id, op.restore()?)));
        let goes_on = searches.find(|(_, restore)| restore.busy() || restore.by_itself);
        let (id, elsewhere, busy) = match goes_on {
            Some((id, restore)) => (id, restore.elsewhere.clone(), restore.busy()),
            None => (self.start_restore(now, mint, step), Vec::new(), false),
        };
        if busy {
            if !self.is_asking(id) {
                self.go_further(now, id, Restore::look_at_balance);
                self.pump(now, id, step);
            }
            return;
        }
        self.enter(now, id, why, |op| {
            if let Some(restore) = op.restore_mut() {
                *restore = Restore { elsewhere, by_itself: true, ..Restore::new() };
            }
        });
        self.park(id);
        self.refresh(now, mint, step);
    }

    /// The keysets of a mint were heard: restores that waited for them begin.
    pub(super) fn begin_restores(&mut self, now: u64, mint: &MintUrl, step: &mut Step) {
        for id in self.waiting_restores(mint) {
            self.go_on(now, id, Phase::Post);
            self.pump(now, id, step);
        }
    }

    /// The mint contradicts itself.
    pub(super) fn end_waiting_restores(&mut self, now: u64, mint: &MintUrl, reason: &str, step: &mut Step) {
        for id in self.waiting_restores(mint) {
            self.fail_restore(now, id, format!("{mint} cannot be used: {reason}"), step);
        }
    }

    fn waiting_restores(&self, mint: &MintUrl) -> Vec<OperationId> {
        let at_mint = self.ops.iter().filter(|(_, op)| op.mint == *mint && op.run.next_at == PARKED);
        at_mint.map(|(id, _)| *id).filter(|id| self.is_asking(*id)).collect()
    }

    /// A search that looks at all that [`look_soon`](Self::look_soon) would look at begins with the keysets of a mint.
    pub(super) fn is_search_waiting(&self, mint: &MintUrl) -> bool {
        let is_whole = |id: &OperationId| {
            let restore = self.ops.get(id).and_then(Operation::restore);
            restore.is_some_and(|restore| restore.book == Book::Believed)
        };
        self.mints.get(mint).is_some_and(|known| known.restores) && self.waiting_restores(mint).iter().any(is_whole)
    }

    fn is_asking(&self, id: OperationId) -> bool {
        let restore = self.ops.get(&id).and_then(Operation::restore);
        restore.is_some_and(|restore| restore.state == RestoreState::Asking)
    }

    pub(super) fn pump_restore(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return };
        if !self.is_asking(id) {
            return self.look(now, id, &mint, step);
        }
        match self.mints.get(&mint).map(|known| (known.run.heard_at, known.restores)) {
            Some((Some(_), true)) => {
                let listed = |active| {
                    let of_mint = self.keysets.iter().filter(|((url, _), _)| *url == mint);
                    let wanted = of_mint.filter(move |(_, keyset)| keyset.unit().is_some() && keyset.active == active);
                    wanted.map(|((_, id), _)| *id)
                };
                let left: Vec<Id> = listed(true).chain(listed(false)).collect();
                self.enter(now, id, "the mint told its keysets", |op| {
                    if let Some(restore) = op.restore_mut() {
                        restore.keysets = u32::try_from(left.len()).unwrap_or(u32::MAX);
                        // A book of the past is asked for when its keysets are known.
                        if restore.book == Book::Believed {
                            restore.look_at_balance();
                        }
                        (restore.left, restore.state) = (left, RestoreState::Looking);
                    }
                });
                self.look(now, id, &mint, step);
            }
            Some((Some(_), false)) => {
                let text = format!("{mint} does not say that it can restore ecash (NUT-07 and NUT-09)");
                self.fail_restore(now, id, text, step);
            }
            Some((None, _)) | None => self.park(id),
        }
    }

    /// Asks what comes next.
    fn look(&mut self, now: u64, id: OperationId, mint: &MintUrl, step: &mut Step) {
        if let Some(body) = self.ask_balance(id, mint) {
            return self.ask_for(
                id,
                mint,
                Method::Post,
                "/v1/checkstate".to_owned(),
                Some(body),
                Ask::Restore(id),
                step,
            );
        }
        let Some(restore) = self.ops.get(&id).and_then(Operation::restore) else { return };
        let keyset = restore.left.first().copied();
        if let (None, Book::AskedUpTo(last)) = (keyset, &restore.book) {
            let last = last.clone();
            return self.ask_for_book(now, id, mint, &last, step);
        }
        let (method, path, body) = if !restore.signed.is_empty() {
            let body = check_body(restore.signed.iter().map(|signed| &signed.y));
            (Method::Post, "/v1/checkstate".to_owned(), body)
        } else if let Some(keyset) = keyset.filter(|keyset| !self.has_keys(mint, *keyset)) {
            (Method::Get, format!("/v1/keys/{keyset}"), None)
        } else {
            let outputs: Vec<Output> = match (keyset, restore.pending.first()) {
                (Some(keyset), _) => self.derive_with_unused(keyset, restore.next, BATCH),
                (None, Some(first)) => {
                    let same = restore.pending.iter().filter(|output| output.keyset == first.keyset);
                    same.take(BATCH as usize).cloned().collect()
                }
                (None, None) => return self.restore_done(now, id, step),
            };
            let body = super::exchange::restore_body(&outputs);
            let own = keyset.and_then(|keyset| self.counters.get(&keyset)).copied().unwrap_or(0);
            if let Some(restore) = self.ops.get_mut(&id).and_then(Operation::restore_mut) {
                restore.own.get_or_insert(own);
                restore.asked = outputs;
            }
            (Method::Post, "/v1/restore".to_owned(), body)
        };
        self.ask_for(id, mint, method, path, body, Ask::Restore(id), step);
    }

    fn has_keys(&self, mint: &MintUrl, keyset: Id) -> bool {
        self.keysets.get(&(mint.clone(), keyset)).is_some_and(|keyset| keyset.keys.is_some())
    }

    pub(super) fn derive_batch(&self, keyset: Id, from: u32, count: u32) -> Vec<Output> {
        let counters = from..from.saturating_add(count).min(END);
        let derived = counters.filter_map(|counter| Some((counter, self.seed.derive(keyset, counter)?.blinded)));
        // The mint looks for the point alone; the amount is in its answer.
        derived
            .map(|(counter, blinded)| Output { keyset, counter, amount: 0, blinded, role: Role::Keep, locked: None })
            .collect()
    }

    /// As [`derive_batch`](Self::derive_batch), with one among them that no wallet made. Only the seed tells which and where,
    /// so that a mint which claims to have signed the others cannot leave it out.
    pub(super) fn derive_with_unused(&self, keyset: Id, from: u32, count: u32) -> Vec<Output> {
        let mut outputs = self.derive_batch(keyset, from, count);
        let [counter, place] = self.seed.numbers_of(keyset, from);
        let unused = self.derive_batch(keyset, UNUSED + counter % (END - UNUSED), 1);
        let place = place as usize % (outputs.len() + 1);
        outputs.splice(place..place, unused);
        outputs
    }

    pub(super) fn restore_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return };
        let refusal = match reply {
            Reply::Body(body) => self.restore_told(now, id, &mint, &body, step).err(),
            Reply::Refused(refusal) => Some(Some(refusal.detail)),
            Reply::Unknown(_) => Some(None),
        };
        match refusal {
            None => {}
            Some(None) => {
                if self.ops.get(&id).is_some_and(|op| op.run.tries == 0) {
                    self.change(id, |op| op.note(now, "the mint does not answer; it is asked again"));
                }
                self.put_off(now, id, Phase::Post);
            }
            Some(Some(why)) => self.restore_refused(now, id, &mint, &why, step),
        }
        self.pump(now, id, step);
    }

    /// Takes the answer to the open question. Why not, if it is none; without a reason when it may be damaged.
    fn restore_told(
        &mut self,
        now: u64,
        id: OperationId,
        mint: &MintUrl,
        body: &str,
        step: &mut Step,
    ) -> Result<(), Option<String>> {
        let Some(restore) = self.ops.get(&id).and_then(Operation::restore) else { return Ok(()) };
        let wrong = || tree::json(body).map(|_| "its answer does not fit the question".to_owned());
        if !restore.checked.is_empty() {
            let states = read_states(body, &restore.checked).ok_or_else(wrong)?;
            self.book_told(now, id, &states);
        } else if !restore.signed.is_empty() {
            let ys: Vec<String> = restore.signed.iter().map(|signed| signed.y.clone()).collect();
            let states = read_states(body, &ys).ok_or_else(wrong)?;
            let state_of = |signed: &Signed| states.get(&signed.y).copied();
            let keyset = restore.signed.first().map(|signed| signed.output.keyset);
            let unit = keyset.map(|keyset| self.unit_of(mint, keyset)).unwrap_or_default();
            let mut batch = Batch { signed: true, unit, ..Batch::default() };
            let mut ours = Vec::new();
            for signed in restore.signed.clone() {
                match state_of(&signed) {
                    Some(State::Unspent) => ours.push(signed),
                    Some(State::Spent) => batch.sums.spent = batch.sums.spent.saturating_add(signed.amount),
                    Some(_) | None => batch.pending.push(Output { amount: 0, ..signed.output }),
                }
            }
            let new = ours.iter().filter(|signed| self.is_news(signed));
            let new = new.fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
            batch.sums.found = self.take_in(id, ours, |_| ProofState::Spendable, step);
            batch.sums.set_aside = new.saturating_sub(batch.sums.found);
            self.batch_done(now, id, batch);
        } else if !restore.asked_balance.is_empty() {
            let states = read_states(body, &restore.asked_balance).ok_or_else(wrong)?;
            self.balance_told(now, id, mint, &states, step);
        } else if !restore.asked.is_empty() {
            let found = self.read_restored(mint, &restore.asked, body).ok_or_else(wrong)?;
            let tries = self.ops.get(&id).map_or(0, |op| op.run.tries);
            if tries < FLAWED_TRIES && found.iter().any(|signed| self.is_news(signed) && !signed.is_sound()) {
                return Err(None);
            }
            // It signed once what it had in use later: an answer without that is none.
            if restore.left.is_empty() && found.len() < restore.asked.len() {
                return Err(None);
            }
            self.signatures_found(now, id, found);
        } else if let Some(keyset) = restore.left.first().copied() {
            let Some(known) = self.keysets.get(&(mint.clone(), keyset)) else { return Ok(()) };
            match shown_keys(known, body) {
                Some(Ok(keyset)) => {
                    self.put_keyset(mint, keyset);
                    self.go_further(now, id, |_| ());
                }
                Some(Err(reason)) => self.leave_out(now, id, &reason),
                None => return Err(wrong()),
            }
        }
        Ok(())
    }

    fn signatures_found(&mut self, now: u64, id: OperationId, mut found: Vec<Signed>) {
        let all = found.len();
        found.retain(|signed| !signed.output.is_unused());
        let tells_nothing = found.len() < all;
        let Some(restore) = self.ops.get_mut(&id).and_then(Operation::restore_mut) else { return };
        if tells_nothing && !std::mem::replace(&mut restore.endless, true) {
            self.change(id, |op| op.note(now, "the mint says that it signed what nobody asked it for"));
        }
        let Some(restore) = self.ops.get(&id).and_then(Operation::restore) else { return };
        let whole_keyset = !restore.left.is_empty();
        let batch = Batch { signed: !found.is_empty(), ..Batch::default() };
        // Before anything of it can come in, so that no new operation derives the same secrets.
        let last = found.iter().max_by_key(|signed| signed.output.counter);
        if let Some(last) = last.filter(|_| whole_keyset) {
            let (keyset, past) = (last.output.keyset, last.output.counter.saturating_add(1));
            if self.counters.get(&keyset).is_none_or(|next| *next < past) {
                self.set_counter(keyset, past);
            }
        }
        let awaited = self.awaited();
        let unknown = |signed: &Signed| self.is_news(signed) && !awaited.contains(&signed.output.blinded);
        let signed: Vec<Signed> = found.into_iter().filter(unknown).collect();
        if signed.is_empty() {
            return self.batch_done(now, id, batch);
        }
        if let Some(op) = self.ops.get_mut(&id) {
            op.run = Run { next_at: now, tries: op.run.tries, ..Run::default() };
            if let Some(restore) = op.restore_mut() {
                restore.signed = signed;
            }
        }
    }

    /// The outputs that open operations wait for: what becomes of them is theirs to find out.
    fn awaited(&self) -> Vec<PublicKey> {
        let mut awaited = Vec::new();
        for op in self.ops.values().filter(|op| op.busy()) {
            let exchange = op.exchange().map(|exchange| (&exchange.outputs, &exchange.earlier));
            let outputs = exchange.into_iter().flat_map(|(outputs, earlier)| outputs.iter().chain(earlier));
            awaited.extend(outputs.chain(op.earlier()).map(|output| output.blinded));
        }
        awaited
    }

    fn batch_done(&mut self, now: u64, id: OperationId, batch: Batch) {
        let Some(restore) = self.ops.get_mut(&id).and_then(Operation::restore_mut) else { return };
        if restore.left.is_empty() && batch.pending.len() == restore.asked.len() {
            restore.take(batch, 0);
            return self.put_off(now, id, Phase::Post);
        }
        let keyset = restore.left.first();
        let counter = keyset.and_then(|keyset| self.counters.get(keyset)).copied().unwrap_or(0);
        self.go_further(now, id, |restore| restore.take(batch, counter));
    }

    fn restore_refused(&mut self, now: u64, id: OperationId, mint: &MintUrl, why: &str, step: &mut Step) {
        let Some(op) = self.ops.get_mut(&id) else { return };
        op.run.refusals = op.run.refusals.saturating_add(1);
        let refusals = op.run.refusals;
        if refusals >= MOST_REFUSALS && op.restore().is_some_and(|restore| !restore.checked.is_empty()) {
            let why = format!("the mint does not say which coins were spent: {why}");
            self.change(id, |op| op.note(now, why));
            return self.caught_up(now, id, mint, step);
        }
        let Some(restore) = op.restore() else { return };
        let of_balance = !restore.asked_balance.is_empty();
        if refusals < MOST_REFUSALS || (restore.left.is_empty() && !of_balance) {
            return self.put_off(now, id, Phase::Post);
        }
        if of_balance {
            self.change(id, |op| op.note(now, format!("the mint does not tell what of the balance is spent: {why}")));
            return self.go_further(now, id, |restore| {
                restore.balance = None;
                restore.asked_balance.clear();
            });
        }
        self.leave_out(now, id, why);
    }

    fn leave_out(&mut self, now: u64, id: OperationId, why: &str) {
        let why = why.to_owned();
        self.change(id, |op| {
            if let Some(keyset) = op.restore().and_then(|restore| restore.left.first().copied()) {
                op.note(now, format!("keyset {keyset} is left out: {why}"));
            }
        });
        self.go_further(now, id, |restore| {
            restore.asked.clear();
            restore.signed.clear();
            restore.left_out = restore.left_out.saturating_add(1);
            restore.next_keyset();
        });
    }

    /// Stores progress and goes on at once.
    pub(super) fn go_further(&mut self, now: u64, id: OperationId, with: impl FnOnce(&mut Restore)) {
        self.change(id, |op| {
            op.run = Run { next_at: now, ..Run::default() };
            op.updated_at = now;
            if let Some(restore) = op.restore_mut() {
                with(restore);
            }
        });
    }

    fn restore_done(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(restore) = self.ops.get(&id).and_then(Operation::restore) else { return };
        let is_whole = restore.left_out == 0;
        let (amount, spent, msat) = (Sat::new(restore.found), Sat::new(restore.spent), Msat::new(restore.msat.found));
        self.enter_restore(now, id, RestoreState::Done, "all keysets were looked at");
        if let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()).filter(|_| !is_whole && !self.is_scout) {
            self.look_soon(now, &mint);
        }
        step.events.push(WalletEvent::Restored { op: id, amount, spent, msat });
    }

    fn fail_restore(&mut self, now: u64, id: OperationId, text: String, step: &mut Step) {
        self.enter_restore(now, id, RestoreState::Failed { text: text.clone() }, &text);
        step.events.push(WalletEvent::Failed { op: id, text });
    }

    pub(super) fn cancel_restore(&mut self, now: u64, id: OperationId, step: &mut Step) -> Result<(), Error> {
        if !self.operation_of(id)?.busy() {
            return Err(Error::new(ErrorCode::WrongState, "this search for ecash has ended already"));
        }
        let mint = self.operation_of(id)?.mint.clone();
        self.enter_restore(now, id, RestoreState::Cancelled, "ended before everything was looked at");
        if !self.is_scout {
            self.unpark(now, &mint, step);
            self.look_soon(now, &mint);
        }
        Ok(())
    }

    fn enter_restore(&mut self, now: u64, id: OperationId, state: RestoreState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(restore) = op.restore_mut() {
                restore.asked_balance.clear();
                restore.asked.clear();
                restore.signed.clear();
                restore.checked.clear();
                restore.state = state;
            }
        });
    }
}
