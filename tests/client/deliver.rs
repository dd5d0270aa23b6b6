//! Paying what somebody asks for (NUT-18): the money is handed out once, and its delivery can be repeated or given up.

use nostr::event::Event;
use nostr::key::{Keys, SecretKey};
use nostr::nips::nip44;
use paygress::ErrorCode;
use paygress::client::PaymentRequestView;
use paygress::model::Sat;
use paygress::wallet::{DeliveryView, OperationView};
use serde_json::{Value, json};

use crate::faults::{Fault, OnCommit, OnSend};
use crate::relay::Relay;
use crate::world::{MINT, SHOP, World};

const RECEIVER: [u8; 32] = [7; 32];
const MOST: Sat = Sat::new(u64::MAX);

/// A request in the older form, from its members.
pub(crate) fn creq_a(members: &Value) -> String {
    use base64::Engine;
    let mut bytes = Vec::new();
    ciborium::into_writer(members, &mut bytes).expect("JSON becomes CBOR");
    format!("creqA{}", base64::engine::general_purpose::URL_SAFE.encode(bytes))
}

pub(crate) fn by_post() -> String {
    creq_a(
        &json!({"i": "order-7", "a": 100, "u": "sat", "m": [MINT], "d": "Two coffees", "t": [{"t": "post", "a": SHOP}]}),
    )
}

fn receiver() -> Keys {
    Keys::new(SecretKey::from_slice(&RECEIVER).expect("a key"))
}

pub(crate) fn by_nostr(relays: &[&str]) -> String {
    let tags: Vec<Value> =
        std::iter::once(json!(["n", "17"])).chain(relays.iter().map(|url| json!(["r", url]))).collect();
    creq_a(
        &json!({"i": "n", "a": 100, "u": "sat", "t": [{"t": "nostr", "a": receiver().public_key().to_hex(), "g": tags}]}),
    )
}

fn read(world: &World, text: &str) -> PaymentRequestView {
    world.client.read_request(world.now, text, None).expect("a request")
}

pub(crate) fn pay(world: &mut World, text: &str) -> String {
    let text = text.to_owned();
    world.act(|client, now| client.pay_request(now, &text, MINT, Sat::ZERO, MOST))
}

pub(crate) fn operation(world: &World, id: &str) -> OperationView {
    let operations = world.client.wallet().wallet.operations;
    operations.into_iter().find(|op| op.id.to_string() == id).expect("it is known")
}

pub(crate) fn delivery(world: &World, id: &str) -> DeliveryView {
    operation(world, id).delivery.expect("it is delivered")
}

/// What the receiver finds in a wrap.
pub(crate) fn unwrap(world: &World, wrap: &str) -> Value {
    let wrap = Event::from_json(wrap).expect("an event");
    wrap.verify().expect("signed");
    assert!(wrap.tags.public_keys().any(|key| key == receiver().public_key()));
    let open = |from: &Event| nip44::decrypt(receiver().secret_key(), &from.pubkey, &from.content).expect("for us");
    let seal = Event::from_json(open(&wrap)).expect("an event");
    seal.verify().expect("signed");
    assert_ne!(seal.pubkey, wrap.pubkey, "two names, each used once");
    assert!(seal.created_at.as_secs() <= world.now && wrap.created_at.as_secs() <= world.now);
    let rumor: Value = serde_json::from_str(&open(&seal)).expect("JSON");
    assert_eq!((&rumor["pubkey"], &rumor["kind"]), (&json!(seal.pubkey.to_hex()), &json!(14)));
    serde_json::from_str(rumor["content"].as_str().expect("text")).expect("JSON")
}

#[test]
fn a_request_is_read_before_anything_happens() {
    let world = World::with_money(1000);
    let view = read(&world, &by_post());
    assert_eq!((view.amount, view.description.as_deref()), (Some(Sat::new(100)), Some("Two coffees")));
    assert_eq!((view.way, view.to.as_deref()), ("post", Some(SHOP)));
    assert_eq!((view.problem, view.unsupported), (None, vec![]));
    assert_eq!((view.mints, view.any_mint), (vec![MINT.to_owned()], false));
    // 64 + 32 + 4 + 1 that arrive less one sat of fee, and our own swap.
    assert_eq!((view.choices[0].mint.as_str(), view.choices[0].missing), (MINT, Sat::ZERO));
    assert!(view.choices[0].most > Sat::new(100));
    assert_eq!(world.in_wallet(), 1000);
}

