//! Paying Lightning invoices, and moving money from one mint to another.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use bitcoin::hashes::{Hash, sha256};
use bitcoin::hex::FromHex;
use cashu::Bolt11Invoice;
use paygress::ErrorCode;
use paygress::model::{Amount, MintUrl, Sat};
use paygress::wallet::{Answer, OperationId, OperationKind, OperationView, WalletEvent};
use paygress_support::mint::{KeysetVersion, Lightning, MintConfig};
use wallet_world::{Running, World};

/// The first example of BOLT11, which leaves the amount to who pays.
const DONATION: &str = "lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql";

fn config() -> MintConfig {
    MintConfig { keyset_version: KeysetVersion::V2, orders: 32, ..MintConfig::default() }
}

fn add(running: &mut Running, url: &MintUrl) {
    running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be added");
    running.rest();
}

fn with_money(amount: u64) -> Running {
    let mut running = World::with_two(config()).run();
    running.add_mint();
    running.fill(Sat::new(amount));
    running
}

fn other(running: &Running) -> MintUrl {
    running.world.other.as_ref().expect("two mints").0.clone()
}

fn view(running: &Running, id: OperationId) -> OperationView {
    running.wallet.operation(&id).expect("known")
}

fn state(running: &Running, id: OperationId) -> String {
    view(running, id).state
}

fn quote(running: &mut Running, amount: u64) -> OperationId {
    let invoice = running.world.stranger_asks(amount);
    quote_of(running, &invoice)
}

fn quote_of(running: &mut Running, invoice: &str) -> OperationId {
    let (url, now) = (running.world.url.clone(), running.world.now);
    let (id, step) = running.wallet.quote_pay(now, &url, invoice).expect("a good invoice");
    running.apply(step);
    running.turns(1);
    assert_eq!(state(running, id), "quoted");
    id
}

fn quote_move(running: &mut Running, amount: u64) -> OperationId {
    let (from, to) = (running.world.url.clone(), other(running));
    let now = running.world.now;
    let (id, step) = running.wallet.quote_move(now, &from, &to, Sat::new(amount)).expect("both mints are ready");
    running.apply(step);
    for _ in 0..6 {
        if state(running, id) != "quoted" {
            running.turns(1);
        }
    }
    assert_eq!(state(running, id), "quoted");
    id
}

fn agree(running: &mut Running, id: OperationId) {
    let most = view(running, id).most.expect("a price");
    let step = running.wallet.pay(running.world.now, &id, most).expect("it can be paid");
    running.apply(step);
}

/// The code and the words with which a price is refused.
fn refusal(running: &mut Running, invoice: &str) -> (ErrorCode, String) {
    let url = running.world.url.clone();
    let error = running.wallet.quote_pay(running.world.now, &url, invoice).map(|(id, _)| id).expect_err("refused");
    (error.code(), error.message().to_owned())
}

#[test]
fn a_price_names_the_most_and_what_is_not_needed_of_it_comes_back() {
    let mut running = with_money(1000);
    let invoice = running.world.stranger_asks(300);
    let id = quote_of(&mut running, &invoice);
    let priced = view(&running, id);
    // A hundredth as reserve for Lightning, and one satoshi of input fee.
    assert_eq!((priced.kind, priced.amount.get(), priced.most.map(Amount::get)), (OperationKind::Pay, 300, Some(304)));
    assert_eq!((priced.missing.map(Amount::get), priced.open), (Some(0), true));
    assert_eq!(running.columns(), [1000, 0, 0, 0, 0], "nothing is reserved before the person agreed");
    agree(&mut running, id);
    assert_eq!(running.columns()[0] + running.columns()[1], 1000);
    running.rest();
    let paid = view(&running, id);
    assert_eq!((paid.state.as_str(), paid.fee.get(), paid.open), ("done", 2, false));
    let preimage = <[u8; 32]>::from_hex(&paid.preimage.expect("a proof")).expect("32 bytes in hex");
    let invoice: Bolt11Invoice = invoice.parse().expect("an invoice");
    assert_eq!(sha256::Hash::hash(&preimage), *invoice.payment_hash());
    assert_eq!(paid.wrong_preimage, None);
    assert_eq!(running.columns(), [698, 0, 0, 0, 0]);
    assert!(running.has_event(|event| matches!(event, WalletEvent::Paid { fee, .. } if fee.get() == 2)));
    running.close();
}

