//! A Cashu mint without sockets, clock or dice: same requests, same answers. It speaks as nutshell 0.21 does (status
//! 400 with `detail` and `code`, PROTOCOL §15) and keeps its own ledger, so that books can be compared with it.

mod answers;
mod live;
mod locks;
mod melt;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cashu::dhke::{blind_message, hash_to_curve, sign_message, unblind_message, verify_message};
use cashu::nut00::token::{TokenV3, TokenV4, TokenV4Token};
use cashu::nuts::nut02::KeySetVersion;
use cashu::secret::Secret;
use cashu::{
    Amount, BlindSignature, BlindedMessage, CurrencyUnit, Id, MintKeySet, MintUrl, Proof, PublicKey, SECP256K1,
    SecretKey, Token,
};
use serde::Deserialize;
use serde_json::{Value, json};

use self::answers::quote_body;
pub use self::live::Listener;
pub use self::melt::Lightning;
use self::melt::MeltQuote;

/// Which kind of keyset id the mint makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysetVersion {
    /// 16 hex characters, `00…`.
    V1,
    /// 66 hex characters, `01…`.
    V2,
}

/// What the mint puts beside its signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dleq {
    /// A right proof (NUT-12).
    Good,
    /// A proof for another signature.
    Bad,
    /// None, though announced.
    Missing,
}

/// How a mint is set up.
#[derive(Debug, Clone)]
pub struct MintConfig {
    /// Everything secret comes from it.
    pub seed: [u8; 32],
    /// The kind of its keyset ids.
    pub keyset_version: KeysetVersion,
    /// Its input fee, in thousandths of a satoshi per proof.
    pub input_fee_ppk: u64,
    /// Its name in `/v1/info`.
    pub name: String,
    /// The URL its own tokens name.
    pub url: String,
    /// How many powers of two it has keys for; nutshell has 64.
    pub orders: u32,
    /// For how many seconds an invoice can be paid.
    pub quote_secs: u64,
    /// What its keysets count in. Lightning is for sat and msat only.
    pub units: Vec<String>,
    /// When the keysets made from now on end.
    pub final_expiry: Option<u64>,
}

impl Default for MintConfig {
    fn default() -> Self {
        Self {
            seed: [7; 32],
            keyset_version: KeysetVersion::V2,
            input_fee_ppk: 100,
            name: "Simulated mint".to_owned(),
            url: "http://127.0.0.1:3338".to_owned(),
            orders: 64,
            quote_secs: 3600,
            units: vec!["sat".to_owned()],
            final_expiry: None,
        }
    }
}

/// The state of a mint quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteState {
    /// The invoice was not paid.
    Unpaid,
    /// Paid, nothing minted yet.
    Paid,
    /// Minted.
    Issued,
}

#[derive(Debug, Clone)]
struct Quote {
    amount: u64,
    unit: String,
    request: String,
    state: QuoteState,
    expiry: u64,
    updated_at: u64,
    pubkey: Option<PublicKey>,
}

/// What moved, in one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Books {
    /// Ecash that left the mint against an invoice or as a gift.
    pub issued: u64,
    /// The face of all proofs that were spent.
    pub redeemed: u64,
    /// What the mint kept as input fees.
    pub fees: u64,
    /// What left the mint by Lightning, network fees included.
    pub melted: u64,
}

