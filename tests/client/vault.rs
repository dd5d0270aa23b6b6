//! A passphrase over the store, and the wallet as a file: whatever breaks, everything is there, in the old form or the new one.

use std::collections::BTreeMap;

use paygress::ErrorCode;
use paygress::client::{Client, Effect};
use paygress::model::Sat;
use paygress::vault::{PassKey, Recipe, WalletFile};
use paygress::wallet::OperationKind;

use super::faults::{Fault, OnCommit};
use super::world::{MINT, START, World};

const OURS: &str = "correct horse";
const NEXT: &str = "battery staple";

fn recipe(salt: u8) -> Recipe {
    Recipe::quick([salt; 16])
}

fn key(salt: u8, passphrase: &str) -> PassKey {
    recipe(salt).derive(passphrase).expect("long enough")
}

/// The key that the seal of a store makes of a passphrase.
fn key_for(store: &BTreeMap<String, String>, passphrase: &str) -> PassKey {
    Recipe::read(&store["seal"]).and_then(|recipe| recipe.derive(passphrase)).expect("a seal")
}

/// Sets a first passphrase.
pub(crate) fn seal(world: &mut World) {
    set(world, OURS);
}

fn set(world: &mut World, passphrase: &'static str) {
    let present = world.passphrase.map(|present| key_for(&world.store, present));
    world.may_be_sealed_with.push(passphrase);
    world.act(|client, now| {
        client.set_passphrase(now, present.as_ref(), &recipe(3), &key(3, passphrase)).map(|effects| ((), effects))
    });
    world.deliver();
    world.passphrase = Some(passphrase);
}

fn remove(world: &mut World) {
    let present = key_for(&world.store, world.passphrase.expect("it is sealed"));
    world.act(|client, now| client.remove_passphrase(now, &present).map(|effects| ((), effects)));
    world.deliver();
}

fn nothing_shows(world: &World) {
    let text = format!("{:?}", world.store);
    let words = world.client.phrase().to_owned();
    for marker in
        words.split(' ').filter(|word| word.len() > 5).chain(["127.0.0.1", "wss:", "wallet", "lease", "meta", "cashu"])
    {
        assert!(!text.contains(marker), "{marker} shows in a sealed store");
    }
}

#[test]
fn a_sealed_store_goes_on_like_a_plain_one_and_shows_nothing() {
    let mut world = World::with_money(1000);
    set(&mut world, OURS);
    nothing_shows(&world);
    world.restart();
    world.run(130);
    assert_eq!(world.spendable(), 1000);
    world.rent(3600);
    world.run(200);
    world.fill_up(50);
    world.restart();
    world.run(60);
    assert_eq!(world.lease().state, "running");
    world.check_books("sealed");
    nothing_shows(&world);
}

#[test]
fn a_sealed_store_opens_with_its_passphrase_only_and_is_left_alone_otherwise() {
    let mut world = World::with_money(100);
    set(&mut world, OURS);
    let locked = Client::open(world.now, &world.store, [3; 32]).expect_err("without a key");
    assert_eq!(locked.code(), ErrorCode::Locked);
    let wrong = key_for(&world.store, "correct house");
    let wrong = Client::open_sealed(world.now, &world.store, [3; 32], &wrong).expect_err("another key");
    assert_eq!(wrong.code(), ErrorCode::WrongPassphrase);
}

#[test]
fn a_passphrase_is_changed_and_removed_only_by_who_knows_it() {
    let mut world = World::with_money(100);
    set(&mut world, OURS);
    let before = world.store.clone();
    let wrong = key_for(&world.store, NEXT);
    let refused = [
        world.client.set_passphrase(world.now, None, &recipe(4), &key(4, NEXT)),
        world.client.set_passphrase(world.now, Some(&wrong), &recipe(4), &key(4, NEXT)),
        world.client.remove_passphrase(world.now, &wrong),
    ];
    for refused in refused {
        assert_eq!(refused.map_err(|error| error.code()), Err(ErrorCode::WrongPassphrase));
    }
    set(&mut world, NEXT);
    let changed = world.store.iter().filter(|(key, value)| before.get(*key) != Some(value)).count();
    assert_eq!((changed, world.store.len()), (1, before.len()), "only the seal is written anew");
    remove(&mut world);
    assert!(world.store.keys().all(|key| !key.starts_with("seal")), "nothing sealed is left");
    world.passphrase = None;
    world.restart();
    assert_eq!(world.spendable(), 100);
}

