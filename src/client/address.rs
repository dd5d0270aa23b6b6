//! Paying a Lightning address (LUD-16, LUD-06): the address's server is asked for an invoice, which is then paid as any
//! other.
//!
//! ```text
//!   name@host ──▶ Terms: what may be paid, where to ask ──▶ Invoice over the amount ──▶ a payment, quoted by the mint
//!                    └──────────── refused, silent or contradictory: Failed ◀──┘
//! ```
//!
//! Nothing of it is stored before the payment is; no money moves before the person agreed to its price.

use std::fmt;

use bitcoin_hashes::sha256;
use serde::Serialize;

use super::effect::Turn;
use super::{Client, Effect, View};
use crate::error::{Error, ErrorCode};
use crate::model::{MintUrl, Sat};
use crate::tree::{self, Tree};
use crate::wallet::{Answer, clean, description_hash, invoice_msat};

const DEADLINE_SECS: u32 = 20;
/// A description may hold a picture.
const LONGEST_ANSWER: usize = 1 << 19;
/// The ids of the two questions.
const TERMS: u64 = 1;
const INVOICE: u64 = 2;

#[derive(Debug)]
pub(super) struct Lookup {
    /// Marks its requests.
    pub(super) sort: u64,
    address: Address,
    mint: MintUrl,
    amount: Sat,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Terms,
    Invoice { description: [u8; 32] },
    Quoted { operation: String },
    Failed { text: String },
}

/// A Lightning address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    name: String,
    host: String,
}

/// What a server says of an address.
#[derive(Debug, PartialEq, Eq)]
struct Terms {
    callback: String,
    description: [u8; 32],
}

/// The Lightning address that is being paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressView {
    /// The address.
    pub address: String,
    /// What it is to get.
    pub amount: Sat,
    /// Its server is being asked.
    pub open: bool,
    /// Where it stands.
    pub sentence: String,
    /// The payment, once there is an invoice.
    pub operation: Option<String>,
}

impl Client {
    /// Asks the server of a Lightning address for an invoice over this amount, and the mint for the price of paying it. The
    /// wallet's view tells what came of it; one address is asked at a time.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for what is no address that a page can ask, [`ErrorCode::InvalidMintUrl`],
    /// [`ErrorCode::Store`].
    pub fn pay_address(&mut self, now: u64, mint: &str, address: &str, amount: Sat) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let (address, mint): (Address, MintUrl) = (Address::parse(address)?, mint.parse()?);
        if amount.is_zero() {
            return Err(Error::new(ErrorCode::InvalidInput, "the amount must be above zero"));
        }
        let sort = self.next_sort();
        let mut turn = Turn::default();
        turn.at_once.push(question(sort, TERMS, address.url()));
        turn.changed.insert(View::Wallet);
        self.lookup = Some(Lookup { sort, address, mint, amount, stage: Stage::Terms });
        Ok(self.finish(now, turn))
    }

    pub(super) fn address_answered(&mut self, now: u64, turn: &mut Turn, answer: Answer) {
        let Some(mut lookup) = self.lookup.take() else { return };
        turn.changed.insert(View::Wallet);
        lookup.stage = match self.go_on_paying(now, turn, &lookup, answer) {
            Ok(stage) => stage,
            Err(text) => Stage::Failed { text },
        };
        self.lookup = Some(lookup);
    }

    fn go_on_paying(&mut self, now: u64, turn: &mut Turn, lookup: &Lookup, answer: Answer) -> Result<Stage, String> {
        let host = &lookup.address.host;
        let body = match answer {
            Answer::Response { status: 404, .. } => {
                return Err(format!("{host} knows no such address; check its spelling"));
            }
            Answer::Response { status, body } if body.len() <= LONGEST_ANSWER => read_answer(host, status, &body)?,
            Answer::Response { .. } => return Err(strange(host, "its answer is far too long")),
            Answer::Later { status, .. } => read_answer(host, status, "")?,
            Answer::Nothing { reason } => {
                return Err(format!(
                    "this address's server gave this page no answer ({}); many do not let web pages ask: get an invoice \
                     from it in another way and paste that",
                    clean(&reason)
                ));
            }
        };
        match &lookup.stage {
            Stage::Terms => {
                let terms = Terms::read(&lookup.address, &body, lookup.amount)?;
                let joint = if terms.callback.contains('?') { '&' } else { '?' };
                let msat = lookup.amount.to_msat().get();
                turn.at_once.push(question(lookup.sort, INVOICE, format!("{}{joint}amount={msat}", terms.callback)));
                Ok(Stage::Invoice { description: terms.description })
            }
            Stage::Invoice { description } => {
                let invoice = body.get("pr").and_then(Tree::text).ok_or_else(|| strange(host, "it made no invoice"))?;
                if invoice_msat(invoice) != Some(lookup.amount.to_msat().get()) {
                    return Err(strange(host, "its invoice is over another amount than was asked for"));
                }
                if description_hash(invoice).is_some_and(|hash| hash != *description) {
                    return Err(strange(host, "its invoice is for something else than it said"));
                }
                let told = |error: Error| error.message().to_owned();
                let (operation, mut step) = self.wallet.quote_pay(now, &lookup.mint, invoice).map_err(told)?;
                let whose = format!("the invoice is of {}", lookup.address);
                step.extend(self.wallet.remark(now, &operation, &whose).map_err(told)?);
                self.take(now, turn, step);
                Ok(Stage::Quoted { operation: operation.to_string() })
            }
            Stage::Quoted { .. } | Stage::Failed { .. } => Err(strange(host, "it answers what was not asked")),
        }
    }

    pub(super) fn address_view(&self) -> Option<AddressView> {
        let lookup = self.lookup.as_ref()?;
        let Address { name, host } = &lookup.address;
        let (open, sentence, operation) = match &lookup.stage {
            Stage::Terms => (true, format!("{host} is asked what {name} takes."), None),
            Stage::Invoice { .. } => (true, format!("{host} makes an invoice over {}.", lookup.amount), None),
            Stage::Quoted { operation } => {
                (false, "The invoice is here; the mint tells what it costs.".to_owned(), Some(operation.clone()))
            }
            Stage::Failed { text } => (false, text.clone(), None),
        };
        Some(AddressView { address: lookup.address.to_string(), amount: lookup.amount, open, sentence, operation })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.host)
    }
}

