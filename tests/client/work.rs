//! No call works for long: what is much is done in parts.

use paygress::client::{Client, Effect, Input, MarketQuery};
use paygress_support::provider::{Provider, ProviderConfig};
use serde_json::json;

use super::world::World;

/// A signature costs about 0.24 ms in a browser, and no call may take longer than 8 ms.
const MOST_SIGNATURES: usize = 33;

fn listed(client: &Client, now: u64) -> usize {
    client.market(now, &MarketQuery::default()).total
}

#[test]
fn many_stored_offers_are_read_a_few_in_each_call() {
    let mut world = World::new();
    for number in 2..=100 {
        let mut stranger =
            Provider::new(world.now, ProviderConfig { secret: [number; 32], ..ProviderConfig::default() });
        let offer: serde_json::Value = serde_json::from_str(&stranger.offer(world.now)).expect("an event");
        world.inject(0, json!(["EVENT", "offers", offer]).to_string());
    }
    world.run(10);
    assert_eq!(listed(&world.client, world.now), 100);

    let mut client = Client::open(world.now, &world.store, [7; 32]).expect("what was written can be read");
    let mut effects = client.start(world.now);
    let (mut calls, mut read) = (0, 0);
    loop {
        let listed = listed(&client, world.now);
        assert!(listed - read <= MOST_SIGNATURES, "call {calls} read {} offers", listed - read);
        read = listed;
        if !effects.contains(&Effect::Continue) {
            break;
        }
        calls += 1;
        effects = client.handle(world.now, Input::Wake);
    }
    assert_eq!((read, calls), (100, 3));
}
