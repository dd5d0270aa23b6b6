//! What is told of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

use paygress::wallet::{OperationId, Wallet};

use crate::wallet_world::{Running, SEED, World};

/// Cases by what they have in common.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(&'static str, Row)>,
}

#[derive(Default)]
struct Row {
    cases: u64,
    injected: u64,
    conserved: u64,
    ends: BTreeMap<String, u64>,
}

/// The operations that ended before a case began.
pub(crate) struct Before(BTreeSet<OperationId>);

impl Before {
    pub(crate) fn of(prepared: &World) -> Self {
        let wallet = Wallet::open(SEED, &prepared.store).expect("the wallet wrote this store");
        Self(wallet.view().operations.iter().filter(|op| !op.open).map(|op| op.id).collect())
    }

    /// Where the operations of a case stand.
    fn ends(&self, running: &Running) -> String {
        let view = running.view();
        let ours = view.operations.iter().filter(|op| !self.0.contains(&op.id));
        let states: BTreeSet<String> =
            ours.map(|op| format!("{} {}", format!("{:?}", op.kind).to_lowercase(), op.state)).collect();
        match states.is_empty() {
            true => "no operation".to_owned(),
            false => states.into_iter().collect::<Vec<_>>().join(" + "),
        }
    }
}

impl Table {
    /// Counts a case whose books agree: without a fault in it, it is none.
    pub(crate) fn count(&mut self, name: &'static str, before: &Before, conserved: &Running) {
        let injected = conserved.world.injected;
        if injected == 0 {
            return;
        }
        let at = self.rows.iter().position(|(of, _)| *of == name).unwrap_or_else(|| {
            self.rows.push((name, Row::default()));
            self.rows.len() - 1
        });
        let row = &mut self.rows[at].1;
        row.cases += 1;
        row.injected += injected;
        row.conserved += 1;
        *row.ends.entry(before.ends(conserved)).or_default() += 1;
    }

    pub(crate) fn cases(&self) -> u64 {
        self.rows.iter().map(|(_, row)| row.cases).sum()
    }

    pub(crate) fn injected(&self) -> u64 {
        self.rows.iter().map(|(_, row)| row.injected).sum()
    }

    /// Prints it, not by `eprint`, which the test harness swallows; in one piece, since tests run side by side.
    pub(crate) fn tell(&self, title: &str) {
        let conserved: u64 = self.rows.iter().map(|(_, row)| row.conserved).sum();
        let (cases, injected) = (self.cases(), self.injected());
        let mut told =
            format!("\n{title}: {cases} cases, {injected} faults injected, money conserved in {conserved}\n");
        for (name, row) in &self.rows {
            let Row { cases, injected, conserved, ends } = row;
            writeln!(told, "  {name:<35} {cases:>5} cases {injected:>5} faults {conserved:>5} conserved")
                .expect("text grows");
            for (state, count) in ends {
                writeln!(told, "      {count:>5} ended: {state}").expect("text grows");
            }
        }
        std::io::stderr().write_all(told.as_bytes()).expect("standard error takes text");
    }
}
