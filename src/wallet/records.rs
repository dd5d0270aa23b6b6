//! How the wallet is stored: one JSON text a record, each with the version of its form.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};

const VERSION: u32 = 1;

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
    version: u32,
    body: &'a T,
}

#[derive(Deserialize)]
struct Read<T> {
    body: T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

pub(super) fn write<T: Serialize>(body: &T) -> String {
    serde_json::to_string(&Written { version: VERSION, body }).expect("records hold only text, numbers and string keys")
}

pub(super) fn read<T: DeserializeOwned>(key: &str, text: &str) -> Result<T, Error> {
    // The reader's own words may quote what it read, so they are not repeated.
    let version: Version = serde_json::from_str(text).map_err(|_| unreadable(key))?;
    if version.version > VERSION {
        return Err(Error::new(
            ErrorCode::Store,
            format!("the record {key} was written by a newer version of this program; reload to get that version"),
        ));
    }
    let read: Read<T> = serde_json::from_str(text).map_err(|_| unreadable(key))?;
    Ok(read.body)
}

pub(super) fn unreadable(key: &str) -> Error {
    Error::new(
        ErrorCode::Store,
        format!("the record {key} cannot be read; nothing was changed, restore the store or the phrase in a new one"),
    )
}
