//! A phrase of the past comes into this store, and its ecash is looked for (DESIGN §7.3).

use super::effect::Turn;
use super::settings::Account;
use super::{Client, Effect, View};
use crate::error::{Error, ErrorCode};
use crate::keys::Phrase;
use crate::model::MintUrl;

impl Client {
    /// Replaces the phrase of this store by one that was written down, and looks for its ecash at every known mint and at
    /// those that its list of mints on the relays names, and at every other one once it is added. The phrase this store has already changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`]; [`ErrorCode::WrongState`] while the store has money, an open operation or a lease
    /// of its present phrase, which would be lost; [`ErrorCode::Store`].
    pub fn restore_phrase(&mut self, now: u64, words: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let phrase = Phrase::parse(words)?;
        if phrase == self.account.phrase {
            return Ok(Vec::new());
        }
        if !self.leases.is_empty() {
            let text = "workloads were rented with the present words, and only they can reach them; \
                        use another browser profile for the other words";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let step = self.wallet.replace_seed(now, *phrase.seed().expose())?;
        let next_lease = first_account(now).max(self.account.next_lease);
        self.account = Account { phrase, phrase_saved: true, next_lease };
        self.secrets.clear();
        let mut turn = Turn::default();
        self.account.save(&mut turn);
        self.take(now, &mut turn, step);
        self.mint_list.restored(&mut turn);
        turn.changed.extend([View::Settings, View::Wallet]);
        let mints: Vec<MintUrl> = self.wallet.mints().cloned().collect();
        for mint in mints {
            let (_, step) = self.wallet.catch_up(now, mint);
            self.take(now, &mut turn, step);
        }
        Ok(self.finish(now, turn))
    }

    /// Looks for ecash of the phrase at a mint, which is added if it is unknown.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidMintUrl`], [`ErrorCode::Store`].
    pub fn restore(&mut self, now: u64, mint: &str) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (operation, step) = self.wallet.restore(now, mint.trim().parse()?)?;
        Ok((operation.to_string(), self.step(now, step)))
    }
}

/// Where the lease accounts of a phrase begin that had a life before. Which accounts that life used cannot be known yet,
/// and one that is used twice would join two leases to one key, with the same password and workload id. A life counts
/// on by one for every lease, so a start that grows by one every two seconds is past all of them.
pub(super) fn first_account(now: u64) -> u32 {
    const MOST: u32 = (1 << 31) - (1 << 20);
    u32::try_from(now / 2).unwrap_or(MOST).clamp(1 << 20, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_life_of_a_phrase_begins_past_the_leases_of_the_earlier_ones() {
        let (first, day) = (1_800_000_000, 86_400);
        assert!(first_account(first) > 1_000_000, "past a life that counted from 1");
        assert_eq!(first_account(first + day) - first_account(first), 43_200);
        assert!(first_account(u64::MAX) < (1 << 31) - 1_000_000, "accounts are left");
    }
}
