//! The nouns all layers share. Each is checked where it is made and cannot be built otherwise.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Error, ErrorCode};

/// The largest integer that JSON readers of every language agree on (2^53 − 1).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

macro_rules! money {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub struct $name(u64);

        impl $name {
            /// Nothing at all.
            pub const ZERO: Self = Self(0);

            /// Wraps an amount.
            #[must_use]
            pub const fn new(amount: u64) -> Self {
                Self(amount)
            }

            /// The bare number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// The sum, or `None` beyond `u64`.
            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }

            /// The difference, or `None` below zero.
            #[must_use]
            pub fn checked_sub(self, other: Self) -> Option<Self> {
                self.0.checked_sub(other.0).map(Self)
            }

            /// The sum, held at the largest amount.
            #[must_use]
            pub fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, held at zero.
            #[must_use]
            pub fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// True for nothing at all.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }

        impl From<$name> for Amount {
            fn from(amount: $name) -> Self {
                Self { value: amount.0, unit: Unit::$name }
            }
        }

        impl PartialEq<$name> for Amount {
            fn eq(&self, other: &$name) -> bool {
                *self == Self::from(*other)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::saturating_add)
            }
        }

        // 128 bits wide, because that is what becomes a `bigint` in JavaScript; the digits in JSON are the same.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u128(u128::from(self.0))
            }
        }
    };
}

money! {
    /// An amount in satoshi. A `bigint` in JavaScript.
    Sat, "sat"
}
money! {
    /// An amount in thousandths of a satoshi. A `bigint` in JavaScript.
    Msat, "msat"
}

impl Sat {
    /// The same amount in millisatoshi, held at the largest one.
    #[must_use]
    pub fn to_msat(self) -> Msat {
        Msat(self.0.saturating_mul(1000))
    }
}

impl Msat {
    /// The amount in satoshi, rounded up.
    #[must_use]
    pub fn to_sat_ceil(self) -> Sat {
        Sat(self.0.div_ceil(1000))
    }
}

/// What ecash counts in: that of its keyset. One operation never mixes them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Satoshi.
    #[default]
    Sat,
    /// Thousandths of a satoshi.
    Msat,
}

impl Unit {
    /// Every unit that a wallet can hold.
    pub const ALL: [Self; 2] = [Self::Sat, Self::Msat];

    /// The name that mints use: `sat` or `msat`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sat => "sat",
            Self::Msat => "msat",
        }
    }

    /// What one of it is in millisatoshi.
    #[must_use]
    pub const fn in_msat(self) -> u64 {
        match self {
            Self::Sat => 1000,
            Self::Msat => 1,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Unit {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidInput`] for any other unit.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == text).ok_or_else(|| {
            let text = clip(text);
            Error::new(
                ErrorCode::InvalidInput,
                format!("{text:?} is no unit of this wallet; choose \"sat\" or \"msat\""),
            )
        })
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// So much of a unit. A `bigint` in JavaScript, which gets the unit beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    value: u64,
    unit: Unit,
}

impl Amount {
    /// Wraps a number with its unit.
    #[must_use]
    pub const fn new(value: u64, unit: Unit) -> Self {
        Self { value, unit }
    }

    /// So many satoshi.
    #[must_use]
    pub const fn sat(value: u64) -> Self {
        Self::new(value, Unit::Sat)
    }

    /// So many thousandths of a satoshi.
    #[must_use]
    pub const fn msat(value: u64) -> Self {
        Self::new(value, Unit::Msat)
    }

    /// The bare number, in the amount's unit.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.value
    }

    /// The unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// True for nothing at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.value == 0
    }

    /// The same amount in millisatoshi, held at the largest one.
    #[must_use]
    pub const fn to_msat(self) -> Msat {
        Msat(self.value.saturating_mul(self.unit.in_msat()))
    }

    /// The amount in satoshi, rounded up.
    #[must_use]
    pub fn to_sat_ceil(self) -> Sat {
        match self.unit {
            Unit::Sat => Sat(self.value),
            Unit::Msat => Msat(self.value).to_sat_ceil(),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.unit)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u128(u128::from(self.value))
    }
}

macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The normalised text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

/// A mint's address, normalised as providers compare it: scheme and host in lower case, no trailing slash, path kept
/// (PROTOCOL §3.6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MintUrl(String);

text_newtype!(MintUrl);

impl FromStr for MintUrl {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidMintUrl`] for what is not one absolute `http(s)` URL.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url = normalise_url(text, ["https", "http"]).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidMintUrl,
                format!("{:?} is not a mint's address: one begins with https://, a relay's with wss://", clip(text)),
            )
        })?;
        Ok(Self(url))
    }
}

