//! Tokens in and out (NUT-00): cashuA and cashuB in, cashuB out.

use std::str::FromStr;

use cashu::nut00::token::TokenV4Token;
use cashu::secret::Secret;
use cashu::{Id, KeySetInfo, Proof, Token, TokenV4};

use super::keyset::{currency, held_unit};

use super::lock::Blinding;

use crate::error::{Error, ErrorCode};
use crate::model::{Map, MintUrl, Unit, clip};
use crate::tree;

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
    token: Token,
}

fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidToken, text)
}

impl Pasted {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(refused("the token is longer than 1 MiB; ask for it in parts"));
        }
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let text = text.strip_prefix("cashu://").or_else(|| text.strip_prefix("cashu:")).unwrap_or(&text);
        let token = decode(text).ok_or_else(|| {
            refused("this is not a Cashu token; it begins with cashuA or cashuB, copy all of it and paste it again")
        })?;
        let unit = match token.unit().map(|unit| held_unit(&unit).ok_or_else(|| clip(&unit.to_string()))) {
            None => None,
            Some(Ok(unit)) => Some(unit),
            Some(Err(unit)) => {
                let text =
                    format!("the token is in {unit:?} and this wallet holds sat and msat only; ask for one in sat");
                return Err(refused(text));
            }
        };
        let mint = token
            .mint_url()
            .map_err(|_| refused("the token has ecash of several mints; ask for one token for each mint"))?;
        let mint = MintUrl::from_str(&mint.to_string())
            .map_err(|error| refused(format!("the token names no usable mint: {}", error.message())))?;
        let face = token.value().map_err(|_| {
            refused("the token holds the same proof twice or more money than there is; ask its sender for another one")
        })?;
        let pasted = Self { mint, text: text.to_owned(), face: face.to_u64(), unit, token };
        pasted.check_proofs()?;
        Ok(pasted)
    }

    fn check_proofs(&self) -> Result<(), Error> {
        let amounts: Vec<u64> = match &self.token {
            Token::TokenV3(token) => {
                token.token.iter().flat_map(|entry| &entry.proofs).map(|proof| proof.amount.to_u64()).collect()
            }
            Token::TokenV4(token) => {
                token.token.iter().flat_map(|entry| &entry.proofs).map(|proof| proof.amount.to_u64()).collect()
            }
        };
        if amounts.is_empty() || amounts.contains(&0) {
            return Err(refused("the token holds nothing; ask its sender for another one"));
        }
        if amounts.len() > MOST_PROOFS {
            return Err(refused(format!(
                "the token has {} proofs and at most {MOST_PROOFS} can be taken at once; ask for it in parts",
                amounts.len()
            )));
        }
        Ok(())
    }

    /// The secrets of its proofs, each with whether the key of its lock is blinded.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&Secret, Blinding)> {
        let (older, newer) = match &self.token {
            Token::TokenV3(token) => (Some(token), None),
            Token::TokenV4(token) => (None, Some(token)),
        };
        let older = older.into_iter().flat_map(|token| token.token.iter().flat_map(|entry| &entry.proofs));
        let newer = newer.into_iter().flat_map(|token| token.token.iter().flat_map(|entry| &entry.proofs));
        older
            .map(|proof| (&proof.secret, Blinding::None))
            .chain(newer.map(|proof| (&proof.secret, Blinding::of(proof.p2pk_e.as_ref()))))
    }

    /// The proofs with full keyset ids; nothing while a short id is not among the mint's keysets.
    pub(super) fn proofs(&self, keysets: &[KeySetInfo]) -> Option<Vec<Proof>> {
        let proofs = self.token.proofs(keysets).ok()?;
        proofs.iter().all(|proof| keysets.iter().any(|keyset| keyset.id == proof.keyset_id)).then_some(proofs)
    }

    /// The Y of every proof, in hex.
    pub(super) fn ys(&self) -> Vec<String> {
        let secrets = self.token.token_secrets();
        secrets.iter().filter_map(|secret| y_of(secret.as_bytes())).collect()
    }
}

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub(crate) fn face(text: &str) -> Result<u64, Error> {
    Pasted::parse(text).map(|token| token.face)
}

fn decode(text: &str) -> Option<Token> {
    if let Some(text) = text.strip_prefix("cashuA") {
        let json = String::from_utf8(tree::base64(text)?).ok()?;
        return tree::read(&json).map(Token::TokenV3);
    }
    let cbor = tree::base64(text.strip_prefix("cashuB")?)?;
    tree::cbor(&cbor)?.read_binary().ok().map(Token::TokenV4)
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
