//! What is wrong with a mint: how it stands, in a word and in a sentence that says what to do.
//!
//! ```text
//!   loading ──keys heard──▶ ready │ expiring │ expired │ retired: by its keysets and the money in them
//!                             │ ▲
//!       any question unanswered ▼ └── any answer
//!        unreachable │ timed out │ rate limited │ failing; with a pause that it asked for, not before the end of that
//!   refused: it contradicts itself; heard anew every six hours
//! ```

use super::api::Answer;
use super::book::ProofState;
use super::issue::Issue;
use super::lock::moment;
use super::machine::{Ask, DEADLINE_SECS, Reply, Wallet};
use super::mint::{Limits, Mint, clean};
use super::operation::{Operation, Saga};
use super::view::MintState;
use crate::model::{Amount, MintUrl, Unit};

/// An end that is nearer than this is told, in seconds.
const SOON_SECS: u64 = 30 * 86_400;
/// So long before its end an invoice is asked for even in a pause, in seconds.
const LAST_CALL_SECS: u64 = 120;

/// Questions that a mint did not answer as mints do.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    kind: Kind,
    /// Of the first.
    pub(super) since: u64,
    /// Of the latest, in the words of the network or the mint.
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// No readable answer, without waiting for one.
    Unreachable,
    TimedOut,
    RateLimited,
    /// An answer, but none that a mint gives.
    Failing,
}

impl Kind {
    /// Why an answer that came after so many seconds says nothing.
    pub(super) fn of(answer: &Answer, waited: u64) -> Self {
        match answer {
            Answer::Nothing { .. } if waited >= u64::from(DEADLINE_SECS) => Self::TimedOut,
            Answer::Nothing { .. } => Self::Unreachable,
            Answer::Response { status: 429, .. } | Answer::Later { status: 429, .. } => Self::RateLimited,
            Answer::Response { .. } | Answer::Later { .. } => Self::Failing,
        }
    }
}

impl Trouble {
    pub(super) fn new(kind: Kind, since: u64, reason: &str) -> Self {
        Self { kind, since, reason: clean(reason) }
    }

    /// `pause` is until when the mint is left alone, if it asked for that after `now`.
    fn sentence(&self, now: u64, mint: &MintUrl, pause: u64) -> String {
        let reason = &self.reason;
        let (what, help) = match self.kind {
            Kind::Unreachable => (
                "gives no answer that this page can read",
                "it may be down or ask for a pause, its address may be wrong, or it does not let web pages read what it \
                 answers (CORS)",
            ),
            Kind::TimedOut => ("does not answer in time", "it may be overloaded, or your connection slow"),
            Kind::RateLimited => ("asks for a pause", "it was asked too often; leave it alone for a while"),
            Kind::Failing => (
                "does not answer as a mint does",
                "it may be broken just now, or the address may not be that of a mint",
            ),
        };
        let again = Some(pause).filter(|end| *end > now).map_or_else(
            || "it is asked again by itself".to_owned(),
            |end| format!("it is left alone until {}, as it asked, and then asked again by itself", moment(end)),
        );
        format!("{mint} {what} ({reason}): {help}; {again}")
    }

    pub(super) fn is_wish_for_a_pause(&self) -> bool {
        self.kind == Kind::RateLimited
    }

    fn state(&self) -> MintState {
        match self.kind {
            Kind::Unreachable => MintState::Unreachable,
            Kind::TimedOut => MintState::TimedOut,
            Kind::RateLimited => MintState::RateLimited,
            Kind::Failing => MintState::Failing,
        }
    }
}

