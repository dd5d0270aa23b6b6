//! A scout finds what a phrase holds and moves nothing; what it finds is compared with a wallet, or becomes tokens.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::model::Sat;
use paygress::wallet::{Comparison, Purpose, SendAmount};
use paygress_support::mint::{Dleq, KeysetVersion, MintConfig};
use wallet_world::{Running, SEED, World};

const OTHERS: [u8; 64] = [33; 64];

fn with_money(sat: u64) -> Running {
    let mut running = World::new(MintConfig::default()).run();
    running.add_mint();
    running.fill(Sat::new(sat));
    running
}

fn compared(running: &mut Running) -> Comparison {
    let before = running.wallet.coins();
    let (scout, _) = running.world.look(SEED);
    running.wallet.compare(&running.world.url, &before, &scout)
}

fn sums(of: Comparison) -> [u64; 5] {
    [of.held, of.back, of.handed_out, of.in_use, of.beyond].map(Sat::get)
}

#[test]
fn a_scout_asks_and_moves_nothing() {
    let mut running = with_money(200);
    running.world.mint.rotate_keyset();
    running.world.mint.dleq = Dleq::Missing;
    let (mut scout, mut asked) = running.world.look(SEED);
    assert_eq!(scout.view().mints[0].quarantined, Sat::new(200), "there would be reasons to swap");
    running.world.now += 2 * 86_400;
    let step = scout.wake(running.world.now);
    asked.extend(running.world.drive(&mut scout, step));
    let refreshed = asked.iter().filter(|asked| *asked == "GET /v1/keysets").count();
    assert!(refreshed > 1, "a wallet swaps when the mint was asked for its keysets again: {asked:?}");
    let questions = ["GET /v1/info", "GET /v1/keysets", "GET /v1/keys/", "POST /v1/restore", "POST /v1/checkstate"];
    let moves = asked.iter().find(|asked| !questions.iter().any(|question| asked.starts_with(question)));
    assert_eq!(moves, None);
    assert_eq!(running.world.mint.fees(), 0);
    running.close();
}

#[test]
fn a_comparison_accounts_for_every_coin() {
    let mut running = with_money(200);
    assert_eq!(sums(compared(&mut running)), [200, 200, 0, 0, 0]);
    let url = running.world.url.clone();
    let send = SendAmount::Face(Sat::new(100).into());
    running.wish(|wallet, now| wallet.send(now, &url, send, Purpose::Person).map(|(_, step)| step)).expect("enough");
    running.rest();
    let [held, back, handed_out, ..] = sums(compared(&mut running));
    assert_eq!((held, back, handed_out), (199, 199, 100));
    let spent = running.world.spend_one("spendable");
    assert!(spent > 0);
    let [held, back, ..] = sums(compared(&mut running));
    assert!(held == 199 && back < 199, "{back} of {held} come back");
}

#[test]
fn what_no_book_has_is_told() {
    let mut running = with_money(200);
    let lost: Vec<String> = running.world.store.keys().filter(|key| key.contains("/proof/")).cloned().collect();
    running.world.store.retain(|key, _| !lost.contains(key));
    let mut running = running.world.run();
    assert_eq!(sums(compared(&mut running)), [0, 0, 0, 0, 200]);
}

#[test]
fn what_is_made_or_spent_while_a_scout_is_under_way_is_left_out() {
    let mut running = with_money(200);
    let before = running.wallet.coins();
    let (scout, _) = running.world.look(SEED);
    let url = running.world.url.clone();
    let send = SendAmount::Face(Sat::new(100).into());
    running.wish(|wallet, now| wallet.send(now, &url, send, Purpose::Person).map(|(_, step)| step)).expect("enough");
    running.rest();
    let [held, back, _, in_use, beyond] = sums(running.wallet.compare(&url, &before, &scout));
    assert_eq!((held, in_use, beyond), (back, 0, 0));
    assert!(held < 199, "what was swapped meanwhile is not judged");
}

#[test]
fn a_haul_is_dealt_into_tokens_that_each_come_in() {
    for keyset_version in [KeysetVersion::V1, KeysetVersion::V2] {
        let mut world = World::new(MintConfig { keyset_version, ..MintConfig::default() });
        world.others_hold(OTHERS, &[63; 20]);
        let mut running = world.run();
        let (scout, _) = running.world.look(OTHERS);
        let haul = scout.haul(&running.world.url);
        assert_eq!((haul.tokens.len(), haul.found, haul.dust), (2, Sat::new(1260), Sat::ZERO));
        for token in &haul.tokens {
            running.wish(|wallet, now| wallet.receive(now, token).map(|(_, step)| step)).expect("a good token");
        }
        running.rest();
        assert_eq!(running.columns(), [haul.arrives().get(), 0, 0, 0, 0]);
        running.close();
        let (scout, _) = running.world.look(OTHERS);
        assert!(scout.haul(&running.world.url).tokens.is_empty(), "nothing is left there");
    }
}

#[test]
fn coins_that_are_not_worth_their_fee_stay_where_they_are() {
    let mut world = World::new(MintConfig { input_fee_ppk: 2000, ..MintConfig::default() });
    world.others_hold(OTHERS, &[15]);
    let (scout, _) = world.look(OTHERS);
    let haul = scout.haul(&world.url);
    assert_eq!((haul.found.get(), haul.fee.get(), haul.dust.get()), (12, 4, 3));
    let mut running = world.run();
    running.wish(|wallet, now| wallet.receive(now, &haul.tokens[0]).map(|(_, step)| step)).expect("a good token");
    running.rest();
    assert_eq!(running.columns()[0], 8);
}

#[test]
fn what_is_in_doubt_is_tried_in_tokens_of_its_own() {
    let mut world = World::new(MintConfig::default());
    world.others_hold(OTHERS, &[64]);
    world.mint.dleq = Dleq::Missing;
    let (scout, _) = world.look(OTHERS);
    let haul = scout.haul(&world.url);
    assert_eq!((haul.tokens.len(), haul.found), (1, Sat::new(64)));
    assert_eq!(format!("{haul:?} {:?}", scout.coins()), "Haul { found: Sat(64), tokens: 1, .. } Coins(1)");
}
