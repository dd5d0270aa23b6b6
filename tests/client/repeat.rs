//! A restart with the request possibly out: it is sent once more, as a new event, and paid at most once.

use super::faults::{Fault, OnCommit};
use super::world::World;

/// A world in which every relay has the request, the provider read none of them, and the browser dies.
fn restarted_with_the_request_out() -> World {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.deaf = true);
    world.rent(3600);
    world.run(10);
    assert_eq!(world.lease().state, "requested");
    assert_eq!(world.orders().len(), 1);
    world.provider.switch(|switches| switches.deaf = false);
    world.restart();
    world
}

#[test]
fn after_a_restart_the_request_is_repeated_as_a_new_event_with_the_same_text() {
    let mut world = restarted_with_the_request_out();
    world.run(20);
    let orders = world.orders();
    assert_eq!(orders.len(), 2, "relays pass an event on once, so the same one would reach nobody");
    assert_eq!(orders[0].1, orders[1].1, "the same token buys the same thing");
    assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
    assert_eq!(world.provider.leases().count(), 1);
    world.check_books("after the repeat");
}

#[test]
fn a_reply_that_waits_at_the_relays_makes_a_repeat_needless() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.delay_secs = 20);
    world.rent(3600);
    world.run(10);
    let store = world.store.clone();
    world.run(20);
    // The browser died before the reply came; only the relays have it.
    world.store = store;
    world.restart();
    world.run(30);
    assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
    assert_eq!(world.orders().len(), 1);
}

#[test]
fn a_reply_to_the_first_request_counts_after_the_second_was_sent() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.delay_secs = 40);
    world.rent(3600);
    world.run(10);
    world.restart();
    world.run(15);
    assert_eq!((world.orders().len(), world.lease().state), (2, "requested"));
    world.run(20);
    let lease = world.lease();
    assert_eq!(lease.state, "running", "the first request was answered: {lease:#?}");
    assert!(lease.access.is_some_and(|access| access.password_known));
    world.run(60);
    assert_eq!(world.lease().state, "running", "and the answer to the second changes nothing: {:#?}", world.lease());
    assert_eq!((world.provider.leases().count(), world.provider.redemptions().len()), (1, 1), "the mint pays once");
    world.check_books("after both were answered");
}

#[test]
fn a_crash_before_the_repeat_is_written_down_sends_nothing() {
    for at in 0..4 {
        let mut world = restarted_with_the_request_out();
        world.provider.switch(|switches| switches.deaf = true);
        world.faults.arm(Some(Fault::Commit(OnCommit::CrashBefore, at)));
        world.run(60);
        assert_eq!(world.faults.injected, 1, "crash {at} really struck");
        world.provider.switch(|switches| switches.deaf = false);
        world.run(900);
        assert!(["running", "returned"].contains(&world.lease().state), "{:#?}", world.lease());
        world.check_books("after two crashes");
    }
}

#[test]
fn a_request_that_was_out_for_long_is_not_repeated_but_settled() {
    let mut world = restarted_with_the_request_out();
    world.provider_up = false;
    world.cut_relay(0);
    world.cut_relay(1);
    world.cut_relay(2);
    world.run(200);
    for relay in 0..3 {
        world.mend_relay(relay);
    }
    world.run(900);
    assert_eq!(world.orders().len(), 1);
    assert_eq!(world.lease().state, "returned", "{:#?}", world.lease());
}