/// A relay's address: scheme and host in lower case, no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayUrl(String);

text_newtype!(RelayUrl);

impl FromStr for RelayUrl {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidRelayUrl`] for what is not one absolute `ws(s)` URL.
    fn from_str(text: &str) -> Result<Self, Error> {
        let url = normalise_url(text.trim(), ["wss", "ws"]).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidRelayUrl,
                format!("{:?} is not a relay's address: one begins with wss://, a mint's with https://", clip(text)),
            )
        })?;
        Ok(Self(url))
    }
}

fn normalise_url(text: &str, schemes: [&str; 2]) -> Option<String> {
    let (scheme, rest) = text.trim_end_matches('/').split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '"' | '<' | '>' | '\\' | '@' | '#');
    let valid = schemes.contains(&scheme.as_str())
        && !host.is_empty()
        && text.len() <= 512
        && host.chars().all(|c| plain(c) && c != '?')
        && path.chars().all(plain);
    valid.then(|| format!("{scheme}://{}{path}", host.to_ascii_lowercase()))
}

/// The x-only public key that a provider signs with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderKey([u8; 32]);

impl ProviderKey {
    /// Wraps the 32 bytes of an x-only key.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the x-only key.
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

/// Lower-case hex, two characters a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl fmt::Display for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for ProviderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProviderKey({})", self.to_hex())
    }
}

impl FromStr for ProviderKey {
    type Err = Error;

    /// Reads 64 hex characters of either case. The `npub` form is read by `protocol`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidProvider`] for anything else.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(
                ErrorCode::InvalidProvider,
                format!("{:?} is not a provider key; it has 64 hex characters", clip(text)),
            )
        };
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        if text.contains('+') { Err(wrong()) } else { Ok(Self(bytes)) }
    }
}

impl Serialize for ProviderKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for ProviderKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The secret key of one lease: it signs the lease's requests, and the lease's password, workload id and volume key are
/// derived from it. Also the key that keeps the list of mints on relays.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LeaseSecret([u8; 32]);

impl LeaseSecret {
    /// Wraps a secp256k1 secret key; nothing for the bytes that are none: zero, and the group order or above.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        const ORDER: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae,
            0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
        ];
        (bytes != [0; 32] && bytes < ORDER).then_some(Self(bytes))
    }

    /// The 32 secret bytes.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for LeaseSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeaseSecret(hidden)")
    }
}

/// A stored record and its new value; no value deletes it. Values are JSON text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// Where the record lives, like `wallet/counter/…`.
    pub key: String,
    /// The new JSON text, or nothing to delete the record.
    pub value: Option<String>,
}

// Values hold money and keys, so only their size is ever printed.
impl fmt::Debug for RecordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.value.as_ref().map(String::len);
        f.debug_struct("RecordChange").field("key", &self.key).field("bytes", &size).finish()
    }
}

/// The first characters of somebody's text, for use in a message.
pub(crate) fn clip(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a text is that was pasted where it is of no use, and where it belongs, as far as its beginning tells.
pub(crate) fn misplaced(text: &str) -> Option<&'static str> {
    const INVOICE: &str = "this is a Lightning invoice; paste it under Pay";
    const KINDS: [(&str, &str); 5] = [
        ("cashu", "this is a Cashu token; paste it under Receive"),
        ("creq", "this is a payment request; paste it under Pay"),
        ("lnbc", INVOICE),
        ("lntb", INVOICE),
        ("lightning:", INVOICE),
    ];
    let text = text.trim();
    let start = text.get(..10).unwrap_or(text).to_ascii_lowercase();
    if let Some((_, words)) = KINDS.iter().find(|(kind, _)| start.starts_with(kind)) {
        return Some(words);
    }
    let is_word = |word: &str| word.len() <= 8 && !word.contains([',', '!', '?', ':']);
    let is_phrase = text.split_whitespace().take_while(|word| is_word(word)).count() >= 12;
    is_phrase.then_some("these look like the words of a wallet; show them to nobody, and enter them only in Settings")
}

/// A small ordered map. A `BTreeMap` weighs 3 to 5 kB in the wasm package for each type it is made for, this a tenth; an
/// insertion moves what lies behind, so maps that may grow beyond thousands are `BTreeMap`s.
pub(crate) type Map<K, V> = litemap::LiteMap<K, V>;

