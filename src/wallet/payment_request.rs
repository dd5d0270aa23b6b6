//! Payment requests: read in both forms (NUT-18, NUT-26), judged against what the wallet has, and made.
//!
//! Both forms are read into one tree, leniently: a way of delivery that nobody here knows is named instead of making the
//! whole request unreadable.

use std::str::FromStr;

use base64::Engine;
use bitcoin::bech32::primitives::decode::CheckedHrpstring;
use bitcoin::bech32::{Bech32m, Hrp};
use bitcoin::hex::DisplayHex;

use super::api::{OperationId, Purpose, SendAmount, SendQuote, Step};
use super::book::{Held, ProofState};
use super::lock::{LOCK_SECS, LockKey, LockTo, SendLock, moment};
use super::machine::Wallet;
use super::mint::clean;
use super::send::{Asked as Asking, Outputs, Wish};
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, Sat, clip};
use crate::tree::{self, Tree};

const LONGEST: usize = 64 << 10;
const MOST_MINTS: usize = 100;
const MOST_TRANSPORTS: usize = 20;
const LONGEST_ID: usize = 256;
const LONGEST_TARGET: usize = 4096;

/// What somebody asks to be paid. Amounts are in satoshi.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    /// How the receiver knows it again.
    pub id: Option<String>,
    /// What should arrive; the payer chooses when there is none.
    pub amount: Option<Sat>,
    /// Its unit, if it is not satoshi.
    pub other_unit: Option<String>,
    /// The receiver's words, cleaned and clipped.
    pub description: Option<String>,
    /// The mints that the receiver takes; any if there is none.
    pub mints: Vec<MintUrl>,
    /// Other mints do as well.
    pub any_mint: bool,
    /// It is for one payment only.
    pub single_use: bool,
    /// How to deliver the payment, the receiver's favourite first; none for by hand.
    pub transports: Vec<Transport>,
    /// Ways of payment of which the payer's mint must know one, with what each costs more at a mint that is not listed.
    methods: Vec<(String, u64)>,
    lock: Option<Result<Asked, String>>,
}

/// The lock that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    key: LockKey,
    until: Option<u64>,
    tags: Vec<Vec<String>>,
}

/// A way to deliver a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transport {
    /// `post`, `nostr`, or what nobody here knows.
    pub kind: String,
    /// Where to.
    pub target: String,
    /// What else is said of it, each a name with values.
    pub tags: Vec<Vec<String>>,
}

/// A mint that a request can be paid from, and what that costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayFrom {
    /// The mint.
    pub mint: MintUrl,
    /// What leaves the balance, and what it lacks for that.
    pub quote: SendQuote,
}

fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, text)
}

/// Whether this text is meant to be a payment request.
#[must_use]
pub fn is_payment_request(text: &str) -> bool {
    bare(text).is_some()
}

/// The request itself, out of what it may be wrapped in.
fn bare(text: &str) -> Option<&str> {
    let text = text.trim();
    let starts = |text: &str, with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let text = if starts(text, "bitcoin:") {
        let (_, query) = text.split_once('?')?;
        query.split('&').find(|part| starts(part, "creq=")).map(|part| &part[5..])?
    } else {
        ["cashu://", "cashu:"]
            .into_iter()
            .find(|scheme| starts(text, scheme))
            .map_or(text, |scheme| &text[scheme.len()..])
    };
    (starts(text, "creqA") || starts(text, "creqB1")).then_some(text)
}

impl FromStr for PaymentRequest {
    type Err = Error;

    /// Reads `creqA…` and `creqB1…`, also in a `cashu:` or `bitcoin:` link.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for what is none.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(refused("the payment request is longer than 64 KiB; ask its sender for a shorter one"));
        }
        let text = bare(text).ok_or_else(|| refused("this is no payment request; it begins with creqA or creqB1"))?;
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (form, body) = text.split_at(5);
        let tree = if form.eq_ignore_ascii_case("creqA") { cbor(body) } else { bech32(&text) };
        tree.as_ref()
            .and_then(read)
            .ok_or_else(|| refused("the payment request is damaged or incomplete; copy all of it and paste it again"))
    }
}

