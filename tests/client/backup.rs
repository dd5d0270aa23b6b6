//! The twelve words: asked for, rehearsed; those of another wallet swept; and everything erased.

use paygress::ErrorCode;
use paygress::client::{Effect, ScoutKind, ScoutView};
use paygress::model::{Msat, Sat};
use paygress_support::mint::{KeysetVersion, MintConfig};
use paygress_support::provider::ProviderConfig;

use super::faults::{Fault, OnFetch};
use super::world::{MINT, World};

const OTHERS: &str = "leader monkey parrot ring guide accident before fence cannon height naive bean";

fn words_at(world: &World, places: &[usize]) -> Vec<String> {
    let words: Vec<&str> = world.client.phrase().split(' ').collect();
    places.iter().map(|place| words[place - 1].to_owned()).collect()
}

fn act(
    world: &mut World,
    intent: impl FnOnce(&mut paygress::client::Client, u64) -> Result<Vec<Effect>, paygress::Error>,
) {
    world.act(|client, now| intent(client, now).map(|effects| ((), effects)));
}

fn scout(world: &World) -> ScoutView {
    world.client.wallet().scout.expect("a search was begun")
}

#[test]
fn words_count_as_written_down_once_some_of_them_were_told() {
    let mut world = World::with_money(100);
    let places = world.client.phrase_quiz();
    assert_eq!(places.len(), 3);
    assert!(places.is_sorted_by(|a, b| a < b) && places.iter().all(|place| (1..=12).contains(place)), "{places:?}");
    assert_eq!(world.client.phrase_quiz(), places, "not another one for those that are not known");
    let right = words_at(&world, &places);
    let mut wrong = right.clone();
    wrong[1] = "zebra zebra".to_owned();
    let error = world.client.answer_quiz(world.now, &wrong).expect_err("one is wrong");
    assert_eq!(error.code(), ErrorCode::InvalidPhrase);
    assert!(error.message().contains(&format!("word {} ", places[1])), "{error}");
    for word in world.client.phrase().split(' ') {
        assert!(!error.message().split(' ').any(|said| said == word && word.len() > 4), "{error} tells {word}");
    }
    assert!(!world.client.settings(world.now).phrase_saved);
    let typed: Vec<String> = right.iter().map(|word| format!(" {} ", word.to_uppercase())).collect();
    act(&mut world, |client, now| client.answer_quiz(now, &typed));
    assert!(world.client.settings(world.now).phrase_saved);
    world.restart();
    assert!(world.client.settings(world.now).phrase_saved, "it is stored");
}

#[test]
fn nothing_is_answered_that_was_not_asked() {
    let mut world = World::new();
    let error = world.client.answer_quiz(world.now, &[]).expect_err("nothing was asked");
    assert_eq!(error.code(), ErrorCode::WrongState);
    let places = world.client.phrase_quiz();
    let two = words_at(&world, &places[..2]);
    assert_eq!(world.client.answer_quiz(world.now, &two).map_err(|error| error.code()), Err(ErrorCode::WrongState));
    assert!(!world.client.settings(world.now).phrase_saved);
}

#[test]
fn a_rehearsal_tells_that_everything_would_come_back_and_changes_nothing() {
    let mut world = World::with_money(700);
    world.act(|client, now| client.send(now, MINT, Sat::new(100)));
    world.run(30);
    let (held, stored) = (world.in_wallet(), world.store.clone());
    act(&mut world, |client, now| client.rehearse(now, None));
    assert!(!scout(&world).done);
    world.run(60);
    let view = scout(&world);
    assert_eq!((view.kind, view.done, view.arrives), (ScoutKind::Rehearsal, true, Sat::new(held)));
    assert_eq!(view.sentence, format!("All {held} sat would come back."));
    assert!(view.mints[0].sentence.contains("100 sat of it is in tokens"), "{}", view.mints[0].sentence);
    let of_wallet = |store: &std::collections::BTreeMap<String, String>| {
        store.iter().filter(|(key, _)| key.starts_with("wallet/") || key.starts_with("meta/")).count()
    };
    assert_eq!(of_wallet(&world.store), of_wallet(&stored));
    assert!(stored.iter().all(|(key, value)| !key.starts_with("wallet/") || world.store.get(key) == Some(value)));
    world.check_books("after a rehearsal");
    act(&mut world, |client, now| Ok(client.end_scouting(now)));
    assert_eq!(world.client.wallet().scout, None);
}

#[test]
fn a_rehearsal_names_what_would_not_come_back() {
    let mut world = World::with_money(300);
    let secrets: Vec<serde_json::Value> = world
        .store
        .iter()
        .filter(|(key, _)| key.starts_with("wallet/proof/"))
        .map(|(_, value)| serde_json::from_str::<serde_json::Value>(value).expect("JSON")["body"].clone())
        .collect();
    world.mint.redeem_proofs(&secrets[..1]).expect("an unspent coin");
    act(&mut world, |client, now| client.rehearse(now, None));
    world.run(60);
    let view = scout(&world);
    assert!(view.done && view.arrives < Sat::new(300), "{view:?}");
    assert!(!view.mints[0].left.is_zero());
    assert!(view.mints[0].sentence.contains("would not come back"), "{}", view.mints[0].sentence);
}

