//! An operation as people see it: where it stands, as a slug and as a sentence.

use super::api::{OperationId, Purpose};
use super::exchange::AT_WORK;
use super::invoice::{NO_PROOF, is_proof};
use super::issue::{Issue, IssueState};
use super::lock::moment;
use super::machine::Wallet;
use super::operation::{Note, Operation, Saga};
use super::pay::{Pay, PayState};
use super::receive::{Proven, Receive, ReceiveState};
use super::reclaim::{Reclaim, ReclaimState};
use super::restore::{Restore, RestoreState};
use super::send::{Send, SendState};
use super::view::{FoundView, OperationKind, OperationView, ProgressView, StepView, both, seconds};
use crate::model::{Amount, MintUrl, Msat, Sat, Unit};

impl Wallet {
    pub(super) fn operation_view(&self, id: OperationId, op: &Operation) -> OperationView {
        let mut view = OperationView {
            id,
            kind: OperationKind::Issue,
            mint: op.mint.clone(),
            unit: op.unit,
            amount: op.much(0),
            fee: op.much(0),
            state: String::new(),
            sentence: String::new(),
            open: op.busy(),
            started_at: seconds(op.started_at),
            updated_at: seconds(op.updated_at),
            invoice: None,
            invoice_expires_at: None,
            to: None,
            part_of: None,
            most: None,
            missing: None,
            preimage: None,
            wrong_preimage: None,
            can_retry: false,
            can_reclaim: false,
            take_back_at: None,
            locked_to: None,
            locked_until: None,
            delivery: None,
            lease: None,
            progress: None,
            steps: shown(&op.notes),
            answers: shown(&op.answers),
        };
        let (state, sentence) = match &op.saga {
            Saga::Issue(issue) => match self.paid_by(id) {
                Some((id, pay)) if issue.quote().is_some_and(|quote| quote.has_ended(self.latest)) => {
                    (view.amount, view.part_of) = (op.much(issue.amount), issue.part_of);
                    ("paid-too-late", self.paid_too_late(id, pay, &op.mint))
                }
                Some(_) | None => {
                    let (state, sentence) = issue_view(issue, &mut view);
                    let offered = issue.part_of.is_some_and(|pay| self.is_offer(pay));
                    match (&issue.state, issue.part_of) {
                        _ if offered => ("offered", "Nothing is paid before you agree to the move.".to_owned()),
                        (IssueState::Expired(_), Some(_)) => ("expired", "The move was not made.".to_owned()),
                        _ => (state, sentence),
                    }
                }
            },
            Saga::Receive(receive) => receive_view(receive, &mut view),
            Saga::Send(send) => send_view(send, self.latest, &mut view),
            Saga::Reclaim(reclaim) => reclaim_view(reclaim, &mut view),
            Saga::Pay(pay) => {
                let cost = self.cost_of_pay(id);
                (view.most, view.missing) =
                    (cost.map(|cost| op.much(cost.most)), cost.map(|cost| op.much(cost.missing)));
                let issue = pay.to.as_ref().and_then(|(issue, _)| self.ops.get(issue));
                let arrives = issue.and_then(|op| Some(op.much(op.issue()?.amount)));
                pay_view(pay, arrives, &mut view)
            }
            Saga::Restore(restore) => restore_view(restore, op.run.tries > 0, &mut view),
        };
        state.clone_into(&mut view.state);
        view.sentence = if op.run.at_work && view.open { self::sentence(AT_WORK) } else { sentence };
        view
    }

    /// `pay` paid an invoice of this mint, which says that it ended before.
    fn paid_too_late(&self, id: OperationId, pay: &Pay, mint: &MintUrl) -> String {
        let contact = self.mints.get(mint).and_then(|mint| mint.contact.as_deref());
        let contact = contact.map_or_else(String::new, |contact| format!(" ({contact})"));
        let ended =
            format!("and {mint} says that it ended. It is asked again at every start. If the money does not come,");
        match self.ops.get(&id).filter(|_| !has_proof(pay)) {
            None => format!(
                "This invoice was paid by operation {id}, {ended} show its operator{contact} the preimage that operation {id} \
                 names."
            ),
            Some(Operation { mint: from, .. }) => format!(
                "This invoice was paid by operation {id}, says {from}, which gave no proof of it, {ended} ask the operator of \
                 {from} for one, and show it to that of {mint}{contact}."
            ),
        }
    }
}

