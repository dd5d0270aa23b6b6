//! Money in sat and in msat at one mint: kept apart, and each used as the other.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::ErrorCode;
use paygress::model::{Amount, Unit};
use paygress::wallet::{OperationId, OperationView, Purpose, SendAmount};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, World};

/// Units and amounts in them.
type Holds<'a> = &'a [(&'a str, &'a [u64])];

const BOTH: [KeysetVersion; 2] = [KeysetVersion::V1, KeysetVersion::V2];

fn with_units(version: KeysetVersion, units: &[&str]) -> Running {
    let units = units.iter().map(|unit| (*unit).to_owned()).collect();
    let config = MintConfig { keyset_version: version, orders: 32, units, ..MintConfig::default() };
    let mut running = World::new(config).run();
    running.add_mint();
    running
}

fn with_both(version: KeysetVersion) -> Running {
    let mut running = with_units(version, &["sat", "msat"]);
    for amount in [Amount::sat(1000), Amount::msat(700_500)] {
        running.fill(amount);
    }
    assert_eq!((running.columns(), running.msat_columns()), ([1000, 0, 0, 0, 0], [700_500, 0, 0, 0, 0]));
    running
}

fn receive(running: &mut Running, token: &str) -> OperationId {
    let id = running.begin(|wallet, now| wallet.receive(now, token));
    running.rest();
    id
}

fn view(running: &Running, id: OperationId) -> OperationView {
    running.wallet.operation(&id).expect("known")
}

fn agree(running: &mut Running, id: OperationId) {
    for _ in 0..6 {
        if view(running, id).state != "quoted" {
            running.turns(1);
        }
    }
    let most = view(running, id).most.expect("a price");
    running.wish(|wallet, now| wallet.pay(now, &id, most)).expect("it can be paid");
    running.rest();
    assert_eq!(view(running, id).state, "done", "{:?}", view(running, id));
}

#[test]
fn money_in_msat_is_issued_sent_received_and_taken_back_beside_sat() {
    for version in BOTH {
        let mut running = with_both(version);
        assert_eq!((running.view().total.get(), running.view().total_msat.get()), (1000, 700_500));
        // A coin of 512 sat would fit best.
        let id = running.send(SendAmount::Face(Amount::msat(500)));
        assert_eq!((view(&running, id).unit, view(&running, id).amount), (Unit::Msat, Amount::msat(500)));
        assert_eq!((running.columns(), running.msat_columns()[2]), ([1000, 0, 0, 0, 0], 500));
        let token = running.wallet.token(&id).expect("the token is out");
        assert_eq!(running.stranger_redeems_msat(&token), Ok(499));
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
        let back = running.send(SendAmount::Face(Amount::msat(4321)));
        running.wish(|wallet, now| wallet.reclaim(now, &back)).expect("a token is out");
        running.rest();
        let token = running.world.mint.gift_of("msat", &[512, 4]);
        let id = receive(&mut running, &token);
        assert_eq!(view(&running, id).sentence, "515 msat came in; the mint kept 1.");
        assert_eq!(running.columns(), [1000, 0, 0, 0, 0]);
        assert_eq!(running.msat_columns()[1..], [0, 0, 0, 0]);
        running.close();
    }
}

#[test]
fn an_invoice_over_a_part_of_a_satoshi_costs_a_whole_one_from_sat_and_no_more_than_it_says_from_msat() {
    for (unit, costs) in [(Unit::Sat, Amount::sat(2)), (Unit::Msat, Amount::msat(1500))] {
        let mut running = with_both(KeysetVersion::V2);
        let (url, invoice) = (running.world.url.clone(), running.world.stranger_asks_for("msat", 1500));
        let id = running.begin(|wallet, now| wallet.quote_pay_from(now, &url, unit, &invoice));
        assert_eq!(view(&running, id).amount, costs);
        agree(&mut running, id);
        match unit {
            Unit::Sat => assert_eq!(running.msat_columns(), [700_500, 0, 0, 0, 0]),
            Unit::Msat => assert_eq!(running.columns(), [1000, 0, 0, 0, 0]),
        }
        running.close();
    }
}