impl Wallet {
    /// Remembers that a mint did not answer, or that it does again.
    pub(super) fn heed(&mut self, now: u64, ask: &Ask, kind: Kind, (reply, pause): (&Reply, Option<u64>)) {
        // What is heard of a mint itself is looked at more closely by who asked.
        let speaks_for_itself = matches!(ask, Ask::Info(_) | Ask::Keysets(_) | Ask::Keys(..));
        let mint = self.asked_mint(ask).cloned();
        let Some(known) = mint.and_then(|mint| self.mints.get_mut(&mint)) else { return };
        if let Some(secs) = pause {
            known.run.leave_alone(now, secs);
        }
        if speaks_for_itself {
            return;
        }
        match reply {
            Reply::Unknown(reason) => known.run.suffer(now, kind, reason),
            Reply::Body(_) | Reply::Refused(_) => known.run.recover(now),
        }
    }

    /// Until when an operation waits because its mint asked to be left alone.
    pub(super) fn held_until(&self, op: &Operation) -> u64 {
        // What is only planned may need nothing from the mint.
        if matches!(op.saga, Saga::Send(_) | Saga::Receive(_)) && op.exchange().is_none() {
            return 0;
        }
        let pause = self.pause_of(&op.mint);
        let end = op.issue().and_then(Issue::quote).and_then(|quote| quote.expires_at);
        // A mint may refuse to issue late what was paid in time.
        let last_call = end.filter(|end| op.run.next_at <= *end).map(|end| end.saturating_sub(LAST_CALL_SECS));
        last_call.map_or(pause, |at| at.min(pause))
    }

    pub(super) fn asked_mint<'a>(&'a self, ask: &'a Ask) -> Option<&'a MintUrl> {
        if let Ask::Info(mint) | Ask::Keysets(mint) | Ask::Keys(mint, _) | Ask::Look(mint) = ask {
            return Some(mint);
        }
        self.ops.get(&ask.operation()?).map(|op| &op.mint)
    }

    /// When the next question goes to a mint; when it left, while one is on its way.
    pub(super) fn next_question(&self, url: &MintUrl) -> Option<u64> {
        let mut open = self.asks.values().filter(|(ask, ..)| self.asked_mint(ask) == Some(url));
        open.next().map_or_else(|| self.next_due(Some(url)), |(.., at)| Some(*at))
    }

    /// What is wrong with a mint that does not answer, in a sentence that comforts who has money there.
    pub(super) fn told_of_trouble(&self, now: u64, url: &MintUrl) -> Option<String> {
        let run = &self.mints.get(url)?.run;
        let mut text = run.trouble.as_ref()?.sentence(now, url, run.pause);
        if self.holds_at(url) {
            text.push_str(", and your money stays where it is");
        }
        Some(text)
    }

    pub(super) fn mint_state(&self, now: u64, url: &MintUrl, mint: &Mint) -> (MintState, Option<String>) {
        if let Some(reason) = &mint.refused {
            let stays = if self.holds_at(url) { "Your money stays where it is and nothing" } else { "Nothing" };
            let text = format!(
                "cannot be used: {reason}. {stays} is sent there; ask its operator what happened, and do not fill in more"
            );
            return (MintState::Refused, Some(text));
        }
        if let Some(trouble) = &mint.run.trouble {
            return (trouble.state(), self.told_of_trouble(now, url));
        }
        if !Unit::ALL.iter().any(|unit| self.signing_keyset(now, url, *unit).is_some()) {
            return match mint.run.heard_at {
                None => (MintState::Loading, None),
                Some(_) => (MintState::Retired, Some(RETIRED.to_owned())),
            };
        }
        self.ending(now, url).unwrap_or((MintState::Ready, None))
    }

