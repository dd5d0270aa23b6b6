//! What users do.

use std::cell::Cell;

use paygress::Error;
use paygress::model::{Amount, Sat, Unit};
use paygress::wallet::{LockTo, OperationId, Purpose, SendAmount, Step, Wallet};
use paygress_support::mint::{Dleq, Lightning};

use crate::wallet_world::Running;

/// What a user does, from a prepared world to the end.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) prepare: fn(&mut Running),
    pub(crate) play: fn(&mut Running),
}

pub(crate) const SCENARIOS: [Scenario; 30] = [
    Scenario { name: "add a mint", prepare: |_| (), play: add_mint },
    Scenario { name: "issue", prepare: add_mint, play: issue },
    Scenario { name: "issue, paid after a while", prepare: add_mint, play: issue_and_pay },
    Scenario { name: "receive", prepare: add_mint, play: receive },
    Scenario { name: "receive from an unknown mint", prepare: |_| (), play: receive },
    Scenario { name: "send with a swap", prepare: with_money, play: send },
    Scenario { name: "send, redeemed, checked", prepare: with_money, play: send_and_check },
    Scenario { name: "send and reclaim", prepare: with_money, play: send_and_reclaim },
    Scenario { name: "reclaim what is redeemed meanwhile", prepare: with_money, play: reclaim_too_late },
    Scenario { name: "receive what is locked to us", prepare: add_mint, play: receive_locked },
    Scenario { name: "send locked", prepare: with_money, play: send_locked },
    Scenario { name: "send locked, redeemed, checked", prepare: with_money, play: send_locked_and_check },
    Scenario { name: "send locked, back after its time", prepare: with_money, play: send_locked_and_wait },
    Scenario { name: "send after the keyset changed", prepare: with_old_money, play: send },
    Scenario { name: "money set aside is tried again", prepare: with_money_set_aside, play: retried },
    Scenario { name: "leave an old keyset", prepare: with_old_money, play: rotated },
    Scenario { name: "pay", prepare: with_money, play: pay },
    Scenario { name: "pay, no route", prepare: with_money, play: pay_without_route },
    Scenario { name: "pay, arrives after a while", prepare: with_money, play: pay_that_hangs },
    Scenario { name: "pay, comes back after a while", prepare: with_money, play: pay_that_comes_back },
    Scenario { name: "move to another mint", prepare: with_two_mints, play: move_money },
    Scenario { name: "issue in msat", prepare: with_both_units, play: issue_msat },
    Scenario { name: "send in msat and reclaim", prepare: with_msat, play: send_msat_and_reclaim },
    Scenario { name: "pay from msat", prepare: with_msat, play: pay_from_msat },
    Scenario { name: "msat become sat", prepare: with_msat, play: exchange_msat },
    Scenario { name: "restore from the phrase", prepare: with_a_lost_store, play: restored },
    Scenario { name: "restore what is half known", prepare: with_half_a_store, play: restored },
    Scenario { name: "sweep another phrase", prepare: with_money_of_others, play: swept },
    Scenario { name: "restore beside a receive", prepare: with_a_lost_store, play: restored_and_received },
    Scenario { name: "an older copy of the store", prepare: with_an_older_copy, play: put_right },
];

fn add_mint(running: &mut Running) {
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be added");
    running.rest();
}

fn with_money(running: &mut Running) {
    add_mint(running);
    issue(running);
}

fn with_old_money(running: &mut Running) {
    with_money(running);
    running.world.mint.rotate_keyset();
}

fn with_money_set_aside(running: &mut Running) {
    add_mint(running);
    running.world.mint.dleq = Dleq::Bad;
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    running.world.mint.dleq = Dleq::Good;
    assert_eq!(running.columns(), [0, 0, 0, 0, 63]);
}

/// Opening the wallet is all it takes.
fn retried(running: &mut Running) {
    running.rest();
    assert_eq!(running.columns(), [62, 0, 0, 0, 0]);
}

fn with_two_mints(running: &mut Running) {
    with_money(running);
    let (other, _) = running.world.other.clone().expect("a world with two mints");
    running.wish(|wallet, now| wallet.add_mint(now, other.clone())).expect("a mint can be added");
    running.rest();
    running.world.mint.auto_pay = false;
}

