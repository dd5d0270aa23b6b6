//! A melt that was requested: what became of it, its change, and its inputs if nothing did (NUT-05, 07, 08, 09).
//!
//! ```text
//!   Melt ──▶ State ── PAID ──▶ PaidWith ── inputs spent ──▶ Change ──▶ done
//!             ▲ │                  └── unspent: somebody else paid; released
//!             │ └─ UNPAID, or not known ──▶ Inputs ── spent ──▶ signed outputs? ──▶ done, or spent elsewhere
//!             │                               │
//!     pending ┴───────────────────────────────┴── unspent ──▶ refused: released │ no answer: swapped first
//! ```

use super::api::{OperationId, Step, WalletEvent};
use super::book::{Held, ProofState};
use super::exchange::{Exchange, inputs_of, read_states};
use super::invoice::{NO_PROOF, is_proof};
use super::machine::{Reply, Wallet};
use super::operation::{Operation, Refusal};
use super::outputs::{Role, Signed};
use super::pay::PayState;
use super::settle::Inputs;
use crate::model::{Gather, MintUrl, Set};
use crate::tree::{self, Tree};

/// Rounds of the questions before answers that contradict each other are believed.
const MOST_ROUNDS: u32 = 6;
/// How often the swap that frees the inputs is made anew because of the mint's keysets.
const MOST_ATTEMPTS: u32 = 3;
/// Tries before a payment ends without the change that is owed.
const CHANGE_TRIES: u32 = 12;

/// What is asked about a payment that was requested. Not stored: a restart asks for its state.
#[derive(Debug, Clone, Default)]
pub(super) enum Question {
    #[default]
    State,
    Melt,
    /// The mint does not call it paid, or does not know the quote.
    Inputs {
        known: bool,
    },
    /// The mint calls it paid: with our inputs?
    PaidWith {
        preimage: Option<String>,
        change: Option<Vec<Tree>>,
    },
    /// These inputs are spent, and the mint does not call it paid: for what?
    SpentBy {
        known: bool,
        spent: Set<String>,
    },
    /// It is paid.
    Change {
        preimage: Option<String>,
    },
}

const NOT_PAID: &str = "the invoice was not paid; the money is in the balance again, and you can try once more";

impl Wallet {
    pub(super) fn melt_answered(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        reply: Reply,
        step: &mut Step,
    ) {
        match reply {
            Reply::Body(body) => match read_payment(&body) {
                Some(Payment::Paid { preimage, change }) => self.paid(now, id, exchange, preimage, change, step),
                Some(Payment::Pending) => self.ask_again(now, id, Question::State),
                Some(Payment::Unpaid) | None => self.ask_next(now, id, Question::State),
            },
            Reply::Refused(refusal) => {
                if let Some(op) = self.ops.get_mut(&id) {
                    op.run.refusal = Some(refusal);
                }
                self.ask_next(now, id, Question::State);
            }
            Reply::Unknown(_) => self.ask_again(now, id, Question::State),
        }
    }

    pub(super) fn payment_told(&mut self, now: u64, id: OperationId, reply: &Reply) {
        match reply {
            Reply::Body(body) => match read_payment(body) {
                Some(Payment::Paid { preimage, change }) => {
                    self.ask_next(now, id, Question::PaidWith { preimage, change });
                }
                Some(Payment::Pending) => {
                    self.change(id, |op| {
                        op.run.at_work = false;
                        op.note(now, "the payment is under way; waiting for the mint's word");
                    });
                    self.ask_again(now, id, Question::State);
                    self.wait_for_word(now, id);
                }
                Some(Payment::Unpaid) => self.ask_next(now, id, Question::Inputs { known: true }),
                None => self.ask_again(now, id, Question::State),
            },
            // A mint that forgot the quote still knows the inputs.
            Reply::Refused(_) => self.ask_next(now, id, Question::Inputs { known: false }),
            Reply::Unknown(_) => self.ask_again(now, id, Question::State),
        }
    }

    pub(super) fn inputs_told(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        reply: &Reply,
        known: bool,
        step: &mut Step,
    ) {
        match states_told(exchange, reply) {
            None => self.ask_again(now, id, Question::Inputs { known }),
            Some(Inputs::Pending | Inputs::Unpaid) => {
                // It holds the money, and does not say that it pays.
                self.say_at_work(now, id);
                self.ask_again(now, id, Question::State);
            }
            Some(Inputs::Unspent) => self.not_paid(now, id, step),
            Some(Inputs::Spent) => {
                let spent = exchange.inputs.iter().cloned().into_set();
                self.ask_next(now, id, Question::SpentBy { known, spent });
            }
            Some(Inputs::PartlySpent(spent)) => self.ask_next(now, id, Question::SpentBy { known, spent }),
        }
    }

