//! What a provider's reply means for a lease. No reply settles money.

use super::Client;
use super::effect::{Turn, View};
use super::lease::{State, Why};
use crate::durable_workload::WorkloadState;
use crate::protocol::{
    AccessDetails, ErrorReply, ErrorType, LeaseStatus, Refusal, Reply, StatusReply, VerifiedEvent, dm,
};

impl Client {
    /// Takes a direct message that arrived on a lease's subscription.
    ///
    /// # Errors
    /// A refusal when it is not the provider's message to this lease's key.
    pub(super) fn reply(
        &mut self,
        now: u64,
        turn: &mut Turn,
        account: u32,
        event: &VerifiedEvent,
    ) -> Result<(), Refusal> {
        let Some(lease) = self.leases.get(&account) else { return Ok(()) };
        if lease.consumed.contains(&event.id()) {
            return Ok(());
        }
        let provider = lease.provider;
        let secret = self.secret(account);
        let text = dm::nip04_open(&secret, &provider, event)?;
        let Some(lease) = self.leases.get_mut(&account) else { return Ok(()) };
        lease.consumed.insert(event.id());
        match Reply::parse(&text) {
            Reply::Access(access) => self.granted(now, turn, account, access),
            Reply::Status(status) => self.told_status(now, turn, account, status),
            Reply::Error(error) => self.refused(now, turn, account, &error),
            Reply::TopUp(_) => lease.note(now, "the provider answered a top-up that was never asked for"),
            Reply::Unknown(text) => lease.note(now, format!("the provider sent something unknown: {text}")),
        }
        self.save_lease(turn, account);
        Ok(())
    }

    fn granted(&mut self, now: u64, turn: &mut Turn, account: u32, access: AccessDetails) {
        let expires_at = self.market.to_our_clock(access.expires_at);
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.expires_at = Some(lease.expires_at.map_or(expires_at, |known| known.max(expires_at)));
        if access.cpu_millicores < lease.tier.cpu_millicores || access.memory_mb < lease.tier.memory_mb {
            lease.note(now, "the machine is smaller than the tier that was paid for");
        }
        lease.access = Some(access);
        match lease.state {
            State::RequestHeld { .. }
            | State::RequestMayBeOut { .. }
            | State::Recovering { .. }
            | State::Lost { .. } => {
                self.begin_running(now, turn, account, "the provider delivered access details");
            }
            State::Running => lease.note(now, "the provider delivered access details again"),
            State::Reclaiming { .. } => {
                lease.note(now, "access details arrived while the money is being taken back; the mint decides")
            }
            State::Preparing | State::Ended { .. } | State::Returned { .. } | State::Cancelled { .. } => {
                lease.note(now, "access details arrived after this lease was closed");
            }
        }
    }

    fn told_status(&mut self, now: u64, turn: &mut Turn, account: u32, status: StatusReply) {
        let expires_at = self.market.to_our_clock(status.expires_at);
        self.conducts.entry(account).or_default().question = None;
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.expires_at = Some(expires_at);
        lease.forgotten_at = None;
        let over = expires_at <= now || status.status == LeaseStatus::Expired;
        let word = match &status.status {
            LeaseStatus::Running => "running",
            LeaseStatus::Expired => "expired",
            LeaseStatus::Other(word) => word,
        };
        lease.note(now, format!("the provider says: {word}, {} s left", expires_at.saturating_sub(now)));
        lease.status = Some(status);
        if over {
            return;
        }
        let given_up = matches!(lease.watch, Some(WorkloadState::Failed { .. } | WorkloadState::Evicted { .. }));
        if matches!(lease.state, State::Recovering { .. } | State::RequestMayBeOut { .. } | State::Lost { .. }) {
            self.begin_running(now, turn, account, "the provider knows this lease: it runs");
        } else if lease.state == State::Running && given_up {
            lease.watch = Some(WorkloadState::Provisioning { since: now });
            lease.note(now, "the provider is back and knows this lease; watching it again");
            self.track(now, account);
        }
    }

    fn refused(&mut self, now: u64, turn: &mut Turn, account: u32, error: &ErrorReply) {
        // Only a question for the status is answered so; a spawn never is (PROTOCOL §3.7).
        let about_status = error.kind == ErrorType::NotFound;
        if about_status {
            self.conducts.entry(account).or_default().question = None;
        }
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let error_type = error.kind.as_str().to_owned();
        lease.note(now, format!("the provider answered {error_type}: {}", error.message));
        let provider = lease.provider;
        if let Some(secs) = error.minimum_secs() {
            let experience = self.experience.entry(provider).or_default();
            experience.learn_minimum(secs);
            experience.save(turn, &provider);
            turn.changed.insert(View::Market);
        }
        let Some(lease) = self.leases.get_mut(&account) else { return };
        if about_status {
            return self.not_found(now, turn, account);
        }
        match lease.state {
            State::RequestMayBeOut { .. } | State::Recovering { .. } => {
                self.begin_recovery(now, turn, account, Why::Refused { error_type, message: error.message.clone() });
            }
            State::Running
            | State::Preparing
            | State::RequestHeld { .. }
            | State::Reclaiming { .. }
            | State::Ended { .. }
            | State::Returned { .. }
            | State::Lost { .. }
            | State::Cancelled { .. } => {}
        }
    }

    /// The provider, alive, says that it knows no lease of this key.
    fn not_found(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        match lease.state.clone() {
            State::Recovering { why, token: super::lease::Token::Spent, .. } => {
                lease.state = State::Lost { at: now, why };
                lease.note(
                    now,
                    "the provider redeemed the token and knows no lease: the money is gone; the evidence is kept here",
                );
            }
            State::Running => {
                lease.forgotten_at = Some(now);
                lease.note(now, "the provider does not know this lease any more; do not pay more for it");
            }
            State::Preparing
            | State::RequestHeld { .. }
            | State::RequestMayBeOut { .. }
            | State::Recovering { .. }
            | State::Reclaiming { .. }
            | State::Ended { .. }
            | State::Returned { .. }
            | State::Lost { .. }
            | State::Cancelled { .. } => {}
        }
        self.save_lease(turn, account);
    }
}
