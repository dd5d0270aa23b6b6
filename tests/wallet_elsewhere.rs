//! One phrase on two devices, and an older copy of a store opened again: noticed, said, put right, and no sat lost.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use std::collections::BTreeMap;

use paygress::model::{Amount, MintUrl, Sat};
use paygress::wallet::{
    Answer, Method, MintRequest, OperationId, OperationKind, OperationView, SendAmount, Wallet, WalletEvent,
};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, World};

const BOTH: [KeysetVersion; 2] = [KeysetVersion::V1, KeysetVersion::V2];

fn device(version: KeysetVersion) -> Running {
    let mut world = World::new(MintConfig { keyset_version: version, orders: 16, ..MintConfig::default() });
    world.mint.auto_pay = true;
    let mut running = world.run();
    running.add_mint();
    running
}

fn receive(running: &mut Running, amounts: &[u64]) {
    let token = running.world.mint.gift(amounts);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
}

fn reclaim(running: &mut Running, id: OperationId) {
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
}

fn quote_pay(running: &mut Running, amount: u64) -> OperationId {
    let (url, invoice) = (running.world.url.clone(), running.world.stranger_asks(amount));
    let (id, step) = running.wallet.quote_pay(running.world.now, &url, &invoice).expect("a good invoice");
    running.apply(step);
    running.turns(1);
    id
}

fn agree(running: &mut Running, id: OperationId) {
    let most = view(running, id).most.expect("a price");
    let step = running.wallet.pay(running.world.now, &id, most).expect("it can be paid");
    running.apply(step);
    running.rest();
}

fn view(running: &Running, id: OperationId) -> OperationView {
    running.wallet.operation(&id).expect("known")
}

fn stranger_takes(running: &mut Running, id: OperationId) {
    let token = running.wallet.token(&id).expect("a token is out");
    running.stranger_redeems(&token).expect("a token that is good");
    running.wish(|wallet, now| wallet.check(now, &id)).expect("it is out");
    running.rest();
}

/// The mint and the time go on; each device keeps its own store.
fn turn_to(device: &mut Running, from: &mut Running) {
    std::mem::swap(&mut device.world, &mut from.world);
    std::mem::swap(&mut device.world.store, &mut from.world.store);
    device.forget_outputs();
}

/// Another device with the same phrase, which found its money there.
fn second(first: &mut Running) -> Running {
    let mut world = first.world.clone();
    world.store = BTreeMap::new();
    world.events.clear();
    let mut device = world.run();
    device.forget_outputs();
    let url = device.world.url.clone();
    device.wish(|wallet, now| wallet.restore(now, url.clone()).map(|(_, step)| step)).expect("a search can begin");
    device.rest();
    first.world.now = device.world.now;
    device
}

/// Closed and opened again, some time later.
fn opened_again(running: Running) -> Running {
    let mut world = running.world;
    world.now += 3600;
    let mut running = world.run();
    running.rest();
    running
}

/// What the wallet says about it, checked for being said everywhere.
fn said(running: &Running) -> Option<u64> {
    let view = running.view();
    let seen = view.elsewhere.first()?;
    assert_eq!(seen.mint, running.world.url);
    assert!(seen.sentence.contains("in use on another device too"), "{}", seen.sentence);
    assert!(running.has_event(|event| matches!(event, WalletEvent::UsedElsewhere { .. })));
    Some(seen.gone.get())
}

fn searches(running: &Running) -> usize {
    let view = running.view();
    view.operations.iter().filter(|op| op.kind == OperationKind::Restore).count()
}

#[test]
fn one_device_alone_sees_no_other() {
    for version in BOTH {
        let mut running = device(version);
        running.fill(Sat::new(500));
        let out = running.send(SendAmount::Face(Amount::sat(77)));
        stranger_takes(&mut running, out);
        let out = running.send(SendAmount::Face(Amount::sat(33)));
        reclaim(&mut running, out);
        receive(&mut running, &[32, 4]);
        running.world.log.clear();
        let mut running = opened_again(running);
        let asked = |path: &str| running.world.log.iter().filter(|line| line.ends_with(path)).count();
        assert_eq!((asked("/v1/restore"), asked("/v1/checkstate")), (1, 1), "it looked: {:?}", running.world.log);
        assert_eq!((said(&running), searches(&running)), (None, 0));
        running.close();
    }
}

