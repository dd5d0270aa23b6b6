//! The one request of an operation that moves money: its exact bytes, and how an unknown answer is settled.
//!
//! ```text
//!   Post ── signatures, all verified ───────────────────────────────▶ done
//!    ▲ │
//!    │ └─ anything else ──▶ Inputs ──▶ Outputs ──▶ verdict (settle.rs)
//!    │                       ▲  (NUT-07)  (NUT-09)   │
//!    │                       └────── wait ───────────┤
//!    └──────── did not happen: the same bytes ───────┤
//!                                    Collided ◀──────┘ (NUT-07 of what was found, then anew)
//! ```
//!
//! No phase is stored. A restart begins at `Post` with the journaled bytes: a mint that did it before refuses the
//! repeat or replays its answer (NUT-19), and the questions follow.

use cashu::dhke::unblind_message;
use cashu::secret::Secret;
use cashu::{
    BlindSignature, BlindedMessage, CheckStateRequest, CheckStateResponse, Id, Proof, PublicKey, RestoreRequest,
};
use cashu::{RestoreResponse, State, SwapRequest, SwapResponse};
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step, WalletEvent};
use super::book::{Held, ProofState};
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Refusal, Saga, backoff};
use super::receive::ReceiveState;
use super::reclaim::ReclaimState;
use super::send::SendState;
use super::settle::{Inputs, Verdict, verdict};
use super::token::y_of;
use crate::model::{Gather, Map, MintUrl, Sat, Set};
use crate::tree;

/// Refusals of the same bytes, each confirmed by both questions, before the inputs are released.
const MOST_REFUSALS: u32 = 3;
/// How often a swap is planned anew because of the mint's keysets.
const MOST_ATTEMPTS: u32 = 3;
const SWAP: &str = "/v1/swap";

/// A request as it was journaled, and what it would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    pub(super) path: String,
    pub(super) body: String,
    /// The Y of every input, in hex; none for an issue.
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<Output>,
    /// Outputs of earlier requests with these inputs, which the mint refused. A late copy may still reach it.
    pub(super) earlier: Vec<Output>,
}

/// One output: everything else comes from the seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Output {
    pub(super) keyset: Id,
    pub(super) counter: u32,
    pub(super) amount: u64,
    pub(super) blinded: PublicKey,
    pub(super) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    Keep,
    HandOut,
}

/// The question that is open.
#[derive(Debug, Clone, Default)]
pub(super) enum Phase {
    #[default]
    Post,
    Inputs,
    Outputs(Inputs),
    Collided(Vec<Signed>),
}

/// An output with the mint's signature, unblinded.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) output: Output,
    /// What the mint signed for, whatever was planned.
    pub(super) amount: u64,
    pub(super) y: String,
    secret: Secret,
    c: PublicKey,
    /// Why the signature is not trusted, with the mint's words.
    flaw: Option<String>,
}

impl Wallet {
    /// Reserves counters and makes outputs. Nothing if the derivation is exhausted.
    pub(super) fn make_outputs(&mut self, keyset: Id, parts: &[(u64, Role)]) -> Option<Vec<Output>> {
        let mut next = self.counters.get(&keyset).copied().unwrap_or(0);
        let mut outputs = Vec::new();
        for (amount, role) in parts {
            let (counter, derived) = loop {
                let counter = next;
                next = next.checked_add(1).filter(|next| *next < 1 << 31)?;
                if let Some(derived) = self.seed.derive(keyset, counter) {
                    break (counter, derived);
                }
            };
            outputs.push(Output { keyset, counter, amount: *amount, blinded: derived.blinded, role: *role });
        }
        self.set_counter(keyset, next);
        Some(outputs)
    }

    pub(super) fn make_swap(&mut self, keyset: Id, inputs: Vec<Proof>, parts: &[(u64, Role)]) -> Option<Exchange> {
        let ys = inputs.iter().map(|proof| y_of(proof.secret.as_bytes())).collect::<Option<Vec<_>>>()?;
        let mut parts = parts.to_vec();
        // Sorted by amount, so that their order does not tell change from payment.
        parts.sort_unstable();
        let outputs = self.make_outputs(keyset, &parts)?;
        let body = SwapRequest::new(inputs, outputs.iter().map(Output::message).collect());
        let body = serde_json::to_string(&body).ok()?;
        Some(Exchange { path: SWAP.to_owned(), body, inputs: ys, outputs, earlier: Vec::new() })
    }