#[test]
fn consent_in_another_unit_is_none() {
    let mut running = with_both(KeysetVersion::V2);
    let (url, invoice) = (running.world.url.clone(), running.world.stranger_asks_for("msat", 900_000));
    let id = running.begin(|wallet, now| wallet.quote_pay_from(now, &url, Unit::Sat, &invoice));
    running.turns(1);
    let now = running.world.now;
    let refused = running.wallet.pay(now, &id, Amount::msat(1_000_000)).err().map(|error| error.code());
    assert_eq!(refused, Some(ErrorCode::QuoteChanged));
    let limit = running.wallet.send_within(
        now,
        &url,
        SendAmount::Face(Amount::msat(5)),
        Purpose::Person,
        Amount::sat(1_000_000),
    );
    assert_eq!(limit.err().map(|error| error.code()), Some(ErrorCode::InvalidInput));
}

#[test]
fn msat_become_sat_at_the_same_mint_over_lightning() {
    let mut running = with_both(KeysetVersion::V2);
    let url = running.world.url.clone();
    let id = running.begin(|wallet, now| wallet.quote_exchange(now, (&url, Unit::Msat), &url, Amount::sat(600)));
    agree(&mut running, id);
    let done = view(&running, id);
    assert_eq!((done.unit, done.amount), (Unit::Msat, Amount::msat(600_000)));
    assert!(done.sentence.starts_with("600 sat arrived; fees took "), "{}", done.sentence);
    assert_eq!(running.columns(), [1600, 0, 0, 0, 0]);
    assert_eq!(running.msat_columns()[0], 100_500 - done.fee.get());
    let part = running.wallet.quote_exchange(running.world.now, (&url, Unit::Sat), &url, Amount::msat(1500));
    let refused = part.expect_err("a part of a satoshi");
    assert_eq!(refused.message(), "1500 msat cannot be paid in whole sat; choose a multiple of 1000");
    running.close();
}

#[test]
fn a_token_is_in_the_unit_of_its_keysets_or_refused() {
    for version in BOTH {
        let mut running = with_units(version, &["sat", "msat"]);
        let silent = running.world.mint.gift_without_unit("msat", &[64]);
        receive(&mut running, &silent);
        assert_eq!((running.columns()[0], running.msat_columns()[0]), (0, 63));
        let lies: [(&str, Holds); 3] =
            [("sat", &[("msat", &[64])]), ("msat", &[("sat", &[64])]), ("sat", &[("sat", &[8]), ("msat", &[4])])];
        for (says, holds) in lies {
            let token = running.world.mint.gift_that_says(says, holds);
            let id = receive(&mut running, &token);
            let failed = view(&running, id);
            assert_eq!((failed.state.as_str(), failed.can_retry), ("failed", true));
            assert!(
                failed.sentence.contains("a keyset in another unit, so its worth is in doubt"),
                "{}",
                failed.sentence
            );
        }
        assert_eq!((running.columns()[0], running.msat_columns()[0]), (0, 63));
    }
}

#[test]
fn a_token_without_a_unit_of_a_mint_that_is_unknown_is_counted_once_its_keysets_are_heard() {
    let units = vec!["sat".to_owned(), "msat".to_owned()];
    let mut running = World::new(MintConfig { orders: 16, units, ..MintConfig::default() }).run();
    let token = running.world.mint.gift_without_unit("msat", &[512]);
    let id = receive(&mut running, &token);
    assert_eq!((running.columns(), running.msat_columns()), ([0; 5], [511, 0, 0, 0, 0]));
    assert_eq!(view(&running, id).unit, Unit::Msat);
    running.close();
}