    /// Money in a keyset that ended, or ends soon.
    fn ending(&self, now: u64, url: &MintUrl) -> Option<(MintState, Option<String>)> {
        let soonest = |unit: &Unit| {
            let at_mint = self.proofs.values().filter(|held| held.mint == *url && held.state == ProofState::Spendable);
            let ends = at_mint.filter_map(|held| {
                let keyset = self.keysets.get(&(url.clone(), held.keyset))?;
                let end = keyset.final_expiry.filter(|end| *end < now.saturating_add(SOON_SECS))?;
                (keyset.unit() == Some(*unit)).then_some((end <= now, end, held.amount))
            });
            let ends: Vec<(bool, u64, u64)> = ends.collect();
            let over = ends.iter().any(|(over, ..)| *over);
            let of_kind = ends.iter().filter(|(ended, ..)| *ended == over);
            let sum = of_kind.clone().fold(0u64, |sum, (_, _, amount)| sum.saturating_add(*amount));
            let end = of_kind.map(|(_, end, _)| *end).min()?;
            Some((over, end, Amount::new(sum, *unit)))
        };
        let (over, end, much) =
            Unit::ALL.iter().filter_map(soonest).max_by_key(|(over, end, _)| (*over, u64::MAX - end))?;
        Some(if over {
            let text = format!(
                "{much} are in a keyset that ended, so the mint may not take them any more; try to spend them, and ask its \
                 operator if it refuses"
            );
            (MintState::Expired, Some(text))
        } else {
            let days = end.saturating_sub(now) / 86_400;
            let text = format!(
                "{much} are in a keyset that ends in {days} days; they move to the present one by themselves while this page \
                 is open, or spend them before"
            );
            (MintState::Expiring, Some(text))
        })
    }

    /// What a mint does not do, or only within limits: nothing of it is a trouble.
    pub(super) fn mint_notes(&self, url: &MintUrl, mint: &Mint) -> Vec<String> {
        let mut notes = Vec::new();
        let others = self.keysets.iter().filter(|((at, _), keyset)| at == url && keyset.unit().is_none());
        let mut others: Vec<String> = others.map(|(_, keyset)| clean(&keyset.unit)).collect();
        others.sort();
        others.dedup();
        if !others.is_empty() {
            notes.push(format!("also keeps {}, which this wallet does not use", others.join(", ")));
        }
        if mint.skipped > 0 {
            let skipped = mint.skipped;
            notes.push(format!("has {skipped} keysets of a kind that this program does not know; they are left alone"));
        }
        let Some(features) = &mint.features else { return notes };
        let kept = |unit: &Unit| self.keysets.iter().any(|((at, _), keyset)| at == url && keyset.unit() == Some(*unit));
        for unit in Unit::ALL.into_iter().filter(kept) {
            match features.issues(unit) {
                None => notes.push(format!("takes no Lightning payments in {unit} now; fill it with a token")),
                Some(limits) => notes.extend(limits.told("takes", unit)),
            }
            match features.pays(unit) {
                None => notes.push(format!("pays no Lightning invoices from {unit} now; send a token instead")),
                Some(limits) => notes.extend(limits.told("pays", unit)),
            }
        }
        if mint.run.heard_at.is_some() && !mint.restores {
            notes.push(
                "does not say what it signed and what was spent (NUT-07, NUT-09), so what gets no answer there stays open".to_owned(),
            );
        }
        if !features.locks_tokens() {
            notes.push("does not lock tokens to a key (NUT-11), so none are made there".to_owned());
        }
        if !features.gives_change() {
            notes.push("gives no change for Lightning fees (NUT-08), so no invoices are paid from it".to_owned());
        }
        notes
    }
}

const RETIRED: &str = "signs no new ecash: only old keysets are left. What you hold there cannot be exchanged or sent in parts \
                       until it signs again; ask its operator, and do not fill in more";

impl Limits {
    fn told(&self, verb: &str, unit: Unit) -> Option<String> {
        Some(match (self.least.filter(|least| *least > 1), self.most) {
            (None, None) => return None,
            (Some(least), None) => format!("{verb} no less than {least} {unit} at once over Lightning"),
            (None, Some(most)) => format!("{verb} no more than {most} {unit} at once over Lightning"),
            (Some(least), Some(most)) => format!("{verb} {least} to {most} {unit} at once over Lightning"),
        })
    }
}