#[test]
fn a_payment_is_posted_to_who_asked_for_it_and_seen_redeemed() {
    let mut world = World::with_money(1000);
    let id = pay(&mut world, &by_post());
    world.run(2);
    let body: Value = serde_json::from_str(&world.shop.bodies[0]).expect("JSON");
    assert_eq!((&body["id"], &body["mint"], &body["unit"]), (&json!("order-7"), &json!(MINT), &json!("sat")));
    let sum: u64 = body["proofs"]
        .as_array()
        .expect("proofs")
        .iter()
        .map(|proof| proof["amount"].as_u64().expect("a number"))
        .sum();
    assert!(sum > 100, "with the fee for who redeems it");
    assert!(!world.shop.bodies[0].contains("dleq"));
    assert_eq!(delivery(&world, &id).state, "taken");
    world.shop_redeems(0);
    world.run(120);
    assert_eq!(operation(&world, &id).state, "spent");
    assert_eq!(delivery(&world, &id).state, "over");
    assert!(world.shop.arrived >= 100);
    assert!(!world.store.values().any(|record| record.contains("\"proofs\":[")), "nothing bearer is kept");
}

#[test]
fn an_unanswered_payment_is_unknown_and_repeated_with_the_same_bytes() {
    for arrives in [true, false] {
        let mut world = World::with_money(1000);
        (world.shop.answers, world.shop.listens) = (false, arrives);
        let id = pay(&mut world, &by_post());
        world.run(40);
        let view = delivery(&world, &id);
        assert_eq!((view.state, view.can_repeat), ("unknown", true), "{}", view.sentence);
        assert_eq!(operation(&world, &id).state, "handed-out");
        (world.shop.answers, world.shop.listens) = (true, true);
        world.act(|client, now| client.deliver_again(now, &id).map(|effects| ((), effects)));
        let error = world.client.deliver_again(world.now, &id).expect_err("it is on its way");
        assert_eq!(error.code(), ErrorCode::WrongState);
        world.run(2);
        assert_eq!(delivery(&world, &id).state, "taken");
        assert_eq!(world.shop.bodies.len(), 1 + usize::from(arrives));
        assert!(world.shop.bodies.iter().all(|body| *body == world.shop.bodies[0]));
    }
}

#[test]
fn a_server_that_asks_for_a_pause_refused_nothing_and_gets_the_same_bytes_afterwards() {
    for status in [429, 503] {
        let mut world = World::with_money(1000);
        (world.shop.status, world.shop.pause) = (status, Some(60));
        let id = pay(&mut world, &by_post());
        world.run(2);
        let view = delivery(&world, &id);
        assert_eq!((view.state, view.can_repeat), ("unknown", true), "{}", view.sentence);
        let said = format!("(status {status}: it asks for a pause of 60 seconds)");
        assert!(
            view.sentence.contains(&said) && view.sentence.contains("send the same once more"),
            "{}",
            view.sentence
        );
        (world.shop.status, world.shop.pause) = (200, None);
        world.act(|client, now| client.deliver_again(now, &id).map(|effects| ((), effects)));
        world.run(2);
        assert_eq!((delivery(&world, &id).state, world.shop.bodies.len()), ("taken", 1));
        world.shop_redeems(0);
        world.run(120);
        assert_eq!(operation(&world, &id).state, "spent");
    }
}

#[test]
fn a_refused_payment_can_be_taken_back() {
    let mut world = World::with_money(1000);
    world.shop.status = 400;
    let id = pay(&mut world, &by_post());
    world.run(2);
    let view = delivery(&world, &id);
    assert_eq!((view.state, view.can_repeat), ("refused", true));
    assert!(view.sentence.contains("status 400"), "{}", view.sentence);
    world.act(|client, now| client.reclaim(now, &id).map(|effects| ((), effects)));
    world.run(5);
    assert_eq!(operation(&world, &id).state, "reclaimed");
    assert_eq!(delivery(&world, &id).state, "over");
    assert!(world.client.deliver_again(world.now, &id).is_err(), "its token is worth nothing now");
    assert_eq!(world.in_wallet() + world.mint.fees(), 1000);
}