#[test]
fn dust_comes_back_only_beside_money_of_its_own_unit() {
    let config = MintConfig {
        input_fee_ppk: 1000,
        orders: 16,
        units: vec!["sat".to_owned(), "msat".to_owned()],
        ..MintConfig::default()
    };
    let mut running = World::new(config).run();
    running.add_mint();
    for (unit, amounts) in [("sat", [1024, 2]), ("msat", [512, 2])] {
        let token = running.world.mint.gift_of(unit, &amounts);
        receive(&mut running, &token);
    }
    let id = running.send(SendAmount::Face(Amount::msat(3)));
    let sat = running.columns();
    assert_eq!(running.world.spend_one("handed-out"), 2);
    running.world.paid_out_msat = std::mem::take(&mut running.world.paid_out);
    running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.msat_columns()[2], 1, "less than its fee");
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("there is other money in msat beside it");
    running.rest();
    assert_eq!((view(&running, id).state.as_str(), running.columns()), ("reclaimed", sat));
    running.close();
}

#[test]
fn a_mint_without_a_unit_says_so() {
    let mut running = with_units(KeysetVersion::V2, &["sat"]);
    let (url, now) = (running.world.url.clone(), running.world.now);
    let refused = running.wallet.issue(now, &url, Amount::msat(5000)).expect_err("no such keyset");
    assert_eq!(refused.code(), ErrorCode::MintNotReady);
    assert_eq!(refused.message(), "http://127.0.0.1:3338 keeps no msat; choose another unit or another mint");
    assert_eq!(running.view().mints[0].msat, None);
}

#[test]
fn a_mint_that_keeps_msat_only_is_used_with_it() {
    let mut running = with_units(KeysetVersion::V2, &["msat", "usd"]);
    running.world.mint.auto_pay = true;
    running.fill(Amount::msat(3000));
    assert_eq!((running.columns(), running.msat_columns()), ([0; 5], [3000, 0, 0, 0, 0]));
    let url = running.world.url.clone();
    assert!(!running.wallet.mint_ready(&url), "leases are paid in sat");
    running.close();
}

#[test]
fn the_phrase_brings_back_both_units() {
    for version in BOTH {
        let mut running = with_both(version);
        let id = running.send(SendAmount::Face(Amount::msat(1000)));
        let token = running.wallet.token(&id).expect("the token is out");
        running.stranger_redeems_msat(&token).expect("a good token");
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
        let (sat, msat) = (running.columns(), running.msat_columns());
        running.world.store.clear();
        running.forget_outputs();
        let mut running = running.world.run();
        let url = running.world.url.clone();
        let id = running.begin(|wallet, now| wallet.restore(now, url.clone()));
        running.rest();
        assert_eq!((running.columns(), running.msat_columns()), (sat, msat));
        let progress = view(&running, id).progress.expect("how far it got");
        assert_eq!((progress.all, progress.found.get(), progress.msat.found.get()), (2, 1000, msat[0]));
        assert!(progress.msat.spent.get() >= 1000);
        assert!(view(&running, id).sentence.contains(&format!("1000 sat and {} msat found", msat[0])));
        running.close();
    }
}

#[test]
fn money_of_old_keysets_is_renewed_in_each_unit() {
    let mut running = with_both(KeysetVersion::V2);
    running.world.mint.rotate_keyset();
    let mut running = running.world.run();
    running.rest();
    let kinds: Vec<(Unit, String)> = running
        .view()
        .operations
        .iter()
        .filter(|op| op.kind == paygress::wallet::OperationKind::Rotate)
        .map(|op| (op.unit, op.state.clone()))
        .collect();
    assert_eq!(kinds, [(Unit::Msat, "done".to_owned()), (Unit::Sat, "done".to_owned())]);
    running.close();
}

#[test]
fn another_phrase_is_refused_over_money_in_msat() {
    let mut running = with_units(KeysetVersion::V2, &["sat", "msat"]);
    let token = running.world.mint.gift_of("msat", &[64]);
    receive(&mut running, &token);
    let now = running.world.now;
    let refused = running.wallet.replace_seed(now, [9; 64]).expect_err("it holds money");
    assert!(refused.message().starts_with("this wallet holds 63 msat,"), "{}", refused.message());
}