#[test]
fn a_preimage_that_does_not_fit_the_invoice_proves_nothing_and_costs_nothing() {
    let mut running = with_money(1000);
    running.world.mint.forges_preimages = true;
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    running.rest();
    let paid = view(&running, id);
    assert_eq!((paid.state.as_str(), paid.fee.get(), running.columns()), ("done", 2, [698, 0, 0, 0, 0]));
    assert_eq!((paid.preimage, paid.wrong_preimage), (None, Some("00".repeat(32))));
    let said = "what the mint gave as proof of payment does not fit the invoice, so it is none";
    assert!(paid.sentence.ends_with(&said[1..].replace("none", "none.")), "{}", paid.sentence);
    assert!(paid.steps.iter().any(|step| step.text == said), "{:?}", paid.steps);
    running.close();
}

#[test]
fn everything_can_be_paid_away_to_the_last_satoshi() {
    let mut running = with_money(306);
    let id = quote(&mut running, 300);
    assert_eq!(view(&running, id).missing.map(Amount::get), Some(0));
    agree(&mut running, id);
    running.rest();
    assert_eq!(state(&running, id), "done");
    running.close();
}

#[test]
fn what_is_missing_is_named_to_the_satoshi() {
    let mut running = with_money(200);
    let id = quote(&mut running, 300);
    let missing = view(&running, id).missing.expect("a price").get();
    assert!(missing > 100, "{missing}");
    let now = running.world.now;
    let error = running.wallet.pay(now, &id, Sat::new(10_000)).expect_err("too little");
    assert_eq!(error.code(), ErrorCode::InsufficientFunds);
    running.fill(Sat::new(missing));
    assert_eq!(view(&running, id).missing.map(Amount::get), Some(0));
    agree(&mut running, id);
    running.rest();
    assert_eq!(state(&running, id), "done");
    running.close();
}

#[test]
fn no_more_is_paid_than_was_agreed_to() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    let most = view(&running, id).most.expect("a price").get();
    let now = running.world.now;
    let error = running.wallet.pay(now, &id, Sat::new(most - 1)).expect_err("dearer than agreed");
    assert_eq!(error.code(), ErrorCode::QuoteChanged);
    assert_eq!(running.columns(), [1000, 0, 0, 0, 0]);
    assert_eq!(state(&running, id), "quoted");
}

#[test]
fn an_offer_that_ended_is_not_paid_and_goes_away() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    let most = view(&running, id).most.expect("a price");
    let end = view(&running, id).invoice_expires_at.map(u64::from);
    assert!(running.wallet.next_wake() <= end && end.is_some(), "the wallet wakes for it");
    running.world.now += 3600;
    let now = running.world.now;
    assert_eq!(running.wallet.pay(now, &id, most).expect_err("ended").code(), ErrorCode::WrongState);
    let step = running.wallet.wake(now);
    running.apply(step);
    running.rest();
    assert_eq!((state(&running, id).as_str(), view(&running, id).open), ("cancelled", false));
    running.close();
}

#[test]
fn an_offer_can_be_declined() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    running.wish(|wallet, now| wallet.cancel(now, &id)).expect("nothing was paid");
    assert_eq!(state(&running, id), "cancelled");
    agree_is_refused(&mut running, id);
    assert_eq!(running.columns(), [1000, 0, 0, 0, 0]);
}

fn agree_is_refused(running: &mut Running, id: OperationId) {
    let now = running.world.now;
    assert_eq!(running.wallet.pay(now, &id, Sat::new(1000)).expect_err("not open").code(), ErrorCode::WrongState);
}

