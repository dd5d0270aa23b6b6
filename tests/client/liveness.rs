//! Watching a workload live and die, and never crying wolf.

use paygress::durable_workload::QuorumConfig;

use super::world::World;

fn running() -> World {
    let mut world = World::with_money(1000);
    world.rent(14_400);
    world.run(100);
    assert_eq!(world.lease().liveness, "live", "{:#?}", world.lease());
    world
}

#[test]
fn a_healthy_workload_never_leaves_live() {
    let mut world = running();
    for minute in 0..120 {
        world.run(60);
        assert_eq!(world.lease().liveness, "live", "after {minute} minutes");
    }
    assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")));
}

#[test]
fn one_dead_relay_of_three_changes_nothing() {
    let mut world = running();
    world.cut_relay(0);
    world.run(1200);
    assert_eq!(world.lease().liveness, "live", "{:#?}", world.lease());
}

#[test]
fn all_relays_cut_is_unknown_and_never_suspect() {
    let mut world = running();
    for relay in 0..3 {
        world.cut_relay(relay);
    }
    for _ in 0..30 {
        world.run(60);
        assert_eq!(world.lease().liveness, "unknown");
    }
    for relay in 0..3 {
        world.mend_relay(relay);
    }
    world.run(400);
    assert_eq!(world.lease().liveness, "live", "{:#?}", world.lease());
    assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")), "{:#?}", world.lease().journal);
}

#[test]
fn with_fewer_home_relays_than_must_agree_nobody_can_say() {
    let mut world = running();
    world.cut_relay(0);
    world.cut_relay(1);
    for _ in 0..20 {
        world.run(60);
        assert_eq!(world.lease().liveness, "unknown");
    }
    assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")), "{:#?}", world.lease().journal);
    world.mend_relay(0);
    world.run(400);
    assert_eq!(world.lease().liveness, "live", "{:#?}", world.lease());
}

#[test]
fn a_silent_provider_is_suspect_then_evicted_and_says_why() {
    let mut world = running();
    world.provider_up = false;
    // The beat of 60 s asks for at least 150 s of patience.
    world.run(300);
    assert_eq!(world.lease().liveness, "suspect", "{:#?}", world.lease());
    world.run(400);
    let lease = world.lease();
    assert_eq!(lease.liveness, "evicted", "{lease:#?}");
    assert!(lease.liveness_sentence.contains("heartbeat-quorum-lost-past-t2"));
}

#[test]
fn a_provider_that_returns_without_the_lease_is_said_to_have_forgotten_it() {
    let mut world = running();
    world.provider_up = false;
    world.run(900);
    world.provider_returns();
    world.run(200);
    let lease = world.lease();
    assert!(lease.sentence.contains("does not know this lease"), "{lease:#?}");
}

#[test]
fn a_provider_that_returns_with_the_lease_is_watched_again() {
    let mut world = running();
    world.provider.configure(|config| config.version = paygress_support::provider::ProviderVersion::Head);
    world.provider_up = false;
    world.run(900);
    assert_eq!(world.lease().liveness, "evicted");
    world.provider_returns();
    world.run(300);
    assert_eq!(world.lease().liveness, "live", "{:#?}", world.lease());
}

#[test]
fn a_sleeping_device_suspects_nobody() {
    let mut world = running();
    for secs in [100, 1_000, 5_000] {
        world.sleep(secs);
        for _ in 0..20 {
            world.run(5);
            assert_ne!(world.lease().liveness, "suspect", "after {secs} s of sleep");
        }
        world.run(150);
        assert_eq!(world.lease().liveness, "live", "after {secs} s of sleep: {:#?}", world.lease());
    }
    assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")));
}

#[test]
fn a_provider_heard_by_one_relay_only_is_judged_by_it_and_said_so() {
    let mut world = World::with_money(1000);
    for relay in 1..3 {
        world.relays[relay].silent = true;
    }
    // Home relays are learnt again: those that carry nothing of what the first one carries are dropped.
    world.run(600);
    world.rent(7200);
    world.run(200);
    let lease = world.lease();
    assert_eq!(lease.liveness, "live", "{lease:#?}");
    assert_eq!(lease.judged_by.as_deref(), Some("judged by one relay only"));
}

#[test]
fn a_restart_resumes_from_the_journal() {
    let mut world = running();
    world.restart();
    let lease = world.lease();
    assert_eq!((lease.state, lease.liveness), ("running", "unknown"), "nothing was observed yet");
    world.run(130);
    assert_eq!(world.lease().liveness, "live");
    assert!(world.lease().access.is_some_and(|access| access.password_known));
}

#[test]
fn short_quorum_times_are_obeyed() {
    let mut world = running();
    world.quorum(QuorumConfig { m: 2, n: 3, t1_secs: 120, t2_secs: 30, stale_secs: 180 });
    world.provider_up = false;
    world.run(330);
    assert_eq!(world.lease().liveness, "evicted", "{:#?}", world.lease());
}
