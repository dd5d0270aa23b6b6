//! Ecash comes back from the phrase: what is found, what is left alone, and where a search ends.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use std::collections::BTreeMap;

use cashu::dhke::blind_message;
use cashu::secret::Secret;
use cashu::{Id, SecretKey};
use paygress::ErrorCode;
use paygress::model::{Amount, Sat};
use paygress::wallet::{
    LockTo, OperationId, OperationKind, OperationView, ProgressView, SendAmount, Wallet, WalletEvent,
};
use paygress_support::mint::{Dleq, KeysetVersion, Mint, MintConfig, QuoteState};
use serde_json::{Value, json};
use wallet_world::{Running, SEED, World};

const BOTH: [KeysetVersion; 2] = [KeysetVersion::V1, KeysetVersion::V2];

fn world(version: KeysetVersion) -> World {
    let mut world = World::new(MintConfig { keyset_version: version, orders: 16, ..MintConfig::default() });
    world.mint.auto_pay = true;
    world
}

fn fill(running: &mut Running, amount: u64) {
    if !running.wallet.mint_ready(&running.world.url) {
        running.add_mint();
    }
    running.fill(Sat::new(amount));
}

fn begin(running: &mut Running) -> OperationId {
    let url = running.world.url.clone();
    running.begin(|wallet, now| wallet.restore(now, url.clone()))
}

fn restore(running: &mut Running) -> OperationView {
    let id = begin(running);
    running.rest();
    running.wallet.operation(&id).expect("known")
}

fn progress(view: &OperationView) -> &ProgressView {
    view.progress.as_ref().expect("a search has a progress")
}

/// The same mint and seed, on a device that knows nothing.
fn elsewhere(running: Running) -> Running {
    let mut world = running.world;
    world.store = BTreeMap::new();
    world.events.clear();
    world.log.clear();
    let mut running = world.run();
    running.forget_outputs();
    running
}

/// Has the mint sign 1 sat for this counter, as a life did that nobody remembers.
fn sign_at(mint: &mut Mint, keyset: &str, counter: u32) {
    let id: Id = keyset.parse().expect("an id");
    let secret = Secret::from_seed(&SEED, id, counter).expect("derivable");
    let blinding = SecretKey::from_seed(&SEED, id, counter).expect("derivable");
    let (blinded, _) = blind_message(secret.as_bytes(), Some(blinding)).expect("a point");
    let (_, quote) = mint.handle(0, "POST", "/v1/mint/quote/bolt11", r#"{"amount":1,"unit":"sat"}"#);
    let quote: Value = serde_json::from_str(&quote).expect("JSON");
    let body = json!({"quote": quote["quote"], "outputs": [{"amount": 1, "id": keyset, "B_": blinded}]}).to_string();
    let (status, answer) = mint.handle(0, "POST", "/v1/mint/bolt11", &body);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn money_of_three_keysets_of_both_versions_comes_back_to_the_sat() {
    let mut running = world(KeysetVersion::V1).run();
    fill(&mut running, 1000);
    running.world.mint.rotate_keyset_to(KeysetVersion::V2);
    fill(&mut running, 300);
    let token = running.send(SendAmount::Face(Amount::sat(77)));
    let token = running.wallet.token(&token).expect("ready");
    running.stranger_redeems(&token).expect("good");
    running.world.mint.rotate_keyset_to(KeysetVersion::V1);
    fill(&mut running, 50);
    let mut running = elsewhere(running);
    let view = restore(&mut running);
    let found = running.columns()[0];
    assert_eq!(view.kind, OperationKind::Restore);
    assert_eq!((view.state.as_str(), view.amount.get()), ("done", found));
    let progress = progress(&view);
    assert_eq!((progress.done, progress.all, progress.left_out), (3, 3, 0));
    assert_eq!(progress.counters, 3 * 400, "in each keyset one batch with signatures and three without");
    assert!(progress.spent >= Sat::new(77), "{progress:?}");
    assert!(running.has_event(
        |event| matches!(event, WalletEvent::Restored { amount, spent, .. } if *amount == Sat::new(found) && *spent == progress.spent)
    ));
    assert_eq!(
        view.sentence,
        format!(
            "All 3 keysets were looked at: {found} sat found, {} sat spent before, by you or whoever you paid.",
            progress.spent.get()
        )
    );
    running.books();
    let asked = running.world.log.iter().filter(|line| line.ends_with("/v1/checkstate")).count();
    assert_eq!(asked, 3, "one question for the coins of each keyset, and none once more afterwards");
    let all = running.send(SendAmount::Face(Amount::sat(found - 5)));
    let token = running.wallet.token(&all).expect("what was found can be spent");
    running.stranger_redeems(&token).expect("the mint takes it");
}

#[test]
fn a_gap_of_299_counters_is_looked_past_and_one_of_300_ends_the_keyset() {
    for version in BOTH {
        for (counters, found) in [([0, 300], 2), ([99, 399], 2), ([99, 400], 1), ([299, 300], 2), ([300, 301], 0)] {
            let mut running = world(version).run();
            let keyset = running.world.mint.active_keyset();
            for counter in counters {
                sign_at(&mut running.world.mint, &keyset, counter);
            }
            let view = restore(&mut running);
            assert_eq!(view.amount, Sat::new(found), "{counters:?}");
        }
    }
}

#[test]
fn a_search_goes_as_far_as_the_wallets_own_counter() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 1);
    let keyset = running.world.mint.active_keyset();
    for (key, value) in &mut running.world.store {
        if key.starts_with("wallet/counter/") {
            *value = r#"{"version":1,"body":700}"#.to_owned();
        }
    }
    sign_at(&mut running.world.mint, &keyset, 650);
    let mut running = running.world.run();
    assert_eq!(restore(&mut running).amount, Sat::new(1));
    assert_eq!(running.columns()[0], 2);
}

