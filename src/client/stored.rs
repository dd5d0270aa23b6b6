//! What the store holds once every commit so far is durable, sealed or plain, and the one place where changes get the form
//! in which they are written.

use std::collections::BTreeMap;

use rand::Rng;

use crate::error::{Error, ErrorCode};
use crate::model::{Gather, Map, RecordChange};
use crate::vault::{PassKey, SEAL, Vault};

#[derive(Debug)]
pub(super) struct Stored {
    /// Exactly as they are written.
    records: Map<String, String>,
    vault: Option<Vault>,
}

impl Stored {
    /// Takes over the records of a store.
    pub(super) fn open(records: &BTreeMap<String, String>, key: Option<&PassKey>) -> Result<Self, Error> {
        let vault = match (records.get(SEAL), key) {
            (None, _) => None,
            (Some(seal), Some(key)) => Some(Vault::open(seal, key)?),
            (Some(_), None) => {
                let text = "the wallet is sealed; open it with its passphrase";
                return Err(Error::new(ErrorCode::Locked, text));
            }
        };
        Ok(Self { records: copied(records.iter()).into_map(), vault })
    }

    /// For an empty wallet in a store that is not empty, and the changes that empty it.
    pub(super) fn cleared(records: &BTreeMap<String, String>) -> (Self, Vec<RecordChange>) {
        let changes = records.keys().map(|key| RecordChange { key: key.clone(), value: None }).collect();
        (Self { records: Map::new(), vault: None }, changes)
    }

    /// The records by their own names and in plain.
    pub(super) fn plain(&self) -> Result<BTreeMap<String, String>, Error> {
        match &self.vault {
            None => {
                let mut records = BTreeMap::new();
                records.extend(copied(self.records.iter()));
                Ok(records)
            }
            Some(vault) => vault.records(&mut self.records.iter()),
        }
    }

    /// The record that tells how a key is made from the passphrase, if there is one.
    pub(super) fn seal(&self) -> Option<&str> {
        self.records.get(SEAL).map(String::as_str)
    }

    /// Whether this key opens the store.
    pub(super) fn check(&self, key: &PassKey) -> Result<(), Error> {
        self.seal().map_or(Ok(()), |seal| Vault::open(seal, key).map(drop))
    }

    /// Gives changes the form in which they are written.
    pub(super) fn write(&mut self, changes: Vec<RecordChange>, rng: &mut impl Rng) -> Vec<RecordChange> {
        let written: Vec<RecordChange> = match &self.vault {
            None => changes,
            Some(vault) => changes.into_iter().map(|change| vault.close(change, rng)).collect(),
        };
        self.remember(&written);
        written
    }

    /// Another seal for what is sealed already.
    pub(super) fn reseal(&mut self, seal: impl FnOnce(&Vault) -> String) -> Vec<RecordChange> {
        let Some(vault) = &self.vault else { return Vec::new() };
        let written = vec![RecordChange { key: SEAL.to_owned(), value: Some(seal(vault)) }];
        self.remember(&written);
        written
    }

    /// Writes everything anew, sealed by this vault or plain, in place of what is stored.
    pub(super) fn rewrite(
        &mut self,
        plain: BTreeMap<String, String>,
        vault: Option<(Vault, String)>,
        rng: &mut impl Rng,
    ) -> Vec<RecordChange> {
        let (vault, seal) = vault.unzip();
        let before = std::mem::take(&mut self.records);
        self.vault = vault;
        let changes = plain.into_iter().map(|(key, value)| RecordChange { key, value: Some(value) }).collect();
        let mut written: Vec<RecordChange> =
            seal.into_iter().map(|seal| RecordChange { key: SEAL.to_owned(), value: Some(seal) }).collect();
        self.remember(&written);
        written.extend(self.write(changes, rng));
        let gone = before.keys().filter(|key| !self.records.contains_key(*key));
        written.extend(gone.map(|key| RecordChange { key: key.clone(), value: None }));
        written
    }

    /// The vault and its seal, for [`Stored::rewrite`] with other records.
    pub(super) fn take_vault(&mut self) -> Option<(Vault, String)> {
        let seal = self.records.get(SEAL)?.clone();
        self.vault.take().map(|vault| (vault, seal))
    }

    fn remember(&mut self, written: &[RecordChange]) {
        for RecordChange { key, value } in written {
            match value {
                Some(value) => self.records.insert(key.clone(), value.clone()),
                None => self.records.remove(key),
            };
        }
    }
}

fn copied<'a>(records: impl Iterator<Item = (&'a String, &'a String)>) -> impl Iterator<Item = (String, String)> {
    records.map(|(key, value)| (key.clone(), value.clone()))
}