#[test]
fn nothing_is_posted_before_it_is_durable_and_no_crash_pays_twice() {
    let mut calm = World::with_money(1000);
    calm.faults.arm(None);
    pay(&mut calm, &by_post());
    calm.run(5);
    let commits = calm.faults.commits;
    assert!(commits >= 2, "{commits}");
    for at in 0..commits {
        for how in [OnCommit::CrashBefore, OnCommit::CrashAfter] {
            let mut world = World::with_money(1000);
            world.faults.arm(Some(Fault::Commit(how, at)));
            let text = by_post();
            let id = world.client.pay_request(world.now, &text, MINT, Sat::ZERO, MOST);
            let (id, effects) = id.expect("it can be paid");
            world.perform(effects);
            world.run(60);
            let known = world.client.wallet().wallet.operations.iter().any(|op| op.id.to_string() == id);
            if known && delivery(&world, &id).can_repeat {
                world.act(|client, now| client.deliver_again(now, &id).map(|effects| ((), effects)));
                world.run(5);
            }
            assert!(world.shop.bodies.iter().all(|body| *body == world.shop.bodies[0]), "one payment, however often");
            assert_eq!(world.shop.bodies.is_empty(), !known, "{how:?} at {at}");
            assert_eq!(world.in_wallet() + world.mint.fees(), 1000, "{how:?} at {at}");
        }
    }
}

#[test]
fn a_payment_goes_to_the_relays_of_its_receiver_in_a_wrap_that_only_they_open() {
    let mut world = World::with_money(1000);
    world.relays.push(Relay::new("wss://far"));
    let id = pay(&mut world, &by_nostr(&["wss://far"]));
    world.run(2);
    assert_eq!(delivery(&world, &id).state, "taken", "{}", delivery(&world, &id).sentence);
    let wrap = world.relays[3].wraps().pop().expect("it came to the relay that the request names");
    assert!(!wrap.contains("proofs"));
    let payload = unwrap(&world, &wrap);
    assert_eq!((&payload["id"], &payload["unit"]), (&json!("n"), &json!("sat")));
    assert!(world.shop.bodies.is_empty());
    let proofs = payload["proofs"].as_array().expect("proofs").clone();
    world.redeem(&proofs);
    world.run(120);
    assert_eq!(operation(&world, &id).state, "spent");
}

#[test]
fn relays_that_cannot_be_reached_or_refuse_leave_the_payment_to_be_sent_again() {
    let mut world = World::with_money(1000);
    for relay in &mut world.relays {
        relay.refuses = Some("blocked: pay first");
    }
    let mut far = Relay::new("wss://far");
    far.up = false;
    world.relays.push(far);
    let id = pay(&mut world, &by_nostr(&["wss://far"]));
    world.run(2);
    let view = delivery(&world, &id);
    assert_eq!((view.state, view.can_repeat), ("refused", true), "{}", view.sentence);
    world.relays[3].up = true;
    world.act(|client, now| client.deliver_again(now, &id).map(|effects| ((), effects)));
    world.run(2);
    assert_eq!(delivery(&world, &id).state, "taken");
    assert_eq!(world.relays[3].wraps().len(), 1);
}

#[test]
fn a_silent_relay_is_given_up_and_the_payment_is_unknown() {
    let mut world = World::with_money(1000);
    for relay in &mut world.relays[1..] {
        relay.refuses = Some("blocked: pay first");
    }
    world.faults.arm(Some(Fault::Send(OnSend::Lost, 0)));
    let id = pay(&mut world, &by_nostr(&[]));
    world.run(25);
    assert_eq!((delivery(&world, &id).state, world.faults.injected), ("unknown", 1));
}

#[test]
fn what_cannot_be_delivered_or_paid_is_said_and_not_tried() {
    let world = World::with_money(1000);
    let problem = |members: Value| read(&world, &creq_a(&members)).problem.unwrap_or_default();
    assert_eq!(problem(json!({"a": 1, "u": "usd"})), "it asks for \"usd\" and this wallet pays in sat only");
    assert!(
        problem(json!({"a": 1, "u": "sat", "t": [{"t": "pigeon", "a": "x"}]}))
            .contains("delivery by \"pigeon\" is not known")
    );
    assert!(
        problem(json!({"a": 1, "u": "sat", "t": [{"t": "post", "a": "ftp://x"}]}))
            .contains("no address that a payment")
    );
    assert!(problem(json!({"a": 1, "u": "sat", "t": [{"t": "nostr", "a": "me"}]})).contains("names nobody on Nostr"));
    let npub = receiver().public_key().to_hex();
    assert!(
        problem(json!({"a": 1, "u": "sat", "t": [{"t": "nostr", "a": npub, "g": [["n", "4"]]}]}))
            .contains("only NIP-17 is")
    );
    assert!(
        problem(json!({"a": 1, "u": "sat", "m": ["https://mint.example"]}))
            .contains("add https://mint.example and fill it")
    );
    assert!(problem(json!({"a": 0, "u": "sat"})).contains("asks for nothing"));
    let htlc = json!({"k": "HTLC", "d": "00"});
    assert!(problem(json!({"a": 1, "u": "sat", "nut10": htlc})).contains("the kind \"HTLC\""));
    // A way that is known among others that are not.
    let both = creq_a(&json!({"a": 1, "u": "sat", "t": [{"t": "pigeon", "a": "x"}, {"t": "post", "a": SHOP}]}));
    let view = read(&world, &both);
    assert_eq!((view.way, view.problem, view.unsupported.len()), ("post", None, 1));
    let too_much = creq_a(&json!({"a": 5000, "u": "sat"}));
    let choice = &read(&world, &too_much).choices[0];
    assert!(choice.missing >= Sat::new(4000), "{choice:?}");
}

