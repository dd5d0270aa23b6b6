//! A mint leaves the wallet when nothing needs it, and goes on where it was when it comes back.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::ErrorCode;
use paygress::model::{Amount, MintUrl, Sat};
use paygress::wallet::{Answer, OperationId, SendAmount};
use paygress_support::mint::{KeysetVersion, Lightning, MintConfig};
use wallet_world::{Running, World};

const DAY: u64 = 86_400;

fn config() -> MintConfig {
    MintConfig { keyset_version: KeysetVersion::V1, orders: 32, ..MintConfig::default() }
}

fn with_mint() -> Running {
    let mut running = World::new(config()).run();
    running.add_mint();
    running
}

/// Fills this in and gives all of it away.
fn spend_all(running: &mut Running, amount: u64) {
    running.fill(Sat::new(amount));
    let send = running.send(SendAmount::Face(Amount::sat(amount)));
    let token = running.wallet.token(&send).expect("it is out");
    running.world.paid_out += running.world.mint.redeem(&token).expect("a good token");
    running.wish(|wallet, now| wallet.check(now, &send)).expect("a token is out");
    running.rest();
    assert_eq!(running.columns(), [0; 5]);
}

fn remove(running: &mut Running) {
    let url = running.world.url.clone();
    running.wish(|wallet, _| wallet.remove_mint(&url)).expect("nothing is there");
}

fn refusal(running: &mut Running, mint: &MintUrl) -> String {
    let before = running.view();
    let error = running.wallet.remove_mint(mint).expect_err("something is there");
    assert_eq!(error.code(), ErrorCode::WrongState);
    assert_eq!(running.view(), before, "nothing is changed");
    error.message().to_owned()
}

#[test]
fn a_mint_where_nothing_is_left_is_removed_and_goes_on_behind_its_counters_when_it_is_added_again() {
    let mut running = with_mint();
    spend_all(&mut running, 64);
    let before = running.view().operations;
    let counters = |running: &Running| {
        let of_phrase = running.world.store.iter().filter(|(key, _)| key.starts_with("wallet/counter/"));
        of_phrase.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
    };
    let counted = counters(&running);
    remove(&mut running);
    assert!(running.view().mints.is_empty());
    assert_eq!(running.view().operations, before, "the history stays");
    let mut running = running.world.run();
    assert!(running.view().mints.is_empty(), "in the store as well");
    assert_eq!(running.view().operations.len(), before.len());
    assert_eq!(counters(&running), counted);
    assert_eq!(running.wallet.next_wake(), None, "nobody is asked any more");
    let url = running.world.url.clone();
    let unknown = running.wallet.issue(running.world.now, &url, Sat::new(5)).expect_err("it was removed");
    assert_eq!(unknown.code(), ErrorCode::UnknownMint);
    assert_eq!(running.wallet.remove_mint(&url).map_err(|error| error.code()), Err(ErrorCode::UnknownMint));
    running.add_mint();
    // The world refuses a counter that goes back, and a secret that is used twice.
    spend_all(&mut running, 32);
    running.books();
}

#[test]
fn money_at_a_mint_keeps_it_wherever_it_is() {
    let mut running = with_mint();
    let url = running.world.url.clone();
    running.fill(Sat::new(64));
    let said = format!("{url} holds money of this wallet, or a token waits for it");
    assert_eq!(refusal(&mut running, &url), said);
    running.send(SendAmount::Face(Amount::sat(64)));
    assert_eq!(running.columns(), [0, 0, 64, 0, 0]);
    assert_eq!(refusal(&mut running, &url), said, "a token is out");

    let mut running = with_mint();
    let token = running.world.mint.gift(&[8]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    assert_eq!(refusal(&mut running, &url), said, "a token waits");
}

#[test]
fn what_is_under_way_at_a_mint_keeps_it() {
    let mut running = with_mint();
    let url = running.world.url.clone();
    let invoice = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(50)));
    let said = format!("operation {invoice} may still need {url}");
    assert_eq!(refusal(&mut running, &url), said, "an invoice is asked for");
    running.turns(2);
    assert_eq!(refusal(&mut running, &url), said, "it may be paid");

    let mut running = with_mint();
    let search = running.begin(|wallet, now| wallet.restore(now, url.clone()));
    assert!(refusal(&mut running, &url).starts_with(&format!("operation {search} ")), "a search is under way");
    running.wish(|wallet, now| wallet.cancel(now, &search)).expect("it can be ended");
    remove(&mut running);
    running.rest();
    assert!(running.view().mints.is_empty(), "late answers bring nothing back");
}