#[test]
fn a_crash_leaves_the_store_whole_in_the_old_form_or_the_new_one() {
    let before = |sealed: bool| {
        let mut world = World::with_money(300);
        if sealed {
            seal(&mut world);
        }
        world
    };
    type Act = fn(&mut World);
    let steps: [(bool, Act); 3] = [(false, seal), (true, |world| set(world, NEXT)), (true, remove)];
    for (sealed, step) in steps {
        for what in [OnCommit::CrashBefore, OnCommit::CrashAfter] {
            let mut world = before(sealed);
            world.faults.arm(Some(Fault::Commit(what, 0)));
            step(&mut world);
            assert_eq!(world.faults.injected, 1, "the crash struck");
            world.faults.arm(None);
            world.run(60);
            assert_eq!(world.spendable(), 300, "{what:?}");
            world.act(|client, now| client.send(now, MINT, Sat::new(100)));
            world.run(60);
            world.restart();
            world.run(60);
            world.check_books("after a crash");
        }
    }
}

#[test]
fn an_empty_wallet_takes_the_place_of_a_sealed_one_in_one_commit() {
    let mut world = World::with_money(100);
    set(&mut world, OURS);
    let mut anew = Client::open_anew(world.now, &world.store, [5; 32]).expect("without a key");
    let effects = anew.start(world.now);
    let commits: Vec<_> = effects.iter().filter(|effect| matches!(effect, Effect::Commit { .. })).collect();
    let [Effect::Commit { records, .. }] = commits[..] else { panic!("one commit") };
    for record in records {
        match &record.value {
            Some(value) => world.store.insert(record.key.clone(), value.clone()),
            None => world.store.remove(&record.key),
        };
    }
    let client = Client::open(world.now, &world.store, [6; 32]).expect("a plain store");
    assert_eq!((client.phrase(), client.wallet().wallet.total), (anew.phrase(), Sat::new(0)));
}

#[test]
fn the_page_is_locked_after_a_while_that_can_be_chosen() {
    let mut world = World::new();
    assert_eq!(world.client.settings(world.now).lock_after_secs, None);
    set(&mut world, OURS);
    assert_eq!(world.client.settings(world.now).lock_after_secs, Some(900));
    for wrong in [0, 59, 86_401] {
        let refused = world.client.set_lock_after(world.now, Some(wrong)).map_err(|error| error.code());
        assert_eq!(refused, Err(ErrorCode::InvalidInput));
    }
    world.act(|client, now| client.set_lock_after(now, Some(60)).map(|effects| ((), effects)));
    world.deliver();
    world.restart();
    assert_eq!(world.client.settings(world.now).lock_after_secs, Some(60));
}

#[test]
fn keys_are_needed_while_something_is_under_way() {
    let mut world = World::with_money(1000);
    assert!(!world.client.is_busy());
    let send = world.act(|client, now| client.send(now, MINT, Sat::new(10)));
    assert!(world.client.is_busy(), "the swap is under way");
    world.run(30);
    assert!(!world.client.is_busy(), "a token that is out needs nothing");
    let end = world.now + 600;
    world.act(|client, now| client.take_back_at(now, &send, Some(end)).map(|effects| ((), effects)));
    world.deliver();
    assert!(world.client.is_busy(), "it is to come back by itself");
    world.run(900);
    assert!(!world.client.is_busy());
    world.rent(3600);
    world.run(60);
    assert!(world.client.is_busy(), "a workload runs");
}

// ---- files ----

fn save(world: &mut World) -> WalletFile {
    let text = world.client.save_file(&recipe(7), &key(7, NEXT)).expect("it is saved");
    WalletFile::read(&text).expect("a file")
}

/// A new device on the same network, with nothing in it.
fn new_device(world: &mut World) {
    world.store.clear();
    world.passphrase = None;
    world.restart();
}

fn open(world: &mut World, file: &WalletFile) {
    world.act(|client, now| client.open_file(now, file, &key(7, NEXT)).map(|effects| ((), effects)));
    world.restart();
}

fn restores(world: &World) -> Vec<(String, String)> {
    let operations = world.client.wallet().wallet.operations;
    let restores = operations.into_iter().filter(|op| op.kind == OperationKind::Restore);
    restores.map(|op| (op.state, op.sentence)).collect()
}

#[test]
fn a_file_holds_all_that_is_stored() {
    let mut world = World::with_money(500);
    world.rent(3600);
    world.run(100);
    set(&mut world, OURS);
    world.run(10);
    let file = save(&mut world);
    assert_eq!(file.open(&key(7, NEXT)), Ok(world.plain()));
}

