//! Was a token redeemed? (NUT-07) Asked by hand, by a lease, and by itself while a token given to a person is out.
//!
//! ```text
//!   asked ──▶ all spent: the send is Spent │ pending │ unspent, or spent in part: the rest stays out
//!    ▲ │
//!    └─┘ no answer: again later; not stored, whoever wants to know asks again after a restart
//! ```

use cashu::State;

use super::api::{Method, OperationId, Purpose, RequestId, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::{check_body, is_pending, read_states};
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Operation, backoff};
use super::send::SendState;
use crate::error::{Error, ErrorCode};

/// A question about a token that is out.
#[derive(Debug, Clone, Default)]
pub(super) struct Checking {
    ys: Vec<String>,
    waiting: Option<RequestId>,
    next_at: u64,
    tries: u32,
    /// Nobody asked: a token that is still out is no news.
    by_itself: bool,
}

/// The pause between two looks at a token that is out: it doubles from the one to the other, in seconds.
const WATCH_SECS: (u64, u64) = (30, 3600);
/// So many tokens are looked at in one go.
const MOST_AT_ONCE: usize = 5;

impl Checking {
    pub(super) fn next_at(&self) -> Option<u64> {
        self.waiting.is_none().then_some(self.next_at)
    }

    pub(super) fn be_due(&mut self, now: u64) {
        self.next_at = self.next_at.min(now);
    }
}

impl Wallet {
    pub(super) fn start_check(&mut self, now: u64, id: OperationId, step: &mut Step) -> Result<(), Error> {
        if self.operation_of(id)?.issue().is_some() {
            return self.check_issue(id, step);
        }
        if !self.is_handed_out(&id) {
            let text = "this operation has no token out that could be asked for";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        match self.checks.get_mut(&id).filter(|check| check.waiting.is_some()) {
            Some(check) => check.by_itself = false,
            None => {
                self.checks.insert(id, Checking { next_at: now, ..Checking::default() });
                self.pump_check(now, id, step);
            }
        }
        Ok(())
    }

    /// When a token given to a person is looked at next, or taken back.
    pub(super) fn watched_at(op: &Operation) -> Option<u64> {
        let send = op.send().filter(|send| send.is_watched())?;
        Some(send.take_back_at.map_or(op.run.next_at, |at| at.min(op.run.next_at)))
    }

    /// Looks at the tokens that are out, and takes back those whose time came.
    pub(super) fn watch_tokens(&mut self, now: u64, step: &mut Step) {
        let is_due = |op: &Operation| Self::watched_at(op).is_some_and(|at| at <= now);
        let due: Vec<OperationId> = self.ops.iter().filter(|(_, op)| is_due(op)).map(|(id, _)| *id).collect();
        for (place, id) in due.into_iter().enumerate() {
            let take_back = |op: &Operation| op.send().and_then(|send| send.take_back_at).is_some_and(|at| at <= now);
            if self.ops.get(&id).is_some_and(take_back) {
                self.take_back(now, id, step);
                continue;
            }
            if self.checks.contains_key(&id) {
                continue;
            }
            let late = u64::try_from(place / MOST_AT_ONCE).unwrap_or(0);
            let Some(op) = self.ops.get_mut(&id) else { continue };
            if late > 0 {
                op.run.next_at = now.saturating_add(late * 2);
                continue;
            }
            let pause = WATCH_SECS.0.saturating_mul(1 << op.run.tries.min(10)).min(WATCH_SECS.1);
            op.run.tries = op.run.tries.saturating_add(1);
            op.run.next_at = now.saturating_add(pause);
            self.wait_for_word(now, id);
            self.checks.insert(id, Checking { next_at: now, by_itself: true, ..Checking::default() });
            self.pump_check(now, id, step);
        }
    }

    fn take_back(&mut self, now: u64, id: OperationId, step: &mut Step) {
        self.set_take_back(id, None);
        if let Err(error) = self.start_reclaim(now, id, step) {
            self.change(id, |op| op.note(now, error.message()));
        }
    }

    pub(super) fn pump_check(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(check) = self.checks.get(&id) else { return };
        let pause = self.ops.get(&id).map_or(0, |op| self.pause_of(&op.mint));
        if check.waiting.is_some() || check.next_at.max(pause) > now {
            return;
        }
        let ys = self.in_state(ProofState::HandedOut { by: id });
        let (Some(op), Some(body), false) = (self.ops.get(&id), check_body(ys.iter()), ys.is_empty()) else {
            self.checks.remove(&id);
            return;
        };
        let mint = op.mint.clone();
        let request = self.ask(&mint, Method::Post, "/v1/checkstate".to_owned(), Some(body), Ask::Check(id), step);
        if let Some(check) = self.checks.get_mut(&id) {
            check.waiting = Some(request);
            check.ys = ys;
        }
    }

    pub(super) fn check_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(check) = self.checks.get_mut(&id) else { return };
        check.waiting = None;
        let by_itself = check.by_itself;
        let states = match &reply {
            Reply::Body(body) => read_states(body, &check.ys),
            Reply::Refused(_) | Reply::Unknown(_) => None,
        };
        let Some(states) = states else {
            check.tries = check.tries.saturating_add(1);
            check.next_at = now.saturating_add(backoff(check.tries));
            return;
        };
        self.checks.remove(&id);
        // A reclaim that began meanwhile settles the token itself.
        if self.in_state(ProofState::HandedOut { by: id }).is_empty() {
            return;
        }
        for (y, _) in states.iter().filter(|(_, state)| **state == State::Spent) {
            self.drop_proof(y);
        }
        if states.values().all(|state| *state == State::Spent) {
            self.enter_send(now, id, SendState::Spent, "the token was redeemed");
            step.events.push(WalletEvent::TokenSpent { op: id });
        } else if states.values().any(|state| is_pending(*state)) {
            if !by_itself {
                self.tell_person(now, id, "the mint says that the token is being taken just now");
            }
            step.events.push(WalletEvent::TokenPending { op: id });
        } else {
            let some = states.values().any(|state| *state == State::Spent);
            let text = if some {
                "a part of the token was taken; the rest can be taken back"
            } else {
                "the mint says that nobody took the token yet"
            };
            if some || !by_itself {
                self.tell_person(now, id, text);
            }
            step.events.push(WalletEvent::TokenUnspent { op: id });
        }
    }

    /// A lease keeps its own journal, and asks more often than anybody reads.
    fn tell_person(&mut self, now: u64, id: OperationId, text: &str) {
        let by_hand = |op: &Operation| op.send().is_some_and(|send| send.purpose == Purpose::Person);
        if self.ops.get(&id).is_some_and(by_hand) {
            self.change(id, |op| {
                op.notes.retain(|note| note.text != text);
                op.note(now, text);
            });
        }
    }
}
