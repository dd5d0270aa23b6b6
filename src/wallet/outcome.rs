//! What the end of an exchange means for each kind of operation.

use super::api::{OperationId, Step};
use super::book::ProofState;
use super::machine::Wallet;
use super::operation::{Refusal, Saga};
use super::outputs::Signed;
use super::receive::ReceiveState;
use super::reclaim::ReclaimState;
use super::send::SendState;
use crate::model::Set;

/// How often a swap is planned anew because of the mint's keysets.
const MOST_ATTEMPTS: u32 = 3;

impl Wallet {
    pub(super) fn done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let given = self.drop_reserved(id);
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_done(now, id, signed, step),
            Some(Saga::Receive(_)) => self.receive_done(now, id, signed, step),
            Some(Saga::Send(_)) => self.send_done(now, id, signed, step),
            Some(Saga::Reclaim(_)) => self.reclaim_done(now, id, signed, step),
            Some(Saga::Pay(_)) => self.pay_freed(now, id, given, signed, step),
            Some(Saga::Restore(_)) | None => {}
        }
    }

    /// The inputs were spent by somebody else, all or these.
    pub(super) fn spent_elsewhere(&mut self, now: u64, id: OperationId, spent: &Set<String>, step: &mut Step) {
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_taken(now, id, step),
            Some(Saga::Receive(_)) => self.receive_spent(now, id, spent, step),
            Some(Saga::Send(_)) => self.send_spent(now, id, spent, step),
            Some(Saga::Reclaim(_)) => self.reclaim_spent(now, id, spent, step),
            Some(Saga::Pay(_)) => self.pay_not_freed(now, id, step),
            Some(Saga::Restore(_)) | None => {}
        }
    }

    /// The mint refused and nothing happened. `again` when fresh keysets may help.
    pub(super) fn refused(&mut self, now: u64, id: OperationId, refusal: &Refusal, again: bool, step: &mut Step) {
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_refused(now, id, refusal, again),
            Some(Saga::Receive(_) | Saga::Send(_) | Saga::Reclaim(_)) => {
                self.swap_refused(now, id, refusal, again, step)
            }
            Some(Saga::Pay(_)) => self.free_refused(now, id, refusal, again, step),
            Some(Saga::Restore(_)) | None => {}
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
            Saga::Issue(_) | Saga::Pay(_) | Saga::Restore(_) => return,
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
                    Saga::Issue(_) | Saga::Pay(_) | Saga::Restore(_) => {}
                }
            });
            return self.park(id);
        }
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Receive(_)) => self.fail_receive(now, id, text, step),
            Some(Saga::Send(_)) => self.fail_send(now, id, text, step),
            Some(Saga::Reclaim(_)) => self.fail_reclaim(now, id, text, step),
            Some(Saga::Issue(_) | Saga::Pay(_) | Saga::Restore(_)) | None => {}
        }
    }

    /// What was found is settled with this, so that the next unknown answer does not find it once more.
    pub(super) fn forget_earlier(&mut self, id: OperationId, found: &[Signed]) {
        self.change(id, |op| {
            let earlier = match &mut op.saga {
                Saga::Receive(receive) => &mut receive.earlier,
                Saga::Send(send) => &mut send.earlier,
                Saga::Reclaim(reclaim) => &mut reclaim.earlier,
                Saga::Pay(pay) => match pay.earlier_mut() {
                    Some(earlier) => earlier,
                    None => return,
                },
                Saga::Issue(_) | Saga::Restore(_) => return,
            };
            earlier.retain(|output| found.iter().all(|signed| signed.output.blinded != output.blinded));
        });
    }

    /// The outputs were signed before, for something else: what is unspent of them is ours and comes in, and the
    /// operation is planned anew with counters that were never used.
    pub(super) fn collided(&mut self, now: u64, id: OperationId, ours: Vec<Signed>, step: &mut Step) {
        self.take_in(id, ours, |_| ProofState::Spendable, step);
        match self.ops.get(&id).map(|op| &op.saga) {
            Some(Saga::Issue(_)) => self.issue_again(now, id),
            Some(Saga::Receive(_)) => self.receive_again(now, id),
            Some(Saga::Send(_)) => self.send_again(now, id),
            Some(Saga::Reclaim(_)) => self.reclaim_again(now, id),
            Some(Saga::Pay(_)) => self.free_again(now, id, step),
            Some(Saga::Restore(_)) | None => {}
        }
        self.change(id, |op| op.note(now, "ecash of an earlier life of this phrase was found and taken in"));
    }
}
