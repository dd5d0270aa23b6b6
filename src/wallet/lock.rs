//! Ecash locked to a key (NUT-10, NUT-11): opened by a signature of ours, and made for somebody else.
//!
//! ```text
//!   owners' signatures ───────────────▶ always opens it
//!   after the lock's end: without refund keys ──▶ anybody; with them ──▶ their signatures too
//! ```
//!
//! Our own keys come from the phrase (NUT-13, `m/129373'/10'/0'/0'/n`). What we lock can be taken back after the lock's
//! end; its secret is in the journal, since the phrase does not bring it back.

use std::fmt;
use std::str::FromStr;

use cashu::nuts::nut11::P2PKWitness;
use cashu::secret::Secret;
use cashu::{Id, Proof, PublicKey, SecretKey};
use serde::{Deserialize, Serialize};

use super::api::OperationId;
use super::derive::{Seed, sign};
use super::machine::Wallet;
use super::outputs::{Output, Role};
use crate::error::{Error, ErrorCode};
use crate::model::clip;
use crate::tree::{self, Tree};

/// So many keys of the phrase are tried: other wallets with the same phrase may have shown later ones than the first.
const OWN_KEYS: u32 = 8;
/// The key that is shown, so that others lock to it.
const SHOWN_KEY: u32 = 0;
/// The key that takes back. Not the one that is shown: receivers and mints would see that both are one person's.
const REFUND_KEY: u32 = 1;
const MOST_KEYS: usize = 16;
/// When a lock ends if nobody chose.
pub(super) const LOCK_SECS: u64 = 7 * 86_400;
const SHORTEST_SECS: u64 = 600;
const LONGEST_SECS: u64 = 10 * 366 * 86_400;

/// A public key that a token can be locked to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LockKey(PublicKey);

impl fmt::Display for LockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}

impl fmt::Debug for LockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LockKey({self})")
    }
}

impl FromStr for LockKey {
    type Err = Error;

    /// # Errors
    /// [`ErrorCode::InvalidInput`] for what is not 33 bytes in hex that name a point of the curve.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |text: &str| Err(Error::new(ErrorCode::InvalidInput, text));
        let text = text.trim();
        if text.starts_with("npub1") {
            return refused(
                "this is a Nostr key; ask the receiver for the key of their Cashu wallet, 66 hex characters",
            );
        }
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return refused(
                "this key lacks its first byte; ask the receiver for all 66 characters, which begin with 02 or 03",
            );
        }
        match PublicKey::from_hex(text.to_ascii_lowercase()) {
            Ok(key) if text.len() == 66 => Ok(Self(key)),
            Ok(_) | Err(_) => {
                refused("this is no public key; it has 66 hex characters and begins with 02 or 03, copy all of it")
            }
        }
    }
}

/// To whom a token is locked, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTo {
    /// Whose signature opens it.
    pub key: LockKey,
    /// When it can be taken back, Unix seconds. Its receiver can still take it afterwards, whoever comes first.
    pub until: u64,
}

/// As a send keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SendLock {
    pub(super) key: LockKey,
    pub(super) until: u64,
    /// What the receiver wants to find in it beside that.
    tags: Vec<Vec<String>>,
    /// How many outputs were made for it: each gets a number of its own.
    made: u32,
}

/// Why proofs stay shut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shut {
    /// No key of ours has a part in it.
    Foreign(String),
    /// It may still be ours.
    Yet(String),
}

impl Shut {
    pub(super) fn text(self) -> String {
        match self {
            Self::Foreign(text) | Self::Yet(text) => text,
        }
    }
}

/// Whether the key of a lock is hidden behind another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blinding {
    None,
    Nut28,
}

impl Blinding {
    pub(super) fn of(ephemeral: Option<&PublicKey>) -> Self {
        if ephemeral.is_some() { Self::Nut28 } else { Self::None }
    }
}

/// What a secret asks of who spends it.
#[derive(Debug)]
struct Lock {
    owners: Pathway,
    until: Option<u64>,
    refund: Pathway,
}

/// So many signatures of these keys.
#[derive(Debug, Default)]
struct Pathway {
    keys: Vec<PublicKey>,
    needed: usize,
}

/// Our keys, by what signatures are checked with.
struct Ring(Vec<([u8; 32], SecretKey)>);