/// A mint.
#[derive(Debug, Clone)]
pub struct Mint {
    config: MintConfig,
    keysets: BTreeMap<Id, (MintKeySet, bool)>,
    /// By unit.
    active: BTreeMap<String, Id>,
    generation: u32,
    quotes: BTreeMap<String, Quote>,
    promises: BTreeMap<PublicKey, BlindSignature>,
    spent: BTreeMap<PublicKey, u64>,
    pending: BTreeSet<PublicKey>,
    replies: BTreeMap<(String, String), String>,
    gifts: u64,
    /// By unit.
    books: BTreeMap<String, Books>,
    melts: BTreeMap<String, MeltQuote>,
    /// What becomes of the payments it makes.
    pub lightning: Lightning,
    /// Announces change for what Lightning did not cost (NUT-08).
    pub gives_change: bool,
    /// Every new invoice is paid at once.
    pub auto_pay: bool,
    /// The same body gets the same answer (NUT-19).
    pub replays: bool,
    /// What is put beside signatures.
    pub dleq: Dleq,
    /// Whether `/v1/info` announces NUT-12.
    pub announces_dleq: bool,
    /// Shows keys that the keyset's id was not made from.
    pub lies_about_keys: bool,
    /// Signs the last output of a swap for half its amount and keeps the rest.
    pub gives_less: bool,
    /// Refuses every swap in these words.
    pub refuses_swaps: Option<String>,
    /// Knows only the older message of NUT-20.
    pub signs_as_before: bool,
    /// Knows no melt quote when it is asked for one.
    pub forgets_melts: bool,
    /// Names no change when it says that it paid.
    pub late_change: bool,
    /// Names a preimage that it made up when it says that it paid.
    pub forges_preimages: bool,
    /// Names no preimage when it says that it paid.
    pub hides_preimages: bool,
    /// Says that it signed whatever it is asked for, for 1 each.
    pub signs_anything: bool,
    /// Likewise of all but the last of what it is asked for at once.
    pub signs_all_but_last: bool,
    /// Names another output than it was asked for when it tells what it signed.
    pub mixes_up_outputs: bool,
    /// So many times it remembers nothing that it signed.
    pub empty_restores: u32,
    /// Mints nothing for a quote that ended, paid or not.
    pub refuses_late: bool,
    /// Knows `/v1/checkstate` (NUT-07).
    pub tells_states: bool,
    /// Whether `/v1/info` announces NUT-09.
    pub announces_restore: bool,
    /// Whether `/v1/info` announces NUT-10 and NUT-11.
    pub announces_locks: bool,
    /// Whether `/v1/info` announces NUT-17.
    pub announces_live: bool,
    /// The least and the most in one Lightning operation, in its unit.
    pub limits: (Option<u64>, Option<u64>),
    /// How far its clock is behind, in seconds.
    pub clock_behind: u64,
    /// Its time at the last request.
    clock: u64,
}

type Refused = (u32, String);

fn refused<T>(code: u32, detail: impl Into<String>) -> Result<T, Refused> {
    Err((code, detail.into()))
}

#[derive(Deserialize)]
struct QuoteBody {
    amount: u64,
    unit: String,
    pubkey: Option<PublicKey>,
}

#[derive(Deserialize)]
struct CheckBody {
    #[serde(rename = "Ys")]
    ys: Vec<PublicKey>,
}

#[derive(Deserialize)]
struct RestoreBody {
    outputs: Vec<BlindedMessage>,
}

impl Mint {
    /// Starts a mint with one active keyset in each of its units.
    #[must_use]
    pub fn new(config: MintConfig) -> Self {
        let (mut keysets, mut active) = (BTreeMap::new(), BTreeMap::new());
        for unit in &config.units {
            let keyset = make_keyset(&config, unit, 0);
            active.insert(unit.clone(), keyset.id);
            keysets.insert(keyset.id, (keyset, true));
        }
        Self {
            config,
            keysets,
            active,
            generation: 0,
            quotes: BTreeMap::new(),
            promises: BTreeMap::new(),
            spent: BTreeMap::new(),
            pending: BTreeSet::new(),
            replies: BTreeMap::new(),
            gifts: 0,
            books: BTreeMap::new(),
            melts: BTreeMap::new(),
            lightning: Lightning::Settles,
            gives_change: true,
            auto_pay: false,
            replays: false,
            dleq: Dleq::Good,
            announces_dleq: true,
            lies_about_keys: false,
            gives_less: false,
            refuses_swaps: None,
            signs_as_before: false,
            forgets_melts: false,
            late_change: false,
            forges_preimages: false,
            hides_preimages: false,
            signs_anything: false,
            signs_all_but_last: false,
            mixes_up_outputs: false,
            empty_restores: 0,
            refuses_late: true,
            tells_states: true,
            announces_restore: true,
            announces_locks: true,
            announces_live: true,
            limits: (None, None),
            clock_behind: 0,
            clock: 0,
        }
    }

