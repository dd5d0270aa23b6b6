//! Redeeming a token: a NUT-03 swap with the provider's own secrets, and the ledger of what came in.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use cashu::dhke::{blind_message, construct_proofs};
use cashu::secret::Secret;
use cashu::{
    Amount, BlindedMessage, CurrencyUnit, Id, KeySet, KeySetInfo, KeysResponse, KeysetResponse, MintUrl, Proof, Proofs,
    SecretKey, SwapRequest, SwapResponse, Token,
};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde::Serialize;
use serde_json::Value;

use super::config::ProviderVersion;
use super::reply::ErrorReply;

/// A question to a mint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintCall {
    /// Comes back in [`super::Provider::answered`].
    pub id: u64,
    /// The mint's URL as the token names it, without a trailing slash.
    pub mint: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path below the mint's URL, with its leading slash.
    pub path: String,
    /// JSON, empty for a `GET`.
    pub body: String,
}

/// What became of a [`MintCall`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MintAnswer {
    /// The mint answered.
    Response {
        /// HTTP status.
        status: u16,
        /// The whole body.
        body: String,
    },
    /// Nothing came back, for this reason.
    Nothing(String),
}

/// One line of the ledger: a token that was redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redemption {
    /// Unix seconds.
    pub at: u64,
    /// The consumer's key, hex.
    pub from: String,
    /// `spawn` or `topup`.
    pub operation: &'static str,
    /// The mint's URL.
    pub mint: String,
    /// The token's unit.
    pub unit: String,
    /// The token's face value, in its unit.
    pub face: u64,
    /// What the mint took, in the token's unit.
    pub fee: u64,
    /// What the provider received, millisatoshi; 0 for a unit it cannot count.
    pub msat: u64,
}

/// The provider's money and what it knows of mints.
#[derive(Debug, Default)]
pub(super) struct Purse {
    next_call: u64,
    mints: BTreeMap<String, Keysets>,
    proofs: BTreeMap<String, Proofs>,
    redemptions: Vec<Redemption>,
}

#[derive(Debug, Clone, Default)]
struct Keysets {
    infos: Vec<KeySetInfo>,
    keys: Vec<KeySet>,
}

/// A redemption under way.
#[derive(Debug)]
pub(super) struct Redeeming {
    call: u64,
    mint: String,
    token: Token,
    asked: Asked,
    /// The keysets were asked for because of this token; [HEAD] does so once more when they prove stale.
    refreshed: bool,
}

#[derive(Debug)]
enum Asked {
    Keysets,
    Keys { infos: Vec<KeySetInfo> },
    Swap { keyset: KeySet, secrets: Vec<Secret>, blinds: Vec<SecretKey>, face: u64, fee: u64 },
}

/// What follows an answer.
pub(super) enum Next {
    Ask(MintCall),
    Received(Redemption),
    Refused(ErrorReply),
}

impl Purse {
    pub(super) fn record(&mut self, redemption: Redemption) {
        self.redemptions.push(redemption);
    }

    pub(super) fn redemptions(&self) -> &[Redemption] {
        &self.redemptions
    }

    pub(super) fn proofs(&self, mint: &str) -> Proofs {
        self.proofs.get(mint).cloned().unwrap_or_default()
    }

    pub(super) fn forget_keysets(&mut self) {
        self.mints.clear();
    }

    fn call(&mut self, mint: &str, method: &'static str, path: &str, body: String) -> MintCall {
        self.next_call += 1;
        MintCall { id: self.next_call, mint: mint.into(), method, path: path.into(), body }
    }
}

impl Redeeming {
    /// Steps 3 and 4 of §3.2, then the first question.
    pub(super) fn start(
        purse: &mut Purse,
        rng: &mut StdRng,
        accepted: &[String],
        token: &str,
    ) -> Result<(Self, MintCall), ErrorReply> {
        let invalid = |reason: String| ErrorReply::new("invalid_token", format!("Invalid Cashu token: {reason}"));
        let token = Token::from_str(token).map_err(|error| invalid(error.to_string()))?;
        let url = token.mint_url().map_err(|error| invalid(error.to_string()))?;
        if !accepted.iter().filter_map(|mint| MintUrl::from_str(mint).ok()).any(|mint| mint == url) {
            let message = format!("Mint {url} is not accepted by this provider");
            return Err(ErrorReply::new("non_whitelisted_mint", message));
        }
        let mint = url.to_string();
        let known = purse.mints.get(&mint).cloned();
        let asked = Asked::Keysets;
        let mut redeeming = Self { call: 0, mint, token, asked, refreshed: known.is_none() };
        let call = match known {
            Some(keysets) => redeeming.swap(purse, rng, &keysets)?,
            None => redeeming.ask_keysets(purse),
        };
        Ok((redeeming, call))
    }

