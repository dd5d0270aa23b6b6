//! Conducting leases: what is due in each state, and asking the provider.

use super::Client;
use super::effect::{Effect, Turn, View};
use super::lease::{Lease, State, Why};
use super::recovery::GIVE_UP_SECS;
use super::relays::{Line, LineKey};
use super::request::SOFT_TIMEOUT_SECS;
use crate::durable_workload::QuorumConfig;
use crate::model::{Map, RelayUrl, Set};
use crate::protocol::{EventId, SignedEvent, dm, request};

const LONGEST_PAUSE_SECS: u64 = 60;
const STATUS_TIMEOUT_SECS: u64 = 60;

/// What a lease needs only while this session lasts.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    /// The lease came out of the store: nobody waits at the screen for it.
    pub(super) restarted: bool,
    pub(super) judged_by: Option<QuorumConfig>,
    /// The relays that were given the request, and what they said.
    pub(super) published: Map<RelayUrl, Option<Verdict>>,
    pub(super) request_ids: Set<EventId>,
    pub(super) checking: bool,
    /// When the next step of the lease's state is due; 0 before the first.
    pub(super) next_step: u64,
    pub(super) tries: u32,
    /// When the provider was last asked by owner, and the question while its answer is open.
    pub(super) status_asked: Option<u64>,
    pub(super) question: Option<SignedEvent>,
    pub(super) running_checked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused,
}

impl Conduct {
    pub(super) fn after_restart() -> Self {
        Self { restarted: true, ..Self::default() }
    }

    pub(super) fn pause(&mut self, now: u64) {
        self.tries = self.tries.saturating_add(1);
        let secs = 3_u64.saturating_mul(1 << self.tries.min(6)).min(LONGEST_PAUSE_SECS);
        self.next_step = now.saturating_add(secs);
    }
}

impl Client {
    /// The leases whose replies are listened for.
    pub(super) fn listening(&self) -> Vec<u32> {
        self.leases
            .values()
            .filter(|lease| lease.listens() && lease.request.is_some())
            .map(|lease| lease.account)
            .collect()
    }

    pub(super) fn drive_leases(&mut self, now: u64, turn: &mut Turn) {
        let accounts: Vec<u32> = self.leases.keys().copied().collect();
        for account in accounts {
            self.drive_lease(now, turn, account);
        }
    }

    fn drive_lease(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(lease) = self.leases.get(&account) else { return };
        match lease.state.clone() {
            State::RequestHeld { since } => {
                let restarted = self.conducts.entry(account).or_default().restarted;
                if now.saturating_sub(since) >= GIVE_UP_SECS {
                    self.begin_reclaim(now, turn, account, Why::NotSent);
                } else if !restarted && !self.outbox.is_waiting() && turn.records.is_empty() {
                    self.send_request(now, turn, account);
                }
            }
            State::RequestMayBeOut { since } => self.await_answer(now, turn, account, since),
            State::Recovering { since, why, token } => self.recover(now, turn, account, since, &why, token),
            State::Running => {
                let conduct = self.conducts.entry(account).or_default();
                if !conduct.running_checked && !conduct.checking && conduct.next_step <= now {
                    conduct.pause(now);
                    self.ask_mint(now, turn, account);
                }
            }
            State::Reclaiming { why } => {
                if self.wallet.is_handed_out(&lease.operation) {
                    self.not_taken_back(now, turn, account, why);
                }
            }
            State::Preparing
            | State::Ended { .. }
            | State::Returned { .. }
            | State::Lost { .. }
            | State::Cancelled { .. } => {}
        }
    }

    pub(super) fn next_lease_wake(&self) -> Option<u64> {
        let due = |lease: &Lease| {
            let conduct = self.conducts.get(&lease.account)?;
            match lease.state {
                State::RequestHeld { since } => Some(since.saturating_add(GIVE_UP_SECS)),
                State::RequestMayBeOut { since } => {
                    let timeout = since.saturating_add(SOFT_TIMEOUT_SECS);
                    Some(if conduct.next_step > self.last_input { conduct.next_step.min(timeout) } else { timeout })
                }
                State::Recovering { .. } => Some(conduct.next_step),
                State::Running if !conduct.running_checked => {
                    Some(lease.expires_at.map_or(conduct.next_step, |end| end.min(conduct.next_step)))
                }
                State::Running => lease.expires_at,
                State::Preparing
                | State::Reclaiming { .. }
                | State::Ended { .. }
                | State::Returned { .. }
                | State::Lost { .. }
                | State::Cancelled { .. } => None,
            }
        };
        self.leases.values().filter_map(due).min()
    }

    pub(super) fn begin_running(&mut self, now: u64, turn: &mut Turn, account: u32, text: &str) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.state = State::Running;
        lease.forgotten_at = None;
        lease.note(now, text);
        let conduct = self.conducts.entry(account).or_default();
        conduct.next_step = now;
        conduct.tries = 0;
        self.track(now, account);
        self.save_lease(turn, account);
        turn.changed.insert(View::Leases);
    }

    /// Asks the provider by the lease's own key, on every relay at hand.
    pub(super) fn ask_provider(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let conduct = self.conducts.entry(account).or_default();
        let recently = conduct.status_asked.is_some_and(|at| now.saturating_sub(at) < STATUS_TIMEOUT_SECS);
        if conduct.question.is_some() && recently {
            return;
        }
        let Some(provider) = self.leases.get(&account).map(|lease| lease.provider) else { return };
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let text = request::status_by_owner(&dm::public_key(&secret));
        let Ok(event) = dm::nip04_request(&secret, &provider, &text, dated, &mut self.rng) else { return };
        let lines = self.lease_lines(account);
        if lines.is_empty() {
            return;
        }
        let conduct = self.conducts.entry(account).or_default();
        conduct.status_asked = Some(now);
        conduct.question = Some(event);
        for key in lines {
            self.ask_on(turn, &key, account);
        }
        if let Some(lease) = self.leases.get_mut(&account) {
            lease.note(now, "asking the provider about this lease");
            self.save_lease(turn, account);
        }
    }

    /// Gives the open question to one relay; again to one that refused it before it knew us.
    pub(super) fn ask_on(&self, turn: &mut Turn, key: &LineKey, account: u32) {
        let question = self.conducts.get(&account).and_then(|conduct| conduct.question.as_ref());
        if let (Some(question), Some(socket)) = (question, self.relays.line(key).and_then(Line::open_socket)) {
            turn.held.push(Effect::SendText { socket, text: question.frame() });
        }
    }
}