#[test]
fn what_is_no_invoice_over_an_amount_is_refused_with_a_reason() {
    let mut running = with_money(1000);
    for text in [
        "",
        "somebody@example.com",
        "lno1pg257enxv4ezqcneype82um50ynhxgrwdajx283qfwdpl28qqmc78ymlvhmxcsywdk5",
        "ln bc1",
    ] {
        let (code, words) = refusal(&mut running, text);
        assert_eq!(code, ErrorCode::InvalidInput, "{text}");
        assert!(words.contains("invoice"), "{words}");
    }
    for (text, says) in [
        (DONATION, "names no amount"),
        (&DONATION[..150], "damaged or incomplete"),
        ("lnbc1rubbish", "damaged or incomplete"),
        ("cashuBpGF0gaJhaUg", "a Cashu token; paste it under Receive"),
    ] {
        let (code, words) = refusal(&mut running, text);
        assert_eq!((code, words.contains(says)), (ErrorCode::InvalidInput, true), "{words}");
    }
}

#[test]
fn an_invoice_is_taken_as_people_paste_it() {
    let mut running = with_money(1000);
    let url = running.world.url.clone();
    let pasted = format!("  LIGHTNING:{} \n", running.world.stranger_asks(7).to_uppercase());
    let now = running.world.now;
    let (id, step) = running.wallet.quote_pay(now, &url, &pasted).expect("a good invoice");
    running.apply(step);
    running.turns(1);
    assert_eq!(view(&running, id).amount, Sat::new(7));
}

#[test]
fn an_invoice_is_not_paid_twice() {
    let mut running = with_money(1000);
    let invoice = running.world.stranger_asks(300);
    let id = quote(&mut running, 300);
    running.world.mint.lightning = Lightning::Hangs;
    agree(&mut running, id);
    running.turns(3);
    assert_eq!(refusal(&mut running, &invoice).0, ErrorCode::WrongState, "while it is being paid");
    running.world.mint.settle_payments(true);
    running.rest();
    assert_eq!(state(&running, id), "done");
    let (code, words) = refusal(&mut running, &invoice);
    assert_eq!(code, ErrorCode::WrongState);
    assert!(words.contains(&format!("operation {id}")), "{words}");
}

#[test]
fn a_payment_that_was_asked_for_cannot_be_cancelled_and_waits_for_the_mint_however_long() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    running.world.mint.lightning = Lightning::Hangs;
    agree(&mut running, id);
    running.turns(600);
    assert!(running.world.now > wallet_world::START + 3 * 3600, "hours have passed");
    let now = running.world.now;
    assert_eq!(running.wallet.cancel(now, &id).expect_err("under way").code(), ErrorCode::WrongState);
    assert_eq!(state(&running, id), "requested");
    running.world.mint.settle_payments(false);
    running.rest();
    assert_eq!(state(&running, id), "failed");
    running.close();
}

#[test]
fn a_request_that_arrives_while_its_inputs_are_freed_counts_as_paid() {
    for late_by in 1..8 {
        let mut running = with_money(1000);
        let id = quote(&mut running, 300);
        running.world.hold_melts = true;
        agree(&mut running, id);
        running.turns(late_by);
        running.release_melts();
        running.rest();
        let (melted, state) = (running.world.mint.melted(), state(&running, id));
        assert!(matches!((melted, state.as_str()), (301, "done") | (0, "failed")), "{melted} {state} after {late_by}");
        running.close();
    }
}

#[test]
fn inputs_that_another_device_spent_are_told_with_the_sum() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    // The same phrase elsewhere gives the money away before the request of this device arrives.
    running.spend_all_elsewhere();
    running.rest();
    assert_eq!(state(&running, id), "failed");
    let told = view(&running, id);
    assert!(told.sentence.contains("512 sat of this wallet were spent elsewhere"), "{}", told.sentence);
    assert_eq!(running.columns(), [0, 0, 0, 0, 0]);
}

