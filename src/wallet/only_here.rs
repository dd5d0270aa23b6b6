//! What the phrase alone does not bring back: this store has it, and a file that is saved of it (DESIGN §7.3).
//!
//! A search finds what a mint signed for secrets that come from the phrase (NUT-13). Not among that are tokens of others
//! before they are redeemed, ecash with a condition (NUT-10), and invoices, which go by a number that their mint chose.

use serde::Serialize;

use super::api::OperationId;
use super::book::ProofState;
use super::issue::{Issue, IssueState};
use super::lock::is_locked;
use super::machine::Wallet;
use super::operation::Operation;
use super::outputs::Role;
use crate::model::{Amount, Map, MintUrl, Unit};

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
const PAID: &str = "An invoice that was paid, and whose ecash is not here yet. It is issued to who knows the invoice's number at \
                    the mint, and the words do not name it.";
const ENDED: &str = "An invoice that ended unpaid less than a day ago. If it was paid late, its ecash is issued to who knows its \
                     number at the mint, and the words do not name it.";
const LOCKED: &str = "Ecash that is locked to a key. Its secret does not come from the words; without it nobody can take it \
                      back.";

impl Wallet {
    pub(super) fn only_here(&self) -> Vec<OnlyHereView> {
        let locked = self.held_locked();
        let of_op = |(id, op): (&OperationId, &Operation)| {
            let locked = locked.get(id).copied().unwrap_or(0);
            let (value, sentence) = self.kept_only_here(*id, op, locked).filter(|(value, _)| *value > 0)?;
            Some(OnlyHereView { op: *id, mint: op.mint.clone(), unit: op.unit, amount: op.much(value), sentence })
        };
        self.ops.iter().filter_map(of_op).collect()
    }

    fn kept_only_here(&self, id: OperationId, op: &Operation, locked: u64) -> Option<(u64, &'static str)> {
        if let Some(receive) = op.receive().filter(|receive| receive.busy() || receive.can_retry()) {
            return Some((receive.face, TOKEN));
        }
        if let Some(issue) = op.issue() {
            return self.may_be_issued(id, issue).map(|sentence| (issue.amount, sentence));
        }
        let outputs = op.send().and_then(|_| op.exchange()).map_or(&[][..], |exchange| &exchange.outputs);
        let made = outputs.iter().filter(|output| output.role == Role::HandOut && output.locked.is_some());
        Some((made.fold(locked, |sum, output| sum.saturating_add(output.amount)), LOCKED))
    }

    fn may_be_issued(&self, id: OperationId, issue: &Issue) -> Option<&'static str> {
        if self.is_issue_paid(id) {
            return Some(PAID);
        }
        match &issue.state {
            IssueState::AwaitingPayment(_) if issue.part_of.is_some_and(|pay| self.is_offer(pay)) => None,
            IssueState::AwaitingPayment(_) => Some(INVOICE),
            IssueState::Expired(_) => issue.may_be_paid_late(self.latest).then_some(ENDED),
            IssueState::QuoteRequested { .. }
            | IssueState::Minting { .. }
            | IssueState::Done { .. }
            | IssueState::Failed { .. } => None,
        }
    }

    /// How much each operation holds that is locked.
    fn held_locked(&self) -> Map<OperationId, u64> {
        let mut sums = Map::new_vec();
        for held in self.proofs.values() {
            let by = match held.state {
                ProofState::Spendable => continue,
                ProofState::Reserved { by } | ProofState::HandedOut { by } | ProofState::Quarantined { by } => by,
            };
            if is_locked(&held.secret) {
                let sum = sums.get(&by).copied().unwrap_or(0u64);
                sums.insert(by, sum.saturating_add(held.amount));
            }
        }
        sums
    }
}