impl Ring {
    fn of(seed: &Seed) -> Self {
        let keys = (0..OWN_KEYS).filter_map(|counter| seed.lock_key(counter));
        Self(keys.map(|key| (x_of(&key.public_key()), key)).collect())
    }

    fn key(&self, public: &PublicKey) -> Option<&SecretKey> {
        let x = x_of(public);
        self.0.iter().find(|(known, _)| *known == x).map(|(_, key)| key)
    }
}

fn x_of(key: &PublicKey) -> [u8; 32] {
    key.x_only_public_key().serialize()
}

impl Pathway {
    /// `needed` keys of ours, if we have as many.
    fn opened_by<'a>(&self, ring: &'a Ring) -> Option<Vec<&'a SecretKey>> {
        let ours: Vec<_> = self.keys.iter().filter_map(|key| ring.key(key)).take(self.needed).collect();
        (self.needed > 0 && ours.len() == self.needed).then_some(ours)
    }
}

impl Lock {
    /// Nothing for a secret without a condition; the reason for one that cannot be opened here.
    fn read(secret: &Secret) -> Option<Result<Self, String>> {
        let secret = std::str::from_utf8(secret.as_bytes()).ok()?;
        if !secret.trim_start().starts_with('[') {
            return None;
        }
        let tree = tree::json(secret)?;
        let [Tree::Text(kind), condition, ..] = tree.list()? else { return None };
        Some(match kind.as_str() {
            "P2PK" => Self::of(condition).ok_or_else(|| "its condition contradicts itself".to_owned()).flatten(),
            "HTLC" => Err("it asks for the secret of a hash (HTLC)".to_owned()),
            _ => Err(format!("it has a condition of the kind {:?}", clip(kind))),
        })
    }

    fn of(condition: &Tree) -> Option<Result<Self, String>> {
        let tags = Tags::read(condition.get("tags"))?;
        match tags.one("sigflag")? {
            None | Some(["SIG_INPUTS"]) => {}
            Some(["SIG_ALL"]) => {
                return Some(Err("it asks for one signature over the whole request (SIG_ALL)".to_owned()));
            }
            Some(_) => return None,
        }
        let mut owners = vec![PublicKey::from_hex(condition.get("data")?.text()?).ok()?];
        owners.extend(tags.keys("pubkeys")?);
        let until = tags.one("locktime")?.and_then(|values| values.first()?.parse().ok());
        Some(Ok(Self {
            owners: Pathway { needed: tags.count("n_sigs", owners.len())?, keys: distinct(owners)? },
            until,
            refund: {
                let keys = tags.keys("refund")?;
                Pathway { needed: tags.count("n_sigs_refund", keys.len())?, keys: distinct(keys)? }
            },
        }))
    }

    /// The keys to sign with, none when no signature is needed; or why it stays shut.
    fn opened_by<'a>(&self, now: u64, ring: &'a Ring) -> Result<Vec<&'a SecretKey>, Shut> {
        if let Some(keys) = self.owners.opened_by(ring) {
            return Ok(keys);
        }
        let later = if self.refund.keys.is_empty() { Some(Vec::new()) } else { self.refund.opened_by(ring) };
        let owner = self.owners.keys.first().map(PublicKey::to_hex).unwrap_or_default();
        match (self.until, later) {
            (Some(until), Some(keys)) if until < now => Ok(keys),
            (Some(until), Some(_)) => Err(Shut::Yet(format!(
                "the token is locked to the key {owner} until {}; from then on this wallet can take it too, if its owner has not: try it again then",
                moment(until)
            ))),
            (_, _) if self.owners.keys.iter().chain(&self.refund.keys).any(|key| ring.key(key).is_some()) => {
                Err(Shut::Yet(format!(
                    "the token needs {} signatures of {} keys, and this wallet has too few of them; it is kept, ask its sender for one that is locked to your key alone",
                    self.owners.needed,
                    self.owners.keys.len()
                )))
            }
            (_, _) => Err(Shut::Foreign(format!(
                "the token is locked to the key {owner}, which is not of this wallet; only its owner can take it"
            ))),
        }
    }
}

/// Keys that count as one for signatures may not come twice.
fn distinct(keys: Vec<PublicKey>) -> Option<Vec<PublicKey>> {
    let differs = |(at, key): (usize, &PublicKey)| keys[..at].iter().all(|other| x_of(other) != x_of(key));
    (keys.len() <= MOST_KEYS && keys.iter().enumerate().all(differs)).then_some(keys)
}

