//! The list of mints on the relays (NUT-27): who has the words needs to know nothing else.

use paygress::keys::Phrase;
use paygress::model::LeaseSecret;
use paygress::protocol::{MintList, VerifiedEvent};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::faults::{Fault, OnCommit};
use super::world::{MINT, World};

const RELAYS: [&str; 3] = ["wss://one", "wss://two", "wss://three"];
const OTHER: &str = "https://other.example";

/// A new browser that knows nothing but the relays.
fn new_browser(world: &mut World) {
    world.store.clear();
    world.restart();
    for url in RELAYS {
        world.act(|client, now| client.add_relay(now, url).map(|effects| ((), effects)));
    }
    world.run(10);
}

fn enter(world: &mut World, words: &str) {
    world.act(|client, now| client.restore_phrase(now, words).map(|effects| ((), effects)));
}

fn key(words: &str) -> LeaseSecret {
    Phrase::parse(words).expect("twelve words").seed().mint_list_secret()
}

fn kept(world: &World, relay: usize, words: &str) -> Vec<String> {
    let lists = world.relays[relay].mint_lists();
    assert!(lists.len() <= 1, "a relay keeps one list");
    let read = |text: &String| {
        assert!(!text.contains("mint.") && !text.contains("127.0.0.1"), "a relay cannot read it");
        MintList::from_event(&key(words), &VerifiedEvent::from_json(text).expect("a signed event"))
    };
    let list = lists.first().map(|text| read(text).expect("a list"));
    list.map_or_else(Vec::new, |list| list.mints.iter().map(ToString::to_string).collect())
}

fn relays_that_keep_it(world: &World) -> u32 {
    world.client.settings(world.now).mint_list_relays
}

#[test]
fn the_words_alone_bring_the_money_to_a_new_browser() {
    let mut world = World::with_money(700);
    let words = world.client.phrase().to_owned();
    assert_eq!(relays_that_keep_it(&world), 3);
    assert!((0..3).all(|relay| kept(&world, relay, &words) == [MINT]));
    new_browser(&mut world);
    assert_eq!(relays_that_keep_it(&world), 0);
    enter(&mut world, &words);
    world.run(60);
    assert_eq!(world.spendable(), 700, "{:?}", world.client.wallet().wallet.operations);
    assert_eq!(relays_that_keep_it(&world), 3);
    assert!(world.client.notices().notices.iter().any(|notice| notice.text.contains(MINT)));
    world.check_books("after the search");
}

#[test]
fn a_list_is_joined_and_never_replaced_by_a_shorter_one() {
    let mut world = World::with_money(700);
    let words = world.client.phrase().to_owned();
    new_browser(&mut world);
    world.cut_relay(0);
    world.relays[1].forget_mint_lists();
    let list = MintList { mints: vec![OTHER.parse().expect("an address")], dated: world.now + 50 };
    let event = list.to_event(&key(&words), &mut StdRng::seed_from_u64(1));
    world.relays[2].forget_mint_lists();
    assert!(world.relays[2].store(event.json()));
    enter(&mut world, &words);
    world.run(60);
    assert_eq!(world.spendable(), 0, "the only relay that knows is down");
    assert_eq!(kept(&world, 2, &words), [OTHER]);
    world.mend_relay(0);
    world.run(400);
    assert_eq!(world.spendable(), 700);
    for relay in 0..3 {
        assert_eq!(kept(&world, relay, &words), [MINT, OTHER], "{relay}");
    }
}

fn add(world: &mut World, mint: &str) {
    world.act(|client, now| client.add_mint(now, mint).map(|effects| ((), effects)));
    world.run(30);
}

fn mints(world: &World) -> Vec<String> {
    world.client.wallet().wallet.mints.iter().map(|mint| mint.url.to_string()).collect()
}

#[test]
fn a_mint_that_was_removed_leaves_the_lists_and_is_not_brought_back_by_older_ones() {
    let mut world = World::with_money(700);
    let words = world.client.phrase().to_owned();
    add(&mut world, OTHER);
    assert!((0..3).all(|relay| kept(&world, relay, &words) == [MINT, OTHER]));
    world.cut_relay(0);
    world.faults.arm(None);
    world.act(|client, now| client.remove_mint(now, OTHER).map(|effects| ((), effects)));
    assert_eq!((mints(&world), world.faults.commits), (vec![MINT.to_owned()], 1), "all of it at once");
    world.restart();
    world.run(30);
    assert_eq!(mints(&world), [MINT]);
    for relay in [1, 2] {
        assert_eq!(kept(&world, relay, &words), [MINT], "{relay}");
    }
    assert_eq!(kept(&world, 0, &words), [MINT, OTHER], "it did not hear of it");
    // Another relay comes up with a list that this browser never saw, of before.
    let list = MintList { mints: vec![OTHER.parse().expect("an address")], dated: world.now - 40 };
    world.mend_relay(0);
    world.relays[0].forget_mint_lists();
    assert!(world.relays[0].store(list.to_event(&key(&words), &mut StdRng::seed_from_u64(1)).json()));
    world.run(400);
    assert_eq!(mints(&world), [MINT]);
    assert_eq!(kept(&world, 0, &words), [MINT]);
    assert_eq!(relays_that_keep_it(&world), 3);
}