#[test]
fn money_that_another_device_spent_leaves_the_balance_before_it_is_used() {
    for version in BOTH {
        let mut one = device(version);
        one.fill(Sat::new(500));
        let mut two = second(&mut one);
        turn_to(&mut two, &mut one);
        let out = two.send(SendAmount::Face(Amount::sat(500)));
        stranger_takes(&mut two, out);
        turn_to(&mut one, &mut two);
        assert_eq!(one.columns()[0], 500, "nobody told it yet");
        let mut one = opened_again(one);
        assert_eq!(said(&one), Some(500));
        assert_eq!(one.columns(), [0, 0, 0, 0, 0]);
        let search = one.view().operations.into_iter().find(|op| op.kind == OperationKind::Restore).expect("a search");
        assert_eq!(search.state, "done");
        assert_eq!(search.progress.map(|progress| progress.gone.get()), Some(500), "with evidence");
        one.close();
        one.wish(|wallet, now| wallet.replace_seed(now, [99; 64])).expect("nothing is held");
        assert_eq!(one.view().elsewhere, [], "those were other words");
    }
}

#[test]
fn money_that_came_in_on_another_device_comes_in_here_too() {
    for version in BOTH {
        let mut one = device(version);
        one.fill(Sat::new(100));
        let mut two = second(&mut one);
        turn_to(&mut two, &mut one);
        two.fill(Sat::new(250));
        turn_to(&mut one, &mut two);
        let mut one = opened_again(one);
        assert_eq!((said(&one), one.columns()[0]), (Some(0), 350));
        let before = one.world.log.len();
        one.fill(Sat::new(31));
        assert!(one.world.log[before..].iter().all(|line| !line.contains("restore")), "the counter moved past all");
        one.close();
    }
}

#[test]
fn two_devices_in_turns_lose_nothing_and_say_so() {
    for version in BOTH {
        let mut one = device(version);
        one.fill(Sat::new(1000));
        let mut two = second(&mut one);
        for round in 0..6u64 {
            let (here, there) = if round % 2 == 0 { (&mut two, &mut one) } else { (&mut one, &mut two) };
            turn_to(here, there);
            here.fill(Sat::new(40 + round));
            receive(here, &[16, 2]);
            let out = here.send(SendAmount::Face(Amount::sat(60 + round)));
            if here.wallet.token(&out).is_some() {
                stranger_takes(here, out);
            }
            let back = here.send(SendAmount::Face(Amount::sat(20)));
            if here.wallet.token(&back).is_some() {
                reclaim(here, back);
            }
            let pay = quote_pay(here, 30 + round);
            if view(here, pay).missing.is_some_and(Amount::is_zero) {
                agree(here, pay);
            }
            here.rest();
            assert!(here.view().operations.iter().all(|op| !op.open || op.can_reclaim), "{:?}", here.view().operations);
            if round > 0 {
                assert!(said(here).is_some(), "round {round}");
            }
        }
        let mut one = {
            turn_to(&mut two, &mut one);
            let two = opened_again(two);
            two.books();
            let mut two = two;
            turn_to(&mut one, &mut two);
            opened_again(one)
        };
        one.close();
        assert!(searches(&one) <= 2, "one search stands for all");
    }
}

#[test]
fn ecash_of_an_earlier_life_at_a_mint_that_is_added_comes_in_without_an_alarm() {
    let mut one = device(KeysetVersion::V2);
    one.fill(Sat::new(100));
    let mut world = one.world;
    world.store = BTreeMap::new();
    world.events.clear();
    let mut anew = world.run();
    anew.forget_outputs();
    anew.add_mint();
    assert_eq!((said(&anew), anew.columns()[0], searches(&anew)), (None, 100, 1));
    anew.close();
}

