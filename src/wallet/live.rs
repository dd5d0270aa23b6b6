//! What a mint can tell by itself (NUT-17), so that it needs to be asked less often.
//!
//! A word of a mint is never believed: it only hastens the question that would be asked anyway, and a mint that promised
//! to speak and is silent is asked as well, just more seldom.

use std::fmt;

use super::api::OperationId;
use super::book::ProofState;
use super::issue::IssueState;
use super::machine::Wallet;
use super::melt::Question;
use super::operation::{Operation, Saga};
use super::pay::PayState;
use crate::model::{Map, MintUrl, Set, Unit};
use crate::tree::Tree;

/// The pause between two questions about what the mint promised to tell, at least.
const TOLD_SECS: u64 = 60;
/// Between two questions because of words, at least.
const APART_SECS: u64 = 2;
/// A token that is out for longer is looked at from time to time only.
const FRESH_SECS: u64 = 24 * 3600;
/// In one wallet at one mint. Mints allow a hundred.
const MOST: usize = 50;

/// What a mint can be asked to tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    MintQuote,
    MeltQuote,
    ProofState,
}

impl Topic {
    const ALL: [Self; 3] = [Self::MintQuote, Self::MeltQuote, Self::ProofState];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::MintQuote => "bolt11_mint_quote",
            Self::MeltQuote => "bolt11_melt_quote",
            Self::ProofState => "proof_state",
        }
    }
}

/// Of what exactly: quotes by id, proofs by Y. Who knows the id of a quote may mint it, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) topic: Topic,
    pub(crate) filters: Vec<String>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({:?}, {})", self.topic, self.filters.len())
    }
}

/// A mint's promise to tell of an operation.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// When a word last hastened the question.
    heeded_at: u64,
    /// A word came while the mint was being asked: its answer may be the older news.
    again: bool,
}

impl Told {
    pub(super) fn be_due(&mut self) {
        self.heeded_at = 0;
    }
}

/// What a mint says that it tells of, by unit.
pub(super) fn read_topics(info: &Tree) -> Set<(Topic, Unit)> {
    let mut topics = Set::new();
    let supported = || info.get("nuts")?.get("17")?.get("supported")?.list();
    for entry in supported().unwrap_or_default() {
        let is = |name: &str, value: &str| entry.get(name).and_then(Tree::text) == Some(value);
        let commands = entry.get("commands").and_then(Tree::list).unwrap_or_default();
        for unit in Unit::ALL.into_iter().filter(|unit| is("unit", unit.as_str())) {
            let named = |topic: &Topic| commands.iter().any(|command| command.text() == Some(topic.as_str()));
            topics.extend(Topic::ALL.into_iter().filter(|_| is("method", "bolt11")).filter(named).map(|t| (t, unit)));
        }
    }
    topics
}

impl Wallet {
    /// What its mints can tell of by themselves now, the newest first.
    pub(crate) fn watched(&self) -> Map<MintUrl, Map<OperationId, Subject>> {
        let mut watched: Map<MintUrl, Map<OperationId, Subject>> = Map::new();
        for (id, op) in self.ops.iter().rev().filter(|_| self.awake) {
            let Some(mint) = self.mints.get(&op.mint).filter(|mint| mint.refused.is_none()) else { continue };
            let Some(subject) = self.subject_of(*id, op).filter(|it| mint.tells.contains(&(it.topic, op.unit))) else {
                continue;
            };
            let subjects = watched.entry(op.mint.clone()).or_default();
            if subjects.len() < MOST {
                subjects.insert(*id, subject);
            }
        }
        watched
    }

    fn subject_of(&self, id: OperationId, op: &Operation) -> Option<Subject> {
        let (topic, filters) = match &op.saga {
            Saga::Issue(issue) => {
                let IssueState::AwaitingPayment(quote) = &issue.state else { return None };
                (Topic::MintQuote, vec![quote.id.clone()])
            }
            // Most are over with the answer to the request.
            Saga::Pay(pay) if op.run.tries > 0 && matches!(op.run.question, Question::State) => {
                let PayState::Requested { quote, .. } = &pay.state else { return None };
                (Topic::MeltQuote, vec![quote.id.clone()])
            }
            Saga::Send(send) if send.is_watched() && self.latest < op.started_at.saturating_add(FRESH_SECS) => {
                (Topic::ProofState, self.in_state(ProofState::HandedOut { by: id }))
            }
            Saga::Send(_) | Saga::Pay(_) | Saga::Receive(_) | Saga::Reclaim(_) | Saga::Restore(_) => return None,
        };
        Some(Subject { topic, filters }).filter(|subject| !subject.filters.is_empty())
    }

    /// The mint promised to tell of this.
    pub(crate) fn will_be_told(&mut self, id: OperationId) {
        self.told.entry(id).or_default();
    }

    /// The mint says that something changed: it is asked what.
    pub(crate) fn told(&mut self, now: u64, id: OperationId) {
        if self.ops.get(&id).is_none_or(|op| self.subject_of(id, op).is_none()) {
            return;
        }
        let (Some(told), Some(op)) = (self.told.get_mut(&id), self.ops.get_mut(&id)) else { return };
        let at = now.max(told.heeded_at.saturating_add(APART_SECS));
        told.again = op.run.waiting.is_some();
        if op.run.next_at > at {
            op.run.next_at = at;
            told.heeded_at = at;
        }
    }

    /// The mint does not tell of this any more; perhaps it did while nobody heard it.
    pub(crate) fn not_told(&mut self, now: u64, id: OperationId) {
        self.told(now, id);
        self.told.remove(&id);
    }

    /// Nothing is new: what the mint promised to tell is asked for later than it would be.
    pub(super) fn wait_for_word(&mut self, now: u64, id: OperationId) {
        let (Some(told), Some(op)) = (self.told.get_mut(&id), self.ops.get_mut(&id)) else { return };
        op.run.next_at = if std::mem::take(&mut told.again) {
            told.heeded_at = now.saturating_add(APART_SECS);
            op.run.next_at.min(told.heeded_at)
        } else {
            op.run.next_at.max(now.saturating_add(TOLD_SECS))
        };
    }
}