    /// Asks the open question of an operation that has an exchange.
    pub(super) fn pump_exchange(&mut self, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(exchange) = op.exchange().cloned() else { return };
        let mint = op.mint.clone();
        let phase = op.run.phase.clone();
        let (method, path, body) = match phase {
            Phase::Post => (Method::Post, exchange.path, Some(exchange.body)),
            Phase::Inputs => match self.quote_of(id) {
                Some(quote) => (Method::Get, quote_path(&quote), None),
                None => (Method::Post, "/v1/checkstate".to_owned(), check_body(exchange.inputs.iter())),
            },
            Phase::Outputs(_) => {
                let outputs = exchange.outputs.iter().chain(&exchange.earlier).map(Output::message).collect();
                let body = serde_json::to_string(&RestoreRequest { outputs }).ok();
                (Method::Post, "/v1/restore".to_owned(), body)
            }
            Phase::Collided(found) => {
                (Method::Post, "/v1/checkstate".to_owned(), check_body(found.iter().map(|signed| &signed.y)))
            }
        };
        self.ask_for(id, &mint, method, path, body, Ask::Exchange(id), step);
    }

    /// Takes the answer to the open question.
    pub(super) fn exchange_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(exchange) = op.exchange().cloned() else { return };
        let mint = op.mint.clone();
        let phase = op.run.phase.clone();
        match phase {
            Phase::Post => self.post_answered(now, id, &mint, &exchange, reply, step),
            Phase::Inputs => {
                let inputs = match &reply {
                    Reply::Body(body) if self.quote_of(id).is_some() => super::issue::quote_inputs(body),
                    Reply::Body(body) => read_states(body, &exchange.inputs).map(|states| inputs_of(&states)),
                    Reply::Refused(_) | Reply::Unknown(_) => None,
                };
                match inputs {
                    Some(inputs) => self.go_on(now, id, Phase::Outputs(inputs)),
                    None => self.put_off(now, id, Phase::Inputs),
                }
            }
            Phase::Outputs(inputs) => {
                let found = match &reply {
                    Reply::Body(body) => self.read_restored(&mint, &exchange, body),
                    Reply::Refused(_) | Reply::Unknown(_) => None,
                };
                match found {
                    Some(found) => self.judge(now, id, inputs, found, step),
                    None => self.put_off(now, id, Phase::Outputs(inputs)),
                }
            }
            Phase::Collided(found) => {
                let ys: Vec<String> = found.iter().map(|signed| signed.y.clone()).collect();
                let states = match &reply {
                    Reply::Body(body) => read_states(body, &ys),
                    Reply::Refused(_) | Reply::Unknown(_) => None,
                };
                match states {
                    Some(states) if !states.values().any(|state| is_pending(*state)) => {
                        self.forget_earlier(id, &found);
                        let ours = found.into_iter().filter(|signed| states.get(&signed.y) == Some(&State::Unspent));
                        let ours: Vec<Signed> = ours.collect();
                        self.collided(now, id, ours, step);
                    }
                    Some(_) | None => self.put_off(now, id, Phase::Collided(found)),
                }
            }
        }
        self.pump(now, id, step);
    }

    fn post_answered(
        &mut self,
        now: u64,
        id: OperationId,
        mint: &MintUrl,
        exchange: &Exchange,
        reply: Reply,
        step: &mut Step,
    ) {
        match reply {
            Reply::Body(body) => {
                let signed = self.read_signatures(mint, exchange, &body);
                // A flawed signature may be damaged on its way: the mint is asked for it again before it is set aside.
                match signed.filter(|signed| signed.iter().all(|signed| signed.flaw.is_none())) {
                    Some(signed) => self.done(now, id, signed, step),
                    None => self.go_on(now, id, Phase::Inputs),
                }
            }
            Reply::Refused(refusal) => {
                if let Some(op) = self.ops.get_mut(&id) {
                    op.run.refusal = Some(refusal);
                }
                self.go_on(now, id, Phase::Inputs);
            }
            // One repeat first, since most silences are the network's; then both questions.
            Reply::Unknown(_) => {
                let tries = self.ops.get(&id).map_or(0, |op| op.run.tries);
                self.put_off(now, id, if tries == 0 { Phase::Post } else { Phase::Inputs });
            }
        }
    }

    fn judge(&mut self, now: u64, id: OperationId, inputs: Inputs, found: Vec<Signed>, step: &mut Step) {
        match verdict(&inputs, !found.is_empty()) {
            Verdict::Done => {
                if let Inputs::PartlySpent(spent) = &inputs {
                    self.keep_unspent(id, spent);
                }
                self.done(now, id, found, step);
            }
            Verdict::Wait => self.put_off(now, id, Phase::Inputs),
            Verdict::Collision => self.go_on(now, id, Phase::Collided(found)),
            Verdict::SpentElsewhere => {
                let exchange = self.ops.get(&id).and_then(|op| op.exchange());
                let spent = match inputs {
                    Inputs::PartlySpent(ys) => ys,
                    Inputs::Spent | Inputs::Unspent | Inputs::Pending | Inputs::Unpaid => {
                        exchange.map(|exchange| exchange.inputs.iter().cloned().into_set()).unwrap_or_default()
                    }
                };
                self.spent_elsewhere(now, id, &spent, step);
            }
            Verdict::DidNotHappen => self.did_not_happen(now, id, &inputs, step),
        }
    }

    /// A mint that signed for a part of the inputs only: the rest is ours still.
    fn keep_unspent(&mut self, id: OperationId, spent: &Set<String>) {
        for y in self.in_state(ProofState::Reserved { by: id }) {
            if !spent.contains(&y) {
                self.free_proof(&y, id, ProofState::Spendable);
            }
        }
    }

    fn did_not_happen(&mut self, now: u64, id: OperationId, inputs: &Inputs, step: &mut Step) {
        let Some(op) = self.ops.get_mut(&id) else { return };
        if *inputs == Inputs::Unpaid {
            self.issue_unpaid(now, id);
            return;
        }
        let Some(refusal) = op.run.refusal.take() else {
            self.put_off(now, id, Phase::Post);
            return;
        };
        op.run.refusals += 1;
        if refusal.is_pending() || (!refusal.is_about_keysets() && op.run.refusals < MOST_REFUSALS) {
            self.put_off(now, id, Phase::Post);
            return;
        }
        let again = refusal.is_about_keysets() && op.run.refusals < MOST_REFUSALS;
        self.refused(now, id, &refusal, again, step);
    }

    fn done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let inputs = self.ops.get(&id).and_then(|op| op.exchange()).map(|exchange| exchange.inputs.clone());
        for y in inputs.unwrap_or_default() {
            if self.proofs.get(&y).is_some_and(|held| held.state == ProofState::Reserved { by: id }) {
                self.drop_proof(&y);
            }
        }
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_done(now, id, signed, step),
            Some(Saga::Receive(_)) => self.receive_done(now, id, signed, step),
            Some(Saga::Send(_)) => self.send_done(now, id, signed, step),
            Some(Saga::Reclaim(_)) => self.reclaim_done(now, id, signed, step),
            None => {}
        }
    }

    /// The inputs were spent by somebody else, all or these.
    fn spent_elsewhere(&mut self, now: u64, id: OperationId, spent: &Set<String>, step: &mut Step) {
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_taken(now, id, step),
            Some(Saga::Receive(_)) => self.receive_spent(now, id, spent, step),
            Some(Saga::Send(_)) => self.send_spent(now, id, spent, step),
            Some(Saga::Reclaim(_)) => self.reclaim_spent(now, id, spent, step),
            None => {}
        }
    }

    /// The mint refused and nothing happened. `again` when fresh keysets may help.
    fn refused(&mut self, now: u64, id: OperationId, refusal: &Refusal, again: bool, step: &mut Step) {
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_refused(now, id, refusal, again),
            Some(Saga::Receive(_) | Saga::Send(_) | Saga::Reclaim(_)) => {
                self.swap_refused(now, id, refusal, again, step)
            }
            None => {}
        }
        if again && let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
            self.refresh(now, &mint, step);
        }
    }

    /// A swap is planned anew with the mint's fresh keysets, or ends.
    fn swap_refused(&mut self, now: u64, id: OperationId, refusal: &Refusal, again: bool, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let why = &refusal.detail;
        let (attempts, text) = match &op.saga {
            Saga::Receive(receive) => {
                let text = format!("the mint refuses this token: {why}; paste it again later or ask its sender");
                (receive.attempts, text)
            }
            Saga::Send(send) => (send.attempts, format!("the mint refuses: {why}; the money is in the balance again")),
            Saga::Reclaim(reclaim) => {
                (reclaim.attempts, format!("the mint refuses to take it back: {why}; {}", reclaim.stays()))
            }
            Saga::Issue(_) => return,
        };
        if matches!(op.saga, Saga::Send(_)) {
            self.release(id, ProofState::Spendable);
        }
        if again && attempts < MOST_ATTEMPTS {
            self.enter(now, id, "the mint changed its keysets; planned anew", |op| {
                let outputs = op
                    .exchange()
                    .map(|refused| [&refused.outputs[..], &refused.earlier[..]].concat())
                    .unwrap_or_default();
                match &mut op.saga {
                    Saga::Receive(receive) => {
                        (receive.attempts, receive.earlier, receive.state) =
                            (attempts + 1, outputs, ReceiveState::Planned);
                    }
                    Saga::Send(send) => {
                        (send.attempts, send.earlier, send.state) = (attempts + 1, outputs, SendState::Planned);
                    }
                    Saga::Reclaim(reclaim) => {
                        (reclaim.attempts, reclaim.earlier, reclaim.state) =
                            (attempts + 1, outputs, ReclaimState::Planned);
                    }
                    Saga::Issue(_) => {}
                }
            });
            return self.park(id);
        }
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Receive(_)) => self.fail_receive(now, id, text, step),
            Some(Saga::Send(_)) => self.fail_send(now, id, text, step),
            Some(Saga::Reclaim(_)) => self.fail_reclaim(now, id, text, step),
            Some(Saga::Issue(_)) | None => {}
        }
    }

    /// What was found is settled with this, so that the next unknown answer does not find it once more.
    fn forget_earlier(&mut self, id: OperationId, found: &[Signed]) {
        self.change(id, |op| {
            let earlier = match &mut op.saga {
                Saga::Receive(receive) => &mut receive.earlier,
                Saga::Send(send) => &mut send.earlier,
                Saga::Reclaim(reclaim) => &mut reclaim.earlier,
                Saga::Issue(_) => return,
            };
            earlier.retain(|output| found.iter().all(|signed| signed.output.blinded != output.blinded));
        });
    }

    /// The outputs were signed before, for something else: what is unspent of them is ours and comes in, and the
    /// operation is planned anew with counters that were never used.
    fn collided(&mut self, now: u64, id: OperationId, ours: Vec<Signed>, step: &mut Step) {
        self.take_in(id, ours, |_| ProofState::Spendable, step);
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_again(now, id),
            Some(Saga::Receive(_)) => self.receive_again(now, id),
            Some(Saga::Send(_)) => self.send_again(now, id),
            Some(Saga::Reclaim(_)) => self.reclaim_again(now, id),
            None => {}
        }
        self.change(id, |op| op.note(now, "ecash of an earlier life of this phrase was found and taken in"));
    }

    /// Puts signed outputs into the book; flawed ones into quarantine. Returns what is usable, in satoshi.
    pub(super) fn take_in(
        &mut self,
        id: OperationId,
        signed: Vec<Signed>,
        state: impl Fn(&Output) -> ProofState,
        step: &mut Step,
    ) -> u64 {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return 0 };
        let (mut usable, mut set_aside) = (0u64, 0u64);
        // What is in the book keeps its state: another operation may have reserved it or given it away.
        for signed in signed.into_iter().filter(|signed| !self.proofs.contains_key(&signed.y)).collect::<Vec<_>>() {
            let state = match signed.flaw {
                None => {
                    usable = usable.saturating_add(signed.amount);
                    state(&signed.output)
                }
                Some(_) => {
                    set_aside = set_aside.saturating_add(signed.amount);
                    ProofState::Quarantined { by: id }
                }
            };
            let held = Held {
                mint: mint.clone(),
                keyset: signed.output.keyset,
                counter: signed.output.counter,
                amount: signed.amount,
                secret: signed.secret,
                c: signed.c,
                state,
                evidence: signed.flaw,
            };
            self.put_proof(signed.y, held);
        }
        if set_aside > 0 {
            if let Some(known) = self.mints.get_mut(&mint) {
                known.run.retry_soon(self.latest);
            }
            step.events.push(WalletEvent::Quarantined { op: id, amount: Sat::new(set_aside) });
        }
        usable
    }

    fn read_signatures(&self, mint: &MintUrl, exchange: &Exchange, body: &str) -> Option<Vec<Signed>> {
        let answer: SwapResponse = tree::read(body)?;
        if answer.signatures.len() != exchange.outputs.len() {
            return None;
        }
        exchange
            .outputs
            .iter()
            .zip(&answer.signatures)
            .map(|(output, signature)| self.unblind(mint, output, signature))
            .collect()
    }

    fn read_restored(&self, mint: &MintUrl, exchange: &Exchange, body: &str) -> Option<Vec<Signed>> {
        let answer: RestoreResponse = tree::read(body)?;
        if answer.outputs.len() != answer.signatures.len() {
            return None;
        }
        let ours: Map<PublicKey, &Output> =
            exchange.outputs.iter().chain(&exchange.earlier).map(|output| (output.blinded, output)).into_map();
        let mut found: Map<PublicKey, Signed> = Map::new();
        for (message, signature) in answer.outputs.iter().zip(&answer.signatures) {
            let output = ours.get(&message.blinded_secret)?;
            found.insert(message.blinded_secret, self.unblind(mint, output, signature)?);
        }
        let order = exchange.outputs.iter().chain(&exchange.earlier);
        Some(order.filter_map(|output| found.remove(&output.blinded)).collect())
    }

    /// Nothing for what cannot be an answer to this output.
    fn unblind(&self, mint: &MintUrl, output: &Output, signature: &BlindSignature) -> Option<Signed> {
        if signature.keyset_id != output.keyset {
            return None;
        }
        let keyset = self.keysets.get(&(mint.clone(), output.keyset))?;
        let key = keyset.key(signature.amount.to_u64())?;
        let derived = self.seed.derive(output.keyset, output.counter)?;
        if derived.blinded != output.blinded {
            return None;
        }
        let announced = self.mints.get(mint).is_some_and(|mint| mint.announces_dleq);
        let flaw = match &signature.dleq {
            Some(_) => {
                signature.verify_dleq(key, output.blinded).is_err().then_some("a DLEQ proof that does not verify")
            }
            None => announced.then_some("no DLEQ proof although the mint announces them"),
        };
        let flaw = flaw.map(|flaw| {
            let words = serde_json::to_string(signature).unwrap_or_default();
            format!("the mint answered B_ {} with {flaw}: {words}", output.blinded)
        });
        let c = unblind_message(&signature.c, &derived.blinding, &key).ok()?;
        let y = y_of(derived.secret.as_bytes())?;
        let amount = signature.amount.to_u64();
        Some(Signed { output: output.clone(), amount, y, secret: derived.secret, c, flaw })
    }

    /// Goes to a phase at once.
    pub(super) fn go_on(&mut self, now: u64, id: OperationId, phase: Phase) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.phase = phase;
            op.run.next_at = now;
        }
    }

    /// Goes to a phase after a pause that grows with every failure.
    pub(super) fn put_off(&mut self, now: u64, id: OperationId, phase: Phase) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.tries = op.run.tries.saturating_add(1);
            op.run.phase = phase;
            op.run.next_at = now.saturating_add(backoff(op.run.tries));
        }
    }
}