/// Either alphabet of base64, padded or not.
fn cbor(body: &str) -> Option<Tree> {
    tree::cbor(&tree::base64(&body.replace('+', "-").replace('/', "_"))?)
}

fn read(tree: &Tree) -> Option<PaymentRequest> {
    let Tree::Members(_) = tree else { return None };
    let id = text(tree, "i")?;
    let amount = optional(tree, "a", Tree::unsigned)?;
    let unit = text(tree, "u")?;
    let listed = strings(tree, "m")?;
    let mints: Vec<MintUrl> = listed.iter().filter_map(|url| url.parse().ok()).collect();
    let transports: Vec<Transport> = list(tree, "t")?.iter().map(transport).collect::<Option<_>>()?;
    let too_much = listed.len() > MOST_MINTS
        || transports.len() > MOST_TRANSPORTS
        || transports.iter().any(|transport| transport.target.len() > LONGEST_TARGET)
        || id.as_ref().is_some_and(|id| id.len() > LONGEST_ID);
    // A list of which nothing is a mint must not become "any mint".
    if too_much || (mints.is_empty() && !listed.is_empty()) {
        return None;
    }
    Some(PaymentRequest {
        id,
        amount: amount.map(Sat::new),
        other_unit: unit.filter(|unit| unit != "sat").map(|unit| clean(&unit)),
        description: text(tree, "d")?.map(|text| clean(&text)),
        any_mint: mints.is_empty() || optional(tree, "mp", Tree::bool)?.unwrap_or(false),
        mints,
        single_use: optional(tree, "s", Tree::bool)?.unwrap_or(false),
        transports,
        methods: list(tree, "sm")?.iter().map(method).collect::<Option<_>>()?,
        lock: optional(tree, "nut10", Some)?.map(asked),
    })
}

/// A member that may be missing; nothing at all when it is of another kind.
fn optional<'a, T>(tree: &'a Tree, name: &str, read: impl FnOnce(&'a Tree) -> Option<T>) -> Option<Option<T>> {
    match tree.get(name) {
        None | Some(Tree::Null) => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn text(tree: &Tree, name: &str) -> Option<Option<String>> {
    optional(tree, name, |value| value.text().map(str::to_owned))
}

fn list<'a>(tree: &'a Tree, name: &str) -> Option<&'a [Tree]> {
    Some(optional(tree, name, Tree::list)?.unwrap_or_default())
}

fn strings(tree: &Tree, name: &str) -> Option<Vec<String>> {
    list(tree, name)?.iter().map(|value| value.text().map(str::to_owned)).collect()
}

fn tags(tree: &Tree, name: &str) -> Option<Vec<Vec<String>>> {
    let tag = |tag: &Tree| tag.list()?.iter().map(|value| value.text().map(str::to_owned)).collect();
    list(tree, name)?.iter().map(tag).collect()
}

fn transport(tree: &Tree) -> Option<Transport> {
    Some(Transport {
        kind: clean(tree.get("t")?.text()?),
        target: text(tree, "a")?.unwrap_or_default(),
        tags: tags(tree, "g")?,
    })
}

fn method(tree: &Tree) -> Option<(String, u64)> {
    Some((tree.get("mn")?.text()?.to_owned(), optional(tree, "mf", Tree::unsigned)?.unwrap_or(0)))
}

