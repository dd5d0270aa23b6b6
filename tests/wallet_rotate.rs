//! Money of keysets that end moves to the present one by itself.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::model::{Amount, Sat};
use paygress::wallet::{OperationKind, OperationView, Purpose, SendAmount};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, World};

fn filled(version: KeysetVersion, input_fee_ppk: u64, sats: &[u64]) -> Running {
    let config = MintConfig { keyset_version: version, orders: 12, input_fee_ppk, ..MintConfig::default() };
    let mut running = World::new(config).run();
    running.add_mint();
    running.world.mint.auto_pay = true;
    for sat in sats {
        running.fill(Sat::new(*sat));
    }
    running
}

fn refresh(running: &mut Running) {
    running.add_mint();
}

fn rotations(running: &Running) -> Vec<OperationView> {
    running.view().operations.into_iter().filter(|op| op.kind == OperationKind::Rotate).collect()
}

/// The keysets of the proofs that are held.
fn keysets(running: &Running) -> Vec<String> {
    let proofs = running.world.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/"));
    let mut ids: Vec<String> = proofs
        .map(|(_, value)| {
            let value: serde_json::Value = serde_json::from_str(value).expect("records are JSON");
            value["body"]["keyset"].as_str().expect("an id").to_owned()
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

#[test]
fn money_leaves_an_inactive_keyset_for_the_present_one() {
    for version in [KeysetVersion::V1, KeysetVersion::V2] {
        let mut running = filled(version, 100, &[500]);
        let present = running.world.mint.rotate_keyset();
        refresh(&mut running);
        assert_eq!(keysets(&running), [present]);
        assert_eq!(running.columns(), [499, 0, 0, 0, 0]);
        let [rotation] = &rotations(&running)[..] else { panic!("one operation tells of it") };
        assert_eq!((rotation.state.as_str(), rotation.amount.get(), rotation.fee.get()), ("done", 499, 1));
        running.close();
    }
}

#[test]
fn nothing_happens_while_the_keyset_is_the_present_one() {
    let mut running = filled(KeysetVersion::V2, 100, &[500]);
    refresh(&mut running);
    assert!(rotations(&running).is_empty());
}

#[test]
fn money_stays_when_leaving_costs_too_much_for_its_sum() {
    let mut running = filled(KeysetVersion::V2, 1000, &[15]);
    running.world.mint.rotate_keyset();
    refresh(&mut running);
    assert!(rotations(&running).is_empty(), "four of fifteen satoshi");
    assert_eq!(running.columns(), [15, 0, 0, 0, 0]);
    running.close();
}

#[test]
fn another_operation_is_not_disturbed() {
    let mut running = filled(KeysetVersion::V2, 100, &[500]);
    let url = running.world.url.clone();
    running.world.mint.refuses_swaps = Some("busy just now".to_owned());
    let now = running.world.now;
    // Not at hand in parts, so that a swap is under way.
    let amount = SendAmount::Face(Amount::sat(101));
    let (_, step) = running.wallet.send(now, &url, amount, Purpose::Person).expect("there is enough");
    running.apply(step);
    running.world.mint.rotate_keyset();
    let now = running.world.now;
    let step = running.wallet.add_mint(now, url.clone()).expect("a mint can be asked again");
    running.apply(step);
    let answered =
        |running: &Running| running.world.log.iter().filter(|line| line.starts_with("GET /v1/keys/")).count();
    let before = answered(&running);
    while answered(&running) == before {
        running.turns(1);
    }
    assert!(rotations(&running).is_empty(), "the send comes first");
    running.world.mint.refuses_swaps = None;
    running.rest();
    assert_eq!(running.columns()[2], 101);
}

#[test]
fn a_mint_that_refuses_leaves_the_money_as_it_is_and_one_line_in_the_history() {
    let mut running = filled(KeysetVersion::V2, 100, &[500]);
    running.world.mint.rotate_keyset();
    running.world.mint.refuses_swaps = Some("not today".to_owned());
    for _ in 0..3 {
        refresh(&mut running);
        assert_eq!(running.columns(), [500, 0, 0, 0, 0]);
        running.world.now += 3600;
    }
    assert_eq!(rotations(&running).len(), 1);
    running.world.mint.refuses_swaps = None;
    refresh(&mut running);
    assert_eq!(running.columns(), [499, 0, 0, 0, 0]);
    assert_eq!(rotations(&running).len(), 1);
    running.close();
}

#[test]
fn what_another_device_spent_is_told_and_the_rest_moves() {
    let mut running = filled(KeysetVersion::V2, 100, &[500, 300]);
    running.world.mint.rotate_keyset();
    running.spend_all_elsewhere();
    refresh(&mut running);
    assert_eq!(running.columns(), [0, 0, 0, 0, 0]);
    assert_eq!(rotations(&running)[0].state, "found-spent");
    running.close();
}

#[test]
fn a_mint_that_refuses_because_of_its_keysets_is_not_asked_without_pause() {
    let mut running = filled(KeysetVersion::V2, 100, &[500]);
    running.world.mint.rotate_keyset();
    running.world.mint.refuses_swaps = Some("keyset is inactive".to_owned());
    let url = running.world.url.clone();
    let until = running.world.now + 3000;
    running.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be asked again");
    while running.world.now < until {
        if !running.turn() {
            let Some(at) = running.wallet.next_wake() else { break };
            running.world.now = running.world.now.max(at);
            let step = running.wallet.wake(running.world.now);
            running.apply(step);
        }
        let swaps = running.world.log.iter().filter(|line| *line == "POST /v1/swap").count();
        assert!(swaps < 20, "{swaps} swaps in {} s", running.world.now + 3000 - until);
    }
    assert_eq!(running.columns(), [500, 0, 0, 0, 0], "the money can be spent meanwhile");
}
