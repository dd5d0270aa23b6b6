//! Commit first: what must not happen before a record is durable waits here for [`Committed`](super::Input::Committed).
//!
//! ```text
//! turn ──▶ harmless effects ─────────────────────────────▶ shell
//!      ──▶ records ──▶ Commit ──▶ shell ──▶ Committed ─┐
//!      ──▶ held effects ──▶ wait for every commit so far ─▶ shell
//! ```
//!
//! A failed commit ends the session: memory is ahead of the store, so nothing more may leave.

use std::collections::VecDeque;

use super::effect::{Effect, Turn};

#[derive(Debug, Default)]
pub(super) struct Outbox {
    last_commit: u64,
    waiting: VecDeque<Waiting>,
    problem: Option<String>,
}

#[derive(Debug)]
struct Waiting {
    commit: u64,
    held: Vec<Effect>,
}

impl Outbox {
    /// Why nothing leaves any more, if so.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// True while a commit is on its way.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What of a turn may leave now.
    pub(super) fn post(&mut self, turn: Turn) -> Vec<Effect> {
        let Turn { records, written, at_once, held, changed, about: _ } = turn;
        let records = [written, records].concat();
        let mut effects = Vec::new();
        if self.problem.is_none() {
            effects = at_once;
            if !records.is_empty() {
                self.last_commit += 1;
                effects.push(Effect::Commit { commit: self.last_commit, records });
                self.waiting.push_back(Waiting { commit: self.last_commit, held });
            } else if let Some(last) = self.waiting.back_mut() {
                last.held.extend(held);
            } else {
                effects.extend(held);
            }
        }
        if !changed.is_empty() {
            effects.push(Effect::Changed { views: changed.into_iter().collect() });
        }
        effects
    }

    /// Releases what waited for this commit and for all before it.
    pub(super) fn committed(&mut self, commit: u64) -> Vec<Effect> {
        let mut released = Vec::new();
        while self.waiting.front().is_some_and(|waiting| waiting.commit <= commit) {
            released.extend(self.waiting.pop_front().into_iter().flat_map(|waiting| waiting.held));
        }
        released
    }

    /// Drops everything that waited; nothing leaves from now on.
    pub(super) fn failed(&mut self, reason: &str) {
        self.end(format!(
            "the store refused to write ({reason}); nothing is sent any more, open the page again to go on"
        ));
    }

    /// What was committed last is another wallet: this one sends nothing any more.
    pub(super) fn replaced(&mut self) {
        self.end("another wallet was opened here from a file; open the page again".to_owned());
    }

    /// Everything that was stored is being erased.
    pub(super) fn erased(&mut self) {
        self.end(
            "everything that was stored here was erased; open the page again to begin with an empty wallet".to_owned(),
        );
    }

    fn end(&mut self, why: String) {
        self.waiting.clear();
        self.problem.get_or_insert(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(text: &str) -> Effect {
        Effect::SendText { socket: 1, text: text.to_owned() }
    }

    fn turn(record: bool, held: &str) -> Turn {
        let mut turn = Turn { held: vec![send(held)], ..Turn::default() };
        if record {
            turn.put("key", &1);
        }
        turn
    }

    #[test]
    fn held_effects_leave_only_after_their_commit() {
        let mut outbox = Outbox::default();
        let first = outbox.post(turn(true, "a"));
        assert!(matches!(first.as_slice(), [Effect::Commit { commit: 1, .. }]));
        assert_eq!(outbox.committed(1), vec![send("a")]);
        assert!(!outbox.is_waiting());
    }

    #[test]
    fn held_effects_without_records_wait_for_the_commits_before_them() {
        let mut outbox = Outbox::default();
        outbox.post(turn(true, "a"));
        assert_eq!(outbox.post(turn(false, "b")), vec![]);
        assert_eq!(outbox.committed(1), vec![send("a"), send("b")]);
        assert_eq!(outbox.post(turn(false, "c")), vec![send("c")]);
    }

    #[test]
    fn nothing_leaves_after_a_failed_commit() {
        let mut outbox = Outbox::default();
        outbox.post(turn(true, "a"));
        outbox.failed("quota");
        assert_eq!(outbox.committed(1), vec![]);
        assert_eq!(outbox.post(turn(true, "b")), vec![]);
        assert!(outbox.problem().is_some_and(|text| text.contains("quota")));
    }
}