#[test]
fn inputs_that_another_device_left_alone_come_back() {
    let mut running = with_money(500);
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    let lost = running.world.spend_one("reserved");
    running.rest();
    assert_eq!((state(&running, id).as_str(), running.columns()), ("failed", [500 - lost, 0, 0, 0, 0]));
    let told = view(&running, id);
    assert!(told.sentence.contains(&format!("{lost} sat of this wallet were spent elsewhere")), "{}", told.sentence);
    running.close();
}

#[test]
fn what_a_mint_does_not_offer_is_said_and_not_tried() {
    let mut running = World::with_two(config()).run();
    running.world.mint.gives_change = false;
    let url = running.world.url.clone();
    add(&mut running, &url);
    let invoice = running.world.stranger_asks(10);
    let before = running.world.requests;
    let (code, words) = refusal(&mut running, &invoice);
    assert_eq!((code, words.contains("NUT-08")), (ErrorCode::InvalidInput, true), "{words}");
    assert_eq!(running.world.requests, before);
}

#[test]
fn money_moves_to_another_mint_and_both_ends_are_told_as_one() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    let id = quote_move(&mut running, 500);
    let priced = view(&running, id);
    assert_eq!((priced.kind, priced.to.as_ref(), priced.amount.get()), (OperationKind::Move, Some(&to), 500));
    assert_eq!(priced.most.map(Amount::get), Some(506));
    agree(&mut running, id);
    running.rest();
    assert_eq!(running.columns_at(&to), [500, 0, 0, 0, 0]);
    assert_eq!(running.columns(), [1000 - 500 - view(&running, id).fee.get(), 0, 0, 0, 0]);
    running.close();
}

#[test]
fn the_invoice_of_a_move_that_was_declined_waits_for_nobody() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    let id = quote_move(&mut running, 500);
    let part = |running: &Running| {
        running.view().operations.into_iter().find(|op| op.part_of == Some(id)).expect("the other mint was asked")
    };
    assert_eq!((part(&running).state.as_str(), part(&running).open), ("offered", true));
    running.wish(|wallet, now| wallet.cancel(now, &id)).expect("nothing was paid");
    assert_eq!((part(&running).state.as_str(), part(&running).open), ("expired", false));
}

#[test]
fn a_move_that_is_given_up_before_the_other_mint_made_its_invoice_leaves_nothing_under_way() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    for by_its_part in [false, true] {
        let from = running.world.url.clone();
        let id = running.begin(|wallet, now| wallet.quote_move(now, &from, &to, Sat::new(500)));
        let part = running.view().operations.into_iter().find(|op| op.part_of == Some(id)).expect("its invoice").id;
        running.lose_next();
        assert_eq!(state(&running, id), "awaiting-invoice");
        let given_up = if by_its_part { part } else { id };
        running.wish(|wallet, now| wallet.cancel(now, &given_up)).expect("nothing was paid");
        running.rest();
        assert!(!view(&running, id).open && !view(&running, part).open, "{:?}", view(&running, part));
    }
    running.close();
}

#[test]
fn a_move_whose_invoice_somebody_else_paid_is_not_paid_again() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    let id = quote_move(&mut running, 500);
    let invoice = running.view().operations.into_iter().find_map(|op| op.invoice).expect("the other mint's invoice");
    assert!(running.world.other.as_mut().expect("two mints").1.pay_invoice(&invoice));
    running.rest();
    assert_eq!((state(&running, id).as_str(), running.columns_at(&to)), ("cancelled", [500, 0, 0, 0, 0]));
    agree_is_refused(&mut running, id);
    running.close();
}

