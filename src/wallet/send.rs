//! Token out (NUT-03).
//!
//! ```text
//!   Planned ──▶ Requested ────────────────▶ HandedOut ──check──▶ Spent
//!     │ ▲         │ │ ▲                      ▲  │  ▲
//!     │ └─────────┘ │ └─ no answer:          │  │  └─ refused ─┐
//!     │   fresh     │    the same bytes,     │  └──reclaim──▶ Reclaiming ──▶ Reclaimed, or Spent
//!     │   keysets,  │    then both           │
//!     │   collision │    questions           │
//!     ├─────────────┴──▶ Failed: proofs      │
//!     │                  released            │
//!     └── fitting proofs at hand ────────────┘
//! ```
//!
//! The proofs of a token come from our own seed, so even a lost store gives them back. Those of a locked one (see `lock`)
//! are in the journal only, and can be taken back after the lock's end.

use serde::{Deserialize, Serialize};

use super::api::{OperationId, Purpose, SendAmount, SendQuote, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::Exchange;
use super::keyset::fee;
use super::lock::SendLock;
use super::machine::Wallet;
use super::operation::{Operation, Saga};
use super::outputs::{Output, Role, Signed};
use super::select::{Candidate, face_that_arrives, select, token_fee};
use super::token;
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MintUrl, Set, Unit};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Send {
    pub(super) asked: Asked,
    pub(super) purpose: Purpose,
    pub(super) face: u64,
    pub(super) swap_fee: u64,
    pub(super) earlier: Vec<Output>,
    pub(super) attempts: u32,
    /// What may leave the balance for it.
    #[serde(default = "without_limit")]
    most: u64,
    /// When to take the token back by itself, if nobody took it by then.
    #[serde(default)]
    pub(super) take_back_at: Option<u64>,
    /// To whom it is locked.
    #[serde(default)]
    pub(super) lock: Option<SendLock>,
    pub(super) state: SendState,
}

/// What is wanted of a token beside its amount.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) purpose: Purpose,
    pub(super) most: Amount,
    pub(super) lock: Option<SendLock>,
}

/// A token that must arrive is planned only with what the mint told so lately, in seconds; it waits no longer for that.
const FRESH_SECS: u64 = 600;

/// A locked token is taken back by itself so long after its lock's end: the mint's clock may be behind ours.
const AFTER_LOCK_SECS: u64 = 60;

/// How long after it was made a token is looked at for the first time.
const FIRST_LOOK_SECS: u64 = 15;

fn without_limit() -> u64 {
    u64::MAX
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Asked {
    Face(u64),
    Arrives(u64),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SendState {
    Planned,
    Requested { exchange: Exchange },
    HandedOut,
    Reclaiming { by: OperationId },
    Spent,
    Reclaimed { by: OperationId },
    Failed { text: String },
    Cancelled,
}

/// What the proofs of a token are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outputs {
    /// Such as the balance has.
    Plain,
    /// Made for their receiver alone.
    Locked,
}

impl Outputs {
    fn of(lock: Option<&SendLock>) -> Self {
        if lock.is_some() { Self::Locked } else { Self::Plain }
    }
}

/// How a token would be made.
pub(super) struct Plan {
    keyset: cashu::Id,
    unit: Unit,
    face: u64,
    redeem_fee: u64,
    swap_fee: u64,
    with: With,
}

enum With {
    /// Proofs that fit are at hand.
    Fitting(Vec<String>),
    Swap {
        inputs: Vec<String>,
        parts: Vec<(u64, Role)>,
    },
}

impl Plan {
    fn costs_at_most(&self, most: u64) -> Result<(), Error> {
        let total = self.face.saturating_add(self.swap_fee);
        if total <= most {
            return Ok(());
        }
        let unit = self.unit;
        let text =
            format!("it would now cost {total} {unit} instead of {most}; look at the new price and decide again");
        Err(Error::new(ErrorCode::QuoteChanged, text))
    }

    pub(super) fn quote(&self) -> SendQuote {
        let much = |value| Amount::new(value, self.unit);
        SendQuote {
            face: much(self.face),
            redeem_fee: much(self.redeem_fee),
            swap_fee: much(self.swap_fee),
            total: much(self.face.saturating_add(self.swap_fee)),
            missing: much(0),
        }
    }
}

impl Send {
    /// A token given to a person is looked at from time to time; one of a lease is the lease's concern.
    pub(super) fn is_watched(&self) -> bool {
        matches!(self.state, SendState::HandedOut) && self.purpose == Purpose::Person
    }

    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.state {
            SendState::Requested { exchange } => Some(exchange),
            SendState::Planned
            | SendState::HandedOut
            | SendState::Reclaiming { .. }
            | SendState::Spent
            | SendState::Reclaimed { .. }
            | SendState::Failed { .. }
            | SendState::Cancelled => None,
        }
    }

    pub(super) fn busy(&self) -> bool {
        match &self.state {
            SendState::Planned | SendState::Requested { .. } => true,
            SendState::HandedOut
            | SendState::Reclaiming { .. }
            | SendState::Spent
            | SendState::Reclaimed { .. }
            | SendState::Failed { .. }
            | SendState::Cancelled => false,
        }
    }
}

