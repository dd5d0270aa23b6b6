//! The book counted anew in a search: which coins that it calls spendable were spent elsewhere (NUT-07)? Those leave it.
//!
//! A book that comes from a file of the past is asked for once its keysets were looked at; the balance of any other one comes
//! first, and what is gone from it is a sign that the phrase is in use elsewhere.

use cashu::State;
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step};
use super::book::{Held, ProofState};
use super::exchange::check_body;
use super::machine::{Ask, Wallet};
use super::operation::Operation;
use super::restore::BATCH;
use crate::model::{Amount, Map, MintUrl, Unit};

/// Whether the mint is asked for what is in the book, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Book {
    #[default]
    Believed,
    /// It is of the past. Everything up to this Y was asked for.
    AskedUpTo(String),
    Asked,
}

/// A proof that the mint calls spent, though this wallet never sent it. The phrase gives its secret again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gone {
    y: String,
    pub(super) amount: u64,
    #[serde(default)]
    pub(super) unit: Unit,
}

impl Wallet {
    /// Asks which of the next coins in the book were spent, or ends with that.
    pub(super) fn ask_for_book(&mut self, now: u64, id: OperationId, mint: &MintUrl, last: &str, step: &mut Step) {
        let of_mint = self.proofs.iter().filter(|(_, held)| held.mint == *mint && held.state == ProofState::Spendable);
        let next: Vec<String> =
            of_mint.map(|(y, _)| y).filter(|y| y.as_str() > last).take(BATCH as usize).cloned().collect();
        if next.is_empty() {
            return self.caught_up(now, id, mint, step);
        }
        let body = check_body(next.iter());
        if let Some(restore) = self.ops.get_mut(&id).and_then(Operation::restore_mut) {
            restore.checked = next;
        }
        self.ask_for(id, mint, Method::Post, "/v1/checkstate".to_owned(), body, Ask::Restore(id), step);
    }

    pub(super) fn book_told(&mut self, now: u64, id: OperationId, states: &Map<String, State>) {
        let spent = states.iter().filter(|(_, state)| **state == State::Spent).map(|(y, _)| y.clone());
        let spent: Vec<String> = spent.filter(|y| self.is_spendable(y)).collect();
        let gone: Vec<Held> = spent.iter().filter_map(|y| self.drop_proof(y)).collect();
        let [sat, msat] = Unit::ALL.map(|unit| {
            let of_unit = gone.iter().filter(|held| self.unit_of(&held.mint, held.keyset) == unit);
            of_unit.fold(0u64, |sum, held| sum.saturating_add(held.amount))
        });
        self.go_further(now, id, |restore| {
            restore.gone = restore.gone.saturating_add(sat);
            restore.gone_msat = restore.gone_msat.saturating_add(msat);
            if let Some(last) = std::mem::take(&mut restore.checked).pop() {
                restore.book = Book::AskedUpTo(last);
            }
        });
    }

    pub(super) fn is_spendable(&self, y: &str) -> bool {
        self.proofs.get(y).is_some_and(|held| held.state == ProofState::Spendable)
    }

    /// What waited for this mint begins.
    pub(super) fn caught_up(&mut self, now: u64, id: OperationId, mint: &MintUrl, step: &mut Step) {
        self.go_further(now, id, |restore| {
            restore.checked.clear();
            restore.book = Book::Asked;
        });
        self.unpark(now, mint, step);
        self.pump(now, id, step);
    }

    /// The next part of the balance to ask for; nothing when all of it was asked for.
    pub(super) fn ask_balance(&mut self, id: OperationId, mint: &MintUrl) -> Option<String> {
        let after = self.ops.get(&id)?.restore().filter(|restore| restore.signed.is_empty())?.balance.clone()?;
        let ys = self.balance_after(mint, &after);
        let body = check_body(ys.iter()).filter(|_| !ys.is_empty());
        let restore = self.ops.get_mut(&id)?.restore_mut()?;
        if body.is_none() {
            restore.balance = None;
        } else {
            restore.asked_balance = ys;
        }
        body
    }

    /// What is spent though it is in the balance was spent elsewhere.
    pub(super) fn balance_told(
        &mut self,
        now: u64,
        id: OperationId,
        mint: &MintUrl,
        states: &Map<String, State>,
        step: &mut Step,
    ) {
        let spent = states.iter().filter(|(y, state)| **state == State::Spent && self.is_spendable(y));
        let spent: Vec<String> = spent.map(|(y, _)| y.clone()).collect();
        let mut gone = Vec::new();
        for y in spent {
            let Some(held) = self.drop_proof(&y) else { continue };
            gone.push(Gone { amount: held.amount, y, unit: self.unit_of(mint, held.keyset) });
        }
        let sums = Unit::ALL.map(|unit| {
            let of_unit = gone.iter().filter(|gone: &&Gone| gone.unit == unit);
            Amount::new(of_unit.fold(0u64, |sum, gone| sum.saturating_add(gone.amount)), unit)
        });
        for sum in sums.into_iter().filter(|sum| !sum.is_zero()) {
            self.note_elsewhere(now, mint, sum, step);
            self.change(id, |op| op.note(now, format!("{sum} of the balance were spent elsewhere and left it")));
        }
        self.go_further(now, id, |restore| {
            let asked = std::mem::take(&mut restore.asked_balance);
            restore.balance = restore.balance.take().and(asked.last().cloned());
            restore.elsewhere.extend(gone);
        });
    }
}
