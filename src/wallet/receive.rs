//! Token in (NUT-03).
//!
//! ```text
//!   Planned ──────────▶ Requested ──────────────▶ Done
//!   (unclaimed: the       │  │  ▲
//!    token is durable,    │  │  └─ no answer: the same bytes, then both questions
//!    its mint is down)    │  └─ refused for good, or all of it spent by somebody else ──▶ Failed
//!     ▲                   │
//!     └───────────────────┴─ fresh keysets needed, counters collided, or a part of it was spent by somebody else
//! ```

use cashu::Proof;
use serde::{Deserialize, Serialize};

use super::api::{OperationId, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::Exchange;
use super::keyset::fee;
use super::lock::Shut;
use super::machine::Wallet;
use super::operation::{Operation, Saga};
use super::outputs::{Role, Signed};
use super::token::{Pasted, y_of};
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, Set, Unit};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Receive {
    /// Kept until it is redeemed: it is the only copy.
    token: String,
    pub(super) face: u64,
    /// The Y of proofs that somebody else spent; once the token came in, of all that it had.
    gone: Set<String>,
    pub(super) earlier: Vec<super::outputs::Output>,
    pub(super) attempts: u32,
    /// The mint was asked for its keysets once more because of this token.
    asked_anew: bool,
    /// What the token proves by itself, while its mint is silent.
    #[serde(default)]
    pub(super) proven: Proven,
    pub(super) state: ReceiveState,
}

/// Whether the mint's signatures in a token are known to be genuine (NUT-12).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Proven {
    /// The token has no proofs, or the mint's keys are not known.
    #[default]
    Nothing,
    Genuine,
    Wrong,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReceiveState {
    Planned,
    Requested { face: u64, exchange: Exchange },
    Done { amount: u64, fee: u64 },
    Failed { text: String },
    Cancelled,
}

impl Receive {
    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.state {
            ReceiveState::Requested { exchange, .. } => Some(exchange),
            ReceiveState::Planned
            | ReceiveState::Done { .. }
            | ReceiveState::Failed { .. }
            | ReceiveState::Cancelled => None,
        }
    }

    /// It failed, and its token may still be worth something: it is kept.
    pub(super) fn can_retry(&self) -> bool {
        matches!(self.state, ReceiveState::Failed { .. }) && !self.token.is_empty()
    }

    pub(super) fn busy(&self) -> bool {
        match &self.state {
            ReceiveState::Planned | ReceiveState::Requested { .. } => true,
            ReceiveState::Done { .. } | ReceiveState::Failed { .. } | ReceiveState::Cancelled => false,
        }
    }
}

