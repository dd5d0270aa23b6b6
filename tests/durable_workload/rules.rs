//! The rules of DESIGN §4, each with its edge.

use super::*;
use wasm_bindgen_test::wasm_bindgen_test;

mod evidence {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn relays_may_speak_in_different_ticks() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &[beat(ONE, T0)]), []);
        assert_eq!(machine.tick(T0 + 60, &[beat(TWO, T0 + 60)]), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_relay_heard_often_is_one_relay() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &[beat(ONE, T0), beat(ONE, T0), beat(ONE, T0 + 1)]), []);
        assert_eq!(machine.tick(T0 + 1, &[beat(ONE, T0 + 2)]), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn relay_urls_are_compared_as_given() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &[beat("wss://r", T0), beat("wss://r/", T0)]), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn heartbeats_of_others_count_for_nothing() {
        let mut machine = machine_with([provisioning(1)]);
        let others = [beat_of("Provider", ONE, T0), beat_of("provider ", TWO, T0), beat_of("", THREE, T0)];
        assert_eq!(machine.tick(T0, &others), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_heartbeat_as_old_as_allowed_counts_and_one_a_second_older_does_not() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &heard(T0 - STALE - 1)), []);
        assert_eq!(machine.tick(T0, &heard(T0 - STALE)), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_heartbeat_from_more_than_120_seconds_ahead_proves_nothing() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &heard(T0 + 121)), []);
        assert_eq!(machine.tick(T0, &heard(T0 + 120)), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_heartbeat_refused_as_from_the_future_does_not_shut_out_later_ones() {
        let mut machine = machine_with([provisioning(1)]);
        assert_eq!(machine.tick(T0, &heard(u64::MAX)), []);
        assert_eq!(machine.tick(T0, &heard(T0)), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_replayed_heartbeat_never_extends_a_life() {
        let mut machine = live();
        for elapsed in 1..T1 {
            assert_eq!(machine.tick(T0 + elapsed, &heard(T0)), []);
        }
        assert_eq!(machine.tick(T0 + T1, &heard(T0)), [entered_suspect(1)]);
        assert_eq!(machine.tick(T0 + T1 + 1, &heard(T0)), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn an_older_heartbeat_after_a_newer_one_counts_for_nothing() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 60, &heard(T0 - 1)), []);
        assert_eq!(machine.tick(T0 + T1, &heard(T0 - 1)), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_newer_heartbeat_extends_a_life_by_the_time_it_was_heard() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 100, &heard(T0 + 1)), []);
        assert_eq!(machine.tick(T0 + 100 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + 100 + T1, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_quorum_is_as_old_as_the_relay_that_completes_it() {
        let mut machine = machine_with([provisioning(1)]);
        let all = [beat(ONE, T0), beat(TWO, T0), beat(THREE, T0)];
        assert_eq!(machine.tick(T0, &all), [entered_live(1)]);
        assert_eq!(machine.tick(T0 + 50, &[beat(TWO, T0 + 50)]), []);
        assert_eq!(machine.tick(T0 + 90, &[beat(ONE, T0 + 90)]), []);
        assert_eq!(machine.tick(T0 + 50 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + 50 + T1, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_relay_alone_does_not_keep_a_workload_alive() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 60, &[beat(ONE, T0 + 60)]), []);
        assert_eq!(machine.tick(T0 + T1, &[beat(ONE, T0 + T1)]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_fresh_track_keeps_what_was_heard() {
        let mut machine = live();
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0 + T1 - 1, &[]), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_fresh_track_with_other_numbers_keeps_what_counts_by_them() {
        let mut machine = machine_with([provisioning(1)]);
        let late = [beat(ONE, T0 - 100), beat(TWO, T0 - 100)];
        assert_eq!(machine.tick(T0, &late), [entered_live(1)]);
        machine.track_with(provisioning(1), QuorumConfig { stale_secs: 100, ..QuorumConfig::default() });
        assert_eq!(machine.tick(T0 + 1, &[]), [entered_live(1)]);
        machine.track_with(provisioning(1), QuorumConfig { stale_secs: 99, ..QuorumConfig::default() });
        assert_eq!(machine.tick(T0 + 2, &[]), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_fresh_track_with_other_numbers_takes_a_heartbeat_as_it_was_heard_first() {
        let own = |stale_secs| QuorumConfig { stale_secs, ..QuorumConfig::default() };
        for order in [[1, 2], [2, 1]] {
            let mut machine = machine_with([]);
            for id in order {
                machine.track_with(provisioning(id), own(if id == 1 { 180 } else { 60 }));
            }
            // Too old for workload 2 until the clock goes back, and heard by it again then.
            let old = [beat(ONE, T0 - 104)];
            assert_eq!(machine.tick(T0, &old), []);
            assert_eq!(machine.tick(T0 - 104, &[HeartbeatObservation { seen_at: T0, ..old[0].clone() }]), []);
            machine.track_with(provisioning(3), own(0));
            assert_eq!(machine.evidence(3)[0].seen_at, T0 - 104, "tracked in the order {order:?}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn evidence_is_kept_only_for_providers_that_a_workload_names() {
        let mut machine = machine_with([]);
        assert_eq!(machine.tick(T0, &heard(T0)), []);
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0 + 1, &[]), [], "heard before anybody asked");
        assert_eq!(machine.tick(T0 + 2, &heard(T0 + 2)), [entered_live(1)]);
        machine.track(provisioning(2));
        machine.untrack(1);
        assert_eq!(machine.tick(T0 + 3, &[]), [entered_live(2)]);
        machine.untrack(2);
        machine.track(provisioning(3));
        assert_eq!(machine.tick(T0 + 4, &[]), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn evidence_of_a_provider_is_forgotten_when_its_workload_moves_away() {
        let mut machine = live();
        machine.track(DurableWorkload { provider_npub: "other".into(), ..provisioning(1) });
        machine.track(provisioning(1));
        assert_eq!(machine.evidence(1), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn evidence_tells_when_each_relay_was_heard() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 60, &[beat(TWO, T0 + 58), beat(TWO, T0 + 57)]), []);
        let evidence = machine.evidence(1);
        let told: Vec<_> = evidence
            .iter()
            .map(|relay| (relay.relay_url.as_str(), relay.heard_at, relay.seen_at, relay.event_timestamp))
            .collect();
        assert_eq!(told, [(ONE, T0, T0 + 1, T0), (TWO, T0 + 60, T0 + 59, T0 + 58)]);
        assert_eq!(machine.evidence(2), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn arithmetic_saturates_at_both_ends_of_time() {
        let config = QuorumConfig { m: 1, n: 1, t1_secs: u64::MAX, t2_secs: u64::MAX, stale_secs: u64::MAX };
        let mut machine = WorkloadStateMachine::new(config);
        machine.track(workload(1, WorkloadState::Live { since: u64::MAX }));
        machine.track(workload(2, WorkloadState::Provisioning { since: 0 }));
        machine.track(workload(3, WorkloadState::Suspect { since: u64::MAX }));
        assert_eq!(machine.tick(0, &[beat(ONE, 121)]), []);
        assert_eq!(machine.tick(u64::MAX - 1, &[]), []);
        let everything = machine.tick(u64::MAX, &[beat(ONE, u64::MAX), beat(TWO, 0)]);
        assert_eq!(everything, [entered_live(2), entered_live(3)]);
        assert_eq!(machine.tick(0, &[beat(ONE, 0)]), []);
    }
}

mod silence {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_healthy_workload_never_leaves_live_whatever_the_tick_rate() {
        for rate in [1, 7, 15, 60, 90, 600] {
            let mut machine = live();
            let mut beats = (T0 + 60..).step_by(60).peekable();
            for now in (T0..T0 + 7_200).step_by(rate) {
                let mut observations = Vec::new();
                while let Some(time) = beats.next_if(|time| *time <= now) {
                    observations.extend(heard(time));
                }
                assert_eq!(machine.tick(now, &observations), [], "at {} with a tick every {rate} s", now - T0);
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn silence_is_not_counted_before_the_first_tick_after_track() {
        let mut machine = machine_with([workload(1, WorkloadState::Live { since: 0 })]);
        assert_eq!(machine.tick(T0, &[]), []);
        assert_eq!(machine.tick(T0 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + T1, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn silence_is_not_counted_before_the_present_state_was_entered() {
        let mut machine = machine_with([workload(1, WorkloadState::Live { since: T0 + 50 })]);
        assert_eq!(machine.tick(T0, &[]), []);
        assert_eq!(machine.tick(T0 + 50 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + 50 + T1, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_second_track_starts_the_silence_anew() {
        let mut machine = machine_with([workload(1, WorkloadState::Live { since: T0 })]);
        assert_eq!(machine.tick(T0, &[]), []);
        machine.track(workload(1, WorkloadState::Live { since: T0 }));
        assert_eq!(machine.tick(T0 + T1, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + T1, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_workload_tracked_as_suspect_has_t2_from_the_first_tick() {
        for since in [0, T0, u64::MAX] {
            let mut machine = machine_with([workload(1, WorkloadState::Suspect { since })]);
            assert_eq!(machine.tick(T0, &[]), []);
            assert_eq!(machine.tick(T0 + T2 - 1, &[]), []);
            assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_quorum_holds_until_t1_after_it_was_heard() {
        let mut machine = live();
        machine.track(provisioning(1));
        machine.track(workload(2, WorkloadState::Suspect { since: T0 }));
        let mut late = machine.clone();
        assert_eq!(machine.tick(T0 + T1 - 1, &[]), [entered_live(1), entered_live(2)]);
        assert_eq!(late.tick(T0 + T1, &[]), []);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_t1_of_zero_behaves_as_one() {
        let mut machine = WorkloadStateMachine::new(QuorumConfig { t1_secs: 0, ..QuorumConfig::default() });
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0, &heard(T0)), [entered_live(1)]);
        assert_eq!(machine.tick(T0, &[]), []);
        assert_eq!(machine.tick(T0 + 1, &[]), [entered_suspect(1)]);
        assert_eq!(machine.tick(T0 + 2, &[]), []);
    }
}

mod blindness {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn both_start_as_observed() {
        let machine = machine_with([]);
        assert!(machine.is_observing());
        assert!(machine.is_provider_observed(PROVIDER));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn t1_stands_still_while_the_machine_is_blind() {
        let mut machine = live();
        machine.set_observing(T0 + T1 - 1, false);
        assert!(!machine.is_observing());
        assert_eq!(machine.tick(T0 + 100_000, &[]), []);
        machine.set_observing(T0 + 100_000, true);
        assert!(machine.is_observing());
        assert_eq!(machine.tick(T0 + 100_000, &[]), []);
        assert_eq!(machine.tick(T0 + 100_001, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn t2_stands_still_while_the_machine_is_blind() {
        let mut machine = suspect(provisioning(1));
        machine.set_observing(T0 + 10, false);
        machine.set_observing(T0 + 1_010, true);
        assert_eq!(machine.tick(T0 + 1_000 + T2 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + 1_000 + T2, &[]), [evicted(1), attempt_respawn(1, 1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn t1_and_t2_stand_still_while_the_provider_is_blind_and_for_others_they_run() {
        let mut machine = live();
        machine
            .track(DurableWorkload { provider_npub: "other".into(), ..workload(2, WorkloadState::Live { since: T0 }) });
        assert_eq!(machine.tick(T0, &[]), []);
        machine.set_provider_observed(T0 + 100, PROVIDER, false);
        assert!(!machine.is_provider_observed(PROVIDER));
        assert!(machine.is_provider_observed("other"));
        assert!(machine.is_observing());
        assert_eq!(machine.tick(T0 + T1, &[]), [entered_suspect(2)]);
        machine.set_provider_observed(T0 + 150, PROVIDER, true);
        assert_eq!(machine.tick(T0 + T1 + 49, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + 50, &[]), [entered_suspect(1)]);
        machine.set_provider_observed(T0 + T1 + 50, PROVIDER, false);
        assert_eq!(machine.tick(T0 + 9_000, &[]), [evicted(2), attempt_respawn(2, 1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_second_is_observed_when_machine_and_provider_both_see() {
        let mut machine = live();
        machine.set_observing(T0 + 10, false);
        machine.set_provider_observed(T0 + 20, PROVIDER, false);
        machine.set_observing(T0 + 30, true);
        machine.set_provider_observed(T0 + 40, PROVIDER, true);
        machine.set_observing(T0 + 50, false);
        machine.set_observing(T0 + 60, true);
        assert_eq!(machine.tick(T0 + T1 + 39, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + 40, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn saying_the_same_again_changes_nothing() {
        let mut machine = live();
        machine.set_observing(T0 + 5, true);
        machine.set_observing(T0 + 10, false);
        machine.set_observing(T0 + 20, false);
        machine.set_observing(T0 + 30, true);
        machine.set_observing(T0 + 40, true);
        assert_eq!(machine.tick(T0 + T1 + 19, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + 20, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn blindness_declared_for_a_time_before_the_last_tick_begins_there() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 100, &[]), []);
        machine.set_observing(T0 + 50, false);
        assert_eq!(machine.tick(T0 + 10_000, &[]), []);
        machine.set_observing(T0 + 10_000, true);
        assert_eq!(machine.tick(T0 + 10_069, &[]), []);
        assert_eq!(machine.tick(T0 + 10_070, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn sight_declared_for_a_time_before_the_last_tick_returns_with_the_next() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + 100, &[]), []);
        machine.set_observing(T0 + 90, false);
        machine.set_observing(T0 + 95, true);
        assert!(machine.is_observing());
        assert_eq!(machine.tick(T0 + 10_000, &[]), []);
        assert_eq!(machine.tick(T0 + 10_029, &[]), []);
        assert_eq!(machine.tick(T0 + 10_030, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn spans_declared_out_of_order_are_blind_all_the_same() {
        let mut machine = live();
        machine.set_observing(T0 + 60, false);
        machine.set_observing(T0 + 70, true);
        machine.set_observing(T0 + 10, false);
        machine.set_observing(T0 + 20, true);
        machine.set_provider_observed(T0 + 65, PROVIDER, false);
        machine.set_provider_observed(T0 + 75, PROVIDER, true);
        assert_eq!(machine.tick(T0 + T1 + 24, &[]), []);
        assert_eq!(machine.tick(T0 + T1 + 25, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn blindness_never_makes_an_old_heartbeat_young() {
        let mut machine = live();
        machine.set_observing(T0, false);
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0 + T1, &[]), []);
        assert_eq!(machine.state_of(1), Some(&WorkloadState::Provisioning { since: T0 }));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_heard_while_blind_counts() {
        let mut machine = suspect(provisioning(1));
        machine.set_observing(T0, false);
        machine.set_provider_observed(T0, PROVIDER, false);
        assert_eq!(machine.tick(T0 + 5, &heard(T0 + 5)), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_provider_may_be_declared_blind_before_a_workload_names_it() {
        let mut machine = machine_with([]);
        machine.set_provider_observed(T0 - 50, PROVIDER, false);
        assert_eq!(machine.tick(T0 - 10, &[]), []);
        machine.track(workload(1, WorkloadState::Live { since: T0 }));
        assert_eq!(machine.tick(T0, &[]), []);
        assert!(!machine.is_provider_observed(PROVIDER));
        assert_eq!(machine.tick(T0 + 1_000, &[]), []);
        machine.untrack(1);
        assert!(!machine.is_provider_observed(PROVIDER));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_workload_may_be_judged_by_its_own_numbers() {
        let own = QuorumConfig { m: 1, n: 1, t1_secs: 10, t2_secs: 20, stale_secs: 600 };
        let mut machine = machine_with([provisioning(1)]);
        machine.track_with(provisioning(2), own);
        assert_eq!(machine.tick(T0, &[beat(ONE, T0 - 600), beat(TWO, T0)]), [entered_live(2)]);
        assert_eq!(machine.evidence(1).len(), 1);
        assert_eq!(machine.evidence(2).len(), 2);
        assert_eq!(machine.tick(T0 + 10, &[]), [entered_suspect(2)]);
        assert_eq!(machine.tick(T0 + 30, &[]), [evicted(2), attempt_respawn(2, 1)]);
        machine.track(provisioning(2));
        assert_eq!(machine.tick(T0 + 31, &[beat(ONE, T0 + 31)]), [entered_live(1), entered_live(2)]);
    }
}

mod order {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn events_come_by_workload_id_and_those_of_notify_come_first() {
        let mut machine = machine_with([
            workload(9, WorkloadState::Respawning { since: T0, attempts_used: 1, last_error: None }),
            workload(5, WorkloadState::Respawning { since: T0, attempts_used: 3, last_error: None }),
            workload(7, WorkloadState::Respawning { since: T0, attempts_used: 1, last_error: None }),
            provisioning(2),
            provisioning(8),
        ]);
        machine.notify_respawn_failed(9, "nine");
        machine.notify_respawn_succeeded(7, T0);
        machine.notify_respawn_failed(5, "five");
        let expected = [
            failed(5, "respawn exhausted after 3 attempt(s): five"),
            entered_live(7),
            attempt_respawn(9, 2),
            entered_live(2),
            entered_live(8),
        ];
        assert_eq!(machine.tick(T0, &heard(T0)), expected);
    }
}

mod clock {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn an_m_of_zero_behaves_as_one() {
        let mut machine = WorkloadStateMachine::new(QuorumConfig { m: 0, ..QuorumConfig::default() });
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0, &[]), []);
        assert_eq!(machine.tick(T0, &[beat(ONE, T0)]), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn relay_counts_do_not_wrap() {
        for relays in [255, 256, 257, 512] {
            let mut machine = WorkloadStateMachine::new(QuorumConfig { m: u8::MAX, ..QuorumConfig::default() });
            machine.track(provisioning(1));
            let beats: Vec<_> = (0..relays).map(|relay| beat(&format!("wss://{relay}.example"), T0)).collect();
            assert_eq!(machine.tick(T0, &beats[..254]), []);
            assert_eq!(machine.tick(T0, &beats), [entered_live(1)], "{relays} relays");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn t1_does_not_fire_in_the_tick_in_which_the_clock_goes_back() {
        let mut machine = respawning(up_to(3));
        assert_eq!(machine.tick(T0 + 1_000, &[]), []);
        machine.notify_respawn_succeeded(1, T0);
        let mut forward = machine.clone();
        assert_eq!(forward.tick(T0 + 1_000, &[]), [entered_live(1), entered_suspect(1)]);
        assert_eq!(machine.tick(T0 + 999, &[]), [entered_live(1)]);
        assert_eq!(machine.tick(T0 + 998, &[]), []);
        assert_eq!(machine.tick(T0 + 998, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn t2_does_not_fire_in_the_tick_in_which_the_clock_goes_back() {
        let mut machine = WorkloadStateMachine::new(QuorumConfig { t2_secs: 0, ..QuorumConfig::default() });
        machine.track(workload(1, WorkloadState::Live { since: T0 }));
        assert_eq!(machine.tick(T0, &[]), []);
        assert_eq!(machine.tick(T0 + T1, &[]), [entered_suspect(1)]);
        assert_eq!(machine.tick(T0 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 + T1 - 1, &[]), [evicted(1), attempt_respawn(1, 1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn blind_spans_of_the_future_end_in_the_present_when_the_clock_goes_back() {
        let mut machine = live();
        machine.set_observing(T0 + 10, false);
        machine.set_observing(T0 + 60, true);
        machine.set_provider_observed(T0 + 70, PROVIDER, false);
        assert_eq!(machine.tick(T0 + 100, &[]), []);
        assert_eq!(machine.tick(T0 + 30, &[]), []);
        assert_eq!(machine.tick(T0 + 1_000, &[]), []);
        machine.set_provider_observed(T0 + 1_000, PROVIDER, true);
        assert_eq!(machine.tick(T0 + 1_109, &[]), []);
        assert_eq!(machine.tick(T0 + 1_110, &[]), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn instants_of_the_future_become_the_present_when_the_clock_goes_back() {
        let mut machine = live();
        machine.track(provisioning(2));
        assert_eq!(machine.tick(T0, &[]), [entered_live(2)]);
        assert_eq!(machine.tick(T0 - 500, &[]), []);
        assert_eq!(machine.state_of(1), Some(&WorkloadState::Live { since: T0 - 500 }));
        assert!(machine.evidence(1).iter().all(|relay| relay.heard_at == T0 - 500));
        assert_eq!(machine.tick(T0 - 500 + T1 - 1, &[]), []);
        assert_eq!(machine.tick(T0 - 500 + T1, &[]), [entered_suspect(1), entered_suspect(2)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_heartbeat_counted_before_the_clock_went_back_is_not_counted_again() {
        let mut machine = live();
        let mut now = T0 - 10;
        assert_eq!(machine.tick(now, &heard(T0)), []);
        let from = now;
        while now < from + T1 - 1 {
            now += 1;
            assert_eq!(machine.tick(now, &heard(T0)), []);
        }
        assert_eq!(machine.tick(from + T1, &heard(T0)), [entered_suspect(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_workload_heard_in_the_tick_in_which_the_clock_goes_back_goes_live() {
        let mut machine = suspect(provisioning(1));
        assert_eq!(machine.tick(T0 - 50, &heard(T0 - 50)), [entered_live(1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn two_ticks_of_the_same_second_are_ordinary() {
        let mut machine = live();
        assert_eq!(machine.tick(T0 + T1, &[]), [entered_suspect(1)]);
        assert_eq!(machine.tick(T0 + T1, &[]), []);
        assert_eq!(machine.tick(T0 + T1, &heard(T0 + T1)), [entered_live(1)]);
    }
}

mod revocation {
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_revoked_workload_is_never_live_again_without_a_fresh_track() {
        let mut machine = suspect(warm_standby(1, WorkloadState::Provisioning { since: 0 }, &["a"]));
        assert_eq!(machine.tick(T0 + T2, &[]), [evicted(1), super::revocation(1, &["a"])]);
        let given_up = WorkloadState::Evicted { at: T0 + T2 };
        assert_eq!(machine.state_of(1), Some(&given_up));
        machine.notify_respawn_succeeded(1, T0 + T2);
        machine.notify_respawn_failed(1, "no room");
        machine.set_observing(T0 + T2, true);
        assert_eq!(machine.tick(T0 + T2, &heard(T0 + T2)), []);
        assert_eq!(machine.tick(T0 + T2 + 60, &heard(T0 + T2 + 60)), []);
        assert_eq!(machine.state_of(1), Some(&given_up));
        machine.track(provisioning(1));
        assert_eq!(machine.tick(T0 + T2 + 61, &[]), [entered_live(1)]);
    }
}