#[test]
fn counters_that_another_device_used_are_noticed_in_the_middle_of_an_operation() {
    for version in BOTH {
        let mut one = device(version);
        one.fill(Sat::new(100));
        let mut two = second(&mut one);
        turn_to(&mut two, &mut one);
        two.fill(Sat::new(63));
        turn_to(&mut one, &mut two);
        one.fill(Sat::new(15));
        assert_eq!((said(&one), one.columns()[0]), (Some(0), 178));
        one.close();
    }
}

#[test]
fn while_two_devices_are_at_work_a_token_is_made_of_ecash_that_is_proven_unspent() {
    let mut one = device(KeysetVersion::V2);
    one.fill(Sat::new(100));
    let mut two = second(&mut one);
    turn_to(&mut two, &mut one);
    two.fill(Sat::new(28));
    turn_to(&mut one, &mut two);
    let mut one = opened_again(one);
    assert!(said(&one).is_some());
    let swaps = |running: &Running| running.world.log.iter().filter(|line| line.ends_with("/v1/swap")).count();
    let before = swaps(&one);
    let out = one.send(SendAmount::Face(Amount::sat(64)));
    assert_eq!(swaps(&one), before + 1, "a coin of 64 sat was at hand, which may be spent by now");
    stranger_takes(&mut one, out);
    one.world.now += 8 * 86_400;
    let mut one = opened_again(one);
    assert_eq!(said(&one), None, "a week later all is as before");
    let (before, left) = (swaps(&one), one.columns()[0]);
    let fitting = 1 << left.ilog2();
    one.send(SendAmount::Face(Amount::sat(fitting)));
    assert_eq!(swaps(&one), before);
}

#[test]
fn what_the_person_knows_of_is_heeded_and_said_again_when_something_new_shows() {
    for version in BOTH {
        let mut one = device(version);
        let url = one.world.url.clone();
        let unknown: MintUrl = "https://mint.example.org".parse().expect("an address");
        assert!(one.wallet.acknowledge_elsewhere(&unknown).is_err());
        one.fill(Sat::new(500));
        let mut two = second(&mut one);
        let mut spend_there = |one: &mut Running, amount| {
            turn_to(&mut two, one);
            let out = two.send(SendAmount::Face(Amount::sat(amount)));
            stranger_takes(&mut two, out);
            turn_to(one, &mut two);
        };
        spend_there(&mut one, 300);
        let mut one = opened_again(one);
        let first = one.view().elsewhere.remove(0);
        assert!(said(&one).is_some_and(|gone| gone >= 300));
        one.wish(|wallet, _| wallet.acknowledge_elsewhere(&url)).expect("known");
        assert_eq!(one.view().elsewhere, []);
        let mut one = opened_again(one);
        assert_eq!(one.view().elsewhere, [], "it is stored");
        receive(&mut one, &[64]);
        let before = one.world.log.len();
        let out = one.send(SendAmount::Face(Amount::sat(32)));
        let swapped = one.world.log[before..].iter().any(|line| line.ends_with("/v1/swap"));
        assert!(swapped, "a coin of 32 sat was at hand, which may be spent by now");
        reclaim(&mut one, out);

        spend_there(&mut one, 50);
        let mut one = opened_again(one);
        let again = one.view().elsewhere.remove(0);
        assert!(again.first_at > first.last_at && again.gone < first.gone, "{again:?} after {first:?}");
        one.close();
    }
}