    /// The mint calls it paid: that is our payment only if our inputs are spent.
    pub(super) fn paid_with_told(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        reply: &Reply,
        (preimage, change): (Option<String>, Option<Vec<Tree>>),
        step: &mut Step,
    ) {
        match states_told(exchange, reply) {
            None | Some(Inputs::Pending | Inputs::Unpaid) => self.ask_again(now, id, Question::State),
            Some(Inputs::Spent) => self.paid(now, id, exchange, preimage, change, step),
            Some(Inputs::PartlySpent(spent)) => {
                self.keep_unspent(id, &spent);
                self.paid(now, id, exchange, preimage, change, step);
            }
            // The mint may note the one before the other.
            Some(Inputs::Unspent) if self.another_round(id) => self.ask_again(now, id, Question::State),
            Some(Inputs::Unspent) => {
                self.release(id, ProofState::Spendable);
                let text = "the invoice was paid before, but not with this money, which is in the balance again";
                self.fail_pay(now, id, text.to_owned(), 0, step);
            }
        }
    }

    /// What the mint signed for us tells whether it was this payment that spent them.
    pub(super) fn spent_told(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        reply: &Reply,
        (known, spent): (bool, Set<String>),
        step: &mut Step,
    ) {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return };
        let found = match reply {
            Reply::Body(body) => self.read_restored(&mint, &exchange.all_outputs(), body),
            Reply::Refused(_) | Reply::Unknown(_) => None,
        };
        match found {
            None => self.ask_again(now, id, Question::SpentBy { known, spent }),
            Some(signed) if signed.is_empty() => {
                // The payment may have settled between the questions.
                if self.another_round(id) {
                    return self.ask_again(now, id, Question::State);
                }
                self.keep_unspent(id, &spent);
                self.pay_spent(now, id, known, step);
            }
            // A swap that should free the inputs came late after all.
            Some(signed) if signed.iter().any(|signed| exchange.earlier.contains(&signed.output)) => {
                self.keep_unspent(id, &spent);
                let given = self.drop_reserved(id);
                self.pay_freed(now, id, given, signed, step);
            }
            Some(signed) => {
                self.keep_unspent(id, &spent);
                self.pay_done(now, id, signed, None, step);
            }
        }
    }

    /// Answers that contradict each other are asked for again, a few times.
    fn another_round(&mut self, id: OperationId) -> bool {
        let Some(op) = self.ops.get_mut(&id) else { return false };
        op.run.refusals = op.run.refusals.saturating_add(1);
        op.run.refusals < MOST_ROUNDS
    }

    /// The inputs are gone, and nothing came back for them.
    fn pay_spent(&mut self, now: u64, id: OperationId, known: bool, step: &mut Step) {
        let lost = self.drop_reserved(id);
        let much = self.much(id, lost);
        if known && let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
            self.gone_elsewhere(now, &mint, much, step);
        }
        let text = if known {
            format!(
                "{much} of this wallet were spent elsewhere, perhaps by the same phrase on another device, and the mint \
                 says that the invoice is not paid"
            )
        } else {
            format!(
                "the mint took {much} and does not know the payment any more; the invoice may be paid, so ask its maker \
                 before you pay again, and the mint's operator for the rest"
            )
        };
        self.fail_pay(now, id, text, lost, step);
    }

    fn not_paid(&mut self, now: u64, id: OperationId, step: &mut Step) {
        match self.ops.get_mut(&id).and_then(|op| op.run.refusal.take()) {
            Some(refusal) if refusal.is_pending() => self.ask_again(now, id, Question::State),
            Some(refusal) if refusal.is_collision() => {
                self.release(id, ProofState::Spendable);
                let text = "not paid: another device with these words made ecash with the same secrets; it is looked for \
                            now, pay when that is done; the money is in the balance again";
                self.fail_pay(now, id, text.to_owned(), 0, step);
                if let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
                    self.seen_elsewhere(now, &mint, step);
                }
            }
            Some(refusal) => {
                self.release(id, ProofState::Spendable);
                let text = format!("not paid: {}; the money is in the balance again", refusal.detail);
                self.fail_pay(now, id, text, 0, step);
                if refusal.is_about_keysets()
                    && let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone())
                {
                    self.refresh(now, &mint, step);
                }
            }
            None => self.free_inputs(now, id, step),
        }
    }

    /// Swaps the inputs, so that no late copy of the request can pay with them.
    fn free_inputs(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(pay) = op.pay() else { return };
        let PayState::Requested { quote, exchange: melt } = pay.state.clone() else { return };
        let (mint, unit) = (op.mint.clone(), op.unit);
        let Ok(keyset) = self.ready_keyset(now, &mint, unit) else { return self.ask_again(now, id, Question::State) };
        let keyset = keyset.clone();
        let ys = self.in_state(ProofState::Reserved { by: id });
        let rest = self.total(&ys).checked_sub(self.cost(&mint, &ys)).filter(|rest| *rest > 0);
        let proofs = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
        let exchange = rest.and_then(|rest| keyset.split(rest)).and_then(|parts| {
            let parts: Vec<(u64, Role)> = parts.into_iter().map(|part| (part, Role::Keep)).collect();
            self.make_swap(keyset.id, proofs, &parts)
        });
        let Some(mut exchange) = exchange else {
            self.release(id, ProofState::Spendable);
            return self.fail_pay(now, id, NOT_PAID.to_owned(), 0, step);
        };
        exchange.earlier.clone_from(&melt.earlier);
        let note = "the mint did not answer and says that nothing was paid; making sure of it";
        self.enter_pay(now, id, PayState::Freeing { quote, melt, exchange }, note);
        self.pump(now, id, step);
    }

    /// The inputs were swapped: nothing can be paid with them any more.
    pub(super) fn pay_freed(&mut self, now: u64, id: OperationId, inputs: u64, signed: Vec<Signed>, step: &mut Step) {
        let total = signed.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        self.take_in(id, signed, |_| ProofState::Spendable, step);
        self.fail_pay(now, id, NOT_PAID.to_owned(), inputs.saturating_sub(total), step);
    }

    /// A late copy of the request was faster than the swap, or somebody else was.
    pub(super) fn pay_not_freed(&mut self, now: u64, id: OperationId, step: &mut Step) {
        self.back_to_requested(now, id, "the request arrived late after all");
        self.pump(now, id, step);
    }

    /// The swap met another life of this phrase: once more with fresh outputs.
    pub(super) fn free_again(&mut self, now: u64, id: OperationId, step: &mut Step) {
        self.back_to_requested(now, id, "freeing the money with fresh outputs");
        self.pump(now, id, step);
    }

    /// With the mint's fresh keysets once more, a few times; then the money is free without the swap.
    pub(super) fn free_refused(&mut self, now: u64, id: OperationId, refusal: &Refusal, again: bool, step: &mut Step) {
        let attempts = self.ops.get(&id).and_then(Operation::pay).map_or(0, |pay| pay.attempts);
        if again && attempts < MOST_ATTEMPTS {
            self.back_to_requested(now, id, "the mint changed its keysets; freeing the money anew");
            self.change(id, |op| {
                if let Some(pay) = op.pay_mut() {
                    pay.attempts = attempts + 1;
                }
            });
            return self.park(id);
        }
        self.release(id, ProofState::Spendable);
        let text = format!("{NOT_PAID}; the mint would not exchange it either: {}", refusal.detail);
        self.fail_pay(now, id, text, 0, step);
    }

    fn paid(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        preimage: Option<String>,
        change: Option<Vec<Tree>>,
        step: &mut Step,
    ) {
        let Some(op) = self.ops.get(&id) else { return };
        let mint = op.mint.clone();
        let owed = self.change_owed(id);
        let signed = change.and_then(|change| self.read_change(&mint, exchange, &change));
        let whole = signed.filter(|signed| {
            // Change may come later than the word that it is paid.
            if signed.is_empty() && !exchange.outputs.is_empty() {
                return false;
            }
            let sum = signed.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
            sum >= owed && signed.iter().all(Signed::is_sound)
        });
        match whole {
            Some(signed) => self.pay_done(now, id, signed, preimage, step),
            None if exchange.outputs.is_empty() => self.pay_done(now, id, Vec::new(), preimage, step),
            None => self.ask_next(now, id, Question::Change { preimage }),
        }
    }

    /// Change as the answer lists it: the first outputs, in order.
    fn read_change(&self, mint: &MintUrl, exchange: &Exchange, change: &[Tree]) -> Option<Vec<Signed>> {
        if change.len() > exchange.outputs.len() {
            return None;
        }
        let signed = exchange.outputs.iter().zip(change);
        signed.map(|(output, signature)| self.unblind(mint, output, &signature.read().ok()?)).collect()
    }

    pub(super) fn change_told(
        &mut self,
        now: u64,
        id: OperationId,
        exchange: &Exchange,
        reply: &Reply,
        preimage: Option<String>,
        step: &mut Step,
    ) {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return };
        let found = match reply {
            Reply::Body(body) => self.read_restored(&mint, &exchange.all_outputs(), body),
            Reply::Refused(_) | Reply::Unknown(_) => None,
        };
        let tries = self.ops.get(&id).map_or(0, |op| op.run.tries);
        let back = |signed: &[Signed]| signed.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        let owed = self.change_owed(id);
        match found {
            Some(signed) if back(&signed) >= owed || tries >= CHANGE_TRIES => {
                let missing = owed.saturating_sub(back(&signed));
                self.pay_done(now, id, signed, preimage, step);
                if missing > 0 {
                    let missing = self.much(id, missing);
                    let text = format!("{missing} of change did not come; look for lost ecash at this mint later");
                    self.change(id, |op| op.note(now, text));
                }
            }
            Some(_) | None => {
                self.change(id, |op| op.note(now, "paid; waiting for the change"));
                self.ask_again(now, id, Question::Change { preimage });
            }
        }
    }

    /// What comes back at least, by the price that was agreed to.
    fn change_owed(&self, id: OperationId) -> u64 {
        let Some(op) = self.ops.get(&id) else { return 0 };
        let Some(pay) = op.pay() else { return 0 };
        let PayState::Requested { quote, .. } = &pay.state else { return 0 };
        let inputs = self.in_state(ProofState::Reserved { by: id });
        let gone = self.cost(&op.mint, &inputs).saturating_add(pay.amount).saturating_add(quote.fee_reserve);
        self.total(&inputs).saturating_sub(gone)
    }

    fn pay_done(&mut self, now: u64, id: OperationId, change: Vec<Signed>, preimage: Option<String>, step: &mut Step) {
        let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) else { return };
        let input_fee = self.cost(&mint, &self.in_state(ProofState::Reserved { by: id }));
        let back = change.iter().fold(0u64, |sum, signed| sum.saturating_add(signed.amount));
        let inputs = self.drop_reserved(id);
        self.take_in(id, change, |_| ProofState::Spendable, step);
        let Some(pay) = self.ops.get(&id).and_then(Operation::pay) else { return };
        let (amount, to) = (pay.amount, pay.to.clone());
        let PayState::Requested { quote, .. } = &pay.state else { return };
        let agreed = quote.fee_reserve.saturating_add(input_fee);
        let fee = inputs.saturating_sub(back).saturating_sub(amount);
        let is_wrong = preimage.as_ref().is_some_and(|preimage| !is_proof(preimage, &pay.invoice));
        self.enter_pay(now, id, PayState::Done { fee, preimage }, "paid");
        if is_wrong {
            self.change(id, |op| op.note(now, NO_PROOF));
        }
        if let Some(more) = fee.checked_sub(agreed).filter(|more| *more > 0) {
            let more = self.much(id, more);
            self.change(id, |op| op.note(now, format!("the mint kept {more} more than it had said")));
        }
        let (amount, fee) = (self.much(id, amount), self.much(id, fee));
        step.events.push(WalletEvent::Paid { op: id, amount, fee });
        if let Some((issue, _)) = to {
            self.issue_is_paid(now, issue, step);
        }
    }

    /// As before the swap, with its outputs among those that may be signed yet.
    fn back_to_requested(&mut self, now: u64, id: OperationId, note: &str) {
        let Some(pay) = self.ops.get(&id).and_then(Operation::pay) else { return };
        let PayState::Freeing { quote, mut melt, exchange } = pay.state.clone() else { return };
        melt.earlier = exchange.all_outputs();
        self.enter_pay(now, id, PayState::Requested { quote, exchange: melt }, note);
    }
}

