//! Passphrases and files for JavaScript. What takes long is apart from the client, for a Worker.

#![expect(unreachable_pub, reason = "wasm-bindgen takes only public functions")]

use std::collections::BTreeMap;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::{Answer, JsClient, effects, read_records};
use super::error::invalid_input;
use super::value::{seconds, to_js};
use crate::error::Error;
use crate::vault::{PassKey, Recipe, SEAL, Vault, WalletFile};

/// How a key is made from a new passphrase, as text. `salt` is 16 fresh bytes of `crypto.getRandomValues`.
#[wasm_bindgen(js_name = newRecipe)]
pub fn new_recipe(salt: &[u8]) -> Result<String, JsValue> {
    let salt = salt.try_into().map_err(|_| invalid_input("a salt is 16 bytes of crypto.getRandomValues"))?;
    Ok(Recipe::new(salt).to_string())
}

/// Makes the key of a passphrase by a recipe or a seal. Takes about a second and 64 MiB: call it in a Worker. Throws a
/// `PaygressError`.
#[wasm_bindgen(js_name = deriveKey)]
pub fn derive_key(passphrase: &str, recipe: &str) -> Result<Vec<u8>, JsValue> {
    let key = Recipe::read(recipe)?.derive(passphrase)?;
    Ok(key.expose().to_vec())
}

/// The seal among all stored records; `deriveKey` takes it as a recipe.
#[wasm_bindgen(js_name = sealOf)]
pub fn seal_of(
    #[wasm_bindgen(unchecked_param_type = "StoredRecord[]")] records: JsValue,
) -> Result<Option<String>, JsValue> {
    Ok(read_records(records)?.get(SEAL).cloned())
}

/// Throws a `PaygressError` with code `wrong-passphrase` unless this key opens the seal.
#[wasm_bindgen(js_name = checkKey)]
pub fn check_key(seal: &str, key: &[u8]) -> Result<(), JsValue> {
    Ok(Vault::open(seal, &key_of(key)?).map(drop)?)
}

/// The recipe of a saved file; `deriveKey` takes it. Throws a `PaygressError` with code `invalid-file` for what is none.
#[wasm_bindgen(js_name = recipeOfFile)]
pub fn recipe_of_file(text: &str) -> Result<String, JsValue> {
    Ok(WalletFile::read(text)?.recipe()?.to_string())
}

#[derive(Serialize)]
struct SealedFile {
    text: String,
    records: usize,
}

/// The records of a sealed store as the text of a file, for the passphrase that they have.
#[wasm_bindgen(js_name = fileOfSealed, unchecked_return_type = "SealedFile")]
pub fn file_of_sealed(#[wasm_bindgen(unchecked_param_type = "StoredRecord[]")] records: JsValue) -> Answer {
    let records: BTreeMap<String, String> = read_records(records)?;
    if !records.contains_key(SEAL) {
        return Err(invalid_input("these records are not sealed; open them and save a file with a passphrase").into());
    }
    // The seal is none of them.
    to_js(&SealedFile { text: WalletFile::of_sealed(&records), records: records.len() - 1 })
}

pub(super) fn key_of(bytes: &[u8]) -> Result<PassKey, Error> {
    let bytes = bytes.try_into().map_err(|_| invalid_input("a key is the 32 bytes that deriveKey made"))?;
    Ok(PassKey::from_bytes(bytes))
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Tells how a key is made from the passphrase of this store; nothing without one.
    pub fn seal(&self) -> Option<String> {
        self.inner.seal().map(str::to_owned)
    }

    /// A client with an empty wallet and a new phrase, whose first commit takes the place of all these records.
    #[wasm_bindgen(js_name = openAnew)]
    pub fn open_anew(
        now: f64,
        #[wasm_bindgen(unchecked_param_type = "StoredRecord[]")] records: JsValue,
        entropy: &[u8],
    ) -> Result<Self, JsValue> {
        let entropy = entropy.try_into().map_err(|_| invalid_input("entropy is 32 bytes of crypto.getRandomValues"))?;
        let inner = crate::client::Client::open_anew(seconds(now)?, &read_records(records)?, entropy)?;
        Ok(Self::of(inner))
    }

    /// Seals everything under a new passphrase in one commit. `present` is the key of the one there is, if there is one.
    #[wasm_bindgen(js_name = setPassphrase, unchecked_return_type = "Effect[]")]
    pub fn set_passphrase(&mut self, now: f64, present: Option<Vec<u8>>, recipe: &str, key: &[u8]) -> Answer {
        let present = present.map(|bytes| key_of(&bytes)).transpose()?;
        let recipe = Recipe::read(recipe)?;
        effects(self.inner.set_passphrase(seconds(now)?, present.as_ref(), &recipe, &key_of(key)?))
    }

    /// Stores everything in plain again, in one commit.
    #[wasm_bindgen(js_name = removePassphrase, unchecked_return_type = "Effect[]")]
    pub fn remove_passphrase(&mut self, now: f64, present: &[u8]) -> Answer {
        effects(self.inner.remove_passphrase(seconds(now)?, &key_of(present)?))
    }

    /// Chooses after how many seconds without anybody touching it the page is to be locked; `null` for never.
    #[wasm_bindgen(js_name = setLockAfter, unchecked_return_type = "Effect[]")]
    pub fn set_lock_after(
        &mut self,
        now: f64,
        #[wasm_bindgen(unchecked_optional_param_type = "number | null")] secs: Option<u32>,
    ) -> Answer {
        effects(self.inner.set_lock_after(seconds(now)?, secs))
    }

    /// Something goes on that needs the keys: an operation, a lease, a token that comes back by itself, a commit.
    #[wasm_bindgen(js_name = isBusy)]
    pub fn is_busy(&self) -> bool {
        self.inner.is_busy()
    }

    /// Everything that is stored, as the text of a file that only the passphrase of `key` opens.
    #[wasm_bindgen(js_name = saveFile)]
    pub fn save_file(&mut self, recipe: &str, key: &[u8]) -> Result<String, JsValue> {
        Ok(self.inner.save_file(&Recipe::read(recipe)?, &key_of(key)?)?)
    }

    /// Puts the wallet of a file in place of this one. Open a new client from the store once the commit is durable.
    #[wasm_bindgen(js_name = openFile, unchecked_return_type = "Effect[]")]
    pub fn open_file(&mut self, now: f64, text: &str, key: &[u8]) -> Answer {
        effects(self.inner.open_file(seconds(now)?, &WalletFile::read(text)?, &key_of(key)?))
    }
}
