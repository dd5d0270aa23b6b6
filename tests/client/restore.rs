//! A phrase that was written down comes into a new store: its money is there again, and nothing of the new one is lost.

use paygress::ErrorCode;
use paygress::keys::Phrase;
use paygress::model::Sat;
use paygress::wallet::{OperationKind, OperationView};

use super::faults::{Fault, OnCommit};
use super::world::{MINT, World};

/// The words of a device that is gone, and the world as a new one finds it.
fn lost(mut world: World) -> (String, World) {
    let words = world.client.phrase().to_owned();
    world.store.clear();
    world.restart();
    assert_ne!(world.client.phrase(), words, "an empty store makes a phrase of its own");
    world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
    world.run(5);
    (words, world)
}

fn enter(world: &mut World, words: &str) {
    world.act(|client, now| client.restore_phrase(now, words).map(|effects| ((), effects)));
}

fn search(world: &World) -> OperationView {
    let operations = world.client.wallet().wallet.operations;
    operations.into_iter().find(|op| op.kind == OperationKind::Restore).expect("a search was started")
}

#[test]
fn the_words_bring_the_money_of_a_lost_device() {
    let mut before = World::with_money(1000);
    before.rent(3600);
    before.run(200);
    let left = before.spendable();
    let (words, mut world) = lost(before);
    enter(&mut world, &format!("  {} ", words.to_uppercase()));
    assert_eq!(world.client.phrase(), words);
    assert!(world.client.settings(world.now).phrase_saved, "whoever types it has it written down");
    assert_eq!(search(&world).state, "asking", "it is looked for in the same turn");
    let refused = world.client.issue(world.now, MINT, Sat::new(10)).map(|_| ()).map_err(|error| error.code());
    assert_eq!(refused, Err(ErrorCode::MintNotReady), "nothing new before it was looked at what there is");
    let number: u64 = search(&world).id.to_string().parse().expect("a number");
    assert!(number >= world.now / 2, "keys come from the numbers, and the life before used the first ones");
    world.run(60);
    assert_eq!((search(&world).state.as_str(), world.spendable()), ("done", left));
    world.restart();
    world.run(60);
    assert_eq!((world.client.phrase(), world.spendable()), (words.as_str(), left), "it is stored");
    world.check_books("after the search");
}

#[test]
fn a_lease_of_a_later_life_has_no_key_of_an_earlier_one() {
    let mut before = World::with_money(1000);
    let first = before.rent(3600);
    before.run(200);
    let old_password = before.client.lease_password(&first).expect("it has access");
    let (words, mut world) = lost(before);
    enter(&mut world, &words);
    for url in ["wss://one", "wss://two", "wss://three"] {
        world.act(|client, now| client.add_relay(now, url).map(|effects| ((), effects)));
    }
    world.run(130);
    let second = world.rent(3600);
    world.run(200);
    assert_eq!(world.lease().state, "running", "{:?}", world.lease());
    assert_ne!(second, first);
    assert_ne!(world.client.lease_password(&second).expect("it has access"), old_password);
    world.restart();
    assert_eq!(world.lease().id, second, "it is read back");
}

#[test]
fn words_do_not_replace_those_that_money_or_a_workload_hangs_on() {
    let other = Phrase::from_entropy([9; 16]);
    let refused = |world: &mut World, says: &str| {
        let before = world.client.phrase().to_owned();
        let error = world.client.restore_phrase(world.now, other.words()).expect_err("something would be lost");
        assert_eq!(error.code(), ErrorCode::WrongState);
        assert!(error.message().contains(says), "{error}");
        assert_eq!(world.client.phrase(), before);
    };
    let mut world = World::with_money(400);
    refused(&mut world, "this wallet holds 400 sat");
    world.rent(3600);
    world.run(200);
    refused(&mut world, "workloads were rented");
}