#[test]
fn a_mint_where_the_phrase_is_in_use_elsewhere_is_not_removed_meanwhile() {
    let mut one = device(KeysetVersion::V2);
    let url = one.world.url.clone();
    one.fill(Sat::new(32));
    let mut two = second(&mut one);
    turn_to(&mut two, &mut one);
    let out = two.send(SendAmount::Face(Amount::sat(32)));
    stranger_takes(&mut two, out);
    turn_to(&mut one, &mut two);
    let mut one = opened_again(one);
    assert_eq!((said(&one), one.columns()), (Some(32), [0; 5]));
    let refused = one.wallet.remove_mint(&url).expect_err("tokens made there are proven for a week");
    assert!(refused.message().contains("in use elsewhere"), "{refused}");
    one.world.now += 8 * 86_400;
    let mut one = opened_again(one);
    one.wish(|wallet, _| wallet.remove_mint(&url)).expect("a week later");
    assert!(one.view().mints.is_empty());
}

/// What may be open in a store when it is copied.
fn with_open_operations(running: &mut Running) -> Vec<OperationId> {
    let url = running.world.url.clone();
    let [redeemed, taken_back] = [48, 21].map(|amount| running.send(SendAmount::Face(Amount::sat(amount))));
    running.world.mint.auto_pay = false;
    let (invoice, step) = running.wallet.issue(running.world.now, &url, Sat::new(70)).expect("the mint is ready");
    running.apply(step);
    running.turns(2);
    let token = running.world.mint.gift(&[32, 8]);
    let (received, step) = running.wallet.receive(running.world.now, &token).expect("a good token");
    running.apply(step);
    running.hold_back("/v1/swap");
    vec![invoice, redeemed, taken_back, received]
}

#[test]
fn an_older_copy_of_a_store_is_put_right_when_it_is_opened() {
    for version in BOTH {
        let mut running = device(version);
        running.fill(Sat::new(400));
        let ids = with_open_operations(&mut running);
        let copy = running.world.store.clone();
        let invoice = view(&running, ids[0]).invoice.expect("it can be paid");
        assert!(running.world.mint.pay_invoice(&invoice));
        running.release();
        running.rest();
        running.world.mint.auto_pay = true;
        stranger_takes(&mut running, ids[1]);
        reclaim(&mut running, ids[2]);
        for amount in [100, 50] {
            running.fill(Sat::new(amount));
            let out = running.send(SendAmount::Face(Amount::sat(amount + 3)));
            stranger_takes(&mut running, out);
        }
        let pay = quote_pay(&mut running, 41);
        agree(&mut running, pay);
        receive(&mut running, &[64, 1]);
        running.books();
        let expected = running.columns();
        running.world.store = copy;
        let mut running = opened_again(running);
        running.forget_outputs();
        for _ in 0..3 {
            running = opened_again(running);
        }
        assert!(said(&running).is_some());
        assert_eq!(running.columns(), expected);
        assert!(running.view().operations.iter().all(|op| !op.open), "{:?}", running.view().operations);
        running.fill(Sat::new(9));
        running.close();
    }
}

#[test]
fn an_invoice_that_another_copy_issued_says_where_its_money_is() {
    let mut running = device(KeysetVersion::V2);
    running.world.mint.auto_pay = false;
    let url = running.world.url.clone();
    let (id, step) = running.wallet.issue(running.world.now, &url, Sat::new(70)).expect("the mint is ready");
    running.apply(step);
    running.turns(2);
    let copy = running.world.store.clone();
    let invoice = view(&running, id).invoice.expect("an invoice");
    assert!(running.world.mint.pay_invoice(&invoice));
    running.rest();
    running.world.store = copy;
    let mut running = opened_again(running);
    let issue = view(&running, id);
    assert_eq!(issue.state, "failed");
    assert!(
        issue.sentence.contains("another one with these words did it, the money is looked for"),
        "{}",
        issue.sentence
    );
    assert_eq!((said(&running), running.columns()[0]), (Some(0), 70));
    running.close();
}

