//! Random histories, played to the machine and to the model.

use std::collections::BTreeMap;

use paygress::durable_workload::{
    DurableWorkload, HeartbeatObservation, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent,
    WorkloadState, WorkloadStateMachine,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::model::{Call, Model};

const IDS: std::ops::Range<u32> = 0..4;
const PROVIDERS: [&str; 2] = ["a", "b"];
const RELAYS: [&str; 4] = ["wss://1", "wss://2", "wss://3", "wss://3/"];

/// An instant, told from where the clock stands.
#[derive(Debug, Clone, Copy)]
enum When {
    After(u64),
    Before(u64),
    At(u64),
}

impl When {
    fn from(self, clock: u64) -> u64 {
        match self {
            Self::After(seconds) => clock.saturating_add(seconds),
            Self::Before(seconds) => clock.saturating_sub(seconds),
            Self::At(instant) => instant,
        }
    }
}

#[derive(Debug, Clone)]
struct Beat {
    provider: &'static str,
    relay: &'static str,
    seen_at: When,
    time: When,
    is_doubled: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Track { workload: DurableWorkload, since: When, config: Option<QuorumConfig> },
    Untrack(u32),
    Tick { now: When, beats: Vec<Beat>, replays_last: bool },
    SetObserving(When, bool),
    SetProviderObserved(When, &'static str, bool),
    RespawnFailed(u32),
    RespawnSucceeded(u32, When),
}

fn extreme() -> impl Strategy<Value = When> {
    select(vec![0, 1, 119, 120, 121, 180, 1_000_000, u64::MAX - 200, u64::MAX - 120, u64::MAX - 1, u64::MAX])
        .prop_map(When::At)
}

/// How the clock goes on between ticks.
fn progress() -> impl Strategy<Value = When> {
    prop_oneof![
        20 => (0_u64..130).prop_map(When::After),
        6 => select(vec![0, 1, 9, 10, 11, 29, 30, 31, 119, 120, 121, 299, 300, 301]).prop_map(When::After),
        3 => (0_u64..2_000).prop_map(When::After),
        3 => (0_u64..300).prop_map(When::Before),
        1 => extreme(),
    ]
}

/// An instant near the clock.
fn nearby() -> impl Strategy<Value = When> {
    prop_oneof![
        8 => (0_u64..70).prop_map(When::After),
        8 => (0_u64..200).prop_map(When::Before),
        2 => select(vec![119, 120, 121]).prop_map(When::After),
        2 => select(vec![59, 60, 61, 179, 180, 181]).prop_map(When::Before),
        1 => extreme(),
    ]
}

fn config() -> impl Strategy<Value = QuorumConfig> {
    let t1 = select(vec![0, 1, 10, 30, 30, 120, 120, u64::MAX]);
    let t2 = select(vec![0, 1, 20, 20, 300, u64::MAX]);
    let stale = select(vec![0, 60, 180, 180, u64::MAX]);
    (0_u8..4, any::<u8>(), t1, t2, stale).prop_map(|(m, n, t1_secs, t2_secs, stale_secs)| QuorumConfig {
        m,
        n,
        t1_secs,
        t2_secs,
        stale_secs,
    })
}

fn state() -> impl Strategy<Value = WorkloadState> {
    prop_oneof![
        3 => Just(WorkloadState::Provisioning { since: 0 }),
        3 => Just(WorkloadState::Live { since: 0 }),
        3 => Just(WorkloadState::Suspect { since: 0 }),
        1 => Just(WorkloadState::Evicted { at: 0 }),
        2 => (0_u8..4).prop_map(|attempts_used| WorkloadState::Respawning { since: 0, attempts_used, last_error: None }),
        1 => Just(WorkloadState::Failed { reason: "tracked so".into() }),
    ]
}

fn workload() -> impl Strategy<Value = DurableWorkload> {
    let replication = prop_oneof![
        2 => Just(ReplicationMode::None),
        1 => Just(ReplicationMode::Checkpointed),
        2 => Just(ReplicationMode::WarmStandby { standby_providers: vec!["b".into()] }),
    ];
    let policy = prop_oneof![
        1 => Just(RestartPolicy::Never),
        4 => (0_u8..4).prop_map(|max_attempts| RestartPolicy::OnFailure { max_attempts }),
    ];
    (IDS, select(PROVIDERS.to_vec()), state(), replication, policy).prop_map(
        |(workload_id, provider, state, replication, restart_policy)| DurableWorkload {
            workload_id,
            provider_npub: provider.into(),
            state,
            replication,
            restart_policy,
            state_uri: None,
            created_at: 0,
            expires_at: 0,
        },
    )
}

fn beat() -> impl Strategy<Value = Beat> {
    let heard_of = select(vec!["a", "a", "a", "b", "b", "nobody"]);
    (heard_of, select(RELAYS.to_vec()), nearby(), nearby(), prop::bool::weighted(0.2))
        .prop_map(|(provider, relay, seen_at, time, is_doubled)| Beat { provider, relay, seen_at, time, is_doubled })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (workload(), nearby(), prop::option::of(config()))
            .prop_map(|(workload, since, config)| Step::Track { workload, since, config }),
        1 => IDS.prop_map(Step::Untrack),
        18 => (progress(), prop::collection::vec(beat(), 0..6), prop::bool::weighted(0.2))
            .prop_map(|(now, beats, replays_last)| Step::Tick { now, beats, replays_last }),
        // Longer silences, or nothing would ever be evicted.
        12 => progress().prop_map(|now| Step::Tick { now, beats: Vec::new(), replays_last: false }),
        4 => (nearby(), any::<bool>()).prop_map(|(now, observing)| Step::SetObserving(now, observing)),
        4 => (nearby(), select(PROVIDERS.to_vec()), any::<bool>())
            .prop_map(|(now, provider, observed)| Step::SetProviderObserved(now, provider, observed)),
        8 => IDS.prop_map(Step::RespawnFailed),
        2 => (IDS, nearby()).prop_map(|(id, now)| Step::RespawnSucceeded(id, now)),
    ]
}

fn history() -> impl Strategy<Value = (QuorumConfig, u64, Vec<Step>)> {
    let beginning = prop_oneof![
        6 => Just(1_000_000),
        1 => 0_u64..300,
        1 => (0_u64..2_000).prop_map(|before| u64::MAX - before),
    ];
    (config(), beginning, prop::collection::vec(step(), 1..90))
}

fn set_since(state: &mut WorkloadState, instant: u64) {
    if let WorkloadState::Provisioning { since }
    | WorkloadState::Live { since }
    | WorkloadState::Suspect { since }
    | WorkloadState::Respawning { since, .. }
    | WorkloadState::Evicted { at: since } = state
    {
        *since = instant;
    }
}

/// Turns steps into calls as they would be made with a real clock.
fn calls(default: QuorumConfig, mut clock: u64, steps: Vec<Step>) -> Vec<Call> {
    let mut last_heard: Vec<HeartbeatObservation> = Vec::new();
    let mut calls = Vec::new();
    for step in steps {
        calls.push(match step {
            Step::Track { mut workload, since, config } => {
                set_since(&mut workload.state, since.from(clock));
                Call::Track(workload, config.unwrap_or(default))
            }
            Step::Untrack(id) => Call::Untrack(id),
            Step::Tick { now, beats, replays_last } => {
                clock = now.from(clock);
                let mut observations = if replays_last { last_heard.clone() } else { Vec::new() };
                for beat in beats {
                    let observation = HeartbeatObservation {
                        provider_npub: beat.provider.into(),
                        relay_url: beat.relay.into(),
                        seen_at: beat.seen_at.from(clock),
                        event_timestamp: beat.time.from(clock),
                    };
                    observations.extend(std::iter::repeat_n(observation, if beat.is_doubled { 2 } else { 1 }));
                }
                if !observations.is_empty() {
                    last_heard.clone_from(&observations);
                }
                Call::Tick(clock, observations)
            }
            Step::SetObserving(now, observing) => Call::SetObserving(now.from(clock), observing),
            Step::SetProviderObserved(now, provider, observed) => {
                Call::SetProviderObserved(now.from(clock), provider.into(), observed)
            }
            Step::RespawnFailed(id) => Call::RespawnFailed(id, "no room".into()),
            Step::RespawnSucceeded(id, now) => Call::RespawnSucceeded(id, now.from(clock)),
        });
    }
    calls
}

fn make(machine: &mut WorkloadStateMachine, default: QuorumConfig, call: Call) -> Vec<StateMachineEvent> {
    match call {
        Call::Track(workload, config) if config == default => machine.track(workload),
        Call::Track(workload, config) => machine.track_with(workload, config),
        Call::Untrack(id) => machine.untrack(id),
        Call::Tick(now, observations) => return machine.tick(now, &observations),
        Call::SetObserving(now, observing) => machine.set_observing(now, observing),
        Call::SetProviderObserved(now, provider, observed) => machine.set_provider_observed(now, &provider, observed),
        Call::RespawnFailed(id, reason) => machine.notify_respawn_failed(id, &reason),
        Call::RespawnSucceeded(id, now) => machine.notify_respawn_succeeded(id, now),
    }
    Vec::new()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_machine_does_what_the_rules_say((default, beginning, steps) in history()) {
        let mut machine = WorkloadStateMachine::new(default);
        let mut model = Model::default();
        let mut numbers = BTreeMap::new();
        for call in calls(default, beginning, steps) {
            if let Call::Track(workload, config) = &call {
                numbers.insert(workload.workload_id, config.stale_secs);
            }
            prop_assert_eq!(make(&mut machine, default, call.clone()), model.call(call.clone()), "{:?}", call);
            let evidence = model.evidence();
            for id in IDS {
                prop_assert_eq!(machine.workload(id), model.workload(id), "{:?}", call);
                let counted: Vec<_> = machine
                    .evidence(id)
                    .into_iter()
                    .map(|relay| (relay.relay_url, (relay.event_timestamp, relay.heard_at, relay.seen_at)))
                    .collect();
                let expected = model.workload(id).map(|workload| {
                    let relays = &evidence[&(workload.provider_npub.clone(), numbers[&id])];
                    relays.iter().map(|(relay, counted)| (relay.clone(), *counted)).collect()
                });
                prop_assert_eq!(counted, expected.unwrap_or_else(Vec::new), "{:?}", call);
            }
            prop_assert_eq!(machine.is_observing(), model.is_observing());
            for provider in PROVIDERS {
                prop_assert_eq!(machine.is_provider_observed(provider), model.is_provider_observed(provider));
            }
        }
    }

    #[test]
    fn the_same_calls_give_the_same_events((default, beginning, steps) in history()) {
        let mut first = WorkloadStateMachine::new(default);
        let mut second = WorkloadStateMachine::new(default);
        for call in calls(default, beginning, steps) {
            prop_assert_eq!(make(&mut first, default, call.clone()), make(&mut second, default, call));
        }
    }
}

#[test]
fn random_histories_reach_every_event() {
    let mut runner = TestRunner::deterministic();
    let mut reached: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..300 {
        let (default, beginning, steps) = history().new_tree(&mut runner).expect("no filters").current();
        let mut machine = WorkloadStateMachine::new(default);
        for event in calls(default, beginning, steps).into_iter().flat_map(|call| make(&mut machine, default, call)) {
            let name = match event {
                StateMachineEvent::EnteredLive { .. } => "live",
                StateMachineEvent::EnteredSuspect { .. } => "suspect",
                StateMachineEvent::Evicted { .. } => "evicted",
                StateMachineEvent::PublishLeaseRevocation { .. } => "revoked",
                StateMachineEvent::AttemptRespawn { attempt: 1, .. } => "respawned",
                StateMachineEvent::AttemptRespawn { .. } => "respawned again",
                StateMachineEvent::Failed { .. } => "failed",
            };
            *reached.entry(name).or_default() += 1;
        }
    }
    let names = ["evicted", "failed", "live", "respawned", "respawned again", "revoked", "suspect"];
    assert_eq!(reached.keys().copied().collect::<Vec<_>>(), names);
    assert!(reached.values().all(|count| *count >= 30), "{reached:?}");
}
