//! A device whose clock is wrong: the providers' live heartbeats tell, and everything goes on by their time.

use std::collections::BTreeSet;

use paygress::client::Input;
use paygress::model::Sat;
use paygress_support::provider::{Provider, ProviderConfig};
use serde_json::Value;

use super::relay::Relay;
use super::world::{MINT, World};

/// A world in which this many providers agree that our clock is so far behind.
fn behind(secs: i64, providers: u8) -> World {
    let mut world = World::with_money(1000);
    world.bystanders = (2..=providers)
        .map(|number| Provider::new(world.now, ProviderConfig { secret: [number; 32], ..ProviderConfig::default() }))
        .collect();
    world.ahead = secs;
    world.run(130);
    world
}

fn said(world: &World) -> i64 {
    world.client.settings(world.now).clock_offset_secs
}

fn reasons(world: &World) -> Vec<String> {
    world.quote(3600).reasons.into_iter().map(|reason| reason.reason).collect()
}

#[test]
fn two_providers_are_not_enough_to_doubt_our_own_clock() {
    for secs in [600, -600] {
        let world = behind(secs, 2);
        assert_eq!((said(&world), reasons(&world)), (0, vec!["offline".to_owned()]), "{secs} s");
    }
}

#[test]
fn three_providers_tell_by_how_much_our_clock_is_wrong_and_a_lease_lives_by_their_time() {
    for secs in [600, 61, -61, -600] {
        let mut world = behind(secs, 3);
        assert_eq!(said(&world), secs);
        assert_eq!(reasons(&world), Vec::<String>::new(), "{secs} s");
        world.rent(3600);
        world.run(100);
        let lease = world.lease();
        assert_eq!((lease.state, lease.liveness), ("running", "live"), "{secs} s: {lease:#?}");
        assert!(lease.evidence.iter().all(|relay| relay.heard_at.is_some_and(|at| at <= world.now)), "on our clock");
        let bought_at = lease.created_at;
        let ends = lease.expires_at.expect("access details say when");
        assert!((bought_at + 3600..bought_at + 3660).contains(&ends), "{secs} s: it ends at {ends} by our clock");
        world.run(3000);
        assert_eq!(world.lease().liveness, "live", "{secs} s");
        assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")), "{secs} s");
        world.run(600);
        assert_eq!(world.lease().state, "ended", "{secs} s");
    }
}

#[test]
fn our_events_are_dated_by_the_providers_time() {
    let mut world = behind(600, 3);
    let id = world.rent(3600);
    world.run(100);
    world.act(|client, now| client.ask_status(now, &id).map(|effects| ((), effects)));
    world.run(5);
    let provider = world.provider.public_key();
    let messages = world.relays.iter().flat_map(Relay::messages);
    let messages = messages.map(|event| serde_json::from_str::<Value>(&event).expect("events are JSON"));
    let ours = messages.filter(|event| event["pubkey"] != provider.as_str());
    let dates: BTreeSet<u64> = ours.filter_map(|event| event["created_at"].as_u64()).collect();
    assert_eq!(dates.len(), 2, "an order and a question");
    assert!(dates.iter().all(|date| (world.there() - 110..=world.there()).contains(date)), "{dates:?}");
}

#[test]
fn a_clock_that_was_hours_ahead_and_is_set_back_puts_nothing_off() {
    for tells in [false, true] {
        let mut world = World::with_money(100);
        world.mint.auto_pay = false;
        world.mint.announces_live = tells;
        world.restart();
        world.run(10);
        world.act(|client, now| client.issue(now, MINT, Sat::new(50)));
        world.run(300);
        world.now -= 7200;
        // A timer runs by no clock.
        world.act(|client, now| Ok(((), client.handle(now, Input::Wake))));
        let quotes: Vec<String> = world.mint.quotes().map(|(id, ..)| id.to_owned()).collect();
        assert!(quotes.iter().any(|id| world.mint.pay_quote(id)));
        world.run(65);
        assert_eq!(world.spendable(), 150);
    }
}

#[test]
fn a_clock_that_was_set_right_is_believed_again() {
    let mut world = behind(600, 3);
    world.rent(14_400);
    world.run(100);
    // The person sets the clock: it jumps ahead to the providers' time.
    world.now = world.there();
    world.ahead = 0;
    world.run(180);
    assert_eq!(said(&world), 0);
    world.run(180);
    assert_eq!((world.lease().state, world.lease().liveness), ("running", "live"), "{:#?}", world.lease());
    assert!(world.lease().journal.iter().all(|entry| !entry.text.contains("suspect")));
}

#[test]
fn small_differences_are_left_alone() {
    let world = behind(60, 3);
    assert_eq!((said(&world), reasons(&world).len()), (0, 0));
}