fn has_proof(pay: &Pay) -> bool {
    matches!(&pay.state, PayState::Done { preimage: Some(preimage), .. } if is_proof(preimage, &pay.invoice))
}

impl OperationView {
    fn much(&self, value: u64) -> Amount {
        Amount::new(value, self.unit)
    }
}

fn issue_view(issue: &Issue, view: &mut OperationView) -> (&'static str, String) {
    view.amount = view.much(issue.amount);
    view.part_of = issue.part_of;
    match &issue.state {
        IssueState::QuoteRequested { .. } => ("quote-requested", "The mint is asked for an invoice.".to_owned()),
        IssueState::AwaitingPayment(quote) => {
            view.invoice = Some(quote.invoice.clone());
            view.invoice_expires_at = quote.expires_at.map(seconds);
            ("awaiting-payment", "Waiting for the invoice to be paid.".to_owned())
        }
        IssueState::Expired(quote) => {
            view.invoice_expires_at = quote.expires_at.map(seconds);
            (
                "expired",
                "The invoice ended unpaid. If it was paid after all, the money comes at the next start.".to_owned(),
            )
        }
        IssueState::Minting { .. } => ("minting", "Paid; the mint is signing the ecash.".to_owned()),
        IssueState::Done { issued } => {
            view.amount = view.much(*issued);
            ("done", format!("{} came in.", view.amount))
        }
        IssueState::Failed { text } => ("failed", sentence(text)),
    }
}

fn receive_view(receive: &Receive, view: &mut OperationView) -> (&'static str, String) {
    view.kind = OperationKind::Receive;
    view.can_retry = receive.can_retry();
    view.amount = view.much(receive.face);
    match &receive.state {
        ReceiveState::Planned => ("unclaimed", unclaimed(receive.proven).to_owned()),
        ReceiveState::Requested { .. } => ("requested", "The mint is redeeming the token.".to_owned()),
        ReceiveState::Done { amount, fee } => {
            (view.amount, view.fee) = (view.much(*amount), view.much(*fee));
            ("done", format!("{} came in; the mint kept {fee}.", view.amount))
        }
        ReceiveState::Failed { text } => ("failed", sentence(text)),
        ReceiveState::Cancelled => ("cancelled", "Cancelled. The token was not sent anywhere.".to_owned()),
    }
}

fn unclaimed(proven: Proven) -> &'static str {
    match proven {
        Proven::Nothing => "The token is safe here and will be redeemed when its mint answers.",
        Proven::Genuine => {
            "The token is genuine by its mint's keys, and will be redeemed when the mint answers. Until then its sender \
             could still spend it."
        }
        Proven::Wrong => {
            "The token does not fit its mint's keys, so it may be worthless: give nothing for it before its mint answers \
             and redeems it."
        }
    }
}

fn send_view(send: &Send, now: u64, view: &mut OperationView) -> (&'static str, String) {
    view.kind = OperationKind::Send;
    (view.amount, view.fee) = (view.much(send.face), view.much(send.swap_fee));
    if let Some(lock) = &send.lock {
        (view.locked_to, view.locked_until) = (Some(lock.key), Some(seconds(lock.until)));
    }
    view.lease = match &send.purpose {
        Purpose::Person => None,
        Purpose::Lease(lease) => Some(lease.clone()),
    };
    match &send.state {
        SendState::Planned => ("planned", "The token waits for the keys of its mint.".to_owned()),
        SendState::Requested { .. } if send.lock.is_some() => ("requested", "The mint is making the token.".to_owned()),
        SendState::Requested { .. } => ("requested", "The mint is making exact change for the token.".to_owned()),
        SendState::HandedOut => {
            (view.open, view.can_reclaim) = (true, true);
            view.take_back_at = send.take_back_at.map(seconds);
            if let Some(lock) = send.lock.as_ref().filter(|lock| now <= lock.until) {
                view.can_reclaim = false;
                let until = moment(lock.until);
                return (
                    "handed-out",
                    format!(
                        "The token is out. Only its receiver can take it until {until}; then it comes back to you."
                    ),
                );
            }
            ("handed-out", "The token is out and was not redeemed yet. It can be taken back.".to_owned())
        }
        SendState::Reclaiming { .. } => {
            view.open = true;
            ("reclaiming", "The token is being taken back.".to_owned())
        }
        SendState::Spent if view.lease.is_none() => ("spent", "The receiver took it.".to_owned()),
        SendState::Spent => ("spent", "The token was redeemed.".to_owned()),
        SendState::Reclaimed { .. } => ("reclaimed", "The token was taken back.".to_owned()),
        SendState::Failed { text } => ("failed", sentence(text)),
        SendState::Cancelled => ("cancelled", "Cancelled. Nothing was given away.".to_owned()),
    }
}

