//! How the wallet is stored: one JSON text a record, each with the version of its form.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorCode};
use crate::tree::{self, Tree};

const VERSION: u64 = 1;

/// Where every record of the wallet lives.
pub(super) const ROOT: &str = "wallet/";
pub(super) const MINT: &str = "wallet/mint/";
pub(super) const KEYSET: &str = "wallet/keyset/";
pub(super) const COUNTER: &str = "wallet/counter/";
pub(super) const PROOF: &str = "wallet/proof/";
pub(super) const OPERATION: &str = "wallet/op/";
pub(super) const NEXT_OPERATION: &str = "wallet/next-op";

#[derive(Serialize)]
struct Written<'a, T> {
    version: u64,
    body: &'a T,
}

pub(super) fn write<T: Serialize>(body: &T) -> String {
    serde_json::to_string(&Written { version: VERSION, body }).expect("records hold only text, numbers and string keys")
}

pub(super) fn read<T: DeserializeOwned>(key: &str, text: &str) -> Result<T, Error> {
    let record = tree::json(text).ok_or_else(|| unreadable(key))?;
    let version = record.get("version").and_then(Tree::unsigned).ok_or_else(|| unreadable(key))?;
    if version > VERSION {
        return Err(Error::new(
            ErrorCode::Store,
            format!("the record {key} was written by a newer version of this program; reload to get that version"),
        ));
    }
    record.get("body").and_then(|body| body.read().ok()).ok_or_else(|| unreadable(key))
}

pub(super) fn unreadable(key: &str) -> Error {
    Error::new(
        ErrorCode::Store,
        format!("the record {key} cannot be read; nothing was changed, restore the store or the phrase in a new one"),
    )
}