#[test]
fn the_mint_that_a_payment_goes_to_is_kept_though_its_invoice_ended() {
    let mut running = World::with_two(config()).run();
    running.add_mint();
    running.fill(Sat::new(1000));
    let (from, to) = (running.world.url.clone(), running.world.other.as_ref().expect("two mints").0.clone());
    running.wish(|wallet, now| wallet.add_mint(now, to.clone())).expect("a mint can be added");
    running.rest();
    let id = running.begin(|wallet, now| wallet.quote_move(now, &from, &to, Sat::new(500)));
    running.turns(4);
    let most = running.wallet.operation(&id).and_then(|op| op.most).expect("a price");
    running.world.mint.lightning = Lightning::Hangs;
    running.wish(|wallet, now| wallet.pay(now, &id, most)).expect("it can be paid");
    let end = running.world.now + 2 * DAY;
    running.pass_until(end);
    let part = running.view().operations.into_iter().find(|op| op.part_of == Some(id)).expect("its invoice");
    assert_eq!((part.state.as_str(), part.open), ("expired", false));
    assert!(refusal(&mut running, &to).starts_with(&format!("operation {id} ")));
}

#[test]
fn money_that_may_still_come_from_a_mint_keeps_it() {
    let mut running = with_mint();
    let url = running.world.url.clone();
    let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(50)));
    running.pass_until(running.world.now + 7200);
    assert_eq!(running.wallet.operation(&id).expect("known").state, "expired");
    assert!(refusal(&mut running, &url).starts_with(&format!("operation {id} ")), "it may have been paid late");

    let mut running = with_mint();
    running.world.mint.refuses_swaps = Some("not today".to_owned());
    let token = running.world.mint.gift(&[8]);
    let id = running.begin(|wallet, now| wallet.receive(now, &token));
    running.rest();
    assert!(running.wallet.operation(&id).expect("known").can_retry);
    assert!(refusal(&mut running, &url).starts_with(&format!("operation {id} ")));
}

/// An invoice over 50 sat that ended two days ago, at a mint that issues late all the same.
fn with_ended_invoice() -> (Running, OperationId) {
    let mut running = with_mint();
    let url = running.world.url.clone();
    let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(50)));
    running.pass_until(running.world.now + 2 * DAY);
    running.world.mint.refuses_late = false;
    (running, id)
}

fn pay_late(running: &mut Running) {
    let quote = running.world.mint.quotes().next().map(|(id, ..)| id.to_owned()).expect("one");
    assert!(running.world.mint.pay_quote(&quote));
}

#[test]
fn an_invoice_that_was_paid_after_its_mint_was_removed_brings_that_back_with_the_money() {
    let (mut running, id) = with_ended_invoice();
    remove(&mut running);
    pay_late(&mut running);
    let running = running.world.run();
    assert_eq!(running.columns(), [50, 0, 0, 0, 0], "asked for at the next start");
    assert_eq!(running.wallet.operation(&id).expect("known").state, "done");
    running.books();
}

#[test]
fn an_invoice_that_another_copy_issued_after_its_mint_was_removed_has_that_searched() {
    let (mut running, id) = with_ended_invoice();
    let copy = running.world.store.clone();
    remove(&mut running);
    let removed = std::mem::replace(&mut running.world.store, copy);
    pay_late(&mut running);
    let mut other = running.world.run();
    other.rest();
    assert_eq!(other.columns(), [50, 0, 0, 0, 0]);
    other.forget_outputs();
    other.world.store = removed;
    let mut running = other.world.run();
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "failed");
    assert_eq!(running.columns(), [50, 0, 0, 0, 0], "found by the search");
    assert_eq!(running.view().elsewhere.len(), 1, "and the other device is told of");
}

#[test]
fn an_answer_from_before_the_removal_is_not_taken_for_one_to_who_adds_the_mint_again() {
    let mut running = with_mint();
    let url = running.world.url.clone();
    let now = running.world.now;
    let asked = running.wallet.add_mint(now, url.clone()).expect("known mints are asked again").requests;
    assert!(!asked.is_empty());
    remove(&mut running);
    let step = running.wallet.add_mint(now, url).expect("removed before");
    let before = running.view();
    for request in asked {
        let (status, body) = running.world.mint.handle(now, "GET", &request.path, "");
        let step = running.wallet.answered(now, request.id, Answer::Response { status, body });
        assert!(step.records.is_empty() && step.requests.is_empty(), "{step:?}");
        assert_eq!(running.view(), before);
    }
    running.apply(step);
    running.rest();
    spend_all(&mut running, 16);
}
