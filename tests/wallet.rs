//! What the wallet does when all goes well, and what it refuses.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use bitcoin::hex::{DisplayHex, FromHex};
use paygress::ErrorCode;
use paygress::model::{Amount, Sat};
use paygress::wallet::{Answer, MintState, OperationKind, Purpose, SendAmount, Wallet, WalletEvent};
use paygress_support::mint::{Dleq, KeysetVersion, MintConfig};
use wallet_world::{Running, SEED, START, World};

fn config(version: KeysetVersion) -> MintConfig {
    MintConfig { keyset_version: version, orders: 32, ..MintConfig::default() }
}

fn with_mint(version: KeysetVersion) -> Running {
    let mut running = World::new(config(version)).run();
    running.add_mint();
    running
}

fn with_money(version: KeysetVersion, amount: u64) -> Running {
    let mut running = with_mint(version);
    running.world.mint.auto_pay = true;
    running.fill(Sat::new(amount));
    assert_eq!(running.columns(), [amount, 0, 0, 0, 0]);
    running
}

const BOTH: [KeysetVersion; 2] = [KeysetVersion::V1, KeysetVersion::V2];

#[test]
fn a_mint_is_added_with_its_keys_verified() {
    for version in BOTH {
        let running = with_mint(version);
        let view = running.view();
        assert_eq!(view.mints[0].state, MintState::Ready);
        assert_eq!(view.mints[0].name, "Simulated mint");
        assert_eq!(view.mints[0].input_fee_ppk, 100);
        assert_eq!(view.mints[0].contact.as_deref(), Some("mint@example.com"));
        assert!(running.wallet.mint_ready(&running.world.url));
        assert!(running.has_event(|event| *event == WalletEvent::MintReady(running.world.url.clone())));
    }
}

#[test]
fn an_invoice_is_paid_and_its_ecash_comes_in() {
    for version in BOTH {
        let mut running = with_mint(version);
        let url = running.world.url.clone();
        running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(1000)).map(|(_, step)| step)).expect("ready");
        running.turns(3);
        let view = running.view();
        assert_eq!(view.operations[0].state, "awaiting-payment");
        let invoice = view.operations[0].invoice.clone().expect("an invoice to pay");
        assert_eq!(view.operations[0].invoice_expires_at, u32::try_from(START + 3600).ok());
        assert!(running.world.mint.pay_invoice(&invoice));
        running.rest();
        assert_eq!(running.columns(), [1000, 0, 0, 0, 0]);
        assert!(
            running.has_event(|event| matches!(event, WalletEvent::Issued { amount, .. } if *amount == Sat::new(1000)))
        );
        running.books();
    }
}

#[test]
fn a_token_is_received_for_its_face_less_the_fee() {
    for version in BOTH {
        let mut running = with_mint(version);
        for token in [running.world.mint.gift(&[64, 8, 1]), running.world.mint.gift_v3(&[32, 2])] {
            let pasted = format!(" cashu:{token}\n");
            running.wish(|wallet, now| wallet.receive(now, &pasted).map(|(_, step)| step)).expect("a good token");
            running.rest();
        }
        assert_eq!(running.columns(), [73 - 1 + 34 - 1, 0, 0, 0, 0]);
        running.books();
    }
}

