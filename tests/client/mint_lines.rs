//! Lines to the mint (NUT-17): what it tells by itself hastens a question and decides nothing.

use paygress::model::{Sat, Unit};
use paygress_support::mint::{Lightning, MintConfig};
use paygress_support::provider::ProviderConfig;

use super::world::{MINT, World};

/// A world whose mint waits for invoices to be paid.
fn unpaid(announces: bool) -> World {
    let mut world = World::with_money(1000);
    world.mint.auto_pay = false;
    world.mint.announces_live = announces;
    world.restart();
    world.run(10);
    world
}

fn ask_for_invoice(world: &mut World) -> String {
    let operation = world.act(|client, now| client.issue(now, MINT, Sat::new(100)));
    world.run(1);
    operation
}

fn pay_invoice(world: &mut World) {
    let quote = world.mint.quotes().last().map(|(id, ..)| id.to_owned());
    let unpaid: Vec<String> = world.mint.quotes().map(|(id, ..)| id.to_owned()).collect();
    assert!(quote.is_some() && unpaid.iter().any(|id| world.mint.pay_quote(id)), "there was one to pay");
}

fn state(world: &World, operation: &str) -> String {
    let operations = world.client.wallet().wallet.operations;
    let found = operations.iter().find(|shown| shown.id.to_string() == operation);
    found.expect("it was begun").state.clone()
}

/// The requests of so many seconds.
fn requests(world: &mut World, secs: u64) -> usize {
    let before = world.faults.fetches;
    world.run(secs);
    world.faults.fetches - before
}

#[test]
fn a_mint_that_tells_is_asked_seldom_and_answers_at_once() {
    let (mut told, mut polled) = (unpaid(true), unpaid(false));
    let operation = ask_for_invoice(&mut told);
    ask_for_invoice(&mut polled);
    assert_eq!((told.listeners.len(), polled.listeners.len()), (1, 0));
    let (seldom, often) = (requests(&mut told, 300), requests(&mut polled, 300));
    assert!(seldom <= 5 && often > 5 * seldom, "{seldom} requests with a line, {often} without");
    pay_invoice(&mut told);
    told.run(3);
    assert_eq!(state(&told, &operation), "done");
    assert_eq!(told.spendable(), 1100);
    told.run(5);
    assert!(told.listeners.is_empty(), "nothing is watched any more");
    told.check_books("after the invoice");
}

#[test]
fn a_token_that_is_taken_is_seen_at_once_by_line() {
    let mut world = unpaid(true);
    let operation = world.act(|client, now| client.send(now, MINT, Sat::new(200)));
    world.run(120);
    assert!(world.listeners.values().any(|listener| listener.watches() > 0), "its coins are watched");
    let token = world.client.token(&operation).expect("it is out");
    world.mint.redeem(&token).expect("a good token");
    world.elsewhere += 200 - (world.mint.fees());
    world.run(4);
    assert_eq!(state(&world, &operation), "spent");
}

#[test]
fn a_payment_that_hangs_is_seen_settled_at_once_by_line() {
    let mut world = unpaid(true);
    world.mint.lightning = Lightning::Hangs;
    let mut shop = World::with(MintConfig { seed: [9; 32], ..MintConfig::default() }, ProviderConfig::default()).mint;
    let (status, quote) = shop.handle(world.now, "POST", "/v1/mint/quote/bolt11", r#"{"amount":50,"unit":"sat"}"#);
    assert_eq!(status, 200);
    let quote: serde_json::Value = serde_json::from_str(&quote).expect("a quote");
    let invoice = quote["request"].as_str().expect("an invoice").to_owned();
    let operation = world.act(|client, now| client.quote_pay(now, MINT, Unit::Sat, &invoice));
    world.run(2);
    world.act(|client, now| client.pay(now, &operation, 100).map(|effects| ((), effects)));
    world.run(600);
    assert_eq!(world.listeners.len(), 1);
    let seldom = requests(&mut world, 300);
    assert!(seldom <= 5, "{seldom} requests");
    world.mint.settle_payments(true);
    world.run(3);
    assert_eq!(state(&world, &operation), "done");
}

#[test]
fn a_mint_that_lies_on_its_line_is_asked_and_not_believed() {
    let mut world = unpaid(true);
    let operation = ask_for_invoice(&mut world);
    world.run(60);
    for word in [
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"subId":"1","payload":{"state":"PAID"}}}"#,
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"subId":"1","payload":{"state":"ISSUED"}}}"#,
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"subId":"1"}}"#,
        r#"{"jsonrpc":"2.0","method":"subscribe","params":{"subId":1e99,"payload":7}}"#,
        r#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"no"},"id":1}"#,
        r#"{"jsonrpc":"2.0","result":{"subId":"77"}}"#,
        "no json",
        "[]",
        &"x".repeat(300_000),
    ] {
        world.mint_says(word);
        world.run(5);
        assert_eq!((state(&world, &operation).as_str(), world.spendable()), ("awaiting-payment", 1000), "{word}");
    }
    // A flood of words makes one question every two seconds at most.
    let before = world.faults.fetches;
    for _ in 0..60 {
        for _ in 0..4 {
            world.mint_says(r#"{"method":"subscribe","params":{"subId":"1","payload":{"state":"PAID"}}}"#);
        }
        world.run(1);
    }
    let asked = world.faults.fetches - before;
    assert!((20..=35).contains(&asked), "{asked} questions in a minute");
    pay_invoice(&mut world);
    world.run(5);
    assert_eq!(world.spendable(), 1100);
    world.check_books("after the lies");
}