fn asked(tree: &Tree) -> Result<Asked, String> {
    let unusual = || "it asks for a token that is locked in a way that this wallet does not make".to_owned();
    let kind = tree.get("k").and_then(Tree::text).unwrap_or_default();
    if kind != "P2PK" {
        return Err(format!(
            "it asks for a token with a lock of the kind {:?}, which this wallet does not make",
            clip(kind)
        ));
    }
    let key = tree.get("d").and_then(Tree::text).and_then(|key| key.parse().ok());
    let key = key.ok_or_else(|| "it asks for a token that is locked to something that is no key".to_owned())?;
    let (mut until, mut others) = (None, Vec::new());
    for tag in tags(tree, "t").ok_or_else(unusual)? {
        match tag.first().map(String::as_str) {
            Some("sigflag") if tag[1..] == ["SIG_INPUTS"] => {}
            Some("locktime") if until.is_none() => {
                until = Some(tag.get(1).and_then(|end| end.parse().ok()).ok_or_else(unusual)?);
            }
            Some("sigflag" | "locktime" | "pubkeys" | "n_sigs" | "refund" | "n_sigs_refund") | None => {
                return Err(unusual());
            }
            Some(_) => others.push(tag),
        }
    }
    // A secret has to fit into what mints take.
    if others.iter().flatten().map(|value| value.len() + 8).sum::<usize>() > 256 {
        return Err(unusual());
    }
    Ok(Asked { key, until, tags: others })
}

/// The newer form as the older one's tree.
fn bech32(text: &str) -> Option<Tree> {
    let checked = CheckedHrpstring::new::<Bech32m>(text).ok()?;
    let bytes: Vec<u8> = checked.byte_iter().collect();
    let mut members: Vec<(String, Tree)> = Vec::new();
    let mut lists: [(&str, Vec<Tree>); 3] = [("m", Vec::new()), ("t", Vec::new()), ("sm", Vec::new())];
    for (tag, value) in fields(&bytes)? {
        let (name, value) = match tag {
            1 => ("i", words(value)?),
            2 => ("a", Tree::Unsigned(u64::from_be_bytes(value.try_into().ok()?))),
            3 => ("u", if value == [0] { Tree::Text("sat".to_owned()) } else { words(value)? }),
            4 => ("s", Tree::Bool(value.iter().any(|byte| *byte != 0))),
            5 => {
                lists[0].1.push(words(value)?);
                continue;
            }
            6 => ("d", words(value)?),
            7 => {
                lists[1].1.push(sent_by(value)?);
                continue;
            }
            8 => ("nut10", locked_by(value)?),
            // An earlier draft named mints here.
            9 if value.len() == 1 => ("mp", Tree::Bool(value[0] == 1)),
            10 => {
                lists[2].1.push(paid_by(value)?);
                continue;
            }
            _ => continue,
        };
        if members.iter().any(|(known, _)| known == name) {
            return None;
        }
        members.push((name.to_owned(), value));
    }
    members.extend(lists.map(|(name, list)| (name.to_owned(), Tree::List(list))));
    (checked.hrp().as_str().eq_ignore_ascii_case("creqb")).then_some(Tree::Members(members))
}

/// Tag, length in two bytes, value; again and again.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut fields = Vec::new();
    while let [tag, high, low, rest @ ..] = bytes {
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        fields.push((*tag, value));
        bytes = rest;
    }
    bytes.is_empty().then_some(fields)
}

fn words(value: &[u8]) -> Option<Tree> {
    Some(Tree::Text(std::str::from_utf8(value).ok()?.to_owned()))
}

/// A name and values, each after its length in one byte.
fn tuple(mut bytes: &[u8]) -> Option<Tree> {
    let mut parts = Vec::new();
    while let [length, rest @ ..] = bytes {
        let (part, rest) = rest.split_at_checked(usize::from(*length))?;
        parts.push(words(part)?);
        bytes = rest;
    }
    Some(Tree::List(parts))
}