/// The tags of a condition, each a name with values.
struct Tags<'a>(Vec<Vec<&'a str>>);

impl<'a> Tags<'a> {
    fn read(tags: Option<&'a Tree>) -> Option<Self> {
        let Some(tags) = tags.filter(|tags| **tags != Tree::Null) else { return Some(Self(Vec::new())) };
        let tag = |tag: &'a Tree| tag.list()?.iter().map(Tree::text).collect::<Option<Vec<_>>>();
        Some(Self(tags.list()?.iter().map(tag).collect::<Option<_>>()?))
    }

    /// The values of the one tag of that name; nothing at all if there are several.
    fn one(&self, name: &str) -> Option<Option<&[&'a str]>> {
        let mut found = self.0.iter().filter(|tag| tag.first() == Some(&name));
        let first = found.next().map(|tag| &tag[1..]);
        found.next().is_none().then_some(first)
    }

    fn keys(&self, name: &str) -> Option<Vec<PublicKey>> {
        let values = self.one(name)?.unwrap_or_default();
        values.iter().map(|key| PublicKey::from_hex(key).ok()).collect()
    }

    /// How many of `all` keys must sign.
    fn count(&self, name: &str, all: usize) -> Option<usize> {
        match self.one(name)? {
            None => Some(1),
            Some(values) => values.first()?.parse().ok().filter(|count| (1..=all).contains(count)),
        }
    }
}

/// Whether a proof with this secret needs more than itself to be spent.
pub(super) fn is_locked(secret: &Secret) -> bool {
    Lock::read(secret).is_some()
}

impl SendLock {
    pub(super) fn new(now: u64, lock: &LockTo) -> Result<Self, Error> {
        let secs = lock.until.saturating_sub(now);
        if !(SHORTEST_SECS..=LONGEST_SECS).contains(&secs) {
            let text = "a lock ends in ten minutes at the earliest and in ten years at the latest; choose another end";
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        Ok(Self { key: lock.key, until: lock.until, tags: Vec::new(), made: 0 })
    }

    pub(super) fn with_tags(self, tags: &[Vec<String>]) -> Self {
        Self { tags: tags.to_vec(), ..self }
    }

    /// The lock once it has that many outputs more.
    pub(super) fn with_made(&self, count: usize) -> Self {
        Self { made: self.made.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)), ..self.clone() }
    }

    /// Outputs that only the receiver can spend, and we after the lock's end.
    pub(super) fn outputs(&self, seed: &Seed, id: OperationId, keyset: Id, amounts: &[u64]) -> Option<Vec<Output>> {
        let refund = seed.lock_key(REFUND_KEY)?.public_key();
        let others: String =
            self.tags.iter().filter_map(|tag| Some(format!(",{}", serde_json::to_string(tag).ok()?))).collect();
        let output = |(number, amount): (u32, &u64)| {
            let nonce = seed.locked_nonce(id.0, &self.key.0, self.until, number);
            let secret = Secret::new(format!(
                r#"["P2PK",{{"nonce":"{nonce}","data":"{}","tags":[["locktime","{}"],["refund","{refund}"],["sigflag","SIG_INPUTS"]{others}]}}]"#,
                self.key, self.until
            ));
            let blinded = seed.locked(&secret)?.blinded;
            Some(Output { keyset, counter: 0, amount: *amount, blinded, role: Role::HandOut, locked: Some(secret) })
        };
        (self.made..).zip(amounts).map(output).collect()
    }
}

impl Wallet {
    /// The public key that others can lock tokens to for this wallet, 66 hex characters. It comes from the phrase.
    #[must_use]
    pub fn receiving_key(&self) -> String {
        self.seed.lock_key(SHOWN_KEY).map(|key| key.public_key().to_hex()).unwrap_or_default()
    }

    /// Whether our keys open all of them, or why not. Each secret comes with whether its key is blinded.
    pub(super) fn can_open<'a>(
        &self,
        now: u64,
        secrets: impl Iterator<Item = (&'a Secret, Blinding)>,
    ) -> Result<(), Shut> {
        let (mut ring, mut yet) = (None, Ok(()));
        for (secret, blinding) in secrets {
            let Some(lock) = Lock::read(secret) else { continue };
            let ring = ring.get_or_insert_with(|| Ring::of(&self.seed));
            match opening(now, lock, blinding, ring) {
                Ok(_) => {}
                Err(shut @ Shut::Foreign(_)) => return Err(shut),
                Err(shut @ Shut::Yet(_)) => yet = Err(shut),
            }
        }
        yet
    }