/// A small ordered set, as [`Map`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set<T>(Map<T, ()>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Set<T> {
    pub(crate) const fn new() -> Self {
        Self(Map::new_vec())
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.keys()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Ord> Set<T> {
    /// True if it was not there before.
    pub(crate) fn insert(&mut self, item: T) -> bool {
        self.0.insert(item, ()).is_none()
    }

    pub(crate) fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        self.0.contains_key(item)
    }

    /// True if it was there.
    pub(crate) fn remove(&mut self, item: &T) -> bool {
        self.0.remove(item).is_some()
    }

    pub(crate) fn extend(&mut self, items: impl IntoIterator<Item = T>) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(T, ())>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(item, ())| item)
    }
}

impl<T: Serialize> Serialize for Set<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for Set<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|items| items.into_iter().into_set())
    }
}

/// Ordered collections, gathered one by one: `collect` would sort first, and a sort weighs 3 kB in the wasm package for each
/// type it is made for.
pub(crate) trait Gather: Iterator + Sized {
    /// All items, each once.
    fn into_set(self) -> Set<Self::Item>
    where
        Self::Item: Ord,
    {
        let mut set = Set::new();
        set.extend(self);
        set
    }

    /// All pairs; of equal keys the last one's value.
    fn into_map<K: Ord, V>(self) -> Map<K, V>
    where
        Self: Iterator<Item = (K, V)>,
    {
        let mut map = Map::new_vec();
        for (key, value) in self {
            map.insert(key, value);
        }
        map
    }
}

impl<I: Iterator> Gather for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_gathered_as_collect_gathers_them() {
        let pairs = [(2, 'a'), (1, 'b'), (2, 'c')];
        let map = pairs.into_iter().into_map();
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [(1, 'b'), (2, 'c')]);
        let set = [3, 1, 3].into_iter().into_set();
        assert_eq!((set.len(), set.into_iter().collect::<Vec<_>>()), (2, vec![1, 3]));
    }

    #[test]
    fn mint_urls_compare_as_providers_compare_them() {
        let same = |text: &str| text.parse::<MintUrl>().map(|url| url.to_string());
        assert_eq!(same("https://Mint.Example.com////").as_deref(), Ok("https://mint.example.com"));
        assert_eq!(same("HTTPS://MINT.example.com/Bitcoin/").as_deref(), Ok("https://mint.example.com/Bitcoin"));
        assert_eq!(same("https://mint.example.com:443").as_deref(), Ok("https://mint.example.com:443"));
        assert_eq!(same("http://localhost:3338").as_deref(), Ok("http://localhost:3338"));
        for wrong in
            ["mint.example.com", "", "https://a.example,https://b.example", " https://mint.example.com", "https://"]
        {
            assert_eq!(same(wrong).map_err(|error| error.code()), Err(ErrorCode::InvalidMintUrl), "{wrong}");
        }
    }

    #[test]
    fn money_is_json_digits_and_reads_back() {
        let json = serde_json::to_string(&Sat::new(u64::MAX)).expect("numbers serialise");
        assert_eq!(json, "18446744073709551615");
        assert_eq!(serde_json::from_str::<Sat>(&json).expect("digits"), Sat::new(u64::MAX));
        assert_eq!(Msat::new(1001).to_sat_ceil(), Sat::new(2));
    }

    #[test]
    fn a_lease_secret_is_a_secret_key_of_the_curve_and_is_never_printed() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        let order = *order.parse::<ProviderKey>().expect("64 hex characters").as_bytes();
        let mut largest = order;
        largest[31] -= 1;
        assert!(LeaseSecret::from_bytes([0; 32]).is_none());
        assert!(LeaseSecret::from_bytes(order).is_none());
        assert!(LeaseSecret::from_bytes([0xff; 32]).is_none());
        assert_eq!(LeaseSecret::from_bytes(largest).expect("one below the order").expose(), &largest);
        let shown = format!("{:?}", LeaseSecret::from_bytes([0x5a; 32]).expect("below the order"));
        assert!(!shown.contains("5a") && !shown.contains("90"), "{shown}");
    }

    #[test]
    fn a_provider_key_is_64_hex_characters() {
        let hex = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        assert_eq!(hex.to_uppercase().parse::<ProviderKey>().map(|key| key.to_hex()).as_deref(), Ok(hex));
        assert!("+9be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798".parse::<ProviderKey>().is_err());
        assert!("npub1".parse::<ProviderKey>().is_err());
    }
}
