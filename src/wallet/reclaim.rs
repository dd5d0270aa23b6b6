//! Token back: swap what was handed out to ourselves (NUT-03), unless the mint says that it was redeemed (NUT-07).
//!
//! ```text
//!   Planned ──unspent──▶ Requested ──▶ Done            the send is Reclaimed
//!     ▲ │ │                │  │  ▲
//!     │ │ └─ spent ────┐   │  │  └─ no answer: the same bytes, then both questions
//!     │ └─ pending:    ▼   │  │
//!     │    waits   FoundSpent ◀┤                       the send is Spent
//!     ├────────────────────┘  └──▶ Failed: refused     the send is HandedOut again
//!     │ fresh keysets, collision, a part was spent
//!     └── its mint is down: waits
//! ```
//!
//! Only after the swap is the token dead; until then its proofs are reserved, so that it is neither shown nor sent again.

use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step, WalletEvent};
use super::book::{Held, ProofState};
use super::exchange::{Exchange, Phase, check_body, inputs_of, read_states};
use super::lock::{Blinding, moment};
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Operation, Saga};
use super::outputs::{Output, Role, Signed};
use super::send::SendState;
use super::settle::Inputs;
use crate::error::{Error, ErrorCode};
use crate::model::{Gather, MintUrl, Set, Unit};

/// After so many questions without an answer the token is swapped unasked: the mint's word on that settles it too.
const MOST_QUESTIONS: u32 = 3;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reclaim {
    /// The send whose token is taken back; none for what was set aside (see `quarantine`) or is in a keyset that ends
    /// (see `rotate`).
    pub(super) of: Option<OperationId>,
    pub(super) face: u64,
    /// Proofs of the balance that help to pay the fee of a token too small to pay it (Y in hex).
    helpers: Set<String>,
    pub(super) earlier: Vec<Output>,
    pub(super) attempts: u32,
    /// What the mint had answered for what was set aside.
    #[serde(default)]
    evidence: Vec<String>,
    /// Tries that only brought more of the same.
    #[serde(default)]
    pub(super) flawed_again: u32,
    #[serde(default)]
    pub(super) rotates: bool,
    pub(super) state: ReclaimState,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReclaimState {
    Planned,
    Requested { inputs: u64, exchange: Exchange },
    Done { amount: u64, fee: u64 },
    FoundSpent,
    Failed { text: String },
    Cancelled,
}

impl Reclaim {
    fn new(of: Option<OperationId>, face: u64, helpers: Set<String>) -> Self {
        let (earlier, evidence) = (Vec::new(), Vec::new());
        Self {
            of,
            face,
            helpers,
            earlier,
            attempts: 0,
            evidence,
            flawed_again: 0,
            rotates: false,
            state: ReclaimState::Planned,
        }
    }

    pub(super) fn of_old_keyset() -> Self {
        Self { rotates: true, ..Self::new(None, 0, Set::new()) }
    }

    pub(super) fn is_retry(&self) -> bool {
        self.of.is_none() && !self.rotates
    }

    pub(super) fn of_set_aside() -> Self {
        Self::new(None, 0, Set::new())
    }

    pub(super) fn try_again(&mut self, face: u64, evidence: Vec<String>) {
        (self.face, self.attempts, self.state) = (face, 0, ReclaimState::Planned);
        self.earlier.clear();
        self.evidence.extend(evidence.into_iter().filter(|words| !self.evidence.contains(words)).collect::<Vec<_>>());
    }

    /// Where the money is after a failure.
    pub(super) fn stays(&self) -> &'static str {
        match (self.of, self.rotates) {
            (Some(_), _) => "the token stays out",
            (None, true) => "the money stays in the balance as it is",
            (None, false) => "it stays set aside and is tried again",
        }
    }

    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.state {
            ReclaimState::Requested { exchange, .. } => Some(exchange),
            ReclaimState::Planned
            | ReclaimState::Done { .. }
            | ReclaimState::FoundSpent
            | ReclaimState::Failed { .. }
            | ReclaimState::Cancelled => None,
        }
    }

    pub(super) fn busy(&self) -> bool {
        match &self.state {
            ReclaimState::Planned | ReclaimState::Requested { .. } => true,
            ReclaimState::Done { .. }
            | ReclaimState::FoundSpent
            | ReclaimState::Failed { .. }
            | ReclaimState::Cancelled => false,
        }
    }
}