#[test]
fn a_token_of_an_unknown_mint_adds_the_mint() {
    let mut running = World::new(config(KeysetVersion::V2)).run();
    let token = running.world.mint.gift(&[16]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    assert_eq!(running.columns(), [0, 0, 0, 16, 0], "journaled before its mint answered");
    running.rest();
    assert_eq!(running.columns(), [15, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn a_token_that_arrives_is_worth_its_price_after_the_fee() {
    for version in BOTH {
        let mut running = with_money(version, 1000);
        let quote =
            running.wallet.quote_send(&running.world.url, SendAmount::Arrives(Amount::sat(180))).expect("enough");
        assert_eq!(quote.face.get() - quote.redeem_fee.get(), 180);
        let id = running.send(SendAmount::Arrives(Amount::sat(180)));
        let token = running.wallet.token(&id).expect("the token is ready");
        assert!(token.starts_with("cashuB"));
        assert_eq!(running.stranger_redeems(&token), Ok(180));
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
        assert!(running.has_event(|event| *event == WalletEvent::TokenSpent { op: id }));
        assert_eq!(running.wallet.token(&id), None);
        running.books();
    }
}

#[test]
fn every_price_arrives_exactly_or_with_the_least_above() {
    let running = with_money(KeysetVersion::V2, 5000);
    for price in 1..400 {
        let quote =
            running.wallet.quote_send(&running.world.url, SendAmount::Arrives(Amount::sat(price))).expect("enough");
        let fee = |face: u64| u64::from(face.count_ones()).div_ceil(10);
        let smallest = (price..).find(|face| face - fee(*face) >= price).expect("there is one");
        assert_eq!((quote.face.get(), quote.redeem_fee.get()), (smallest, fee(smallest)), "price {price}");
    }
}

#[test]
fn fitting_proofs_are_handed_out_without_a_swap() {
    let mut running = with_money(KeysetVersion::V2, 1023);
    let id = running.send(SendAmount::Face(Amount::sat(513)));
    assert!(running.wallet.token(&id).is_some());
    assert!(!running.world.log.iter().any(|line| line == "POST /v1/swap"), "no swap was needed");
    assert_eq!(running.columns(), [510, 0, 513, 0, 0]);
}

#[test]
fn a_token_holds_no_dleq_proof() {
    let mut running = with_money(KeysetVersion::V1, 100);
    let id = running.send(SendAmount::Face(Amount::sat(37)));
    let token = running.wallet.token(&id).expect("ready");
    let token: cashu::Token = token.parse().expect("a token");
    let cashu::Token::TokenV4(token) = token else { panic!("not a cashuB token") };
    assert!(token.token.iter().flat_map(|entry| &entry.proofs).all(|proof| proof.dleq.is_none()));
}

#[test]
fn a_token_is_taken_back() {
    for version in BOTH {
        let mut running = with_money(version, 500);
        let id = running.send(SendAmount::Face(Amount::sat(100)));
        assert_eq!(running.columns()[2], 100);
        running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
        assert_eq!(running.wallet.token(&id), None, "not shown while it is taken back");
        running.rest();
        assert_eq!(running.columns()[2], 0);
        assert!(running.has_event(|event| matches!(event, WalletEvent::Reclaimed { op, amount, fee } if *op == id && amount.get() + fee.get() == 100)));
        assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
        running.books();
    }
}

#[test]
fn a_token_that_was_redeemed_cannot_be_taken_back() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    let token = running.wallet.token(&id).expect("ready");
    running.stranger_redeems(&token).expect("good");
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert!(running.has_event(|event| *event == WalletEvent::ReclaimFoundSpent { op: id }));
    assert_eq!(running.wallet.operation(&id).expect("known").state, "spent");
    running.books();
}

#[test]
fn a_redeemed_token_is_asked_for_and_never_swapped() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    let token = running.wallet.token(&id).expect("ready");
    running.stranger_redeems(&token).expect("good");
    let before = running.world.log.len();
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.world.log[before..], ["POST /v1/checkstate"]);
    running.books();
}

#[test]
fn what_is_left_of_a_token_is_taken_back_alone() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(96)));
    let mut part: cashu::TokenV4 = running.wallet.token(&id).expect("ready").parse().expect("a token");
    part.token[0].proofs.truncate(1);
    running.stranger_redeems(&part.to_string()).expect("good");
    let before = running.world.log.len();
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    let swaps = running.world.log[before..].iter().filter(|line| *line == "POST /v1/swap").count();
    assert_eq!(swaps, 1, "{:?}", &running.world.log[before..]);
    running.books();
}

#[test]
fn a_refused_request_that_arrives_late_after_all_brings_the_token_back() {
    let mut running = with_money(KeysetVersion::V1, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    running.world.mint.change_fee(3000);
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    let body = |running: &Running| {
        let records = running.world.store.values().filter(|value| value.contains("/v1/swap"));
        let bodies = records.map(|text| serde_json::from_str::<serde_json::Value>(text).expect("JSON"));
        let mut bodies = bodies.filter_map(|value| {
            value["body"]["saga"]["reclaim"]["state"]["requested"]["exchange"]["body"].as_str().map(str::to_owned)
        });
        bodies.next()
    };
    let mut first = None;
    while first.is_none() {
        running.turns(1);
        first = body(&running);
    }
    while body(&running).is_some() {
        running.turns(1);
    }
    running.world.mint.change_fee(100);
    let (status, _) = running.world.mint.handle(running.world.now, "POST", "/v1/swap", &first.expect("a request"));
    assert_eq!(status, 200, "the copy arrived late");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    running.books();
}

#[test]
fn a_token_comes_back_from_a_mint_that_cannot_tell_its_state() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    running.world.mint.tells_states = false;
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    running.books();
}

#[test]
fn a_pending_token_is_neither_spent_nor_taken_back() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    let token = running.wallet.token(&id).expect("ready");
    running.world.mint.set_pending(&token, true);
    running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
    running.rest();
    assert_eq!(running.last_event(), Some(&WalletEvent::TokenPending { op: id }));
    let before = running.world.log.len();
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("a token is out");
    running.turns(12);
    assert_eq!(running.columns()[1], 100, "waits as long as the mint says pending");
    assert!(running.view().operations.iter().any(|op| op.sentence.contains("at work on this")), "and says so");
    assert!(!running.world.log[before..].iter().any(|line| line == "POST /v1/swap"), "only asked");
    running.world.mint.set_pending(&token, false);
    running.rest();
    running.books();
}

#[test]
fn what_its_mint_is_at_work_on_is_waited_for_and_says_so() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let token = running.world.mint.gift(&[32, 8]);
    running.world.mint.set_pending(&token, true);
    let mut id = None;
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.receive(now, &token)?;
            id = Some(op);
            Ok(step)
        })
        .expect("a good token");
    let id = id.expect("it began");
    running.turns(12);
    let op = running.wallet.operation(&id).expect("known");
    assert!(op.open && op.sentence.starts_with("The mint says that it is at work on this"), "{}", op.sentence);
    assert_eq!(op.steps.iter().filter(|step| step.text.contains("at work on this")).count(), 1, "said once");
    running.world.mint.set_pending(&token, false);
    running.rest();
    let op = running.wallet.operation(&id).expect("known");
    assert_eq!((op.state.as_str(), op.sentence.as_str()), ("done", "39 sat came in; the mint kept 1."));
    running.books();
}