#[test]
fn a_list_of_after_the_removal_brings_a_mint_back() {
    let mut world = World::with_money(700);
    let words = world.client.phrase().to_owned();
    add(&mut world, OTHER);
    world.act(|client, now| client.remove_mint(now, OTHER).map(|effects| ((), effects)));
    world.run(30);
    let list = MintList { mints: vec![OTHER.parse().expect("an address")], dated: world.now + 50 };
    world.relays[2].forget_mint_lists();
    assert!(world.relays[2].store(list.to_event(&key(&words), &mut StdRng::seed_from_u64(1)).json()));
    add(&mut world, "https://third.example");
    assert!(mints(&world).iter().any(|mint| mint == OTHER), "{:?}", mints(&world));
}

#[test]
fn each_mint_that_was_removed_has_a_time_of_its_own() {
    let third = "https://third.example";
    let mut world = World::with_money(700);
    let words = world.client.phrase().to_owned();
    add(&mut world, OTHER);
    add(&mut world, third);
    world.act(|client, now| client.remove_mint(now, OTHER).map(|effects| ((), effects)));
    world.run(30);
    // Another device adds it; this one hears of that only after it removed the third.
    let list = MintList { mints: vec![OTHER.parse().expect("an address")], dated: world.now + 50 };
    world.run(120);
    world.cut_relay(2);
    world.act(|client, now| client.remove_mint(now, third).map(|effects| ((), effects)));
    world.mend_relay(2);
    world.relays[2].forget_mint_lists();
    assert!(world.relays[2].store(list.to_event(&key(&words), &mut StdRng::seed_from_u64(1)).json()));
    world.run(400);
    assert!(mints(&world).iter().any(|mint| mint == OTHER), "{:?}", mints(&world));
}

#[test]
fn a_removal_that_a_crash_cut_short_happened_in_whole_or_not_at_all() {
    for (fault, left) in [(OnCommit::CrashBefore, 2), (OnCommit::CrashAfter, 1)] {
        let mut world = World::with_money(700);
        let words = world.client.phrase().to_owned();
        add(&mut world, OTHER);
        world.faults.arm(Some(Fault::Commit(fault, 0)));
        world.act(|client, now| client.remove_mint(now, OTHER).map(|effects| ((), effects)));
        assert_eq!((world.faults.injected, mints(&world).len()), (1, left), "{fault:?}");
        world.run(60);
        assert_eq!(mints(&world).len(), left, "{fault:?}");
        assert!((0..3).all(|relay| kept(&world, relay, &words) == mints(&world)), "{fault:?}");
        world.check_books("after the crash");
    }
}

#[test]
fn nobody_is_asked_before_there_is_a_mint_or_a_past() {
    let mut world = World::new();
    new_browser(&mut world);
    world.relays.iter_mut().for_each(|relay| relay.asked.clear());
    world.restart();
    world.run(100);
    assert!(world.relays.iter().all(|relay| !relay.asked.is_empty()));
    assert!(world.relays.iter().all(|relay| relay.asked.values().all(|kinds| !kinds.contains(&30_078))));
}

#[test]
fn what_relays_keep_is_not_asked_for_again() {
    let mut world = World::with_money(100);
    world.relays.iter_mut().for_each(|relay| relay.asked.clear());
    world.restart();
    world.run(100);
    assert_eq!(relays_that_keep_it(&world), 3);
    assert!(world.relays.iter().all(|relay| relay.asked.values().all(|kinds| !kinds.contains(&30_078))));
}

#[test]
fn a_relay_that_refuses_the_list_is_named_and_tried_at_its_next_connection() {
    let mut world = World::new();
    world.relays[0].refuses = Some("blocked: not here");
    world.act(|client, now| client.add_mint(now, OTHER).map(|effects| ((), effects)));
    world.run(30);
    assert_eq!(relays_that_keep_it(&world), 2);
    let notices = world.client.notices().notices;
    let notice = notices.iter().find(|notice| notice.text.contains("list of mints")).expect("a notice");
    assert_eq!((notice.source.as_str(), notice.count), ("wss://one", 1));
    world.relays[0].refuses = None;
    world.restart();
    world.run(30);
    assert_eq!(relays_that_keep_it(&world), 3);
}

#[test]
fn a_list_of_somebody_else_is_refused() {
    let mut world = World::with_money(100);
    let words = world.client.phrase().to_owned();
    let stranger = Phrase::from_entropy([9; 16]).seed().mint_list_secret();
    let list = MintList { mints: vec![OTHER.parse().expect("an address")], dated: world.now };
    let event = list.to_event(&stranger, &mut StdRng::seed_from_u64(1));
    let event = VerifiedEvent::from_json(event.json()).expect("signed");
    assert!(MintList::from_event(&stranger, &event).is_ok());
    assert!(MintList::from_event(&key(&words), &event).is_err());
    world.run(1);
}
