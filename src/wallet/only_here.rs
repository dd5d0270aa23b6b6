//! What the phrase alone does not bring back: this store has it, and a file that is saved of it (DESIGN §7.3).
//!
//! A search finds what a mint signed for secrets that come from the phrase (NUT-13). Not among that are tokens of others
//! before they are redeemed, ecash with a condition (NUT-10), and invoices, which go by a number that their mint chose.

use serde::Serialize;

use super::api::OperationId;
use super::book::{Held, ProofState};
use super::issue::IssueState;
use super::lock::is_locked;
use super::machine::Wallet;
use super::operation::Operation;
use super::outputs::Role;
use crate::model::{Amount, MintUrl, Unit};

/// Money that the phrase alone does not bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OnlyHereView {
    /// The operation that keeps it.
    pub op: OperationId,
    /// Where it can be redeemed.
    pub mint: MintUrl,
    /// Of `amount`.
    pub unit: Unit,
    /// How much.
    pub amount: Amount,
    /// What it is, as a sentence.
    pub sentence: &'static str,
}

const TOKEN: &str = "A token of somebody else that was not redeemed yet. This is perhaps the only copy of it.";
const INVOICE: &str = "An invoice that may be paid. Its ecash is issued to who knows its number at the mint, and the words do \
                       not name it.";
const LOCKED: &str = "Ecash that is locked to a key. Its secret does not come from the words; without it nobody can take it \
                      back.";

impl Wallet {
    pub(super) fn only_here(&self) -> Vec<OnlyHereView> {
        let of_op = |(id, op): (&OperationId, &Operation)| {
            let (value, sentence) = self.kept_only_here(*id, op).filter(|(value, _)| *value > 0)?;
            Some(OnlyHereView { op: *id, mint: op.mint.clone(), unit: op.unit, amount: op.much(value), sentence })
        };
        self.ops.iter().filter_map(of_op).collect()
    }

    fn kept_only_here(&self, id: OperationId, op: &Operation) -> Option<(u64, &'static str)> {
        if let Some(receive) = op.receive().filter(|receive| receive.busy() || receive.can_retry()) {
            return Some((receive.face, TOKEN));
        }
        if let Some(issue) = op.issue() {
            let waits = match &issue.state {
                IssueState::AwaitingPayment(_) => !issue.part_of.is_some_and(|pay| self.is_offer(pay)),
                IssueState::Minting { .. } => true,
                IssueState::QuoteRequested { .. }
                | IssueState::Expired(_)
                | IssueState::Done { .. }
                | IssueState::Failed { .. } => self.is_issue_paid(id),
            };
            return waits.then_some((issue.amount, INVOICE));
        }
        let outputs = op.send().and_then(|_| op.exchange()).map_or(&[][..], |exchange| &exchange.outputs);
        let made = outputs.iter().filter(|output| output.role == Role::HandOut && output.locked.is_some());
        let made = made.fold(0u64, |sum, output| sum.saturating_add(output.amount));
        let keeps = |held: &&Held| match held.state {
            ProofState::Spendable => false,
            ProofState::Reserved { by } | ProofState::HandedOut { by } | ProofState::Quarantined { by } => by == id,
        };
        let held = self.proofs.values().filter(keeps).filter(|held| is_locked(&held.secret));
        Some((held.fold(made, |sum, held| sum.saturating_add(held.amount)), LOCKED))
    }
}
