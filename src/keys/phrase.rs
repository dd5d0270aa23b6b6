//! The recovery phrase (BIP-39) and the keys of its accounts (NIP-06).

use std::fmt;

use bip39::{Language, Mnemonic};
use bitcoin::NetworkKind;
use bitcoin::bip32::{ChildNumber, Xpriv};
use bitcoin::secp256k1::Secp256k1;
use bitcoin_hashes::sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, ErrorCode};
use crate::model::LeaseSecret;

const WORDS: usize = 12;

/// The twelve English BIP-39 words that are the whole account.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Phrase(String);

impl Phrase {
    /// The phrase that stands for 128 bits of fresh randomness.
    #[must_use]
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        let mnemonic = Mnemonic::from_entropy(&entropy).expect("BIP-39 knows 16 bytes of entropy");
        Self::of(&mnemonic)
    }

    /// Reads a phrase as a person types it: any case, and between the words white space, their numbers, and marks of ASCII.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`] if it has not twelve words, an unknown word, or a wrong check sum.
    pub fn parse(text: &str) -> Result<Self, Error> {
        read(text, &[WORDS]).map(|mnemonic| Self::of(&mnemonic))
    }

    fn of(mnemonic: &Mnemonic) -> Self {
        Self(mnemonic.words().collect::<Vec<_>>().join(" "))
    }

    /// The words in lower case, one space between them.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0
    }

    /// The BIP-39 seed with an empty passphrase, as NUT-13 wants it. Costs 2048 rounds of HMAC-SHA512: keep it.
    #[must_use]
    pub fn seed(&self) -> Seed {
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &self.0).expect("checked where it was made");
        Seed(mnemonic.to_seed_normalized(""))
    }

    /// The secret of a lease account; see [`Seed::lease_secret`], which does not derive the seed anew.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for account 0 and from 2^31.
    pub fn lease_secret(&self, account: u32) -> Result<LeaseSecret, Error> {
        self.seed().lease_secret(account)
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(hidden)")
    }
}

/// The 64 bytes that the wallet's and the leases' keys come from.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 64]);

impl Seed {
    /// The seed of a phrase that another program made, of any length that BIP-39 has, without a passphrase.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidPhrase`] as [`Phrase::parse`].
    pub fn of_any_phrase(text: &str) -> Result<Self, Error> {
        let mut mnemonic = read(text, &[12, 15, 18, 21, 24])?;
        let seed = Self(mnemonic.to_seed_normalized(""));
        mnemonic.zeroize();
        Ok(seed)
    }

    /// The 64 secret bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 64] {
        &self.0
    }

    /// The key that keeps the list of mints on relays (NUT-27).
    #[must_use]
    pub fn mint_list_secret(&self) -> LeaseSecret {
        let mut named = [self.0.as_slice(), b"cashu-mint-backup"].concat();
        let secret = LeaseSecret::from_bytes(sha256::Hash::hash(&named).to_byte_array());
        named.zeroize();
        secret.expect("all hashes but one in 2^127 are secret keys")
    }

    /// The secret of a lease account: NIP-06, `m/44'/1237'/account'/0/0`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for account 0, which is the phrase's own identity and never signs for a lease, and
    /// from 2^31, which BIP-32 cannot harden.
    pub fn lease_secret(&self, account: u32) -> Result<LeaseSecret, Error> {
        let hardened = match ChildNumber::from_hardened_idx(account) {
            Ok(number) if account != 0 => number,
            _ => {
                return Err(Error::new(
                    ErrorCode::InvalidInput,
                    format!("{account} is no lease account; they run from 1 to {}", (1u32 << 31) - 1),
                ));
            }
        };
        let fixed = |index| ChildNumber::from_hardened_idx(index).expect("a constant below 2^31");
        let first = ChildNumber::from_normal_idx(0).expect("a constant below 2^31");
        let path = [fixed(44), fixed(1237), hardened, first, first];
        let never = "a derivation fails for one seed in 2^127";
        let master = Xpriv::new_master(NetworkKind::Main, &self.0).expect(never);
        let mut child = master.derive_priv(&Secp256k1::signing_only(), &path).expect(never);
        let secret = LeaseSecret::from_bytes(child.private_key.secret_bytes()).expect("BIP-32 makes secret keys");
        child.private_key.non_secure_erase();
        Ok(secret)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(hidden)")
    }
}

