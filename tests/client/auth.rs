//! Relays that serve direct messages only to those who say who they are (NIP-42).

use std::collections::BTreeSet;

use super::relay::Guard;
use super::world::World;

fn guarded(guard: Guard) -> World {
    let mut world = World::with_money(1000);
    for relay in &mut world.relays {
        relay.guard = guard;
    }
    world
}

/// The keys that sockets authenticated as, after it was checked that each reads nothing but its own messages.
fn keys_told(world: &World) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for relay in &world.relays {
        for (socket, key) in relay.authenticated() {
            let asked = relay.asked.get(socket).expect("it asked for something");
            assert_eq!(asked, &BTreeSet::from([4]), "reads of the market do not say who reads");
            keys.insert(key.clone());
        }
    }
    keys
}

#[test]
fn a_lease_says_who_it_is_to_relays_that_ask_and_on_sockets_of_its_own() {
    let mut world = guarded(Guard::Authenticated);
    world.rent(3600);
    world.run(60);
    let lease = world.lease();
    assert_eq!(lease.state, "running", "{lease:#?}");
    assert!(lease.access.is_some_and(|access| access.password_known));
    assert_eq!(keys_told(&world).len(), 1);
    assert!(world.relays.iter().all(|relay| relay.authenticated().len() == 1), "every relay would carry a reply");
    world.check_books("after renting");
}

#[test]
fn two_leases_are_not_told_to_be_one_persons() {
    let mut world = guarded(Guard::Authenticated);
    for _ in 0..2 {
        world.rent(3600);
        world.run(60);
        assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
    }
    assert_eq!(keys_told(&world).len(), 2);
    assert!(world.relays.iter().all(|relay| relay.authenticated().len() == 2));
}

#[test]
fn after_a_restart_and_after_a_cut_a_lease_says_again_who_it_is() {
    let mut world = guarded(Guard::Authenticated);
    world.rent(3600);
    world.run(60);
    world.restart();
    world.run(60);
    for relay in 0..3 {
        world.cut_relay(relay);
        world.mend_relay(relay);
    }
    world.run(120);
    assert_eq!(keys_told(&world).len(), 1);
    the_provider_says_running(&mut world);
}

#[test]
fn a_question_that_a_relay_refused_until_it_knew_us_is_asked_again() {
    let mut world = guarded(Guard::Authenticated);
    world.rent(3600);
    world.run(60);
    world.restart();
    world.deliver_until(|world| world.client.settings(world.now).relays.iter().all(|relay| relay.state == "open"));
    the_provider_says_running(&mut world);
}

#[test]
fn a_reply_that_only_guarded_relays_have_is_found_after_a_restart() {
    let mut world = guarded(Guard::Authenticated);
    world.provider.switch(|switches| switches.delay_secs = 20);
    world.rent(3600);
    world.run(10);
    let store = world.store.clone();
    world.run(30);
    world.store = store;
    world.restart();
    world.run(30);
    assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
}

#[test]
fn a_relay_that_is_never_content_is_not_answered_for_ever_and_costs_nothing() {
    let mut world = guarded(Guard::Refusing);
    world.rent(3600);
    world.run(120);
    let lease = world.lease();
    assert_eq!(lease.state, "returned", "{lease:#?}");
    assert!(lease.journal.iter().any(|entry| entry.text.contains("auth-required")), "{:#?}", lease.journal);
    let answers: usize = world.relays.iter().map(|relay| relay.answers).sum();
    assert!((3..=60).contains(&answers), "answered {answers} times");
    assert_eq!(world.spendable() + world.mint.fees(), 1000);
}

fn the_provider_says_running(world: &mut World) {
    let id = world.lease().id;
    world.act(|client, now| client.ask_status(now, &id).map(|effects| ((), effects)));
    world.run(5);
    let journal = world.lease().journal;
    assert!(journal.iter().any(|entry| entry.text.contains("the provider says: running")), "{journal:#?}");
}
