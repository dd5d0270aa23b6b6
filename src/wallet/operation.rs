//! What all operations have in common.

use serde::{Deserialize, Serialize};

use super::api::RequestId;
use super::exchange::{Exchange, Phase};
use super::issue::Issue;
use super::machine::PARKED;
use super::melt::Question;
use super::outputs::Output;
use super::pay::Pay;
use super::receive::Receive;
use super::reclaim::Reclaim;
use super::restore::Restore;
use super::send::{Send, SendState};
use crate::model::{Amount, MintUrl, Unit};

const MOST_NOTES: usize = 40;
/// An answer like one of the last few is not evidence of anything new.
const NEW_AMONG: usize = 4;

/// One operation, as it is stored. `run` is not: after a restart everything is asked again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) mint: MintUrl,
    /// Of all its amounts; a search for lost ecash counts each unit by itself.
    #[serde(default)]
    pub(super) unit: Unit,
    pub(super) started_at: u64,
    pub(super) updated_at: u64,
    pub(super) notes: Vec<Note>,
    /// What the mint answered.
    #[serde(default)]
    pub(super) answers: Vec<Note>,
    pub(super) saga: Saga,
    #[serde(skip)]
    pub(super) run: Run,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Saga {
    Issue(Issue),
    Receive(Receive),
    Send(Send),
    Reclaim(Reclaim),
    Pay(Pay),
    Restore(Restore),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) at: u64,
    pub(super) text: String,
}

/// What is being asked just now, and when to go on.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    pub(super) waiting: Option<RequestId>,
    pub(super) next_at: u64,
    /// Unknown answers in a row.
    pub(super) tries: u32,
    /// Refusals of this attempt.
    pub(super) refusals: u32,
    pub(super) refusal: Option<Refusal>,
    pub(super) phase: Phase,
    /// The mint said that it is at work on this, and nothing else since.
    pub(super) at_work: bool,
    /// What a payment asks next.
    pub(super) question: Question,
}

/// The mint said no, in so many words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u64,
    pub(super) detail: String,
}

/// One way to look at each kind of operation, so that only what concerns all kinds names all.
macro_rules! kinds {
    ($($kind:ident $get:ident $get_mut:ident;)*) => {
        impl Operation {
            $(
                pub(super) fn $get(&self) -> Option<&$kind> {
                    if let Saga::$kind(saga) = &self.saga { Some(saga) } else { None }
                }

                pub(super) fn $get_mut(&mut self) -> Option<&mut $kind> {
                    if let Saga::$kind(saga) = &mut self.saga { Some(saga) } else { None }
                }
            )*
        }
    };
}

kinds! {
    Issue issue issue_mut;
    Receive receive receive_mut;
    Send send send_mut;
    Reclaim reclaim reclaim_mut;
    Pay pay pay_mut;
    Restore restore restore_mut;
}

impl Operation {
    pub(super) fn new(now: u64, mint: MintUrl, unit: Unit, saga: Saga) -> Self {
        Self {
            mint,
            unit,
            started_at: now,
            updated_at: now,
            notes: Vec::new(),
            answers: Vec::new(),
            saga,
            run: Run::default(),
        }
    }

    /// So much of its unit.
    pub(super) fn much(&self, value: u64) -> Amount {
        Amount::new(value, self.unit)
    }

    pub(super) fn note(&mut self, now: u64, text: impl Into<String>) {
        self.updated_at = now;
        let text = text.into();
        if self.notes.last().is_some_and(|last| last.text == text) {
            return;
        }
        keep(&mut self.notes, now, text);
    }

    /// Keeps what the mint answered, unless it said that just before. Returns whether it did.
    pub(super) fn hear(&mut self, now: u64, text: String) -> bool {
        let new = !self.answers.iter().rev().take(NEW_AMONG).any(|answer| answer.text == text);
        if new {
            keep(&mut self.answers, now, text);
        }
        new
    }

    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.saga {
            Saga::Issue(issue) => issue.exchange(),
            Saga::Receive(receive) => receive.exchange(),
            Saga::Send(send) => send.exchange(),
            Saga::Reclaim(reclaim) => reclaim.exchange(),
            Saga::Pay(pay) => pay.exchange(),
            Saga::Restore(_) => None,
        }
    }

    /// Outputs beside those of its exchange: of refused requests, and of a payment for its change.
    pub(super) fn earlier(&self) -> &[Output] {
        match &self.saga {
            Saga::Receive(receive) => &receive.earlier,
            Saga::Send(send) => &send.earlier,
            Saga::Reclaim(reclaim) => &reclaim.earlier,
            Saga::Pay(pay) => pay.change_outputs(),
            Saga::Issue(_) | Saga::Restore(_) => &[],
        }
    }

    /// Its next stage begins when the mint's keys are known.
    pub(super) fn waits_for_keys(&self) -> bool {
        let planned = self.send().is_some_and(|send| matches!(send.state, SendState::Planned));
        planned || self.run.next_at == PARKED
    }

    /// Something remains to be done without anybody asking for it.
    pub(super) fn busy(&self) -> bool {
        match &self.saga {
            Saga::Issue(issue) => issue.busy(),
            Saga::Receive(receive) => receive.busy(),
            Saga::Send(send) => send.busy(),
            Saga::Reclaim(reclaim) => reclaim.busy(),
            Saga::Pay(pay) => pay.busy(),
            Saga::Restore(restore) => restore.busy(),
        }
    }
}

/// The first note and the latest ones.
fn keep(notes: &mut Vec<Note>, now: u64, text: String) {
    if notes.len() == MOST_NOTES {
        notes.remove(1);
    }
    notes.push(Note { at: now, text });
}

/// Seconds to wait after so many failures in a row: 2, 4, 8 … 300.
pub(super) fn backoff(tries: u32) -> u64 {
    2u64.saturating_pow(tries.clamp(1, 9)).min(300)
}
