//! The rules of DESIGN §4, told as plainly as possible: nothing is remembered but the calls themselves and the state
//! each workload is in. Every other fact is worked out anew from all calls since the beginning.

use std::collections::BTreeMap;

use paygress::durable_workload::{
    DurableWorkload, HeartbeatObservation, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent,
    WorkloadState,
};

/// Everything that can be asked of a machine that changes it.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Track(DurableWorkload, QuorumConfig),
    Untrack(u32),
    Tick(u64, Vec<HeartbeatObservation>),
    SetObserving(u64, bool),
    SetProviderObserved(u64, String, bool),
    RespawnFailed(u32, String),
    RespawnSucceeded(u32, u64),
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    history: Vec<Call>,
    workloads: BTreeMap<u32, Known>,
}

#[derive(Debug)]
struct Known {
    workload: DurableWorkload,
    config: QuorumConfig,
    tracked_by: usize,
    entered_by_us: bool,
    owed: Vec<StateMachineEvent>,
}

/// What was counted from one relay: the heartbeat's own time, when it was heard, when it was seen.
pub(crate) type Counted = (u64, u64, u64);
type Evidence = BTreeMap<(String, u64), BTreeMap<String, Counted>>;

impl Model {
    pub(crate) fn workload(&self, id: u32) -> Option<&DurableWorkload> {
        self.workloads.get(&id).map(|known| &known.workload)
    }

    pub(crate) fn call(&mut self, call: Call) -> Vec<StateMachineEvent> {
        let went_back = self.goes_back(&call);
        self.history.push(call.clone());
        match call {
            Call::Track(workload, config) => {
                let tracked_by = self.history.len();
                let known = Known { workload, config, tracked_by, entered_by_us: false, owed: Vec::new() };
                self.workloads.insert(known.workload.workload_id, known);
            }
            Call::Untrack(id) => {
                self.workloads.remove(&id);
            }
            Call::Tick(now, _) => return self.tick(now, went_back),
            Call::SetObserving(..) | Call::SetProviderObserved(..) => {}
            Call::RespawnFailed(id, why) => self.respawn_failed(id, &why),
            Call::RespawnSucceeded(id, now) => {
                if let Some(known) = self.respawning(id) {
                    known.workload.state = WorkloadState::Live { since: now };
                    known.entered_by_us = true;
                    known.owed = vec![StateMachineEvent::EnteredLive { workload_id: id }];
                }
            }
        }
        Vec::new()
    }

    fn respawning(&mut self, id: u32) -> Option<&mut Known> {
        self.workloads.get_mut(&id).filter(|known| matches!(known.workload.state, WorkloadState::Respawning { .. }))
    }

    fn respawn_failed(&mut self, workload_id: u32, why: &str) {
        let Some(known) = self.respawning(workload_id) else { return };
        let max = match known.workload.restart_policy {
            RestartPolicy::Never => 0,
            RestartPolicy::OnFailure { max_attempts } => max_attempts,
        };
        if let WorkloadState::Respawning { attempts_used, last_error, .. } = &mut known.workload.state {
            if *attempts_used < max {
                *last_error = Some(why.to_owned());
                known.owed = vec![StateMachineEvent::AttemptRespawn { workload_id, attempt: *attempts_used + 1 }];
                return;
            }
            let reason = format!("respawn exhausted after {attempts_used} attempt(s): {why}");
            known.workload.state = WorkloadState::Failed { reason: reason.clone() };
            known.owed = vec![StateMachineEvent::Failed { workload_id, reason }];
        }
    }

    fn tick(&mut self, now: u64, went_back: bool) -> Vec<StateMachineEvent> {
        let mut events = Vec::new();
        for known in self.workloads.values_mut() {
            if let WorkloadState::Provisioning { since }
            | WorkloadState::Live { since }
            | WorkloadState::Suspect { since }
            | WorkloadState::Respawning { since, .. }
            | WorkloadState::Evicted { at: since } = &mut known.workload.state
                && went_back
            {
                *since = now.min(*since);
            }
            for event in known.owed.drain(..) {
                if let (
                    StateMachineEvent::AttemptRespawn { attempt, .. },
                    WorkloadState::Respawning { attempts_used, .. },
                ) = (&event, &mut known.workload.state)
                {
                    *attempts_used = *attempt;
                }
                events.push(event);
            }
        }

        let evidence = self.evidence();
        let verdicts: Vec<_> =
            self.workloads.values().map(|known| self.verdict(known, now, went_back, &evidence)).collect();
        for (known, verdict) in self.workloads.values_mut().zip(verdicts) {
            if let Some((state, caused)) = verdict {
                known.workload.state = state;
                known.entered_by_us = true;
                events.extend(caused);
            }
        }
        events
    }

