//! What relays send: copies, forgeries and nonsense.

use serde_json::{Value, json};

use super::world::World;

fn heartbeat(world: &mut World) -> Value {
    world.now += 1;
    let [stored, _] = world.provider.heartbeats(world.now);
    serde_json::from_str(&stored).expect("events are JSON")
}

fn forged(mut event: Value) -> Value {
    let signature = event["sig"].as_str().expect("events are signed").replace(|c: char| c != '0', "0");
    event["sig"] = signature.into();
    event
}

fn refused_by(world: &World, relay: &str) -> u64 {
    let settings = world.client.settings(world.now);
    settings.relays.iter().find(|view| view.url.contains(relay)).expect("a relay of ours").refused
}

#[test]
fn a_copy_of_a_known_event_costs_no_cryptography() {
    let mut world = World::new();
    let event = heartbeat(&mut world);
    world.inject(0, json!(["EVENT", "stored", event]).to_string());
    world.inject(1, json!(["EVENT", "stored", forged(event)]).to_string());
    assert_eq!(refused_by(&world, "two"), 0, "the copy was not verified again");
}

#[test]
fn a_forgery_that_comes_first_does_not_keep_the_honest_event_out() {
    let mut world = World::new();
    world.run(300);
    let event = heartbeat(&mut world);
    world.inject(0, json!(["EVENT", "stored", forged(event.clone())]).to_string());
    assert_eq!(refused_by(&world, "one"), 1);
    let before = world.client.market(world.now, &Default::default()).rows[0].last_heard;
    world.inject(1, json!(["EVENT", "stored", event]).to_string());
    assert!(world.client.market(world.now, &Default::default()).rows[0].last_heard > before);
}

#[test]
fn a_relay_that_repeats_a_forgery_is_counted_without_cryptography() {
    let mut world = World::new();
    let event = forged(heartbeat(&mut world));
    for _ in 0..3 {
        world.inject(0, json!(["EVENT", "stored", event]).to_string());
    }
    assert_eq!(refused_by(&world, "one"), 3);
    let notices = world.client.notices().notices;
    assert_eq!(notices.iter().map(|notice| notice.count).sum::<u64>(), 1, "verified and noted once: {notices:?}");
}

#[test]
fn nonsense_becomes_notices_and_nothing_else() {
    let mut world = World::new();
    let deep = format!("[\"EVENT\",\"x\",{}{}]", "[".repeat(5_000), "]".repeat(5_000));
    let frames = [
        "",
        "{}",
        "[",
        "[\"EVENT\"]",
        "[\"EVENT\",1,2]",
        "[\"OK\",\"zz\",true]",
        "\u{202e}",
        &deep,
        &"x".repeat(300_000),
    ];
    for frame in frames {
        world.inject(0, frame.to_owned());
    }
    assert_eq!(refused_by(&world, "one"), frames.len() as u64);
    assert!(!world.client.notices().notices.is_empty());
    world.fill(100);
}

#[test]
fn a_redelivered_reply_settles_nothing_new() {
    let mut world = World::with_money(1000);
    world.rent(3600);
    world.run(60);
    let journal = world.lease().journal;
    world.restart();
    world.run(30);
    let new: Vec<_> = world.lease().journal.into_iter().skip(journal.len()).collect();
    assert!(new.iter().all(|entry| !entry.text.contains("access details")), "{new:#?}");
}