#[test]
fn a_file_brings_the_whole_wallet_to_a_new_device() {
    let mut world = World::with_money(1000);
    world.rent(7200);
    world.run(120);
    let (words, left, file) = (world.client.phrase().to_owned(), world.spendable(), save(&mut world));
    let password = world.client.lease_password(&world.lease().id);
    new_device(&mut world);
    open(&mut world, &file);
    world.run(60);
    assert_eq!((world.client.phrase(), world.spendable()), (words.as_str(), left));
    assert_eq!(world.lease().state, "running");
    assert_eq!(world.client.lease_password(&world.lease().id), password);
    assert_eq!(restores(&world)[0].0, "done");
    world.check_books("after the file was opened");
}

#[test]
fn an_old_file_is_brought_up_to_date_before_anything_new_is_made() {
    let mut world = World::with_money(1000);
    let file = save(&mut world);
    // A later life: the money is swapped several times, some is spent, some comes in.
    world.act(|client, now| client.send(now, MINT, Sat::new(333)));
    world.run(30);
    let token = world.client.wallet().wallet.operations.iter().find_map(|op| world.client.token(&op.id.to_string()));
    let spent = world.mint.redeem(&token.expect("a token is out")).expect("the receiver takes it");
    world.fill_up(200);
    world.run(60);
    let left = world.spendable();
    assert!(left < 1000 + 200 - spent + 1, "some of it is gone");
    new_device(&mut world);
    world.mint_up = false;
    open(&mut world, &file);
    world.run(10);
    assert_eq!(world.spendable(), 1000, "nobody told better yet");
    let refused = world.client.send(world.now, MINT, Sat::new(10)).map_err(|error| error.code());
    assert_eq!(refused.map(|(id, _)| id), Err(ErrorCode::MintNotReady));
    world.restart();
    world.mint_up = true;
    world.run(700);
    assert_eq!(world.spendable(), left, "{:?}", restores(&world));
    let (state, sentence) = restores(&world).remove(0);
    assert_eq!(state, "done");
    assert!(sentence.contains("of the file spent since it was saved"), "{sentence}");
    let next = world.act(|client, now| client.send(now, MINT, Sat::new(100)));
    assert!(next.parse::<u64>().expect("a number") > START / 2, "past every number of the later life");
    world.run(60);
    let notes: Vec<_> = world.client.wallet().wallet.operations.into_iter().flat_map(|op| op.steps).collect();
    assert!(notes.iter().all(|note| !note.text.contains("fresh outputs")), "no counter was used twice: {notes:?}");
    assert_eq!(world.in_wallet() + world.mint.fees() + spent, 1200);
}

#[test]
fn a_file_of_before_the_first_mint_brings_what_came_in_since() {
    let mut world = World::new();
    new_device(&mut world);
    let file = save(&mut world);
    world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
    world.run(5);
    world.fill(500);
    new_device(&mut world);
    open(&mut world, &file);
    let token = world.mint.gift(&[64]);
    world.act(|client, now| client.receive(now, &token));
    assert_eq!(
        restores(&world).first().map(|(state, _)| state.as_str()),
        Some("asking"),
        "nothing is made before that"
    );
    world.run(200);
    assert_eq!((world.spendable(), world.client.wallet().wallet.elsewhere.len()), (563, 0), "{:?}", restores(&world));
    world.check_books("after the token");
}

#[test]
fn an_old_file_whose_operations_went_on_elsewhere_loses_nothing() {
    // Saved in the middle of every request of a story, and opened when the story was over.
    for (stop, replays) in (1..12).flat_map(|stop| [(stop, false), (stop, true)]) {
        let mut world = World::with_money(1000);
        world.mint.replays = replays;
        world.mint.auto_pay = false;
        let issue = world.act(|client, now| client.issue(now, MINT, Sat::new(64)));
        world.run(5);
        let quote = world.mint.quotes().last().map(|(id, ..)| id.to_owned()).expect("an invoice");
        let send = world.act(|client, now| client.send(now, MINT, Sat::new(100)));
        for _ in 0..stop {
            world.deliver_one();
        }
        let file = save(&mut world);
        assert!(world.mint.pay_quote(&quote));
        world.run(120);
        if world.client.token(&send).is_some() {
            world.act(|client, now| client.reclaim(now, &send).map(|effects| ((), effects)));
        }
        world.run(120);
        let issued = world.client.wallet().wallet.operations.into_iter().find(|op| op.id.to_string() == issue);
        assert_eq!(issued.expect("the issue").state, "done");
        let left = world.spendable();
        new_device(&mut world);
        open(&mut world, &file);
        world.run(3600);
        world.check_books("after the file");
        assert_eq!(
            world.in_wallet(),
            left,
            "saved after {stop} answers, the mint repeats its own: {replays}: {:?}",
            world.client.wallet().wallet.operations
        );
    }
}