#[test]
fn a_person_who_asks_is_told_whether_the_receiver_took_the_token() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    let token = running.wallet.token(&id).expect("ready");
    let ask = |running: &mut Running| {
        running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
        running.rest();
        let op = running.wallet.operation(&id).expect("known");
        (op.state, op.sentence, op.steps.last().expect("steps").clone())
    };
    let (state, _, first) = ask(&mut running);
    assert_eq!((state.as_str(), first.text.as_str()), ("handed-out", "the mint says that nobody took the token yet"));
    running.world.now += 600;
    let (_, _, again) = ask(&mut running);
    assert!(again.text == first.text && again.at > first.at, "the newest word is dated, once");
    running.world.mint.set_pending(&token, true);
    assert_eq!(ask(&mut running).2.text, "the mint says that the token is being taken just now");
    running.world.mint.set_pending(&token, false);
    running.stranger_redeems(&token).expect("good");
    let (state, sentence, _) = ask(&mut running);
    assert_eq!((state.as_str(), sentence.as_str()), ("spent", "The receiver took it."));
    running.books();
}

#[test]
fn our_own_token_pasted_again_is_taken_back() {
    let mut running = with_money(KeysetVersion::V2, 500);
    let id = running.send(SendAmount::Face(Amount::sat(100)));
    let token = running.wallet.token(&id).expect("ready");
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("our own");
    running.rest();
    assert_eq!(running.wallet.operation(&id).expect("known").state, "reclaimed");
    running.books();
}

#[test]
fn a_token_is_not_received_twice_at_once() {
    let mut running = World::new(config(KeysetVersion::V2)).run();
    let token = running.world.mint.gift(&[16]);
    let again = |running: &mut Running| running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step));
    again(&mut running).expect("a good token");
    assert_eq!(again(&mut running).map_err(|error| error.code()), Err(ErrorCode::WrongState));
    running.rest();
    again(&mut running).expect("pasted again after it was received");
    running.rest();
    let text = "Operation 1 took this token in already; it is worth nothing any more.";
    assert!(running.view().operations.iter().any(|op| op.sentence == text), "{:?}", running.view().operations);
    running.books();
    let mut other = with_mint(KeysetVersion::V2);
    let token = other.world.mint.gift(&[16]);
    other.stranger_redeems(&token).expect("good");
    other.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    other.rest();
    let text = "Somebody else redeemed this token before; ask its sender for another one.";
    assert!(other.view().operations.iter().any(|op| op.sentence == text), "{:?}", other.view().operations);
}

