//! The machine: takes what was heard, returns what happened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blindness::Blindness;
use super::evidence::{HeartbeatObservation, Provider, RelayEvidence};
use super::workload::{DurableWorkload, QuorumConfig, ReplicationMode, RestartPolicy, WorkloadState};

const EVICTION_REASON: &str = "heartbeat-quorum-lost-past-t2";

/// What happened to a workload, or what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum StateMachineEvent {
    /// The workload became live.
    EnteredLive {
        /// Which workload.
        workload_id: u32,
    },
    /// The workload's provider was silent for T1.
    EnteredSuspect {
        /// Which workload.
        workload_id: u32,
    },
    /// The workload was suspect for T2 and is given up where it ran.
    Evicted {
        /// Which workload.
        workload_id: u32,
        /// Why, as a stable slug.
        reason: String,
    },
    /// The lease is to be revoked publicly so that a standby takes over. This machine never calls the workload live
    /// again without a fresh `track`.
    PublishLeaseRevocation {
        /// Which workload.
        workload_id: u32,
        /// Who stands by, as tracked; may be empty.
        standby_providers: Vec<String>,
    },
    /// The workload is to be started again; report the outcome by `notify_respawn_failed` or
    /// `notify_respawn_succeeded`.
    AttemptRespawn {
        /// Which workload.
        workload_id: u32,
        /// Which attempt this is, from 1.
        attempt: u8,
    },
    /// The workload is given up for good.
    Failed {
        /// Which workload.
        workload_id: u32,
        /// Why.
        reason: String,
    },
}

/// Judges workloads by the heartbeats of their providers. See the [module](super) for the states.
///
/// Call [`tick`](Self::tick) with what was heard since the last one, at any rate; once in 15 s is ordinary. A tick costs
/// O(observations + workloads) and allocates nothing for a workload that does not change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkloadStateMachine {
    config: QuorumConfig,
    workloads: BTreeMap<u32, Tracked>,
    providers: BTreeMap<String, Provider>,
    blindness: Blindness,
    last_tick: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tracked {
    workload: DurableWorkload,
    config: QuorumConfig,
    first_tick: Option<u64>,
    /// The state is as `track` gave it: its `since` was not set here.
    is_as_tracked: bool,
    owed: Owed,
}

/// What `notify_*` caused and the next tick returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Owed {
    Nothing,
    Live,
    Respawn,
    Failed,
}

impl WorkloadStateMachine {
    /// A machine that tracks nothing, judges by `config` and observes everything.
    #[must_use]
    pub fn new(config: QuorumConfig) -> Self {
        Self {
            config,
            workloads: BTreeMap::new(),
            providers: BTreeMap::new(),
            blindness: Blindness::default(),
            last_tick: None,
        }
    }

    /// Watches a workload from its present state on, judged by the machine's numbers. A workload with that id is
    /// replaced as a whole; what relays carried of its provider is kept.
    pub fn track(&mut self, workload: DurableWorkload) {
        self.track_with(workload, self.config);
    }

    /// Watches a workload as [`track`](Self::track) does, judged by its own numbers.
    pub fn track_with(&mut self, workload: DurableWorkload, config: QuorumConfig) {
        self.providers.entry(workload.provider_npub.clone()).or_default().watch(config.stale_secs);
        let id = workload.workload_id;
        let tracked = Tracked { workload, config, first_tick: None, is_as_tracked: true, owed: Owed::Nothing };
        if let Some(replaced) = self.workloads.insert(id, tracked) {
            self.unwatch(&replaced);
        }
    }

    /// Stops to watch a workload; nothing happens for an unknown id. What relays carried of a provider that no tracked
    /// workload names any more is forgotten.
    pub fn untrack(&mut self, workload_id: u32) {
        if let Some(removed) = self.workloads.remove(&workload_id) {
            self.unwatch(&removed);
        }
    }

    /// What is known of a workload.
    #[must_use]
    pub fn state_of(&self, workload_id: u32) -> Option<&WorkloadState> {
        self.workload(workload_id).map(|workload| &workload.state)
    }

    /// A workload as it was tracked, in its present state.
    #[must_use]
    pub fn workload(&self, workload_id: u32) -> Option<&DurableWorkload> {
        self.workloads.get(&workload_id).map(|tracked| &tracked.workload)
    }

    /// When each relay was last heard about a workload's provider, by relay. Empty for an unknown id.
    #[must_use]
    pub fn evidence(&self, workload_id: u32) -> Vec<RelayEvidence> {
        let evidence = self.workloads.get(&workload_id).and_then(|tracked| {
            self.providers.get(&tracked.workload.provider_npub)?.evidence(tracked.config.stale_secs)
        });
        evidence.map(|evidence| evidence.relays().collect()).unwrap_or_default()
    }

