//! Signed events (NIP-01): what a relay claims, and what was checked.

use std::fmt;

use nostr::event::{Event, EventId as NostrId, Kind, Signature, Tag};
use nostr::key::PublicKey;
use nostr::types::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::json;
use super::refusal::{Refusal, RefusalKind};
use crate::model::{MAX_SAFE_INTEGER, ProviderKey, hex};

/// The largest event that is read, in bytes of JSON. Relays commonly cap events there too.
pub const LARGEST_EVENT: usize = 64 * 1024;

/// The hash that names an event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId([u8; 32]);

impl EventId {
    /// Wraps the 32 bytes of the hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 characters of lower-case hex, the form used on the wire.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({})", self.to_hex())
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Hex::deserialize(deserializer).map(|Hex(bytes)| Self(bytes))
    }
}

/// An event as somebody sent it: well-formed and of bounded size, its id and signature not yet checked.
#[derive(Clone, PartialEq, Eq)]
pub struct UnverifiedEvent(Event);

impl UnverifiedEvent {
    /// The id it claims. Compare it with the ids already known before paying for cryptography.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId(self.0.id.to_bytes())
    }

    // About as many bytes as its JSON has, without writing it.
    pub(super) fn size(&self) -> usize {
        const FIXED: usize = 320;
        let tags = self.0.tags.iter().flat_map(|tag| tag.as_slice()).map(|value| value.len() + 3);
        tags.sum::<usize>() + self.0.content.len() + FIXED
    }

    /// Checks the id and the signature. Costs a tenth of a millisecond or two in a browser.
    ///
    /// # Errors
    /// [`RefusalKind::ForgedId`] if the id is not the hash of the event, [`RefusalKind::ForgedSignature`] if its author
    /// did not sign it.
    pub fn verify(self) -> Result<VerifiedEvent, Refusal> {
        if !self.0.verify_id() {
            return Err(Refusal::new(RefusalKind::ForgedId, "the event's id is not the hash of its content"));
        }
        if !self.0.verify_signature() {
            return Err(Refusal::new(RefusalKind::ForgedSignature, "the event is not signed by the author it names"));
        }
        Ok(VerifiedEvent(self.0))
    }
}

impl fmt::Debug for UnverifiedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe("UnverifiedEvent", &self.0, f)
    }
}

/// An event whose size, form, id and signature were checked. It cannot be made otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedEvent(Event);

impl VerifiedEvent {
    /// Reads and checks an event from its JSON text.
    ///
    /// # Errors
    /// A [`Refusal`] for text that is too large, nested too deeply, no event, or not signed by its author.
    pub fn from_json(text: &str) -> Result<Self, Refusal> {
        const WHAT: &str = "the event";
        json::bound(text, LARGEST_EVENT, WHAT)?;
        json::members::<Unbounded>(&json::tree(text, WHAT)?, WHAT)?.0.verify()
    }

    /// The event as compact JSON, the form that is stored and sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.as_json()
    }

    /// The hash that names the event.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId(self.0.id.to_bytes())
    }

    /// The key that signed the event.
    #[must_use]
    pub fn author(&self) -> ProviderKey {
        ProviderKey::from_bytes(self.0.pubkey.to_bytes())
    }

    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.0.kind.as_u16()
    }

    /// The date that the author gave it, in Unix seconds by the author's clock.
    #[must_use]
    pub fn created_at(&self) -> u64 {
        self.0.created_at.as_secs()
    }

    /// The content as signed, not cleaned.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.0.content
    }

    /// The first value of the first tag of that name.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags(name).next()
    }

    /// The first values of all tags of that name, in order.
    pub fn tags<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.tags.iter().filter_map(move |tag| match tag.as_slice() {
            [first, value, ..] if first == name => Some(value.as_str()),
            _ => None,
        })
    }
}

impl fmt::Debug for VerifiedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe("VerifiedEvent", &self.0, f)
    }
}

// Contents hold requests and replies, so they are never printed.
fn describe(name: &str, event: &Event, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct(name)
        .field("id", &event.id.to_hex())
        .field("author", &event.pubkey.to_hex())
        .field("kind", &event.kind.as_u16())
        .field("created_at", &event.created_at.as_secs())
        .finish_non_exhaustive()
}

/// A well-formed event whose size nobody has bounded yet.
pub(super) struct Unbounded(pub(super) UnverifiedEvent);

impl<'de> Deserialize<'de> for Unbounded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        if wire.created_at > MAX_SAFE_INTEGER {
            return Err(de::Error::custom("a date beyond 2^53"));
        }
        let tags = wire.tags.into_iter().map(Tag::parse).collect::<Result<Vec<_>, _>>().map_err(de::Error::custom)?;
        Ok(Self(UnverifiedEvent(Event::new(
            NostrId::from_byte_array(wire.id.0),
            PublicKey::from_byte_array(wire.pubkey.0),
            Timestamp::from_secs(wire.created_at),
            Kind::from_u16(wire.kind),
            tags,
            wire.content,
            Signature::from_byte_array(wire.sig.0),
        ))))
    }
}

#[derive(Deserialize)]
struct Wire {
    id: Hex<32>,
    pubkey: Hex<32>,
    created_at: u64,
    kind: u16,
    tags: Vec<Vec<String>>,
    content: String,
    sig: Hex<64>,
}

struct Hex<const N: usize>([u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom("not lower-case hex of the right length");
        if text.len() != 2 * N {
            return Err(wrong());
        }
        let mut bytes = [0; N];
        for (at, digit) in text.bytes().enumerate() {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return Err(wrong()),
            };
            bytes[at / 2] = bytes[at / 2] << 4 | value;
        }
        Ok(Self(bytes))
    }
}