impl Lookup {
    /// Whether it waits for this answer.
    pub(super) fn awaits(&self, id: u64) -> bool {
        match self.stage {
            Stage::Terms => id == TERMS,
            Stage::Invoice { .. } => id == INVOICE,
            Stage::Quoted { .. } | Stage::Failed { .. } => false,
        }
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |text: &str| Error::new(ErrorCode::InvalidInput, text);
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_prefix("lightning:").unwrap_or(&text);
        let no_address = "this is no Lightning address; write it like name@example.com";
        let (name, host) = text.split_once('@').ok_or_else(|| refuse(no_address))?;
        let plain = |text: &str, more: &str| {
            (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        if !plain(name, "-_.+") || !plain(host, "-.:") || host.starts_with([':', '.']) {
            return Err(refuse(no_address));
        }
        let address = Self { name: name.to_owned(), host: host.to_owned() };
        if address.domain().ends_with(".onion") {
            return Err(refuse(
                "a web page cannot reach onion addresses; get an invoice from its owner and paste that",
            ));
        }
        Ok(address)
    }

    fn domain(&self) -> &str {
        domain_of(&self.host)
    }

    /// Plain http is for a server on the same machine only.
    fn url(&self) -> String {
        let scheme = if is_loopback(self.domain()) { "http" } else { "https" };
        format!("{scheme}://{}/.well-known/lnurlp/{}", self.host, self.name)
    }
}

impl Terms {
    fn read(address: &Address, body: &Tree, amount: Sat) -> Result<Self, String> {
        let host = &address.host;
        let wrong = |what: &str| strange(host, what);
        if body.get("tag").and_then(Tree::text) != Some("payRequest") {
            return Err(wrong("it does not say that it can be paid"));
        }
        let number = |name: &str| body.get(name).and_then(Tree::unsigned);
        let (Some(least), Some(most)) = (number("minSendable"), number("maxSendable")) else {
            return Err(wrong("it does not say how much it takes"));
        };
        if !(least..=most).contains(&amount.to_msat().get()) {
            let (least, most) = (Sat::new(least.div_ceil(1000)), Sat::new(most / 1000));
            return Err(format!("{address} takes {least} to {most} at once; choose an amount between"));
        }
        let metadata = body.get("metadata").and_then(Tree::text).ok_or_else(|| wrong("it does not say what it is"))?;
        let callback = body.get("callback").and_then(Tree::text).ok_or_else(|| wrong("it names no place to ask"))?;
        Ok(Self {
            callback: address
                .may_ask(callback)
                .ok_or_else(|| wrong("it sends us to a place that a page must not ask"))?,
            description: sha256::Hash::hash(metadata.as_bytes()).to_byte_array(),
        })
    }
}

impl Address {
    /// A stranger's server must not make this page ask programs on its own machine.
    fn may_ask(&self, url: &str) -> Option<String> {
        let plain = url.len() <= 2048
            && url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '#' | '\\' | '"' | '<' | '>'));
        let (scheme, rest) = url.split_once("://").filter(|_| plain)?;
        let host = rest.split(['/', '?']).next().unwrap_or_default().to_ascii_lowercase();
        let domain = domain_of(&host);
        let sound = !domain.is_empty() && !host.contains('@') && !domain.ends_with(".onion");
        let own = is_loopback(domain);
        let allowed = match scheme.to_ascii_lowercase().as_str() {
            "https" => !own || is_loopback(self.domain()),
            "http" => own && is_loopback(self.domain()),
            _ => false,
        };
        (sound && allowed).then(|| url.to_owned())
    }
}

