//! Money of a keyset that ends moves to the mint's present one (NUT-02, NUT-03).
//!
//! ```text
//!   refreshed, nothing else under way at the mint ──▶ a reclaim without a send ──▶ Done
//!      ▲                                                  │
//!      └──────────── at the next refresh ◀── Failed: the money stays as it is
//! ```
//!
//! Spending prefers such proofs anyway; this is for what lies still. It costs the input fee once more, so it is done only
//! when that is little, or when there is no time left.

use super::api::{OperationId, Step};
use super::book::ProofState;
use super::machine::Wallet;
use super::operation::{Operation, Saga};
use super::reclaim::{Reclaim, ReclaimState};
use crate::model::{MintUrl, Unit};

/// So many proofs in one request.
const MOST_INPUTS: usize = 64;
/// A keyset is left when it ends within this time, in seconds.
const SOON_SECS: u64 = 30 * 86_400;
/// From then on whatever it costs.
const NOW_SECS: u64 = 7 * 86_400;
/// Between two rotations at one mint.
const PAUSE_SECS: u64 = 3600;
/// Before that, the fee may be this part of the sum.
const FEE_PART: u64 = 50;

impl Wallet {
    /// Moves what is in keysets that end, unless something else is under way at the mint.
    pub(super) fn rotate(&mut self, now: u64, mint: &MintUrl, unit: Unit, step: &mut Step) {
        let concerns = |op: &Operation| op.mint == *mint && (op.unit == unit || op.restore().is_some());
        if self.ops.values().any(|op| concerns(op) && op.busy() && op.issue().is_none()) {
            return;
        }
        let Some(present) = self.signing_keyset(now, mint, unit) else { return };
        let (present, present_end) = (present.id, present.final_expiry.unwrap_or(u64::MAX));
        let of_mint = self.proofs.iter().filter(|(_, held)| held.mint == *mint && held.state == ProofState::Spendable);
        let (mut old, mut urgent) = (Vec::new(), false);
        for (y, held) in of_mint {
            let keyset = self.keysets.get(&(mint.clone(), held.keyset)).filter(|keyset| keyset.unit() == Some(unit));
            let Some(keyset) = keyset else { continue };
            let end = keyset.final_expiry.unwrap_or(u64::MAX);
            let left = end.saturating_sub(now);
            let ends = !keyset.active || (left < SOON_SECS && end < present_end);
            let is_dust = u128::from(held.amount) * 1000 <= u128::from(keyset.input_fee_ppk);
            if held.keyset != present && ends && left > 0 && !is_dust && old.len() < MOST_INPUTS {
                old.push(y.clone());
                urgent |= left < NOW_SECS;
            }
        }
        let (sum, cost) = (self.total(&old), self.cost(mint, &old));
        let cheap = cost.saturating_mul(FEE_PART) <= sum;
        if old.is_empty() || sum <= cost || !(cheap || urgent) {
            return;
        }
        let (last, due) = self.last_rotation(mint, unit);
        if now < due {
            return;
        }
        let note = "moving money to the mint's present keyset";
        let saga = || Saga::Reclaim(Reclaim::of_old_keyset());
        let id = last.unwrap_or_else(|| self.start(now, mint.clone(), unit, saga(), note));
        self.enter(now, id, note, |op| {
            if let Some(reclaim) = op.reclaim_mut() {
                reclaim.try_again(sum, Vec::new());
            }
        });
        for y in &old {
            self.move_proof(y, ProofState::Reserved { by: id });
        }
        self.pump(now, id, step);
    }

    /// The rotation that failed last goes on, so that the history is not filled with failures.
    /// With the time before which none begins.
    fn last_rotation(&self, mint: &MintUrl, unit: Unit) -> (Option<OperationId>, u64) {
        let concerns = |op: &Operation| op.mint == *mint && op.unit == unit;
        let rotation = |op: &Operation| concerns(op) && op.reclaim().is_some_and(|reclaim| reclaim.rotates);
        let Some((id, op)) = self.ops.iter().rev().find(|(_, op)| rotation(op)) else { return (None, 0) };
        let failed = op.reclaim().is_some_and(|reclaim| matches!(reclaim.state, ReclaimState::Failed { .. }));
        (failed.then_some(*id), op.updated_at.saturating_add(PAUSE_SECS))
    }
}
