//! Stores that earlier versions wrote: each opens with all its money, operations and leases.
//!
//! `cargo test --test client -- --ignored records_stores` records two of the present version into `target/`, one as it is and
//! one sealed, to be kept beside the others in `tests/fixtures` before the form of a record changes.

use std::collections::{BTreeMap, BTreeSet};

use paygress::client::Client;
use paygress::model::{Amount, Sat, Unit};
use paygress::vault::Recipe;
use paygress_support::mint::{Dleq, KeysetVersion, Lightning, Mint, MintConfig};
use paygress_support::provider::ProviderConfig;
use serde_json::{Value, json};

use super::world::{MINT, START, World};
use super::{deliver, vault};

const STORES: [&str; 2] = [include_str!("../fixtures/store_1.json"), include_str!("../fixtures/store_2.json")];
/// The last of them, sealed with the passphrase that stands beside it.
const SEALED: &str = include_str!("../fixtures/store_2_sealed.json");

/// What a person sees of a wallet.
fn seen(client: &Client, now: u64) -> Value {
    let wallet = client.wallet().wallet;
    let sums = |mint: &paygress::wallet::MintView| {
        let sums = [mint.spendable, mint.reserved, mint.handed_out, mint.unclaimed, mint.quarantined];
        json!([mint.url, sums.map(Sat::get)])
    };
    let mut operations: Vec<_> = wallet
        .operations
        .iter()
        .map(|op| json!([op.id, op.kind, op.state, op.amount.get(), op.fee.get(), client.token(&op.id.to_string())]))
        .collect();
    operations.sort_by_key(ToString::to_string);
    let leases = client.leases(now).leases;
    let leases: Vec<_> =
        leases.iter().map(|lease| json!([lease.id, lease.state, client.lease_password(&lease.id)])).collect();
    let settings = client.settings(now);
    json!({
        "phrase": client.phrase(),
        "phraseSaved": settings.phrase_saved,
        "relays": settings.relays.iter().map(|relay| &relay.url).collect::<Vec<_>>(),
        "mints": wallet.mints.iter().map(sums).collect::<Vec<_>>(),
        "operations": operations,
        "leases": leases,
    })
}

#[test]
fn a_store_of_every_earlier_version_opens_with_all_that_was_in_it() {
    for (number, text) in STORES.into_iter().enumerate() {
        let store: Value = serde_json::from_str(text).expect("a recorded store");
        let records = records_of(&store);
        let now = store["now"].as_u64().expect("when it was recorded");
        let client = Client::open(now, &records, [7; 32]).expect("it opens");
        assert_eq!(seen(&client, now), store["seen"], "store {}", number + 1);
    }
}

/// The part of a record's name that says what it is.
fn kind(key: &str) -> String {
    key.split('/')
        .take(if key.starts_with("wallet/") || key.starts_with("meta/") { 2 } else { 1 })
        .collect::<Vec<_>>()
        .join("/")
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let store: Value = serde_json::from_str(STORES[1]).expect("a recorded store");
    let records = records_of(&store);
    let kinds: BTreeSet<String> = records.keys().map(|key| kind(key)).collect();
    assert_eq!(kinds.len(), 13, "{kinds:?}");
    // What relays tell again is no loss.
    for part in kinds.into_iter().filter(|part| !["home", "offer"].contains(&part.as_str())) {
        let mut newer = records.clone();
        let (key, text) = newer.iter_mut().find(|(key, _)| kind(key) == part).expect("one of each");
        *text = text.replacen("\"version\":1", "\"version\":9", 1);
        let key = key.clone();
        let error = Client::open(START, &newer, [7; 32]).expect_err("a newer record");
        assert!(error.message().contains("newer version"), "{key}: {error}");
    }
}