    /// Puts signatures of our keys on the proofs that ask for some.
    pub(super) fn open_locks(&self, now: u64, proofs: &mut [Proof]) -> Result<(), Shut> {
        let mut ring = None;
        for proof in proofs {
            proof.witness = None;
            let Some(lock) = Lock::read(&proof.secret) else { continue };
            let ring = ring.get_or_insert_with(|| Ring::of(&self.seed));
            let keys = opening(now, lock, Blinding::of(proof.p2pk_e.as_ref()), ring)?;
            let signatures: Vec<_> = keys.into_iter().map(|key| sign(key, proof.secret.as_bytes())).collect();
            proof.witness = (!signatures.is_empty()).then(|| P2PKWitness { signatures }.into());
        }
        Ok(())
    }
}

fn opening(now: u64, lock: Result<Lock, String>, blinding: Blinding, ring: &Ring) -> Result<Vec<&SecretKey>, Shut> {
    let lock = match blinding {
        Blinding::None => lock,
        Blinding::Nut28 => Err("its key is blinded (NUT-28)".to_owned()),
    };
    let unsupported = |why| {
        Shut::Yet(format!("this wallet cannot open the token: {why}; it is kept, ask its sender for another one"))
    };
    lock.map_err(unsupported)?.opened_by(now, ring)
}