fn named<const N: usize>(members: [(&str, Tree); N]) -> Tree {
    Tree::Members(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What sub-fields have in common: a kind, a value, and tags.
fn parts(value: &[u8]) -> Option<(u8, &[u8], Tree)> {
    let (mut kind, mut target, mut tags) = (None, &[][..], Vec::new());
    for (tag, value) in fields(value)? {
        match (tag, value) {
            (1, [only]) => kind = Some(*only),
            (2, value) => target = value,
            (3, value) => tags.push(tuple(value)?),
            _ => {}
        }
    }
    Some((kind?, target, Tree::List(tags)))
}

fn sent_by(value: &[u8]) -> Option<Tree> {
    let (kind, target, tags) = parts(value)?;
    let (kind, target) = match kind {
        0 => ("nostr".to_owned(), Tree::Text(target.to_lower_hex_string())),
        1 => ("post".to_owned(), words(target)?),
        other => (format!("number {other}"), Tree::Null),
    };
    Some(named([("t", Tree::Text(kind)), ("a", target), ("g", tags)]))
}

fn locked_by(value: &[u8]) -> Option<Tree> {
    let (kind, data, tags) = parts(value)?;
    let kind = match kind {
        0 => "P2PK".to_owned(),
        1 => "HTLC".to_owned(),
        other => format!("number {other}"),
    };
    Some(named([("k", Tree::Text(kind)), ("d", words(data)?), ("t", tags)]))
}

fn paid_by(value: &[u8]) -> Option<Tree> {
    let (mut name, mut fee) = (None, Tree::Null);
    for (tag, value) in fields(value)? {
        match tag {
            1 => name = Some(words(value)?),
            2 => fee = Tree::Unsigned(u64::from_be_bytes(value.try_into().ok()?)),
            _ => {}
        }
    }
    Some(named([("mn", name?), ("mf", fee)]))
}

impl PaymentRequest {
    /// The key that the payment must be locked to.
    #[must_use]
    pub fn lock_key(&self) -> Option<LockKey> {
        self.lock.as_ref()?.as_ref().ok().map(|asked| asked.key)
    }

    /// The lock to make; or why this wallet makes none such.
    pub(super) fn lock(&self, now: u64) -> Result<Option<SendLock>, String> {
        let Some(asked) = &self.lock else { return Ok(None) };
        let asked = asked.as_ref().map_err(String::clone)?;
        let until = asked.until.unwrap_or(now.saturating_add(LOCK_SECS));
        if until <= now {
            return Err(format!("it asks for a lock that ended at {}; ask for a new request", moment(until)));
        }
        let lock = SendLock::new(now, &LockTo { key: asked.key, until });
        Ok(Some(lock.map_err(|error| error.message().to_owned())?.with_tags(&asked.tags)))
    }

    fn lists(&self, mint: &MintUrl) -> bool {
        self.mints.contains(mint)
    }
}

impl Wallet {
    /// Why a request cannot be paid from here whatever the balance is, if so.
    #[must_use]
    pub fn objection(&self, now: u64, request: &PaymentRequest) -> Option<String> {
        if let Some(unit) = &request.other_unit {
            return Some(format!("it asks for {unit:?} and this wallet pays in sat only"));
        }
        if request.amount.is_some_and(Sat::is_zero) {
            return Some("it asks for nothing".to_owned());
        }
        request.lock(now).err()
    }

    /// The mints of this wallet from which a request over this amount can be paid: those with enough first, then the
    /// cheapest. Those of the request's own list come before others.
    #[must_use]
    pub fn pay_from(&self, now: u64, request: &PaymentRequest, amount: Sat) -> Vec<PayFrom> {
        let rank = |from: &PayFrom| (!from.quote.missing.is_zero(), !request.lists(&from.mint), from.quote.total.get());
        let mut found: Vec<PayFrom> = Vec::new();
        for mint in self.mints.keys() {
            if let Ok(quote) = self.quote_request(now, request, mint, amount) {
                let from = PayFrom { mint: mint.clone(), quote };
                let place = found.iter().position(|other| rank(other) > rank(&from)).unwrap_or(found.len());
                found.insert(place, from);
            }
        }
        found
    }

    /// What paying a request from a mint costs, also when there is not enough.
    pub(super) fn quote_request(
        &self,
        now: u64,
        request: &PaymentRequest,
        mint: &MintUrl,
        amount: Sat,
    ) -> Result<SendQuote, Error> {
        let amount = self.amount_for(request, mint, amount)?;
        let outputs = if request.lock.is_some() { Outputs::Locked } else { Outputs::Plain };
        if outputs == Outputs::Locked {
            self.can_lock(mint)?;
        }
        self.send_quote_of(now, mint, amount, outputs)
    }

    /// What must arrive when the request is paid from this mint; or why it cannot be.
    pub(super) fn amount_for(
        &self,
        request: &PaymentRequest,
        mint: &MintUrl,
        amount: Sat,
    ) -> Result<SendAmount, Error> {
        let listed = request.lists(mint);
        if !listed && !request.any_mint {
            return Err(refused(format!("the receiver does not take money of {mint}; pay from another mint")));
        }
        let mut more = 0;
        if !request.methods.is_empty() {
            let bolt11 = request.methods.iter().find(|(name, _)| name == "bolt11");
            let Some((_, fee)) = bolt11.filter(|_| self.pays_lightning(mint)) else {
                return Err(refused(format!(
                    "the receiver asks for a mint with a way of payment that {mint} does not have; pay from another mint"
                )));
            };
            more = if listed { 0 } else { *fee };
        }
        let amount = amount.checked_add(Sat::new(more)).ok_or_else(|| refused("the amount is too large"))?;
        Ok(SendAmount::Arrives(amount.into()))
    }
}

/// A request that was made, in both forms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeRequest {
    /// `creqA…` (NUT-18), which every wallet with payment requests reads.
    pub text: String,
    /// `CREQB1…` (NUT-26), which makes the smaller QR code; none if it would be too long.
    pub short: Option<String>,
}

#[derive(serde::Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    mint: &'a MintUrl,
    unit: &'static str,
    proofs: Vec<cashu::Proof>,
}

