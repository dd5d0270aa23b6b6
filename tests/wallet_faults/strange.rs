//! A mint that answers as no mint should, once in every request of every operation. What was wished for need not come
//! true then; but all comes to rest, and the books agree.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use paygress_support::mint::KeysetVersion;

use crate::prepared;
use crate::scenarios::{SCENARIOS, Scenario};
use crate::wallet_world::{Fault, Strange, Trouble, World};

/// The codes of the specification, none, and one that nobody knows.
const CODES: [u32; 41] = [
    0, 10000, 10001, 11000, 11001, 11002, 11003, 11004, 11005, 11006, 11007, 11008, 11009, 11010, 11011, 11012, 11013,
    11014, 11015, 11016, 11017, 12000, 12001, 12002, 12003, 20000, 20001, 20002, 20003, 20004, 20005, 20006, 20007,
    20008, 20009, 30001, 30002, 31001, 31002, 31003, 99999,
];
/// For questions, of which none moves money.
const FEW: [u32; 4] = [0, 11001, 12001, 20005];
const AFTERWARDS: [u32; 6] = [11001, 11002, 11003, 12002, 20002, 20006];
const CHANGED: [Strange; 5] =
    [Strange::AmountsUp, Strange::AmountsDoubled, Strange::WithoutDleq, Strange::WrongDleq, Strange::NewKeyset];

thread_local! {
    /// Where an expectation of a scenario failed, while that is no failure of the test.
    static FAILED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Lets expectations of scenarios fail without noise; whatever else panics is heard of.
fn listen_to_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if QUIET.get() {
            let file = info.location().map(|location| location.file().to_owned());
            FAILED_AT.with(|at| *at.borrow_mut() = file);
        } else {
            default(info);
        }
    }));
}

/// Whether what was wished for came true.
fn survive(scenario: &Scenario, prepared: &World, fault: Fault) -> bool {
    let mut world = prepared.clone();
    world.fault = Some(fault);
    let mut running = world.run();
    QUIET.set(true);
    let played = catch_unwind(AssertUnwindSafe(|| (scenario.play)(&mut running)));
    QUIET.set(false);
    if let Err(panic) = played.as_ref().map_err(|_| ())
        && FAILED_AT.with(|at| at.borrow().as_ref().is_none_or(|file| !file.contains("wallet_faults")))
    {
        let () = panic;
        println!("{}: {fault:?} broke the wallet at {:?}", scenario.name, FAILED_AT.with(|at| at.borrow().clone()));
        resume_unwind(played.expect_err("looked at above"));
    }
    assert_eq!(running.world.injected, 1, "{}: {fault:?} did not happen", scenario.name);
    let arrives = running.world.arrives;
    running.world.mint.settle_payments(arrives);
    running.world.lightning();
    running.close();
    played.is_ok()
}

fn name(strange: Strange) -> &'static str {
    match strange {
        Strange::Refuses(_) => "refuses, did nothing",
        Strange::RefusesAfterwards(_) => "refuses what it did",
        Strange::AmountsUp => "amounts off by one",
        Strange::AmountsDoubled => "amounts doubled",
        Strange::WithoutDleq => "DLEQ proofs missing",
        Strange::WrongDleq => "DLEQ proofs wrong",
        Strange::NewKeyset => "keyset changed",
    }
}

#[test]
fn no_strange_answer_loses_money() {
    listen_to_panics();
    let mut table: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut cases = 0;
    for scenario in &SCENARIOS {
        let world = prepared(scenario, KeysetVersion::V2, false);
        let before = world.log.len();
        let calm = crate::play(scenario, &world, None);
        for (line, number) in calm.log[before..].iter().zip(1..) {
            let moves_money = line.starts_with("POST") && !line.contains("/checkstate") && !line.contains("/restore");
            let codes = if moves_money { &CODES[..] } else { &FEW[..] };
            let refusals = codes.iter().map(|code| Strange::Refuses(*code));
            let afterwards = AFTERWARDS.iter().filter(|_| moves_money).map(|code| Strange::RefusesAfterwards(*code));
            for strange in refusals.chain(afterwards).chain(CHANGED) {
                println!("{}: request {number}, {line}: {strange:?}", scenario.name);
                let wished = survive(scenario, &world, Fault::Network(number, Trouble::Strange(strange)));
                let row = table.entry(name(strange)).or_default();
                if wished {
                    row.0 += 1;
                } else {
                    row.1 += 1;
                }
                cases += 1;
            }
        }
    }
    let mut told = format!("\nstrange answers: {cases} cases, money conserved in each\n");
    for (name, (wished, otherwise)) in &table {
        writeln!(told, "  {name:<22} {wished:>5} ended as wished, {otherwise:>4} otherwise").expect("text grows");
    }
    // Not by `eprint`, which the test harness swallows; in one piece, since tests run side by side.
    std::io::stderr().write_all(told.as_bytes()).expect("standard error takes text");
    assert!(cases > 2500, "{cases} cases");
}