/// As [`seen`], with what came to a wallet since the first store.
fn seen_now(client: &Client, now: u64) -> Value {
    let wallet = client.wallet().wallet;
    let msat = |mint: &paygress::wallet::MintView| {
        let sums = mint.msat.as_ref();
        sums.map(|of| [of.spendable, of.reserved, of.handed_out, of.unclaimed, of.quarantined].map(|sum| sum.get()))
    };
    let more = |op: &paygress::wallet::OperationView| {
        let delivery = op.delivery.as_ref().map(|delivery| json!([delivery.to, delivery.state]));
        json!([
            op.id,
            op.unit,
            op.open,
            op.to,
            op.part_of,
            op.locked_to,
            op.locked_until,
            op.take_back_at,
            delivery,
            op.steps.len(),
            op.answers.len(),
        ])
    };
    let mut operations: Vec<_> = wallet.operations.iter().map(more).collect();
    operations.sort_by_key(ToString::to_string);
    json!({
        "before": seen(client, now),
        "msat": wallet.mints.iter().map(msat).collect::<Vec<_>>(),
        "elsewhere": wallet.elsewhere.iter().map(|of| json!([of.mint, of.first_at, of.last_at, of.gone])).collect::<Vec<_>>(),
        "operations": operations,
    })
}

fn mint_config() -> MintConfig {
    MintConfig {
        keyset_version: KeysetVersion::V1,
        url: MINT.to_owned(),
        orders: 16,
        units: ["sat", "msat"].map(str::to_owned).into(),
        ..MintConfig::default()
    }
}

/// What happened to a mint, in the form in which it is recorded. Gives the token that was made, if one was.
fn happens(mint: &mut Mint, event: &Value) -> Option<String> {
    let text = |at: usize| event[at].as_str().expect("text");
    let amounts = || serde_json::from_value::<Vec<u64>>(event[1].clone()).expect("amounts");
    match text(0) {
        "post" => {
            mint.handle(event[1].as_u64().expect("a time"), "POST", text(2), text(3));
        }
        "gift" => return Some(mint.gift(&amounts())),
        "locked gift" => return Some(mint.gift_locked(&amounts(), text(2))),
        "taken" => {
            mint.redeem(text(1)).expect("nobody took it before");
        }
        "spent elsewhere" => {
            mint.redeem_proofs(std::slice::from_ref(&event[1])).expect("nobody spent it before");
        }
        "pays at once" => mint.auto_pay = event[1] == true,
        "payments hang" => mint.lightning = if event[1] == true { Lightning::Hangs } else { Lightning::Settles },
        "proofs are wrong" => mint.dleq = if event[1] == true { Dleq::Bad } else { Dleq::Good },
        "leaves its keysets" => drop(mint.rotate_keyset()),
        other => panic!("{other} is no event"),
    }
    None
}

/// The world of a store that was recorded with what had happened to its mint.
fn revived(store: &Value, records: BTreeMap<String, String>) -> World {
    let mut world = World::with(mint_config(), ProviderConfig::default());
    world.mint = Mint::new(mint_config());
    world.mint.auto_pay = true;
    for event in store["mint"].as_array().expect("what happened to the mint") {
        happens(&mut world.mint, event);
    }
    assert_eq!(books(&world.mint), store["books"], "the mint is the one that was recorded");
    (world.store, world.now) = (records, store["now"].as_u64().expect("when it was recorded"));
    world
}

fn books(mint: &Mint) -> Value {
    let of = |unit| {
        let books = mint.books(unit);
        json!([books.issued, books.redeemed, books.fees, books.melted])
    };
    json!([of("sat"), of("msat")])
}

/// Where the operations of the second store end.
const ENDS: [&str; 14] = [
    "Issue done",
    "Issue expired",
    "Move cancelled",
    "Move done",
    "Pay cancelled",
    "Pay done",
    "Receive done",
    "Reclaim done",
    "Restore done",
    "Retry done",
    "Rotate done",
    "Send handed-out, open",
    "Send reclaimed",
    "Send spent",
];