fn reclaim_view(reclaim: &Reclaim, view: &mut OperationView) -> (&'static str, String) {
    let retry = reclaim.is_retry();
    view.kind = match (retry, reclaim.rotates) {
        (true, _) => OperationKind::Retry,
        (false, true) => OperationKind::Rotate,
        (false, false) => OperationKind::Reclaim,
    };
    view.amount = view.much(reclaim.face);
    match &reclaim.state {
        ReclaimState::Planned | ReclaimState::Requested { .. } if retry => {
            ("retrying", "The mint is asked to exchange what was set aside.".to_owned())
        }
        ReclaimState::FoundSpent if retry => (
            "found-spent",
            "What was set aside was spent by somebody else, says the mint. Its answers are kept as evidence."
                .to_owned(),
        ),
        ReclaimState::Planned | ReclaimState::Requested { .. } if reclaim.rotates => {
            ("rotating", "Money of a keyset that ends is exchanged for such of the present one.".to_owned())
        }
        ReclaimState::Done { amount, fee } if reclaim.rotates => {
            (view.amount, view.fee) = (view.much(*amount), view.much(*fee));
            ("done", format!("{} are in the mint's present keyset now; the mint kept {fee}.", view.amount))
        }
        ReclaimState::FoundSpent if reclaim.rotates => {
            ("found-spent", "This money was spent elsewhere, perhaps by the same phrase on another device.".to_owned())
        }
        ReclaimState::Planned => ("planned", "The token will be taken back when its mint answers.".to_owned()),
        ReclaimState::Requested { .. } => ("requested", "The mint is asked to swap the token back.".to_owned()),
        ReclaimState::Done { amount, fee } => {
            (view.amount, view.fee) = (view.much(*amount), view.much(*fee));
            ("done", format!("{} came back; the mint kept {fee}.", view.amount))
        }
        ReclaimState::FoundSpent => ("found-spent", "The token was redeemed before it could be taken back.".to_owned()),
        ReclaimState::Failed { text } => ("failed", sentence(text)),
        ReclaimState::Cancelled => ("cancelled", "Cancelled. The token is out as before.".to_owned()),
    }
}

/// `arrives` at the other mint, for a move.
fn pay_view(pay: &Pay, arrives: Option<Amount>, view: &mut OperationView) -> (&'static str, String) {
    view.kind = if pay.to.is_some() { OperationKind::Move } else { OperationKind::Pay };
    view.amount = view.much(pay.amount);
    view.open = pay.is_open();
    view.to = pay.to.as_ref().map(|(_, mint)| mint.clone());
    match &pay.state {
        PayState::AwaitingInvoice => ("awaiting-invoice", "The other mint is asked for an invoice.".to_owned()),
        PayState::QuoteRequested { .. } => ("quote-requested", "The mint is asked what it costs.".to_owned()),
        PayState::Quoted(quote) => {
            view.invoice_expires_at = quote.expires_at.map(seconds);
            ("quoted", "Nothing is paid before you agree.".to_owned())
        }
        PayState::Requested { quote, .. } => {
            view.fee = view.much(quote.fee_reserve);
            ("requested", "The mint is paying. This may take as long as Lightning does.".to_owned())
        }
        PayState::Freeing { .. } => {
            ("freeing", "The mint did not answer; making sure that nothing is paid twice.".to_owned())
        }
        PayState::Done { fee, preimage } => {
            view.fee = view.much(*fee);
            let place = if has_proof(pay) { &mut view.preimage } else { &mut view.wrong_preimage };
            place.clone_from(preimage);
            let what = if pay.to.is_some() { "arrived" } else { "were paid" };
            let doubt =
                view.wrong_preimage.as_ref().map_or_else(String::new, |_| format!(" {}", self::sentence(NO_PROOF)));
            ("done", format!("{} {what}; fees took {}.{doubt}", arrives.unwrap_or(view.amount), view.fee))
        }
        PayState::Failed { text, fee } => {
            view.fee = view.much(*fee);
            ("failed", sentence(text))
        }
        PayState::Cancelled => ("cancelled", "Nothing was paid.".to_owned()),
    }
}