impl Wallet {
    pub(super) fn start_receive(&mut self, now: u64, text: &str, step: &mut Step) -> Result<OperationId, Error> {
        let pasted = Pasted::parse(text)?;
        pasted.check_signatures()?;
        let ys = pasted.ys();
        if let Some(own) = self.own_token(&ys)? {
            return self.start_reclaim(now, own, step);
        }
        let mut others = self
            .ops
            .iter()
            .filter_map(|(id, op)| op.receive().filter(|receive| receive.busy()).map(|receive| (id, &receive.token)));
        let overlaps = |text: &String| Pasted::parse(text).is_ok_and(|other| other.ys().iter().any(|y| ys.contains(y)));
        if let Some((id, _)) = others.find(|(_, token)| overlaps(token)) {
            let text = format!("this token is already being received by operation {id}; wait for it");
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let mint = pasted.mint.clone();
        let fresh = self.mints.get(&mint).is_some_and(|mint| mint.run.heard_at.is_some());
        if fresh && let Some(proofs) = pasted.proofs(&self.infos(&mint)) {
            let cost = self.fee_of(&mint, &proofs);
            if pasted.face <= cost {
                let face = Amount::new(pasted.face, self.unit_in(&pasted));
                let text = format!("the token is worth {face} and its mint keeps {cost} as fee; ask for a larger one");
                return Err(Error::new(ErrorCode::AmountTooSmall, text));
            }
        }
        let shut = self.can_open(now, pasted.secrets());
        if let Err(Shut::Foreign(text)) = shut {
            return Err(Error::new(ErrorCode::InvalidToken, text));
        }
        let (proven, unit) = (self.proven(&pasted), self.unit_in(&pasted));
        let receive = Receive {
            token: pasted.text,
            face: pasted.face,
            gone: Set::new(),
            earlier: Vec::new(),
            attempts: 0,
            asked_anew: false,
            proven,
            state: ReceiveState::Planned,
        };
        let is_new = !self.mints.contains_key(&mint);
        self.know_mint(now, &mint);
        let id = self.start(now, mint.clone(), unit, Saga::Receive(receive), "token taken into the journal");
        if is_new {
            self.refresh(now, &mint, step);
        }
        match shut {
            Ok(()) => self.pump(now, id, step),
            Err(shut) => self.fail_receive(now, id, shut.text(), step),
        }
        Ok(id)
    }

    /// What a token says, or what its keysets do if it says nothing.
    fn unit_in(&self, pasted: &Pasted) -> Unit {
        let by_keysets = || {
            let proofs = pasted.proofs(&self.infos(&pasted.mint))?;
            self.keysets.get(&(pasted.mint.clone(), proofs.first()?.keyset_id))?.unit()
        };
        pasted.unit.or_else(by_keysets).unwrap_or_default()
    }

    fn proven(&self, pasted: &Pasted) -> Proven {
        let Some(proofs) = pasted.proofs(&self.infos(&pasted.mint)) else { return Proven::Nothing };
        let key = |proof: &Proof| {
            let keyset = self.keysets.get(&(pasted.mint.clone(), proof.keyset_id))?;
            keyset.key(proof.amount.to_u64())
        };
        let mut genuine = true;
        for proof in &proofs {
            match key(proof) {
                Some(key) if proof.dleq.is_some() => {
                    if proof.verify_dleq(key).is_err() {
                        return Proven::Wrong;
                    }
                }
                Some(_) | None => genuine = false,
            }
        }
        if genuine { Proven::Genuine } else { Proven::Nothing }
    }

    /// The send whose token this is, if it is one of ours that is still out.
    fn own_token(&self, ys: &[String]) -> Result<Option<OperationId>, Error> {
        let states: Vec<Option<ProofState>> = ys.iter().map(|y| self.proofs.get(y).map(|held| held.state)).collect();
        if states.iter().all(Option::is_none) {
            return Ok(None);
        }
        match states.first() {
            Some(Some(ProofState::HandedOut { by })) if states.iter().all(|state| *state == states[0]) => Ok(Some(*by)),
            Some(_) | None => {
                let text = "money of this token is in this wallet already; there is nothing to receive";
                Err(Error::new(ErrorCode::WrongState, text))
            }
        }
    }

    pub(super) fn infos(&self, mint: &crate::model::MintUrl) -> Vec<cashu::KeySetInfo> {
        self.keysets.iter().filter(|((url, _), _)| url == mint).map(|(_, keyset)| keyset.info()).collect()
    }

    pub(super) fn fee_of(&self, mint: &crate::model::MintUrl, proofs: &[Proof]) -> u64 {
        let rate =
            |proof: &Proof| self.keysets.get(&(mint.clone(), proof.keyset_id)).map_or(0, |keyset| keyset.input_fee_ppk);
        fee(proofs.iter().map(rate))
    }

    pub(super) fn plan_receive(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(receive) = op.receive() else { return };
        let (mint, receive) = (op.mint.clone(), receive.clone());
        let fresh = self.mints.get(&mint).is_some_and(|mint| mint.run.heard_at.is_some());
        if !fresh {
            return self.park(id);
        }
        let Ok(pasted) = Pasted::parse(&receive.token) else {
            return self.fail_receive(now, id, "the token cannot be read any more".to_owned(), step);
        };
        let Some(mut proofs) = pasted.proofs(&self.infos(&mint)) else {
            if !receive.asked_anew {
                self.change(id, |op| {
                    if let Some(receive) = op.receive_mut() {
                        receive.asked_anew = true;
                    }
                });
                self.park(id);
                return self.refresh(now, &mint, step);
            }
            let text = format!("{mint} does not know the keyset of this token; ask its sender for another one");
            return self.fail_receive(now, id, text, step);
        };
        let unit = self.unit_in(&pasted);
        let of_unit = |proof: &Proof| {
            let keyset = self.keysets.get(&(mint.clone(), proof.keyset_id));
            keyset.is_some_and(|keyset| keyset.unit() == Some(unit))
        };
        if !proofs.iter().all(of_unit) {
            let text = format!(
                "the token is in {unit} and holds ecash of a keyset in another unit, so its worth is in doubt; ask its \
                 sender for another one"
            );
            return self.fail_receive(now, id, text, step);
        }
        self.change(id, |op| op.unit = unit);
        let Ok(keyset) = self.ready_keyset(now, &mint, unit).cloned() else { return self.park(id) };
        proofs.retain(|proof| y_of(proof.secret.as_bytes()).is_some_and(|y| !receive.gone.contains(&y)));
        let face = proofs.iter().fold(0u64, |sum, proof| sum.saturating_add(proof.amount.to_u64()));
        let cost = self.fee_of(&mint, &proofs);
        let parts = face.checked_sub(cost).filter(|rest| *rest > 0).and_then(|rest| keyset.split(rest));
        let Some(parts) = parts else {
            let face = Amount::new(face, unit);
            let text = format!("the token is worth {face} and its mint keeps {cost} as fee; ask for a larger one");
            return self.fail_receive(now, id, text, step);
        };
        let parts: Vec<(u64, Role)> = parts.into_iter().map(|part| (part, Role::Keep)).collect();
        if let Err(shut) = self.open_locks(now, &mut proofs) {
            return self.fail_receive(now, id, shut.text(), step);
        }
        let Some(mut exchange) = self.make_swap(keyset.id, proofs, &parts) else {
            return self.fail_receive(now, id, "the token cannot be written into a request".to_owned(), step);
        };
        exchange.earlier = receive.earlier;
        self.enter_receive(now, id, ReceiveState::Requested { face, exchange }, "redeeming it at its mint");
        self.pump(now, id, step);
    }

    pub(super) fn receive_done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let receive = self.ops.get(&id).and_then(Operation::receive);
        let Some(ReceiveState::Requested { face, exchange }) = receive.map(|receive| &receive.state) else { return };
        let (face, inputs) = (*face, exchange.inputs.clone());
        let total = signed.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        let amount = self.take_in(id, signed, |_| ProofState::Spendable, step);
        let fee = face.saturating_sub(total);
        self.enter_receive(now, id, ReceiveState::Done { amount, fee }, "received");
        self.forget_token(id, inputs);
        let (amount, fee) = (self.much(id, amount), self.much(id, fee));
        step.events.push(WalletEvent::Received { op: id, amount, fee });
    }