    /// Answers one request with an HTTP status and a JSON body.
    pub fn handle(&mut self, now: u64, method: &str, path: &str, body: &str) -> (u16, String) {
        self.clock = now.saturating_sub(self.clock_behind);
        let kept = (path.to_owned(), body.to_owned());
        let kept_path = matches!(path, "/v1/swap" | "/v1/mint/bolt11" | "/v1/melt/bolt11");
        if self.replays
            && kept_path
            && let Some(answer) = self.replies.get(&kept)
        {
            return (200, answer.clone());
        }
        if let Some(answer) = refused_by_form(path, body) {
            return answer;
        }
        let result = match (method, path) {
            ("GET", "/v1/info") => Ok(self.info(now)),
            ("GET", "/v1/keys") => Ok(self.keys_of(None)),
            ("GET", "/v1/keysets") => Ok(self.keysets_body()),
            ("POST", "/v1/mint/quote/bolt11") => parse(body).and_then(|body| self.quote(now, body)),
            ("POST", "/v1/mint/bolt11") => parse(body).and_then(|body| self.mint(now, &body)),
            ("POST", "/v1/melt/quote/bolt11") => parse(body).and_then(|body| self.melt_quote(now, body)),
            ("POST", "/v1/melt/bolt11") => parse(body).and_then(|body| self.melt(&body)),
            ("GET", path) if path.starts_with("/v1/melt/quote/bolt11/") => {
                self.melt_state(path.trim_start_matches("/v1/melt/quote/bolt11/"))
            }
            ("POST", "/v1/swap") if self.refuses_swaps.is_some() => {
                refused(11000, self.refuses_swaps.clone().unwrap_or_default())
            }
            ("POST", "/v1/swap") => parse(body).and_then(|body| self.swap(&body)),
            ("POST", "/v1/checkstate") if !self.tells_states => {
                return (404, json!({"detail": "Not Found"}).to_string());
            }
            ("POST", "/v1/checkstate") => parse(body).map(|body| self.check_state(&body)),
            ("POST", "/v1/restore") => parse(body).map(|body| self.restore(body)),
            ("GET", "/v1/swap" | "/v1/mint/quote/bolt11" | "/v1/mint/bolt11" | "/v1/checkstate" | "/v1/restore") => {
                return wrong_method();
            }
            ("GET", path) => match (path.strip_prefix("/v1/keys/"), path.strip_prefix("/v1/mint/quote/bolt11/")) {
                (Some(id), _) => match Id::from_str(id).ok().filter(|id| self.keysets.contains_key(id)) {
                    Some(id) => Ok(self.keys_of(Some(id))),
                    None => refused(12001, format!("keyset not found: {id}")),
                },
                (None, Some(quote)) => match self.quotes.get(quote) {
                    Some(found) => Ok(quote_body(quote, found)),
                    None => refused(0, "quote not found"),
                },
                (None, None) => return (404, json!({"detail": "Not Found"}).to_string()),
            },
            _ => return wrong_method(),
        };
        match result {
            Ok(answer) => {
                let answer = answer.to_string();
                if kept_path {
                    self.replies.insert(kept, answer.clone());
                }
                (200, answer)
            }
            Err((code, detail)) => (400, json!({"detail": detail, "code": code}).to_string()),
        }
    }

    /// Pays the invoice of a quote. False when there is no such unpaid quote.
    pub fn pay_quote(&mut self, id: &str) -> bool {
        match self.quotes.get_mut(id).filter(|quote| quote.state == QuoteState::Unpaid) {
            Some(quote) => {
                quote.state = QuoteState::Paid;
                true
            }
            None => false,
        }
    }

    /// Pays whatever quote has this invoice. False when there is none unpaid.
    pub fn pay_invoice(&mut self, request: &str) -> bool {
        let id = self.quotes.iter().find(|(_, quote)| quote.request == request).map(|(id, _)| id.clone());
        id.is_some_and(|id| self.pay_quote(&id))
    }