#[test]
fn new_outputs_begin_after_the_last_one_that_was_found() {
    for version in BOTH {
        let mut running = world(version).run();
        let keyset = running.world.mint.active_keyset();
        for counter in 0..3 {
            sign_at(&mut running.world.mint, &keyset, counter * 60);
        }
        restore(&mut running);
        let before = running.world.log.len();
        fill(&mut running, 1023);
        assert!(
            running.world.log[before..].iter().all(|line| !line.contains("restore")),
            "nothing collided: {:?}",
            &running.world.log[before..]
        );
        running.books();
    }
}

#[test]
fn what_is_pending_is_asked_for_until_the_mint_has_decided() {
    for redeemed in [false, true] {
        let mut running = world(KeysetVersion::V2).run();
        fill(&mut running, 127);
        let id = running.send(SendAmount::Face(Amount::sat(64)));
        let token = running.wallet.token(&id).expect("ready");
        running.world.mint.set_pending(&token, true);
        let mut running = elsewhere(running);
        let id = begin(&mut running);
        running.turns(60);
        let view = running.wallet.operation(&id).expect("known");
        assert_eq!((view.state.as_str(), view.amount.get(), view.open), ("pending", 63, true));
        assert_eq!(progress(&view).pending, 1, "{}", view.sentence);
        assert!(view.sentence.contains("1 coin is in use"), "{}", view.sentence);
        let waited = running.world.now;
        running.turns(3);
        assert!(running.world.now >= waited + 300, "asked ever less often");
        let mut running = running.world.run_without_rest();
        running.turns(20);
        assert_eq!(running.wallet.operation(&id).expect("known").state, "pending", "over a restart too");
        running.world.mint.set_pending(&token, false);
        if redeemed {
            running.stranger_redeems(&token).expect("good");
        }
        running.rest();
        let view = running.wallet.operation(&id).expect("known");
        let (found, spent) = if redeemed { (63, 64) } else { (127, 0) };
        assert_eq!((view.state.as_str(), view.amount.get()), ("done", found));
        assert_eq!((progress(&view).spent, progress(&view).pending), (Sat::new(spent), 0));
        running.books();
    }
}

