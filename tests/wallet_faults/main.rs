//! Every operation, once for every point at which the program may die, once for everything that may happen to each of its
//! requests, and once for each of these with the death of the program right after. After each case all comes to rest and
//! the books of the wallet, the mint and the strangers agree.

#![cfg(not(target_arch = "wasm32"))]

mod scenarios;
mod strange;
mod table;
#[path = "../wallet_world/mod.rs"]
mod wallet_world;

use paygress_support::mint::{KeysetVersion, MintConfig};
use scenarios::{SCENARIOS, Scenario};
use table::{Before, Table};
use wallet_world::{Death, Fault, Running, TROUBLES, Trouble, World};

fn prepared(scenario: &Scenario, version: KeysetVersion, replays: bool) -> World {
    let mut world = World::with_two(MintConfig { keyset_version: version, orders: 12, ..MintConfig::default() });
    world.mint.replays = replays;
    let mut running = world.run();
    (scenario.prepare)(&mut running);
    let mut world = running.world;
    (world.commits, world.requests, world.injected) = (0, 0, 0);
    world.log.clear();
    world
}

fn play(scenario: &Scenario, prepared: &World, fault: Option<Fault>, then: Option<(Death, u64)>) -> Running {
    let mut world = prepared.clone();
    (world.fault, world.then) = (fault, then);
    let mut running = world.run();
    (scenario.play)(&mut running);
    running.close();
    running
}

/// Everything that may happen to each request.
fn troubles(calm: &Running) -> impl Iterator<Item = Fault> {
    let befalls = |(number, line): (u64, &String)| {
        let fitting = TROUBLES.into_iter().filter(|trouble| trouble.befalls(line));
        fitting.map(|trouble| Fault::Network(number, trouble)).collect::<Vec<_>>()
    };
    (1..).zip(&calm.world.log).flat_map(befalls)
}

/// A mint that refuses for another reason calls nothing pending.
fn may_miss(fault: Fault) -> bool {
    matches!(fault, Fault::Network(_, Trouble::PendingThenUnspent | Trouble::PendingThenSpent))
}

fn run_all(version: KeysetVersion, replays: bool) -> Table {
    let mut table = Table::default();
    for scenario in &SCENARIOS {
        let world = prepared(scenario, version, replays);
        let before = Before::of(&world);
        let calm = play(scenario, &world, None, None);
        let deaths = (1..=calm.world.commits)
            .flat_map(|n| [Fault::DiesBeforeCommit(n), Fault::DiesAfterCommit(n)])
            .chain((1..=calm.world.requests).map(Fault::DiesAfterRequest));
        for fault in deaths.chain(troubles(&calm)) {
            println!("{} {version:?} replays {replays}: {fault:?}", scenario.name);
            let after = play(scenario, &world, Some(fault), None);
            assert!(after.world.injected == 1 || may_miss(fault), "{}: {fault:?} did not happen", scenario.name);
            table.count(scenario.name, &before, &after);
        }
    }
    let mint = if replays { "that replays answers" } else { "that forgets answers" };
    table.tell(&format!("wallet faults, {version:?} keysets, a mint {mint}"));
    table
}

#[test]
fn no_crash_and_no_network_fault_loses_money_with_version_1_keysets() {
    let table = run_all(KeysetVersion::V1, false);
    assert!(table.cases() == table.injected() && table.cases() > 5000, "{} cases", table.cases());
}

#[test]
fn no_crash_and_no_network_fault_loses_money_with_version_2_keysets() {
    let table = run_all(KeysetVersion::V2, false);
    assert!(table.cases() == table.injected() && table.cases() > 5000, "{} cases", table.cases());
}

#[test]
fn no_crash_and_no_network_fault_loses_money_at_a_mint_that_replays_answers() {
    let table = run_all(KeysetVersion::V2, true);
    assert!(table.cases() == table.injected() && table.cases() > 5000, "{} cases", table.cases());
}

/// Up to which commit after a fault the program dies, each in a case of its own. `LATER=1000` takes every one, for hours.
fn commits_later() -> u64 {
    std::env::var("LATER").map_or(1, |later| later.parse().expect("LATER is a number of commits"))
}

fn troubles_and_death(death: Death) {
    let mut table = Table::default();
    for scenario in &SCENARIOS {
        let world = prepared(scenario, KeysetVersion::V2, false);
        let before = Before::of(&world);
        let calm = play(scenario, &world, None, None);
        for fault in troubles(&calm) {
            for later in 1..=commits_later() {
                println!("{}: {fault:?}, then {death:?} {later}", scenario.name);
                let after = play(scenario, &world, Some(fault), Some((death, later)));
                if after.world.injected < 2 {
                    break;
                }
                table.count(scenario.name, &before, &after);
            }
        }
    }
    table.tell(&format!("wallet faults, then a crash ({death:?}), V2 keysets, a mint that forgets answers"));
    assert!(table.injected() == 2 * table.cases() && table.cases() > 2500, "{} cases", table.cases());
}

#[test]
fn no_network_fault_that_a_crash_before_a_commit_follows_loses_money() {
    troubles_and_death(Death::BeforeCommit);
}

#[test]
fn no_network_fault_that_a_crash_after_a_commit_follows_loses_money() {
    troubles_and_death(Death::AfterCommit);
}

#[test]
fn what_a_mint_calls_pending_for_long_is_waited_for() {
    let mut table = Table::default();
    for scenario in &SCENARIOS {
        let mut world = prepared(scenario, KeysetVersion::V2, false);
        world.pending_requests = 16;
        let before = Before::of(&world);
        let calm = play(scenario, &world, None, None);
        for fault in troubles(&calm).filter(|fault| may_miss(*fault)) {
            println!("{}: {fault:?}", scenario.name);
            table.count(scenario.name, &before, &play(scenario, &world, Some(fault), None));
        }
    }
    table.tell("swaps and issues that the mint calls pending for long");
    assert!(table.cases() == table.injected() && table.cases() > 50, "{} cases", table.cases());
}
