//! Every operation × every crash point × every network fault: the money is somewhere, exactly once.
//!
//! A story runs once untouched, to count its commits, requests and sends; then once more for every fault at every one of
//! them. After each run the world goes on until everything is settled, and the books must hold.

use std::fmt::Write as _;
use std::io::Write as _;

use paygress::model::Sat;
use paygress::wallet::OperationKind;
use paygress_support::provider::Lie;

use super::deliver::{by_nostr, by_post, delivery, operation, pay, unwrap};
use super::faults::{Fault, OnCommit, OnFetch, OnSend};
use super::world::{MINT, World};

struct Story {
    name: &'static str,
    act: fn(&mut World),
    /// What must hold in the end, whatever went wrong.
    end: fn(&World) -> Result<(), String>,
}

const STORIES: &[Story] = &[
    Story { name: "issue", act: issue, end: settled },
    Story { name: "receive", act: receive, end: settled },
    Story { name: "send", act: send, end: settled },
    Story { name: "send and reclaim", act: send_and_reclaim, end: settled },
    Story { name: "sweep", act: sweep, end: swept },
    Story { name: "pay a request over HTTP", act: pay_by_post, end: paid },
    Story { name: "pay a request, refused", act: pay_refused, end: taken_back },
    Story { name: "pay a request over Nostr", act: pay_by_nostr, end: paid },
    Story { name: "rent", act: rent, end: rented_or_returned },
    Story { name: "rent, provider deaf", act: rent_deaf, end: returned },
    Story { name: "rent, provider mute", act: rent_mute, end: rented_or_returned },
    Story { name: "rent, provider slow", act: rent_slow, end: rented_or_returned },
    Story { name: "rent, refused", act: rent_refused, end: returned },
    Story { name: "rent, burnt", act: rent_burnt, end: lost_or_returned },
    Story { name: "rent, handled twice", act: rent_twice, end: rented_or_returned },
];

#[test]
fn money_is_conserved_whatever_breaks_wherever() {
    let (mut cases, mut injected) = (0, 0);
    let mut told = String::new();
    for story in STORIES {
        let quiet = run(story, None);
        let (commits, fetches, sends) = (quiet.faults.commits, quiet.faults.fetches, quiet.faults.sends);
        assert!(commits > 0 && fetches > 0, "{} does something", story.name);
        let mut faults = Vec::new();
        for at in 0..commits {
            faults.extend([OnCommit::CrashBefore, OnCommit::CrashAfter].map(|what| Fault::Commit(what, at)));
        }
        for at in 0..fetches {
            faults.extend(OnFetch::ALL.map(|what| Fault::Fetch(what, at)));
        }
        for at in 0..sends {
            faults.extend([OnSend::CrashAfter, OnSend::Lost, OnSend::Doubled].map(|what| Fault::Send(what, at)));
        }
        for fault in &faults {
            injected += run(story, Some(*fault)).faults.injected;
        }
        cases += faults.len() + 1;
        writeln!(
            told,
            "  {:<24} {commits:>3} commits {fetches:>3} requests {sends:>3} sends: {:>4} cases",
            story.name,
            faults.len() + 1
        )
        .expect("text grows");
    }
    // Not by `eprint`, which the test harness swallows.
    let told = format!("\nclient matrix: {cases} cases, {injected} faults injected\n{told}");
    std::io::stderr().write_all(told.as_bytes()).expect("standard error takes text");
    assert_eq!(injected, cases - STORIES.len(), "every fault but the quiet runs' really struck");
}

#[test]
fn money_is_conserved_in_a_sealed_store_wherever_it_crashes() {
    for story in STORIES.iter().filter(|story| ["send and reclaim", "rent"].contains(&story.name)) {
        let commits = run_in(sealed(), story, None).faults.commits;
        for at in 0..commits {
            for what in [OnCommit::CrashBefore, OnCommit::CrashAfter] {
                assert_eq!(run_in(sealed(), story, Some(Fault::Commit(what, at))).faults.injected, 1);
            }
        }
    }
}

fn sealed() -> World {
    let mut world = World::with_money(1000);
    super::vault::seal(&mut world);
    world
}

fn run(story: &Story, fault: Option<Fault>) -> World {
    run_in(World::with_money(1000), story, fault)
}