#[test]
fn what_the_wallet_has_keeps_its_state_and_is_not_counted_again() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 1023);
    let out = running.send(SendAmount::Face(Amount::sat(64)));
    let keys: Vec<String> =
        running.world.store.keys().filter(|key| key.starts_with("wallet/proof/")).cloned().collect();
    let mut lost = 0;
    for key in keys.iter().step_by(2) {
        let held: Value = serde_json::from_str(&running.world.store[key]).expect("JSON");
        if held["body"]["state"]["is"] == "spendable" {
            lost += held["body"]["amount"].as_u64().expect("an amount");
            running.world.store.remove(key);
        }
    }
    assert!(lost > 0);
    let mut running = running.world.run();
    assert_eq!(running.columns(), [1023 - 64 - lost, 0, 64, 0, 0]);
    let view = restore(&mut running);
    assert_eq!(view.amount, Sat::new(lost));
    assert_eq!(running.columns(), [1023 - 64, 0, 64, 0, 0]);
    assert!(running.wallet.token(&out).is_some(), "the token is out as before");
    assert_eq!(restore(&mut running).amount, Sat::ZERO, "there is nothing more");
    running.books();
}

#[test]
fn two_devices_that_took_turns_with_one_phrase_lose_nothing() {
    for version in BOTH {
        let mut one = world(version).run();
        fill(&mut one, 500);
        let (mut other_store, mut redeemed) = (BTreeMap::new(), 0);
        for round in 0..4u64 {
            let mut world = one.world;
            std::mem::swap(&mut world.store, &mut other_store);
            one = world.run();
            one.forget_outputs();
            fill(&mut one, 40 + round);
            restore(&mut one);
            let token = one.send(SendAmount::Face(Amount::sat(30 + round)));
            // Money that the other device spent meanwhile is found out when it is used.
            if let Some(token) = one.wallet.token(&token)
                && one.world.mint.clone().redeem(&token).is_ok()
            {
                redeemed += 1;
                one.stranger_redeems(&token).expect("good");
            }
        }
        assert!(redeemed >= 2, "both devices spent");
        let mut third = elsewhere(one);
        restore(&mut third);
        third.books();
    }
}

#[test]
fn a_search_goes_on_after_a_restart_where_it_was() {
    let mut running = world(KeysetVersion::V2).run();
    let keyset = running.world.mint.active_keyset();
    for counter in [20, 250, 500] {
        sign_at(&mut running.world.mint, &keyset, counter);
    }
    let id = begin(&mut running);
    while running.wallet.operation(&id).is_none_or(|view| progress(&view).counters < 300) {
        running.turns(1);
    }
    let before = running.wallet.operation(&id).expect("known");
    assert_eq!(before.amount, Sat::new(2));
    assert!(
        before.sentence.contains("0 of 1 keysets done, 300 counters looked at: 2 sat found"),
        "{}",
        before.sentence
    );
    running.world.log.clear();
    let running = running.world.run();
    let asked = running.world.log.iter().filter(|line| *line == "POST /v1/restore").count();
    assert_eq!(asked, 6 + 1, "counters 300 to 900 are looked at, and those ahead: {:?}", running.world.log);
    let view = running.wallet.operation(&id).expect("known");
    assert_eq!((view.state.as_str(), view.amount.get(), progress(&view).counters), ("done", 3, 900));
}

#[test]
fn a_mint_that_falls_silent_is_told_of_and_asked_until_it_answers() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 100);
    let mut running = elsewhere(running);
    let id = begin(&mut running);
    while running.queued().iter().all(|request| request.path != "/v1/restore") {
        running.turns(1);
    }
    for _ in 0..50 {
        running.lose_next();
        let view = running.wallet.operation(&id).expect("known");
        assert_eq!((view.state.as_str(), view.open), ("looking", true));
        assert!(view.sentence.ends_with("The mint does not answer now; it is asked again."), "{}", view.sentence);
    }
    assert!(running.world.now > wallet_world::START + 40 * 300, "asked for hours");
    running.rest();
    let view = running.wallet.operation(&id).expect("known");
    assert_eq!((view.state.as_str(), view.amount.get()), ("done", 100));
}

