//! A mint that nothing needs leaves the wallet.
//!
//! Its history stays, and so do its keysets, the counters of the phrase and the numbers of operations: added again, it
//! goes on behind all that was made there, and its keys are compared with those of before.

use super::api::Step;
use super::elsewhere::unknown;
use super::machine::Wallet;
use crate::error::{Error, ErrorCode};
use crate::model::MintUrl;

impl Wallet {
    /// Removes a mint that holds nothing and where nothing goes on.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`], [`ErrorCode::WrongState`] with what is there.
    pub fn remove_mint(&mut self, mint: &MintUrl) -> Result<Step, Error> {
        if !self.mints.contains_key(mint) {
            return Err(unknown(mint));
        }
        let against = |text: String| Err(Error::new(ErrorCode::WrongState, text));
        if self.holds_at(mint) {
            return against(format!("{mint} holds money of this wallet, or a token waits for it"));
        }
        if self.is_in_use_elsewhere(self.latest, mint) {
            return against(format!("these words were in use elsewhere at {mint}; remove it a week after that"));
        }
        let view = self.whole_view();
        let mut open = view.operations.iter().filter(|op| op.open);
        let open = open.find(|op| op.mint == *mint || op.to.as_ref() == Some(mint)).map(|op| op.id);
        let mut kept = view.only_here.iter().filter(|kept| kept.mint == *mint);
        if let Some(id) = open.or_else(|| Some(kept.next()?.op)) {
            return against(format!("operation {id} may still need {mint}"));
        }
        // A late answer would be taken for one to who adds it again.
        while let Some((&late, _)) = self.asks.iter().find(|(_, (ask, ..))| self.asked_mint(ask) == Some(mint)) {
            self.asks.remove(&late);
        }
        self.mints.remove(mint);
        self.mark_mint(mint);
        Ok(self.flush(Step::default()))
    }
}