impl Wallet {
    pub(super) fn start_send(
        &mut self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        wish: Wish,
        step: &mut Step,
    ) -> Result<OperationId, Error> {
        let Wish { purpose, most, lock } = wish;
        let unit = amount.unit();
        if most.unit() != unit {
            let text = format!("the limit of a token in {unit} is in {unit} too, not in {}", most.unit());
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        let outputs = Outputs::of(lock.as_ref());
        if outputs == Outputs::Locked {
            self.can_lock(mint)?;
        }
        let plan = self.plan_of(now, mint, amount, outputs)?;
        let most = most.get();
        plan.costs_at_most(most)?;
        let asked = match amount {
            SendAmount::Face(face) => Asked::Face(face.get()),
            SendAmount::Arrives(price) => Asked::Arrives(price.get()),
        };
        let (face, swap_fee) = (plan.face, plan.swap_fee);
        let send = Send {
            asked,
            purpose,
            face,
            swap_fee,
            earlier: Vec::new(),
            attempts: 0,
            most,
            take_back_at: lock.as_ref().map(|lock| lock.until.saturating_add(AFTER_LOCK_SECS)),
            lock,
            state: SendState::Planned,
        };
        let id = self.start(now, mint.clone(), unit, Saga::Send(send), "token planned");
        if self.needs_fresh_fee(now, mint, &asked) {
            self.pump(now, id, step);
        } else {
            self.begin_send(now, id, plan, step)?;
        }
        Ok(id)
    }

    /// What a token would say and what redeeming it costs.
    fn face_of(&self, now: u64, mint: &MintUrl, amount: SendAmount) -> Result<(u64, u64), Error> {
        let keyset = self.ready_keyset(now, mint, amount.unit())?;
        let too_small = |text: String| Error::new(ErrorCode::AmountTooSmall, text);
        match amount {
            SendAmount::Face(face) => {
                let cost = token_fee(keyset, face.get()).ok_or_else(|| {
                    let text = format!("{mint} has no keys for {face}; choose another amount");
                    Error::new(ErrorCode::InvalidInput, text)
                })?;
                if face.get() <= cost {
                    let cost = Amount::new(cost, face.unit());
                    return Err(too_small(format!("redeeming {face} costs {cost} at {mint}; send more")));
                }
                Ok((face.get(), cost))
            }
            SendAmount::Arrives(price) if price.is_zero() => {
                Err(too_small("a token over nothing cannot be made; send more".to_owned()))
            }
            SendAmount::Arrives(price) => face_that_arrives(keyset, price.get()).ok_or_else(|| {
                too_small(format!("the fee of {mint} eats any token that should arrive as {price}; use another mint"))
            }),
        }
    }

    /// What sending would cost, also when there is not enough for it.
    pub(super) fn send_quote_of(
        &self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        outputs: Outputs,
    ) -> Result<SendQuote, Error> {
        match self.plan_of(now, mint, amount, outputs) {
            Ok(plan) => Ok(plan.quote()),
            Err(error) if error.code() == ErrorCode::InsufficientFunds => {
                let (face, redeem_fee) = self.face_of(now, mint, amount)?;
                let unit = amount.unit();
                let have = self.sum_of(mint, unit, |state| state == ProofState::Spendable);
                // With enough in number but not after the swap's fee, one more is the least that can help.
                let missing = face.saturating_sub(have).max(1);
                let much = |value| Amount::new(value, unit);
                Ok(SendQuote {
                    face: much(face),
                    redeem_fee: much(redeem_fee),
                    swap_fee: much(0),
                    total: much(face),
                    missing: much(missing),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Decides how a token would be made from what is spendable now.
    pub(super) fn plan_of(
        &self,
        now: u64,
        mint: &MintUrl,
        amount: SendAmount,
        outputs: Outputs,
    ) -> Result<Plan, Error> {
        let unit = amount.unit();
        let keyset = self.ready_keyset(now, mint, unit)?;
        let (face, redeem_fee) = self.face_of(now, mint, amount)?;
        let parts = keyset.split(face).unwrap_or_default();
        let plan = |swap_fee, with| Plan { keyset: keyset.id, unit, face, redeem_fee, swap_fee, with };
        if !self.is_in_use_elsewhere(now, mint)
            && outputs == Outputs::Plain
            && let Some(fitting) = self.fitting(mint, keyset.id, &parts)
        {
            return Ok(plan(0, With::Fitting(fitting)));
        }
        let candidates = self.candidates(now, mint, unit);
        // All there is goes as it is: exact change would cost a fee that is not there.
        let all = candidates.iter().fold(0u64, |sum, candidate| sum.saturating_add(candidate.amount));
        let cost = fee(candidates.iter().map(|candidate| candidate.rate));
        if outputs == Outputs::Plain && matches!(amount, SendAmount::Face(_)) && all == face && cost < face {
            let all = candidates.into_iter().map(|candidate| candidate.y).collect();
            return Ok(Plan { redeem_fee: cost, ..plan(0, With::Fitting(all)) });
        }
        let Some(chosen) = select(candidates, face) else {
            let have = self.sum_of(mint, unit, |state| state == ProofState::Spendable);
            let text = format!(
                "{face} {unit} are needed at {mint} and {have} {unit} can be spent there; fill in more or send less"
            );
            return Err(Error::new(ErrorCode::InsufficientFunds, text));
        };
        let swap_fee = fee(chosen.iter().map(|candidate| candidate.rate));
        let sum = chosen.iter().fold(0u64, |sum, candidate| sum.saturating_add(candidate.amount));
        let change = sum.saturating_sub(swap_fee).saturating_sub(face);
        let change = keyset.split(change).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidInput,
                format!("{mint} has no keys for {change} {unit} of change; choose another amount"),
            )
        })?;
        let mut all: Vec<(u64, Role)> = parts.into_iter().map(|part| (part, Role::HandOut)).collect();
        all.extend(change.into_iter().map(|part| (part, Role::Keep)));
        let inputs = chosen.into_iter().map(|candidate| candidate.y).collect();
        Ok(plan(swap_fee, With::Swap { inputs, parts: all }))
    }

    /// Spendable proofs of the signing keyset with exactly these amounts.
    fn fitting(&self, mint: &MintUrl, keyset: cashu::Id, parts: &[u64]) -> Option<Vec<String>> {
        let mut taken = Set::new();
        for part in parts {
            let fits = self.proofs.iter().find(|(y, held)| {
                held.state == ProofState::Spendable
                    && held.mint == *mint
                    && held.keyset == keyset
                    && held.amount == *part
                    && !taken.contains(*y)
            });
            taken.insert(fits?.0.clone());
        }
        Some(taken.into_iter().collect())
    }

    pub(super) fn candidates(&self, now: u64, mint: &MintUrl, unit: Unit) -> Vec<Candidate> {
        let spendable =
            self.proofs.iter().filter(|(_, held)| held.mint == *mint && held.state == ProofState::Spendable);
        let candidate = |(y, held): (&String, &super::book::Held)| {
            let keyset = self.keysets.get(&(mint.clone(), held.keyset)).filter(|keyset| keyset.unit() == Some(unit))?;
            let leaving = !keyset.signs(now) || keyset.final_expiry.is_some();
            Some(Candidate { y: y.clone(), amount: held.amount, rate: keyset.input_fee_ppk, leaving })
        };
        spendable.filter_map(candidate).collect()
    }

    /// Reserves proofs and counters and journals the exact request, all in one commit.
    fn begin_send(&mut self, now: u64, id: OperationId, plan: Plan, step: &mut Step) -> Result<(), Error> {
        match plan.with {
            With::Fitting(ys) => {
                for y in &ys {
                    self.move_proof(y, ProofState::HandedOut { by: id });
                }
                self.hand_out(now, id, step);
            }
            With::Swap { inputs, parts } => {
                let proofs = inputs.iter().filter_map(|y| self.proofs.get(y)).map(super::book::Held::proof).collect();
                let lock = self.ops.get(&id).and_then(|op| op.send()?.lock.clone());
                let exchange = match &lock {
                    Some(lock) => self.make_locked_swap(id, lock, plan.keyset, proofs, &parts),
                    None => self.make_swap(plan.keyset, proofs, &parts),
                };
                let Some(mut exchange) = exchange else {
                    let text = "the token cannot be made: the counters of this keyset are used up".to_owned();
                    self.fail_send(now, id, text.clone(), step);
                    return Err(Error::new(ErrorCode::MintNotReady, text));
                };
                for y in &inputs {
                    self.move_proof(y, ProofState::Reserved { by: id });
                }
                self.enter(now, id, "swapping to exact change", |op| {
                    if let Some(send) = op.send_mut() {
                        (send.face, send.swap_fee) = (plan.face, plan.swap_fee);
                        exchange.earlier.clone_from(&send.earlier);
                        send.lock = lock.map(|lock| lock.with_made(exchange.outputs.len()));
                        send.state = SendState::Requested { exchange };
                    }
                });
                self.pump(now, id, step);
            }
        }
        Ok(())
    }

    pub(super) fn set_take_back(&mut self, id: OperationId, at: Option<u64>) {
        self.change(id, |op| {
            if let Some(send) = op.send_mut() {
                send.take_back_at = at;
            }
        });
    }

    fn hand_out(&mut self, now: u64, id: OperationId, step: &mut Step) {
        self.enter_send(now, id, SendState::HandedOut, "token ready");
        if let Some(op) = self.ops.get_mut(&id) {
            // Nobody can have taken it yet.
            op.run.next_at = now.saturating_add(FIRST_LOOK_SECS);
        }
        if let Some(send) = self.ops.get(&id).and_then(Operation::send) {
            step.events.push(WalletEvent::TokenReady { op: id, purpose: send.purpose.clone() });
        }
    }

    /// A token that must arrive needs the mint's present fee.
    fn needs_fresh_fee(&self, now: u64, mint: &MintUrl, asked: &Asked) -> bool {
        let heard_at = self.mints.get(mint).and_then(|mint| mint.run.heard_at);
        matches!(asked, Asked::Arrives(_)) && heard_at.is_none_or(|at| now.saturating_sub(at) > FRESH_SECS)
    }

    /// A mint that must not be used ends what would have been made there.
    pub(super) fn end_waiting_sends(&mut self, now: u64, mint: &MintUrl, unit: Option<Unit>, step: &mut Step) {
        let planned = |op: &Operation| op.send().is_some_and(|send| matches!(send.state, SendState::Planned));
        let concerns = |op: &Operation| op.mint == *mint && unit.is_none_or(|unit| unit == op.unit);
        let ids: Vec<_> = self.ops.iter().filter(|(_, op)| concerns(op) && planned(op)).map(|(id, _)| *id).collect();
        for id in ids {
            self.fail_send(now, id, format!("{mint} cannot be used now; nothing was given away"), step);
        }
    }

    /// Plans with the mint's fresh fee, or anew after a refusal or a collision.
    pub(super) fn plan_send(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(send) = op.send() else { return };
        let (until, most) = (op.started_at.saturating_add(FRESH_SECS), send.most);
        if self.needs_fresh_fee(now, &op.mint, &send.asked) {
            let mint = op.mint.clone();
            if now >= until {
                let text = format!("{mint} did not answer in time; nothing was given away, order again");
                return self.fail_send(now, id, text, step);
            }
            if let Some(op) = self.ops.get_mut(&id) {
                op.run.next_at = until;
            }
            return self.refresh(now, &mint, step);
        }
        let (mint, amount) = (
            op.mint.clone(),
            match send.asked {
                Asked::Face(face) => SendAmount::Face(op.much(face)),
                Asked::Arrives(price) => SendAmount::Arrives(op.much(price)),
            },
        );
        let outputs = Outputs::of(send.lock.as_ref());
        let plan = self.plan_of(now, &mint, amount, outputs).and_then(|plan| plan.costs_at_most(most).map(|()| plan));
        match plan {
            Ok(plan) => {
                // A failure has marked the operation and told about it.
                let _ = self.begin_send(now, id, plan, step);
            }
            Err(error) if error.code() == ErrorCode::MintNotReady => self.park(id),
            Err(error) => self.fail_send(now, id, error.message().to_owned(), step),
        }
    }

    pub(super) fn token_of(&self, id: OperationId) -> Option<String> {
        let op = self.ops.get(&id)?;
        let ys = self.in_state(ProofState::HandedOut { by: id });
        let proofs: Vec<_> = ys.iter().filter_map(|y| self.proofs.get(y)).map(super::book::Held::proof).collect();
        if proofs.is_empty() { None } else { token::write(&op.mint, op.unit, proofs) }
    }

    pub(super) fn send_done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let send = self.ops.get(&id).and_then(Operation::send);
        let Some((face, locked)) = send.map(|send| (send.face, send.lock.is_some())) else { return };
        let for_token = signed.iter().filter(|signed| signed.output.role == Role::HandOut && signed.is_sound());
        let arrived = for_token.fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        let whole = arrived == face;
        // What is locked to somebody is of no use in the balance.
        let short = !whole && locked && arrived > 0;
        let state = |output: &Output| match output.role {
            Role::HandOut if whole || short => ProofState::HandedOut { by: id },
            Role::HandOut | Role::Keep => ProofState::Spendable,
        };
        self.take_in(id, signed, state, step);
        if short {
            self.change(id, |op| {
                let (signed, face) = (op.much(arrived), op.much(face));
                op.note(now, format!("the mint signed {signed} of {face} well; the token holds no more"));
                if let Some(send) = op.send_mut() {
                    send.face = arrived;
                }
            });
        }
        if whole || short {
            self.hand_out(now, id, step);
        } else {
            let face = self.much(id, face);
            let text = format!("the mint signed {arrived} of {face} well; what is usable is in the balance again");
            self.fail_send(now, id, text, step);
        }
    }

    pub(super) fn send_spent(&mut self, now: u64, id: OperationId, spent: &Set<String>, step: &mut Step) {
        self.keep_unspent(id, spent);
        let lost = self.drop_reserved(id);
        let lost = self.much(id, lost);
        if let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
            self.gone_elsewhere(now, &mint, lost, step);
        }
        let text = format!(
            "{lost} of this wallet were spent elsewhere, perhaps by the same phrase on another device; the rest is in the balance"
        );
        self.fail_send(now, id, text, step);
    }

    pub(super) fn send_again(&mut self, now: u64, id: OperationId) {
        self.release(id, ProofState::Spendable);
        self.enter_send(now, id, SendState::Planned, "planned anew with fresh outputs");
    }

    pub(super) fn cancel_send(&mut self, now: u64, id: OperationId, step: &mut Step) -> Result<(), Error> {
        if !self.operation_of(id)?.send().is_some_and(|send| matches!(send.state, SendState::Planned)) {
            let text = "a request may be out or the token is made; reclaim the token instead";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.enter_send(now, id, SendState::Cancelled, "cancelled; nothing was given away");
        step.events.push(WalletEvent::Failed { op: id, text: "it was cancelled".to_owned() });
        Ok(())
    }

    pub(super) fn enter_send(&mut self, now: u64, id: OperationId, state: SendState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(send) = op.send_mut() {
                send.state = state;
            }
        });
    }

    pub(super) fn fail_send(&mut self, now: u64, id: OperationId, text: String, step: &mut Step) {
        self.enter_send(now, id, SendState::Failed { text: text.clone() }, &text);
        step.events.push(WalletEvent::Failed { op: id, text });
    }
}