#[test]
fn words_that_are_none_and_the_present_ones_change_nothing() {
    let mut world = World::new();
    let present = world.client.phrase().to_owned();
    let error = world.client.restore_phrase(world.now, "one two three").expect_err("three words");
    assert_eq!(error.code(), ErrorCode::InvalidPhrase);
    assert_eq!(world.client.restore_phrase(world.now, &present), Ok(Vec::new()));
    assert_eq!(world.client.phrase(), present);
    assert!(!world.client.settings(world.now).phrase_saved);
}

#[test]
fn a_crash_while_the_words_are_written_leaves_the_old_or_the_new_ones() {
    for (crash, kept) in [(OnCommit::CrashBefore, false), (OnCommit::CrashAfter, true)] {
        let (words, mut world) = lost(World::with_money(500));
        let fresh = world.client.phrase().to_owned();
        world.faults.arm(Some(Fault::Commit(crash, 0)));
        enter(&mut world, &words);
        assert_eq!(world.faults.injected, 1);
        assert_eq!(world.client.phrase(), if kept { &words } else { &fresh });
        world.run(60);
        assert_eq!(world.spendable(), if kept { 500 } else { 0 }, "{crash:?}: the search goes on by itself");
    }
}

/// The words of a device that is gone, in a store that knows no mint, opened once more since.
fn lost_without_mints(mut world: World) -> World {
    let words = world.client.phrase().to_owned();
    world.store.clear();
    world.restart();
    enter(&mut world, &words);
    assert!(world.client.wallet().wallet.operations.is_empty(), "no mint is known");
    world.restart();
    world
}

#[test]
fn a_mint_that_is_new_to_words_of_the_past_tells_what_they_hold_before_anything_is_made_there() {
    let mut world = lost_without_mints(World::with_money(300));
    let token = world.mint.gift(&[64]);
    let id = world.act(|client, now| client.receive(now, &token));
    assert_eq!(search(&world).state, "asking");
    let number: u64 = search(&world).id.to_string().parse().expect("a number");
    assert!(number >= world.now / 2, "the life before used the first ones");
    world.run(200);
    let wallet = world.client.wallet().wallet;
    let received = wallet.operations.iter().find(|op| op.id.to_string() == id).expect("it was begun");
    assert_eq!((received.state.as_str(), world.spendable()), ("done", 363), "with the money of the past");
    assert_eq!(wallet.elsewhere, [], "it is in use nowhere else");
    world.check_books("after the token");

    let mut world = lost_without_mints(World::with_money(300));
    world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
    let refused = world.client.issue(world.now, MINT, Sat::new(10)).map(|_| ()).map_err(|error| error.code());
    assert_eq!(refused, Err(ErrorCode::MintNotReady));
    world.run(200);
    assert_eq!(world.spendable(), 300);
}

#[test]
fn a_mint_that_is_new_to_new_words_is_not_searched() {
    let mut world = World::new();
    let token = world.mint.gift(&[64]);
    world.act(|client, now| client.receive(now, &token));
    world.run(20);
    assert_eq!(world.spendable(), 63);
    assert_eq!(world.client.wallet().wallet.operations.len(), 1, "the token alone");
}

#[test]
fn a_mint_that_is_named_later_is_searched_alone() {
    let mut before = World::with_money(300);
    let words = before.client.phrase().to_owned();
    before.store.clear();
    before.restart();
    let mut world = before;
    enter(&mut world, &words);
    assert!(world.client.wallet().wallet.operations.is_empty(), "no mint is known");
    let code = world.client.restore(world.now, "no address").map(|_| ()).map_err(|error| error.code());
    assert_eq!(code, Err(ErrorCode::InvalidMintUrl));
    world.mint_up = false;
    let id = world.act(|client, now| client.restore(now, MINT));
    world.run(3600);
    assert_eq!(search(&world).state, "asking", "a mint that is down is asked until it answers");
    world.mint_up = true;
    world.run(400);
    assert_eq!((search(&world).id.to_string(), search(&world).state.as_str()), (id, "done"));
    assert_eq!(world.spendable(), 300);
}
