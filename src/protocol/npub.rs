//! How a provider is named: hex, `npub` or `nostr:` URI (NIP-19, NIP-21).

use nostr::key::PublicKey;
use nostr::nips::nip19::{FromBech32, ToBech32};

use super::text::clean;
use crate::error::{Error, ErrorCode};
use crate::model::ProviderKey;

/// Reads a provider's key in any form people write it in.
///
/// # Errors
/// [`ErrorCode::InvalidProvider`] for another form and for bytes that are no public key.
pub fn provider_from_text(text: &str) -> Result<ProviderKey, Error> {
    let named = text.trim();
    let named = named.strip_prefix("nostr:").unwrap_or(named);
    let key = if named.starts_with("npub1") {
        PublicKey::from_bech32(named).ok().map(|key| ProviderKey::from_bytes(key.to_bytes()))
    } else {
        named.parse().ok()
    };
    key.filter(|key| PublicKey::from_byte_array(*key.as_bytes()).xonly().is_ok()).ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidProvider,
            format!("{:?} is not a provider's key; paste its npub1… or the 64 hex characters", clean(text, 80)),
        )
    })
}

/// The `npub1…` form of a provider's key.
#[must_use]
pub fn to_npub(provider: &ProviderKey) -> String {
    match PublicKey::from_byte_array(*provider.as_bytes()).to_bech32() {
        Ok(npub) => npub,
        Err(never) => match never {},
    }
}
