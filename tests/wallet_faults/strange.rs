//! A mint that answers as no mint should, once in every request of every operation. What was wished for need not come
//! true then; but all comes to rest, and the books agree.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;

use paygress_support::mint::KeysetVersion;

use crate::scenarios::{SCENARIOS, Scenario};
use crate::table::{Before, Table};
use crate::wallet_world::{Death, Fault, Running, Strange, Trouble, World};
use crate::{commits_later, prepared};

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
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if QUIET.get() {
                let file = info.location().map(|location| location.file().to_owned());
                FAILED_AT.with(|at| *at.borrow_mut() = file);
            } else {
                default(info);
            }
        }));
    });
}

/// Plays it to its end, whether or not what was wished for comes true.
fn survive(scenario: &Scenario, prepared: &World, fault: Fault, then: Option<(Death, u64)>) -> Running {
    let mut world = prepared.clone();
    (world.fault, world.then) = (Some(fault), then);
    let mut running = world.run();
    QUIET.set(true);
    let played = catch_unwind(AssertUnwindSafe(|| (scenario.play)(&mut running)));
    QUIET.set(false);
    if let Err(panic) = played
        && FAILED_AT.with(|at| at.borrow().as_ref().is_none_or(|file| !file.contains("wallet_faults")))
    {
        println!("{}: {fault:?} broke the wallet at {:?}", scenario.name, FAILED_AT.with(|at| at.borrow().clone()));
        resume_unwind(panic);
    }
    let arrives = running.world.arrives;
    running.world.mint.settle_payments(arrives);
    running.world.lightning();
    running.close();
    running
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

/// What may be answered to a request.
fn strange_answers(line: &str) -> impl Iterator<Item = Strange> {
    let moves_money = line.starts_with("POST") && !line.contains("/checkstate") && !line.contains("/restore");
    let codes = if moves_money { &CODES[..] } else { &FEW[..] };
    let refusals = codes.iter().map(|code| Strange::Refuses(*code));
    let afterwards = AFTERWARDS.iter().filter(move |_| moves_money).map(|code| Strange::RefusesAfterwards(*code));
    refusals.chain(afterwards).chain(CHANGED)
}

/// Counts the cases by what the mint did and by what the user did.
fn run_all(death: Option<Death>) -> (Table, Table) {
    listen_to_panics();
    let (mut by_answer, mut by_scenario) = (Table::default(), Table::default());
    for scenario in &SCENARIOS {
        let world = prepared(scenario, KeysetVersion::V2, false);
        let before = Before::of(&world);
        let calm = crate::play(scenario, &world, None, None);
        for (line, number) in calm.world.log.iter().zip(1..) {
            for strange in strange_answers(line) {
                for later in 1..=death.map_or(1, |_| commits_later()) {
                    println!("{}: request {number}, {line}: {strange:?}, then {death:?} {later}", scenario.name);
                    let then = death.map(|death| (death, later));
                    let after = survive(scenario, &world, Fault::Network(number, Trouble::Strange(strange)), then);
                    assert!(after.world.injected > 0, "{}: {strange:?} did not happen", scenario.name);
                    if after.world.injected < 1 + u64::from(death.is_some()) {
                        break;
                    }
                    by_answer.count(name(strange), &before, &after);
                    by_scenario.count(scenario.name, &before, &after);
                }
            }
        }
    }
    (by_answer, by_scenario)
}

#[test]
fn no_strange_answer_loses_money() {
    let (by_answer, by_scenario) = run_all(None);
    by_answer.tell("strange answers, by what the mint did");
    by_scenario.tell("strange answers, by what the user did");
    assert!(by_scenario.cases() == by_scenario.injected() && by_scenario.cases() > 5000, "{}", by_scenario.cases());
}

fn answers_and_death(death: Death) {
    let (by_answer, by_scenario) = run_all(Some(death));
    by_answer.tell(&format!("strange answers, then a crash ({death:?}), by what the mint did"));
    by_scenario.tell(&format!("strange answers, then a crash ({death:?}), by what the user did"));
    let (cases, injected) = (by_scenario.cases(), by_scenario.injected());
    assert!(injected == 2 * cases && cases > 4000, "{cases} cases");
}

#[test]
fn no_strange_answer_that_a_crash_before_a_commit_follows_loses_money() {
    answers_and_death(Death::BeforeCommit);
}

#[test]
fn no_strange_answer_that_a_crash_after_a_commit_follows_loses_money() {
    answers_and_death(Death::AfterCommit);
}