#[test]
fn a_token_spent_in_part_gives_the_rest() {
    let mut running = with_mint(KeysetVersion::V2);
    let token = running.world.mint.gift(&[64, 32]);
    let whole: cashu::TokenV4 = token.parse().expect("a token");
    let mut part = whole.clone();
    part.token[0].proofs.truncate(1);
    let arrived = running.stranger_redeems(&part.to_string()).expect("good");
    assert_eq!(arrived, 63);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns(), [31, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn money_of_an_old_keyset_is_spent_first_and_change_is_of_the_new_one() {
    for version in BOTH {
        let mut running = with_money(version, 100);
        let new = running.world.mint.rotate_keyset();
        running.add_mint();
        running.send(SendAmount::Face(Amount::sat(10)));
        let of_new = |(key, value): (&String, &String)| {
            !key.starts_with("wallet/proof/") || value.contains(&new) || value.contains("spendable")
        };
        assert!(running.world.store.iter().all(of_new));
        running.books();
    }
}

#[test]
fn a_keyset_that_changes_under_way_is_planned_around() {
    for version in BOTH {
        let mut running = with_money(version, 100);
        running.world.mint.rotate_keyset();
        let id = running.send(SendAmount::Face(Amount::sat(10)));
        assert!(running.wallet.token(&id).is_some(), "{:?}", running.wallet.operation(&id));
        let token = running.world.mint.gift(&[16]);
        running.world.mint.rotate_keyset();
        running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
        running.rest();
        running.world.mint.rotate_keyset();
        running.fill(Sat::new(5));
        running.books();
    }
}

#[test]
fn a_second_life_of_the_phrase_finds_what_the_first_one_left() {
    for version in BOTH {
        let mut first = with_money(version, 100);
        first.books();
        let mut world = first.world.clone();
        world.store.clear();
        let mut second = world.run();
        let url = second.world.url.clone();
        second.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("known");
        second.rest();
        let token = second.world.mint.gift(&[64, 32, 4]);
        // The first outputs of the new store are those of the old one.
        second.forget_outputs();
        second.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
        second.rest();
        assert_eq!(second.columns(), [100 + 99, 0, 0, 0, 0], "the old money came in beside the new");
        second.books();
        first.rest();
    }
}

#[test]
fn a_bad_or_missing_dleq_proof_puts_the_money_aside() {
    for dleq in [Dleq::Bad, Dleq::Missing] {
        let mut running = with_mint(KeysetVersion::V2);
        running.world.mint.dleq = dleq;
        let token = running.world.mint.gift(&[16]);
        running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
        running.rest();
        assert_eq!(running.columns(), [0, 0, 0, 0, 15]);
        assert!(
            running
                .has_event(|event| matches!(event, WalletEvent::Quarantined { amount, .. } if *amount == Sat::new(15)))
        );
        assert!(running.world.store.values().any(|value| value.contains("the mint answered B_")), "evidence is kept");
        running.books();
    }
}

fn with_money_set_aside() -> Running {
    let mut running = with_mint(KeysetVersion::V2);
    running.world.mint.dleq = Dleq::Missing;
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns(), [0, 0, 0, 0, 63]);
    running
}

fn reopened(running: Running) -> Running {
    let mut running = running.world.run();
    running.rest();
    running
}

fn hours_later(running: &mut Running, hours: u64) {
    running.world.now += hours * 3600;
    let step = running.wallet.wake(running.world.now);
    running.apply(step);
    running.rest();
}

fn evidence_is_kept(running: &Running) -> bool {
    running.world.store.values().any(|value| value.contains("the mint answered B_"))
}

#[test]
fn money_set_aside_can_be_spent_when_its_mint_signs_well_again() {
    let mut running = with_money_set_aside();
    running.world.mint.dleq = Dleq::Good;
    let mut later = World::clone(&running.world);
    later.mint.refuses_swaps = Some("swaps are off".to_owned());
    let mut later = later.run();
    later.world.mint.refuses_swaps = None;
    hours_later(&mut later, 2);
    for running in [later, reopened(running)] {
        assert_eq!(running.columns(), [62, 0, 0, 0, 0]);
        assert!(running.has_event(
            |event| matches!(event, WalletEvent::Released { amount, fee, .. } if (amount.get(), fee.get()) == (62, 1))
        ));
        assert_eq!(running.view().operations[0].kind, OperationKind::Retry);
        assert!(evidence_is_kept(&running));
        running.books();
    }
}

#[test]
fn money_set_aside_stays_so_while_its_mint_refuses_with_the_reason_shown_once() {
    let mut running = with_money_set_aside();
    running.world.mint.refuses_swaps = Some("swaps are off".to_owned());
    running = reopened(running);
    let before = running.world.requests;
    hours_later(&mut running, 0);
    assert_eq!(running.world.requests, before, "at most once an hour");
    hours_later(&mut running, 2);
    assert!(running.world.requests > before, "asked again");
    assert_eq!(running.columns(), [0, 0, 0, 0, 63]);
    let operations = running.view().operations;
    let retries: Vec<_> = operations.iter().filter(|op| op.kind == OperationKind::Retry).collect();
    assert_eq!(retries.len(), 1);
    assert_eq!(
        (retries[0].state.as_str(), retries[0].sentence.as_str()),
        ("failed", "The mint refuses to take it back: swaps are off; it stays set aside and is tried again.")
    );
    running.books();
    running.world.mint.refuses_swaps = None;
    running.world.mint.dleq = Dleq::Good;
    hours_later(&mut running, 2);
    assert_eq!(running.columns(), [62, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn fees_are_not_burnt_hour_by_hour_at_a_mint_that_goes_on_signing_badly() {
    let mut running = reopened(with_money_set_aside());
    assert_eq!(running.columns(), [0, 0, 0, 0, 62]);
    for _ in 0..2 {
        running = reopened(running);
    }
    hours_later(&mut running, 1);
    assert_eq!(running.columns(), [0, 0, 0, 0, 62], "not after an hour, not by starting again");
    hours_later(&mut running, 1);
    assert_eq!(running.columns(), [0, 0, 0, 0, 61]);
    for _ in 0..24 {
        hours_later(&mut running, 1);
    }
    assert!(running.columns()[4] >= 58, "a day costs little: {:?}", running.columns());
    running.books();
}

#[test]
fn money_set_aside_that_somebody_spent_ends_with_its_evidence() {
    let mut running = with_money_set_aside();
    let proofs = running.world.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/")).map(|(_, value)| {
        let value: serde_json::Value = serde_json::from_str(value).expect("JSON");
        let text = |name: &str| value["body"][name].as_str().expect("text").to_owned();
        let amount = value["body"]["amount"].as_u64().expect("an amount");
        let keyset = text("keyset").parse().expect("an id");
        cashu::Proof::new(
            amount.into(),
            keyset,
            cashu::secret::Secret::new(text("secret")),
            text("c").parse().expect("a point"),
        )
    });
    let proofs: Vec<_> = proofs.collect();
    let url = running.world.url.as_str().parse().expect("a URL");
    let token = cashu::nut00::token::TokenV3::new(url, proofs, None, Some(cashu::CurrencyUnit::Sat)).expect("proofs");
    running.stranger_redeems(&token.to_string()).expect("the mint takes them");
    running = reopened(running);
    assert_eq!(running.columns(), [0, 0, 0, 0, 0]);
    let view = running.view();
    let retry = view.operations.iter().find(|op| op.kind == OperationKind::Retry).expect("it was tried again");
    assert_eq!(retry.state, "found-spent");
    assert!(evidence_is_kept(&running));
    assert_eq!(view.elsewhere.first().map(|seen| seen.gone.get()), Some(63), "only this phrase's secrets can spend it");
    assert!(!running.world.log.iter().rev().take(3).any(|line| line == "POST /v1/swap"));
    running.books();
}

#[test]
fn a_mint_whose_keys_do_not_make_the_id_is_refused() {
    for version in BOTH {
        let mut world = World::new(config(version));
        world.mint.lies_about_keys = true;
        let mut running = world.run();
        let url = running.world.url.clone();
        running.add_mint();
        assert_eq!(running.view().mints[0].state, MintState::Refused);
        assert!(!running.wallet.mint_ready(&url));
        let refused = running.wallet.issue(running.world.now, &url, Sat::new(10)).map_err(|error| error.code()).err();
        assert_eq!(refused, Some(ErrorCode::MintNotReady));
    }
}

#[test]
fn a_fee_that_the_id_forbids_is_refused_and_the_money_stays_visible() {
    let mut running = with_money(KeysetVersion::V2, 100);
    running.world.mint.change_fee(5000);
    running.add_mint();
    assert_eq!(running.view().mints[0].state, MintState::Refused);
    assert_eq!(running.columns(), [100, 0, 0, 0, 0]);
    running.world.mint.change_fee(100);
    running.add_mint();
    assert_eq!(running.view().mints[0].state, MintState::Ready);
}

#[test]
fn a_new_fee_of_a_version_1_keyset_is_taken_over_under_way() {
    let mut running = with_money(KeysetVersion::V1, 100);
    // One input costs 3 sat now, so the swap planned with 1 sat is refused.
    running.world.mint.change_fee(3000);
    let id = running.send(SendAmount::Arrives(Amount::sat(10)));
    let token = running.wallet.token(&id).expect("planned anew with the new fee");
    assert_eq!(running.stranger_redeems(&token), Ok(13), "one proof of 16 sat");
    running.wish(|wallet, now| wallet.check(now, &id)).expect("out");
    running.rest();
    running.books();
}

#[test]
fn a_fee_that_rose_unheard_does_not_make_a_token_arrive_short() {
    let mut running = with_money(KeysetVersion::V1, 1023);
    running.world.mint.change_fee(3000);
    running.world.now += 700;
    let id = running.send(SendAmount::Arrives(Amount::sat(10)));
    let token = running.wallet.token(&id).expect("ready");
    assert!(running.stranger_redeems(&token).expect("good") >= 10, "worth its price after the new fee");
}

#[test]
fn a_token_that_became_dearer_than_agreed_is_not_made() {
    for (version, why) in [
        (KeysetVersion::V1, "It would now cost 16 sat instead of 11"),
        (KeysetVersion::V2, "Http://127.0.0.1:3338 cannot be used now; nothing was given away"),
    ] {
        let mut running = with_money(version, 1023);
        let url = running.world.url.clone();
        let price = SendAmount::Arrives(Amount::sat(10));
        let agreed = running.wallet.quote_send(&url, price).expect("enough").total;
        running.world.mint.change_fee(3000);
        running.world.now += 700;
        let mut id = None;
        running
            .wish(|wallet, now| {
                let (op, step) = wallet.send_within(now, &url, price, Purpose::Person, agreed)?;
                id = Some(op);
                Ok(step)
            })
            .expect("as far as the wallet knows");
        running.rest();
        let op = running.wallet.operation(&id.expect("started")).expect("known");
        assert_eq!(op.state, "failed");
        assert!(op.sentence.starts_with(why), "{}", op.sentence);
        assert_eq!(running.columns(), [1023, 0, 0, 0, 0]);
        assert!(running.has_event(|event| matches!(event, WalletEvent::Failed { .. })));
    }
}

#[test]
fn what_costs_more_than_agreed_is_refused_at_once() {
    let mut running = with_money(KeysetVersion::V2, 1023);
    let (url, now, price) = (running.world.url.clone(), running.world.now, SendAmount::Arrives(Amount::sat(10)));
    let refused = running.wallet.send_within(now, &url, price, Purpose::Person, Sat::new(10)).err();
    assert_eq!(refused.map(|error| error.code()), Some(ErrorCode::QuoteChanged));
    assert!(running.view().operations.iter().all(|op| op.kind == OperationKind::Issue));
}

#[test]
fn a_token_that_must_arrive_is_not_made_late_when_its_mint_is_silent() {
    let mut running = with_money(KeysetVersion::V1, 1023);
    let url = running.world.url.clone();
    let later = running.world.now + 700;
    let (id, step) = running
        .wallet
        .send_within(later, &url, SendAmount::Arrives(Amount::sat(10)), Purpose::Person, Sat::new(100))
        .expect("as far as the wallet knows");
    assert!(step.requests.iter().all(|request| request.path == "/v1/info"), "asks for the fee first");
    assert!(running.wallet.wake(later + 599).events.is_empty());
    let ended = running.wallet.wake(later + 600);
    assert!(ended.events.iter().any(|event| matches!(event, WalletEvent::Failed { op, .. } if *op == id)));
    assert_eq!(running.columns()[..3], [1023, 0, 0]);
}

#[test]
fn amounts_are_those_the_mint_signed_and_not_those_planned() {
    let mut running = with_money(KeysetVersion::V2, 500);
    running.world.mint.gives_less = true;
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns()[0], 500 + 63 - 16);
    running.books();
    let id = running.send(SendAmount::Face(Amount::sat(300)));
    running.books();
    let state = running.wallet.operation(&id).expect("known").state;
    let face = running.columns()[2];
    assert!((state == "handed-out" && face == 300) || (state == "failed" && face == 0), "{state}, {face}");
}

#[test]
fn a_mint_that_announces_no_dleq_needs_none() {
    let mut world = World::new(config(KeysetVersion::V2));
    world.mint.announces_dleq = false;
    world.mint.dleq = Dleq::Missing;
    let mut running = world.run();
    let token = running.world.mint.gift(&[16]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns(), [15, 0, 0, 0, 0]);
}

#[test]
fn an_invoice_that_ends_unpaid_ends_the_issue_and_a_late_payment_is_found() {
    let mut running = with_mint(KeysetVersion::V2);
    let url = running.world.url.clone();
    let mut id = None;
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.issue(now, &url, Sat::new(50))?;
            id = Some(op);
            Ok(step)
        })
        .expect("ready");
    let id = id.expect("started");
    running.turns(4);
    let early = running.wallet.cancel(running.world.now, &id).map_err(|error| error.code());
    assert_eq!(early, Err(ErrorCode::WrongState), "it may still be paid");
    while running.wallet.operation(&id).expect("known").open {
        running.turns(1);
    }
    assert_eq!(running.wallet.operation(&id).expect("known").state, "expired");
    assert!(running.world.now >= START + 3600);
    let quote = running.world.mint.quotes().next().map(|(id, _, _)| id.to_owned()).expect("one");
    assert!(running.world.mint.pay_quote(&quote));
    let mut restarted = running.world.clone().run();
    restarted.rest();
    assert_eq!(restarted.columns(), [50, 0, 0, 0, 0], "asked for at the next start");
    running.wish(|wallet, now| wallet.check(now, &id)).expect("an invoice");
    running.rest();
    assert_eq!(running.columns(), [50, 0, 0, 0, 0], "asked for on view");
}