fn states(client: &Client) -> BTreeSet<String> {
    let operations = client.wallet().wallet.operations;
    let of = |op: &paygress::wallet::OperationView| {
        format!("{:?} {}{}", op.kind, op.state, if op.open { ", open" } else { "" })
    };
    operations.iter().map(of).collect()
}

/// All that was under way comes to an end, and what the wallet holds is what the mint's ledger says.
fn comes_to_rest(mut world: World, store: &Value) {
    world.restart();
    world.mint.dleq = Dleq::Good;
    world.mint.settle_payments(true);
    let invoices: Vec<String> =
        world.client.wallet().wallet.operations.into_iter().filter_map(|op| op.invoice).collect();
    assert!(world.mint.pay_invoice(&invoices[0]), "{invoices:?}");
    world.run(4 * 3600);
    let wallet = world.client.wallet().wallet;
    let waits = ["handed-out", "quoted"];
    let busy: Vec<_> = wallet.operations.iter().filter(|op| op.open && !waits.contains(&op.state.as_str())).collect();
    assert!(busy.is_empty(), "{busy:#?}");
    assert_eq!(states(&world.client), ENDS.map(str::to_owned).into());
    let (sat, mint) = (world.mint.books("sat"), &wallet.mints[0]);
    let paid_out = world.provider.paid_out() + store["paidOut"].as_u64().expect("what others got");
    assert_eq!(world.in_wallet(), sat.issued - sat.fees - sat.melted - paid_out, "{mint:?}");
    assert_eq!((mint.reserved, mint.unclaimed, mint.quarantined), (Sat::ZERO, Sat::ZERO, Sat::ZERO));
    let (msat, held) = (world.mint.books("msat"), mint.msat.as_ref().expect("it keeps msat"));
    let held: u64 = [held.spendable, held.reserved, held.handed_out, held.unclaimed, held.quarantined]
        .map(|sum| sum.get())
        .iter()
        .sum();
    assert_eq!(held, msat.issued - msat.fees - msat.melted, "{mint:?}");
    let records = world.plain();
    for (key, text) in records.iter().filter(|(key, _)| key.starts_with("wallet/proof/")) {
        let held: Value = serde_json::from_str(text).expect("JSON");
        let text = |name: &str| held["body"][name].as_str().expect("text").to_owned();
        let amount = held["body"]["amount"].as_u64().expect("an amount");
        assert!(!world.mint.is_spent(key.trim_start_matches("wallet/proof/")), "a spent proof is held");
        assert!(world.mint.verifies(&text("keyset"), amount, &text("secret"), &text("c")), "it is not the mint's");
    }
    let reopened = Client::open(world.now, &records, [8; 32]).expect("what is written now can be read");
    assert_eq!(seen_now(&reopened, world.now), seen_now(&world.client, world.now));
}

fn records_of(store: &Value) -> BTreeMap<String, String> {
    serde_json::from_value(store["records"].clone()).expect("records are text by name")
}

#[test]
fn what_was_under_way_in_an_older_store_comes_to_its_end() {
    let store: Value = serde_json::from_str(STORES[1]).expect("a recorded store");
    let now = store["now"].as_u64().expect("when it was recorded");
    let client = Client::open(now, &records_of(&store), [7; 32]).expect("it opens");
    assert_eq!(seen_now(&client, now), store["seenNow"]);
    comes_to_rest(revived(&store, records_of(&store)), &store);
}