impl Wallet {
    /// Makes the token that a request asks for, if no more than `most` leaves the balance. It is for the caller to deliver:
    /// [`payment`](Self::payment) after [`TokenReady`](super::WalletEvent::TokenReady).
    ///
    /// # Errors
    /// As [`send_within`](Self::send_within), and [`ErrorCode::InvalidInput`] for what cannot be paid from here or from
    /// this mint.
    pub fn pay_request(
        &mut self,
        now: u64,
        request: &PaymentRequest,
        mint: &MintUrl,
        amount: Sat,
        most: Sat,
    ) -> Result<(OperationId, Step), Error> {
        if let Some(why) = self.objection(now, request) {
            return Err(refused(format!("this request cannot be paid: {why}")));
        }
        let asked = self.amount_for(request, mint, request.amount.unwrap_or(amount))?;
        let lock = request.lock(now).map_err(refused)?;
        let wish = Wish { purpose: Purpose::Person, most: most.into(), lock };
        let mut step = Step::default();
        let id = self.start_send(now, mint, asked, wish, &mut step)?;
        Ok((id, self.flush(step)))
    }

    /// What is delivered for a request that names itself by `id`: JSON that is money. Nothing while no token is out that
    /// holds all that should arrive.
    #[must_use]
    pub fn payment(&self, send: &OperationId, id: Option<&str>) -> Option<String> {
        let op = self.ops.get(send)?;
        let ys = self.in_state(ProofState::HandedOut { by: *send });
        let arrives = self.total(&ys).checked_sub(self.cost(&op.mint, &ys))?;
        let whole = match op.send()?.asked {
            Asking::Face(face) => self.total(&ys) >= face,
            Asking::Arrives(price) => arrives >= price,
        };
        let proofs: Vec<_> = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
        if proofs.is_empty() || !whole {
            return None;
        }
        serde_json::to_string(&Payload { id, mint: &op.mint, unit: "sat", proofs }).ok()
    }