#[test]
fn a_request_of_our_own_is_paid_by_hand() {
    let mut world = World::with_money(1000);
    let key = world.client.receiving_key();
    for key in [None, Some(key.as_str())] {
        let made = world.client.request_payment(Some(Sat::new(50)), " Lunch\u{202e} ", key).expect("a request");
        for text in [&made.text, made.short.as_ref().expect("it is short")] {
            let view = read(&world, text);
            assert_eq!((view.amount, view.description.as_deref()), (Some(Sat::new(50)), Some("Lunch")));
            assert_eq!((view.mints, view.way), (vec![MINT.to_owned()], "hand"));
            assert_eq!(view.locked_to.map(|key| key.to_string()).as_deref(), key);
        }
        let id = pay(&mut world, &made.text);
        world.run(5);
        assert!(world.client.token(&id).expect("a token to hand over").starts_with("cashuB"));
        assert!(operation(&world, &id).delivery.is_none());
    }
    let open = world.client.request_payment(None, "", None).expect("a request");
    assert_eq!(read(&world, &open.text).amount, None);
    assert_eq!(
        world.client.read_request(world.now, &open.text, Some(Sat::new(5))).expect("a request").choices.len(),
        1
    );
}

#[test]
fn a_request_for_a_locked_payment_gets_one_and_it_comes_back_after_its_time() {
    let mut world = World::with_money(1000);
    let key = format!("02{}", receiver().public_key().to_hex());
    let until = (world.now + 1200).to_string();
    let lock = json!({"k": "P2PK", "d": key, "t": [["timeout", "3600"], ["locktime", until]]});
    let text = creq_a(&json!({"a": 100, "u": "sat", "nut10": lock, "t": [{"t": "post", "a": SHOP}]}));
    assert_eq!(read(&world, &text).locked_to.map(|key| key.to_string()), Some(key.clone()));
    let id = pay(&mut world, &text);
    world.run(3);
    let body: Value = serde_json::from_str(&world.shop.bodies[0]).expect("JSON");
    for proof in body["proofs"].as_array().expect("proofs") {
        let secret: Value = serde_json::from_str(proof["secret"].as_str().expect("text")).expect("a condition");
        assert_eq!((&secret[0], &secret[1]["data"]), (&json!("P2PK"), &json!(key)));
        let tags = secret[1]["tags"].as_array().expect("tags");
        assert!(tags.contains(&json!(["timeout", "3600"])), "{tags:?}");
        assert!(tags.iter().any(|tag| tag[0] == "refund") && tags.contains(&json!(["locktime", until])));
    }
    world.run(1500);
    assert_eq!(operation(&world, &id).state, "reclaimed");
    assert_eq!(world.in_wallet() + world.mint.fees(), 1000);
}

#[test]
fn a_mint_off_the_list_pays_what_the_receiver_asks_for_that() {
    let world = World::with_money(1000);
    let ask = |members: Value| read(&world, &creq_a(&members));
    let listed = ask(json!({"a": 100, "u": "sat", "m": [MINT], "mp": true, "sm": [{"mn": "bolt11", "mf": 9}]}));
    let other =
        json!({"a": 100, "u": "sat", "m": ["https://mint.example"], "mp": true, "sm": [{"mn": "bolt11", "mf": 9}]});
    let other = ask(other);
    assert_eq!(other.choices[0].most.get(), listed.choices[0].most.get() + 9);
    let unknown = ask(json!({"a": 100, "u": "sat", "sm": [{"mn": "onchain"}]}));
    assert!(unknown.problem.is_some() && unknown.choices.is_empty());
}