#[test]
fn words_of_a_mint_that_asked_for_a_pause_wake_nobody() {
    let mut world = unpaid(true);
    let out = world.act(|client, now| client.send(now, MINT, Sat::new(200)));
    ask_for_invoice(&mut world);
    world.run(60);
    world.mint_pauses = Some(900);
    let until = world.now + 900;
    world.mint_says(r#"{"method":"subscribe","params":{"subId":"2","payload":{"state":"PAID"}}}"#);
    world.run(5);
    let asked = world.faults.fetches + world.put_off;
    assert!(world.put_off > 0, "it was asked, and asked for the pause");
    while world.now < until - 60 {
        for subscription in 1..4 {
            let word = format!(
                r#"{{"method":"subscribe","params":{{"subId":"{subscription}","payload":{{"state":"PAID"}}}}}}"#
            );
            world.mint_says(&word);
        }
        world.deliver();
        let next = world.client.next_wake();
        assert!(next.is_none_or(|at| at > world.now), "it has to wake at {next:?}, which is {} already", world.now);
        world.run(7);
    }
    assert_eq!(world.faults.fetches + world.put_off, asked, "it is left alone");
    world.mint_pauses = None;
    pay_invoice(&mut world);
    world.run(120);
    assert_eq!((world.spendable(), state(&world, &out).as_str()), (900, "handed-out"));
}

#[test]
fn a_mint_that_promised_to_tell_and_does_not_is_asked_every_minute() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(120);
    world.mint_is_mute = true;
    pay_invoice(&mut world);
    world.run(62);
    assert_eq!((world.listeners.len(), world.spendable()), (0, 1100));
}

#[test]
fn a_mint_that_talks_without_end_is_hung_up_on() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(60);
    let before = world.lines_to_mint;
    for _ in 0..400 {
        world.mint_says("{}");
    }
    world.run(1);
    assert!(world.listeners.is_empty());
    world.run(30);
    assert_eq!((world.listeners.len(), world.lines_to_mint), (1, before + 1), "and called again");
    pay_invoice(&mut world);
    world.run(5);
    assert_eq!(world.spendable(), 1100);
}

#[test]
fn without_its_line_a_mint_is_polled_and_the_line_is_tried_with_patience() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(60);
    world.mint_listens = false;
    world.cut_listeners();
    let before = world.lines_to_mint;
    world.run(600);
    let tries = world.lines_to_mint - before;
    assert!((3..=12).contains(&tries), "{tries} tries in ten minutes");
    let polled = requests(&mut world, 300);
    assert!(polled >= 5, "{polled} requests");
    pay_invoice(&mut world);
    world.run(61);
    assert_eq!(world.spendable(), 1100);
}

#[test]
fn what_happens_while_a_line_is_down_is_seen_when_it_is_back() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(300);
    world.cut_listeners();
    pay_invoice(&mut world);
    world.run(5);
    assert_eq!(world.spendable(), 1100);
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.restart();
    world.run(10);
    assert_eq!(world.listeners.len(), 1, "watched again after a restart");
    pay_invoice(&mut world);
    world.run(3);
    assert_eq!(world.spendable(), 1100);
}

#[test]
fn a_line_that_died_while_the_device_slept_is_opened_anew() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(60);
    // Nobody tells of its end.
    world.listeners.clear();
    world.sleep(600);
    world.run(1);
    pay_invoice(&mut world);
    world.run(5);
    assert_eq!(world.spendable(), 1100);
}

#[test]
fn nothing_bearer_is_in_what_is_printed_for_debugging() {
    let mut world = unpaid(true);
    ask_for_invoice(&mut world);
    world.run(10);
    let shown = format!("{:?}", world.client);
    let quote = world.mint.quotes().last().map(|(id, ..)| id.to_owned()).expect("a quote");
    let words = world.client.phrase().split(' ').collect::<Vec<_>>();
    assert!(shown.starts_with("Client"));
    assert!(!shown.contains(&quote) && !shown.contains(&words[..3].join(" ")) && !shown.contains("secret"), "{shown}");
}