impl Signed {
    pub(super) fn is_sound(&self) -> bool {
        self.flaw.is_none()
    }
}

impl Output {
    pub(super) fn message(&self) -> BlindedMessage {
        BlindedMessage::new(cashu::Amount::from(self.amount), self.keyset, self.blinded)
    }
}

impl Refusal {
    /// Proofs, outputs or a quote in use just now.
    fn is_pending(&self) -> bool {
        matches!(self.code, 11002 | 11004 | 20005)
    }

    /// The mint changed its keysets or its fee: fresh ones may help.
    fn is_about_keysets(&self) -> bool {
        // nutshell 0.21 answers an unbalanced swap with its catch-all 11000 and words.
        matches!(self.code, 11005 | 11010 | 12000..13000)
            || ["keyset", "balanced"].iter().any(|word| self.detail.contains(word))
    }
}

pub(super) fn quote_path(quote: &str) -> String {
    format!("/v1/mint/quote/bolt11/{quote}")
}

/// The body of a NUT-07 question; nothing if a Y is none.
pub(super) fn check_body<'a>(ys: impl Iterator<Item = &'a String>) -> Option<String> {
    let ys = ys.map(PublicKey::from_hex).collect::<Result<Vec<_>, _>>().ok()?;
    serde_json::to_string(&CheckStateRequest { ys }).ok()
}