#[test]
fn a_rehearsal_names_tokens_of_either_unit_that_the_words_do_not_have() {
    for (unit, amounts, said) in [("sat", [16, 4], "20 sat in tokens"), ("msat", [512, 4], "516 msat in tokens")] {
        let config = MintConfig {
            keyset_version: KeysetVersion::V1,
            url: MINT.to_owned(),
            units: vec!["sat".to_owned(), "msat".to_owned()],
            ..MintConfig::default()
        };
        let mut world = World::with(config, ProviderConfig::default());
        world.fill(100);
        let token = world.mint.gift_of(unit, &amounts);
        world.faults.arm(Some(Fault::Fetch(OnFetch::RequestLost, 0)));
        world.act(|client, now| client.receive(now, &token));
        world.deliver();
        act(&mut world, |client, now| client.rehearse(now, None));
        world.run(20);
        let view = scout(&world);
        assert_eq!((view.done, world.faults.injected), (true, 1), "{view:?}");
        let sentence = &view.mints[0].sentence;
        let lost = format!("{said} that were not redeemed yet is not in the words and would be lost.");
        assert!(sentence.contains(&lost), "{sentence}");
    }
}

#[test]
fn a_rehearsal_with_a_mint_that_is_down_waits_and_can_be_ended() {
    let mut world = World::with_money(300);
    world.mint_up = false;
    act(&mut world, |client, now| client.rehearse(now, None));
    world.run(600);
    assert!(!scout(&world).done);
    assert!(scout(&world).sentence.contains("being asked"));
    world.mint_up = true;
    world.run(400);
    assert_eq!(scout(&world).arrives, Sat::new(300));
}

#[test]
fn typed_words_are_tried_as_they_are() {
    let mut world = World::with_money(300);
    let error = world.client.rehearse(world.now, Some(OTHERS)).expect_err("not its words");
    assert_eq!(error.code(), ErrorCode::InvalidPhrase);
    assert!(world.client.rehearse(world.now, Some("one two")).is_err());
    assert_eq!(world.client.wallet().scout, None);
    act(&mut world, |client, now| client.rehearse(now, None));
    world.run(60);
    assert!(!world.client.settings(world.now).phrase_saved, "neither wrong words nor the stored ones prove anything");
    let words = world.client.phrase().to_uppercase();
    act(&mut world, |client, now| client.rehearse(now, Some(&words)));
    world.run(60);
    assert_eq!(scout(&world).sentence, "All 300 sat would come back.");
    assert!(world.client.settings(world.now).phrase_saved);
    world.restart();
    assert!(world.client.settings(world.now).phrase_saved, "it is stored");
}

#[test]
fn a_wallet_without_a_mint_has_nothing_to_rehearse() {
    let mut client = paygress::client::Client::open(1, &std::collections::BTreeMap::new(), [1; 32]).expect("it opens");
    assert_eq!(client.rehearse(1, None).map_err(|error| error.code()), Err(ErrorCode::WrongState));
}

#[test]
fn the_money_of_other_words_comes_in_after_consent() {
    let mut world = World::with_money(100);
    world.others_hold(OTHERS, 300);
    act(&mut world, |client, now| client.look_into_phrase(now, OTHERS, &[]));
    let early = world.client.sweep(world.now, Sat::ZERO).map_err(|error| error.code());
    assert_eq!(early, Err(ErrorCode::WrongState), "the search is not over");
    world.run(60);
    let view = scout(&world);
    assert_eq!((view.kind, view.done, view.mints[0].found), (ScoutKind::Sweep, true, Sat::new(300)));
    assert_eq!(view.arrives.get(), 300 - view.mints[0].fee.get());
    assert!(!view.mints[0].fee.is_zero(), "{view:?}");
    assert_eq!(world.spendable(), 100, "nothing is moved before the person agreed");
    let more = Sat::new(view.arrives.get() + 1);
    assert_eq!(world.client.sweep(world.now, more).map_err(|error| error.code()), Err(ErrorCode::QuoteChanged));
    world.elsewhere = 0;
    act(&mut world, |client, now| client.sweep(now, view.arrives));
    assert_eq!(world.client.wallet().scout, None);
    world.run(60);
    assert_eq!(world.spendable(), 100 + view.arrives.get());
    world.check_books("after a sweep");
    let stored = world.store.values().any(|value| OTHERS.split(' ').filter(|word| value.contains(word)).count() > 6);
    assert!(!stored, "the other words are kept nowhere");
    assert_eq!(world.client.sweep(world.now, Sat::ZERO).map_err(|error| error.code()), Err(ErrorCode::WrongState));
    act(&mut world, |client, now| client.look_into_phrase(now, OTHERS, &[]));
    world.run(60);
    assert_eq!(scout(&world).arrives, Sat::ZERO, "it is found here no more");
    assert!(world.client.sweep(world.now, Sat::ZERO).is_err());
}