impl Wallet {
    pub(super) fn start_reclaim(&mut self, now: u64, send: OperationId, step: &mut Step) -> Result<OperationId, Error> {
        let op = self.operation_of(send)?;
        if !self.is_handed_out(&send) {
            let text = "this operation has no token that could be taken back; it was spent, or is being taken back";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let (mint, unit) = (op.mint.clone(), op.unit);
        let ys = self.in_state(ProofState::HandedOut { by: send });
        let secrets = ys.iter().filter_map(|y| Some((&self.proofs.get(y)?.secret, Blinding::None)));
        if self.can_open(now, secrets).is_err() {
            let until = op.send().and_then(|send| send.lock.as_ref()).map_or(0, |lock| lock.until);
            let text = format!(
                "the token is locked to its receiver until {}; it can be taken back from then on",
                moment(until)
            );
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let face = self.total(&ys);
        let helpers = self.helpers(&mint, unit, &ys)?;
        let reclaim = Reclaim::new(Some(send), face, helpers.iter().cloned().into_set());
        let id = self.start(now, mint, unit, Saga::Reclaim(reclaim), "taking the token back");
        for y in ys.iter().chain(&helpers) {
            self.move_proof(y, ProofState::Reserved { by: id });
        }
        self.enter_send(now, send, SendState::Reclaiming { by: id }, "the token is being taken back");
        self.pump(now, id, step);
        Ok(id)
    }

    pub(super) fn total(&self, ys: &[String]) -> u64 {
        ys.iter().filter_map(|y| self.proofs.get(y)).fold(0, |sum: u64, held| sum.saturating_add(held.amount))
    }

    pub(super) fn cost(&self, mint: &MintUrl, ys: &[String]) -> u64 {
        let proofs: Vec<_> = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
        self.fee_of(mint, &proofs)
    }

    /// Dust comes back only beside something that pays its fee.
    fn helpers(&self, mint: &MintUrl, unit: Unit, ys: &[String]) -> Result<Vec<String>, Error> {
        if self.total(ys) > self.cost(mint, ys) {
            return Ok(Vec::new());
        }
        let spendable =
            self.proofs.iter().filter(|(_, held)| held.mint == *mint && held.state == ProofState::Spendable);
        let spendable = spendable.filter(|(_, held)| self.unit_of(mint, held.keyset) == unit);
        let largest = spendable.max_by_key(|(y, held)| (held.amount, (*y).clone())).map(|(y, _)| y.clone());
        let with: Vec<String> = ys.iter().cloned().chain(largest.clone()).collect();
        match largest {
            Some(largest) if self.total(&with) > self.cost(mint, &with) => Ok(vec![largest]),
            Some(_) | None => {
                let text = "the token is dust: its fee is as large as itself; it comes back only beside other money of that mint";
                Err(Error::new(ErrorCode::AmountTooSmall, text))
            }
        }
    }

    /// Asks whether the token is still there, so that one that was redeemed is not swapped in vain.
    pub(super) fn pump_reclaim(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(reclaim) = op.reclaim() else { return };
        // After a refused request its late copy may be what spent the token: only that request's outputs tell.
        let asks = reclaim.earlier.is_empty() && op.run.refusals < MOST_QUESTIONS;
        let body = if asks { check_body(self.own_inputs(id).iter()) } else { None };
        if body.is_none() {
            return self.plan_reclaim(now, id, step);
        }
        let mint = op.mint.clone();
        self.ask_for(id, &mint, Method::Post, "/v1/checkstate".to_owned(), body, Ask::Reclaimable(id), step);
    }

    pub(super) fn reclaimable_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let states = match reply {
            Reply::Body(body) => read_states(&body, &self.own_inputs(id)),
            // A mint without this question takes the swap as well.
            Reply::Refused(_) => return self.plan_reclaim(now, id, step),
            Reply::Unknown(_) => None,
        };
        match states.map(|states| inputs_of(&states)) {
            Some(Inputs::Unspent) => self.plan_reclaim(now, id, step),
            Some(Inputs::Spent) => {
                let ys = self.own_inputs(id).into_iter().into_set();
                self.reclaim_spent(now, id, &ys, step);
            }
            Some(Inputs::PartlySpent(ys)) => {
                self.reclaim_spent(now, id, &ys, step);
                self.plan_reclaim(now, id, step);
            }
            Some(Inputs::Pending | Inputs::Unpaid) => {
                self.say_at_work(now, id);
                self.put_off(now, id, Phase::Post);
            }
            None => {
                self.put_off(now, id, Phase::Post);
                if let Some(op) = self.ops.get_mut(&id) {
                    op.run.refusals += 1;
                }
            }
        }
    }

    /// What the token consists of, without the helpers: handed-out and own proofs are never mixed in one question.
    fn own_inputs(&self, id: OperationId) -> Vec<String> {
        let mut ys = self.in_state(ProofState::Reserved { by: id });
        if let Some(reclaim) = self.ops.get(&id).and_then(Operation::reclaim) {
            ys.retain(|y| !reclaim.helpers.contains(y));
        }
        ys
    }

    fn plan_reclaim(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(reclaim) = op.reclaim() else { return };
        let (mint, unit, earlier, stays) = (op.mint.clone(), op.unit, reclaim.earlier.clone(), reclaim.stays());
        let Ok(keyset) = self.ready_keyset(now, &mint, unit) else {
            self.park(id);
            return;
        };
        let keyset = keyset.clone();
        let ys = self.in_state(ProofState::Reserved { by: id });
        let (inputs, cost) = (self.total(&ys), self.cost(&mint, &ys));
        let parts = inputs.checked_sub(cost).filter(|rest| *rest > 0).and_then(|rest| keyset.split(rest));
        let mut proofs: Vec<_> = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
        if let Err(shut) = self.open_locks(now, &mut proofs) {
            return self.fail_reclaim(now, id, shut.text(), step);
        }
        let exchange = parts.and_then(|parts| {
            let parts: Vec<(u64, Role)> = parts.into_iter().map(|part| (part, Role::Keep)).collect();
            self.make_swap(keyset.id, proofs, &parts)
        });
        let Some(mut exchange) = exchange else {
            let text = format!("{inputs} {unit} cannot be taken back: the fee is {cost} {unit}; {stays}");
            return self.fail_reclaim(now, id, text, step);
        };
        exchange.earlier = earlier;
        self.enter_reclaim(now, id, ReclaimState::Requested { inputs, exchange }, "swapping it");
        self.pump(now, id, step);
    }

    pub(super) fn reclaim_done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let (of, inputs) = match self.ops.get(&id).and_then(Operation::reclaim) {
            Some(Reclaim { of, state: ReclaimState::Requested { inputs, .. }, .. }) => (*of, *inputs),
            Some(_) | None => return,
        };
        let total = signed.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        let amount = self.take_in(id, signed, |_| ProofState::Spendable, step);
        let fee = inputs.saturating_sub(total);
        let Some(of) = of else {
            return self.retry_done(now, id, amount, fee, step);
        };
        self.enter_reclaim(now, id, ReclaimState::Done { amount, fee }, "taken back");
        self.enter_send(now, of, SendState::Reclaimed { by: id }, "the token was taken back");
        let (amount, fee) = (self.much(id, amount), self.much(id, fee));
        step.events.push(WalletEvent::Reclaimed { op: of, amount, fee });
    }

