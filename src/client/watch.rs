//! Watching what runs: home relays, blindness, the state machine's tick, and what follows from it.
//!
//! A provider publishes on its own relays only, so it is judged by its *home relays*: those of ours that ever delivered
//! a heartbeat of it. While fewer than `m` of them are connected the provider is not observed: nothing moves, and the
//! page says unknown (DESIGN §7.4).

use super::effect::{Turn, View};
use super::lease::{Lease, State};
use super::market::{Listing, Told};
use super::relays::LineKey;
use super::{Client, Conduct};
use crate::durable_workload::{
    DurableWorkload, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent, WorkloadState,
};
use crate::model::ProviderKey;
use crate::protocol::{Heartbeat, filter};

/// How often the provider is asked at most after its beats came back, and while it says that nothing runs.
const ASK_AFTER_RETURN_SECS: u64 = 60;
const ASK_WHEN_EMPTY_SECS: u64 = 600;

impl Client {
    fn running(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values().filter(|lease| lease.state == State::Running)
    }

    pub(super) fn is_watching(&self) -> bool {
        self.running().next().is_some()
    }

    pub(super) fn watches(&self, provider: &ProviderKey) -> bool {
        self.running().any(|lease| lease.provider == *provider)
    }

    /// The relays of ours that a provider is judged by.
    pub(super) fn homes(&self, now: u64, provider: &ProviderKey) -> Vec<crate::model::RelayUrl> {
        let listing = self.market.listing(provider);
        let homes = listing.into_iter().flat_map(|listing| listing.homes(now));
        homes.filter(|url| self.settings.relays.contains(*url)).cloned().collect()
    }

    /// The numbers one provider is judged by: never more relays than it has, never less patience than its beat needs.
    pub(super) fn quorum_for(&self, now: u64, provider: &ProviderKey) -> QuorumConfig {
        let QuorumConfig { m, n, t1_secs, t2_secs, stale_secs } = self.settings.quorum;
        let homes = u8::try_from(self.homes(now, provider).len()).unwrap_or(u8::MAX);
        let beat = self.market.listing(provider).and_then(Listing::beat_interval).unwrap_or(0);
        QuorumConfig {
            m: m.min(homes).max(1),
            n,
            t1_secs: t1_secs.max(beat.saturating_mul(5).div_ceil(2)),
            t2_secs,
            stale_secs: if beat == 0 { stale_secs } else { stale_secs.max(beat.saturating_mul(2).saturating_add(60)) },
        }
    }

    /// Whether enough of a provider's home relays talk to us to say anything about it.
    pub(super) fn is_observed(&self, now: u64, provider: &ProviderKey) -> bool {
        let homes = self.homes(now, provider);
        let connected = homes.iter().filter(|url| self.relays.is_connected(now, url)).count();
        match homes.len() {
            0 => self.relays.any_connected(now),
            _ => connected >= usize::from(self.quorum_for(now, provider).m),
        }
    }

    /// Tracks every running lease from its journal, by the numbers that hold now.
    pub(super) fn resume_watching(&mut self, now: u64) {
        let running: Vec<_> = self.running().map(|lease| lease.account).collect();
        for account in running {
            self.track(now, account);
        }
    }

    /// Tracks a lease from now on, in the state its journal names.
    pub(super) fn track(&mut self, now: u64, account: u32) {
        let Some(lease) = self.leases.get(&account) else { return };
        let quorum = self.quorum_for(now, &lease.provider);
        let workload = DurableWorkload {
            workload_id: account,
            provider_npub: lease.provider.to_hex(),
            state: lease.watch.clone().unwrap_or(WorkloadState::Provisioning { since: now }),
            replication: ReplicationMode::None,
            restart_policy: RestartPolicy::Never,
            state_uri: None,
            created_at: lease.created_at,
            expires_at: lease.expires_at.unwrap_or(u64::MAX),
        };
        self.machine.track_with(workload, quorum);
        self.conducts.entry(account).or_default().judged_by = Some(quorum);
    }

    /// Says what is seen, lets time pass in the machine, and acts on what it says.
    pub(super) fn watch(&mut self, now: u64, turn: &mut Turn) {
        self.end_expired(now, turn);
        let seeing = self.online && self.relays.any_connected(now);
        if self.machine.is_observing() != seeing {
            self.machine.set_observing(now, seeing);
            turn.changed.insert(View::Leases);
        }
        // A burst of heartbeats need not judge everybody again and again: connections and time are judged once a second.
        let only = turn.about.filter(|_| self.judged_at == Some(now));
        if only.is_none() {
            self.judged_at = Some(now);
        }
        let judged = |lease: &&Lease| only.is_none_or(|provider| lease.provider == provider);
        let running: Vec<_> = self.running().filter(judged).map(|lease| (lease.account, lease.provider)).collect();
        for (account, provider) in &running {
            let observed = self.is_observed(now, provider);
            let npub = provider.to_hex();
            if self.machine.is_provider_observed(&npub) != observed {
                self.machine.set_provider_observed(now, &npub, observed);
                turn.changed.insert(View::Leases);
            }
            let quorum = self.quorum_for(now, provider);
            let judged_by = self.conducts.get(account).and_then(|conduct: &Conduct| conduct.judged_by);
            if judged_by.is_none_or(|old| changes_judgement(old, quorum)) {
                self.track(now, *account);
            }
        }
        if self.observations.is_empty() && self.last_tick == Some(now) {
            return;
        }
        let observations = std::mem::take(&mut self.observations);
        self.last_tick = Some(now);
        for event in self.machine.tick(now, &observations) {
            self.machine_said(now, turn, &event);
        }
    }

