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

use cashu::{CheckStateRequest, CheckStateResponse, PublicKey, RestoreRequest, State};
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step};
use super::book::ProofState;
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Refusal, backoff};
use super::outputs::{Output, Signed};
use super::settle::{Inputs, Verdict, verdict};
use crate::model::{Gather, Map, MintUrl, Set};
use crate::tree;

/// A flawed signature may be damaged on its way: tries before it is set aside.
pub(super) const FLAWED_TRIES: u32 = 2;
/// Why an operation waits whose money the mint calls pending.
pub(super) const AT_WORK: &str = "the mint says that it is at work on this; it is asked again, and if that lasts for hours \
                                  its operator must see to it";
/// Why an operation waits of which the mint tells nothing.
const UNTOLD: &str = "the mint does not say what became of this; it is asked again, and its operator can tell why";
/// Refused questions before that is said.
const UNTOLD_TRIES: u32 = 4;
/// Refusals of the same bytes, each confirmed by both questions, before the inputs are released.
const MOST_REFUSALS: u32 = 3;

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

/// The question that is open.
#[derive(Debug, Clone, Default)]
pub(super) enum Phase {
    #[default]
    Post,
    Inputs,
    Outputs(Inputs),
    Collided(Vec<Signed>),
}

impl Exchange {
    pub(super) fn all_outputs(&self) -> Vec<Output> {
        [&self.outputs[..], &self.earlier[..]].concat()
    }
}

impl Wallet {
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
            Phase::Outputs(_) => (Method::Post, "/v1/restore".to_owned(), restore_body(&exchange.all_outputs())),
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
        let untold =
            !matches!(phase, Phase::Post) && matches!(reply, Reply::Refused(_)) && op.run.tries >= UNTOLD_TRIES;
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
                    Reply::Body(body) => self.read_restored(&mint, &exchange.all_outputs(), body),
                    Reply::Refused(_) | Reply::Unknown(_) => None,
                };
                let tries = self.ops.get(&id).map_or(0, |op| op.run.tries);
                match found.filter(|found| tries >= FLAWED_TRIES || found.iter().all(Signed::is_sound)) {
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
                        self.seen_elsewhere(now, &mint, step);
                    }
                    Some(_) | None => self.put_off(now, id, Phase::Collided(found)),
                }
            }
        }
        if untold {
            self.say_once(now, id, UNTOLD);
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
        let verdict = verdict(&inputs, !found.is_empty());
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.at_work &= verdict == Verdict::Wait;
        }
        match verdict {
            Verdict::Done => {
                if let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
                    self.look_soon(now, &mint);
                }
                match &inputs {
                    Inputs::PartlySpent(spent) if self.ops.get(&id).is_some_and(|op| op.receive().is_some()) => {
                        self.receive_in_part(now, id, spent, found, step);
                    }
                    Inputs::PartlySpent(spent) => {
                        self.keep_unspent(id, spent);
                        self.done(now, id, found, step);
                    }
                    Inputs::Spent | Inputs::Unspent | Inputs::Pending | Inputs::Unpaid => {
                        self.done(now, id, found, step);
                    }
                }
            }
            Verdict::Wait => {
                self.say_at_work(now, id);
                self.put_off(now, id, Phase::Inputs);
            }
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
    pub(super) fn keep_unspent(&mut self, id: OperationId, spent: &Set<String>) {
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
        let is_issue = op.issue().is_some();
        let is_final = refusal.is_about_keysets() || (is_issue && refusal.is_about_signature());
        if refusal.is_pending() || (!is_final && op.run.refusals < MOST_REFUSALS) {
            self.put_off(now, id, Phase::Post);
            return;
        }
        let again = refusal.is_about_keysets() && op.run.refusals < MOST_REFUSALS;
        self.refused(now, id, &refusal, again, step);
    }

    /// Says so once in the history, and in the view for as long as it is so.
    pub(super) fn say_at_work(&mut self, now: u64, id: OperationId) {
        let Some(op) = self.ops.get_mut(&id) else { return };
        op.run.at_work = true;
        self.say_once(now, id, AT_WORK);
    }

    /// A question that is asked again and again is one line in the history.
    fn say_once(&mut self, now: u64, id: OperationId, text: &str) {
        if self.ops.get(&id).is_some_and(|op| op.notes.last().is_none_or(|last| last.text != text)) {
            self.change(id, |op| op.note(now, text));
        }
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

impl Refusal {
    /// Proofs, outputs or a quote in use just now.
    pub(super) fn is_pending(&self) -> bool {
        matches!(self.code, 11002 | 11004 | 20005)
    }

    /// Outputs that were signed before.
    pub(super) fn is_collision(&self) -> bool {
        matches!(self.code, 11003 | 10002)
    }

    /// The signature that opens a quote (NUT-20).
    pub(super) fn is_about_signature(&self) -> bool {
        matches!(self.code, 20008 | 20009)
    }

    /// The mint changed its keysets or its fee: fresh ones may help.
    pub(super) fn is_about_keysets(&self) -> bool {
        // nutshell 0.21 answers an unbalanced swap with its catch-all 11000 and words.
        matches!(self.code, 11005 | 11010 | 12000..13000)
            || ["keyset", "balanced"].iter().any(|word| self.detail.contains(word))
    }
}

/// A quote's id, if it can stand in a path.
pub(super) fn quote_name(id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~');
    (!id.is_empty() && id.len() <= 256 && id.chars().all(plain)).then(|| id.to_owned())
}

pub(super) fn quote_path(quote: &str) -> String {
    format!("/v1/mint/quote/bolt11/{quote}")
}

/// The body of a NUT-07 question; nothing if a Y is none.
pub(super) fn check_body<'a>(ys: impl Iterator<Item = &'a String>) -> Option<String> {
    let ys = ys.map(PublicKey::from_hex).collect::<Result<Vec<_>, _>>().ok()?;
    serde_json::to_string(&CheckStateRequest { ys }).ok()
}

/// The body of a NUT-09 question.
pub(super) fn restore_body(outputs: &[Output]) -> Option<String> {
    serde_json::to_string(&RestoreRequest { outputs: outputs.iter().map(Output::message).collect() }).ok()
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
}