fn domain_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((domain, port)) if !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) => domain,
        Some(_) | None => host,
    }
}

fn is_loopback(domain: &str) -> bool {
    domain == "localhost" || domain.ends_with(".localhost") || domain == "[::1]" || domain.starts_with("127.")
}

/// What the server said, or its refusal in its own words.
fn read_answer(host: &str, status: u16, body: &str) -> Result<Tree, String> {
    let tree = tree::json(body).ok_or_else(|| strange(host, &format!("it is unreadable (status {status})")))?;
    let is_refusal = tree.get("status").and_then(Tree::text).is_some_and(|word| word.eq_ignore_ascii_case("error"));
    if is_refusal || !(200..300).contains(&status) {
        let reason = tree.get("reason").and_then(Tree::text).unwrap_or("no reason given");
        return Err(format!("{host} makes no invoice: {}", clean(reason.trim_end_matches('.'))));
    }
    Ok(tree)
}

fn strange(host: &str, what: &str) -> String {
    format!("{host} does not answer as a Lightning address does: {what}; get an invoice from its owner and paste that")
}

fn question(sort: u64, id: u64, url: String) -> Effect {
    Effect::Fetch { request: super::request_of(sort, id), method: "GET", url, body: None, deadline_secs: DEADLINE_SECS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    #[test]
    fn an_address_names_the_page_that_is_asked() {
        let url = |text: &str| address(text).url();
        assert_eq!(url(" Alice@Example.com "), "https://example.com/.well-known/lnurlp/alice");
        assert_eq!(
            url("lightning:a.b+c_d-1@pay.example.com:8443"),
            "https://pay.example.com:8443/.well-known/lnurlp/a.b+c_d-1"
        );
        assert_eq!(url("me@localhost:3000"), "http://localhost:3000/.well-known/lnurlp/me");
        assert_eq!(url("me@127.0.0.1:3000"), "http://127.0.0.1:3000/.well-known/lnurlp/me");
    }

    #[test]
    fn what_no_page_can_ask_is_refused_with_what_to_do() {
        for text in ["", "alice", "@b", "a@", "a b@c", "a@b@c", "a/b@c", "a@b/c", "a@b?c", "ä@b", "a@:80"] {
            let error = Address::parse(text).expect_err(text);
            assert!(error.message().contains("name@example.com"), "{text}: {error}");
        }
        let error = Address::parse("a@bcdef.onion").expect_err("an onion");
        assert!(error.message().contains("paste"), "{error}");
        assert!(Address::parse("a@bcdef.onion:80").is_err());
    }

    #[test]
    fn a_strangers_server_does_not_make_the_page_ask_its_own_machine() {
        let stranger = address("a@example.com");
        assert!(stranger.may_ask("https://pay.example.org/cb?k=1").is_some());
        for url in [
            "http://example.com/cb",
            "http://localhost:8080/cb",
            "https://localhost/cb",
            "https://127.0.0.1/cb",
            "https://[::1]:443/cb",
            "https://a.onion/cb",
            "https://a@b.com/cb",
            "javascript://x",
            "ftp://example.com/x",
            "https:///cb",
            "https://e.com/a#b",
            "/cb",
            "",
        ] {
            assert_eq!(stranger.may_ask(url), None, "{url}");
        }
        assert!(address("a@localhost:1").may_ask("http://127.0.0.1:1/cb").is_some());
    }

    #[test]
    fn terms_are_read_and_their_limits_said() {
        let read = |text: &str, sat: u64| {
            let body = tree::json(text).expect("JSON");
            Terms::read(&address("a@b.c"), &body, Sat::new(sat))
        };
        let whole =
            r#"{"tag":"payRequest","callback":"https://b.c/cb","minSendable":1500,"maxSendable":9000,"metadata":"[]"}"#;
        let terms = read(whole, 9).expect("within the limits");
        assert_eq!(terms.callback, "https://b.c/cb");
        assert_eq!(terms.description, sha256::Hash::hash(b"[]").to_byte_array());
        for sat in [1, 10] {
            assert_eq!(
                read(whole, sat),
                Err("a@b.c takes 2 sat to 9 sat at once; choose an amount between".to_owned())
            );
        }
        for (part, other) in [("payRequest", "login"), ("https://", "http://"), ("9000", "\"9000\""), ("\"[]\"", "[]")]
        {
            assert!(read(&whole.replace(part, other), 5).is_err(), "{other}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_servers_words() {
        let refused = |status, text: &str| read_answer("b.c", status, text).map(|_| ()).expect_err("a refusal");
        assert_eq!(refused(200, r#"{"status":"ERROR","reason":"no funds."}"#), "b.c makes no invoice: no funds");
        assert!(refused(200, "<html>").contains("unreadable"));
        assert!(refused(500, "{}").contains("no reason given"));
        assert!(!refused(400, "{\"reason\":\"a\\u202eb\\nc\"}").contains(['\u{202e}', '\n']));
    }
}
