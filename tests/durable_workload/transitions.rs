//! One test per row of PROTOCOL §10.3.

use super::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_provisioning_workload_goes_live_when_enough_relays_hear_its_provider() {
    let mut machine = machine_with([provisioning(1)]);
    assert_eq!(machine.tick(T0 + 5, &heard(T0)), [entered_live(1)]);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Live { since: T0 + 5 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_provisioning_workload_waits_for_ever() {
    let mut machine = machine_with([provisioning(1)]);
    assert_eq!(machine.tick(T0, &[beat(ONE, T0)]), []);
    assert_eq!(machine.tick(u64::MAX, &[]), []);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Provisioning { since: T0 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_live_workload_that_is_heard_keeps_the_instant_it_went_live() {
    let mut machine = live();
    assert_eq!(machine.tick(T0 + 60, &heard(T0 + 60)), []);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Live { since: T0 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_live_workload_becomes_suspect_after_t1_of_silence() {
    let mut machine = live();
    assert_eq!(machine.tick(T0 + T1 - 1, &[]), []);
    assert_eq!(machine.tick(T0 + T1, &[]), [entered_suspect(1)]);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Suspect { since: T0 + T1 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_suspect_workload_goes_live_when_heard_again() {
    let mut machine = suspect(workload(1, WorkloadState::Provisioning { since: 0 }));
    assert_eq!(machine.tick(T0 + 10, &heard(T0 + 10)), [entered_live(1)]);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Live { since: T0 + 10 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_suspect_workload_heard_in_the_tick_of_its_eviction_lives() {
    let mut machine = suspect(provisioning(1));
    assert_eq!(machine.tick(T0 + T2, &heard(T0 + T2)), [entered_live(1)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_suspect_workload_stays_so_until_t2_has_passed() {
    let mut machine = suspect(provisioning(1));
    assert_eq!(machine.tick(T0 + T2 - 1, &[]), []);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Suspect { since: T0 }));
    assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_lease_of_a_workload_on_warm_standby_is_revoked_with_its_eviction() {
    for restart_policy in [RestartPolicy::Never, up_to(0), up_to(3)] {
        let workload = warm_standby(1, WorkloadState::Provisioning { since: 0 }, &["b", "a"]);
        let mut machine = suspect(DurableWorkload { restart_policy, ..workload });
        assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), revocation(1, &["b", "a"])]);
        assert_eq!(machine.state_of(1), Some(&WorkloadState::Evicted { at: T0 + T2 }));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_lease_without_a_standby_named_is_revoked_all_the_same() {
    let mut machine = suspect(warm_standby(1, WorkloadState::Provisioning { since: 0 }, &[]));
    assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), revocation(1, &[])]);
}

#[wasm_bindgen_test(unsupported = test)]
fn an_evicted_workload_is_respawned_when_its_policy_allows() {
    for replication in [ReplicationMode::None, ReplicationMode::Checkpointed] {
        let mut machine = suspect(DurableWorkload { replication, restart_policy: up_to(1), ..provisioning(1) });
        assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
        let expected = WorkloadState::Respawning { since: T0 + T2, attempts_used: 1, last_error: None };
        assert_eq!(machine.state_of(1), Some(&expected));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn an_evicted_workload_with_no_attempts_allowed_fails() {
    let mut machine = suspect(DurableWorkload { restart_policy: up_to(0), ..provisioning(1) });
    let reason = "OnFailure with max_attempts=0";
    assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), failed(1, reason)]);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Failed { reason: reason.into() }));
}

#[wasm_bindgen_test(unsupported = test)]
fn an_evicted_workload_never_to_be_restarted_fails() {
    for replication in [ReplicationMode::None, ReplicationMode::Checkpointed] {
        let restart_policy = RestartPolicy::Never;
        let mut machine = suspect(DurableWorkload { replication, restart_policy, ..provisioning(1) });
        let reason = "RestartPolicy::Never on eviction";
        assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), failed(1, reason)]);
        assert_eq!(machine.state_of(1), Some(&WorkloadState::Failed { reason: reason.into() }));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn an_evicted_workload_stays_evicted_whatever_is_heard() {
    let state = WorkloadState::Evicted { at: T0 };
    let mut machine = machine_with([warm_standby(1, state.clone(), &["a"])]);
    assert_eq!(machine.tick(T0, &heard(T0)), []);
    assert_eq!(machine.tick(T0 + T1 + T2, &heard(T0 + T1 + T2)), []);
    assert_eq!(machine.state_of(1), Some(&state));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_respawning_workload_waits_for_the_caller_whatever_is_heard() {
    let mut machine = respawning(up_to(3));
    let before = machine.state_of(1).cloned();
    assert_eq!(machine.tick(T0 + 1, &heard(T0 + 1)), []);
    assert_eq!(machine.tick(T0 + T1 + T2, &[]), []);
    assert_eq!(machine.state_of(1).cloned(), before);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_failed_workload_stays_failed_whatever_is_heard() {
    let state = WorkloadState::Failed { reason: "gone".into() };
    let mut machine = machine_with([workload(1, state.clone())]);
    assert_eq!(machine.tick(T0, &heard(T0)), []);
    assert_eq!(machine.tick(T0 + T1 + T2, &[]), []);
    assert_eq!(machine.state_of(1), Some(&state));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_workload_makes_one_transition_a_tick() {
    let config = QuorumConfig { t2_secs: 0, ..QuorumConfig::default() };
    let mut machine = WorkloadStateMachine::new(config);
    machine.track(workload(1, WorkloadState::Live { since: 0 }));
    assert_eq!(machine.tick(T0, &[]), []);
    assert_eq!(machine.tick(T0 + T1 + T2, &[]), [entered_suspect(1)]);
    assert_eq!(machine.tick(T0 + T1 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
}