fn states_told(exchange: &Exchange, reply: &Reply) -> Option<Inputs> {
    match reply {
        Reply::Body(body) => read_states(body, &exchange.inputs).map(|states| inputs_of(&states)),
        Reply::Refused(_) | Reply::Unknown(_) => None,
    }
}

/// What the mint says of a payment.
#[derive(Debug)]
enum Payment {
    Unpaid,
    Pending,
    Paid { preimage: Option<String>, change: Option<Vec<Tree>> },
}

fn read_payment(body: &str) -> Option<Payment> {
    let answer = tree::json(body)?;
    // An older form of NUT-05 knows `paid` only.
    let state = match (answer.get("state").and_then(Tree::text), answer.get("paid").and_then(Tree::bool)) {
        (Some(state), _) => state,
        (None, Some(true)) => "PAID",
        (None, Some(false)) => "UNPAID",
        (None, None) => return None,
    };
    Some(match state {
        "UNPAID" => Payment::Unpaid,
        "PENDING" => Payment::Pending,
        "PAID" => Payment::Paid {
            preimage: answer
                .get("payment_preimage")
                .and_then(Tree::text)
                .map(super::mint::clean)
                .filter(|it| !it.is_empty()),
            change: answer.get("change").and_then(Tree::list).map(<[Tree]>::to_vec),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_a_payment_is_read_in_the_older_form_too() {
        assert!(matches!(read_payment(r#"{"paid":true,"payment_preimage":"00"}"#), Some(Payment::Paid { .. })));
        assert!(matches!(read_payment(r#"{"paid":false}"#), Some(Payment::Unpaid)));
        assert!(matches!(read_payment(r#"{"paid":true,"state":"PENDING"}"#), Some(Payment::Pending)));
        assert!(read_payment(r#"{"quote":"1"}"#).is_none());
    }
}