fn run_in(mut world: World, story: &Story, fault: Option<Fault>) -> World {
    world.faults.arm(fault);
    (story.act)(&mut world);
    let name = format!("{} with {fault:?}", story.name);
    for _ in 0..60 {
        world.run(60);
        world.check_books(&name);
    }
    if let Err(wrong) = (story.end)(&world) {
        panic!("{name}: {wrong}\n{:#?}\n{:#?}", world.client.leases(world.now), world.client.wallet());
    }
    world
}

fn try_act(
    world: &mut World,
    intent: impl FnOnce(&mut paygress::client::Client, u64) -> Result<Vec<paygress::client::Effect>, paygress::Error>,
) {
    world.act(|client, now| intent(client, now).map(|effects| ((), effects)));
}

fn issue(world: &mut World) {
    world.act(|client, now| client.issue(now, MINT, Sat::new(77)));
}

fn receive(world: &mut World) {
    let token = world.mint.gift(&[64, 8, 4]);
    world.act(|client, now| client.receive(now, &token));
    // A crash before it was written down leaves the token where it came from; the person pastes it again.
    if world.client.wallet().wallet.operations.iter().all(|op| op.kind != OperationKind::Receive) {
        world.act(|client, now| client.receive(now, &token));
    }
}

fn send(world: &mut World) {
    world.act(|client, now| client.send(now, MINT, Sat::new(100)));
}

fn send_and_reclaim(world: &mut World) {
    let id = world.act(|client, now| client.send(now, MINT, Sat::new(100)));
    world.run(120);
    // A crash may have come before the send was written down: then there is nothing to take back.
    if world.client.token(&id).is_some() {
        try_act(world, |client, now| client.reclaim(now, &id));
    }
}

/// The words of another wallet are entered as often as the search was lost with the program.
fn sweep(world: &mut World) {
    const WORDS: &str = "leader monkey parrot ring guide accident before fence cannon height naive bean";
    world.others_hold(WORDS, 300);
    for _ in 0..3 {
        try_act(world, |client, now| client.look_into_phrase(now, WORDS, &[]));
        world.run(120);
        let scout = world.client.wallet().scout;
        // A mint that told garbage of itself is asked once more.
        if let Some(scout) = scout.filter(|scout| scout.done && !scout.arrives.is_zero()) {
            world.elsewhere = 0;
            try_act(world, |client, now| client.sweep(now, scout.arrives));
            let begun = |world: &World| {
                world.client.wallet().wallet.operations.iter().any(|op| op.kind == OperationKind::Receive)
            };
            if begun(world) {
                return;
            }
            world.elsewhere = 300;
        }
    }
    panic!("the money of the other phrase is never taken in");
}

fn swept(world: &World) -> Result<(), String> {
    settled(world)?;
    let total = world.spendable();
    if total > 1295 { Ok(()) } else { Err(format!("only {total} sat are here")) }
}

/// Pays, and sends it again while nobody says that it arrived. The operation, if it was written down.
fn deliver(world: &mut World, request: &str) -> Option<String> {
    let id = pay(world, request);
    world.run(600);
    if world.client.wallet().wallet.operations.iter().all(|op| op.id.to_string() != id) {
        return None;
    }
    for _ in 0..2 {
        if delivery(world, &id).can_repeat {
            try_act(world, |client, now| client.deliver_again(now, &id));
            world.run(120);
        }
    }
    Some(id)
}

fn pay_by_post(world: &mut World) {
    let Some(id) = deliver(world, &by_post()) else { return };
    assert!(world.shop.bodies.iter().all(|body| *body == world.shop.bodies[0]), "one payment, however often it came");
    world.shop_redeems(0);
    see_spent(world, &id);
}

/// Until then the wallet counts as handed out what its receiver has.
fn see_spent(world: &mut World, id: &str) {
    for _ in 0..30 {
        if operation(world, id).state == "spent" {
            return;
        }
        world.run(120);
    }
    panic!("the payment is never seen taken");
}

fn pay_refused(world: &mut World) {
    world.shop.status = 400;
    let Some(id) = deliver(world, &by_post()) else { return };
    // A crash may have come before the wish was written down.
    for _ in 0..2 {
        if operation(world, &id).state == "handed-out" {
            try_act(world, |client, now| client.reclaim(now, &id));
            world.run(600);
        }
    }
}