#[test]
fn a_mint_is_searched_once_at_a_time() {
    let mut running = world(KeysetVersion::V2).run();
    let first = begin(&mut running);
    assert_eq!(begin(&mut running), first);
    running.turns(4);
    assert_eq!(begin(&mut running), first);
    running.rest();
    assert_ne!(begin(&mut running), first, "a later search is one of its own");
    running.rest();
}

#[test]
fn a_mint_that_cannot_restore_is_told_of_and_not_asked() {
    let mut running = world(KeysetVersion::V2).run();
    running.world.mint.announces_restore = false;
    let view = restore(&mut running);
    assert_eq!(view.state, "failed");
    assert!(view.sentence.contains("does not say that it can restore"), "{}", view.sentence);
    assert!(running.world.log.iter().all(|line| !line.contains("/v1/restore")));
    running.world.mint.announces_restore = true;
    assert_eq!(restore(&mut running).state, "done", "it is heard anew each time");
}

#[test]
fn signatures_without_a_right_proof_are_set_aside_and_said() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 100);
    let mut running = elsewhere(running);
    running.world.mint.dleq = Dleq::Bad;
    let view = restore(&mut running);
    assert_eq!(view.amount, Sat::ZERO);
    assert_eq!(progress(&view).set_aside, Sat::new(100));
    assert_eq!(running.columns(), [0, 0, 0, 0, 100]);
    assert!(view.sentence.contains("100 sat set aside"), "{}", view.sentence);
}

#[test]
fn a_mint_that_says_it_signed_everything_does_not_keep_a_search_running() {
    for version in BOTH {
        let mut running = world(version).run();
        fill(&mut running, 100);
        let mut running = elsewhere(running);
        running.world.mint.signs_anything = true;
        let view = restore(&mut running);
        assert_eq!((view.state.as_str(), progress(&view).counters), ("done", 300));
        assert!(progress(&view).found >= Sat::new(100), "what it signed is money by its word");
        assert!(view.sentence.contains("signed even what nobody asked it for"), "{}", view.sentence);
        let found = running.columns()[0];
        running.turns(30);
        let searches = running.view().operations.iter().filter(|op| op.kind == OperationKind::Restore).count();
        assert_eq!((searches, running.columns()[0]), (1, found), "and begins none by itself");
        assert!(running.view().elsewhere.is_empty());
        let further = restore(&mut running);
        assert_eq!(progress(&further).counters, 600, "asked once more, it goes on beyond that");
        running.world.mint.signs_anything = false;
        let honest = restore(&mut running);
        assert!(!honest.sentence.contains("nobody asked"), "{}", honest.sentence);
    }
}

#[test]
fn a_mint_cannot_tell_the_secret_that_nobody_used_from_the_others() {
    for version in BOTH {
        let mut running = world(version).run();
        fill(&mut running, 100);
        running.world.mint.signs_all_but_last = true;
        let url = running.world.url.clone();
        running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be added");
        running.turns(10);
        assert!(running.view().elsewhere.is_empty(), "what it says of everything is no sign");
        let mut running = elsewhere(running);
        let id = begin(&mut running);
        running.turns(20);
        let view = running.wallet.operation(&id).expect("known");
        assert_eq!(view.state, "done", "{:?}", progress(&view));
        assert!(view.sentence.contains("signed even what nobody asked it for"), "{}", view.sentence);
        assert!(progress(&view).counters <= 500, "{:?}", progress(&view));
    }
}

#[test]
fn a_token_that_waits_for_a_catch_up_goes_on_however_that_ends() {
    for refused in [false, true] {
        let mut running = world(KeysetVersion::V2).run();
        fill(&mut running, 100);
        let url = running.world.url.clone();
        let search = running.begin(|wallet, now| Ok(wallet.catch_up(now, url.clone())));
        running.world.mint.tells_states = false;
        running.turns(5);
        assert_eq!(running.wallet.operation(&search).expect("known").state, "looking");
        let token = running.world.mint.gift(&[16]);
        let id = running.begin(|wallet, now| wallet.receive(now, &token));
        running.turns(1);
        assert_eq!(running.wallet.operation(&id).expect("known").state, "unclaimed", "nothing is made before that");
        let since = running.world.now;
        if !refused {
            running.wish(|wallet, now| wallet.cancel(now, &search)).expect("it is open");
        }
        running.pass_until(since + 300);
        assert_eq!(running.wallet.operation(&id).expect("known").state, "done", "refused: {refused}");
        let state = if refused { "done" } else { "cancelled" };
        assert_eq!(running.wallet.operation(&search).expect("known").state, state);
    }
}

