//! From a passphrase to the data key: the recipe of Argon2id, and the data key wrapped under what comes of it.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bitcoin::hashes::{Hash, sha256};
use rand::Rng;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{Flaw, lock, unlock};
use crate::error::{Error, ErrorCode};
use crate::tree::{self, Tree};

const VERSION: u64 = 1;
const KDF: &str = "argon2id";
const SHORTEST: usize = 8;
/// The second choice of RFC 9106, on the one thread that a page has.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// More than this is asked for by nobody who wants the page to answer.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;

/// How a key is made from a passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    memory_kib: u32,
    passes: u32,
    salt: [u8; 16],
}

/// What Argon2id makes of a passphrase.
pub struct PassKey(Zeroizing<[u8; 32]>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    version: u64,
    kdf: &'a str,
    memory_kib: u32,
    passes: u32,
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    /// Tells damage from a wrong passphrase.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
}

impl Recipe {
    /// The recipe for a new passphrase. The salt must be fresh.
    #[must_use]
    pub fn new(salt: [u8; 16]) -> Self {
        Self { memory_kib: MEMORY_KIB, passes: PASSES, salt }
    }

    /// A recipe for tests: quick, and weak.
    #[doc(hidden)]
    #[must_use]
    pub fn quick(salt: [u8; 16]) -> Self {
        Self { memory_kib: 8, passes: 1, salt }
    }

    /// Reads a recipe, or that of a seal.
    ///
    /// # Errors
    /// [`ErrorCode::Store`] for what is none, is of a newer version, or asks for more work than a page can do.
    pub fn read(text: &str) -> Result<Self, Error> {
        Self::of(text).map_err(Flaw::of_a_store)
    }

    pub(super) fn of(text: &str) -> Result<Self, Flaw> {
        tree::json(text).ok_or(Flaw::Damaged).and_then(|tree| Self::of_tree(&tree))
    }

    fn of_tree(tree: &Tree) -> Result<Self, Flaw> {
        if tree.get("version").and_then(Tree::unsigned).ok_or(Flaw::Damaged)? > VERSION {
            return Err(Flaw::Newer);
        }
        let number = |name: &str, most: u32| {
            let number = tree.get(name).and_then(Tree::unsigned).and_then(|number| u32::try_from(number).ok());
            number.filter(|number| (1..=most).contains(number)).ok_or(Flaw::Damaged)
        };
        let salt = tree.get("salt").and_then(Tree::text).and_then(tree::base64).and_then(|salt| salt.try_into().ok());
        if tree.get("kdf").and_then(Tree::text) != Some(KDF) {
            return Err(Flaw::Damaged);
        }
        Ok(Self {
            memory_kib: number("memoryKib", MOST_MEMORY_KIB)?,
            passes: number("passes", MOST_PASSES)?,
            salt: salt.ok_or(Flaw::Damaged)?,
        })
    }

    /// Makes the key; takes about a second, and as much memory as the recipe says.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for a passphrase of less than eight characters, or of blanks.
    pub fn derive(&self, passphrase: &str) -> Result<PassKey, Error> {
        if passphrase.chars().count() < SHORTEST || passphrase.trim().is_empty() {
            let text = format!("a passphrase has at least {SHORTEST} characters; several words make a good one");
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| unusable())?;
        let mut key = Zeroizing::new([0; 32]);
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(passphrase.as_bytes(), &self.salt, &mut key[..]).map_err(|_| unusable())?;
        Ok(PassKey(key))
    }

    fn written<'a>(&self, key: Option<&'a str>) -> Written<'a> {
        Written {
            version: VERSION,
            kdf: KDF,
            memory_kib: self.memory_kib,
            passes: self.passes,
            salt: URL_SAFE_NO_PAD.encode(self.salt),
            key,
            sum: key.map(|key| self.sum(key)),
        }
    }

    fn bound(&self) -> Vec<u8> {
        let text = format!("paygress seal v{VERSION} {KDF} {} {} ", self.memory_kib, self.passes);
        [text.as_bytes(), &self.salt].concat()
    }

    fn sum(&self, key: &str) -> String {
        let hash = sha256::Hash::hash(&[&self.bound()[..], key.as_bytes()].concat()).to_byte_array();
        URL_SAFE_NO_PAD.encode(&hash[..8])
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(&self.written(None)))
    }
}

impl PassKey {
    /// The key that [`Recipe::derive`] made, perhaps elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The 32 secret bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PassKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassKey(hidden)")
    }
}

pub(super) fn close(data: &[u8; 32], recipe: &Recipe, key: &PassKey, rng: &mut impl Rng) -> String {
    let wrapped = URL_SAFE_NO_PAD.encode(lock(key.expose(), &recipe.bound(), data, rng));
    text_of(&recipe.written(Some(&wrapped)))
}

pub(super) fn open(seal: &str, key: &PassKey) -> Result<Zeroizing<[u8; 32]>, Flaw> {
    let tree = tree::json(seal).ok_or(Flaw::Damaged)?;
    let recipe = Recipe::of_tree(&tree)?;
    let wrapped = tree.get("key").and_then(Tree::text).ok_or(Flaw::Damaged)?;
    if tree.get("sum").and_then(Tree::text) != Some(recipe.sum(wrapped).as_str()) {
        return Err(Flaw::Damaged);
    }
    let closed = tree::base64(wrapped).ok_or(Flaw::Damaged)?;
    let data = unlock(key.expose(), &recipe.bound(), &closed).map(Zeroizing::new).ok_or(Flaw::OtherKey)?;
    data.as_slice().try_into().map(Zeroizing::new).map_err(|_| Flaw::Damaged)
}

fn text_of(written: &Written<'_>) -> String {
    serde_json::to_string(written).expect("numbers and text")
}

fn unusable() -> Error {
    Flaw::Damaged.of_a_store()
}
