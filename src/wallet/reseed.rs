//! Another seed for a wallet that holds nothing.

use super::api::Step;
use super::machine::Wallet;
use super::operation::Operation;
use super::view::both;
use crate::error::{Error, ErrorCode};
use crate::model::{Msat, Sat, Unit};

impl Wallet {
    /// Goes over to another seed: its counters hold from now on. Mints and the history stay. A mint that becomes known later
    /// tells what the seed holds there before anything new is made.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] while anything of the present seed could be lost.
    pub fn replace_seed(&mut self, now: u64, seed: [u8; 64]) -> Result<Step, Error> {
        self.holds_nothing(now)?;
        self.change_seed(seed);
        self.forget_elsewhere();
        Ok(self.had_another_life(now))
    }

    /// The seed may have been used since this book was written.
    pub(crate) fn had_another_life(&mut self, now: u64) -> Step {
        self.count_from_now(now);
        self.flush(Step::default())
    }

    /// Refuses while anything of the present seed could be lost.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] with what that is.
    pub fn holds_nothing(&self, now: u64) -> Result<(), Error> {
        let against = |text: String| Err(Error::new(ErrorCode::WrongState, text));
        if !self.proofs.is_empty() {
            let [sat, msat] = Unit::ALL.map(|unit| {
                let at_mints = self.mints.keys().map(|mint| self.sum_of(mint, unit, |_| true));
                at_mints.fold(0u64, u64::saturating_add)
            });
            let held = both(Sat::new(sat), Msat::new(msat));
            return against(format!(
                "this wallet holds {held}, which only its present words can spend; send or spend that first"
            ));
        }
        if let Some((id, op)) = self.ops.iter().find(|(_, op)| op.busy()) {
            let text = format!("operation {id} at {} is not finished; wait until it is, or end it", op.mint);
            return against(text);
        }
        if self.ops.values().filter_map(Operation::issue).any(|issue| issue.may_be_paid_late(now)) {
            let text = "an invoice ended unpaid less than a day ago and its money may still come; wait for a day";
            return against(text.to_owned());
        }
        if let Some(id) = self.ops.keys().find(|id| self.is_issue_paid(**id)) {
            let text = format!("operation {id} was paid and its ecash not issued yet; wait until it is");
            return against(text);
        }
        Ok(())
    }
}
