//! Our wallet beside cdk's: the same phrase and the same calls at the same published mint.
//!
//! ```text
//! paygress-differential calls MINT TWIN      a mint, and a second one with the same keys and nothing signed yet
//! paygress-differential locked MINT          tokens under conditions and payment requests, between two people there
//! paygress-differential rotated MINT         the first one again, after it began a new keyset
//! paygress-differential refused MINT         likewise, where cdk refuses the new keyset
//! paygress-differential version              of cdk
//! ```
//!
//! At the twins both wallets do the same calls from their first counter on, so that every secret can be compared. Then
//! each restores at the other's mint what the other one made there. Prints a line for each thing that agrees, and ends
//! with an error at the first that does not. `run.sh` starts the mints.

mod ours;
mod theirs;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::process::ExitCode;

use cdk::nuts::nut10::{Conditions, SpendingConditions};
use cdk::nuts::{CurrencyUnit, PaymentRequest, PublicKey, SecretKey, SigFlag, Transport, TransportType};
use ours::Ours;
use theirs::Theirs;

type Outcome<T> = Result<T, Box<dyn Error>>;
/// By secret: amount, keyset and C.
type Coins = BTreeMap<String, (u64, String, String)>;

/// What Cargo.toml pins.
const CDK: &str = "0.18.3";