    /// Declares from when on the machine sees nothing (the tab froze, the network is gone) or sees again. While it sees
    /// nothing, T1 and T2 stand still.
    ///
    /// `now` may lie before the last tick's: blindness then begins there, and sight returns with the next tick.
    pub fn set_observing(&mut self, now: u64, observing: bool) {
        self.blindness.set_observed(now, observing, self.last_tick);
    }

    /// True unless the machine was last declared blind.
    #[must_use]
    pub fn is_observing(&self) -> bool {
        !self.blindness.is_blind()
    }

    /// Declares from when on one provider cannot be seen (too few of its relays are open) or is seen again, as
    /// [`set_observing`](Self::set_observing) does for all. It may be called before a workload names the provider.
    pub fn set_provider_observed(&mut self, now: u64, provider_npub: &str, observed: bool) {
        if let Some(provider) = self.providers.get_mut(provider_npub) {
            provider.blindness.set_observed(now, observed, self.last_tick);
        } else if !observed {
            let provider = self.providers.entry(provider_npub.to_owned()).or_default();
            provider.blindness.set_observed(now, observed, self.last_tick);
        }
    }

    /// True unless the provider was last declared blind. The machine as a whole may be blind nevertheless.
    #[must_use]
    pub fn is_provider_observed(&self, provider_npub: &str) -> bool {
        self.providers.get(provider_npub).is_none_or(|provider| !provider.blindness.is_blind())
    }

    /// Counts what was heard since the last tick and judges every workload. What `notify_*` caused comes first, then
    /// the transitions, both in workload-id order; at most one transition per workload and tick.
    #[must_use = "the events say what to do"]
    pub fn tick(&mut self, now: u64, observations: &[HeartbeatObservation]) -> Vec<StateMachineEvent> {
        let clock_went_back = self.last_tick.is_some_and(|last| now < last);
        if clock_went_back {
            self.rewind(now);
        }
        self.blindness.tick(now);
        self.providers.retain(|_, provider| {
            provider.blindness.tick(now);
            provider.blindness.forget_before(provider.counts_from.map_or(now, |instant| instant.min(now)));
            provider.counts_from = None;
            provider.is_watched() || !provider.blindness.is_clear()
        });

        for observation in observations {
            if let Some(provider) = self.providers.get_mut(&observation.provider_npub) {
                provider.hear(now, observation);
            }
        }

        let mut events = Vec::new();
        for tracked in self.workloads.values_mut() {
            tracked.settle(&mut events);
        }
        let mut counts_from = now;
        for tracked in self.workloads.values_mut() {
            let Some(provider) = self.providers.get_mut(&tracked.workload.provider_npub) else { continue };
            if let Some(instant) = tracked.judge(now, clock_went_back, provider, &self.blindness, &mut events) {
                counts_from = counts_from.min(instant);
                provider.counts_from = Some(provider.counts_from.map_or(instant, |known| known.min(instant)));
            }
        }
        self.blindness.forget_before(counts_from);
        self.last_tick = Some(now);
        events
    }

    /// Reports that the attempt asked for last has failed. With attempts left the next tick asks for another one,
    /// otherwise the workload is Failed and the next tick says so. Nothing happens unless it is Respawning.
    pub fn notify_respawn_failed(&mut self, workload_id: u32, reason: &str) {
        let Some(tracked) = self.workloads.get_mut(&workload_id) else { return };
        let max_attempts = tracked.workload.restart_policy.max_attempts();
        let WorkloadState::Respawning { attempts_used, last_error, .. } = &mut tracked.workload.state else { return };
        if *attempts_used < max_attempts {
            *last_error = Some(reason.to_owned());
            tracked.owed = Owed::Respawn;
        } else {
            let reason = format!("respawn exhausted after {attempts_used} attempt(s): {reason}");
            tracked.enter(WorkloadState::Failed { reason });
            tracked.owed = Owed::Failed;
        }
    }

    /// Reports that the workload runs again since `now`. Nothing happens unless it is Respawning.
    pub fn notify_respawn_succeeded(&mut self, workload_id: u32, now: u64) {
        let Some(tracked) = self.workloads.get_mut(&workload_id) else { return };
        if matches!(tracked.workload.state, WorkloadState::Respawning { .. }) {
            tracked.enter(WorkloadState::Live { since: now });
            tracked.owed = Owed::Live;
        }
    }

    fn unwatch(&mut self, gone: &Tracked) {
        if let Some(provider) = self.providers.get_mut(&gone.workload.provider_npub) {
            provider.unwatch(gone.config.stale_secs);
            if !provider.is_watched() && provider.blindness.is_clear() {
                self.providers.remove(&gone.workload.provider_npub);
            }
        }
    }

