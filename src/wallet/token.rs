//! Tokens in and out (NUT-00): cashuA and cashuB in, cashuB out.

use std::str::FromStr;

use bitcoin::hex::FromHex;
use cashu::nut00::token::TokenV4Token;
use cashu::nuts::nut02::ShortKeysetId;
use cashu::nuts::nut12::ProofDleq;
use cashu::secret::Secret;
use cashu::{CurrencyUnit, Id, KeySetInfo, Proof, PublicKey, TokenV4};

use super::keyset::{currency, held_unit};

use super::lock::Blinding;

use crate::error::{Error, ErrorCode};
use crate::model::{Gather, Map, MintUrl, Unit, clip, misplaced};
use crate::tree::{self, Tree};

const LONGEST: usize = 1 << 20;
const MOST_PROOFS: usize = 256;

/// A token of a stranger that could be used here.
pub(super) struct Pasted {
    pub(super) mint: MintUrl,
    /// Without prefix and white space.
    pub(super) text: String,
    pub(super) face: u64,
    /// As it says; an older token may say none.
    pub(super) unit: Option<Unit>,
    coins: Vec<Coin>,
}

/// One proof as a token has it.
struct Coin {
    keyset: ShortKeysetId,
    amount: u64,
    secret: Secret,
    /// Bytes until it is used: to find their point costs more than all other reading.
    c: [u8; 33],
    dleq: Option<ProofDleq>,
    p2pk_e: Option<PublicKey>,
}

fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidToken, text)
}

fn damaged() -> Error {
    refused("the token is damaged or incomplete; copy all of it and paste it again")
}

fn unreadable(text: &str, bare: &str) -> Error {
    if bare.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("cashu")) {
        return damaged();
    }
    // A payment request may be in a link as a token may.
    refused(
        misplaced(bare)
            .or_else(|| misplaced(text))
            .unwrap_or("this is no Cashu token; paste one, it begins with cashuA or cashuB"),
    )
}

impl Pasted {
    /// Reads a token, but for whether its signatures are points.
    pub(super) fn parse(pasted: &str) -> Result<Self, Error> {
        if pasted.len() > LONGEST {
            return Err(refused("the token is longer than 1 MiB; ask for it in parts"));
        }
        let text: String = pasted.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.strip_prefix("cashu://").or_else(|| text.strip_prefix("cashu:")).unwrap_or(&text);
        let Content { mints, unit, coins } = Content::read(text).ok_or_else(|| unreadable(pasted, text))?;
        let unit = match unit.map(|unit| unit_of(&unit).ok_or_else(|| clip(&unit))) {
            None => None,
            Some(Ok(unit)) => Some(unit),
            Some(Err(unit)) => {
                let text =
                    format!("the token is in {unit:?} and this wallet holds sat and msat only; ask for one in sat");
                return Err(refused(text));
            }
        };
        let [mint] = mints.as_slice() else {
            return Err(refused("the token has ecash of several mints; ask for one token for each mint"));
        };
        let mint = MintUrl::from_str(mint)
            .map_err(|error| refused(format!("the token names no usable mint: {}", error.message())))?;
        if coins.len() > MOST_PROOFS {
            return Err(refused(format!(
                "the token has {} proofs and at most {MOST_PROOFS} can be taken at once; ask for it in parts",
                coins.len()
            )));
        }
        let distinct = coins.iter().map(|coin| coin.secret.as_bytes()).into_set();
        let face = coins.iter().try_fold(0u64, |sum, coin| sum.checked_add(coin.amount));
        let face = face.filter(|_| distinct.len() == coins.len()).ok_or_else(|| {
            refused("the token holds the same proof twice or more money than there is; ask its sender for another one")
        })?;
        if coins.is_empty() || coins.iter().any(|coin| coin.amount == 0) {
            return Err(refused("the token holds nothing; ask its sender for another one"));
        }
        Ok(Self { mint, text: text.to_owned(), face, unit, coins })
    }

    /// Refuses a token with a signature that no mint made, since it is no point.
    pub(super) fn check_signatures(&self) -> Result<(), Error> {
        if self.coins.iter().all(|coin| coin.signature().is_some()) { Ok(()) } else { Err(damaged()) }
    }

    /// The secrets of its proofs, each with whether the key of its lock is blinded.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&Secret, Blinding)> {
        self.coins.iter().map(|coin| (&coin.secret, Blinding::of(coin.p2pk_e.as_ref())))
    }

    /// The proofs with full keyset ids; nothing while a short id is not among the mint's keysets.
    pub(super) fn proofs(&self, keysets: &[KeySetInfo]) -> Option<Vec<Proof>> {
        self.coins.iter().map(|coin| coin.proof(keysets)).collect()
    }

    /// The Y of every proof, in hex.
    pub(super) fn ys(&self) -> Vec<String> {
        self.coins.iter().filter_map(|coin| y_of(coin.secret.as_bytes())).collect()
    }
}