#[test]
fn an_answer_about_outputs_that_were_not_asked_for_is_none() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 100);
    let mut running = elsewhere(running);
    running.world.mint.mixes_up_outputs = true;
    let view = restore(&mut running);
    assert_eq!((view.state.as_str(), view.amount.get(), progress(&view).left_out), ("done", 0, 1));
    assert!(view.steps.iter().any(|step| step.text.contains("does not fit the question")), "{:?}", view.steps);
    running.world.mint.mixes_up_outputs = false;
    assert_eq!(restore(&mut running).amount, Sat::new(100));
}

#[test]
fn a_keyset_with_false_keys_is_left_out_and_the_others_are_looked_at() {
    let mut running = world(KeysetVersion::V1).run();
    fill(&mut running, 30);
    running.world.mint.rotate_keyset();
    fill(&mut running, 100);
    let mut running = elsewhere(running);
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be added");
    running.turns(3);
    running.world.mint.lies_about_keys = true;
    let view = restore(&mut running);
    assert_eq!((view.state.as_str(), view.amount.get(), progress(&view).left_out), ("done", 100, 1));
    assert!(view.sentence.contains("1 of 2 keysets could not be looked at"), "{}", view.sentence);
    assert!(view.steps.iter().any(|step| step.text.contains("is left out: the keys it shows")), "{:?}", view.steps);
    running.world.mint.lies_about_keys = false;
    assert_eq!(restore(&mut running).amount, Sat::new(30), "its money comes with honest keys");
    running.books();
}

#[test]
fn a_mint_with_no_active_keyset_of_ours_still_gives_back_what_it_signed() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 100);
    running.world.mint.retire_keysets();
    let mut running = elsewhere(running);
    assert_eq!(restore(&mut running).amount, Sat::new(100));
}

#[test]
fn outputs_that_an_open_operation_waits_for_are_left_to_it() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 200);
    let url = running.world.url.clone();
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    // The swap reached the mint, and its answer does not come while the search runs.
    let swap = running.queued().into_iter().find(|request| request.path == "/v1/swap").expect("the swap is on its way");
    let body = swap.body.clone().unwrap_or_default();
    assert_eq!(running.world.mint.handle(running.world.now, "POST", "/v1/swap", &body).0, 200);
    running.hold_back("/v1/swap");
    let view = restore_beside(&mut running, &url);
    assert_eq!((view.state.as_str(), view.amount.get()), ("done", 0));
    assert_eq!(running.columns()[3], 64, "still unclaimed");
    running.release();
    running.rest();
    assert_eq!(running.columns(), [263, 0, 0, 0, 0]);
    running.books();
}

fn restore_beside(running: &mut Running, url: &paygress::model::MintUrl) -> OperationView {
    let url = url.clone();
    let mut id = None;
    running
        .wish(|wallet, now| {
            let (op, step) = wallet.restore(now, url.clone())?;
            id = Some(op);
            Ok(step)
        })
        .expect("a search can begin");
    let id = id.expect("a search was started");
    while running.wallet.operation(&id).is_some_and(|view| view.open) {
        assert!(running.turn(), "the search has something to ask");
    }
    running.wallet.operation(&id).expect("known")
}

#[test]
fn a_search_can_be_ended_and_keeps_what_came_in() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 100);
    let mut running = elsewhere(running);
    let id = begin(&mut running);
    while running.columns()[0] == 0 {
        running.turns(1);
    }
    running.wish(|wallet, now| wallet.cancel(now, &id)).expect("it is open");
    running.rest();
    let view = running.wallet.operation(&id).expect("known");
    assert_eq!((view.state.as_str(), view.open), ("cancelled", false));
    assert_eq!(running.columns()[0], 100);
    let code = running.wallet.cancel(running.world.now, &id).map_err(|error| error.code());
    assert_eq!(code, Err(ErrorCode::WrongState));
}