/// The phrase that both share, and those of two people who only give and take.
const SEED: [u8; 64] = [41; 64];
const ANNA: [u8; 64] = [42; 64];
const BERT: [u8; 64] = [43; 64];
/// One who has our wallet and one who has cdk's, for what is locked.
const CARL: [u8; 64] = [44; 64];
const DORA: [u8; 64] = [45; 64];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    let done = runtime.block_on(async {
        match words[..] {
            ["calls", mint, twin] => calls(mint, twin).await,
            ["locked", mint] => locked(mint).await,
            ["rotated", mint] => rotated(mint).await,
            ["refused", mint] => refused(mint).await,
            ["version"] => Ok(println!("cdk {CDK}")),
            _ => Err("say `calls MINT TWIN`, `locked MINT`, `rotated MINT`, `refused MINT` or `version`".into()),
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("differential: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn calls(mint: &str, twin: &str) -> Outcome<()> {
    let mut ours = Ours::open(SEED, mint)?;
    let theirs = Theirs::open(SEED, twin).await?;
    // Somebody at each mint, with the other program.
    let anna = Theirs::open(ANNA, mint).await?;
    let mut bert = Ours::open(BERT, twin)?;
    anna.issue(600).await?;
    bert.issue(600)?;

    for amount in [1000, 337, 1] {
        ours.issue(amount)?;
        theirs.issue(amount).await?;
    }
    same("balances after issuing", ours.balance(), theirs.balance().await?)?;
    let [mine, others] = [ours.coins()?, theirs.coins().await?];
    same("secrets of the same counters", secrets(&mine), secrets(&others))?;
    same("coins that both have", shared(&mine, &others), shared(&others, &mine))?;

    let [mine, others] = [anna.send(100).await?, bert.send(100)?.1];
    ours.receive(&mine)?;
    theirs.receive(&others).await?;
    same("balances after taking in a token of the other program", ours.balance(), theirs.balance().await?)?;

    let [mine, others] = [ours.send(123)?.1, theirs.send(123).await?];
    same("what arrives of a token of the other program", anna.receive(&mine).await?, {
        let before = bert.balance();
        bert.receive(&others)?;
        bert.balance() - before
    })?;
    same("balances after sending", ours.balance(), theirs.balance().await?)?;

    let (id, _) = ours.send(55)?;
    ours.reclaim(id)?;
    theirs.send_and_reclaim(55).await?;
    // cdk keeps more small coins at hand, so it may do without a swap here and there.
    near("balances after taking a token back", ours.balance(), theirs.balance().await?, 1)?;

    let (elsewhere, here) = (bert.invoice(210)?, Ours::open(BERT, mint)?.invoice(210)?);
    ours.pay(&elsewhere)?;
    theirs.pay(&here).await?;
    near("balances after paying an invoice", ours.balance(), theirs.balance().await?, 2)?;

    let restored = Theirs::open(SEED, mint).await?;
    same("what cdk restores of what ours made", restored.restore().await?, ours.balance())?;
    same("its coins", restored.coins().await?, ours.coins()?)?;
    let mut found = Ours::open(SEED, twin)?;
    found.restore()?;
    theirs.check().await?;
    same("what ours restores of what cdk made", found.balance(), theirs.balance().await?)?;
    same("its coins", found.coins()?, theirs.coins().await?)?;

    // Both are alive now, with one phrase at one mint.
    let token = restored.send(64).await?;
    anna.receive(&token).await?;
    restored.issue(50).await?;
    ours = ours.again()?;
    same("that ours notices the other one", ours.says_elsewhere(), true)?;
    same("balances when it has", ours.balance(), restored.balance().await?)?;
    same("coins", ours.coins()?, restored.coins().await?)?;
    let token = found.send(64)?.1;
    bert.receive(&token)?;
    found.issue(50)?;
    let again = Theirs::open(SEED, twin).await?;
    same("what cdk restores after both worked", again.restore().await?, found.balance())?;
    same("its coins", again.coins().await?, found.coins()?)
}

async fn rotated(mint: &str) -> Outcome<()> {
    let mut ours = Ours::open(SEED, mint)?;
    ours.restore()?;
    let before = ours.balance();
    ours.issue(77)?;
    same("ours goes on in the new keyset", ours.balance() > before, true)?;
    let theirs = Theirs::open(SEED, mint).await?;
    same("what cdk restores over both keysets", theirs.restore().await?, ours.balance())?;
    same("its coins", theirs.coins().await?, ours.coins()?)?;
    same("keysets that they are of", keysets(&ours.coins()?).len(), 2)?;
    theirs.issue(31).await?;
    let token = theirs.send(500).await?;
    Theirs::open(ANNA, mint).await?.receive(&token).await?;
    let mut ours = Ours::open(SEED, mint)?;
    ours.restore()?;
    same("what ours restores over both keysets", ours.balance(), theirs.balance().await?)?;
    same("its coins", ours.coins()?, theirs.coins().await?)
}

/// Nutshell hashes an expiry of 0 into the id of a version-2 keyset that it changes to. Ours takes it, cdk does not.
async fn refused(mint: &str) -> Outcome<()> {
    let mut ours = Ours::open(SEED, mint)?;
    ours.restore()?;
    let before = ours.balance();
    ours.issue(77)?;
    same("ours goes on in the new keyset", ours.balance(), before + 77)?;
    let mut again = Ours::open(SEED, mint)?;
    again.restore()?;
    same("what it restores over both keysets", again.coins()?, ours.coins()?)?;
    let words = Theirs::open(SEED, mint).await?.restore().await.map_err(|error| error.to_string());
    same("that cdk refuses that keyset", words, Err("Keyset id incorrect".to_owned()))
}

async fn locked(mint: &str) -> Outcome<()> {
    let mut ours = Ours::open(CARL, mint)?;
    let theirs = Theirs::open(DORA, mint).await?;
    let key = SecretKey::generate();
    ours.issue(600)?;
    theirs.issue(600).await?;
    conditions(&mut ours, &theirs, &key).await?;
    requests(&mut ours, &theirs, &key, mint).await
}

/// NUT-10, NUT-11.
async fn conditions(ours: &mut Ours, theirs: &Theirs, key: &SecretKey) -> Outcome<()> {
    let to = |key: &str| PublicKey::from_hex(key);
    let (me, other) = (to(&ours.key())?, key.public_key());
    let under = |data, conditions| SpendingConditions::new_p2pk(data, Some(conditions));
    for (what, lock) in [
        ("a token that cdk locks to our key", SpendingConditions::new_p2pk(me, None)),
        (
            "one that cdk locks to one of two keys",
            under(other, Conditions { pubkeys: Some(vec![me]), num_sigs: Some(1), ..Conditions::default() }),
        ),
    ] {
        let token = theirs.send_locked(40, lock).await?;
        same(&format!("{what} is opened by nobody else"), theirs.receive(&token).await.is_err(), true)?;
        let before = ours.balance();
        ours.receive(&token)?;
        same(&format!("{what} comes in"), ours.balance() - before, 39)?;
    }
    let token = theirs.send_locked(8, SpendingConditions::new_p2pk(other, None)).await?;
    same("a token that is not for us stays out", ours.keeps_out(&token)?.contains("is not of this wallet"), true)?;
    let whole = || Conditions { sig_flag: SigFlag::SigAll, ..Conditions::default() };
    let both = Conditions { pubkeys: Some(vec![me]), num_sigs: Some(2), ..Conditions::default() };
    for (lock, why) in [
        (under(me, whole()), "(SIG_ALL)"),
        (SpendingConditions::new_htlc("01".repeat(32), None)?, "(HTLC)"),
        (under(other, both), "needs 2 signatures of 2 keys"),
    ] {
        let token = theirs.send_locked(8, lock).await?;
        same(&format!("what our wallet cannot sign is kept: {why}"), ours.keeps_out(&token)?.contains(why), true)?;
    }
    let token = theirs.send_blinded(8, SpendingConditions::new_p2pk(me, None)).await?;
    same("and what cdk locks to a blinded key", ours.keeps_out(&token)?.contains("(NUT-28)"), true)?;

    let (id, token) = ours.send_locked(64, &other.to_hex())?;
    same("a token that ours locks is opened by nobody else", theirs.receive(&token).await.is_err(), true)?;
    same("a token that ours locks to cdk's key comes in there", theirs.receive_locked(&token, key).await?, 63)?;
    same("and ours sees it taken", ours.sees_taken(id).map_err(|error| error.to_string()), Ok(()))
}

/// NUT-18 and NUT-26.
async fn requests(ours: &mut Ours, theirs: &Theirs, key: &SecretKey, mint: &str) -> Outcome<()> {
    let me = ours.key();
    for lock in [None, Some(me.as_str())] {
        let made = ours.ask_for(33, "Lunch", lock)?;
        let short = made.short.ok_or("there is no short form")?;
        let [long, short]: [PaymentRequest; 2] = [made.text.parse()?, short.parse()?];
        same("what cdk reads in both forms of our request", &long, &short)?;
        let read = (long.amount.map(|sat| sat.to_u64()), &long.unit, long.description.as_deref());
        same("amount, unit and description", read, (Some(33), &Some(CurrencyUnit::Sat), Some("Lunch")))?;
        let mints: Vec<String> = long.mints.iter().map(ToString::to_string).collect();
        same("mints", mints, vec![mint.to_owned()])?;
        same("lock", long.nut10.as_ref().map(|lock| lock.data.as_str()), lock)?;
        let token = theirs.pay_request(&long).await?;
        let before = ours.balance();
        ours.receive(&token)?;
        same("what arrives when cdk pays it", ours.balance() - before, 33)?;
    }

    let post = || Transport { _type: TransportType::HttpPost, target: "https://shop.example/pay".into(), tags: vec![] };
    for lock in [None, Some(SpendingConditions::new_p2pk(key.public_key(), None))] {
        let made = PaymentRequest::builder()
            .payment_id("order 7")
            .amount(50u64)
            .unit(CurrencyUnit::Sat)
            .add_mint(mint.parse()?)
            .description("Two coffees")
            .add_transport(post());
        let made = match lock {
            Some(lock) => made.nut10(lock.try_into()?),
            None => made,
        };
        let made = made.build();
        let [long, short]: [paygress::wallet::PaymentRequest; 2] =
            [made.to_string().parse()?, made.to_bech32_string()?.parse()?];
        same("what ours reads in both forms of cdk's request", &long, &short)?;
        let read = (long.id.as_deref(), long.amount.map(|sat| sat.get()), long.description.as_deref());
        same("id, amount and description", read, (Some("order 7"), Some(50), Some("Two coffees")))?;
        let way = long.transports.first().map(|way| (way.kind.as_str(), way.target.as_str()));
        same("transport", way, Some(("post", "https://shop.example/pay")))?;
        let theirs_key = made.nut10.map(|_| key.public_key().to_hex());
        same("lock", long.lock_key().map(|key| key.to_string()), theirs_key)?;
        let (id, payment) = ours.pay_request(&long)?;
        same("what arrives when ours pays it", theirs.receive_payment(&payment, key).await?, 50)?;
        ours.sees_taken(id)?;
    }
    Ok(())
}

fn secrets(coins: &Coins) -> Vec<&String> {
    coins.keys().collect()
}

fn keysets(coins: &Coins) -> Vec<&String> {
    let mut keysets: Vec<&String> = coins.values().map(|(_, keyset, _)| keyset).collect();
    keysets.sort();
    keysets.dedup();
    keysets
}

/// The coins that the other one has in the same amount.
fn shared<'a>(coins: &'a Coins, others: &Coins) -> Vec<(&'a String, &'a (u64, String, String))> {
    let same = |secret: &String, amount: u64| others.get(secret).is_some_and(|other| other.0 == amount);
    coins.iter().filter(|(secret, coin)| same(secret, coin.0)).collect()
}

/// Alike but for the input fee of so many swaps, a satoshi each.
fn near(what: &str, ours: u64, theirs: u64, swaps: u64) -> Outcome<()> {
    if ours.abs_diff(theirs) > swaps {
        return Err(format!("{what}: {ours} is not {theirs}, give or take {swaps}").into());
    }
    println!("  {what}: {ours} and {theirs} sat");
    Ok(())
}

fn same<T: PartialEq + Debug>(what: &str, ours: T, theirs: T) -> Outcome<()> {
    if ours != theirs {
        let clipped = |side: T| format!("{side:?}").chars().take(600).collect::<String>();
        return Err(format!("{what}: {} is not {}", clipped(ours), clipped(theirs)).into());
    }
    println!("  {what}");
    Ok(())
}