    /// Writes a request for a payment to this wallet, over its mints, to be delivered by hand.
    ///
    /// # Errors
    /// [`ErrorCode::UnknownMint`] without a mint, [`ErrorCode::InvalidInput`] for an amount or words that do not fit.
    pub fn make_request(
        &self,
        amount: Option<Sat>,
        description: &str,
        lock: Option<LockKey>,
    ) -> Result<MadeRequest, Error> {
        let mints: Vec<&MintUrl> =
            self.mints.iter().filter(|(_, mint)| mint.refused.is_none()).map(|(url, _)| url).collect();
        if mints.is_empty() {
            return Err(Error::new(ErrorCode::UnknownMint, "money comes to a mint; add one first"));
        }
        if amount.is_some_and(|amount| amount.is_zero() || amount.get() > crate::model::MAX_SAFE_INTEGER) {
            return Err(refused("ask for an amount of at least 1 sat, or for none"));
        }
        let description = clean(description);
        let description = Some(description.as_str()).filter(|words| !words.is_empty());
        Ok(MadeRequest {
            text: write_cbor(amount, description, &mints, lock),
            short: write_bech32(amount, description, &mints, lock),
        })
    }
}

fn write_cbor(amount: Option<Sat>, description: Option<&str>, mints: &[&MintUrl], lock: Option<LockKey>) -> String {
    let mut members = Cbor::default();
    if let Some(amount) = amount {
        members.text("a").head(0, amount.get());
    }
    members.text("u").text("sat");
    members.text("m").head(4, u64::try_from(mints.len()).unwrap_or(0));
    mints.iter().for_each(|mint| {
        members.text(mint.as_str());
    });
    if let Some(words) = description {
        members.text("d").text(words);
    }
    if let Some(key) = lock {
        members.text("nut10").head(5, 2).text("k").text("P2PK").text("d").text(&key.to_string());
    }
    let count = 2 + u64::from(amount.is_some()) + u64::from(description.is_some()) + u64::from(lock.is_some());
    let mut whole = Cbor::default();
    whole.head(5, count);
    whole.0.extend(members.0);
    format!("creqA{}", base64::engine::general_purpose::URL_SAFE.encode(whole.0))
}

/// The few forms of CBOR that a request needs (RFC 8949).
#[derive(Default)]
struct Cbor(Vec<u8>);

impl Cbor {
    fn head(&mut self, major: u8, number: u64) -> &mut Self {
        let bytes = number.to_be_bytes();
        let (short, from) = match number {
            0..24 => (bytes[7], 8),
            24..0x100 => (24, 7),
            0x100..0x1_0000 => (25, 6),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 0),
        };
        self.0.push(major << 5 | short);
        self.0.extend(&bytes[from..]);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.head(3, u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.0.extend(text.as_bytes());
        self
    }
}

fn write_bech32(
    amount: Option<Sat>,
    description: Option<&str>,
    mints: &[&MintUrl],
    lock: Option<LockKey>,
) -> Option<String> {
    let mut bytes = Vec::new();
    let mut field = |tag: u8, value: &[u8]| {
        let length = u16::try_from(value.len()).ok()?;
        bytes.push(tag);
        bytes.extend(length.to_be_bytes());
        bytes.extend(value);
        Some(())
    };
    if let Some(amount) = amount {
        field(2, &amount.get().to_be_bytes())?;
    }
    field(3, &[0])?;
    for mint in mints {
        field(5, mint.as_str().as_bytes())?;
    }
    if let Some(words) = description {
        field(6, words.as_bytes())?;
    }
    if let Some(key) = lock {
        let key = key.to_string();
        let length = u8::try_from(key.len()).ok()?;
        field(8, &[&[1, 0, 1, 0, 2, 0, length], key.as_bytes()].concat())?;
    }
    bitcoin::bech32::encode_upper::<Bech32m>(Hrp::parse("creqb").ok()?, &bytes).ok()
}