#[test]
fn an_invoice_that_nobody_saw_is_given_up_and_one_that_comes_late_is_not_waited_for() {
    for answered in [false, true] {
        let mut running = with_mint(KeysetVersion::V2);
        let url = running.world.url.clone();
        let now = running.world.now;
        let (id, mut step) = running.wallet.issue(now, &url, Sat::new(50)).expect("ready");
        let request = step.requests.remove(0);
        running.apply(step);
        assert_eq!(running.wallet.operation(&id).expect("known").state, "quote-requested");
        running.wish(|wallet, now| wallet.cancel(now, &id)).expect("nobody can have paid it");
        if answered {
            let body = request.body.as_deref().expect("a question");
            let (status, body) = running.world.mint.handle(now, "POST", &request.path, body);
            let step = running.wallet.answered(now, request.id, Answer::Response { status, body });
            running.apply(step);
        }
        let given_up = running.wallet.operation(&id).expect("known");
        assert_eq!((given_up.state.as_str(), given_up.open), ("failed", false));
        assert_eq!(given_up.sentence, "Given up before there was an invoice; nothing was paid.");
        running.rest();
        assert_eq!(running.world.mint.quotes().count(), usize::from(answered), "the mint made one in vain");
        let asked = running.world.log.len();
        let mut running = running.world.run();
        running.rest();
        let view = running.wallet.operation(&id).expect("known");
        assert_eq!((view.state.as_str(), view.open, view.invoice), ("failed", false, None));
        assert!(!running.world.log[asked..].iter().any(|line| line.contains("/quote/")), "and is not asked for it");
        assert_eq!(running.columns(), [0; 5]);
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let mut running = with_money(KeysetVersion::V2, 100);
    let url = running.world.url.clone();
    let other = "https://other.example.com".parse().expect("a URL");
    let now = running.world.now;
    let code = |result: Result<_, paygress::Error>| result.map_err(|error| error.code());
    let quote = |wallet: &Wallet, mint, amount| wallet.quote_send(mint, amount);
    let wallet = &mut running.wallet;
    assert_eq!(code(quote(wallet, &other, SendAmount::Face(Amount::sat(1)))), Err(ErrorCode::UnknownMint));
    let dear =
        quote(wallet, &url, SendAmount::Face(Amount::sat(101))).expect("the price can be told without the money");
    assert_eq!((dear.total, dear.missing), (Amount::sat(101), Amount::sat(1)));
    let sent = wallet.send(now, &url, SendAmount::Face(Amount::sat(101)), Purpose::Person);
    assert_eq!(sent.map(|_| ()).map_err(|error| error.code()), Err(ErrorCode::InsufficientFunds));
    assert_eq!(code(quote(wallet, &url, SendAmount::Face(Amount::sat(1)))), Err(ErrorCode::AmountTooSmall));
    assert_eq!(code(quote(wallet, &url, SendAmount::Face(Amount::sat(0)))), Err(ErrorCode::AmountTooSmall));
    assert_eq!(code(quote(wallet, &url, SendAmount::Arrives(Amount::sat(0)))), Err(ErrorCode::AmountTooSmall));
    assert!(quote(wallet, &url, SendAmount::Arrives(Amount::sat(u64::MAX))).is_err());
    assert_eq!(wallet.issue(now, &url, Sat::ZERO).map_err(|error| error.code()).err(), Some(ErrorCode::InvalidInput));
    let dust = running.world.mint.gift(&[1]);
    let wallet = &mut running.wallet;
    assert_eq!(wallet.receive(now, &dust).map_err(|error| error.code()).err(), Some(ErrorCode::AmountTooSmall));
    for text in ["", "cashuA", "cashuBnonsense", "lnbc1", "cashuAeyJ0b2tlbiI6W119"] {
        assert_eq!(
            wallet.receive(now, text).map_err(|error| error.code()).err(),
            Some(ErrorCode::InvalidToken),
            "{text}"
        );
    }
}

#[test]
fn what_is_pasted_in_place_of_a_token_is_named() {
    let mut running = with_mint(KeysetVersion::V2);
    let token = running.world.mint.gift(&[16, 4]);
    let phrase = "leader monkey parrot ring guide accident before fence cannon height naive bean";
    for (text, says) in [
        ("hello", "this is no Cashu token; paste one, it begins with cashuA or cashuB"),
        (&token[..token.len() - 20], "the token is damaged or incomplete; copy all of it and paste it again"),
        (" lightning:LNBC20m1pvjluez", "this is a Lightning invoice; paste it under Pay"),
        ("LNBC20m1pvjluez", "this is a Lightning invoice; paste it under Pay"),
        ("creqApWF0", "this is a payment request; paste it under Pay"),
        ("cashu:creqB1abc", "this is a payment request; paste it under Pay"),
        (
            "Hi Bob, here are the 500 sat for dinner, thanks again and see you!",
            "this is no Cashu token; paste one, it begins with cashuA or cashuB",
        ),
        (phrase, "these look like the words of a wallet; show them to nobody, and enter them only in Settings"),
    ] {
        let error = running.wallet.receive(running.world.now, text).expect_err("no token");
        assert_eq!((error.code(), error.message()), (ErrorCode::InvalidToken, says));
    }
    assert!(running.view().operations.is_empty());
}

#[test]
fn a_token_with_a_signature_that_is_no_point_is_refused_before_it_is_kept() {
    // No point of the curve has this x.
    let wrong = format!("02{:064x}", 5);
    for known in [true, false] {
        let mut running =
            if known { with_mint(KeysetVersion::V1) } else { World::new(config(KeysetVersion::V1)).run() };
        let token: cashu::Token = running.world.mint.gift(&[16, 4]).parse().expect("a token");
        let text = token.to_v3_string();
        let json = URL_SAFE.decode(text.strip_prefix("cashuA").expect("the older form")).expect("base64");
        let mut json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        let right = json["token"][0]["proofs"][1]["C"].as_str().expect("a point").to_owned();
        json["token"][0]["proofs"][1]["C"] = wrong.clone().into();
        let older = format!("cashuA{}", URL_SAFE.encode(json.to_string()));
        let newer =
            token.to_raw_bytes().expect("the newer form")[5..].to_lower_hex_string().replacen(&right, &wrong, 1);
        let newer = format!("cashuB{}", URL_SAFE.encode(Vec::from_hex(&newer).expect("hex")));
        for text in [older, newer] {
            let error = running.wallet.receive(running.world.now, &text).expect_err("nobody signed that");
            assert_eq!(error.code(), ErrorCode::InvalidToken);
            assert!(error.message().starts_with("the token is damaged"), "{error}");
        }
        assert!(running.view().operations.is_empty());
        running.wish(|wallet, now| wallet.receive(now, &text).map(|(_, step)| step)).expect("the one that was signed");
        running.rest();
        assert_eq!(running.columns(), [19, 0, 0, 0, 0], "less the fee");
    }
}

#[test]
fn a_token_in_another_unit_or_locked_is_refused_with_the_reason() {
    let mut running = with_mint(KeysetVersion::V1);
    let now = running.world.now;
    let token: cashu::TokenV4 = running.world.mint.gift(&[16]).parse().expect("a token");
    let mut dollars = token.clone();
    dollars.unit = cashu::CurrencyUnit::Usd;
    let error = running.wallet.receive(now, &dollars.to_string()).expect_err("not sat");
    assert_eq!(error.message(), "the token is in \"usd\" and this wallet holds sat and msat only; ask for one in sat");
    let mut locked = token;
    let secret = r#"["P2PK",{"nonce":"aa","data":"0249098aa8b9d2fbec49ff8598feb17b592b986e62319a4fa488a3dc36387157a7","tags":[]}]"#;
    locked.token[0].proofs[0].secret = cashu::secret::Secret::new(secret);
    let error = running.wallet.receive(now, &locked.to_string()).expect_err("locked");
    assert!(error.message().starts_with("the token is locked to the key 0249098aa8"), "{error}");
    assert!(running.view().operations.is_empty());
}

#[test]
fn a_store_of_a_newer_version_or_that_cannot_be_read_is_refused() {
    let running = with_money(KeysetVersion::V2, 100);
    for key in running.world.store.keys() {
        let newer = running.world.store[key].replacen("\"version\":1", "\"version\":2", 1);
        for broken in [newer.as_str(), "{", "null", r#"{"version":1,"body":[[]]}"#] {
            let mut store = running.world.store.clone();
            store.insert(key.clone(), broken.to_owned());
            let refused = Wallet::open(SEED, &store).map_err(|error| error.code()).err();
            assert_eq!(refused, Some(ErrorCode::Store), "{key} = {broken}");
        }
    }
    let unknown = BTreeMap::from([("wallet/locked/1".to_owned(), r#"{"version":1,"body":1}"#.to_owned())]);
    assert_eq!(Wallet::open(SEED, &unknown).map_err(|error| error.code()).err(), Some(ErrorCode::Store));
    let foreign = BTreeMap::from([("lease/1".to_owned(), "not ours".to_owned())]);
    assert!(Wallet::open(SEED, &foreign).is_ok());
}

#[test]
fn nothing_that_is_printed_holds_money() {
    let mut running = with_money(KeysetVersion::V2, 100);
    let id = running.send(SendAmount::Face(Amount::sat(37)));
    let token = running.wallet.token(&id).expect("ready");
    let url = running.world.url.clone();
    let (_, step) = running
        .wallet
        .send(running.world.now, &url, SendAmount::Face(Amount::sat(5)), Purpose::Person)
        .expect("enough");
    let printed = format!("{:?} {:?} {:?}", running.wallet, step, running.view());
    let bodies: String = step.requests.iter().filter_map(|request| request.body.clone()).collect();
    let mut marks = vec![token];
    for value in running.world.store.values() {
        let value: serde_json::Value = serde_json::from_str(value).expect("JSON");
        marks.extend(value["body"]["secret"].as_str().map(str::to_owned));
    }
    assert!(marks.len() > 2);
    assert!(marks[1..].iter().any(|secret| bodies.contains(secret)), "the marks are what would leak");
    for mark in marks {
        assert!(!printed.contains(&mark), "a secret was printed");
    }
}

#[test]
fn a_quote_is_locked_to_a_key_of_the_phrase_and_only_that_key_mints() {
    let mut running = with_mint(KeysetVersion::V2);
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(8)).map(|(_, step)| step)).expect("the mint is ready");
    running.turns(1);
    let (quote, ..) = running.world.mint.quotes().next().map(|(id, ..)| (id.to_owned(),)).expect("a quote was made");
    assert!(running.world.mint.pay_quote(&quote));
    let thief = format!(
        r#"{{"quote":"{quote}","outputs":[{{"amount":8,"id":"{}","B_":"0342e5bcc77f5b2a3c2afb40bb591a1e27da83cddc968abdc0ec4904201a201834"}}]}}"#,
        running.world.mint.active_keyset()
    );
    let (status, answer) = running.world.mint.handle(running.world.now, "POST", "/v1/mint/bolt11", &thief);
    assert_eq!((status, answer.contains("20008")), (400, true), "{answer}");
    running.rest();
    assert_eq!(running.columns(), [8, 0, 0, 0, 0]);
}

#[test]
fn a_mint_that_refuses_the_signature_gets_it_in_the_older_form() {
    let mut running = with_mint(KeysetVersion::V2);
    running.world.mint.signs_as_before = true;
    running.world.mint.auto_pay = true;
    running.fill(Sat::new(8));
    assert_eq!(running.columns(), [8, 0, 0, 0, 0]);
    assert_eq!(running.world.log.iter().filter(|line| *line == "POST /v1/mint/bolt11").count(), 2);
    running.close();
}

#[test]
fn all_there_is_can_be_sent_whatever_it_consists_of() {
    let mut running = with_money(KeysetVersion::V2, 100);
    for amounts in [&[64, 16, 2, 1][..], &[64, 64, 8], &[4, 4, 4]] {
        let token = running.world.mint.gift(amounts);
        running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
        running.rest();
    }
    running.world.mint.rotate_keyset();
    let all = running.columns()[0];
    let id = running.send(SendAmount::Face(Amount::sat(all)));
    assert_eq!(running.columns(), [0, 0, all, 0, 0]);
    let token = running.wallet.token(&id).expect("the token is out");
    let arrived = running.stranger_redeems(&token).expect("a good token");
    assert!(arrived >= all - 3, "{arrived} of {all}");
    running.rest();
}

#[test]
fn a_token_of_a_mint_that_is_down_says_whether_it_is_genuine_and_comes_in_later() {
    let genuine = "genuine by its mint's keys";
    let wrong = "may be worthless";
    for (right, dleq, words) in [(true, true, genuine), (false, true, wrong), (true, false, "is safe here")] {
        let mut running = with_mint(KeysetVersion::V2);
        let token =
            if dleq { running.world.mint.gift_with_dleq(&[32, 8], right) } else { running.world.mint.gift(&[32, 8]) };
        // The program starts anew while the mint does not answer.
        let store = running.world.store.clone();
        let mut wallet = Wallet::open(SEED, &store).expect("the wallet wrote this store");
        let _ = wallet.wake(START);
        let (id, step) = wallet.receive(START, &token).expect("a good token");
        assert_eq!(step.requests.len(), 0);
        let told = wallet.operation(&id).expect("known");
        assert_eq!((told.state.as_str(), told.sentence.contains(words)), ("unclaimed", true), "{}", told.sentence);
        for change in step.records {
            running.world.store.insert(change.key, change.value.expect("nothing is removed"));
        }
        let mut running = running.world.run();
        running.rest();
        assert_eq!(running.columns(), [39, 0, 0, 0, 0], "the mint's word counts in the end");
        running.close();
    }
}

#[test]
fn a_token_that_its_mint_refuses_is_kept_and_can_be_tried_again() {
    let mut running = with_mint(KeysetVersion::V2);
    running.world.mint.refuses_swaps = Some("not today".to_owned());
    let token = running.world.mint.gift(&[32, 8]);
    let mut id = None;
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.receive(now, &token)?;
            id = Some(op);
            Ok(step)
        })
        .expect("a good token");
    running.rest();
    let id = id.expect("a receive was started");
    let failed = running.wallet.operation(&id).expect("known");
    assert_eq!((failed.state.as_str(), failed.can_retry), ("failed", true));
    running.world.mint.refuses_swaps = None;
    let mut running = running.world.run();
    running.wish(|wallet, now| wallet.retry(now, &id)).expect("its token is kept");
    let again = running.wallet.retry(running.world.now, &id).expect_err("under way");
    assert_eq!(again.code(), ErrorCode::WrongState);
    running.rest();
    assert_eq!(running.columns(), [39, 0, 0, 0, 0]);
    let done = running.wallet.operation(&id).expect("known");
    assert_eq!((done.state.as_str(), done.can_retry), ("done", false));
    running.close();
}

#[test]
fn a_token_that_somebody_else_took_is_not_tried_again() {
    let mut running = with_mint(KeysetVersion::V2);
    let token = running.world.mint.gift(&[32, 8]);
    running.stranger_redeems(&token).expect("a good token");
    let mut id = None;
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.receive(now, &token)?;
            id = Some(op);
            Ok(step)
        })
        .expect("a good token");
    running.rest();
    let failed = running.wallet.operation(&id.expect("a receive was started")).expect("known");
    assert_eq!((failed.state.as_str(), failed.can_retry), ("failed", false));
}