    pub(super) fn waits_for(&self) -> u64 {
        self.call
    }

    pub(super) fn answered(
        &mut self,
        purse: &mut Purse,
        rng: &mut StdRng,
        version: ProviderVersion,
        answer: MintAnswer,
    ) -> Next {
        match self.try_answered(purse, rng, version, answer) {
            Ok(next) => next,
            Err(error) => Next::Refused(error),
        }
    }

    fn try_answered(
        &mut self,
        purse: &mut Purse,
        rng: &mut StdRng,
        version: ProviderVersion,
        answer: MintAnswer,
    ) -> Result<Next, ErrorReply> {
        let (status, body) = match answer {
            MintAnswer::Response { status, body } => (status, body),
            MintAnswer::Nothing(reason) => return Err(trouble(&format!("Http transport error None: {reason}"))),
        };
        match std::mem::replace(&mut self.asked, Asked::Keysets) {
            Asked::Keysets => {
                let answer: KeysetResponse = read(status, &body)?;
                let is_v2 = |info: &KeySetInfo| info.id.to_string().starts_with("01");
                if version == ProviderVersion::V019 && answer.keysets.iter().any(is_v2) {
                    return Err(mint_error("Keyset id incorrect"));
                }
                self.asked = Asked::Keys { infos: answer.keysets };
                let call = purse.call(&self.mint, "GET", "/v1/keys", String::new());
                self.call = call.id;
                Ok(Next::Ask(call))
            }
            Asked::Keys { infos } => {
                let answer: KeysResponse = read(status, &body)?;
                let keysets = Keysets { infos, keys: answer.keysets };
                purse.mints.insert(self.mint.clone(), keysets.clone());
                Ok(Next::Ask(self.swap(purse, rng, &keysets)?))
            }
            Asked::Swap { keyset, secrets, blinds, face, fee } => {
                if status != 200 && self.is_stale(version, &body) {
                    return Ok(Next::Ask(self.ask_keysets(purse)));
                }
                let answer: SwapResponse = read(status, &body)?;
                let proofs = construct_proofs(answer.signatures, blinds, secrets, &keyset.keys)
                    .map_err(|error| mint_error(&error.to_string()))?;
                let received: u64 = proofs.iter().map(|proof| u64::from(proof.amount)).sum();
                purse.proofs.entry(self.mint.clone()).or_default().extend(proofs);
                let msat_each =
                    if keyset.unit == CurrencyUnit::Sat { 1000 } else { u64::from(keyset.unit == CurrencyUnit::Msat) };
                let msat = received.saturating_mul(msat_each);
                Ok(Next::Received(Redemption {
                    at: 0,
                    from: String::new(),
                    operation: "",
                    mint: self.mint.clone(),
                    unit: keyset.unit.to_string(),
                    face,
                    fee,
                    msat,
                }))
            }
        }
    }

    /// Whether the mint has rotated its keys meanwhile, and this version looks again (§3.6).
    fn is_stale(&self, version: ProviderVersion, body: &str) -> bool {
        let stale = matches!(code(body), Some(12_001 | 12_002));
        stale && version == ProviderVersion::Head && !self.refreshed
    }

    fn ask_keysets(&mut self, purse: &mut Purse) -> MintCall {
        self.refreshed = true;
        self.asked = Asked::Keysets;
        let call = purse.call(&self.mint, "GET", "/v1/keysets", String::new());
        self.call = call.id;
        call
    }