#[test]
fn no_second_invoice_is_asked_for_or_paid_while_a_move_may_arrive_yet() {
    let mut running = with_money(1000);
    let (from, to) = (running.world.url.clone(), other(&running));
    add(&mut running, &to);
    let (first, second) = (quote_move(&mut running, 300), quote_move(&mut running, 301));
    running.world.mint.lightning = Lightning::Hangs;
    agree(&mut running, first);
    running.turns(6);
    assert_eq!(state(&running, first), "requested");
    let most = view(&running, second).most.expect("a price");
    let refused = running.wallet.pay(running.world.now, &second, most).expect_err("the first may arrive");
    assert_eq!(refused.code(), ErrorCode::WrongState);
    assert!(refused.message().contains(&format!("operation {first} ")), "{refused}");
    let now = running.world.now;
    let refused = running.wallet.quote_move(now, &from, &to, Sat::new(300)).expect_err("the first may arrive");
    assert_eq!(refused.code(), ErrorCode::WrongState);
    running.world.mint.settle_payments(false);
    running.rest();
    running.world.mint.lightning = Lightning::Settles;
    let again = quote_move(&mut running, 300);
    agree(&mut running, again);
    running.rest();
    assert_eq!(running.columns_at(&to), [300, 0, 0, 0, 0]);
    running.close();
}

#[test]
fn nothing_is_agreed_to_while_a_mint_is_left_alone() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    let id = quote_move(&mut running, 300);
    let (url, now) = (running.world.url.clone(), running.world.now);
    let step = running.wallet.add_mint(now, url).expect("it is asked again");
    for request in &step.requests {
        let step = running.wallet.answered(now, request.id, Answer::Later { status: 429, secs: 1800 });
        running.apply(step);
    }
    let most = view(&running, id).most.expect("a price");
    let refused = running.wallet.pay(now, &id, most).expect_err("it asked for a pause");
    assert_eq!(refused.code(), ErrorCode::MintNotReady);
    assert!(refused.message().contains("1800 s"), "{refused}");
    let step = running.wallet.pay(now + 1800, &id, most).expect("the pause is over");
    assert!(!step.requests.is_empty());
}

#[test]
fn a_move_needs_two_mints() {
    let mut running = with_money(1000);
    let (url, to, now) = (running.world.url.clone(), other(&running), running.world.now);
    let refused = |running: &mut Running, to: &MintUrl| {
        running.wallet.quote_move(now, &url, to, Sat::new(10)).map(|(id, _)| id).expect_err("refused").code()
    };
    assert_eq!(refused(&mut running, &url.clone()), ErrorCode::InvalidInput);
    assert_eq!(refused(&mut running, &to), ErrorCode::UnknownMint);
}

#[test]
fn a_move_is_not_paid_when_the_invoice_ends_too_soon_to_issue_safely() {
    for (left, pays) in [(899, false), (900, true)] {
        let mut running = with_money(1000);
        let to = other(&running);
        add(&mut running, &to);
        let id = quote_move(&mut running, 500);
        let end = u64::from(view(&running, id).invoice_expires_at.expect("the offer has an end"));
        running.world.now = end - left;
        let most = view(&running, id).most.expect("a price");
        let now = running.world.now;
        assert_eq!(running.wallet.pay(now, &id, most).is_ok(), pays, "{left} s before its end");
    }
}

/// A move for which Lightning takes longer than the other mint's invoice lives, and what is said of that invoice.
fn move_too_late(running: &mut Running) -> (OperationId, OperationView) {
    let to = other(running);
    add(running, &to);
    let id = quote_move(running, 500);
    running.world.mint.lightning = Lightning::Hangs;
    agree(running, id);
    running.turns(2);
    running.world.now += 3601;
    running.world.mint.settle_payments(true);
    running.world.lightning();
    running.turns(60);
    assert_eq!(state(running, id), "done");
    let owed = running.view().operations.into_iter().find(|op| op.state == "paid-too-late");
    (id, owed.expect("it stays visible"))
}

#[test]
fn a_mint_is_to_be_shown_a_proof_only_where_there_is_one() {
    for forges in [true, false] {
        let mut running = with_money(1000);
        (running.world.mint.forges_preimages, running.world.mint.hides_preimages) = (forges, !forges);
        let (id, told) = move_too_late(&mut running);
        assert_eq!((view(&running, id).preimage, view(&running, id).wrong_preimage.is_some()), (None, forges));
        let from = running.world.url.clone();
        let said = format!("says {from}, which gave no proof of it");
        assert!(told.sentence.contains(&said) && told.sentence.contains("mint@example.com"), "{}", told.sentence);
        assert!(!told.sentence.contains("preimage"), "{}", told.sentence);
    }
}

