//! The whole wallet as a file, and a file as the whole wallet.

use std::collections::BTreeMap;

use rand::Rng;

use super::effect::Turn;
use super::restore::first_account;
use super::settings::ACCOUNT;
use super::{Client, Effect};
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, RecordChange};
use crate::vault::{PassKey, Recipe, WalletFile};

impl Client {
    /// Everything that is stored, as the text of a file that only its own passphrase opens. `key` is what `recipe` makes of
    /// that.
    ///
    /// # Errors
    /// [`ErrorCode::Store`].
    pub fn save_file(&mut self, recipe: &Recipe, key: &PassKey) -> Result<String, Error> {
        self.usable()?;
        let records = self.stored.plain()?;
        Ok(WalletFile::write(&records, recipe, key, &mut self.rng))
    }

    /// Puts the wallet of a file in place of this one, in one commit. The file is of the past, so every mint is asked what
    /// happened since before anything new is made there. This client does nothing more: open a new one from the store once
    /// the commit is durable.
    ///
    /// # Errors
    /// [`ErrorCode::WrongState`] while this wallet has money, an open operation or an open lease;
    /// [`ErrorCode::WrongPassphrase`]; [`ErrorCode::InvalidFile`]; [`ErrorCode::Store`].
    pub fn open_file(&mut self, now: u64, file: &WalletFile, key: &PassKey) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        self.wallet.holds_nothing(now)?;
        if self.leases.values().any(|lease| lease.is_open()) {
            let text = "a workload that was rented here is not over; open the file in another browser profile";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let mut records = file.open(key)?;
        for RecordChange { key, value } in self.what_catches_up(now, &records)? {
            records.extend(value.map(|value| (key, value)));
        }
        let vault = self.stored.take_vault();
        let written = self.stored.rewrite(records, vault, &mut self.rng);
        let effects = self.outbox.post(Turn { written, ..Turn::default() });
        self.outbox.replaced();
        Ok(effects)
    }

    /// What comes into records of the past, or takes the place of some, before they are used.
    fn what_catches_up(&mut self, now: u64, records: &BTreeMap<String, String>) -> Result<Vec<RecordChange>, Error> {
        let unusable = |why: &str| Error::new(ErrorCode::InvalidFile, format!("the file cannot be used: {why}"));
        if !records.contains_key(ACCOUNT) {
            return Err(unusable("its phrase is missing"));
        }
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        let mut past = Self::open(now, records, entropy).map_err(|error| unusable(error.message()))?;
        let mut turn = Turn::default();
        past.account.next_lease = first_account(now).max(past.account.next_lease);
        past.account.save(&mut turn);
        turn.records.extend(past.wallet.had_another_life(now).records);
        let mints: Vec<MintUrl> = past.wallet.mints().cloned().collect();
        for mint in mints {
            let (_, step) = past.wallet.catch_up(now, mint);
            turn.records.extend(step.records);
        }
        Ok(turn.records)
    }
}
