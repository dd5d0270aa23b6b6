//! A passphrase for what is stored: set, changed, removed, each in one commit.

use super::effect::{Turn, View};
use super::{Client, Effect};
use crate::error::{Error, ErrorCode};
use crate::vault::{PassKey, Recipe, Vault};

const SHORTEST_LOCK_SECS: u32 = 60;
const USUAL_LOCK_SECS: u32 = 900;
const LONGEST_LOCK_SECS: u32 = 86_400;

impl Client {
    /// The text that tells how a key is made from the passphrase of this store ([`Recipe::read`] takes it); none without a
    /// passphrase.
    #[must_use]
    pub fn seal(&self) -> Option<&str> {
        self.stored.seal()
    }

    /// Seals everything under a passphrase that there was none before, or changes the one there is. `key` is what `recipe`
    /// makes of the new passphrase, `present` what the seal makes of the present one.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`] when there is one and `present` is not its key, [`ErrorCode::Store`].
    pub fn set_passphrase(
        &mut self,
        now: u64,
        present: Option<&PassKey>,
        recipe: &Recipe,
        key: &PassKey,
    ) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let mut turn = Turn::default();
        turn.written = if self.stored.seal().is_some() {
            self.authorise(present)?;
            self.stored.reseal(|vault| vault.seal(recipe, key, &mut self.rng))
        } else {
            let vault = Vault::new(&mut self.rng);
            let seal = vault.seal(recipe, key, &mut self.rng);
            let plain = self.stored.plain()?;
            self.settings.lock_after_secs = Some(USUAL_LOCK_SECS);
            self.settings.save(&mut turn);
            self.stored.rewrite(plain, Some((vault, seal)), &mut self.rng)
        };
        turn.changed.insert(View::Settings);
        Ok(self.finish(now, turn))
    }

    /// Stores everything in plain again.
    ///
    /// # Errors
    /// As [`Client::set_passphrase`].
    pub fn remove_passphrase(&mut self, now: u64, present: &PassKey) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        if self.stored.seal().is_none() {
            return Ok(Vec::new());
        }
        self.authorise(Some(present))?;
        let plain = self.stored.plain()?;
        let mut turn = Turn { written: self.stored.rewrite(plain, None, &mut self.rng), ..Turn::default() };
        turn.changed.insert(View::Settings);
        Ok(self.finish(now, turn))
    }

    /// Chooses after how long without anybody touching it the page is locked, or that it never is.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for less than a minute and more than a day, [`ErrorCode::Store`].
    pub fn set_lock_after(&mut self, now: u64, secs: Option<u32>) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        if secs.is_some_and(|secs| !(SHORTEST_LOCK_SECS..=LONGEST_LOCK_SECS).contains(&secs)) {
            return Err(Error::new(ErrorCode::InvalidInput, "the page is locked after a minute to a day, or never"));
        }
        let mut turn = Turn::default();
        self.settings.lock_after_secs = secs;
        self.settings.save(&mut turn);
        turn.changed.insert(View::Settings);
        Ok(self.finish(now, turn))
    }

    /// Something goes on that needs the keys: an operation, a lease, a token that comes back by itself, a commit.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.outbox.is_waiting() || self.wallet.is_busy() || self.leases.values().any(|lease| lease.is_open())
    }

    fn authorise(&self, present: Option<&PassKey>) -> Result<(), Error> {
        let missing =
            || Error::new(ErrorCode::WrongPassphrase, "the present passphrase is needed for that; enter it, too");
        self.stored.check(present.ok_or_else(missing)?)
    }
}