#[test]
fn ecash_that_was_paid_for_and_not_issued_stays_visible_with_the_proof_and_the_operator() {
    let mut running = with_money(1000);
    let (id, told) = move_too_late(&mut running);
    let to = other(&running);
    assert!(view(&running, id).preimage.is_some());
    assert_eq!((told.mint.clone(), told.amount.get()), (to.clone(), 500));
    let proof = format!("the preimage that operation {id} names");
    assert!(told.sentence.contains("mint@example.com") && told.sentence.contains(&proof), "{}", told.sentence);
    // The operator yields: after the next start the money is there.
    running.world.other.as_mut().expect("two mints").1.refuses_late = false;
    let mut running = running.world.run();
    running.rest();
    assert_eq!(running.columns_at(&to), [500, 0, 0, 0, 0]);
    running.close();
}

#[test]
fn a_restart_asks_about_a_payment_and_does_not_repeat_it() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    // The program dies before anything left.
    let mut running = running.world.run();
    let sent = running.world.log.iter().filter(|line| *line == "POST /v1/melt/bolt11").count();
    assert_eq!((sent, running.world.mint.melted()), (0, 0));
    assert_eq!(state(&running, id), "failed");
    running.close();
}

/// As [`quote`], for an invoice that was made before.
fn quote_again(running: &mut Running, invoice: &str) -> OperationId {
    let (url, now) = (running.world.url.clone(), running.world.now);
    let (id, step) = running.wallet.quote_pay(now, &url, invoice).expect("not paid yet");
    running.apply(step);
    if state(running, id) != "quoted" {
        running.turns(1);
    }
    id
}

#[test]
fn an_invoice_is_paid_once_whatever_was_declined_or_asked_before() {
    let mut running = with_money(1000);
    let invoice = running.world.stranger_asks(60);
    let declined = quote_again(&mut running, &invoice);
    running.wish(|wallet, now| wallet.cancel(now, &declined)).expect("nothing was paid");
    let paid = quote_again(&mut running, &invoice);
    assert_eq!(quote_again(&mut running, &invoice), paid, "an open offer is the same offer");
    agree(&mut running, paid);
    running.rest();
    assert_eq!(refusal(&mut running, &invoice).0, ErrorCode::WrongState);
    assert_eq!(running.world.mint.melted(), 61);
    running.close();
}

#[test]
fn two_mints_do_not_pay_one_invoice() {
    let mut running = with_money(1000);
    let (from, to) = (running.world.url.clone(), other(&running));
    add(&mut running, &to);
    let moved = quote_move(&mut running, 500);
    agree(&mut running, moved);
    running.rest();
    let invoice = running.world.stranger_asks(60);
    let offers: Vec<OperationId> = [&from, &to]
        .into_iter()
        .map(|mint| {
            let (id, step) = running.wallet.quote_pay(running.world.now, mint, &invoice).expect("a good invoice");
            running.apply(step);
            running.turns(1);
            id
        })
        .collect();
    running.world.mint.lightning = Lightning::Hangs;
    agree(&mut running, offers[0]);
    running.turns(2);
    agree_is_refused(&mut running, offers[1]);
    running.world.mint.settle_payments(true);
    running.rest();
    agree_is_refused(&mut running, offers[1]);
    running.close();
}

#[test]
fn a_mint_that_refuses_to_free_the_money_is_asked_a_few_times_only() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    running.world.hold_melts = true;
    running.world.mint.refuses_swaps = Some("keyset is inactive".to_owned());
    agree(&mut running, id);
    running.rest();
    let swaps = running.world.log.iter().filter(|line| *line == "POST /v1/swap").count();
    assert!((1..20).contains(&swaps), "{swaps}");
    assert_eq!((state(&running, id).as_str(), running.columns()), ("failed", [1000, 0, 0, 0, 0]));
}