fn pay_by_nostr(world: &mut World) {
    let Some(id) = deliver(world, &by_nostr(&[])) else { return };
    let wraps: Vec<String> = world.relays.iter().flat_map(|relay| relay.wraps()).collect();
    assert!(wraps.iter().all(|wrap| *wrap == wraps[0]), "one payment, however often it came");
    let payment = unwrap(world, &wraps[0]);
    world.redeem(payment["proofs"].as_array().expect("proofs"));
    see_spent(world, &id);
}

/// The one payment that was begun, if it was written down.
fn payment(world: &World) -> Option<(String, &'static str)> {
    let operations = world.client.wallet().wallet.operations;
    let sent = operations.iter().find(|op| op.kind == OperationKind::Send)?;
    let id = sent.id.to_string();
    Some((operation(world, &id).state, delivery(world, &id).state))
}

fn paid(world: &World) -> Result<(), String> {
    settled(world)?;
    match payment(world) {
        None if world.spendable() == 1000 && world.shop.bodies.is_empty() => Ok(()),
        Some((state, "over")) if state == "spent" && world.shop.arrived >= 100 => Ok(()),
        other => Err(format!("{other:?}, and {} sat arrived", world.shop.arrived)),
    }
}

fn taken_back(world: &World) -> Result<(), String> {
    settled(world)?;
    match payment(world) {
        None if world.spendable() == 1000 && world.shop.bodies.is_empty() => Ok(()),
        Some((state, "over")) if state == "reclaimed" && world.spendable() + world.mint.fees() == 1000 => Ok(()),
        other => Err(format!("{other:?}, and {} sat are here", world.spendable())),
    }
}

fn rent(world: &mut World) {
    world.rent(7200);
}

fn rent_deaf(world: &mut World) {
    world.provider.switch(|switches| switches.deaf = true);
    world.rent(3600);
}

fn rent_mute(world: &mut World) {
    world.provider.switch(|switches| switches.mute = true);
    world.rent(7200);
    world.run(200);
    world.provider.switch(|switches| switches.mute = false);
}

/// Slower than a restarted client waits before it sends the request once more.
fn rent_slow(world: &mut World) {
    world.provider.switch(|switches| switches.delay_secs = 40);
    world.rent(7200);
    world.run(200);
}

fn rent_refused(world: &mut World) {
    world.provider.switch(|switches| {
        switches.lie = Lie { error_type: Some("non_whitelisted_mint".to_owned()), ..Lie::default() };
    });
    world.rent(3600);
}

fn rent_burnt(world: &mut World) {
    world.provider.switch(|switches| switches.lie = Lie { backend_fails: true, ..Lie::default() });
    world.rent(3600);
}

fn rent_twice(world: &mut World) {
    world.provider.switch(|switches| switches.lie = Lie { handle_twice: true, ..Lie::default() });
    world.rent(7200);
}

fn settled(world: &World) -> Result<(), String> {
    let reserved: u64 = world.client.wallet().wallet.mints.iter().map(|mint| mint.reserved.get()).sum();
    if reserved == 0 { Ok(()) } else { Err(format!("{reserved} sat are still reserved")) }
}

fn end_in(world: &World, states: &[&str]) -> Result<(), String> {
    settled(world)?;
    match world.client.leases(world.now).leases.first() {
        // The crash came before anything was written down: nothing was ordered.
        None if world.spendable() == 1000 => Ok(()),
        None => Err("there is no lease, but money is missing".to_owned()),
        Some(lease) if states.contains(&lease.state) => Ok(()),
        Some(lease) => Err(format!("the lease ended as {}", lease.state)),
    }
}

fn rented_or_returned(world: &World) -> Result<(), String> {
    end_in(world, &["running", "returned"])?;
    let running = world.client.leases(world.now).leases.iter().filter(|lease| lease.state == "running").count();
    match (running, world.provider.leases().count()) {
        (1, 1) | (0, 0) => Ok(()),
        (ours, theirs) => Err(format!("{ours} leases run here, {theirs} there")),
    }
}

fn returned(world: &World) -> Result<(), String> {
    end_in(world, &["returned"])
}

fn lost_or_returned(world: &World) -> Result<(), String> {
    end_in(world, &["lost", "returned"])
}
