//! Secrets and blinding factors from the seed (NUT-13).

use bitcoin::hashes::{Hash, HashEngine, Hmac, HmacEngine, sha256, sha512};
use bitcoin::hex::DisplayHex;
use bitcoin::secp256k1;
use cashu::dhke::{blind_message, hash_to_curve};
use cashu::nuts::nut02::KeySetVersion;
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
        let (secret, blinding) = match keyset.get_version() {
            KeySetVersion::Version00 => self.by_path(keyset, counter)?,
            KeySetVersion::Version01 => (self.by_hash(keyset, counter, 0), self.by_hash(keyset, counter, 1)),
        };
        let secret = Secret::new(secret.to_lower_hex_string());
        let blinding = secp256k1::SecretKey::from_slice(&blinding[..]).ok()?;
        let (blinded, blinding) = blind_message(secret.as_bytes(), Some(blinding.into())).ok()?;
        Some(Derived { secret, blinding, blinded })
    }

    /// The key that locks a quote (NUT-20): `m/129373'/20'/0'/0'/counter`. Nothing from 2^31.
    pub(super) fn quote_key(&self, counter: u32) -> Option<SecretKey> {
        self.key_of(20, counter)
    }

    /// A key that others lock ecash to (NUT-11): `m/129373'/10'/0'/0'/counter`. Nothing from 2^31.
    pub(super) fn lock_key(&self, counter: u32) -> Option<SecretKey> {
        self.key_of(10, counter)
    }

    fn key_of(&self, purpose: u32, counter: u32) -> Option<SecretKey> {
        let mut node = Node::of(b"Bitcoin seed", &[&self.0[..]]);
        for step in [129_373, purpose, 0, 0] {
            node = node.child(&[&[0], &node.key[..]], HARDENED + step)?;
        }
        let public = node.public()?;
        let child = (counter < HARDENED).then(|| node.child(&[&public], counter))??;
        Some(secp256k1::SecretKey::from_slice(&child.key[..]).ok()?.into())
    }

    /// What makes the secret of a locked output one of its kind.
    pub(super) fn locked_nonce(&self, operation: u64, key: &PublicKey, until: u64, number: u32) -> String {
        let place = [&operation.to_be_bytes()[..], &until.to_be_bytes(), &number.to_be_bytes()].concat();
        self.hash(&[b"paygress locked nonce", &key.to_bytes()[..], &place]).to_lower_hex_string()
    }

    /// The locked output with this secret.
    pub(super) fn locked(&self, secret: &Secret) -> Option<Derived> {
        let blinding = self.hash(&[b"paygress locked blinding", secret.as_bytes()]);
        let blinding = secp256k1::SecretKey::from_slice(&blinding[..]).ok()?;
        let (blinded, blinding) = blind_message(secret.as_bytes(), Some(blinding.into())).ok()?;
        Some(Derived { secret: secret.clone(), blinding, blinded })
    }

    /// Two numbers of a place in a keyset that nobody else can tell.
    pub(super) fn numbers_of(&self, keyset: Id, counter: u32) -> [u32; 2] {
        let hash = self.hash(&[b"paygress unused", &keyset.to_bytes(), &counter.to_be_bytes()]);
        [0, 4].map(|at| hash[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn hash(&self, parts: &[&[u8]]) -> Bytes {
        let mut engine = HmacEngine::<sha256::Hash>::new(&self.0[..]);
        parts.iter().for_each(|part| engine.input(part));
        Zeroizing::new(Hmac::from_engine(engine).to_byte_array())
    }

    /// Version 2 keysets: one hash for each.
    fn by_hash(&self, keyset: Id, counter: u32, which: u8) -> Bytes {
        self.hash(&[b"Cashu_KDF_HMAC_SHA256", &keyset.to_bytes(), &u64::from(counter).to_be_bytes(), &[which]])
    }

    /// Version 1 keysets: `m/129372'/0'/keyset'/counter'/0` and `/1` (BIP-32). The crates compute a public key at every
    /// step, for a fingerprint that nobody asks for; only the last step needs one.
    fn by_path(&self, keyset: Id, counter: u32) -> Option<(Bytes, Bytes)> {
        if counter >= HARDENED {
            return None;
        }
        let mut node = Node::of(b"Bitcoin seed", &[&self.0[..]]);
        for step in [129_372, 0, u32::from(keyset), counter] {
            node = node.child(&[&[0], &node.key[..]], HARDENED + step)?;
        }
        let public = node.public()?;
        let last = |step| node.child(&[&public], step).map(|child| child.key);
        Some((last(0)?, last(1)?))
    }
}

/// The signature of a key, always the same one for the same text.
pub(super) fn sign(key: &SecretKey, text: &[u8]) -> String {
    let secp = secp256k1::Secp256k1::signing_only();
    let keys = secp256k1::Keypair::from_secret_key(&secp, key);
    let message = secp256k1::Message::from_digest(sha256::Hash::hash(text).to_byte_array());
    secp.sign_schnorr_no_aux_rand(&message, &keys).to_string()
}

type Bytes = Zeroizing<[u8; 32]>;

const HARDENED: u32 = 1 << 31;

/// A private key of BIP-32 with its chain code.
struct Node {
    key: Bytes,
    chain: Bytes,
}

impl Node {
    fn of(hmac_key: &[u8], message: &[&[u8]]) -> Self {
        let mut engine = HmacEngine::<sha512::Hash>::new(hmac_key);
        message.iter().for_each(|part| engine.input(part));
        let hash = Zeroizing::new(Hmac::from_engine(engine).to_byte_array());
        let mut node = Self { key: Zeroizing::default(), chain: Zeroizing::default() };
        node.key.copy_from_slice(&hash[..32]);
        node.chain.copy_from_slice(&hash[32..]);
        node
    }

    fn public(&self) -> Option<[u8; 33]> {
        Some(SecretKey::from(secp256k1::SecretKey::from_slice(&self.key[..]).ok()?).public_key().to_bytes())
    }

    fn child(&self, parent: &[&[u8]], step: u32) -> Option<Self> {
        let number = step.to_be_bytes();
        let mut child = Self::of(&self.chain[..], &[parent, &[&number]].concat());
        let parent = secp256k1::Scalar::from_be_bytes(*self.key).ok()?;
        let key = secp256k1::SecretKey::from_slice(&child.key[..]).ok()?.add_tweak(&parent).ok()?;
        *child.key = key.secret_bytes();
        Some(child)
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn secrets_and_blinding_factors_are_those_of_the_crate() {
        for (id, last) in [
            ("009a1f293253e41e", (1 << 31) - 1),
            ("00ffffffffffffff", 7),
            ("015ba18a8adcd02e715a58358eb618da4a4b3791151a4bee5e968bb88406ccf76a", u32::MAX),
        ] {
            let id = Id::from_str(id).expect("an id");
            for seed in [[0; 64], [7; 64], [255; 64]] {
                for counter in (0..40).chain([last]) {
                    let derived = Seed::new(seed).derive(id, counter).expect("derivable");
                    assert_eq!(derived.secret, Secret::from_seed(&seed, id, counter).expect("derivable"));
                    assert_eq!(derived.blinding, SecretKey::from_seed(&seed, id, counter).expect("derivable"));
                }
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_counter_that_cannot_be_hardened_is_skipped() {
        let id = Id::from_str("009a1f293253e41e").expect("an id");
        assert!(Seed::new([7; 64]).derive(id, 1 << 31).is_none());
        assert!(Seed::new([7; 64]).derive(id, u32::MAX).is_none());
    }
}
