//! Secrets and blinding factors from the seed (NUT-13).

use cashu::dhke::{blind_message, hash_to_curve};
use cashu::secret::Secret;
use cashu::{Id, PublicKey, SecretKey};
use zeroize::Zeroizing;

/// The seed of one phrase.
pub(crate) struct Seed(Zeroizing<[u8; 64]>);

/// What one counter of a keyset gives.
pub(crate) struct Derived {
    pub(super) secret: Secret,
    pub(super) blinding: SecretKey,
    pub(crate) blinded: PublicKey,
}

impl Seed {
    pub(crate) fn new(seed: [u8; 64]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// Names the seed without telling anything about it.
    pub(super) fn fingerprint(&self) -> String {
        let point = hash_to_curve(&[&b"paygress wallet fingerprint"[..], &self.0[..]].concat());
        point.map_or_else(|_| "0".repeat(16), |point| point.to_hex()[2..18].to_owned())
    }

    /// Nothing for a counter that the derivation has no key for: it is skipped.
    pub(crate) fn derive(&self, keyset: Id, counter: u32) -> Option<Derived> {
        let secret = Secret::from_seed(&self.0, keyset, counter).ok()?;
        let blinding = SecretKey::from_seed(&self.0, keyset, counter).ok()?;
        let (blinded, blinding) = blind_message(secret.as_bytes(), Some(blinding)).ok()?;
        Some(Derived { secret, blinding, blinded })
    }
}