#[test]
fn an_older_store_that_is_sealed_opens_and_comes_to_its_end() {
    let store: Value = serde_json::from_str(STORES[1]).expect("a recorded store");
    let sealed: Value = serde_json::from_str(SEALED).expect("a recorded store");
    let (records, now) = (records_of(&sealed), store["now"].as_u64().expect("when it was recorded"));
    let passphrase: &'static str = sealed["passphrase"].as_str().expect("text").to_owned().leak();
    let key = Recipe::read(&records["seal"]).and_then(|recipe| recipe.derive(passphrase)).expect("a seal");
    let client = Client::open_sealed(now, &records, [7; 32], &key).expect("it opens");
    assert_eq!(seen_now(&client, now), store["seenNow"]);
    let mut world = revived(&store, records);
    (world.passphrase, world.may_be_sealed_with) = (Some(passphrase), vec![passphrase]);
    for relay in &mut world.relays {
        relay.up = false;
    }
    comes_to_rest(world, &store);
}

/// A world whose mint's history is written down.
struct Recorder {
    world: World,
    mint: Vec<Value>,
}

impl Recorder {
    fn posts(&mut self) {
        let taken = std::mem::take(&mut self.world.mint_took);
        self.mint.extend(taken.into_iter().map(|(now, _, path, body)| json!(["post", now, path, body])));
    }

    fn happens(&mut self, event: Value) -> Option<String> {
        self.posts();
        let token = happens(&mut self.world.mint, &event);
        self.mint.push(event);
        token
    }

    fn gift(&mut self, event: Value) -> String {
        self.happens(event).expect("a gift is a token")
    }

    fn receive(&mut self, event: Value) {
        let token = self.gift(event);
        self.world.act(|client, now| client.receive(now, &token));
        self.world.run(30);
    }

    fn agree(&mut self, id: &str) {
        self.world.run(10);
        let most = deliver::operation(&self.world, id).most.expect("a price").get();
        self.world.act(|client, now| client.pay(now, id, most).map(|effects| ((), effects)));
        self.world.run(60);
    }

    fn quote_pay(&mut self, other: &mut Mint, sat: u64) -> String {
        let body = json!({ "amount": sat, "unit": "sat" }).to_string();
        let (_, answer) = other.handle(self.world.now, "POST", "/v1/mint/quote/bolt11", &body);
        let answer: Value = serde_json::from_str(&answer).expect("a quote");
        let invoice = answer["request"].as_str().expect("an invoice").to_owned();
        self.world.act(|client, now| client.quote_pay(now, MINT, Unit::Sat, &invoice))
    }

    fn send(&mut self, sat: u64) -> String {
        let id = self.world.act(|client, now| client.send(now, MINT, Sat::new(sat)));
        self.world.run(30);
        id
    }

    /// Another device spends the largest coin of the balance.
    fn spend_elsewhere(&mut self) -> u64 {
        let coins = self.world.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/"));
        let coins = coins.map(|(_, text)| serde_json::from_str::<Value>(text).expect("JSON")["body"].clone());
        let sat = self.world.mint.active_keyset();
        let ours = coins.filter(|coin| coin["state"]["is"] == "spendable" && coin["keyset"] == sat.as_str());
        let coin = ours.max_by_key(|coin| coin["amount"].as_u64()).expect("a coin");
        self.happens(json!(["spent elsewhere", coin]));
        coin["amount"].as_u64().expect("an amount")
    }
}

const SOMEBODY: &str = "034f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa";