    fn swap(&mut self, purse: &mut Purse, rng: &mut StdRng, keysets: &Keysets) -> Result<MintCall, ErrorReply> {
        let unit = self.token.unit().unwrap_or(CurrencyUnit::Sat);
        let mut proofs = match self.token.proofs(&keysets.infos) {
            Ok(proofs) => proofs,
            Err(_) if !self.refreshed => return Ok(self.ask_keysets(purse)),
            Err(error) => return Err(mint_error(&error.to_string())),
        };
        let face = u64::from(self.token.value().map_err(|error| mint_error(&error.to_string()))?);
        let fee = fee(&proofs, &keysets.infos);
        let received = face.saturating_sub(fee);
        if received == 0 {
            return Err(mint_error("the fee eats the token: no outputs"));
        }
        let keyset = active(keysets, &unit).ok_or_else(|| mint_error("no active keyset for the unit"))?;
        let (mut outputs, mut secrets, mut blinds) = (Vec::new(), Vec::new(), Vec::new());
        for amount in split(received, &keyset) {
            let secret = Secret::new(hex(&bytes(rng)));
            let mut blind = bytes(rng);
            blind[0] >>= 1;
            let blind = SecretKey::from_slice(&blind).map_err(|error| mint_error(&error.to_string()))?;
            let (point, blind) =
                blind_message(&secret.to_bytes(), Some(blind)).map_err(|error| mint_error(&error.to_string()))?;
            outputs.push(BlindedMessage::new(Amount::from(amount), keyset.id, point));
            secrets.push(secret);
            blinds.push(blind);
        }
        for proof in &mut proofs {
            proof.dleq = None;
        }
        let body = serde_json::to_string(&SwapRequest::new(proofs, outputs)).expect("a swap request is JSON");
        self.asked = Asked::Swap { keyset, secrets, blinds, face, fee };
        let call = purse.call(&self.mint, "POST", "/v1/swap", body);
        self.call = call.id;
        Ok(call)
    }
}

/// The fee of NUT-02: the sum of the parts per thousand, rounded up.
fn fee(proofs: &[Proof], infos: &[KeySetInfo]) -> u64 {
    let ppk = |id: &Id| infos.iter().find(|info| info.id == *id).map_or(0, |info| info.input_fee_ppk);
    proofs.iter().map(|proof| ppk(&proof.keyset_id)).sum::<u64>().div_ceil(1000)
}

fn active(keysets: &Keysets, unit: &CurrencyUnit) -> Option<KeySet> {
    let usable = keysets.infos.iter().filter(|info| info.active && info.unit == *unit);
    usable.filter_map(|info| keysets.keys.iter().find(|keyset| keyset.id == info.id)).next().cloned()
}

/// One output per denomination, as many of the largest as needed.
fn split(amount: u64, keyset: &KeySet) -> Vec<u64> {
    let mut left = amount;
    let mut parts = Vec::new();
    for key in keyset.keys.iter().map(|(amount, _)| u64::from(*amount)).collect::<Vec<_>>().into_iter().rev() {
        while key > 0 && left >= key {
            parts.push(key);
            left -= key;
        }
    }
    parts.reverse();
    parts
}

fn bytes(rng: &mut StdRng) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read<T: serde::de::DeserializeOwned>(status: u16, body: &str) -> Result<T, ErrorReply> {
    if status == 200 {
        return serde_json::from_str(body).map_err(|error| mint_error(&error.to_string()));
    }
    match code(body) {
        Some(11_001) => {
            Err(ErrorReply::new("token_already_spent", "This Cashu token has already been spent at the mint"))
        }
        Some(11_012) => Err(ErrorReply::new("token_pending", "Token is pending at the mint; retry shortly")),
        Some(11_005) => Err(ErrorReply::unsupported_unit("refused by the mint")),
        Some(code) => Err(trouble(&format!("code: {code}, detail: {}", detail(body)))),
        None => Err(trouble(&format!("Http transport error Some({status}): unreadable answer"))),
    }
}

fn code(body: &str) -> Option<u64> {
    serde_json::from_str::<Value>(body).ok()?.get("code")?.as_u64()
}

fn detail(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    value.get("detail").and_then(Value::as_str).unwrap_or("none").to_owned()
}

fn mint_error(reason: &str) -> ErrorReply {
    ErrorReply::new("mint_error", format!("Mint rejected redemption: {reason}"))
}

/// The case-sensitive sniffing of §3.7: most transport failures miss it.
fn trouble(reason: &str) -> ErrorReply {
    if ["HTTP", "network", "connection"].iter().any(|word| reason.contains(word)) {
        return ErrorReply::new("mint_network_error", format!("Could not reach mint: {reason}"));
    }
    mint_error(reason)
}
