//! The workload state machine, transition by transition and rule by rule. One source for the native run, Node and the
//! browser.

mod calls;
mod rules;
mod transitions;

use paygress::durable_workload::{
    DurableWorkload, HeartbeatObservation, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent,
    WorkloadState, WorkloadStateMachine,
};

const PROVIDER: &str = "provider";
const ONE: &str = "wss://one.example";
const TWO: &str = "wss://two.example";
const THREE: &str = "wss://three.example";
const T0: u64 = 1_000_000;
const T1: u64 = 120;
const T2: u64 = 300;
const STALE: u64 = 180;

fn workload(workload_id: u32, state: WorkloadState) -> DurableWorkload {
    DurableWorkload {
        workload_id,
        provider_npub: PROVIDER.into(),
        state,
        replication: ReplicationMode::None,
        restart_policy: RestartPolicy::default(),
        state_uri: None,
        created_at: T0,
        expires_at: T0 + 3_600,
    }
}

fn provisioning(workload_id: u32) -> DurableWorkload {
    workload(workload_id, WorkloadState::Provisioning { since: T0 })
}

fn warm_standby(workload_id: u32, state: WorkloadState, standbys: &[&str]) -> DurableWorkload {
    let standby_providers = standbys.iter().map(ToString::to_string).collect();
    DurableWorkload { replication: ReplicationMode::WarmStandby { standby_providers }, ..workload(workload_id, state) }
}

fn machine_with(workloads: impl IntoIterator<Item = DurableWorkload>) -> WorkloadStateMachine {
    let mut machine = WorkloadStateMachine::new(QuorumConfig::default());
    workloads.into_iter().for_each(|workload| machine.track(workload));
    machine
}

/// Workload 1, live since `T0`.
fn live() -> WorkloadStateMachine {
    let mut machine = machine_with([provisioning(1)]);
    assert_eq!(machine.tick(T0, &heard(T0)), [entered_live(1)]);
    machine
}

/// That workload, suspect since `T0`.
fn suspect(workload: DurableWorkload) -> WorkloadStateMachine {
    let mut machine =
        machine_with([DurableWorkload { state: WorkloadState::Live { since: T0 - T1 }, ..workload.clone() }]);
    assert_eq!(machine.tick(T0 - T1, &[]), []);
    assert_eq!(machine.tick(T0, &[]), [entered_suspect(workload.workload_id)]);
    machine
}

/// Workload 1 with that policy, respawning since `T0`.
fn respawning(restart_policy: RestartPolicy) -> WorkloadStateMachine {
    let state = WorkloadState::Suspect { since: T0 - T2 };
    let mut machine = machine_with([DurableWorkload { restart_policy, ..workload(1, state) }]);
    assert_eq!(machine.tick(T0 - T2, &[]), []);
    assert_eq!(machine.tick(T0, &[]), [evicted(1), attempt_respawn(1, 1)]);
    machine
}

fn up_to(max_attempts: u8) -> RestartPolicy {
    RestartPolicy::OnFailure { max_attempts }
}

fn beat(relay: &str, event_timestamp: u64) -> HeartbeatObservation {
    beat_of(PROVIDER, relay, event_timestamp)
}

fn beat_of(provider: &str, relay: &str, event_timestamp: u64) -> HeartbeatObservation {
    HeartbeatObservation {
        provider_npub: provider.into(),
        relay_url: relay.into(),
        seen_at: event_timestamp.saturating_add(1),
        event_timestamp,
    }
}

/// The provider's heartbeat of that time, by two relays.
fn heard(event_timestamp: u64) -> [HeartbeatObservation; 2] {
    [beat(ONE, event_timestamp), beat(TWO, event_timestamp)]
}

fn entered_live(workload_id: u32) -> StateMachineEvent {
    StateMachineEvent::EnteredLive { workload_id }
}

fn entered_suspect(workload_id: u32) -> StateMachineEvent {
    StateMachineEvent::EnteredSuspect { workload_id }
}

fn evicted(workload_id: u32) -> StateMachineEvent {
    StateMachineEvent::Evicted { workload_id, reason: "heartbeat-quorum-lost-past-t2".into() }
}

fn revocation(workload_id: u32, standbys: &[&str]) -> StateMachineEvent {
    let standby_providers = standbys.iter().map(ToString::to_string).collect();
    StateMachineEvent::PublishLeaseRevocation { workload_id, standby_providers }
}

fn attempt_respawn(workload_id: u32, attempt: u8) -> StateMachineEvent {
    StateMachineEvent::AttemptRespawn { workload_id, attempt }
}

fn failed(workload_id: u32, reason: &str) -> StateMachineEvent {
    StateMachineEvent::Failed { workload_id, reason: reason.into() }
}