#[test]
fn a_sweep_waits_for_the_end_of_the_search_though_something_was_found() {
    let mut between = 0;
    for late in 0..8 {
        let mut world = World::with_money(100);
        world.others_hold(OTHERS, 300);
        world.faults.arm(Some(Fault::Fetch(OnFetch::Late, late)));
        act(&mut world, |client, now| client.look_into_phrase(now, OTHERS, &[]));
        world.run(1);
        if scout(&world).done || scout(&world).mints[0].found.is_zero() {
            continue;
        }
        between += 1;
        let early = world.client.sweep(world.now, Sat::ZERO).map_err(|error| error.code());
        assert_eq!(early, Err(ErrorCode::WrongState), "request {late} is not answered");
    }
    assert!(between > 0, "a search has more than one question");
}

#[test]
fn only_other_words_and_real_mints_are_looked_into() {
    let mut world = World::with_money(100);
    let own = world.client.phrase().to_owned();
    let mut code = |words: &str, mints: &[String]| {
        world.client.look_into_phrase(world.now, words, mints).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(code(&own, &[]), Err(ErrorCode::InvalidPhrase));
    assert_eq!(code("leader monkey", &[]), Err(ErrorCode::InvalidPhrase));
    assert_eq!(code(OTHERS, &["nowhere".to_owned()]), Err(ErrorCode::InvalidMintUrl));
    let many: Vec<String> = (0..60).map(|n| format!("https://mint{n}.example")).collect();
    assert_eq!(code(OTHERS, &many), Err(ErrorCode::InvalidInput));
    let twenty_four = format!("{}art", "abandon ".repeat(23));
    assert_eq!(code(&twenty_four, &[]), Ok(()));
}

#[test]
fn an_empty_device_is_erased_when_asked() {
    let mut world = World::new();
    act(&mut world, |client, _| client.erase_device(None));
    assert!(world.erased && world.store.is_empty());
    let error = world.client.add_mint(world.now, "https://mint.example").expect_err("it is over");
    assert_eq!(error.code(), ErrorCode::Store);
    world.run(600);
    assert!(world.store.is_empty(), "nothing is written any more");
}

#[test]
fn money_and_workloads_are_erased_only_by_somebody_who_has_the_words() {
    let mut world = World::with_money(400);
    world.rent(3600);
    world.run(200);
    let held = world.spendable();
    let error = world.client.erase_device(None).expect_err("there is something");
    assert_eq!(error.code(), ErrorCode::WrongState);
    for part in [format!("{held} sat"), "one workload".to_owned()] {
        assert!(error.message().contains(&part), "{error}");
    }
    let wrong = vec!["zoo".to_owned(); 3];
    assert_eq!(world.client.erase_device(Some(&wrong)).map_err(|error| error.code()), Err(ErrorCode::WrongState));
    let places = world.client.phrase_quiz();
    assert_eq!(world.client.erase_device(Some(&wrong)).map_err(|error| error.code()), Err(ErrorCode::InvalidPhrase));
    assert!(!world.erased && !world.store.is_empty());
    let right = words_at(&world, &places);
    act(&mut world, |client, _| client.erase_device(Some(&right)));
    assert!(world.erased && world.store.is_empty());
}

#[test]
fn money_in_msat_alone_is_something_too() {
    let mut world = World::with(
        MintConfig { units: vec!["sat".to_owned(), "msat".to_owned()], url: MINT.to_owned(), ..MintConfig::default() },
        ProviderConfig::default(),
    );
    world.act(|client, now| client.issue(now, MINT, Msat::new(5000)));
    world.run(60);
    let error = world.client.erase_device(None).expect_err("there is something");
    assert!(error.message().contains("5000 msat, which only the twelve words bring back"), "{error}");
}

#[test]
fn a_token_that_the_words_do_not_bring_back_is_named_before_all_is_erased() {
    let mut world = World::with_money(100);
    world.mint_up = false;
    let gift = world.mint.gift(&[8]);
    act(&mut world, |client, now| client.receive(now, &gift).map(|(_, effects)| effects));
    world.run(5);
    let error = world.client.erase_device(None).expect_err("there is something");
    assert!(error.message().contains("108 sat, of which the twelve words bring back a part only"), "{error}");
}

#[test]
fn an_invoice_that_waits_is_something() {
    let mut world = World::new();
    world.mint.auto_pay = false;
    world.act(|client, now| client.issue(now, MINT, Sat::new(50)));
    world.run(10);
    let error = world.client.erase_device(None).expect_err("an invoice may be paid");
    assert!(error.message().contains("one open operation"), "{error}");
}
