//! Tokens that were given away: looked at until they are seen spent, and taken back when their time comes.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::ErrorCode;
use paygress::model::{Amount, Sat};
use paygress::wallet::{OperationId, Purpose, SendAmount, WalletEvent};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, START, World};

/// A wallet of 200 sat that gave 100 of them away.
fn given(purpose: Purpose) -> (Running, OperationId) {
    let config = MintConfig { keyset_version: KeysetVersion::V2, orders: 12, ..MintConfig::default() };
    let mut running = World::new(config).run();
    let url = running.world.url.clone();
    running.add_mint();
    running.fill(Sat::new(200));
    let now = running.world.now;
    let amount = SendAmount::Face(Amount::sat(100));
    let (id, step) = running.wallet.send(now, &url, amount, purpose).expect("there is enough");
    running.apply(step);
    while running.wallet.token(&id).is_none() {
        running.turns(1);
    }
    (running, id)
}

fn looks(running: &Running) -> usize {
    running.world.log.iter().filter(|line| *line == "POST /v1/checkstate").count()
}

/// Lets so many seconds pass.
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
}

fn state(running: &Running, id: OperationId) -> String {
    running.wallet.operation(&id).expect("known").state
}

#[test]
fn a_token_that_somebody_took_is_seen_spent_without_anybody_asking() {
    let (mut running, id) = given(Purpose::Person);
    let token = running.wallet.token(&id).expect("the token is out");
    pass(&mut running, 100);
    assert_eq!(state(&running, id), "handed-out");
    running.stranger_redeems(&token).expect("a good token");
    pass(&mut running, 200);
    assert_eq!(state(&running, id), "spent");
    assert!(running.has_event(|event| matches!(event, WalletEvent::TokenSpent { op } if *op == id)));
    running.close();
}

#[test]
fn the_looks_become_rare_and_only_the_first_leaves_a_trace_while_nothing_happens() {
    let (mut running, id) = given(Purpose::Person);
    let (before, notes) = (looks(&running), running.wallet.operation(&id).expect("known").steps.len());
    pass(&mut running, 60);
    assert!(looks(&running) > before);
    let answers = running.wallet.operation(&id).expect("known").answers;
    assert!(answers.last().is_some_and(|answer| answer.text.starts_with("POST /v1/checkstate: ")), "{answers:?}");
    let commits = running.world.commits;
    pass(&mut running, 3540);
    let in_first_hour = looks(&running) - before;
    assert!((5..=8).contains(&in_first_hour), "{in_first_hour}");
    pass(&mut running, 5 * 3600);
    assert!(looks(&running) - before - in_first_hour <= 6, "once an hour");
    assert_eq!(running.wallet.operation(&id).expect("known").steps.len(), notes);
    assert_eq!(running.world.commits, commits, "nothing was written");
}

#[test]
fn a_look_that_found_a_part_taken_says_so() {
    let (mut running, id) = given(Purpose::Person);
    running.world.spend_one("handed-out");
    pass(&mut running, 60);
    assert_eq!(state(&running, id), "handed-out");
    let told = running.wallet.operation(&id).expect("known").steps;
    assert!(told.iter().any(|step| step.text.contains("a part of the token was taken")), "{told:?}");
}

#[test]
fn the_token_of_a_lease_is_the_concern_of_the_lease() {
    let (mut running, id) = given(Purpose::Lease("1".to_owned()));
    let before = looks(&running);
    pass(&mut running, 3600);
    assert_eq!(looks(&running), before);
    let refused = running.wallet.take_back_at(&id, Some(START)).expect_err("not by hand");
    assert_eq!(refused.code(), ErrorCode::WrongState);
}

#[test]
fn a_token_comes_back_by_itself_when_its_time_comes_and_not_before() {
    let (mut running, id) = given(Purpose::Person);
    let at = running.world.now + 3600;
    running.wish(|wallet, _| wallet.take_back_at(&id, Some(at))).expect("a token is out");
    assert_eq!(running.wallet.operation(&id).expect("known").take_back_at.map(u64::from), Some(at));
    pass(&mut running, 3599);
    assert_eq!(state(&running, id), "handed-out");
    pass(&mut running, 10);
    assert_eq!(state(&running, id), "reclaimed");
    running.close();
}

#[test]
fn the_time_passes_while_the_program_does_not_run() {
    let (mut running, id) = given(Purpose::Person);
    let at = running.world.now + 3600;
    running.wish(|wallet, _| wallet.take_back_at(&id, Some(at))).expect("a token is out");
    running.world.now += 10 * 3600;
    let mut running = running.world.run();
    assert_eq!(state(&running, id), "reclaimed");
    running.close();
}

#[test]
fn who_changes_their_mind_leaves_the_token_out() {
    let (mut running, id) = given(Purpose::Person);
    let at = running.world.now + 3600;
    running.wish(|wallet, _| wallet.take_back_at(&id, Some(at))).expect("a token is out");
    running.wish(|wallet, _| wallet.take_back_at(&id, None)).expect("a token is out");
    pass(&mut running, 2 * 3600);
    assert_eq!(state(&running, id), "handed-out");
}

#[test]
fn somebody_who_was_faster_keeps_the_token() {
    let (mut running, id) = given(Purpose::Person);
    let at = running.world.now + 20;
    running.wish(|wallet, _| wallet.take_back_at(&id, Some(at))).expect("a token is out");
    let token = running.wallet.token(&id).expect("the token is out");
    running.stranger_redeems(&token).expect("a good token");
    pass(&mut running, 60);
    assert_eq!(state(&running, id), "spent");
    running.close();
}