/// Asks the price of something, agrees as often as it is refused for sure, and gives the operation that came to an end.
fn agree(running: &mut Running, quote: impl Fn(&mut Wallet, u64) -> Result<(OperationId, Step), Error>, ends: &[&str]) {
    for _ in 0..3 {
        let id = Cell::new(None);
        running
            .wish(|wallet, now| {
                let (op, step) = quote(wallet, now)?;
                id.set(Some(op));
                Ok(step)
            })
            .expect("it can be paid");
        let id = id.get().expect("a payment was started");
        let state = |running: &Running| running.wallet.operation(&id).expect("known").state;
        // Not until all rests: the invoice of a move would end meanwhile.
        for _ in 0..100 {
            if state(running) != "quoted" {
                running.turns(1);
            }
        }
        assert_eq!(state(running), "quoted", "{:?}", running.wallet.operation(&id));
        // A program that dies before the consent is durable lets the person agree again.
        while state(running) == "quoted" {
            let most = running.wallet.operation(&id).expect("known").most.expect("a price");
            running.wish(|wallet, now| wallet.pay(now, &id, most)).expect("it can be paid");
        }
        running.rest_with_payments();
        if ends.contains(&state(running).as_str()) {
            return;
        }
        assert_eq!(state(running), "failed");
        assert_eq!(running.columns()[1..], [0, 0, 0, 0], "what was not paid is free again");
    }
    panic!("the payment never comes to an end");
}

fn pay_a_stranger(running: &mut Running, ends: &[&str]) {
    let url = running.world.url.clone();
    let invoice = running.world.stranger_asks(40);
    agree(running, |wallet, now| wallet.quote_pay(now, &url, &invoice), ends);
}

fn pay(running: &mut Running) {
    pay_a_stranger(running, &["done"]);
    assert!(running.world.mint.melted() == 41, "the invoice was paid once");
}

fn pay_without_route(running: &mut Running) {
    running.world.mint.lightning = Lightning::Fails;
    pay_a_stranger(running, &["failed"]);
    assert_eq!(running.world.mint.melted(), 0);
}

fn pay_that_hangs(running: &mut Running) {
    running.world.mint.lightning = Lightning::Hangs;
    running.world.arrives = true;
    pay_a_stranger(running, &["done"]);
    assert_eq!(running.world.mint.melted(), 41);
}

fn pay_that_comes_back(running: &mut Running) {
    running.world.mint.lightning = Lightning::Hangs;
    running.world.arrives = false;
    pay_a_stranger(running, &["failed"]);
    assert_eq!(running.world.mint.melted(), 0);
}

fn move_money(running: &mut Running) {
    let (from, to) = (running.world.url.clone(), running.world.other.clone().expect("two mints").0);
    agree(running, |wallet, now| wallet.quote_move(now, &from, &to, Sat::new(50)), &["done"]);
    assert_eq!(running.columns_at(&to), [50, 0, 0, 0, 0]);
}

fn with_both_units(running: &mut Running) {
    running.world.mint.keep_unit("msat");
    with_money(running);
}

fn with_msat(running: &mut Running) {
    with_both_units(running);
    issue_msat(running);
}

fn issue_msat(running: &mut Running) {
    let url = running.world.url.clone();
    running
        .wish(|wallet, now| wallet.issue(now, &url, Amount::msat(90_500)).map(|(_, step)| step))
        .expect("the mint is ready");
    running.rest();
    assert_eq!((running.columns()[0], running.msat_columns()), (200, [90_500, 0, 0, 0, 0]));
}

fn send_msat_and_reclaim(running: &mut Running) {
    let id = make_token_of(running, Amount::msat(1234));
    assert_eq!((running.columns(), running.msat_columns()[2]), ([200, 0, 0, 0, 0], 1234));
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    assert_eq!(running.msat_columns()[1..], [0, 0, 0, 0]);
}

fn pay_from_msat(running: &mut Running) {
    let (url, invoice) = (running.world.url.clone(), running.world.stranger_asks_for("msat", 4321));
    agree(running, |wallet, now| wallet.quote_pay_from(now, &url, Unit::Msat, &invoice), &["done"]);
    assert_eq!((running.columns(), running.world.mint.books("msat").melted), ([200, 0, 0, 0, 0], 5321));
}

