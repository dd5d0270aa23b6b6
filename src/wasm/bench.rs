//! Doors that only `make bench` opens: the costly steps alone, without what surrounds them in the client. Not part of
//! the package that is shipped.

#![expect(unreachable_pub, reason = "wasm-bindgen exports nothing less public")]

use std::collections::BTreeSet;
use std::str::FromStr;

use cashu::dhke::{blind_message, unblind_message};
use cashu::nuts::nut12::BlindSignatureDleq;
use cashu::{Amount, BlindSignature, Id, PublicKey, SecretKey};
use wasm_bindgen::prelude::*;

use crate::protocol::{EventId, RelayMessage};
use crate::wallet::Seed;

/// True for a frame whose event has the id and the signature it should have.
#[wasm_bindgen(js_name = benchVerify)]
#[must_use]
pub fn verify(frame: &str) -> bool {
    match RelayMessage::parse(frame) {
        Ok(RelayMessage::Event { event, .. }) => event.verify().is_ok(),
        Ok(_) | Err(_) => false,
    }
}

/// The events that were seen, as a client keeps them to spare itself the cryptography.
#[wasm_bindgen(js_name = BenchSeen)]
#[derive(Debug, Default)]
pub struct Seen(BTreeSet<EventId>);

#[wasm_bindgen(js_class = BenchSeen)]
impl Seen {
    /// Nothing was seen yet.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// True for a frame with an event that was seen before.
    pub fn handle(&mut self, frame: &str) -> bool {
        match RelayMessage::parse(frame) {
            Ok(RelayMessage::Event { event, .. }) => !self.0.insert(event.id()),
            Ok(_) | Err(_) => false,
        }
    }
}

/// Blinds a secret and unblinds the mint's answer, given as hex (NUT-00); returns the two points in hex.
///
/// # Errors
/// A sentence for what is no hex of a key.
#[wasm_bindgen(js_name = benchBlind)]
pub fn blind(secret: &str, factor: &str, answer: &str, mint: &str) -> Result<Vec<String>, String> {
    exchange(secret, factor, answer, mint, None)
}

/// Does what [`blind`] does, and checks the proof `e`, `s` that the mint signed with its key (NUT-12).
///
/// # Errors
/// A sentence for what is no hex of a key, and for a proof that does not verify.
#[wasm_bindgen(js_name = benchBlindChecked)]
pub fn blind_checked(
    secret: &str,
    factor: &str,
    answer: &str,
    mint: &str,
    e: &str,
    s: &str,
) -> Result<Vec<String>, String> {
    exchange(secret, factor, answer, mint, Some(BlindSignatureDleq { e: key(e)?, s: key(s)? }))
}

fn exchange(
    secret: &str,
    factor: &str,
    answer: &str,
    mint: &str,
    dleq: Option<BlindSignatureDleq>,
) -> Result<Vec<String>, String> {
    let mint = PublicKey::from_str(mint).map_err(words)?;
    let (blinded, factor) = blind_message(secret.as_bytes(), Some(key(factor)?)).map_err(words)?;
    let c = PublicKey::from_str(answer).map_err(words)?;
    if dleq.is_some() {
        let keyset_id = Id::from_str("009a1f293253e41e").map_err(words)?;
        let signature = BlindSignature { amount: Amount::from(1), keyset_id, c, dleq };
        signature.verify_dleq(mint, blinded).map_err(words)?;
    }
    let proof = unblind_message(&c, &factor, &mint).map_err(words)?;
    Ok(vec![blinded.to_hex(), proof.to_hex()])
}

/// Derives outputs from a seed of 64 bytes, from one counter on (NUT-13), and returns their blinded secrets in hex.
///
/// # Errors
/// A sentence for a seed or a keyset id of the wrong form.
#[wasm_bindgen(js_name = benchDerive)]
pub fn derive(seed: &[u8], keyset: &str, first: u32, count: u32) -> Result<Vec<String>, String> {
    let seed = Seed::new(seed.try_into().map_err(words)?);
    let keyset = Id::from_str(keyset).map_err(words)?;
    let counters = (first..).zip(0..count).map(|(counter, _)| counter);
    Ok(counters.filter_map(|counter| seed.derive(keyset, counter)).map(|output| output.blinded.to_hex()).collect())
}

/// Reads a token as a paste does (NUT-00) and returns how much it says to hold.
///
/// # Errors
/// A sentence for what is no token.
#[wasm_bindgen(js_name = benchDecode)]
pub fn decode(token: &str) -> Result<u64, String> {
    crate::wallet::face(token).map_err(words)
}

fn key(hex: &str) -> Result<SecretKey, String> {
    SecretKey::from_str(hex).map_err(words)
}

fn words(error: impl ToString) -> String {
    error.to_string()
}
