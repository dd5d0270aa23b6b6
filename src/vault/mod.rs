//! What is stored, sealed under a passphrase.
//!
//! ```text
//! passphrase ──Argon2id, by the recipe──▶ PassKey ──opens──▶ seal ──▶ data key ─┬─▶ names: sealed/‹keyed hash›
//!                                                                              └─▶ values: XChaCha20-Poly1305
//! ```
//!
//! The data key is random, so another passphrase rewrites the one record [`SEAL`] and nothing else. A sealed record holds its
//! name and is bound to its place: a damaged or exchanged one does not open. What still shows: how many records there are,
//! and how long they are. A whole store that was put back as it was some time ago is not noticed here, and a forgotten
//! passphrase opens nothing.

mod file;
mod seal;

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitcoin::hashes::{Hash, HashEngine, Hmac, HmacEngine, sha256};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use rand::Rng;
use zeroize::{Zeroize, Zeroizing};

pub use file::WalletFile;
pub use seal::{PassKey, Recipe};

use crate::error::{Error, ErrorCode};
use crate::model::RecordChange;
use crate::tree;

/// The record that a passphrase opens; the only one of a sealed store that is not sealed.
pub const SEAL: &str = "seal";
const SEALED: &str = "sealed/";
/// Names the form of a sealed value.
const FORM: &str = "1.";
const NONCE: usize = 24;
const ELSEWHERE: &str = "open a saved file in another browser profile, or enter your twelve words there";

/// Why something does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    Damaged,
    Newer,
    OtherKey,
}

impl Flaw {
    fn of_a_store(self) -> Error {
        match self {
            Self::Damaged => {
                let text = format!(
                    "the seal of the store is damaged, so no passphrase opens it; nothing was changed, {ELSEWHERE}"
                );
                Error::new(ErrorCode::Store, text)
            }
            Self::Newer => {
                let text = "the store was sealed by a newer version of this program; reload to get that version";
                Error::new(ErrorCode::Store, text)
            }
            Self::OtherKey => Self::wrong_passphrase(),
        }
    }

    fn of_a_file(self) -> Error {
        match self {
            Self::Damaged => {
                Error::new(ErrorCode::InvalidFile, "the file is damaged or was cut off; take another copy of it")
            }
            Self::Newer => {
                let text = "the file was made by a newer version of this program; reload to get that version";
                Error::new(ErrorCode::InvalidFile, text)
            }
            Self::OtherKey => Self::wrong_passphrase(),
        }
    }

    fn wrong_passphrase() -> Error {
        let text = "this is not the passphrase; check capital letters and the keyboard's language, and try again";
        Error::new(ErrorCode::WrongPassphrase, text)
    }
}

/// The records of a store, one by one.
pub type Stored<'a> = dyn Iterator<Item = (&'a String, &'a String)> + 'a;

/// The keys of a sealed store.
pub struct Vault {
    data: Zeroizing<[u8; 32]>,
    names: Zeroizing<[u8; 32]>,
}

impl Vault {
    /// A vault that nobody has a key to yet.
    pub fn new(rng: &mut impl Rng) -> Self {
        let mut data = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut data[..]);
        Self::of(data)
    }

    fn of(data: Zeroizing<[u8; 32]>) -> Self {
        let names = Zeroizing::new(keyed(&data, b"paygress record names v1"));
        Self { data, names }
    }

    /// Opens the vault of a store by the text of its record [`SEAL`].
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassphrase`]; [`ErrorCode::Store`] for a damaged or newer seal.
    pub fn open(seal: &str, key: &PassKey) -> Result<Self, Error> {
        Self::try_open(seal, key).map_err(Flaw::of_a_store)
    }

    fn try_open(seal: &str, key: &PassKey) -> Result<Self, Flaw> {
        seal::open(seal, key).map(Self::of)
    }

    /// The text of the record [`SEAL`] that this key opens.
    pub fn seal(&self, recipe: &Recipe, key: &PassKey, rng: &mut impl Rng) -> String {
        seal::close(&self.data, recipe, key, rng)
    }

    /// The same change as it is written into a sealed store.
    pub fn close(&self, change: RecordChange, rng: &mut impl Rng) -> RecordChange {
        let RecordChange { key: name, value } = change;
        let place = self.place(&name);
        let value = value.map(|mut value| {
            let mut text = format!("{name}\n{value}");
            value.zeroize();
            let closed = lock(&self.data, place.as_bytes(), text.as_bytes(), rng);
            text.zeroize();
            format!("{FORM}{}", URL_SAFE_NO_PAD.encode(closed))
        });
        RecordChange { key: place, value }
    }

    /// All records of a sealed store but its seal, by their own names.
    ///
    /// # Errors
    /// [`ErrorCode::Store`] when one of them is damaged, stands in another's place or is not sealed at all.
    pub fn records(&self, stored: &mut Stored<'_>) -> Result<BTreeMap<String, String>, Error> {
        self.try_records(stored).map_err(|(damaged, all)| {
            let text = format!(
                "{damaged} of {all} sealed records are damaged or not sealed at all, so none is used; nothing was changed, {ELSEWHERE}"
            );
            Error::new(ErrorCode::Store, text)
        })
    }

    /// The records, or how many do not open of how many.
    fn try_records(&self, stored: &mut Stored<'_>) -> Result<BTreeMap<String, String>, (usize, usize)> {
        let mut records = BTreeMap::new();
        let (mut damaged, mut all) = (0, 0);
        for (place, value) in stored.filter(|(place, _)| *place != SEAL) {
            all += 1;
            match self.record(place, value) {
                Some((name, value)) => drop(records.insert(name, value)),
                None => damaged += 1,
            }
        }
        if damaged == 0 { Ok(records) } else { Err((damaged, all)) }
    }

    fn record(&self, place: &str, value: &str) -> Option<(String, String)> {
        let closed = tree::base64(value.strip_prefix(FORM)?)?;
        let text = unlock(&self.data, place.as_bytes(), &closed)?;
        let text = String::from_utf8(text).ok()?;
        let (name, value) = text.split_once('\n')?;
        (self.place(name) == place).then(|| (name.to_owned(), value.to_owned()))
    }

    fn place(&self, name: &str) -> String {
        format!("{SEALED}{}", URL_SAFE_NO_PAD.encode(&keyed(&self.names, name.as_bytes())[..16]))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(hidden)")
    }
}

fn keyed(key: &[u8; 32], what: &[u8]) -> [u8; 32] {
    let mut engine = HmacEngine::<sha256::Hash>::new(key);
    engine.input(what);
    Hmac::from_engine(engine).to_byte_array()
}

fn lock(key: &[u8; 32], bound_to: &[u8], text: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    let payload = Payload { msg: text, aad: bound_to };
    let closed = cipher.encrypt(XNonce::from_slice(&nonce), payload).expect("a record is shorter than 256 GB");
    [&nonce[..], &closed[..]].concat()
}

fn unlock(key: &[u8; 32], bound_to: &[u8], closed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, closed) = closed.split_at_checked(NONCE)?;
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: closed, aad: bound_to }).ok()
}

#[cfg(test)]
mod tests;