fn unit_of(text: &str) -> Option<Unit> {
    held_unit(&CurrencyUnit::from_str(text).ok()?)
}

impl Coin {
    fn signature(&self) -> Option<PublicKey> {
        PublicKey::from_slice(&self.c).ok()
    }

    fn proof(&self, keysets: &[KeySetInfo]) -> Option<Proof> {
        let keyset = Id::from_short_keyset_id(&self.keyset, keysets).ok()?;
        let proof = Proof::new(self.amount.into(), keyset, self.secret.clone(), self.signature()?);
        let is_known = keysets.iter().any(|known| known.id == keyset);
        is_known.then(|| Proof { dleq: self.dleq.clone(), p2pk_e: self.p2pk_e, ..proof })
    }

    fn of_json(proof: &Tree) -> Option<Self> {
        Some(Self {
            keyset: proof.get("id")?.text()?.parse().ok()?,
            amount: proof.get("amount")?.unsigned()?,
            secret: Secret::new(proof.get("secret")?.text()?),
            c: FromHex::from_hex(proof.get("C")?.text()?).ok()?,
            dleq: maybe(proof, "dleq", |dleq| dleq.read().ok())?,
            p2pk_e: maybe(proof, "p2pk_e", key)?,
        })
    }

    fn of_cbor(keyset: &ShortKeysetId, proof: &Tree) -> Option<Self> {
        Some(Self {
            keyset: keyset.clone(),
            amount: proof.get("a")?.unsigned()?,
            secret: Secret::new(proof.get("s")?.text()?),
            c: proof.get("c")?.bytes()?.try_into().ok()?,
            dleq: maybe(proof, "d", |dleq| dleq.read_binary().ok())?,
            p2pk_e: maybe(proof, "pe", key)?,
        })
    }
}

/// A key in bytes, as nutshell writes it, or in hex, as cdk does.
fn key(key: &Tree) -> Option<PublicKey> {
    match key.bytes() {
        Some(bytes) => PublicKey::from_slice(bytes).ok(),
        None => PublicKey::from_hex(key.text()?).ok(),
    }
}

/// A member that may be left out; nothing at all if it is there and cannot be read.
fn maybe<T>(tree: &Tree, name: &str, read: impl Fn(&Tree) -> Option<T>) -> Option<Option<T>> {
    tree.get(name).filter(|member| **member != Tree::Null).map_or(Some(None), |member| read(member).map(Some))
}

/// What a token of either form has.
struct Content {
    mints: Vec<String>,
    unit: Option<String>,
    coins: Vec<Coin>,
}

impl Content {
    fn read(text: &str) -> Option<Self> {
        if let Some(text) = text.strip_prefix("cashuA") {
            let json = String::from_utf8(tree::base64(text)?).ok()?;
            return Self::of_json(&tree::json(&json)?);
        }
        Self::of_cbor(&tree::cbor(&tree::base64(text.strip_prefix("cashuB")?)?)?)
    }

    fn of_json(token: &Tree) -> Option<Self> {
        let unit = maybe(token, "unit", |unit| unit.text().map(str::to_owned))?;
        let mut content = Self { mints: Vec::new(), unit, coins: Vec::new() };
        for entry in token.get("token")?.list()? {
            content.mints.push(entry.get("mint")?.text()?.to_owned());
            for proof in entry.get("proofs")?.list()? {
                content.coins.push(Coin::of_json(proof)?);
            }
        }
        Some(content)
    }

    fn of_cbor(token: &Tree) -> Option<Self> {
        let text = |name: &str| token.get(name)?.text().map(str::to_owned);
        let mut content = Self { mints: vec![text("m")?], unit: Some(text("u")?), coins: Vec::new() };
        for entry in token.get("t")?.list()? {
            let keyset = ShortKeysetId::from_bytes(entry.get("i")?.bytes()?).ok()?;
            for proof in entry.get("p")?.list()? {
                content.coins.push(Coin::of_cbor(&keyset, proof)?);
            }
        }
        Some(content)
    }
}

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub(crate) fn face(text: &str) -> Result<u64, Error> {
    Pasted::parse(text).map(|token| token.face)
}

/// The point a mint knows a spent secret by, in hex (NUT-07).
pub(super) fn y_of(secret: &[u8]) -> Option<String> {
    cashu::dhke::hash_to_curve(secret).ok().map(|point| point.to_hex())
}

/// Writes a token. Nothing if the mint's URL is one that `cashu` does not take.
pub(super) fn write(mint: &MintUrl, unit: Unit, proofs: Vec<Proof>) -> Option<String> {
    let mut groups: Map<Id, Vec<Proof>> = Map::new();
    for proof in proofs {
        groups.entry(proof.keyset_id).or_default().push(proof);
    }
    let token = groups.into_iter().map(|(keyset, proofs)| TokenV4Token::new(keyset, proofs)).collect();
    let mint_url = cashu::MintUrl::from_str(mint.as_str()).ok()?;
    Some(TokenV4 { mint_url, unit: currency(unit), memo: None, token }.to_string())
}