    /// Keeps no more of a token that is worth nothing any more than which proofs of it came in.
    fn forget_token(&mut self, id: OperationId, took: Vec<String>) {
        self.change(id, |op| {
            if let Some(receive) = op.receive_mut() {
                receive.token.clear();
                for y in took {
                    receive.gone.insert(y);
                }
            }
        });
    }

    /// Tries a token once more that its mint refused.
    pub(super) fn retry_receive(&mut self, now: u64, id: OperationId, step: &mut Step) -> Result<(), Error> {
        let op = self.operation_of(id)?;
        let Some(receive) = op.receive().filter(|receive| receive.can_retry()) else {
            let text = "there is nothing to try again: its token came in, or is known to be worth nothing";
            return Err(Error::new(ErrorCode::WrongState, text));
        };
        let mint = op.mint.clone();
        let in_use =
            |other: &Operation| other.receive().is_some_and(|other| other.busy() && other.token == receive.token);
        if self.ops.values().any(in_use) {
            let text = "this token is being received already; wait for that";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.enter(now, id, "trying it once more", |op| {
            if let Some(receive) = op.receive_mut() {
                (receive.attempts, receive.asked_anew, receive.state) = (0, false, ReceiveState::Planned);
            }
        });
        self.refresh(now, &mint, step);
        self.pump(now, id, step);
        Ok(())
    }

    pub(super) fn receive_spent(&mut self, now: u64, id: OperationId, spent: &Set<String>, step: &mut Step) {
        let left = self
            .ops
            .get(&id)
            .and_then(|op| op.exchange())
            .map_or(0, |exchange| exchange.inputs.iter().filter(|y| !spent.contains(*y)).count());
        self.change(id, |op| {
            if let Some(receive) = op.receive_mut() {
                receive.gone.extend(spent.iter().cloned());
            }
        });
        if left == 0 {
            let took = |receive: &Receive| {
                matches!(receive.state, ReceiveState::Done { .. }) && spent.iter().all(|y| receive.gone.contains(y))
            };
            let text = match self.ops.iter().find(|(_, op)| op.receive().is_some_and(took)) {
                Some((own, _)) => format!("operation {own} took this token in already; it is worth nothing any more"),
                None => "somebody else redeemed this token before; ask its sender for another one".to_owned(),
            };
            self.fail_receive(now, id, text, step);
            self.forget_token(id, Vec::new());
        } else {
            self.enter_receive(
                now,
                id,
                ReceiveState::Planned,
                "a part of it was redeemed by somebody else; taking the rest",
            );
        }
    }

    /// The mint signed while a part of the token is unspent: whatever the signatures are for, the rest is not lost.
    pub(super) fn receive_in_part(
        &mut self,
        now: u64,
        id: OperationId,
        spent: &Set<String>,
        signed: Vec<Signed>,
        step: &mut Step,
    ) {
        let amount = self.take_in(id, signed, |_| ProofState::Spendable, step);
        let amount = self.much(id, amount);
        self.change(id, |op| op.note(now, format!("{amount} came in")));
        self.receive_spent(now, id, spent, step);
    }

    pub(super) fn receive_again(&mut self, now: u64, id: OperationId) {
        self.enter_receive(now, id, ReceiveState::Planned, "planned anew with fresh outputs");
    }

    pub(super) fn cancel_receive(&mut self, now: u64, id: OperationId) -> Result<(), Error> {
        let planned = |receive: &Receive| matches!(receive.state, ReceiveState::Planned) && receive.attempts == 0;
        if !self.operation_of(id)?.receive().is_some_and(planned) {
            let text = "the token may be on its way to its mint; wait for the mint's word";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.enter_receive(now, id, ReceiveState::Cancelled, "cancelled; the token was not sent anywhere");
        Ok(())
    }

    fn enter_receive(&mut self, now: u64, id: OperationId, state: ReceiveState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(receive) = op.receive_mut() {
                receive.state = state;
            }
        });
    }

    pub(super) fn fail_receive(&mut self, now: u64, id: OperationId, text: String, step: &mut Step) {
        self.enter_receive(now, id, ReceiveState::Failed { text: text.clone() }, &text);
        step.events.push(WalletEvent::Failed { op: id, text });
    }
}