    /// The quotes made so far, with what they are for and their state.
    pub fn quotes(&self) -> impl Iterator<Item = (&str, u64, QuoteState)> {
        self.quotes.iter().map(|(id, quote)| (id.as_str(), quote.amount, quote.state))
    }

    /// Makes a new active keyset in each unit; the old ones only redeem from now on. Returns the new id for sat.
    pub fn rotate_keyset(&mut self) -> String {
        self.generation += 1;
        for (_, active) in self.keysets.values_mut() {
            *active = false;
        }
        for unit in &self.config.units {
            let keyset = make_keyset(&self.config, unit, self.generation);
            self.active.insert(unit.clone(), keyset.id);
            self.keysets.insert(keyset.id, (keyset, true));
        }
        self.active_keyset()
    }

    /// The keysets made from now on have no end.
    pub fn keep_forever(&mut self) {
        self.config.final_expiry = None;
    }

    /// Keeps another unit from now on.
    pub fn keep_unit(&mut self, unit: &str) {
        self.config.units.push(unit.to_owned());
        let keyset = make_keyset(&self.config, unit, self.generation);
        self.active.insert(unit.to_owned(), keyset.id);
        self.keysets.insert(keyset.id, (keyset, true));
    }

    /// Whether it keeps this unit.
    #[must_use]
    pub fn keeps(&self, unit: &str) -> bool {
        self.active.contains_key(unit)
    }

    /// Stops signing: every keyset only redeems from now on.
    pub fn retire_keysets(&mut self) {
        for (_, active) in self.keysets.values_mut() {
            *active = false;
        }
    }

    /// Every keyset ends then, or never. Ids of version 2 are made from the end too, so with those it contradicts itself.
    pub fn end_keysets(&mut self, final_expiry: Option<u64>) {
        for (keyset, _) in self.keysets.values_mut() {
            keyset.final_expiry = final_expiry;
        }
    }

    /// As [`rotate_keyset`](Self::rotate_keyset), with ids of this kind from now on.
    pub fn rotate_keyset_to(&mut self, version: KeysetVersion) -> String {
        self.config.keyset_version = version;
        self.rotate_keyset()
    }

    /// Claims another input fee for the keysets it has, as a mint must not do under version-2 ids.
    pub fn change_fee(&mut self, input_fee_ppk: u64) {
        self.config.input_fee_ppk = input_fee_ppk;
        for (keyset, _) in self.keysets.values_mut() {
            keyset.input_fee_ppk = input_fee_ppk;
        }
    }

    /// The id of the active keyset in sat.
    ///
    /// # Panics
    /// When the mint keeps no sat.
    #[must_use]
    pub fn active_keyset(&self) -> String {
        self.active["sat"].to_string()
    }

    /// What moved in a unit.
    #[must_use]
    pub fn books(&self, unit: &str) -> Books {
        self.books.get(unit).copied().unwrap_or_default()
    }

    fn books_mut(&mut self, unit: &str) -> &mut Books {
        self.books.entry(unit.to_owned()).or_default()
    }