    fn machine_said(&mut self, now: u64, turn: &mut Turn, event: &StateMachineEvent) {
        use StateMachineEvent as E;
        let (account, text) = match event {
            E::EnteredLive { workload_id } => (*workload_id, "the provider is heard: live".to_owned()),
            E::EnteredSuspect { workload_id } => (*workload_id, "the provider fell silent: suspect".to_owned()),
            E::Evicted { workload_id, reason } => (*workload_id, format!("given up for now: {reason}")),
            E::Failed { workload_id, .. } => (*workload_id, "the provider was silent for too long".to_owned()),
            E::AttemptRespawn { workload_id, .. } | E::PublishLeaseRevocation { workload_id, .. } => {
                (*workload_id, "the provider was silent for too long".to_owned())
            }
        };
        let watch = self.machine.state_of(account).cloned();
        if let Some(lease) = self.leases.get_mut(&account) {
            lease.watch = watch;
            lease.note(now, text);
            if matches!(event, E::EnteredSuspect { .. }) {
                let provider = lease.provider;
                self.ask_for_beats(now, turn, account, provider);
            }
        }
        self.save_lease(turn, account);
    }

    /// Asks every relay for this provider's stored heartbeats before anything else is believed.
    fn ask_for_beats(&mut self, now: u64, turn: &mut Turn, account: u32, provider: ProviderKey) {
        let since = self.market.to_network_clock(now).saturating_sub(self.quorum_for(now, &provider).stale_secs);
        let keys: Vec<LineKey> =
            self.relays.lines().map(|(key, _)| key).filter(|key| key.lease.is_none()).cloned().collect();
        for key in keys {
            self.tell(turn, &key, filter::req_stored_heartbeats(&beats_question(account), Some(&[provider]), since));
        }
    }

    /// A provider of a running lease was heard: does it still know the lease?
    pub(super) fn heard_provider(&mut self, now: u64, turn: &mut Turn, beat: &Heartbeat, told: Told) {
        let beat_at = self.market.to_our_clock(beat.timestamp);
        let of_provider: Vec<u32> =
            self.running().filter(|lease| lease.provider == beat.provider).map(|lease| lease.account).collect();
        for account in of_provider {
            let Some(lease) = self.leases.get(&account) else { continue };
            let given_up = matches!(lease.watch, Some(WorkloadState::Failed { .. } | WorkloadState::Evicted { .. }));
            let empty = beat.active_workloads == 0 && beat_at > lease.created_at.saturating_add(ASK_AFTER_RETURN_SECS);
            let asked = self.conducts.get(&account).and_then(|conduct| conduct.status_asked);
            let ago = asked.map_or(u64::MAX, |at| now.saturating_sub(at));
            let fresh = now.saturating_sub(beat_at) < super::market::ONLINE_SECS;
            if fresh
                && ((told.returned || given_up) && ago >= ASK_AFTER_RETURN_SECS || empty && ago >= ASK_WHEN_EMPTY_SECS)
            {
                self.ask_provider(now, turn, account);
            }
        }
    }

    fn end_expired(&mut self, now: u64, turn: &mut Turn) {
        let over: Vec<u32> = self
            .running()
            .filter(|lease| lease.expires_at.is_some_and(|end| end <= now))
            .map(|lease| lease.account)
            .collect();
        for account in over {
            self.machine.untrack(account);
            self.relays.remove_lease(turn, account);
            if let Some(lease) = self.leases.get_mut(&account) {
                lease.state = State::Ended { at: now };
                lease.note(now, "the time paid for is over");
            }
            self.save_lease(turn, account);
        }
    }
}

/// The name of the question for one provider's stored heartbeats.
pub(super) fn beats_question(account: u32) -> String {
    format!("beats-{account}")
}

/// True for a subscription that is given back once its stored events are through.
pub(super) fn is_beats_question(subscription: &str) -> bool {
    subscription.starts_with("beats-")
}

/// Small drifts of the beat do not restart the measure of silence.
fn changes_judgement(old: QuorumConfig, new: QuorumConfig) -> bool {
    old.m != new.m || new.t1_secs > old.t1_secs || new.t1_secs < old.t1_secs / 2 || new.stale_secs > old.stale_secs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slightly_faster_beat_does_not_restart_the_measure_of_silence() {
        let old = QuorumConfig { t1_secs: 152, ..QuorumConfig::default() };
        assert!(!changes_judgement(old, QuorumConfig { t1_secs: 150, ..old }));
        assert!(changes_judgement(old, QuorumConfig { m: 1, ..old }));
        assert!(changes_judgement(old, QuorumConfig { t1_secs: 200, ..old }));
    }
}