#[test]
fn the_rest_of_a_token_is_taken_though_another_device_used_the_same_counters() {
    let mut one = device(KeysetVersion::V2);
    one.fill(Sat::new(3));
    let mut two = second(&mut one);
    turn_to(&mut two, &mut one);
    two.fill(Sat::new(63));
    turn_to(&mut one, &mut two);
    // Its sender spent a part of it, and the counters for the rest are signed already.
    let token = one.world.mint.gift(&[32, 16]);
    let spent = part_of(&token, 16);
    one.stranger_redeems(&spent).expect("a good part");
    one.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    one.rest();
    assert_eq!(one.columns()[0], 3 + 63 + 31, "with the rest after its fee");
    one.close();
}

/// The proofs of one amount out of a token.
fn part_of(token: &str, amount: u64) -> String {
    use std::str::FromStr;
    let mut token = cashu::TokenV4::from_str(token).expect("a token of this test");
    for entry in &mut token.token {
        entry.proofs.retain(|proof| proof.amount.to_u64() == amount);
    }
    token.to_string()
}

#[test]
fn nothing_is_looked_for_while_something_is_under_way() {
    let mut running = device(KeysetVersion::V2);
    running.fill(Sat::new(100));
    let url = running.world.url.clone();
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.hold_back("/v1/swap");
    running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("known");
    running.world.log.clear();
    running.turns(4);
    let step = running.wallet.wake(running.world.now);
    running.apply(step);
    running.turns(1);
    assert!(running.world.log.iter().all(|line| line.starts_with("GET")), "{:?}", running.world.log);
    running.release();
    running.rest();
    assert!(running.world.log.iter().any(|line| line.ends_with("/v1/restore")), "{:?}", running.world.log);
    running.close();
}

#[test]
fn a_mint_that_answers_the_look_with_nonsense_changes_nothing() {
    let answers = ["", "{}", "[]", r#"{"states":[]}"#, r#"{"outputs":[{}],"signatures":[]}"#];
    let refusal = r#"{"detail":"no","code":11003}"#;
    let cases = answers.map(|body| (200, body)).into_iter().chain([(400, refusal), (500, "down"), (429, "{}")]);
    for (status, body) in cases {
        let mut running = device(KeysetVersion::V2);
        running.fill(Sat::new(100));
        let mut wallet = Wallet::open(wallet_world::SEED, &running.world.store).expect("the wallet wrote this store");
        let mut requests = wallet.wake(running.world.now).requests;
        let mut asked = 0;
        while let Some(MintRequest { id, method, path, .. }) = requests.pop() {
            let answer = match method {
                Method::Get => {
                    let (status, body) = running.world.mint.handle(running.world.now, "GET", &path, "");
                    Answer::Response { status, body }
                }
                Method::Post => {
                    asked += 1;
                    Answer::Response { status, body: body.to_owned() }
                }
            };
            running.world.now += 400;
            let step = wallet.answered(running.world.now, id, answer);
            requests.extend(step.requests);
            requests.extend(wallet.wake(running.world.now).requests);
            assert!(asked < 12, "it gives up for now");
        }
        assert!(asked > 0);
        let view = wallet.view();
        assert_eq!((view.total.get(), view.elsewhere.len()), (100, 0), "{status} {body}");
        assert!(view.operations.iter().all(|op| op.kind != OperationKind::Restore));
    }
}

#[test]
fn the_sign_is_kept_with_the_mint() {
    let mut one = device(KeysetVersion::V2);
    one.fill(Sat::new(100));
    let mut two = second(&mut one);
    turn_to(&mut two, &mut one);
    let out = two.send(SendAmount::Face(Amount::sat(100)));
    stranger_takes(&mut two, out);
    turn_to(&mut one, &mut two);
    let one = opened_again(one);
    let seen = one.view().elsewhere;
    let again = Wallet::open(wallet_world::SEED, &one.world.store).expect("the wallet wrote this store");
    let url: &MintUrl = &one.world.url;
    assert_eq!(seen.first().map(|seen| (&seen.mint, seen.gone.get())), Some((url, 100)));
    // The clock of a wallet that did nothing yet stands at the beginning, so every sign is recent.
    assert_eq!(again.view().elsewhere, seen);
}
