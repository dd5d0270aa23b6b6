//! Every operation, once for every point at which the program may die and once for everything that may happen to each
//! of its requests. After each case all comes to rest and the books of the wallet, the mint and the strangers agree.

#![cfg(not(target_arch = "wasm32"))]

mod scenarios;
mod strange;
#[path = "../wallet_world/mod.rs"]
mod wallet_world;

use std::fmt::Write as _;
use std::io::Write as _;

use paygress_support::mint::{KeysetVersion, MintConfig};
use scenarios::{SCENARIOS, Scenario};
use wallet_world::{Fault, TROUBLES, World};

fn prepared(scenario: &Scenario, version: KeysetVersion, replays: bool) -> World {
    let mut world = World::with_two(MintConfig { keyset_version: version, orders: 12, ..MintConfig::default() });
    world.mint.replays = replays;
    let mut running = world.run();
    (scenario.prepare)(&mut running);
    let mut world = running.world;
    (world.commits, world.requests, world.injected) = (0, 0, 0);
    world
}

fn play(scenario: &Scenario, prepared: &World, fault: Option<Fault>) -> World {
    let mut world = prepared.clone();
    world.fault = fault;
    let mut running = world.run();
    (scenario.play)(&mut running);
    running.close();
    running.world
}

fn run_all(version: KeysetVersion, replays: bool) -> (u64, u64) {
    let (mut cases, mut injected) = (0, 0);
    let mut told = String::new();
    for scenario in &SCENARIOS {
        let world = prepared(scenario, version, replays);
        let calm = play(scenario, &world, None);
        let deaths = (1..=calm.commits)
            .flat_map(|n| [Fault::DiesBeforeCommit(n), Fault::DiesAfterCommit(n)])
            .chain((1..=calm.requests).map(Fault::DiesAfterRequest));
        let troubles = (1..=calm.requests).flat_map(|n| TROUBLES.map(|trouble| Fault::Network(n, trouble)));
        let before = cases;
        for fault in deaths.chain(troubles) {
            println!("{} {version:?} replays {replays}: {fault:?}", scenario.name);
            let after = play(scenario, &world, Some(fault));
            assert_eq!(after.injected, 1, "{}: {fault:?} did not happen", scenario.name);
            cases += 1;
            injected += after.injected;
        }
        let (commits, requests) = (calm.commits, calm.requests);
        writeln!(
            told,
            "  {:<35} {commits:>3} commits {requests:>3} requests: {:>4} cases",
            scenario.name,
            cases - before
        )
        .expect("text grows");
    }
    let mint = if replays { "that replays answers" } else { "that forgets answers" };
    // Not by `eprint`, which the test harness swallows; in one piece, since tests run side by side.
    let told = format!(
        "\nwallet faults, {version:?} keysets, a mint {mint}: {cases} cases, {injected} faults injected\n{told}"
    );
    std::io::stderr().write_all(told.as_bytes()).expect("standard error takes text");
    (cases, injected)
}

#[test]
fn no_crash_and_no_network_fault_loses_money_with_version_1_keysets() {
    let (cases, injected) = run_all(KeysetVersion::V1, false);
    assert!(cases == injected && cases > 300, "{cases} cases");
}

#[test]
fn no_crash_and_no_network_fault_loses_money_with_version_2_keysets() {
    let (cases, injected) = run_all(KeysetVersion::V2, false);
    assert!(cases == injected && cases > 300, "{cases} cases");
}

#[test]
fn no_crash_and_no_network_fault_loses_money_at_a_mint_that_replays_answers() {
    let (cases, injected) = run_all(KeysetVersion::V2, true);
    assert!(cases == injected && cases > 300, "{cases} cases");
}
