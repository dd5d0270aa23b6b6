//! Stores that earlier versions wrote: each opens with all its money, operations and leases.
//!
//! `cargo test --test client -- --ignored records_a_store` records one of the present version into `target/`, to be kept beside
//! the others in `tests/fixtures` before the form of a record changes.

use std::collections::BTreeMap;

use paygress::client::Client;
use paygress::model::{Sat, Unit};
use paygress_support::mint::{Mint, MintConfig};
use serde_json::{Value, json};

use super::world::{MINT, START, World};

const STORES: [&str; 1] = [include_str!("../fixtures/store_1.json")];

/// What a person sees of a wallet.
fn seen(client: &Client, now: u64) -> Value {
    let wallet = client.wallet().wallet;
    let sums = |mint: &paygress::wallet::MintView| {
        let sums = [mint.spendable, mint.reserved, mint.handed_out, mint.unclaimed, mint.quarantined];
        json!([mint.url, sums.map(Sat::get)])
    };
    let mut operations: Vec<_> = wallet
        .operations
        .iter()
        .map(|op| json!([op.id, op.kind, op.state, op.amount.get(), op.fee.get(), client.token(&op.id.to_string())]))
        .collect();
    operations.sort_by_key(ToString::to_string);
    let leases = client.leases(now).leases;
    let leases: Vec<_> =
        leases.iter().map(|lease| json!([lease.id, lease.state, client.lease_password(&lease.id)])).collect();
    let settings = client.settings(now);
    json!({
        "phrase": client.phrase(),
        "phraseSaved": settings.phrase_saved,
        "relays": settings.relays.iter().map(|relay| &relay.url).collect::<Vec<_>>(),
        "mints": wallet.mints.iter().map(sums).collect::<Vec<_>>(),
        "operations": operations,
        "leases": leases,
    })
}

#[test]
fn a_store_of_every_earlier_version_opens_with_all_that_was_in_it() {
    for (number, text) in STORES.into_iter().enumerate() {
        let store: Value = serde_json::from_str(text).expect("a recorded store");
        let records: BTreeMap<String, String> =
            serde_json::from_value(store["records"].clone()).expect("records are text by name");
        let now = store["now"].as_u64().expect("when it was recorded");
        let client = Client::open(now, &records, [7; 32]).expect("it opens");
        assert_eq!(seen(&client, now), store["seen"], "store {}", number + 1);
    }
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let store: Value = serde_json::from_str(STORES[0]).expect("a recorded store");
    let records: BTreeMap<String, String> =
        serde_json::from_value(store["records"].clone()).expect("records are text by name");
    for part in ["meta/account", "meta/settings", "lease/", "wallet/proof/", "wallet/op/", "wallet/mint/"] {
        let mut newer = records.clone();
        let (key, text) = newer.iter_mut().find(|(key, _)| key.starts_with(part)).expect("one of each");
        *text = text.replacen("\"version\":1", "\"version\":9", 1);
        let key = key.clone();
        let error = Client::open(START, &newer, [7; 32]).expect_err("a newer record");
        assert!(error.message().contains("newer version"), "{key}: {error}");
    }
}

#[test]
#[ignore = "records a store, to be called by hand"]
fn records_a_store_of_the_present_version() {
    let mut world = World::with_money(1000);
    let act = |world: &mut World, token: &str| world.act(|client, now| client.receive(now, token));
    let gift = world.mint.gift(&[64, 8, 4]);
    act(&mut world, &gift);
    world.run(30);
    let places = world.client.phrase_quiz();
    let words: Vec<&str> = world.client.phrase().split(' ').collect();
    let told: Vec<String> = places.iter().map(|place| words[place - 1].to_owned()).collect();
    world.act(|client, now| client.answer_quiz(now, &told).map(|effects| ((), effects)));
    let taken_back = world.act(|client, now| client.send(now, MINT, Sat::new(21)));
    world.run(30);
    world.act(|client, now| client.reclaim(now, &taken_back).map(|effects| ((), effects)));
    world.run(30);
    let mut other = Mint::new(MintConfig { url: "http://127.0.0.1:3339".to_owned(), ..MintConfig::default() });
    let mut invoice = |world: &World, sat: u64| {
        let body = json!({ "amount": sat, "unit": "sat" }).to_string();
        let (_, answer) = other.handle(world.now, "POST", "/v1/mint/quote/bolt11", &body);
        let answer: Value = serde_json::from_str(&answer).expect("a quote");
        answer["request"].as_str().expect("an invoice").to_owned()
    };
    for agree in [true, false] {
        let invoice = invoice(&world, 50 + u64::from(agree));
        let id = world.act(|client, now| client.quote_pay(now, MINT, Unit::Sat, &invoice));
        world.run(10);
        if agree {
            world.act(|client, now| client.pay(now, &id, 100).map(|effects| ((), effects)));
            world.run(60);
        }
    }
    world.act(|client, now| client.restore(now, MINT));
    world.run(60);
    world.rent(7200);
    world.run(120);
    world.provider.switch(|switches| switches.mute = true);
    world.rent(3600);
    world.run(20);
    world.act(|client, now| client.send(now, MINT, Sat::new(100)));
    world.run(20);
    world.mint.auto_pay = false;
    world.act(|client, now| client.issue(now, MINT, Sat::new(500)));
    world.run(3);
    let gift = world.mint.gift(&[32]);
    world.mint_up = false;
    act(&mut world, &gift);
    world.run(3);
    let now = world.now;
    let reopened = Client::open(now, &world.store, [7; 32]).expect("just written");
    let store = json!({ "now": now, "seen": seen(&reopened, now), "records": world.store });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/target/store.json");
    std::fs::write(path, serde_json::to_string_pretty(&store).expect("JSON")).expect("a folder to write to");
}
