//! The calls beside `tick`, one test per row of PROTOCOL §10.4, and the JSON forms.

use super::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_workload_is_tracked_in_the_state_it_is_given() {
    let given = warm_standby(1, WorkloadState::Evicted { at: 5 }, &["a"]);
    let machine = machine_with([given.clone()]);
    assert_eq!(machine.workload(1), Some(&given));
    assert_eq!(machine.state_of(1), Some(&given.state));
    assert_eq!((machine.workload(2), machine.state_of(2)), (None, None));
}

#[wasm_bindgen_test(unsupported = test)]
fn tracking_a_known_id_replaces_the_whole_record() {
    let mut machine = respawning(up_to(3));
    machine.notify_respawn_failed(1, "no room");
    let given = DurableWorkload { expires_at: 7, ..warm_standby(1, WorkloadState::Provisioning { since: 9 }, &[]) };
    machine.track(given.clone());
    assert_eq!(machine.workload(1), Some(&given));
    assert_eq!(machine.tick(T0 + 1, &[]), [], "what the old record was owed is gone with it");
}

#[wasm_bindgen_test(unsupported = test)]
fn an_untracked_workload_is_gone_and_an_unknown_one_is_no_error() {
    let mut machine = live();
    machine.untrack(2);
    machine.untrack(1);
    machine.untrack(1);
    assert_eq!(machine.workload(1), None);
    assert_eq!(machine.tick(T0 + T1, &[]), []);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_failed_attempt_with_attempts_left_asks_for_the_next_one() {
    let mut machine = respawning(up_to(3));
    machine.notify_respawn_failed(1, "no room");
    let state =
        |attempts_used| WorkloadState::Respawning { since: T0, attempts_used, last_error: Some("no room".into()) };
    assert_eq!(machine.state_of(1), Some(&state(1)));
    assert_eq!(machine.tick(T0 + 1, &[]), [attempt_respawn(1, 2)]);
    assert_eq!(machine.state_of(1), Some(&state(2)));
    assert_eq!(machine.tick(T0 + 2, &[]), [], "once");
}

#[wasm_bindgen_test(unsupported = test)]
fn one_attempt_reported_failed_twice_is_one_failure() {
    let mut machine = respawning(up_to(2));
    machine.notify_respawn_failed(1, "no room");
    machine.notify_respawn_failed(1, "no room at all");
    assert_eq!(machine.tick(T0 + 1, &[]), [attempt_respawn(1, 2)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_last_failed_attempt_fails_the_workload() {
    let mut machine = respawning(up_to(2));
    machine.notify_respawn_failed(1, "no room");
    assert_eq!(machine.tick(T0 + 1, &[]), [attempt_respawn(1, 2)]);
    machine.notify_respawn_failed(1, "still no room");
    let reason = "respawn exhausted after 2 attempt(s): still no room";
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Failed { reason: reason.into() }));
    assert_eq!(machine.tick(T0 + 2, &[]), [failed(1, reason)]);
    assert_eq!(machine.tick(T0 + 3, &[]), [], "once");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_workload_never_to_be_restarted_has_no_attempts() {
    let state = WorkloadState::Respawning { since: T0, attempts_used: 0, last_error: None };
    let mut machine = machine_with([DurableWorkload { restart_policy: RestartPolicy::Never, ..workload(1, state) }]);
    machine.notify_respawn_failed(1, "no room");
    assert_eq!(machine.tick(T0, &[]), [failed(1, "respawn exhausted after 0 attempt(s): no room")]);
}

#[wasm_bindgen_test(unsupported = test)]
fn every_one_of_255_attempts_is_asked_for_and_none_more() {
    let mut machine = respawning(up_to(u8::MAX));
    for attempt in 2..=u8::MAX {
        machine.notify_respawn_failed(1, "no room");
        assert_eq!(machine.tick(T0, &[]), [attempt_respawn(1, attempt)]);
    }
    machine.notify_respawn_failed(1, "no room");
    assert_eq!(machine.tick(T0, &[]), [failed(1, "respawn exhausted after 255 attempt(s): no room")]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_failure_counts_from_respawning_only() {
    for state in states().into_iter().filter(|state| !matches!(state, WorkloadState::Respawning { .. })) {
        let mut machine = machine_with([workload(1, state.clone())]);
        machine.notify_respawn_failed(1, "no room");
        machine.notify_respawn_failed(2, "no room");
        assert_eq!(machine.state_of(1), Some(&state));
        assert_eq!(machine.tick(T0, &[]), []);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_respawned_workload_is_live_from_the_time_reported() {
    let mut machine = respawning(up_to(3));
    machine.notify_respawn_succeeded(1, T0 + 30);
    assert_eq!(machine.state_of(1), Some(&WorkloadState::Live { since: T0 + 30 }));
    assert_eq!(machine.tick(T0 + 31, &[]), [entered_live(1)]);
    assert_eq!(machine.tick(T0 + 30 + T1 - 1, &[]), []);
    assert_eq!(machine.tick(T0 + 30 + T1, &[]), [entered_suspect(1)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_success_after_a_failure_asks_for_no_further_attempt() {
    let mut machine = respawning(up_to(3));
    machine.notify_respawn_failed(1, "slow");
    machine.notify_respawn_succeeded(1, T0);
    assert_eq!(machine.tick(T0 + 1, &[]), [entered_live(1)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_success_counts_from_respawning_only() {
    for state in states().into_iter().filter(|state| !matches!(state, WorkloadState::Respawning { .. })) {
        let mut machine = machine_with([workload(1, state.clone())]);
        machine.notify_respawn_succeeded(1, T0);
        machine.notify_respawn_succeeded(2, T0);
        assert_eq!(machine.state_of(1), Some(&state));
        assert_eq!(machine.tick(T0, &[]), []);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn attempts_are_counted_anew_after_a_respawn_that_held() {
    let mut machine = respawning(up_to(2));
    machine.notify_respawn_failed(1, "no room");
    assert_eq!(machine.tick(T0, &[]), [attempt_respawn(1, 2)]);
    machine.notify_respawn_succeeded(1, T0);
    assert_eq!(machine.tick(T0 + T1, &[]), [entered_live(1), entered_suspect(1)]);
    assert_eq!(machine.tick(T0 + T1 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_json_forms_are_tagged_by_slugs() {
    let json = |value: serde_json::Value| value.to_string();
    let standby = ReplicationMode::WarmStandby { standby_providers: vec!["a".into()] };
    let replication = [ReplicationMode::None, ReplicationMode::Checkpointed, standby];
    let replication = replication.map(|mode| json(serde_json::to_value(mode).expect("plain data")));
    let standby = r#"{"mode":"warm-standby","standby_providers":["a"]}"#;
    assert_eq!(replication, [r#"{"mode":"none"}"#, r#"{"mode":"checkpointed"}"#, standby]);

    let policies = [RestartPolicy::Never, RestartPolicy::default()];
    let policies = policies.map(|policy| json(serde_json::to_value(policy).expect("plain data")));
    assert_eq!(policies, [r#"{"policy":"never"}"#, r#"{"max_attempts":3,"policy":"on-failure"}"#]);

    let numbers: QuorumConfig = serde_json::from_str(r#"{"m":1,"t1_secs":7}"#).expect("the rest is default");
    assert_eq!(numbers, QuorumConfig { m: 1, n: 3, t1_secs: 7, t2_secs: 300, stale_secs: 180 });
}

#[wasm_bindgen_test(unsupported = test)]
fn a_machine_read_back_from_json_goes_on_where_it_was() {
    let mut machine = live();
    machine.set_provider_observed(T0 + 10, PROVIDER, false);
    machine.set_provider_observed(T0 + 20, PROVIDER, true);
    machine.set_observing(T0 + 30, false);
    let text = serde_json::to_string(&machine).expect("plain data");
    let mut copy: WorkloadStateMachine = serde_json::from_str(&text).expect("what was written just now");
    for machine in [&mut machine, &mut copy] {
        assert!(!machine.is_observing());
        machine.set_observing(T0 + 40, true);
        assert_eq!(machine.tick(T0 + T1 + 19, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + 20, &[]), [entered_suspect(1)]);
    }
}

fn states() -> [WorkloadState; 6] {
    [
        WorkloadState::Provisioning { since: T0 },
        WorkloadState::Live { since: T0 },
        WorkloadState::Suspect { since: T0 },
        WorkloadState::Evicted { at: T0 },
        WorkloadState::Respawning { since: T0, attempts_used: 1, last_error: None },
        WorkloadState::Failed { reason: "gone".into() },
    ]
}