    /// Ecash that left the mint against an invoice or as a gift, in satoshi.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.books("sat").issued
    }

    /// The face of all proofs that were spent, in satoshi.
    #[must_use]
    pub fn redeemed(&self) -> u64 {
        self.books("sat").redeemed
    }

    /// What the mint kept as input fees, in satoshi.
    #[must_use]
    pub fn fees(&self) -> u64 {
        self.books("sat").fees
    }

    /// What left the mint by Lightning, network fees included, in satoshi.
    #[must_use]
    pub fn melted(&self) -> u64 {
        self.books("sat").melted
    }

    /// Whether the proof with this Y (hex) was spent.
    #[must_use]
    pub fn is_spent(&self, y: &str) -> bool {
        PublicKey::from_str(y).is_ok_and(|y| self.spent.contains_key(&y))
    }

    /// Whether this is a proof of the mint, spent or not.
    #[must_use]
    pub fn verifies(&self, keyset: &str, amount: u64, secret: &str, c: &str) -> bool {
        let (Ok(id), Ok(c)) = (Id::from_str(keyset), PublicKey::from_str(c)) else { return false };
        let key = self.keysets.get(&id).and_then(|(keyset, _)| keyset.keys.get(&Amount::from(amount)));
        key.is_some_and(|key| verify_message(&key.secret_key, c, secret.as_bytes()).is_ok())
    }

    /// How many blind signatures were given.
    #[must_use]
    pub fn signatures(&self) -> usize {
        self.promises.len()
    }

    /// Whether this text is a token that it can read.
    #[must_use]
    pub fn reads(&self, token: &str) -> bool {
        self.proofs_of(token).is_some()
    }

    /// Holds the proofs of a token as pending (`true`), or lets them go.
    ///
    /// # Panics
    /// When it does not [read](Self::reads) the token.
    pub fn set_pending(&mut self, token: &str, pending: bool) {
        for proof in self.proofs_of(token).expect("a token of this mint") {
            let y = hash_to_curve(proof.secret.as_bytes()).expect("a secret of our own test has a point");
            if pending {
                self.pending.insert(y);
            } else {
                self.pending.remove(&y);
            }
        }
    }

    /// Redeems a token as a stranger would and destroys the result. Returns what arrived after the fee.
    ///
    /// # Errors
    /// The mint's own words.
    pub fn redeem(&mut self, token: &str) -> Result<u64, String> {
        let proofs = self.proofs_of(token).ok_or("this is no token of the mint")?;
        self.redeem_all(&proofs)
    }

    /// As [`redeem`](Self::redeem), by the owner of the secret key in hex that the token is locked to.
    ///
    /// # Errors
    /// The mint's own words.
    pub fn redeem_as(&mut self, token: &str, key: &str) -> Result<u64, String> {
        let mut proofs = self.proofs_of(token).ok_or("this is no token of the mint")?;
        for proof in &mut proofs {
            let key = SecretKey::from_hex(key).expect("a key of a test");
            proof.sign_p2pk(key).map_err(|error| error.to_string())?;
        }
        self.redeem_all(&proofs)
    }

    fn redeem_all(&mut self, proofs: &[Proof]) -> Result<u64, String> {
        let (face, fee, unit) = self.verify_inputs(proofs).map_err(|(_, detail)| detail)?;
        let arrived = face.checked_sub(fee).filter(|rest| *rest > 0).ok_or("the fee eats the token")?;
        self.spend(proofs, fee, &unit);
        Ok(arrived)
    }

    /// As [`redeem`](Self::redeem), for proofs named by `keyset`, `amount`, `secret` and `c`.
    ///
    /// # Errors
    /// The mint's own words.
    pub fn redeem_proofs(&mut self, proofs: &[Value]) -> Result<u64, String> {
        let proof = |value: &Value| {
            let text = |name: &str| value[name].as_str().expect("text").to_owned();
            let keyset = text("keyset").parse().expect("an id");
            let c = text("c").parse().expect("a point");
            Proof::new(
                Amount::from(value["amount"].as_u64().expect("a number")),
                keyset,
                Secret::new(text("secret")),
                c,
            )
        };
        let proofs: Vec<Proof> = proofs.iter().map(proof).collect();
        let (face, fee, unit) = self.verify_inputs(&proofs).map_err(|(_, detail)| detail)?;
        self.spend(&proofs, fee, &unit);
        Ok(face - fee)
    }

    /// Makes a token from nothing, as if a stranger had bought it: one proof for each amount. Counts as issued.
    pub fn gift(&mut self, amounts: &[u64]) -> String {
        self.gift_of("sat", amounts)
    }

    /// As [`gift`](Self::gift), in this unit.
    pub fn gift_of(&mut self, unit: &str, amounts: &[u64]) -> String {
        self.gift_that_says(unit, &[(unit, amounts)])
    }

    /// As [`gift`](Self::gift), with proofs of several units in a token that claims to be in one.
    ///
    /// # Panics
    /// When the mint does not keep such a unit.
    pub fn gift_that_says(&mut self, says: &str, holds: &[(&str, &[u64])]) -> String {
        let group = |(unit, amounts): &(&str, &[u64])| {
            let proofs = self.gift_proofs(unit, amounts);
            TokenV4Token::new(self.active[*unit], proofs)
        };
        let token = holds.iter().map(group).collect();
        TokenV4 { mint_url: self.url(), unit: unit_named(says), memo: None, token }.to_string()
    }

    /// As [`gift`](Self::gift), with secrets of this form, in which `{nonce}` stands for what differs.
    pub fn gift_locked(&mut self, amounts: &[u64], condition: &str) -> String {
        let proofs = self.gift_proofs_with("sat", amounts, |nonce| condition.replace("{nonce}", &nonce));
        let token = vec![TokenV4Token::new(self.active["sat"], proofs)];
        TokenV4 { mint_url: self.url(), unit: CurrencyUnit::Sat, memo: None, token }.to_string()
    }

    /// As [`gift`](Self::gift), in the older form.
    pub fn gift_v3(&mut self, amounts: &[u64]) -> String {
        let proofs = self.gift_proofs("sat", amounts);
        TokenV3::new(self.url(), proofs, None, Some(CurrencyUnit::Sat)).expect("a gift has proofs").to_string()
    }

    /// As [`gift_v3`](Self::gift_v3), in this unit and without a word of it.
    ///
    /// # Panics
    /// When the mint does not keep the unit.
    pub fn gift_without_unit(&mut self, unit: &str, amounts: &[u64]) -> String {
        let proofs = self.gift_proofs(unit, amounts);
        TokenV3::new(self.url(), proofs, None, None).expect("a gift has proofs").to_string()
    }

    /// As [`gift`](Self::gift), with a DLEQ proof for each (NUT-12), right or wrong ones.
    pub fn gift_with_dleq(&mut self, amounts: &[u64], right: bool) -> String {
        let mut proofs = self.gift_proofs("sat", amounts);
        let active = self.active["sat"];
        let first = self.gifts + 1 - u64::try_from(amounts.len()).expect("a few");
        for (number, proof) in (first..).zip(&mut proofs) {
            let r = SecretKey::from_hex(self.config.hash(format!("gift blinding {number}").as_bytes()))
                .expect("a hash below the group order");
            let key = &self.keysets[&active].0.keys[&proof.amount].secret_key;
            let (blinded, r) = blind_message(proof.secret.as_bytes(), Some(r)).expect("a secret has a point");
            let signed = sign_message(key, &blinded).expect("a point can be multiplied");
            let signature = BlindSignature::new(proof.amount, signed, active, &blinded, key).expect("a proof");
            let dleq = signature.dleq.expect("it was just made");
            let (e, s) = if right { (dleq.e, dleq.s) } else { (dleq.s, dleq.e) };
            proof.dleq = Some(cashu::ProofDleq::new(e, s, r));
        }
        let token = vec![TokenV4Token::new(active, proofs)];
        TokenV4 { mint_url: self.url(), unit: CurrencyUnit::Sat, memo: None, token }.to_string()
    }

    fn url(&self) -> MintUrl {
        MintUrl::from_str(&self.config.url).expect("the configured URL is one")
    }

    fn gift_proofs(&mut self, unit: &str, amounts: &[u64]) -> Vec<Proof> {
        self.gift_proofs_with(unit, amounts, |nonce| nonce)
    }

    fn gift_proofs_with(&mut self, unit: &str, amounts: &[u64], secret: impl Fn(String) -> String) -> Vec<Proof> {
        let active = self.active[unit];
        let (keyset, _) = &self.keysets[&active];
        let mut proofs = Vec::new();
        for amount in amounts {
            self.gifts += 1;
            let secret = Secret::new(secret(self.config.hash(format!("gift secret {}", self.gifts).as_bytes())));
            let r = SecretKey::from_hex(self.config.hash(format!("gift blinding {}", self.gifts).as_bytes()))
                .expect("a hash below the group order");
            let key = &keyset.keys[&Amount::from(*amount)];
            let (blinded, r) = blind_message(secret.as_bytes(), Some(r)).expect("a secret has a point");
            let signed = sign_message(&key.secret_key, &blinded).expect("a point can be multiplied");
            let c = unblind_message(&signed, &r, &key.public_key).expect("a point can be unblinded");
            proofs.push(Proof::new(Amount::from(*amount), active, secret, c));
        }
        self.books_mut(unit).issued += amounts.iter().sum::<u64>();
        proofs
    }

    fn proofs_of(&self, token: &str) -> Option<Vec<Proof>> {
        let infos: Vec<cashu::KeySetInfo> = self
            .keysets
            .values()
            .map(|(keyset, active)| cashu::KeySetInfo {
                id: keyset.id,
                unit: keyset.unit.clone(),
                active: *active,
                input_fee_ppk: keyset.input_fee_ppk,
                final_expiry: keyset.final_expiry,
            })
            .collect();
        Token::from_str(token).ok()?.proofs(&infos).ok()
    }
}