fn read(text: &str, lengths: &[usize]) -> Result<Mnemonic, Error> {
    let invalid = |message: String| Error::new(ErrorCode::InvalidPhrase, message);
    let mut typed = text.to_lowercase();
    let between = |c: char| c.is_whitespace() || c.is_ascii() && !c.is_ascii_alphabetic();
    let listed: Vec<_> = typed.split(between).filter(|word| !word.is_empty()).collect();
    let (count, mut words) = (listed.len(), listed.join(" "));
    let parsed = Mnemonic::parse_in_normalized(Language::English, &words);
    typed.zeroize();
    words.zeroize();
    if !lengths.contains(&count) {
        let lengths = lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        return Err(invalid(format!(
            "a recovery phrase has {lengths} words and this one has {count}; write all of them"
        )));
    }
    // The library names the unknown word by its place; the word itself may be half of a secret.
    match parsed {
        Ok(mnemonic) => Ok(mnemonic),
        Err(bip39::Error::UnknownWord(at)) => Err(invalid(format!(
            "word {} of the recovery phrase is not on the English BIP-39 list; check its spelling",
            at + 1
        ))),
        Err(_) => {
            Err(invalid("the words are all known but do not belong together; check their order and spelling".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProviderKey;

    // The example of NIP-06.
    const WORDS: &str = "leader monkey parrot ring guide accident before fence cannon height naive bean";

    fn hex(bytes: &[u8; 32]) -> String {
        ProviderKey::from_bytes(*bytes).to_hex()
    }

    #[test]
    fn a_phrase_is_read_as_people_type_it() {
        let phrase =
            Phrase::parse("  Leader MONKEY\tparrot ring guide accident\nbefore fence cannon height naive bean ");
        assert_eq!(phrase.expect("the words of NIP-06").words(), WORDS);
        let numbered =
            WORDS.split(' ').enumerate().map(|(at, word)| format!("{}. {word}\n", at + 1)).collect::<String>();
        assert_eq!(Phrase::parse(&numbered).expect("as on paper").words(), WORDS);
    }

    #[test]
    fn a_wrong_phrase_is_refused_without_being_repeated() {
        let cases = [
            ("leader monkey parrot", "12 words"),
            ("", "has 0"),
            ("leader monkey parrot ring guide accident before fence cannon height naive markerword", "word 12"),
            ("monkey leader parrot ring guide accident before fence cannon height naive bean", "belong together"),
        ];
        for (words, says) in cases {
            let error = Phrase::parse(words).expect_err("not a phrase");
            assert_eq!(error.code(), ErrorCode::InvalidPhrase);
            assert!(error.message().contains(says), "{error}");
            assert!(!error.message().contains("markerword") && !error.message().contains("leader"), "{error}");
        }
        let long = "abandon ".repeat(23) + "art";
        assert!(Phrase::parse(&long).is_err(), "24 words are another kind of phrase");
    }

    #[test]
    fn the_seed_is_that_of_bip39_with_an_empty_passphrase() {
        let phrase = Phrase::from_entropy([0; 16]);
        assert_eq!(phrase.words(), "abandon ".repeat(11) + "about");
        let seed = phrase.seed();
        let (head, tail) = seed.expose().split_at(32);
        assert_eq!(
            hex(head.try_into().expect("32 bytes")),
            "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1"
        );
        assert_eq!(
            hex(tail.try_into().expect("32 bytes")),
            "9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4"
        );
    }

    #[test]
    fn account_0_signs_for_no_lease() {
        let seed = Phrase::from_entropy([7; 16]).seed();
        assert_eq!(seed.lease_secret(0).map_err(|error| error.code()), Err(ErrorCode::InvalidInput));
        assert_eq!(seed.lease_secret(1 << 31).map_err(|error| error.code()), Err(ErrorCode::InvalidInput));
        assert!(seed.lease_secret((1 << 31) - 1).is_ok());
        assert_ne!(seed.lease_secret(1).expect("an account"), seed.lease_secret(2).expect("an account"));
    }

    #[test]
    fn neither_phrase_nor_seed_is_printed() {
        let phrase = Phrase::parse(WORDS).expect("the words of NIP-06");
        assert_eq!(format!("{phrase:?} {:?}", phrase.seed()), "Phrase(hidden) Seed(hidden)");
    }
}
