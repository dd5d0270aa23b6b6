//! Ecash that was set aside is tried again: swapped for such whose signatures verify (NUT-03, NUT-12).
//!
//! ```text
//!   set aside ──its mint was refreshed──▶ a reclaim without a send ──▶ Done: spendable
//!      ▲                                       │  │
//!      ├── refused, or flawed again: Failed ───┘  └──▶ FoundSpent: lost
//!      └── an hour later at the earliest
//! ```
//!
//! What the mint had answered stays in the operation, whatever comes of it.

use super::api::{OperationId, Step};
use super::book::ProofState;
use super::lock::{Blinding, is_locked};
use super::machine::Wallet;
use super::operation::{Operation, Saga};
use super::reclaim::{Reclaim, ReclaimState};
use crate::model::{MintUrl, Unit};

/// How long to wait between two tries at one mint. Doubled for every swap that brought more of the same, which costs a fee.
pub(super) const RETRY_SECS: u64 = 3600;
/// So many proofs in one request.
const MOST_INPUTS: usize = 64;

fn retry_of(op: &Operation) -> Option<&Reclaim> {
    op.reclaim().filter(|reclaim| reclaim.is_retry())
}

impl Wallet {
    pub(super) fn set_aside(&self, mint: &MintUrl, unit: Unit) -> Vec<String> {
        let at_mint = self.proofs.iter().filter(|(_, held)| held.mint == *mint);
        let set_aside = at_mint.filter(|(_, held)| matches!(held.state, ProofState::Quarantined { .. }));
        let opens = |secret| self.can_open(self.latest, std::iter::once((secret, Blinding::None))).is_ok();
        let set_aside = set_aside.filter(|(_, held)| opens(&held.secret));
        let of_unit = set_aside.filter(|(_, held)| self.unit_of(mint, held.keyset) == unit);
        of_unit.map(|(y, _)| y.clone()).take(MOST_INPUTS).collect()
    }

    /// Tries what was set aside at this mint, unless that was done lately. What its own fee would eat is left alone.
    pub(super) fn retry_set_aside(&mut self, now: u64, mint: &MintUrl, unit: Unit, step: &mut Step) {
        let ys = self.set_aside(mint, unit);
        if self.total(&ys) <= self.cost(mint, &ys) {
            return;
        }
        let of_mint = self.ops.iter().rev().filter(|(_, op)| op.mint == *mint && op.unit == unit);
        let last = of_mint.filter_map(|(id, op)| Some((*id, op, retry_of(op)?))).next();
        if last.is_some_and(|(_, op, retry)| op.busy() || now < due(op, retry)) {
            return;
        }
        // One operation stands for all tries until one comes to an end, so that the history is not filled with them.
        let goes_on = last.filter(|(_, _, retry)| matches!(retry.state, ReclaimState::Failed { .. }));
        let goes_on = goes_on.map(|(id, _, _)| id);
        let note = "trying what was set aside once more";
        let id = match goes_on {
            Some(id) => {
                self.enter(now, id, note, |_| ());
                id
            }
            None => self.start(now, mint.clone(), unit, Saga::Reclaim(Reclaim::of_set_aside()), note),
        };
        let evidence = ys.iter().filter_map(|y| self.proofs.get(y)?.evidence.clone()).collect();
        let face = self.total(&ys);
        self.change(id, |op| {
            if let Some(retry) = op.reclaim_mut() {
                retry.try_again(face, evidence);
            }
        });
        for y in &ys {
            self.move_proof(y, ProofState::Reserved { by: id });
        }
        self.pump(now, id, step);
    }

    /// Frees a proof that an operation held: one that was set aside before is so again.
    pub(super) fn free_proof(&mut self, y: &str, id: OperationId, into: ProofState) {
        let held = self.proofs.get(y);
        let flawed = held.is_some_and(|held| held.evidence.is_some());
        // What asks for a signature is exchanged before it can be spent.
        let locked = into == ProofState::Spendable && held.is_some_and(|held| is_locked(&held.secret));
        self.move_proof(y, if flawed || locked { ProofState::Quarantined { by: id } } else { into });
    }
}

fn due(op: &Operation, retry: &Reclaim) -> u64 {
    op.updated_at.saturating_add(RETRY_SECS << retry.flawed_again.min(8))
}

#[cfg(test)]
mod tests {
    use super::super::book::Held;
    use super::super::lock::{LockTo, SendLock};
    use super::*;

    #[test]
    fn what_is_locked_is_never_spendable() {
        let mut wallet = Wallet::open([7; 64], &std::collections::BTreeMap::new()).expect("an empty store");
        let mint: MintUrl = "https://mint.example".parse().expect("a mint");
        let id = wallet.start(0, mint.clone(), Unit::Sat, Saga::Reclaim(Reclaim::of_set_aside()), "a test");
        let to = LockTo { key: wallet.receiving_key().parse().expect("a key"), until: 3600 };
        let lock = SendLock::new(0, &to).expect("a lock");
        let keyset = "009a1f293253e41e".parse().expect("an id");
        let output = lock.outputs(&wallet.seed, id, keyset, &[8]).expect("derivable").remove(0);
        let secret = output.locked.clone().expect("a locked one");
        for (y, secret, expected) in [
            ("locked", secret, ProofState::Quarantined { by: id }),
            ("plain", cashu::secret::Secret::new("00"), ProofState::Spendable),
        ] {
            let state = ProofState::Reserved { by: id };
            let (mint, c) = (mint.clone(), output.blinded);
            let held = Held { mint, keyset, counter: 0, amount: 8, secret, c, state, evidence: None };
            wallet.put_proof(y.to_owned(), held);
            wallet.free_proof(y, id, ProofState::Spendable);
            assert_eq!(wallet.proofs.get(y).map(|held| held.state), Some(expected), "{y}");
        }
    }
}