fn exchange_msat(running: &mut Running) {
    let url = running.world.url.clone();
    running.world.mint.auto_pay = false;
    agree(running, |wallet, now| wallet.quote_exchange(now, (&url, Unit::Msat), &url, Amount::sat(50)), &["done"]);
    assert_eq!((running.columns(), running.world.mint.books("msat").melted), ([250, 0, 0, 0, 0], 50_000));
}

/// Opening the wallet is all it takes.
fn rotated(running: &mut Running) {
    running.rest();
    assert_eq!(running.columns(), [199, 0, 0, 0, 0]);
}

/// Money in two keysets, some spent, and a device that knows nothing.
fn with_a_lost_store(running: &mut Running) {
    with_half_a_store(running);
    running.world.store.clear();
}

fn with_half_a_store(running: &mut Running) {
    with_old_money(running);
    send_and_check(running);
    issue_more(running);
    let proofs: Vec<String> = running.world.store.keys().filter(|key| key.contains("/proof/")).cloned().collect();
    running.world.store.retain(|key, _| !proofs.iter().step_by(2).any(|lost| lost == key));
    running.forget_outputs();
}

/// Another device with the same phrase went on from here.
fn with_an_older_copy(running: &mut Running) {
    with_money(running);
    let copy = running.world.store.clone();
    send_and_check(running);
    issue_more(running);
    running.world.store = copy;
    running.forget_outputs();
}

/// At the latest when it uses counters that are used up.
fn put_right(running: &mut Running) {
    issue_more(running);
    assert!(!running.view().elsewhere.is_empty());
    assert_eq!(running.columns(), [in_circulation(running), 0, 0, 0, 0]);
}

fn begin_restore(running: &mut Running) {
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.restore(now, url.clone()).map(|(_, step)| step)).expect("a search can begin");
}

fn restored(running: &mut Running) {
    begin_restore(running);
    running.rest();
    assert_eq!(running.columns(), [in_circulation(running), 0, 0, 0, 0]);
}

/// The token comes while the search is under way, and derives its outputs from counters that are not known to be used.
fn restored_and_received(running: &mut Running) {
    begin_restore(running);
    running.turns(3);
    receive_token(running);
    running.rest();
    assert_eq!(running.columns(), [in_circulation(running), 0, 0, 0, 0]);
}

const OTHERS: [u8; 64] = [33; 64];

fn with_money_of_others(running: &mut Running) {
    add_mint(running);
    running.world.others_hold(OTHERS, &[127; 16]);
}

/// All tokens are taken in by one commit, as the client does it.
fn swept(running: &mut Running) {
    let (scout, _) = running.world.look(OTHERS);
    let haul = scout.haul(&running.world.url);
    assert_eq!(haul.tokens.len(), 2);
    let receive = |wallet: &mut Wallet, now: u64| {
        let mut all = Step::default();
        for token in &haul.tokens {
            all.extend(wallet.receive(now, token)?.1);
        }
        Ok(all)
    };
    running.wish(receive).expect("good tokens");
    running.rest();
    assert_eq!(running.columns(), [haul.arrives().get(), 0, 0, 0, 0]);
}

fn in_circulation(running: &Running) -> u64 {
    running.world.mint.issued() - running.world.mint.fees() - running.world.paid_out
}

fn issue_more(running: &mut Running) {
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(45)).map(|(_, step)| step)).expect("the mint is ready");
    running.rest();
}

fn receive_token(running: &mut Running) {
    let token = running.world.mint.gift(&[64, 16, 2, 1]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
}

fn issue(running: &mut Running) {
    running.world.mint.auto_pay = true;
    let url = running.world.url.clone();
    running
        .wish(|wallet, now| wallet.issue(now, &url, Sat::new(200)).map(|(_, step)| step))
        .expect("the mint is ready");
    running.rest();
    assert_eq!(running.columns()[0], 200);
}

fn issue_and_pay(running: &mut Running) {
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(77)).map(|(_, step)| step)).expect("the mint is ready");
    running.turns(4);
    let invoice = (0..50).find_map(|_| {
        running.turns(1);
        running.view().operations.first().and_then(|op| op.invoice.clone())
    });
    assert!(running.world.mint.pay_invoice(&invoice.expect("an invoice comes")));
    running.rest();
    assert_eq!(running.columns()[0], 77);
}

