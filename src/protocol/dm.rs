//! Encrypted messages between a lease's key and its provider (NIP-04), and our answer to a relay that asks who we are
//! (NIP-42).

use std::fmt;

use nostr::event::{Kind, Tag, UnsignedEvent};
use nostr::key::{Keys, PublicKey, SecretKey};
use nostr::nips::nip04;
use nostr::types::Timestamp;
use rand::Rng;
use secp256k1::Secp256k1;
use serde::{Deserialize, Serialize};

use super::event::{EventId, LARGEST_EVENT, VerifiedEvent};
use super::refusal::{Refusal, RefusalKind};
use super::request::RequestText;
use crate::error::{Error, ErrorCode};
use crate::model::{LeaseSecret, ProviderKey, RelayUrl};

use super::kind::AUTH as NIP42_AUTH;
pub(super) use super::kind::DIRECT_MESSAGE as NIP04;

/// An event of ours, signed and ready to be sent, again if need be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEvent {
    id: EventId,
    json: String,
    verb: Verb,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Verb {
    Event,
    Auth,
}

impl SignedEvent {
    /// The hash that names the event; relays answer by it.
    #[must_use]
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The event as compact JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The text that a relay is sent: an `EVENT`, or an `AUTH` for what [`auth_event`] made.
    #[must_use]
    pub fn frame(&self) -> String {
        match self.verb {
            Verb::Event => format!("[\"EVENT\",{}]", self.json),
            Verb::Auth => format!("[\"AUTH\",{}]", self.json),
        }
    }
}

impl fmt::Debug for SignedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedEvent").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Encrypts a request to a provider and signs it with the lease's key.
///
/// # Errors
/// [`ErrorCode::InvalidProvider`] if the provider's key is none, [`ErrorCode::InvalidToken`] if the message is larger than
/// relays take.
pub fn nip04_request(
    key: &LeaseSecret,
    to: &ProviderKey,
    text: &RequestText,
    created_at: u64,
    rng: &mut impl Rng,
) -> Result<SignedEvent, Error> {
    let content = nip04::encrypt_with_rng(rng, &secret_key(key), &nostr_key(to), text.as_str()).map_err(|_| {
        Error::new(ErrorCode::InvalidProvider, format!("{to} is no public key; choose another provider"))
    })?;
    let event = sign(key, NIP04, [["p", &to.to_hex()]], content, created_at, rng);
    if event.json.len() > LARGEST_EVENT {
        return Err(Error::new(
            ErrorCode::InvalidToken,
            "the token is too long for one message; make it of fewer proofs",
        ));
    }
    Ok(event)
}

/// Decrypts a provider's message to a lease's key, if it is one: kind 4, signed by that provider, addressed to that key.
///
/// # Errors
/// A [`Refusal`] for a message of another kind, from somebody else, to somebody else, or that cannot be decrypted.
pub fn nip04_open(key: &LeaseSecret, from: &ProviderKey, event: &VerifiedEvent) -> Result<String, Refusal> {
    open(key, from, event, from, &public_key(key))
}

/// Decrypts a lease's own request to a provider, as it was sent and as relays keep it: kind 4, signed by that key, addressed
/// to that provider.
///
/// # Errors
/// A [`Refusal`] for a message of another kind, by somebody else, to somebody else, that cannot be decrypted, or that no
/// provider reads as a request.
pub fn nip04_open_request(key: &LeaseSecret, to: &ProviderKey, event: &VerifiedEvent) -> Result<RequestText, Refusal> {
    RequestText::read(open(key, to, event, &public_key(key), to)?)
}

fn open(
    key: &LeaseSecret,
    other: &ProviderKey,
    event: &VerifiedEvent,
    author: &ProviderKey,
    addressee: &ProviderKey,
) -> Result<String, Refusal> {
    // Replies by another method than the request's can be induced by anybody (PROTOCOL §2.7, 6).
    if event.kind() != NIP04 {
        return Err(Refusal::new(
            RefusalKind::WrongKind,
            format!("an event of kind {} does not answer a request of kind {NIP04}", event.kind()),
        ));
    }
    if event.author() != *author {
        return Err(Refusal::new(
            RefusalKind::WrongSigner,
            format!("the message is from {} and not from {author}", event.author()),
        ));
    }
    let addressee = addressee.to_hex();
    if !event.tags("p").any(|to| to == addressee) {
        return Err(Refusal::new(RefusalKind::NotForUs, format!("the message is not addressed to {addressee}")));
    }
    nip04::decrypt(&secret_key(key), &nostr_key(other), event.content())
        .map_err(|_| Refusal::new(RefusalKind::Undecryptable, "the message cannot be decrypted with the lease's key"))
}

/// The public key of a lease: the owner's name in status requests, and where replies are addressed to.
#[must_use]
pub fn public_key(key: &LeaseSecret) -> ProviderKey {
    ProviderKey::from_bytes(Keys::new(secret_key(key)).public_key().to_bytes())
}

/// Signs a relay's challenge with a lease's key (NIP-42).
#[must_use]
pub fn auth_event(
    key: &LeaseSecret,
    challenge: &str,
    relay: &RelayUrl,
    created_at: u64,
    rng: &mut impl Rng,
) -> SignedEvent {
    let tags = [["relay", relay.as_str()], ["challenge", challenge]];
    sign_as(key, Verb::Auth, NIP42_AUTH, tags, String::new(), created_at, rng)
}

pub(super) fn sign<const N: usize>(
    key: &LeaseSecret,
    kind: u16,
    tags: [[&str; 2]; N],
    content: String,
    created_at: u64,
    rng: &mut impl Rng,
) -> SignedEvent {
    sign_as(key, Verb::Event, kind, tags, content, created_at, rng)
}

// Step by step, because the library's own builders read the clock and the dice of the system.
fn sign_as<const N: usize>(
    key: &LeaseSecret,
    verb: Verb,
    kind: u16,
    tags: [[&str; 2]; N],
    content: String,
    created_at: u64,
    rng: &mut impl Rng,
) -> SignedEvent {
    let tags = tags.map(|tag| Tag::parse(tag).expect("two values are not none"));
    let event = sign_event(&Keys::new(secret_key(key)), kind, tags, content, created_at, rng);
    SignedEvent { verb, ..event }
}

pub(super) fn sign_event(
    keys: &Keys,
    kind: u16,
    tags: impl IntoIterator<Item = Tag>,
    content: String,
    created_at: u64,
    rng: &mut impl Rng,
) -> SignedEvent {
    let unsigned =
        UnsignedEvent::new(keys.public_key(), Timestamp::from_secs(created_at), Kind::from_u16(kind), tags, content);
    let id = unsigned.compute_id();
    let mut aux = [0; 32];
    rng.fill_bytes(&mut aux);
    let signature = keys.sign_schnorr_with_aux_rand(&Secp256k1::signing_only(), id.as_bytes(), &aux);
    let event = unsigned.add_signature(signature).expect("signed by the key it names");
    SignedEvent { id: EventId::from_bytes(id.to_bytes()), json: event.as_json(), verb: Verb::Event }
}

pub(super) fn secret_key(key: &LeaseSecret) -> SecretKey {
    SecretKey::from_slice(key.expose()).expect("a lease secret is a secret key of the curve")
}

pub(super) fn nostr_key(key: &ProviderKey) -> PublicKey {
    PublicKey::from_byte_array(*key.as_bytes())
}