impl MintConfig {
    fn hash(&self, label: &[u8]) -> String {
        let point = hash_to_curve(&[&self.seed[..], label].concat()).expect("every text has a point");
        point.to_hex()[2..].to_owned()
    }
}

fn unit_named(unit: &str) -> CurrencyUnit {
    unit.parse().expect("every text names a unit")
}

fn make_keyset(config: &MintConfig, unit: &str, generation: u32) -> MintKeySet {
    let amounts: Vec<u64> = (0..config.orders.min(64)).map(|order| 1 << order).collect();
    let place = config.units.iter().position(|kept| kept == unit).expect("a unit of this mint");
    let path = format!("m/0'/{place}'/{generation}'").parse().expect("a derivation path");
    let version = match config.keyset_version {
        KeysetVersion::V1 => KeySetVersion::Version00,
        KeysetVersion::V2 => KeySetVersion::Version01,
    };
    let (fee, end) = (config.input_fee_ppk, config.final_expiry);
    MintKeySet::generate_from_seed(&SECP256K1, &config.seed, &amounts, unit_named(unit), path, fee, end, version)
}

fn wrong_method() -> (u16, String) {
    (405, json!({"detail": "Method Not Allowed"}).to_string())
}

/// What nutshell's web framework refuses before the mint sees it.
fn refused_by_form(path: &str, body: &str) -> Option<(u16, String)> {
    let body: Value = serde_json::from_str(body).ok()?;
    if path != "/v1/mint/quote/bolt11" || body["amount"] != 0 {
        return None;
    }
    let detail = json!([{
        "type": "greater_than", "loc": ["body", "amount"], "msg": "Input should be greater than 0", "input": 0,
        "ctx": {"gt": 0},
    }]);
    Some((422, json!({ "detail": detail }).to_string()))
}

