//! A wallet as a file: a sealed store and its seal in one text.

use std::collections::BTreeMap;

use rand::Rng;
use serde::Serialize;

use super::{Flaw, PassKey, Recipe, SEAL, Vault};
use crate::error::{Error, ErrorCode};
use crate::model::RecordChange;
use crate::tree::{self, Tree};

const FORMAT: &str = "paygress wallet";
const VERSION: u64 = 1;
/// A record that only files have: how many others there must be.
const COUNT: &str = "file/count";

/// A file that was read, and not opened yet.
#[derive(Debug)]
pub struct WalletFile {
    stored: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u64,
    records: &'a BTreeMap<String, String>,
}

impl WalletFile {
    /// The text of a file that holds these records, for a passphrase of its own.
    pub fn write(records: &BTreeMap<String, String>, recipe: &Recipe, key: &PassKey, rng: &mut impl Rng) -> String {
        let vault = Vault::new(rng);
        let mut stored = BTreeMap::from([(SEAL.to_owned(), vault.seal(recipe, key, rng))]);
        let count = (COUNT.to_owned(), records.len().to_string());
        for (key, value) in records.iter().map(|(key, value)| (key.clone(), value.clone())).chain([count]) {
            let closed = vault.close(RecordChange { key, value: Some(value) }, rng);
            stored.extend(closed.value.map(|value| (closed.key, value)));
        }
        Self::of_sealed(&stored)
    }

    /// The text of a file that holds a sealed store as it is, for the passphrase it has.
    #[must_use]
    pub fn of_sealed(stored: &BTreeMap<String, String>) -> String {
        let written = Written { format: FORMAT, version: VERSION, records: stored };
        serde_json::to_string(&written).expect("text with text keys")
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidFile`] for one of another kind, one that was cut off, and one of a newer version.
    pub fn read(text: &str) -> Result<Self, Error> {
        let foreign = || {
            let text = "this is no wallet file of this page; choose the one that was saved here";
            Error::new(ErrorCode::InvalidFile, text)
        };
        let damaged = || Flaw::Damaged.of_a_file();
        let text = text.trim();
        let Some(tree) = tree::json(text) else {
            let begun = text.contains(FORMAT);
            return Err(if begun { damaged() } else { foreign() });
        };
        if tree.get("format").and_then(Tree::text) != Some(FORMAT) {
            return Err(foreign());
        }
        if tree.get("version").and_then(Tree::unsigned).is_none_or(|version| version > VERSION) {
            return Err(Flaw::Newer.of_a_file());
        }
        let Some(Tree::Members(members)) = tree.get("records") else { return Err(damaged()) };
        let mut stored = BTreeMap::new();
        for (key, value) in members {
            stored.insert(key.clone(), value.text().ok_or_else(damaged)?.to_owned());
        }
        Ok(Self { stored })
    }

    /// How its key is made from its passphrase.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidFile`] when the file does not tell.
    pub fn recipe(&self) -> Result<Recipe, Error> {
        Recipe::of(self.seal()).map_err(Flaw::of_a_file)
    }

    /// The records it holds.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`]; [`ErrorCode::InvalidFile`] when any part of it is damaged or missing.
    pub fn open(&self, key: &PassKey) -> Result<BTreeMap<String, String>, Error> {
        let vault = Vault::try_open(self.seal(), key).map_err(Flaw::of_a_file)?;
        let held = vault.try_records(&mut self.stored.iter()).map_err(|_| Flaw::Damaged.of_a_file())?;
        if held.get(COUNT).is_some_and(|count| *count != (held.len() - 1).to_string()) {
            let text = "records are missing in the file; take another copy of it";
            return Err(Error::new(ErrorCode::InvalidFile, text));
        }
        let mut records = BTreeMap::new();
        records.extend(held.into_iter().filter(|(name, _)| name != COUNT));
        Ok(records)
    }

    fn seal(&self) -> &str {
        self.stored.get(SEAL).map_or("", String::as_str)
    }
}
