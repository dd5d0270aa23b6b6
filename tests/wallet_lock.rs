//! Tokens that are locked to a key (NUT-10, NUT-11): opened by ours, refused or kept when they are not, made for others.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use cashu::SecretKey;
use paygress::ErrorCode;
use paygress::model::{Amount, Sat};
use paygress::wallet::{LockTo, OperationId, OperationView, SendAmount, WalletEvent};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, World};

/// Somebody else's secret key, in hex.
const STRANGER: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const DAY: u64 = 86_400;

fn public(secret: &str) -> String {
    SecretKey::from_hex(secret).expect("a key").public_key().to_hex()
}

fn with_mint(version: KeysetVersion) -> Running {
    let config = MintConfig { keyset_version: version, orders: 12, ..MintConfig::default() };
    let mut running = World::new(config).run();
    running.add_mint();
    running
}

fn with_money() -> Running {
    let mut running = with_mint(KeysetVersion::V2);
    running.fill(Sat::new(200));
    running
}

fn condition(kind: &str, data: &str, tags: &str) -> String {
    format!(r#"["{kind}",{{"nonce":"{{nonce}}","data":"{data}","tags":[{tags}]}}]"#)
}

/// Pastes a gift of 64 and 8 sat with this condition, and gives its operation when all has come to rest.
fn receive(running: &mut Running, condition: &str) -> OperationView {
    let token = running.world.mint.gift_locked(&[64, 8], condition);
    receive_token(running, &token)
}

fn receive_token(running: &mut Running, token: &str) -> OperationView {
    let (id, step) = running.wallet.receive(running.world.now, token).expect("a token that may be ours");
    running.apply(step);
    running.rest();
    running.wallet.operation(&id).expect("known")
}

fn lock_to(running: &Running, secret: &str) -> LockTo {
    LockTo { key: public(secret).parse().expect("a key"), until: running.world.now + 7 * DAY }
}

/// Makes a token of 100 sat that only the stranger can take for a week.
fn send(running: &mut Running) -> OperationId {
    let to = lock_to(running, STRANGER);
    send_to(running, &to)
}

fn send_to(running: &mut Running, to: &LockTo) -> OperationId {
    let url = running.world.url.clone();
    let amount = SendAmount::Face(Amount::sat(100));
    let sent = running.wallet.send_locked(running.world.now, &url, amount, to, Sat::new(u64::MAX));
    let (id, step) = sent.expect("there is enough");
    running.apply(step);
    while running.wallet.token(&id).is_none() {
        running.turns(1);
    }
    id
}

fn state(running: &Running, id: OperationId) -> String {
    running.wallet.operation(&id).expect("known").state
}

/// Lets time pass.
fn pass(running: &mut Running, secs: u64) {
    let until = running.world.now + secs;
    loop {
        while running.turn() {}
        let Some(at) = running.wallet.next_wake().filter(|at| *at <= until) else { break };
        running.world.now = running.world.now.max(at);
        let step = running.wallet.wake(running.world.now);
        running.apply(step);
    }
    running.world.now = until;
    let step = running.wallet.wake(until);
    running.apply(step);
    while running.turn() {}
}

#[test]
fn a_token_locked_to_the_key_that_is_shown_comes_in() {
    for version in [KeysetVersion::V1, KeysetVersion::V2] {
        let mut running = with_mint(version);
        let key = running.wallet.receiving_key();
        let token = running.world.mint.gift_locked(&[64, 8], &condition("P2PK", &key, ""));
        assert!(running.world.mint.redeem(&token).is_err(), "nobody else can take it");
        assert_eq!(receive_token(&mut running, &token).state, "done");
        assert_eq!(running.columns(), [71, 0, 0, 0, 0]);
        running.books();
    }
}

#[test]
fn a_key_counts_by_its_coordinate_and_beside_keys_of_others() {
    let mut running = with_mint(KeysetVersion::V2);
    let key = running.wallet.receiving_key();
    let mirrored = format!("{}{}", if key.starts_with("02") { "03" } else { "02" }, &key[2..]);
    assert_eq!(receive(&mut running, &condition("P2PK", &mirrored, "")).state, "done");
    let beside = format!(r#"["sigflag","SIG_INPUTS"],["pubkeys","{key}"],["n_sigs","1"],["purpose","a gift"]"#);
    assert_eq!(receive(&mut running, &condition("P2PK", &public(STRANGER), &beside)).state, "done");
    assert_eq!(running.columns(), [142, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn a_token_locked_to_somebody_else_is_refused_and_nothing_is_kept() {
    let mut running = with_mint(KeysetVersion::V2);
    let now = running.world.now;
    let owner = public(STRANGER);
    let until = now + DAY;
    for tags in [String::new(), format!(r#"["locktime","{until}"],["refund","{owner}"]"#)] {
        let token = running.world.mint.gift_locked(&[8], &condition("P2PK", &owner, &tags));
        let error = running.wallet.receive(now, &token).expect_err("not ours");
        assert_eq!(error.code(), ErrorCode::InvalidToken);
        let text =
            format!("the token is locked to the key {owner}, which is not of this wallet; only its owner can take it");
        assert_eq!(error.message(), text);
    }
    assert!(running.view().operations.is_empty());
}

#[test]
fn a_token_that_opens_later_is_kept_and_says_when() {
    for refund_is_ours in [true, false] {
        let mut running = with_mint(KeysetVersion::V2);
        let refund =
            if refund_is_ours { format!(r#",["refund","{}"]"#, running.wallet.receiving_key()) } else { String::new() };
        // 2027-01-15 08:00 UTC and a day.
        let tags = format!(r#"["locktime","{}"]{refund}"#, 1_800_000_000 + DAY);
        let op = receive(&mut running, &condition("P2PK", &public(STRANGER), &tags));
        assert_eq!((op.state.as_str(), op.can_retry), ("failed", true));
        assert!(op.sentence.contains("until 2027-01-16 08:00 UTC"), "{}", op.sentence);
        assert_eq!(running.columns(), [0, 0, 0, 0, 0], "what another may still take is not counted");
        let retry = |running: &mut Running| {
            running.wish(|wallet, now| wallet.retry(now, &op.id)).expect("it is kept");
            running.rest();
            running.wallet.operation(&op.id).expect("known").state
        };
        assert_eq!(retry(&mut running), "failed", "too early");
        running.world.now += 2 * DAY;
        assert_eq!(retry(&mut running), "done");
        assert_eq!(running.columns(), [71, 0, 0, 0, 0]);
        running.books();
    }
}

#[test]
fn what_cannot_be_opened_here_is_kept_with_the_reason() {
    let mut running = with_mint(KeysetVersion::V2);
    let (ours, theirs) = (running.wallet.receiving_key(), public(STRANGER));
    let two = format!(r#"["pubkeys","{theirs}"],["n_sigs","2"]"#);
    let hash = "ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5";
    for (condition, words) in [
        (condition("P2PK", &ours, &two), "needs 2 signatures of 2 keys"),
        (condition("P2PK", &ours, r#"["sigflag","SIG_ALL"]"#), "(SIG_ALL)"),
        (condition("P2PK", &ours, r#"["sigflag","SIG_SOME"]"#), "contradicts itself"),
        (condition("P2PK", &ours, r#"["n_sigs","0"]"#), "contradicts itself"),
        (condition("P2PK", &ours, r#"["n_sigs","2"]"#), "contradicts itself"),
        (condition("P2PK", &ours, r#"["locktime","1"],["locktime","2"]"#), "contradicts itself"),
        (condition("P2PK", &ours, &format!(r#"["pubkeys","{ours}"]"#)), "contradicts itself"),
        (condition("P2PK", "nobody", ""), "contradicts itself"),
        (condition("HTLC", hash, ""), "the secret of a hash (HTLC)"),
        (condition("DLC", hash, ""), "the kind \"DLC\""),
    ] {
        let op = receive(&mut running, &condition);
        assert_eq!((op.state.as_str(), op.can_retry), ("failed", true), "{condition}");
        assert!(op.sentence.contains(words), "{}", op.sentence);
        assert!(running.world.store.values().any(|value| value.contains("cashuB") || value.contains("token")));
    }
    assert_eq!(running.columns(), [0, 0, 0, 0, 0]);
}

#[test]
fn a_token_with_a_part_that_cannot_be_opened_is_not_taken_in_part() {
    let mut running = with_mint(KeysetVersion::V2);
    let ours = running.wallet.receiving_key();
    let mut token: cashu::TokenV4 =
        running.world.mint.gift_locked(&[8], &condition("P2PK", &ours, "")).parse().expect("a token");
    let theirs: cashu::TokenV4 =
        running.world.mint.gift_locked(&[4], &condition("P2PK", &public(STRANGER), "")).parse().expect("a token");
    token.token[0].proofs.extend(theirs.token[0].proofs.clone());
    assert!(running.wallet.receive(running.world.now, &token.to_string()).is_err());
}

#[test]
fn a_locked_token_waits_for_a_mint_that_is_down() {
    let mut running = World::new(MintConfig { orders: 12, ..MintConfig::default() }).run();
    let key = running.wallet.receiving_key();
    let token = running.world.mint.gift_locked(&[64, 8], &condition("P2PK", &key, ""));
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.lose_next();
    assert_eq!(running.columns(), [0, 0, 0, 72, 0]);
    running.rest();
    assert_eq!(running.columns(), [71, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn a_locked_token_can_be_taken_by_its_receiver_alone() {
    let mut running = with_money();
    let id = send(&mut running);
    let op = running.wallet.operation(&id).expect("known");
    assert_eq!((op.state.as_str(), op.can_reclaim), ("handed-out", false));
    assert_eq!(op.locked_to.map(|key| key.to_string()), Some(public(STRANGER)));
    assert!(op.sentence.contains("until 2027-01-22 08:0"), "{}", op.sentence);
    assert_eq!(running.columns()[2], 100);
    let token = running.wallet.token(&id).expect("the token is out");
    assert!(running.world.mint.redeem(&token).is_err(), "not by whoever sees it");
    let other = STRANGER.replace('1', "2");
    assert!(running.world.mint.redeem_as(&token, &other).is_err(), "nor by another key");
    running.world.paid_out += running.world.mint.redeem_as(&token, STRANGER).expect("its owner");
    pass(&mut running, DAY);
    assert_eq!(state(&running, id), "spent");
    assert!(running.has_event(|event| *event == WalletEvent::TokenSpent { op: id }));
    running.books();
}

#[test]
fn a_locked_token_cannot_be_taken_back_before_its_time_and_comes_back_by_itself_afterwards() {
    let mut running = with_money();
    let id = send(&mut running);
    let now = running.world.now;
    let error = running.wallet.reclaim(now, &id).expect_err("too early");
    assert_eq!(error.code(), ErrorCode::WrongState);
    assert!(error.message().contains("locked to its receiver until 2027-01-22 08:0"), "{error}");
    let error = running.wallet.take_back_at(&id, Some(now + DAY)).expect_err("too early");
    assert_eq!(error.code(), ErrorCode::InvalidInput);
    pass(&mut running, 6 * DAY);
    assert_eq!(state(&running, id), "handed-out");
    pass(&mut running, DAY + 120);
    assert_eq!(state(&running, id), "reclaimed");
    // Two swaps of one or a few coins each.
    assert_eq!(running.columns(), [198, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn a_mint_with_a_late_clock_can_be_asked_again() {
    let mut running = with_money();
    let id = send(&mut running);
    running.world.mint.clock_behind = DAY;
    pass(&mut running, 7 * DAY + 3600);
    assert_eq!(state(&running, id), "handed-out", "refused, and the token is out as before");
    running.world.mint.clock_behind = 0;
    running.wish(|wallet, now| wallet.reclaim(now, &id)).expect("it is out");
    running.rest();
    assert_eq!(state(&running, id), "reclaimed");
    running.books();
}

#[test]
fn coins_that_fit_are_not_given_away_unlocked() {
    let mut running = with_mint(KeysetVersion::V2);
    let gift = running.world.mint.gift(&[128, 64, 32, 4, 1]);
    receive_token(&mut running, &gift);
    let id = send(&mut running);
    let token = running.wallet.token(&id).expect("the token is out");
    assert!(running.world.mint.redeem(&token).is_err());
    running.books();
}

#[test]
fn a_token_to_oneself_can_be_taken_back_at_once() {
    let mut running = with_money();
    let to = LockTo { key: running.wallet.receiving_key().parse().expect("a key"), until: running.world.now + DAY };
    let id = send_to(&mut running, &to);
    let token = running.wallet.token(&id).expect("the token is out");
    receive_token(&mut running, &token);
    assert_eq!(state(&running, id), "reclaimed");
    running.books();
}

#[test]
fn a_mint_that_does_not_lock_is_not_tried() {
    let mut running = with_money();
    running.world.mint.announces_locks = false;
    let url = running.world.url.clone();
    running.add_mint();
    let to = lock_to(&running, STRANGER);
    let amount = SendAmount::Face(Amount::sat(100));
    let error = running.wallet.send_locked(running.world.now, &url, amount, &to, Sat::new(u64::MAX));
    let error = error.expect_err("it would be anybody's");
    assert!(error.message().contains("does not say that it locks tokens to a key (NUT-11)"), "{error}");
}

#[test]
fn an_end_that_is_too_near_or_too_far_is_refused() {
    let running = with_money();
    let (mut wallet, now, url) = (running.wallet, running.world.now, running.world.url);
    let key = public(STRANGER).parse().expect("a key");
    for until in [0, now, now + 599, now + 11 * 366 * DAY, u64::MAX] {
        let amount = SendAmount::Face(Amount::sat(100));
        let error = wallet.send_locked(now, &url, amount, &LockTo { key, until }, Sat::new(u64::MAX));
        assert_eq!(error.expect_err("no end").code(), ErrorCode::InvalidInput, "{until}");
    }
}

#[test]
fn a_mint_that_signs_less_gives_a_smaller_token_that_nobody_loses() {
    let mut running = with_money();
    running.world.mint.gives_less = true;
    let url = running.world.url.clone();
    // No change, so that the last output is one of the token's.
    let fits = running.wallet.quote_send(&url, SendAmount::Face(Amount::sat(199))).expect("a price");
    assert_eq!(fits.missing, Sat::ZERO);
    let to = lock_to(&running, STRANGER);
    let amount = SendAmount::Face(Amount::sat(199));
    let sent = running.wallet.send_locked(running.world.now, &url, amount, &to, Sat::new(u64::MAX));
    let (id, step) = sent.expect("there is enough");
    running.apply(step);
    running.rest();
    running.world.mint.gives_less = false;
    let op = running.wallet.operation(&id).expect("known");
    assert_eq!((op.state.as_str(), op.amount.get()), ("handed-out", 135));
    assert_eq!(running.columns(), [0, 0, 135, 0, 0]);
    pass(&mut running, 8 * DAY);
    assert_eq!(state(&running, id), "reclaimed");
    running.books();
}

#[test]
fn a_lost_store_gives_a_locked_token_back_from_its_text() {
    let mut running = with_money();
    let id = send(&mut running);
    let token = running.wallet.token(&id).expect("the token is out");
    running.world.store.clear();
    running.forget_outputs();
    let mut running = running.world.run();
    let url = running.world.url.clone();
    running.wish(|wallet, now| wallet.restore(now, url.clone()).map(|(_, step)| step)).expect("it begins");
    running.rest();
    assert_eq!(running.columns(), [99, 0, 0, 0, 0], "the phrase brings back what is not locked");
    let op = receive_token(&mut running, &token);
    assert!(op.sentence.contains("until 2027-01-22"), "{}", op.sentence);
    running.world.now += 8 * DAY;
    running.wish(|wallet, now| wallet.retry(now, &op.id)).expect("it is kept");
    running.rest();
    assert_eq!(running.columns(), [198, 0, 0, 0, 0]);
    running.books();
}

#[test]
fn what_is_no_key_is_refused_with_what_to_do() {
    let key = public(STRANGER);
    let parse = |text: &str| text.parse::<paygress::wallet::LockKey>().map(|key| key.to_string());
    assert_eq!(parse(&format!(" {}\n", key.to_uppercase())), Ok(key.clone()));
    for (text, words) in [
        (&key[2..], "lacks its first byte"),
        (&key[..65], "66 hex characters"),
        ("", "66 hex characters"),
        ("npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq28spj3", "Nostr key"),
        (&format!("05{}", &key[2..]), "66 hex characters"),
        (&format!("04{}{}", &key[2..], &key[2..]), "66 hex characters"),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.message().contains(words), "{text}: {error}");
    }
}