fn receive(running: &mut Running) {
    receive_token(running);
    running.rest();
    assert_eq!(running.columns(), [82, 0, 0, 0, 0]);
}

/// Makes a token of 100 sat, and gives its operation.
fn make_token(running: &mut Running) -> OperationId {
    let id = make_token_of(running, Amount::sat(100));
    assert_eq!(running.columns()[2], 100);
    id
}

fn make_token_of(running: &mut Running, amount: Amount) -> OperationId {
    let url = running.world.url.clone();
    let id = Cell::new(None);
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.send(now, &url, SendAmount::Face(amount), Purpose::Person)?;
            id.set(Some(op));
            Ok(step)
        })
        .expect("there is enough");
    running.rest();
    let id = id.get().expect("a send was started");
    assert!(running.wallet.token(&id).is_some(), "{:?}", running.wallet.operation(&id));
    id
}

fn send(running: &mut Running) {
    make_token(running);
}

fn receive_locked(running: &mut Running) {
    let key = running.wallet.receiving_key();
    let condition = format!(r#"["P2PK",{{"nonce":"{{nonce}}","data":"{key}"}}]"#);
    let token = running.world.mint.gift_locked(&[64, 16, 2, 1], &condition);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns(), [82, 0, 0, 0, 0]);
}

/// Somebody's secret key, and the public key of it.
const KEY: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const PUBLIC_KEY: &str = "034f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa";

/// Makes a token of 100 sat for somebody's key, and gives its operation.
fn make_locked_token(running: &mut Running) -> OperationId {
    let url = running.world.url.clone();
    let id = Cell::new(None);
    running
        .wish(|wallet, now| {
            let to = LockTo { key: PUBLIC_KEY.parse()?, until: now + 86_400 };
            let (op, step) =
                wallet.send_locked(now, &url, SendAmount::Face(Amount::sat(100)), &to, Sat::new(u64::MAX))?;
            id.set(Some(op));
            Ok(step)
        })
        .expect("there is enough");
    running.rest();
    let id = id.get().expect("a send was started");
    assert!(running.wallet.token(&id).is_some(), "{:?}", running.wallet.operation(&id));
    assert_eq!(running.columns()[2], 100);
    id
}

fn send_locked(running: &mut Running) {
    make_locked_token(running);
}

fn send_locked_and_check(running: &mut Running) {
    let id = make_locked_token(running);
    let token = running.wallet.token(&id).expect("the token is out");
    assert!(running.stranger_redeems(&token).is_err(), "it is locked");
    running.world.paid_out += running.world.mint.redeem_as(&token, KEY).expect("its owner takes it");
    while running.wallet.operation(&id).expect("known").state != "spent" {
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
    }
}

fn send_locked_and_wait(running: &mut Running) {
    let id = make_locked_token(running);
    assert!(running.wallet.reclaim(running.world.now, &id).is_err(), "not before its time");
    running.world.now += 2 * 86_400;
    running.rest();
    while running.wallet.operation(&id).expect("known").state == "handed-out" {
        running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("its time has come");
        running.rest();
    }
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    assert_eq!(running.columns()[1..], [0, 0, 0, 0]);
}

fn send_and_check(running: &mut Running) {
    let id = make_token(running);
    let token = running.wallet.token(&id).expect("the token is out");
    assert_eq!(running.stranger_redeems(&token), Ok(99));
    // A question is not journaled: whoever wants to know asks again.
    while running.wallet.operation(&id).expect("known").state != "spent" {
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
    }
}

fn send_and_reclaim(running: &mut Running) {
    let id = make_token(running);
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    assert_eq!(running.columns()[1..], [0, 0, 0, 0]);
}

fn reclaim_too_late(running: &mut Running) {
    let id = make_token(running);
    let token = running.wallet.token(&id).expect("the token is out");
    running.stranger_redeems(&token).expect("a good token");
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "spent");
    assert_eq!(running.columns()[1..], [0, 0, 0, 0]);
}