    fn retry_done(&mut self, now: u64, id: OperationId, amount: u64, fee: u64, step: &mut Step) {
        let rotates = self.ops.get(&id).and_then(Operation::reclaim).is_some_and(|reclaim| reclaim.rotates);
        if amount > 0 && rotates {
            self.enter_reclaim(now, id, ReclaimState::Done { amount, fee }, "in the mint's present keyset now");
            return;
        }
        if amount > 0 {
            self.enter_reclaim(now, id, ReclaimState::Done { amount, fee }, "it can be spent now");
            let (amount, fee) = (self.much(id, amount), self.much(id, fee));
            step.events.push(WalletEvent::Released { op: id, amount, fee });
            return;
        }
        self.change(id, |op| {
            if let Some(reclaim) = op.reclaim_mut() {
                reclaim.flawed_again = reclaim.flawed_again.saturating_add(1);
            }
        });
        let fee = self.much(id, fee);
        let text = format!("the mint's new signatures cannot be trusted either, and it kept {fee} as fee");
        self.fail_reclaim(now, id, text, step);
    }

    pub(super) fn reclaim_spent(&mut self, now: u64, id: OperationId, spent: &Set<String>, step: &mut Step) {
        let Some(reclaim) = self.ops.get(&id).and_then(Operation::reclaim) else { return };
        let (of, helpers) = (reclaim.of, reclaim.helpers.clone());
        let dropped = spent.iter().filter_map(|y| self.drop_proof(y));
        let gone = dropped.fold(0u64, |sum, held| sum.saturating_add(held.amount));
        if of.is_none()
            && let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone())
        {
            self.gone_elsewhere(now, &mint, self.much(id, gone), step);
        }
        let left = self.in_state(ProofState::Reserved { by: id });
        if left.iter().any(|y| !helpers.contains(y)) {
            self.enter_reclaim(now, id, ReclaimState::Planned, "a part was redeemed by somebody else; taking the rest");
            return;
        }
        self.release(id, ProofState::Spendable);
        self.enter_reclaim(now, id, ReclaimState::FoundSpent, "it was redeemed before");
        let Some(of) = of else {
            let text = "the mint says that this was spent by somebody else, perhaps by the same phrase on another \
                        device; its answers are kept"
                .to_owned();
            step.events.push(WalletEvent::Failed { op: id, text });
            return;
        };
        self.enter_send(now, of, SendState::Spent, "the token was redeemed");
        step.events.push(WalletEvent::ReclaimFoundSpent { op: of });
    }

    pub(super) fn reclaim_again(&mut self, now: u64, id: OperationId) {
        self.enter_reclaim(now, id, ReclaimState::Planned, "planned anew with fresh outputs");
    }

    pub(super) fn cancel_reclaim(&mut self, now: u64, id: OperationId) -> Result<(), Error> {
        let planned = |reclaim: &Reclaim| matches!(reclaim.state, ReclaimState::Planned) && reclaim.attempts == 0;
        if !self.operation_of(id)?.reclaim().is_some_and(planned) {
            let text = "the request to take the token back may be out; wait for the mint's word";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.put_out_again(now, id);
        self.enter_reclaim(now, id, ReclaimState::Cancelled, "cancelled; the money is where it was");
        Ok(())
    }

    /// The proofs go back to where they were.
    fn put_out_again(&mut self, now: u64, id: OperationId) {
        let Some(reclaim) = self.ops.get(&id).and_then(Operation::reclaim) else { return };
        let (of, helpers) = (reclaim.of, reclaim.helpers.clone());
        for y in helpers.iter() {
            self.move_proof(y, ProofState::Spendable);
        }
        let Some(of) = of else {
            let rotates = self.ops.get(&id).and_then(Operation::reclaim).is_some_and(|reclaim| reclaim.rotates);
            let into = if rotates { ProofState::Spendable } else { ProofState::Quarantined { by: id } };
            return self.release(id, into);
        };
        self.release(id, ProofState::HandedOut { by: of });
        self.enter_send(now, of, SendState::HandedOut, "the token is out as before");
    }

    fn enter_reclaim(&mut self, now: u64, id: OperationId, state: ReclaimState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(reclaim) = op.reclaim_mut() {
                reclaim.state = state;
            }
        });
    }

    pub(super) fn fail_reclaim(&mut self, now: u64, id: OperationId, text: String, step: &mut Step) {
        self.put_out_again(now, id);
        self.enter_reclaim(now, id, ReclaimState::Failed { text: text.clone() }, &text);
        step.events.push(WalletEvent::Failed { op: id, text });
    }
}