fn restore_view(restore: &Restore, unanswered: bool, view: &mut OperationView) -> (&'static str, String) {
    view.kind = OperationKind::Restore;
    let [sat, msat] = Unit::ALL.map(|unit| restore.sums(unit));
    if sat.found == 0 && msat.found > 0 {
        view.unit = Unit::Msat;
    }
    view.amount = view.much(restore.sums(view.unit).found);
    view.fee = view.much(0);
    let pending = u32::try_from(restore.pending.len()).unwrap_or(u32::MAX);
    let (done, all) = (restore.keysets_done(), restore.keysets);
    let [gone, gone_msat] = Unit::ALL.map(|unit| {
        let of_unit = restore.elsewhere.iter().filter(|gone| gone.unit == unit);
        of_unit.fold(0u64, |sum, gone| sum.saturating_add(gone.amount))
    });
    view.progress = Some(ProgressView {
        done,
        all,
        left_out: restore.left_out,
        counters: restore.counters,
        found: Sat::new(sat.found),
        set_aside: Sat::new(sat.set_aside),
        spent: Sat::new(sat.spent),
        gone: Sat::new(gone.saturating_add(restore.gone)),
        msat: FoundView {
            found: Msat::new(msat.found),
            set_aside: Msat::new(msat.set_aside),
            spent: Msat::new(msat.spent),
        },
        pending,
    });
    let counted = |name: &str, sat: u64, msat: u64| {
        let much = both(Sat::new(sat), Msat::new(msat));
        if sat > 0 || msat > 0 { format!(", {much} {name}") } else { String::new() }
    };
    let sums = format!(
        "{} found{}{}{}{}",
        both(Sat::new(sat.found), Msat::new(msat.found)),
        counted("set aside", sat.set_aside, msat.set_aside),
        counted("of the file spent since it was saved", restore.gone, restore.gone_msat),
        counted("of the balance spent elsewhere", gone, gone_msat),
        counted("spent before, by you or whoever you paid", sat.spent, msat.spent)
    );
    let silent = if unanswered && pending == 0 { " The mint does not answer now; it is asked again." } else { "" };
    match &restore.state {
        RestoreState::Asking => ("asking", "The mint is asked for its keysets.".to_owned()),
        RestoreState::Looking if restore.waits() => (
            "pending",
            format!(
                "{sums}. {} in use at the mint just now; it is asked again until that is settled.",
                if pending == 1 { "1 coin is".to_owned() } else { format!("{pending} coins are") }
            ),
        ),
        RestoreState::Looking => (
            "looking",
            format!("{done} of {all} keysets done, {} counters looked at: {sums}.{silent}", restore.counters),
        ),
        RestoreState::Done if restore.endless => (
            "done",
            format!(
                "{sums}. The mint says that it signed even what nobody asked it for, so the search ended early; look again \
                 to go on a little further."
            ),
        ),
        RestoreState::Done if restore.left_out > 0 => {
            ("done", format!("{sums}. {} of {all} keysets could not be looked at; look again later.", restore.left_out))
        }
        RestoreState::Done if all == 1 => ("done", format!("Its one keyset was looked at: {sums}.")),
        RestoreState::Done => ("done", format!("All {all} keysets were looked at: {sums}.")),
        RestoreState::Failed { text } => ("failed", sentence(text)),
        RestoreState::Cancelled => ("cancelled", format!("Ended early: {sums}.")),
    }
}

fn shown(notes: &[Note]) -> Vec<StepView> {
    notes.iter().map(|note| StepView { at: seconds(note.at), text: note.text.clone() }).collect()
}

/// A reason as a sentence of its own.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()))
}