    fn verdict(
        &self,
        known: &Known,
        now: u64,
        went_back: bool,
        evidence: &Evidence,
    ) -> Option<(WorkloadState, Vec<StateMachineEvent>)> {
        let id = known.workload.workload_id;
        let provider = &known.workload.provider_npub;
        let config = &known.config;
        let t1 = config.t1_secs.max(1);
        let first_tick = self.first_tick_after(known.tracked_by);

        let relays = &evidence[&(provider.clone(), config.stale_secs)];
        let mut heard: Vec<u64> = relays.values().map(|(_, heard_at, _)| *heard_at).collect();
        heard.sort_unstable();
        let quorum_at = heard.iter().rev().nth(usize::from(config.m.max(1)) - 1).copied();
        let quorum_holds = quorum_at.is_some_and(|at| now - at < t1);

        let live = Some((WorkloadState::Live { since: now }, vec![StateMachineEvent::EnteredLive { workload_id: id }]));
        match known.workload.state {
            WorkloadState::Provisioning { .. } | WorkloadState::Suspect { .. } if quorum_holds => live,
            WorkloadState::Live { since } => {
                let from = since.max(first_tick).max(quorum_at.unwrap_or(0));
                let is_due = !went_back && self.observed(provider, from, now) >= t1;
                is_due.then(|| {
                    let event = StateMachineEvent::EnteredSuspect { workload_id: id };
                    (WorkloadState::Suspect { since: now }, vec![event])
                })
            }
            WorkloadState::Suspect { since } => {
                let from = if known.entered_by_us { since } else { first_tick };
                let is_due = !went_back && self.observed(provider, from, now) >= config.t2_secs;
                is_due.then(|| eviction(&known.workload, now))
            }
            WorkloadState::Provisioning { .. }
            | WorkloadState::Evicted { .. }
            | WorkloadState::Respawning { .. }
            | WorkloadState::Failed { .. } => None,
        }
    }

    fn goes_back(&self, call: &Call) -> bool {
        let Call::Tick(now, _) = call else { return false };
        self.last_tick().is_some_and(|last| *now < last)
    }

    fn last_tick(&self) -> Option<u64> {
        last_tick(&self.history)
    }

    fn first_tick_after(&self, call: usize) -> u64 {
        let mut first = None;
        for call in &self.history[call..] {
            if let Call::Tick(now, _) = call {
                // A tick that goes back moves what is remembered; one that does not lies behind it anyway.
                first = Some(first.map_or(*now, |first: u64| first.min(*now)));
            }
        }
        first.expect("asked within a tick")
    }

    /// What counts for each provider by each `stale_secs` in use, from all calls so far.
    pub(crate) fn evidence(&self) -> Evidence {
        let mut named: BTreeMap<u32, (String, u64)> = BTreeMap::new();
        let mut evidence = Evidence::new();
        let mut last = None;
        for call in &self.history {
            match call {
                Call::Track(workload, config) => {
                    let key = (workload.provider_npub.clone(), config.stale_secs);
                    named.insert(workload.workload_id, key.clone());
                    if !evidence.contains_key(&key) {
                        evidence.insert(key.clone(), inherited(&evidence, &key));
                    }
                }
                Call::Untrack(id) => {
                    named.remove(id);
                }
                Call::Tick(now, observations) => {
                    if last.is_some_and(|last| *now < last) {
                        for (_, heard_at, seen_at) in evidence.values_mut().flat_map(BTreeMap::values_mut) {
                            *heard_at = *now.min(heard_at);
                            *seen_at = *now.min(seen_at);
                        }
                    }
                    last = Some(*now);
                    for ((provider, stale_secs), relays) in &mut evidence {
                        for o in observations.iter().filter(|o| o.provider_npub == *provider) {
                            let is_fresh = o.event_timestamp.saturating_add(*stale_secs) >= *now;
                            let is_past = o.event_timestamp <= now.saturating_add(120);
                            let is_new =
                                relays.get(&o.relay_url).is_none_or(|(newest, _, _)| o.event_timestamp > *newest);
                            if is_fresh && is_past && is_new {
                                relays.insert(o.relay_url.clone(), (o.event_timestamp, *now, o.seen_at));
                            }
                        }
                    }
                }
                Call::SetObserving(..)
                | Call::SetProviderObserved(..)
                | Call::RespawnFailed(..)
                | Call::RespawnSucceeded(..) => {}
            }
            evidence.retain(|key, _| named.values().any(|named| named == key));
        }
        evidence
    }

    /// How many seconds between the two instants were observed, by all calls so far.
    fn observed(&self, provider: &str, from: u64, to: u64) -> u64 {
        if from >= to {
            return 0;
        }
        let mut blind = self.blind_spans(None);
        blind.extend(self.blind_spans(Some(provider)));
        let mut edges = vec![from, to];
        edges.extend(blind.iter().flat_map(|(start, end)| [*start, *end]).filter(|edge| (from..to).contains(edge)));
        edges.sort_unstable();
        let pieces = edges.windows(2).map(|pair| (pair[0], pair[1]));
        let seen = pieces.filter(|(start, _)| !blind.iter().any(|(from, to)| (from..to).contains(&start)));
        seen.map(|(start, end)| end - start).sum()
    }