    /// Moves every remembered instant of the future to `now`: the clock was wrong then or is wrong now, and a time that
    /// has not come yet must not hold a workload in its state.
    fn rewind(&mut self, now: u64) {
        self.blindness.rewind(now);
        for provider in self.providers.values_mut() {
            provider.rewind(now);
        }
        for tracked in self.workloads.values_mut() {
            tracked.workload.state.rewind(now);
            tracked.first_tick = tracked.first_tick.map(|instant| instant.min(now));
        }
    }
}

impl Tracked {
    fn enter(&mut self, state: WorkloadState) {
        self.workload.state = state;
        self.is_as_tracked = false;
    }

    /// Returns what `notify_*` left for this tick.
    fn settle(&mut self, events: &mut Vec<StateMachineEvent>) {
        let workload_id = self.workload.workload_id;
        match (std::mem::replace(&mut self.owed, Owed::Nothing), &mut self.workload.state) {
            (Owed::Live, _) => events.push(StateMachineEvent::EnteredLive { workload_id }),
            (Owed::Respawn, WorkloadState::Respawning { attempts_used, .. }) => {
                *attempts_used = attempts_used.saturating_add(1);
                events.push(StateMachineEvent::AttemptRespawn { workload_id, attempt: *attempts_used });
            }
            (Owed::Failed, WorkloadState::Failed { reason }) => {
                events.push(StateMachineEvent::Failed { workload_id, reason: reason.clone() });
            }
            (Owed::Nothing | Owed::Respawn | Owed::Failed, _) => {}
        }
    }

    /// Makes the transition that is due, if any. Returns the earliest instant from which silence may still be counted.
    fn judge(
        &mut self,
        now: u64,
        clock_went_back: bool,
        provider: &mut Provider,
        machine: &Blindness,
        events: &mut Vec<StateMachineEvent>,
    ) -> Option<u64> {
        let workload_id = self.workload.workload_id;
        let first_tick = *self.first_tick.get_or_insert(now);
        let quorum_at = provider
            .evidence_mut(self.config.stale_secs)
            .and_then(|evidence| evidence.quorum_at(self.config.relays_needed()));
        let quorum_holds = quorum_at.is_some_and(|at| now.saturating_sub(at) < self.config.silence_allowed());
        let observed_since = |instant: u64| {
            let blind = machine.seconds_in_either(&provider.blindness, instant, now);
            now.saturating_sub(instant).saturating_sub(blind)
        };

        match self.workload.state {
            WorkloadState::Provisioning { .. } => {
                if !quorum_holds {
                    return None;
                }
                self.enter(WorkloadState::Live { since: now });
                events.push(StateMachineEvent::EnteredLive { workload_id });
                Some(now)
            }
            WorkloadState::Live { since } => {
                let heard = since.max(first_tick).max(quorum_at.unwrap_or(0));
                if clock_went_back || observed_since(heard) < self.config.silence_allowed() {
                    return Some(heard);
                }
                self.enter(WorkloadState::Suspect { since: now });
                events.push(StateMachineEvent::EnteredSuspect { workload_id });
                Some(now)
            }
            WorkloadState::Suspect { since } => {
                if quorum_holds {
                    self.enter(WorkloadState::Live { since: now });
                    events.push(StateMachineEvent::EnteredLive { workload_id });
                    return Some(now);
                }
                let suspect_from = if self.is_as_tracked { first_tick } else { since };
                if clock_went_back || observed_since(suspect_from) < self.config.t2_secs {
                    return Some(suspect_from);
                }
                self.evict(now, events);
                Some(first_tick)
            }
            // A success may be dated back as far as the first tick.
            WorkloadState::Respawning { .. } => Some(first_tick),
            WorkloadState::Evicted { .. } | WorkloadState::Failed { .. } => None,
        }
    }

    fn evict(&mut self, now: u64, events: &mut Vec<StateMachineEvent>) {
        let workload_id = self.workload.workload_id;
        events.push(StateMachineEvent::Evicted { workload_id, reason: EVICTION_REASON.to_owned() });
        let failure = match (&self.workload.replication, &self.workload.restart_policy) {
            (ReplicationMode::WarmStandby { standby_providers }, _) => {
                let standby_providers = standby_providers.clone();
                self.enter(WorkloadState::Evicted { at: now });
                events.push(StateMachineEvent::PublishLeaseRevocation { workload_id, standby_providers });
                return;
            }
            (_, RestartPolicy::Never) => "RestartPolicy::Never on eviction",
            (_, RestartPolicy::OnFailure { max_attempts: 0 }) => "OnFailure with max_attempts=0",
            (_, RestartPolicy::OnFailure { .. }) => {
                self.enter(WorkloadState::Respawning { since: now, attempts_used: 1, last_error: None });
                events.push(StateMachineEvent::AttemptRespawn { workload_id, attempt: 1 });
                return;
            }
        };
        self.enter(WorkloadState::Failed { reason: failure.to_owned() });
        events.push(StateMachineEvent::Failed { workload_id, reason: failure.to_owned() });
    }
}
