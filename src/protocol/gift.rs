//! A private message to a stranger, under a name that is used once (NIP-17, NIP-44, NIP-59).
//!
//! Step by step, because the library's own builders read the clock and the dice of the system.

use bitcoin::bech32::Bech32;
use bitcoin::bech32::primitives::decode::CheckedHrpstring;
use nostr::event::{Kind, Tag, UnsignedEvent};
use nostr::key::{Keys, PublicKey, SecretKey};
use nostr::nips::nip44::v2::{ConversationKey, encrypt_to_bytes_with_nonce};
use nostr::types::Timestamp;
use rand::{Rng, RngExt};

use super::dm::{SignedEvent, sign_event};
use super::kind;
use super::npub::provider_from_text;
use super::text::clean;
use crate::error::{Error, ErrorCode};
use crate::model::{ProviderKey, RelayUrl};

/// How far seal and wrap are dated back at most, in seconds.
const DATED_BACK_SECS: u64 = 2 * 86_400;

/// Reads whom a private message is for, and the relays where it is looked for: hex, `npub` or `nprofile` (NIP-19).
///
/// # Errors
/// [`ErrorCode::InvalidInput`] for another form and for bytes that are no public key.
pub fn receiver_from_text(text: &str) -> Result<(ProviderKey, Vec<RelayUrl>), Error> {
    let refused = || {
        Error::new(
            ErrorCode::InvalidInput,
            format!("{:?} names nobody on Nostr; ask for a new request", clean(text, 80)),
        )
    };
    let named = text.trim();
    if !named.starts_with("nprofile1") {
        return provider_from_text(named).map(|key| (key, Vec::new())).map_err(|_| refused());
    }
    // The library's reader of this form weighs several times as much.
    let checked = CheckedHrpstring::new::<Bech32>(named).map_err(|_| refused())?;
    let bytes: Vec<u8> = checked.byte_iter().collect();
    let (mut key, mut relays, mut rest) = (None, Vec::new(), &bytes[..]);
    while let [kind, length, more @ ..] = rest {
        let (value, more) = more.split_at_checked(usize::from(*length)).ok_or_else(refused)?;
        match kind {
            0 if key.is_none() => key = value.try_into().ok().map(ProviderKey::from_bytes),
            1 => relays.extend(std::str::from_utf8(value).ok().and_then(|url| url.parse().ok())),
            _ => {}
        }
        rest = more;
    }
    let key = key.filter(|key| PublicKey::from_byte_array(*key.as_bytes()).xonly().is_ok()).ok_or_else(refused)?;
    Ok((key, relays))
}

/// Wraps a message so that only its receiver can read it, and nobody sees who sent it: both keys are used this once.
///
/// # Errors
/// [`ErrorCode::InvalidInput`] if the receiver's key is none or the message is too long.
pub fn gift_wrap(to: &ProviderKey, content: &str, now: u64, rng: &mut impl Rng) -> Result<SignedEvent, Error> {
    let failed = || Error::new(ErrorCode::InvalidInput, "the message cannot be encrypted for its receiver");
    let receiver = PublicKey::from_byte_array(*to.as_bytes());
    let sender = fresh_key(rng);
    let tag = Tag::parse(["p", &to.to_hex()]).expect("two values are not none");
    let mut rumor = UnsignedEvent::new(
        sender.public_key(),
        Timestamp::from_secs(now),
        Kind::from_u16(kind::CHAT_MESSAGE),
        [tag],
        content,
    );
    rumor.ensure_id();
    let sealed = encrypt(&sender, &receiver, &rumor.as_json(), rng).ok_or_else(failed)?;
    let seal = sign_event(&sender, kind::SEAL, [], sealed, dated_back(now, rng), rng);
    let wrapper = fresh_key(rng);
    let wrapped = encrypt(&wrapper, &receiver, seal.json(), rng).ok_or_else(failed)?;
    let tag = Tag::parse(["p", &to.to_hex()]).expect("two values are not none");
    Ok(sign_event(&wrapper, kind::GIFT_WRAP, [tag], wrapped, dated_back(now, rng), rng))
}

fn dated_back(now: u64, rng: &mut impl Rng) -> u64 {
    now.saturating_sub(rng.random_range(0..=DATED_BACK_SECS))
}

fn fresh_key(rng: &mut impl Rng) -> Keys {
    loop {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        if let Ok(key) = SecretKey::from_slice(&bytes) {
            return Keys::new(key);
        }
    }
}

fn encrypt(from: &Keys, to: &PublicKey, text: &str, rng: &mut impl Rng) -> Option<String> {
    let key = ConversationKey::derive(from.secret_key(), to).ok()?;
    let mut nonce = [0; 32];
    rng.fill_bytes(&mut nonce);
    let bytes = encrypt_to_bytes_with_nonce(&key, text.as_bytes(), nonce).ok()?;
    Some(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes))
}