    /// The blind spans of the machine, or of one provider; one without an end lasts until the end of time.
    fn blind_spans(&self, of: Option<&str>) -> Vec<(u64, u64)> {
        let mut spans: Vec<(u64, u64)> = Vec::new();
        let mut open: Option<u64> = None;
        let mut waits_for_tick = false;
        for (index, call) in self.history.iter().enumerate() {
            let last = last_tick(&self.history[..index]);
            let declared = match (call, of) {
                (Call::SetObserving(now, seen), None) => Some((*now, *seen)),
                (Call::SetProviderObserved(now, provider, seen), Some(of)) if provider == of => Some((*now, *seen)),
                _ => None,
            };
            if let Call::Tick(now, _) = call {
                if last.is_some_and(|last| *now < last) {
                    spans.iter_mut().for_each(|(start, end)| (*start, *end) = (*now.min(start), *now.min(end)));
                    open = open.map(|start| start.min(*now));
                }
                if waits_for_tick {
                    spans.extend(open.take().map(|start| (start, *now)));
                    waits_for_tick = false;
                }
            }
            match declared {
                Some((now, false)) => {
                    open = Some(open.unwrap_or(now).min(now));
                    waits_for_tick = false;
                }
                Some((now, true)) if open.is_some() && last.is_some_and(|last| now < last) => waits_for_tick = true,
                Some((now, true)) if !waits_for_tick => spans.extend(open.take().map(|start| (start, now))),
                Some((_, true)) | None => {}
            }
        }
        spans.extend(open.map(|start| (start, u64::MAX)));
        spans
    }

    pub(crate) fn is_observing(&self) -> bool {
        let said = self
            .history
            .iter()
            .rev()
            .find_map(|call| if let Call::SetObserving(_, observing) = call { Some(*observing) } else { None });
        said.unwrap_or(true)
    }

    pub(crate) fn is_provider_observed(&self, npub: &str) -> bool {
        let said = self.history.iter().rev().find_map(|call| {
            if let Call::SetProviderObserved(_, provider, observed) = call {
                (provider == npub).then_some(*observed)
            } else {
                None
            }
        });
        said.unwrap_or(true)
    }
}

fn last_tick(history: &[Call]) -> Option<u64> {
    history.iter().rev().find_map(|call| if let Call::Tick(now, _) = call { Some(*now) } else { None })
}

/// Of what other numbers counted for that provider: what these would have counted too, the newest of each relay, as it
/// was heard first.
fn inherited(evidence: &Evidence, (provider, stale_secs): &(String, u64)) -> BTreeMap<String, Counted> {
    let mut relays: BTreeMap<String, Counted> = BTreeMap::new();
    for ((_, _), others) in evidence.iter().filter(|((of, _), _)| of == provider) {
        for (relay, counted) in others.iter().filter(|(_, (time, at, _))| time.saturating_add(*stale_secs) >= *at) {
            let newest = relays.entry(relay.clone()).or_insert(*counted);
            let is_same_sooner = newest.0 == counted.0 && (counted.1, counted.2) < (newest.1, newest.2);
            if newest.0 < counted.0 || is_same_sooner {
                *newest = *counted;
            }
        }
    }
    relays
}

fn eviction(workload: &DurableWorkload, now: u64) -> (WorkloadState, Vec<StateMachineEvent>) {
    let workload_id = workload.workload_id;
    let evicted = StateMachineEvent::Evicted { workload_id, reason: "heartbeat-quorum-lost-past-t2".into() };
    let given_up = |reason: &str| {
        let event = StateMachineEvent::Failed { workload_id, reason: reason.into() };
        (WorkloadState::Failed { reason: reason.into() }, event)
    };
    let (state, then) = match (&workload.replication, &workload.restart_policy) {
        (ReplicationMode::WarmStandby { standby_providers }, _) => {
            let standby_providers = standby_providers.clone();
            let event = StateMachineEvent::PublishLeaseRevocation { workload_id, standby_providers };
            (WorkloadState::Evicted { at: now }, event)
        }
        (_, RestartPolicy::Never) => given_up("RestartPolicy::Never on eviction"),
        (_, RestartPolicy::OnFailure { max_attempts: 0 }) => given_up("OnFailure with max_attempts=0"),
        (_, RestartPolicy::OnFailure { .. }) => {
            let event = StateMachineEvent::AttemptRespawn { workload_id, attempt: 1 };
            (WorkloadState::Respawning { since: now, attempts_used: 1, last_error: None }, event)
        }
    };
    (state, vec![evicted, then])
}