#[test]
#[ignore = "records stores, to be called by hand"]
fn records_stores_of_the_present_version() {
    let world = World::with(mint_config(), ProviderConfig::default());
    let mut recorder = Recorder { world, mint: Vec::new() };
    let before = |recorder: &Recorder| recorder.world.mint.books("sat");
    recorder.world.fill(2000);
    recorder.world.act(|client, now| client.issue(now, MINT, Amount::msat(90_500)));
    recorder.world.run(60);
    recorder.receive(json!(["gift", [64, 8, 4]]));
    let condition = format!(r#"["P2PK",{{"nonce":"{{nonce}}","data":"{}"}}]"#, recorder.world.client.receiving_key());
    recorder.receive(json!(["locked gift", [16, 2], condition]));
    let id = recorder.send(21);
    recorder.world.act(|client, now| client.reclaim(now, &id).map(|effects| ((), effects)));
    recorder.world.run(30);
    let mut other = Mint::new(MintConfig { url: "http://127.0.0.1:3339".to_owned(), ..MintConfig::default() });
    let id = recorder.quote_pay(&mut other, 51);
    recorder.agree(&id);
    recorder.happens(json!(["pays at once", false]));
    let id = recorder.world.act(|client, now| client.quote_move(now, (MINT, Unit::Msat), MINT, Amount::sat(20)));
    recorder.agree(&id);
    recorder.world.act(|client, now| client.restore(now, MINT));
    recorder.world.run(60);
    let id = recorder.send(13);
    let token = recorder.world.client.token(&id).expect("it is out");
    let (kept, fees) = (before(&recorder).fees, |recorder: &Recorder| before(recorder).fees);
    recorder.happens(json!(["taken", token]));
    let mut paid_out = 13 - (fees(&recorder) - kept);
    recorder.world.act(|client, now| client.check(now, &id).map(|effects| ((), effects)));
    recorder.world.run(30);
    deliver::pay(&mut recorder.world, &deliver::by_post());
    recorder.world.run(30);
    recorder.world.shop.answers = false;
    deliver::pay(&mut recorder.world, &deliver::by_post());
    recorder.world.run(30);
    deliver::pay(&mut recorder.world, &deliver::by_nostr(&["wss://one"]));
    recorder.world.run(60);
    let until = recorder.world.now + 86_400;
    recorder.world.act(|client, now| client.send_locked(now, MINT, Sat::new(30), SOMEBODY, until));
    recorder.world.run(30);
    let out = recorder.send(40);
    let kept = fees(&recorder);
    paid_out += recorder.spend_elsewhere();
    paid_out -= fees(&recorder) - kept;
    recorder.world.restart();
    recorder.world.run(1200);
    recorder.happens(json!(["leaves its keysets"]));
    recorder.world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
    recorder.world.run(3600);
    recorder.world.rent(3600);
    recorder.world.run(120);
    recorder.world.act(|client, now| client.issue(now, MINT, Sat::new(500)));
    recorder.world.run(10);
    recorder.happens(json!(["payments hang", true]));
    let id = recorder.quote_pay(&mut other, 40);
    recorder.agree(&id);
    recorder.quote_pay(&mut other, 17);
    recorder.world.act(|client, now| client.quote_move(now, (MINT, Unit::Msat), MINT, Amount::sat(11)));
    recorder.world.run(5);
    recorder.happens(json!(["proofs are wrong", true]));
    recorder.receive(json!(["gift", [32]]));
    recorder.world.mint_up = false;
    recorder.world.act(|client, now| client.reclaim(now, &out).map(|effects| ((), effects)));
    recorder.world.act(|client, now| client.send(now, MINT, Sat::new(9)));
    recorder.world.act(|client, now| client.restore(now, MINT));
    let token = recorder.gift(json!(["gift", [16]]));
    recorder.world.act(|client, now| client.receive(now, &token));
    recorder.world.run(3);
    recorder.posts();
    let Recorder { mut world, mint } = recorder;
    let now = world.now;
    let reopened = Client::open(now, &world.store, [7; 32]).expect("just written");
    println!("{:#?}", states(&reopened));
    let paid_out = paid_out + world.provider.paid_out();
    let store = json!({
        "now": now, "seen": seen(&reopened, now), "seenNow": seen_now(&reopened, now), "paidOut": paid_out,
        "books": books(&world.mint), "mint": mint, "records": world.store,
    });
    let keep = |name: &str, store: &Value| {
        let path = format!("{}/target/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, serde_json::to_string_pretty(store).expect("JSON")).expect("a folder to write to");
    };
    keep("store", &store);
    vault::seal(&mut world);
    keep("store_sealed", &json!({ "passphrase": world.passphrase, "records": world.store }));
}