#[test]
fn what_the_words_do_not_bring_back_is_listed_before_they_are_needed() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 500);
    let url = running.world.url.clone();
    let only_here = |running: &Running| -> Vec<u64> {
        running.view().only_here.into_iter().map(|kept| kept.amount.get()).collect()
    };
    running.send(SendAmount::Face(Amount::sat(50)));
    assert_eq!(only_here(&running), [0u64; 0], "what is made of the words comes back, given away or not");
    running.world.mint.auto_pay = false;
    running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(30)).map(|(_, step)| step)).expect("ready");
    running.turns(1);
    let key = SecretKey::from_hex("11".repeat(32)).expect("a key").public_key().to_hex();
    let lock = LockTo { key: key.parse().expect("a key"), until: running.world.now + 86_400 };
    let most = Amount::sat(u64::MAX);
    let mut locked = None;
    running
        .wish(|wallet, now| {
            let (id, step) = wallet.send_locked(now, &url, SendAmount::Face(Amount::sat(64)), &lock, most)?;
            locked = Some(id);
            Ok(step)
        })
        .expect("there is enough");
    assert_eq!(only_here(&running), [30, 64], "once the mint may have made it");
    running.turns(2);
    assert!(running.wallet.token(&locked.expect("started")).is_some());
    let gift = running.world.mint.gift(&[16]);
    running.wish(|wallet, now| wallet.receive(now, &gift).map(|(_, step)| step)).expect("a good token");
    let view = running.view();
    assert_eq!(only_here(&running), [30, 64, 16]);
    assert!(view.only_here.iter().all(|kept| kept.mint == url));
    let parts = ["An invoice that may be paid", "Ecash that is locked", "A token of somebody else"];
    for (kept, words) in view.only_here.iter().zip(parts) {
        assert!(kept.sentence.starts_with(words), "{}", kept.sentence);
    }
    let spendable = running.columns()[0];
    let mut other = elsewhere(running.world.clone().run_without_rest());
    restore(&mut other);
    assert_eq!(other.columns(), [spendable + 50, 0, 0, 0, 0], "the words bring back the rest of it");
    let unpaid = running.world.mint.quotes().find(|(_, _, state)| *state == QuoteState::Unpaid);
    let quote = unpaid.map(|(id, _, _)| id.to_owned()).expect("an invoice waits");
    assert!(running.world.mint.pay_quote(&quote));
    running.rest();
    assert_eq!(only_here(&running), [64], "the token came in, and the invoice was paid");
}

/// What is kept nowhere but here: how much, and the first words that are said of it.
fn kept(running: &Running) -> Vec<(u64, String)> {
    let first = |sentence: &str| sentence.split_once('.').map_or(sentence, |(first, _)| first).to_owned();
    running.view().only_here.iter().map(|kept| (kept.amount.get(), first(kept.sentence))).collect()
}

#[test]
fn an_invoice_that_ended_is_listed_while_a_late_payment_may_still_come() {
    let mut running = world(KeysetVersion::V2).run();
    running.add_mint();
    running.world.mint.auto_pay = false;
    let url = running.world.url.clone();
    let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(30)));
    running.turns(2);
    let end = u64::from(running.wallet.operation(&id).and_then(|op| op.invoice_expires_at).expect("it has an end"));
    running.world.now = end;
    running.turns(4);
    assert_eq!(running.wallet.operation(&id).expect("known").state, "expired");
    let ended = (30, "An invoice that ended unpaid less than a day ago".to_owned());
    for (at, listed) in [(end + 86_399, vec![ended]), (end + 86_400, vec![])] {
        running.world.now = at;
        let step = running.wallet.wake(at);
        running.apply(step);
        assert_eq!(kept(&running), listed);
    }
}

#[test]
fn an_invoice_that_was_paid_is_called_so_until_its_ecash_is_here() {
    let mut running = world(KeysetVersion::V2).run();
    running.add_mint();
    let url = running.world.url.clone();
    let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(30)));
    while running.wallet.operation(&id).is_some_and(|op| op.state != "minting") {
        running.turns(1);
    }
    assert_eq!(kept(&running), [(30, "An invoice that was paid, and whose ecash is not here yet".to_owned())]);
    running.rest();
    assert_eq!(kept(&running), []);
}

