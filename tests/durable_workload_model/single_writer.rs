//! Never two writers: the primary stops before its lease is revoked, and only a revocation starts the standby.

use std::collections::VecDeque;

use paygress::durable_workload::{
    DurableWorkload, HeartbeatObservation, QuorumConfig, ReplicationMode, RestartPolicy, StateMachineEvent,
    WorkloadState, WorkloadStateMachine,
};
use proptest::prelude::*;

const WORKLOAD: u32 = 7;
const PRIMARY: &str = "primary";
const STANDBY: &str = "standby";
const RELAYS: [&str; 3] = ["wss://1", "wss://2", "wss://3"];

/// What happens around one tick.
#[derive(Debug, Clone)]
struct Round {
    forward: u64,
    /// The primary's clock goes back by so much first.
    back: u64,
    primary_beats: bool,
    standby_beats: bool,
    /// Which relays lose what they are given in this round.
    lost: [bool; 3],
    /// Relays repeat everything of the round before.
    repeats: bool,
    observing: Option<bool>,
    primary_observed: Option<bool>,
    /// What the controller reports although nobody asked for a respawn.
    reports: Option<bool>,
}

fn round() -> impl Strategy<Value = Round> {
    let outage = prop_oneof![3 => Just([true; 3]), 4 => any::<[bool; 3]>(), 1 => Just([false; 3])];
    let forward = prop_oneof![6 => 1_u64..20, 6 => 20_u64..90, 1 => 90_u64..400];
    let back = prop_oneof![12 => Just(0), 1 => 1_u64..500];
    let said = || prop_oneof![8 => Just(None), 2 => Just(Some(true)), 1 => Just(Some(false))];
    let beats = (prop::bool::weighted(0.5), prop::bool::weighted(0.8));
    let reports = prop_oneof![6 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (forward, back, beats, outage, prop::bool::weighted(0.2), said(), said(), reports).prop_map(
        |(forward, back, (primary_beats, standby_beats), lost, repeats, observing, primary_observed, reports)| Round {
            forward,
            back,
            primary_beats,
            standby_beats,
            lost,
            repeats,
            observing,
            primary_observed,
            reports,
        },
    )
}

fn tracked(provider: &str, replication: ReplicationMode, now: u64) -> DurableWorkload {
    DurableWorkload {
        workload_id: WORKLOAD,
        provider_npub: provider.into(),
        state: WorkloadState::Provisioning { since: now },
        replication,
        restart_policy: RestartPolicy::default(),
        state_uri: None,
        created_at: now,
        expires_at: u64::MAX,
    }
}

fn is_live(machine: &WorkloadStateMachine) -> bool {
    matches!(machine.state_of(WORKLOAD), Some(WorkloadState::Live { .. }))
}

/// A workload may run where it is live and where it is not given up yet.
fn may_write(machine: &WorkloadStateMachine) -> bool {
    is_live(machine) || matches!(machine.state_of(WORKLOAD), Some(WorkloadState::Suspect { .. }))
}

/// How the rounds went: revoked, and the standby went live.
fn play(rounds: &[Round]) -> Result<(bool, bool), TestCaseError> {
    let config = QuorumConfig { t1_secs: 60, t2_secs: 120, ..QuorumConfig::default() };
    let mut now = 1_000_000;
    let mut primary = WorkloadStateMachine::new(config);
    let mut standby = WorkloadStateMachine::new(config);
    let standby_providers = vec![STANDBY.to_owned()];
    primary.track(tracked(PRIMARY, ReplicationMode::WarmStandby { standby_providers }, now));

    let mut revoked = false;
    let mut took_over = false;
    // Revocations on their way, by relay.
    let mut under_way: [VecDeque<u32>; 3] = Default::default();
    let mut before: Vec<HeartbeatObservation> = Vec::new();

    for round in rounds {
        now = (now + round.forward).saturating_sub(round.back);
        let beating = [(PRIMARY, round.primary_beats), (STANDBY, round.standby_beats)];
        let mut heard = Vec::new();
        for (provider, _) in beating.into_iter().filter(|(_, beats)| *beats) {
            for (relay, _) in RELAYS.into_iter().zip(round.lost).filter(|(_, lost)| !lost) {
                heard.push(HeartbeatObservation {
                    provider_npub: provider.into(),
                    relay_url: relay.into(),
                    seen_at: now,
                    event_timestamp: now,
                });
            }
        }
        let fresh = heard.clone();
        if round.repeats {
            heard.append(&mut before);
        }
        before = fresh;

        if let Some(observing) = round.observing {
            primary.set_observing(now, observing);
        }
        if let Some(observed) = round.primary_observed {
            primary.set_provider_observed(now, PRIMARY, observed);
        }
        match round.reports {
            Some(true) => primary.notify_respawn_succeeded(WORKLOAD, now),
            Some(false) => primary.notify_respawn_failed(WORKLOAD, "no room"),
            None => {}
        }

        // The standby looks first: it may take over only by what was revoked in an earlier round.
        for (relay, lost) in under_way.iter_mut().zip(round.lost) {
            if let Some(workload_id) = relay.pop_front().filter(|_| !lost)
                && standby.workload(workload_id).is_none()
            {
                standby.track(tracked(STANDBY, ReplicationMode::None, now));
            }
        }
        let _ = standby.tick(now, &heard);
        for event in primary.tick(now, &heard) {
            if let StateMachineEvent::PublishLeaseRevocation { workload_id, standby_providers } = event {
                prop_assert_eq!(&standby_providers, &[STANDBY.to_owned()]);
                prop_assert!(!is_live(&primary), "live when its lease is revoked");
                prop_assert!(!revoked, "revoked twice");
                revoked = true;
                // Each relay carries it twice, and may lose either.
                under_way.iter_mut().for_each(|relay| relay.extend([workload_id, workload_id]));
            }
        }

        took_over |= is_live(&standby);
        prop_assert!(!(revoked && may_write(&primary)), "live again after its lease was revoked");
        prop_assert!(!(may_write(&primary) && may_write(&standby)), "two writers");
    }
    Ok((revoked, took_over))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn primary_and_standby_never_both_write(rounds in prop::collection::vec(round(), 100)) {
        play(&rounds)?;
    }
}

#[test]
fn random_rounds_revoke_leases_and_let_standbys_take_over() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut revoked, mut took_over) = (0, 0);
    for _ in 0..100 {
        let rounds = prop::collection::vec(round(), 100).new_tree(&mut runner).expect("no filters").current();
        let (was_revoked, was_taken_over) = play(&rounds).expect("no two writers");
        revoked += u32::from(was_revoked);
        took_over += u32::from(was_taken_over);
    }
    assert!(revoked >= 50 && took_over >= 25, "{revoked} revoked, {took_over} taken over, of 100");
}