#[test]
fn a_payment_whose_quote_the_mint_forgot_is_known_by_its_change() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    running.lose_next_answer();
    running.world.mint.forgets_melts = true;
    running.rest();
    assert_eq!((state(&running, id).as_str(), view(&running, id).fee.get()), ("done", 2));
    running.close();
}

#[test]
fn a_mint_that_forgot_a_payment_is_not_said_to_call_it_unpaid() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    agree(&mut running, id);
    running.lose_next_answer();
    running.world.mint.forgets_melts = true;
    running.world.mint.empty_restores = 100;
    running.rest();
    let told = view(&running, id).sentence;
    assert!(told.contains("does not know the payment any more") && told.contains("may be paid"), "{told}");
}

#[test]
fn a_mint_that_holds_the_money_and_tells_nothing_of_the_payment_is_said_to_be_at_work() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    running.world.mint.lightning = Lightning::Hangs;
    agree(&mut running, id);
    running.turns(2);
    assert!(view(&running, id).sentence.starts_with("The mint is paying"));
    running.world.mint.forgets_melts = true;
    running.turns(3);
    assert!(view(&running, id).sentence.contains("its operator must see to it"), "{}", view(&running, id).sentence);
    running.world.mint.forgets_melts = false;
    running.turns(3);
    assert!(view(&running, id).sentence.starts_with("The mint is paying"));
    running.world.mint.forgets_melts = true;
    running.turns(3);
    running.world.mint.settle_payments(true);
    running.rest();
    assert!(view(&running, id).sentence.starts_with("300 sat were paid"), "{}", view(&running, id).sentence);
}

#[test]
fn change_that_comes_later_than_the_word_is_waited_for() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    running.world.mint.late_change = true;
    running.world.mint.empty_restores = 3;
    agree(&mut running, id);
    running.rest();
    assert_eq!((state(&running, id).as_str(), view(&running, id).fee.get()), ("done", 2));
    running.close();
}

#[test]
fn an_invoice_that_somebody_else_paid_does_not_take_our_money() {
    let mut running = with_money(512);
    let id = quote(&mut running, 300);
    running.world.hold_melts = true;
    agree(&mut running, id);
    running.world.mint.call_melts_paid();
    running.rest();
    assert_eq!((state(&running, id).as_str(), running.columns()), ("failed", [512, 0, 0, 0, 0]));
    assert!(view(&running, id).sentence.contains("not with this money"));
}

#[test]
fn a_move_that_was_paid_is_issued_without_a_restart_however_late_it_arrives() {
    let mut running = with_money(1000);
    let to = other(&running);
    add(&mut running, &to);
    let id = quote_move(&mut running, 500);
    running.world.hold_lightning = true;
    running.world.other.as_mut().expect("two mints").1.refuses_late = false;
    agree(&mut running, id);
    running.turns(200);
    assert_eq!((state(&running, id).as_str(), running.columns_at(&to)), ("done", [0, 0, 0, 0, 0]));
    assert!(running.world.now > wallet_world::START + 3600, "the invoice ended");
    running.world.hold_lightning = false;
    running.world.lightning();
    running.turns(10);
    assert_eq!(running.columns_at(&to), [500, 0, 0, 0, 0]);
    running.close();
}

#[test]
fn a_swap_that_freed_the_money_late_is_not_taken_for_the_payment() {
    let mut running = with_money(1000);
    let id = quote(&mut running, 300);
    running.world.hold_melts = true;
    agree(&mut running, id);
    running.world.hold_swaps = true;
    // The swap is on its way when its mint refuses another copy of it.
    while running.world.held() < 2 {
        running.turns(1);
    }
    running.world.hold_swaps = false;
    running.world.mint.refuses_swaps = Some("keyset is inactive".to_owned());
    while !view(&running, id).steps.iter().any(|step| step.text.contains("freeing the money anew")) {
        running.turns(1);
    }
    running.world.mint.refuses_swaps = None;
    running.release_melts();
    running.rest();
    let (state, melted) = (state(&running, id), running.world.mint.melted());
    assert!(matches!((state.as_str(), melted), ("failed", 0) | ("done", 301)), "{state} {melted}");
    running.close();
}