#[test]
fn no_lease_after_an_old_file_shares_a_key_with_one_that_it_does_not_know() {
    let mut world = World::with_money(2000);
    let file = save(&mut world);
    let unknown = world.rent(3600);
    world.run(200);
    let password = world.client.lease_password(&unknown);
    new_device(&mut world);
    open(&mut world, &file);
    world.run(200);
    let next = world.rent(3600);
    world.run(60);
    assert_ne!(next, unknown);
    assert_ne!(world.client.lease_password(&next), password);
}

#[test]
fn a_file_is_not_opened_over_money_operations_or_workloads() {
    let mut rich = World::with_money(10);
    let file = save(&mut rich);
    let mut waiting = World::new();
    waiting.mint.auto_pay = false;
    waiting.act(|client, now| client.issue(now, MINT, Sat::new(64)));
    waiting.run(5);
    let mut renting = World::with_money(200);
    let all = renting.quote(3600).face.get();
    renting = World::with_money(all);
    renting.rent(3600);
    renting.run(100);
    assert_eq!(renting.spendable(), 0);
    for (mut world, says) in [(rich, "holds 10 sat"), (waiting, "is not finished"), (renting, "workload")] {
        let before = world.store.clone();
        let refused = world.client.open_file(world.now, &file, &key(7, NEXT)).expect_err("something is here");
        assert_eq!(refused.code(), ErrorCode::WrongState);
        assert!(refused.message().contains(says), "{refused}");
        assert_eq!(world.store, before);
        world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
    }
}

#[test]
fn a_file_that_does_not_open_changes_nothing() {
    let mut world = World::with_money(10);
    let file = save(&mut world);
    new_device(&mut world);
    world.run(5);
    let words = world.client.phrase().to_owned();
    let wrong = world.client.open_file(world.now, &file, &key(7, OURS)).map_err(|error| error.code());
    assert_eq!(wrong, Err(ErrorCode::WrongPassphrase));
    let mut records = file.open(&key(7, NEXT)).expect("its passphrase");
    let account = records.remove("meta/account").expect("the phrase");
    let mut rng = rand_of_tests();
    let write = |records: &BTreeMap<String, String>, rng: &mut _| {
        let text = WalletFile::write(records, &recipe(7), &key(7, NEXT), rng);
        WalletFile::read(&text).expect("a file")
    };
    let without = write(&records, &mut rng);
    records.insert("meta/account".to_owned(), account.replace("\"version\":1", "\"version\":9"));
    let newer = write(&records, &mut rng);
    for (file, says) in [(without, "phrase is missing"), (newer, "newer version")] {
        let error = world.client.open_file(world.now, &file, &key(7, NEXT)).expect_err("it cannot be used");
        assert_eq!(error.code(), ErrorCode::InvalidFile);
        assert!(error.message().contains(says), "{error}");
    }
    world.restart();
    assert_eq!(world.client.phrase(), words);
}

#[test]
fn a_crash_while_a_file_is_opened_leaves_one_wallet_or_the_other() {
    for (what, sat) in [(OnCommit::CrashBefore, 0), (OnCommit::CrashAfter, 400)] {
        let mut world = World::with_money(400);
        let file = save(&mut world);
        new_device(&mut world);
        world.run(5);
        world.faults.arm(Some(Fault::Commit(what, 0)));
        world.act(|client, now| client.open_file(now, &file, &key(7, NEXT)).map(|effects| ((), effects)));
        assert_eq!(world.faults.injected, 1);
        world.faults.arm(None);
        world.run(60);
        assert_eq!(world.spendable(), sat, "{what:?}");
    }
}

#[test]
fn a_wallet_that_was_replaced_does_nothing_more() {
    let mut world = World::with_money(400);
    let file = save(&mut world);
    new_device(&mut world);
    world.run(5);
    world.act(|client, now| client.open_file(now, &file, &key(7, NEXT)).map(|effects| ((), effects)));
    let refused = world.client.add_mint(world.now, "https://mint.example").map_err(|error| error.code());
    assert_eq!(refused, Err(ErrorCode::Store));
    let before = world.store.clone();
    world.run(600);
    assert_eq!(world.store, before);
}

#[test]
fn a_file_opened_in_a_sealed_wallet_is_sealed_like_it() {
    let mut world = World::with_money(250);
    let file = save(&mut world);
    new_device(&mut world);
    world.run(5);
    set(&mut world, OURS);
    open(&mut world, &file);
    world.run(60);
    assert_eq!(world.spendable(), 250);
    nothing_shows(&world);
    assert!(world.now > START);
}

fn rand_of_tests() -> impl rand::Rng {
    use rand::SeedableRng;
    rand::rngs::StdRng::from_seed([8; 32])
}
