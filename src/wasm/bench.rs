//! Doors that only `make bench` opens: the costly steps alone, without what surrounds them in the client. Not part of
//! the package that is shipped.

use std::collections::BTreeSet;
use std::str::FromStr;

use cashu::dhke::{blind_message, unblind_message};
use cashu::{PublicKey, SecretKey};
use wasm_bindgen::prelude::*;

use crate::protocol::{EventId, RelayMessage};

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
    let factor = SecretKey::from_str(factor).map_err(|error| error.to_string())?;
    let answer = PublicKey::from_str(answer).map_err(|error| error.to_string())?;
    let mint = PublicKey::from_str(mint).map_err(|error| error.to_string())?;
    let (blinded, factor) = blind_message(secret.as_bytes(), Some(factor)).map_err(|error| error.to_string())?;
    let proof = unblind_message(&answer, &factor, &mint).map_err(|error| error.to_string())?;
    Ok(vec![blinded.to_hex(), proof.to_hex()])
}