#[test]
fn locked_ecash_is_listed_with_the_operation_that_keeps_it() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 500);
    let url = running.world.url.clone();
    let key = SecretKey::from_hex("11".repeat(32)).expect("a key").public_key().to_hex();
    let lock = LockTo { key: key.parse().expect("a key"), until: running.world.now + 86_400 };
    let ids: Vec<OperationId> = [64, 33]
        .into_iter()
        .map(|amount| {
            let (face, most) = (SendAmount::Face(Amount::sat(amount)), Amount::sat(u64::MAX));
            let id = running.begin(|wallet, now| wallet.send_locked(now, &url, face, &lock, most));
            running.turns(2);
            id
        })
        .collect();
    let listed: Vec<_> = running.view().only_here.into_iter().map(|kept| (kept.op, kept.amount.get())).collect();
    assert_eq!(listed, [(ids[0], 64), (ids[1], 33)]);
}

#[test]
fn a_seed_is_replaced_only_when_nothing_of_it_can_be_lost() {
    let mut running = world(KeysetVersion::V2).run();
    let other = [99; 64];
    let refused = |running: &mut Running, says: &str| {
        let error = running.wallet.replace_seed(running.world.now, other).expect_err("something would be lost");
        assert_eq!(error.code(), ErrorCode::WrongState);
        assert!(error.message().contains(says), "{error}");
    };
    fill(&mut running, 10);
    refused(&mut running, "holds 10 sat");
    let mut running = world(KeysetVersion::V2).run();
    running.world.mint.auto_pay = false;
    let url = running.world.url.clone();
    running.add_mint();
    running.wish(|wallet, now| wallet.issue(now, &url, Sat::new(5)).map(|(_, step)| step)).expect("ready");
    running.turns(2);
    refused(&mut running, "operation 1 at http://127.0.0.1:3338 is not finished");
    running.world.now += 4000;
    let now = running.world.now;
    let step = running.wallet.wake(now);
    running.apply(step);
    running.rest();
    refused(&mut running, "less than a day ago");
    running.world.now += 90_000;
    assert!(running.wallet.replace_seed(running.world.now, other).is_ok());
}

#[test]
fn the_counters_of_a_seed_are_there_when_it_comes_back() {
    let mut running = world(KeysetVersion::V2).run();
    fill(&mut running, 64);
    let id = running.send(SendAmount::Face(Amount::sat(64)));
    let token = running.wallet.token(&id).expect("ready");
    running.stranger_redeems(&token).expect("good");
    running.wish(|wallet, now| wallet.check(now, &id)).expect("a token is out");
    running.rest();
    let now = running.world.now;
    let other = [99; 64];
    for seed in [other, SEED] {
        running.wish(|wallet, now| wallet.replace_seed(now, seed)).expect("nothing is held");
    }
    fill(&mut running, 64);
    assert_eq!(running.world.store.iter().filter_map(counter_of).collect::<Vec<_>>(), [2], "it went on where it was");
    let mut opened = Wallet::open(other, &running.world.store).expect("the wallet wrote this store");
    assert_eq!(opened.replace_seed(now, SEED).map_err(|error| error.code()).err(), Some(ErrorCode::WrongState));
    running.world.store.retain(|key, _| !key.starts_with("wallet/proof/"));
    opened = Wallet::open(other, &running.world.store).expect("the wallet wrote this store");
    let replaced = opened.replace_seed(now, SEED).expect("nothing is held");
    let step = opened.wake(now);
    running.wallet = opened;
    running.apply(replaced);
    running.apply(step);
    running.rest();
    fill(&mut running, 32);
    assert_eq!(running.world.store.iter().filter_map(counter_of).collect::<Vec<_>>(), [3], "from the store, too");
}

fn counter_of((key, value): (&String, &String)) -> Option<u64> {
    let record: Value = serde_json::from_str(value).expect("records are JSON");
    key.starts_with("wallet/counter/").then(|| record["body"].as_u64().expect("a counter"))
}