/// The states of exactly these proofs; nothing for any other answer.
pub(super) fn read_states(body: &str, ys: &[String]) -> Option<Map<String, State>> {
    let answer: CheckStateResponse = tree::read(body)?;
    let states: Map<String, State> = answer.states.iter().map(|state| (state.y.to_hex(), state.state)).into_map();
    let asked: Set<&String> = ys.iter().into_set();
    (states.keys().into_set() == asked && answer.states.len() == states.len()).then_some(states)
}

pub(super) fn is_pending(state: State) -> bool {
    match state {
        State::Pending | State::Reserved | State::PendingSpent => true,
        State::Spent | State::Unspent => false,
    }
}

pub(super) fn inputs_of(states: &Map<String, State>) -> Inputs {
    let spent: Set<String> =
        states.iter().filter(|(_, state)| **state == State::Spent).map(|(y, _)| y.clone()).into_set();
    if states.values().any(|state| is_pending(*state)) {
        Inputs::Pending
    } else if spent.is_empty() {
        Inputs::Unspent
    } else if spent.len() == states.len() {
        Inputs::Spent
    } else {
        Inputs::PartlySpent(spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_other_proofs_than_those_asked_for_are_no_answer() {
        let ys = [
            "024cce997d3b518f739663b757deaec95bcd9473c30a14ac2fd04023a739d1a725".to_owned(),
            "022e7158e11c9506f1aa4248bf531298daa7febd6194f003edcd9b93ade6253acf".to_owned(),
        ];
        let state = |y: &str, state: &str| format!(r#"{{"Y":"{y}","state":"{state}","witness":null}}"#);
        let answer = |states: &[String]| format!(r#"{{"states":[{}]}}"#, states.join(","));
        let (one, two) = (state(&ys[0], "SPENT"), state(&ys[1], "UNSPENT"));
        let read = |states: &[String]| read_states(&answer(states), &ys).map(|states| inputs_of(&states));
        let partly = Inputs::PartlySpent([ys[0].clone()].into_iter().into_set());
        assert_eq!(read(&[two.clone(), one.clone()]), Some(partly), "in any order");
        assert_eq!(read(std::slice::from_ref(&one)), None, "one is missing");
        assert_eq!(read(&[one.clone(), one.clone()]), None, "one twice");
        assert_eq!(read(&[one.clone(), two.clone(), one]), None, "one too many");
        assert_eq!(read(&[state(&ys[0], "PENDING"), two]), Some(Inputs::Pending));
    }

    #[test]
    fn ecash_that_is_in_the_book_keeps_its_state_when_it_is_found_again() {
        let mut wallet = Wallet::open([7; 64], &std::collections::BTreeMap::new()).expect("an empty store");
        let mint: MintUrl = "https://mint.example".parse().expect("a mint");
        let of = Saga::Reclaim(super::super::reclaim::Reclaim::of_set_aside());
        let id = wallet.start(0, mint.clone(), of, "a test");
        let keyset: Id = "009a1f293253e41e".parse().expect("an id");
        let derived = wallet.seed.derive(keyset, 0).expect("a secret");
        let y = y_of(derived.secret.as_bytes()).expect("a point");
        let output = Output { keyset, counter: 0, amount: 8, blinded: derived.blinded, role: Role::Keep };
        let found = Signed { output, amount: 8, y: y.clone(), secret: derived.secret, c: derived.blinded, flaw: None };
        let mut step = Step::default();
        assert_eq!(wallet.take_in(id, vec![found.clone()], |_| ProofState::Spendable, &mut step), 8);
        wallet.move_proof(&y, ProofState::Reserved { by: id });
        assert_eq!(wallet.take_in(id, vec![found], |_| ProofState::Spendable, &mut step), 0, "not counted twice");
        assert_eq!(wallet.proofs.get(&y).map(|held| held.state), Some(ProofState::Reserved { by: id }));
    }
}