/// A moment as people write it, for sentences that no program formats anew.
pub(super) fn moment(at: u64) -> String {
    let (days, secs) = (at / 86_400, at % 86_400);
    // The civil calendar, counted from March of the year 0 (Howard Hinnant, «chrono-compatible low-level date algorithms»).
    let days = days.saturating_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    format!("{:04}-{month:02}-{day:02} {:02}:{:02} UTC", era.saturating_mul(400) + year, secs / 3600, secs % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use bitcoin::hex::FromHex;
    use bitcoin::secp256k1::schnorr::Signature;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Whether it opens, the secret, its signatures: the vectors of NUT-11 for `SIG_INPUTS`.
    const VECTORS: &[(bool, &str, &[&str])] = &[
        (
            true,
            r#"["P2PK",{"nonce":"395162bf2d0add3c66aea9f22c45251dbee6e04bd9282addbb366a94cd4fb482","data":"03ab50a667926fac858bac540766254c14b2b0334d10e8ec766455310224bbecf4","tags":[["locktime","21"],["pubkeys","0229a91adec8dd9badb228c628a07fc1bf707a9b7d95dd505c490b1766fa7dc541","033281c37677ea273eb7183b783067f5244933ef78d8c3f15b1a77cb246099c26e"],["n_sigs","2"],["refund","03ab50a667926fac858bac540766254c14b2b0334d10e8ec766455310224bbecf4","033281c37677ea273eb7183b783067f5244933ef78d8c3f15b1a77cb246099c26e"]]}]"#,
            &[
                "6a4dd46f929b4747efe7380d655be5cfc0ea943c679a409ea16d4e40968ce89de885d995937d5b85f24fa33a25df10990c5e11d5397199d779d5cf87d42f6627",
                "0c266fffe2ea2358fb93b5d30dfbcefe52a5bb53d6c85f37d54723613224a256165d20dd095768f168ab2e97bc5a879f7c2a84eee8963c9bcedcd39552dbe093",
            ],
        ),
        (
            true,
            r#"["P2PK",{"nonce":"395162bf2d0add3c66aea9f22c45251dbee6e04bd9282addbb366a94cd4fb482","data":"03ab50a667926fac858bac540766254c14b2b0334d10e8ec766455310224bbecf4","tags":[["locktime","21"],["pubkeys","0229a91adec8dd9badb228c628a07fc1bf707a9b7d95dd505c490b1766fa7dc541","033281c37677ea273eb7183b783067f5244933ef78d8c3f15b1a77cb246099c26e"],["n_sigs","2"],["refund","03ab50a667926fac858bac540766254c14b2b0334d10e8ec766455310224bbecf4","033281c37677ea273eb7183b783067f5244933ef78d8c3f15b1a77cb246099c26e"]]}]"#,
            &[
                "d39631363480adf30433ee25c7cec28237e02b4808d4143469d4f390d4eae6ec97d18ba3cc6494ab1d04372f0838426ea296f25cb4bd8bddb296adc292eeaa96",
            ],
        ),
        (
            true,
            r#"["P2PK",{"nonce":"859d4935c4907062a6297cf4e663e2835d90d97ecdd510745d32f6816323a41f","data":"0249098aa8b9d2fbec49ff8598feb17b592b986e62319a4fa488a3dc36387157a7","tags":[["sigflag","SIG_INPUTS"]]}]"#,
            &[
                "60f3c9b766770b46caac1d27e1ae6b77c8866ebaeba0b9489fe6a15a837eaa6fcd6eaa825499c72ac342983983fd3ba3a8a41f56677cc99ffd73da68b59e1383",
            ],
        ),
        (
            false,
            r#"["P2PK",{"nonce":"859d4935c4907062a6297cf4e663e2835d90d97ecdd510745d32f6816323a41f","data":"0249098aa8b9d2fbec49ff8598feb17b592b986e62319a4fa488a3dc36387157a7","tags":[["sigflag","SIG_INPUTS"]]}]"#,
            &[
                "83564aca48c668f50d022a426ce0ed19d3a9bdcffeeaee0dc1e7ea7e98e9eff1840fcc821724f623468c94f72a8b0a7280fa9ef5a54a1b130ef3055217f467b3",
            ],
        ),
        (
            true,
            r#"["P2PK",{"nonce":"0ed3fcb22c649dd7bbbdcca36e0c52d4f0187dd3b6a19efcc2bfbebb5f85b2a1","data":"0249098aa8b9d2fbec49ff8598feb17b592b986e62319a4fa488a3dc36387157a7","tags":[["pubkeys","0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798","02142715675faf8da1ecc4d51e0b9e539fa0d52fdd96ed60dbe99adb15d6b05ad9"],["n_sigs","2"],["sigflag","SIG_INPUTS"]]}]"#,
            &[
                "83564aca48c668f50d022a426ce0ed19d3a9bdcffeeaee0dc1e7ea7e98e9eff1840fcc821724f623468c94f72a8b0a7280fa9ef5a54a1b130ef3055217f467b3",
                "9a72ca2d4d5075be5b511ee48dbc5e45f259bcf4a4e8bf18587f433098a9cd61ff9737dc6e8022de57c76560214c4568377792d4c2c6432886cc7050487a1f22",
            ],
        ),
        (
            false,
            r#"["P2PK",{"nonce":"0ed3fcb22c649dd7bbbdcca36e0c52d4f0187dd3b6a19efcc2bfbebb5f85b2a1","data":"0249098aa8b9d2fbec49ff8598feb17b592b986e62319a4fa488a3dc36387157a7","tags":[["pubkeys","0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798","02142715675faf8da1ecc4d51e0b9e539fa0d52fdd96ed60dbe99adb15d6b05ad9"],["n_sigs","2"],["sigflag","SIG_INPUTS"]]}]"#,
            &[
                "83564aca48c668f50d022a426ce0ed19d3a9bdcffeeaee0dc1e7ea7e98e9eff1840fcc821724f623468c94f72a8b0a7280fa9ef5a54a1b130ef3055217f467b3",
            ],
        ),
        (
            true,
            r#"["P2PK",{"nonce":"4bc88ee09d1886c7461d45da205ca3274e1e3d9da2667c4865045cb18265a407","data":"03d5edeb839be873df2348785506d36565f3b8f390fb931709a422b5a247ddefb1","tags":[["locktime","21"],["refund","0234ad87e907e117db1590cc20a3942ffdfd5137aa563d36095d5cf5f96bada122"]]}]"#,
            &[
                "b316c2ff9c15f0c5c3d230e99ad94bc76a11dfccbdc820366a3db7210288f22ef6cedcded1152904ec31056d1d5176d83a2d96df5cd4ff86afdde1c90c63af5e",
            ],
        ),
        (
            false,
            r#"["P2PK",{"nonce":"0c3d085898f1abf2b5521035f4d0f4ecf68c6a5109f6bc836833a1188f06be65","data":"03206e0d488387a816bbafd957be51b073432c6c7a403ec4c2a0b27647326c5150","tags":[["locktime","99999999999"],["refund","026acbcd0fff3a424499c83ec892d3155c9d1984438659f448d9d0f1af3e92276a"]]}]"#,
            &[
                "e5b10d7627ab39bd0cefa219c63752a0026aa5ae754b91a0c7ee2596222f87942c442aca2957166a6b468350c09c9968792784d2ae7c42fc91739b55689f4c7a",
            ],
        ),
    ];
    const NOW: u64 = 1_800_000_000;

    fn read(secret: &str) -> Lock {
        Lock::read(&Secret::new(secret)).expect("a condition").expect("one that is understood")
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn conditions_are_read_as_the_vectors_of_the_specification_mean_them() {
        for (opens, secret, signatures) in VECTORS {
            let lock = read(secret);
            let signed = |pathway: &Pathway| {
                let signed_by = |key: &&PublicKey| {
                    let verifies = |text: &&str| {
                        let signature: Signature = text.parse().expect("a signature");
                        key.verify(secret.as_bytes(), &signature).is_ok()
                    };
                    signatures.iter().any(verifies)
                };
                pathway.keys.iter().filter(signed_by).count() >= pathway.needed
            };
            let ended = lock.until.is_some_and(|until| until < NOW);
            let refunds = ended && !lock.refund.keys.is_empty() && signed(&lock.refund);
            assert_eq!(signed(&lock.owners) || refunds, *opens, "{secret}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn keys_are_those_of_the_specification() {
        // Of "half depart obvious quality work element tank gorilla view sugar picture humble" (NUT-13).
        let seed = "dd44ee516b0647e80b488e8dcc56d736a148f15276bef588b37057476d4b2b25780d3688a32b37353d6995997842c0fd8b412475c891c16310471fbc86dcbda8";
        let seed = Seed::new(<[u8; 64]>::from_hex(seed).expect("64 bytes in hex"));
        let expected = [
            "021693d45f4fdf610ae641fedb0944fb460fbb8264f21c19d2626c3da755fcbbcb",
            "0395461ab678058c0ed6aa39f38dda490eaa163e9ad27070b23ec3d06b41e07535",
            "02a05e4e593a633e9b4405f01c9632c8afde24cb613017a1aee56fd76291ad26d1",
            "033addea25c3873b93d67d536c61c9d9c993f6efd8b9dfa657951b66b5001e51dd",
            "03c964bdf42fc82b6c574615746eeca37527a24f1fdfc1b34a732c53843b5744a5",
        ];
        for (counter, key) in (0..).zip(expected) {
            assert_eq!(seed.lock_key(counter).expect("derivable").public_key().to_hex(), key);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn locked_outputs_differ_and_come_back_the_same() {
        let seed = Seed::new([7; 64]);
        let to = LockTo { key: LockKey(seed.lock_key(5).expect("derivable").public_key()), until: NOW + 3600 };
        let lock = SendLock::new(NOW, &to).expect("a lock");
        let keyset: Id = "009a1f293253e41e".parse().expect("an id");
        let make = |lock: &SendLock, id| lock.outputs(&seed, OperationId(id), keyset, &[8, 8]).expect("derivable");
        let first = make(&lock, 1);
        assert_eq!(first, make(&lock, 1));
        let mut all = [first.clone(), make(&lock, 2), make(&lock.with_made(2), 1)].concat();
        let later = SendLock { until: NOW + 3601, ..lock.clone() };
        all.extend(make(&later, 1));
        let mut points: Vec<_> = all.iter().map(|output| output.blinded).collect();
        points.sort_unstable();
        points.dedup();
        assert_eq!(points.len(), 8, "none is like another");
        let secret = first[0].locked.clone().expect("the secret is kept");
        let read = read(&secret.to_string());
        assert_eq!((read.until, read.owners.keys, read.refund.needed), (Some(NOW + 3600), vec![to.key.0], 1));
        assert_eq!(read.refund.keys, [seed.lock_key(REFUND_KEY).expect("derivable").public_key()]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_moment_is_written_as_a_date() {
        for (at, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_800_000_000, "2027-01-15 08:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(moment(at), text);
        }
        assert!(moment(u64::MAX).ends_with("UTC"));
    }
}
