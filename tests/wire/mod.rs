//! A provider's and a stranger's side of the wire, signed by keys of the tests.

#![allow(dead_code, reason = "each test file uses its part")]

use nostr::event::{Kind, Tag, UnsignedEvent};
use nostr::key::{Keys, SecretKey};
use nostr::nips::nip04;
use nostr::types::Timestamp;
use paygress::model::{LeaseSecret, ProviderKey};
use paygress::protocol::{Refusal, RelayMessage, VerifiedEvent, public_key};
use secp256k1::Secp256k1;
use serde_json::{Value, json};

pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const PROVIDER: u8 = 1;
pub(crate) const STRANGER: u8 = 2;
pub(crate) const CONSUMER: u8 = 4;

/// The secret key that is a small number.
pub(crate) fn secret(number: u8) -> LeaseSecret {
    let mut bytes = [0; 32];
    bytes[31] = number;
    LeaseSecret::from_bytes(bytes).expect("small numbers but zero are secret keys")
}

pub(crate) fn key_of(number: u8) -> ProviderKey {
    public_key(&secret(number))
}

/// A signed event of one of these keys, as JSON.
pub(crate) fn signed(number: u8, kind: u16, tags: &[&[&str]], content: &str, created_at: u64) -> Value {
    let keys = Keys::new(SecretKey::from_slice(secret(number).expose()).expect("a secret key"));
    let tags = tags.iter().map(|tag| Tag::parse(tag.iter().copied()).expect("a tag of these tests has a name"));
    let unsigned =
        UnsignedEvent::new(keys.public_key(), Timestamp::from_secs(created_at), Kind::from_u16(kind), tags, content);
    let signature =
        keys.sign_schnorr_with_aux_rand(&Secp256k1::signing_only(), unsigned.compute_id().as_bytes(), &[0; 32]);
    let event = unsigned.add_signature(signature).expect("signed by its author");
    serde_json::from_str(&event.as_json()).expect("the library writes JSON")
}

pub(crate) fn verified(event: &Value) -> VerifiedEvent {
    verify(event).expect("the event is well signed")
}

/// The way of an event from a relay's text to a verified one.
pub(crate) fn verify(event: &Value) -> Result<VerifiedEvent, Refusal> {
    match RelayMessage::parse(&json!(["EVENT", "sub", event]).to_string())? {
        RelayMessage::Event { event, .. } => event.verify(),
        other @ (RelayMessage::Eose { .. }
        | RelayMessage::Ok { .. }
        | RelayMessage::Closed { .. }
        | RelayMessage::Notice { .. }
        | RelayMessage::Auth { .. }) => panic!("{other:?} is no event"),
    }
}

pub(crate) fn offer_body() -> Value {
    json!({
        "provider_npub": key_of(PROVIDER).to_hex(),
        "hostname": "RestlessReedCrow",
        "location": null,
        "capabilities": ["lxc", "vm"],
        "specs": [
            {"id": "basic", "name": "Basic", "description": "one core, one gig",
             "cpu_millicores": 1000, "memory_mb": 1024, "rate_msats_per_sec": 50},
            {"id": "standard", "name": "Standard", "description": "two cores, two gigs",
             "cpu_millicores": 2000, "memory_mb": 2048, "rate_msats_per_sec": 100},
        ],
        "whitelisted_mints": ["https://testnut.cashu.space"],
        "uptime_percent": 100.0,
        "total_jobs_completed": 0,
        "api_endpoint": null,
        "version": 1,
        "isolation_level": "shared-kernel",
    })
}

/// An offer of the provider with this body, tagged as its body says.
pub(crate) fn offer_event(body: &Value) -> Value {
    offer_event_of(PROVIDER, body)
}

pub(crate) fn offer_event_of(number: u8, body: &Value) -> Value {
    let named = body["provider_npub"].as_str().unwrap_or_default();
    let name = format!("paygress:offer:v{}:{named}", body["version"].as_u64().unwrap_or(1));
    let tags: [&[&str]; 4] = [&["t", "paygress"], &["t", "compute"], &["d", &name], &["v", "1"]];
    signed(number, 38383, &tags, &body.to_string(), NOW)
}

pub(crate) fn heartbeat_body() -> Value {
    json!({
        "provider_npub": key_of(PROVIDER).to_hex(),
        "timestamp": NOW,
        "active_workloads": 2,
        "available_capacity": {"cpu_available": 87500, "memory_mb_available": 6000, "storage_gb_available": 0},
        "version": 1,
    })
}

pub(crate) fn heartbeat_event(body: &Value, kind: u16, created_at: u64) -> Value {
    signed(PROVIDER, kind, &[&["t", "paygress-heartbeat"], &["v", "1"]], &body.to_string(), created_at)
}

/// A message from one key to another, encrypted by NIP-04.
pub(crate) fn nip04_event(from: u8, to: u8, text: &str) -> Value {
    let content = nip04::encrypt_with_iv(&nostr_secret(from), &nostr_public(to), text, [7; 16]).expect("both are keys");
    let to = key_of(to).to_hex();
    signed(from, 4, &[&["p", &to], &["alt", "Private Message"]], &content, NOW)
}

/// What a key reads in a message.
pub(crate) fn nip04_read(me: u8, other: &ProviderKey, content: &str) -> String {
    let other = nostr::key::PublicKey::from_byte_array(*other.as_bytes());
    nip04::decrypt(&nostr_secret(me), &other, content).expect("encrypted between these two")
}

fn nostr_secret(number: u8) -> SecretKey {
    SecretKey::from_slice(secret(number).expose()).expect("a secret key")
}

fn nostr_public(number: u8) -> nostr::key::PublicKey {
    nostr::key::PublicKey::from_byte_array(*key_of(number).as_bytes())
}

/// A `cashuB` token of one mint with one proof per amount.
pub(crate) fn token(unit: &str, amounts: &[u64]) -> String {
    token_with_secret(unit, amounts, "9f1c")
}

pub(crate) fn token_with_secret(unit: &str, amounts: &[u64], secret: &str) -> String {
    use base64::Engine;
    use ciborium::{Value, cbor};
    let proofs = amounts.iter().map(|amount| {
        cbor!({ "a" => *amount, "s" => secret, "c" => Value::Bytes(vec![2; 33]) }).expect("plain values are CBOR")
    });
    let proofs = Value::Array(proofs.collect());
    let keyset = cbor!({ "i" => Value::Bytes(vec![0; 8]), "p" => proofs }).expect("plain values are CBOR");
    let token = cbor!({ "m" => "https://mint.example.com", "u" => unit, "t" => Value::Array(vec![keyset]) });
    let mut bytes = Vec::new();
    ciborium::into_writer(&token.expect("plain values are CBOR"), &mut bytes).expect("a vector takes all");
    format!("cashuB{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