fn parse<T: for<'de> Deserialize<'de>>(body: &str) -> Result<T, Refused> {
    serde_json::from_str(body).map_err(|error| (0, format!("request not understood: {error}")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cashu::Bolt11Invoice;

    use super::*;

    #[test]
    fn an_invoice_is_real_bolt11_with_its_amount_and_end() {
        let mut mint = Mint::new(MintConfig { orders: 4, ..MintConfig::default() });
        let (status, body) =
            mint.handle(1_800_000_000, "POST", "/v1/mint/quote/bolt11", r#"{"amount":21,"unit":"sat"}"#);
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let invoice = Bolt11Invoice::from_str(body["request"].as_str().expect("text")).expect("a valid invoice");
        assert_eq!(invoice.amount_milli_satoshis(), Some(21_000));
        assert_eq!(invoice.expiry_time(), Duration::from_secs(3600));
    }

    #[test]
    fn a_gift_can_be_redeemed_once() {
        let mut mint = Mint::new(MintConfig { orders: 8, ..MintConfig::default() });
        let token = mint.gift(&[8, 2]);
        assert_eq!(mint.redeem(&token), Ok(9));
        assert_eq!(mint.redeem(&token), Err("proofs already spent".to_owned()));
        assert_eq!((mint.issued(), mint.redeemed(), mint.fees()), (10, 10, 1));
    }
}
