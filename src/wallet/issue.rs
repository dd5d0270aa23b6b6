//! Lightning in (NUT-04, NUT-23).
//!
//! ```text
//!   QuoteRequested ──▶ AwaitingPayment ──paid──▶ Minting ──▶ Done
//!   │ │  ▲ no answer:     │  ▲   │                │  ▲
//!   │ └──┘ same bytes     │  └───┼── not paid ────┘  └─ no answer, "already signed": repeat, then ask for the
//!   └▶ Failed: given up   │      │                      quote's state and the outputs (NUT-09)
//!                         ▼      └─▶ Failed: somebody else minted it
//!                      Expired ──paid after all (asked once per start and on view)──▶ Minting
//! ```
//!
//! A repeated quote request makes a second quote that nobody pays. The quote is durable before its invoice is shown.

use cashu::{MintQuoteBolt11Request, MintRequest};
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step, WalletEvent};
use super::book::ProofState;
use super::exchange::{Exchange, Phase, quote_name, quote_path};
use super::keyset::currency;
use super::machine::{Ask, Reply, Wallet};
use super::operation::{Operation, Refusal, Saga, backoff};
use super::outputs::{Output, Role, Signed};
use super::pay::{Pay, PayState};
use super::quote_key::{Form, QuoteKey};
use super::settle::Inputs;
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MAX_SAFE_INTEGER, MintUrl, Unit};
use crate::tree;

/// An invoice that ended unpaid is not given up before.
const LATE_PAYMENT_SECS: u64 = 86_400;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Issue {
    pub(super) amount: u64,
    /// The pay of the move that it belongs to.
    #[serde(default)]
    pub(super) part_of: Option<OperationId>,
    /// Locks the quote, at a mint that offers it.
    #[serde(default)]
    pub(super) key: Option<QuoteKey>,
    pub(super) state: IssueState,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum IssueState {
    QuoteRequested { body: String },
    AwaitingPayment(Quote),
    Expired(Quote),
    Minting { quote: Quote, exchange: Exchange },
    Done { issued: u64 },
    Failed { text: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quote {
    pub(super) id: String,
    pub(super) invoice: String,
    pub(super) expires_at: Option<u64>,
}

/// What is read of a quote; unknown members are ignored.
#[derive(Deserialize)]
struct QuoteAnswer {
    quote: String,
    request: String,
    expiry: Option<u64>,
}

#[derive(Deserialize)]
struct StateAnswer {
    state: String,
}

impl Quote {
    pub(super) fn has_ended(&self, now: u64) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }
}

impl Issue {
    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.state {
            IssueState::Minting { exchange, .. } => Some(exchange),
            IssueState::QuoteRequested { .. }
            | IssueState::AwaitingPayment(_)
            | IssueState::Expired(_)
            | IssueState::Done { .. }
            | IssueState::Failed { .. } => None,
        }
    }

    pub(super) fn quote(&self) -> Option<&Quote> {
        match &self.state {
            IssueState::AwaitingPayment(quote) | IssueState::Expired(quote) | IssueState::Minting { quote, .. } => {
                Some(quote)
            }
            IssueState::QuoteRequested { .. } | IssueState::Done { .. } | IssueState::Failed { .. } => None,
        }
    }

    /// It ended unpaid, and a payment may still be on its way. The invoice of a move that was not made was shown to nobody.
    pub(super) fn may_be_paid_late(&self, now: u64) -> bool {
        match &self.state {
            IssueState::Expired(quote) if self.part_of.is_none() => {
                quote.expires_at.is_some_and(|end| now < end.saturating_add(LATE_PAYMENT_SECS))
            }
            IssueState::Expired(_)
            | IssueState::QuoteRequested { .. }
            | IssueState::AwaitingPayment(_)
            | IssueState::Minting { .. }
            | IssueState::Done { .. }
            | IssueState::Failed { .. } => false,
        }
    }

    pub(super) fn busy(&self) -> bool {
        match &self.state {
            IssueState::QuoteRequested { .. } | IssueState::AwaitingPayment(_) | IssueState::Minting { .. } => true,
            IssueState::Expired(_) | IssueState::Done { .. } | IssueState::Failed { .. } => false,
        }
    }
}

impl Wallet {
    pub(super) fn start_issue(
        &mut self,
        now: u64,
        mint: &MintUrl,
        amount: Amount,
        step: &mut Step,
    ) -> Result<OperationId, Error> {
        let (value, unit) = (amount.get(), amount.unit());
        let keyset = self.ready_keyset(now, mint, unit)?;
        if value == 0 || value > MAX_SAFE_INTEGER || keyset.split(value).is_none() {
            let text = format!("{amount} cannot be issued by {mint}; choose another amount");
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        self.can_issue(mint, amount)?;
        // The number of an operation is never used twice, and so is its key.
        let counter = u32::try_from(self.next_number()).ok().filter(|_| self.locks_quotes(mint));
        let key = counter.map(|counter| QuoteKey { counter, form: Form::Present });
        let pubkey = key.and_then(|key| key.public(&self.seed));
        let key = key.filter(|_| pubkey.is_some());
        let body = MintQuoteBolt11Request { amount: value.into(), unit: currency(unit), description: None, pubkey };
        let body = serde_json::to_string(&body)
            .map_err(|_| Error::new(ErrorCode::InvalidInput, "the amount cannot be written"))?;
        let saga = Saga::Issue(Issue { amount: value, part_of: None, key, state: IssueState::QuoteRequested { body } });
        let id = self.start(now, mint.clone(), unit, saga, "asking for an invoice");
        self.pump(now, id, step);
        Ok(id)
    }

    pub(super) fn quote_of(&self, id: OperationId) -> Option<String> {
        self.issue_quote(id).map(|quote| quote.id)
    }

    pub(super) fn pump_issue(&mut self, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(issue) = op.issue() else { return };
        let mint = op.mint.clone();
        match issue.state.clone() {
            IssueState::QuoteRequested { body } => {
                let path = "/v1/mint/quote/bolt11".to_owned();
                self.ask_for(id, &mint, Method::Post, path, Some(body), Ask::Quote(id), step);
            }
            IssueState::AwaitingPayment(_) | IssueState::Expired(_) => self.ask_quote_state(id, step),
            IssueState::Minting { .. } | IssueState::Done { .. } | IssueState::Failed { .. } => {}
        }
    }

    fn ask_quote_state(&mut self, id: OperationId, step: &mut Step) {
        let (Some(quote), Some(op)) = (self.quote_of(id), self.ops.get(&id)) else { return };
        if op.run.waiting.is_none() && op.exchange().is_none() {
            let mint = op.mint.clone();
            self.ask_for(id, &mint, Method::Get, quote_path(&quote), None, Ask::QuoteState(id), step);
        }
    }

    /// A quote that ended unpaid may have been paid late.
    pub(super) fn ask_expired_once(&mut self, id: OperationId, step: &mut Step) {
        let expired = |issue: &Issue| matches!(issue.state, IssueState::Expired(_));
        if self.ops.get(&id).and_then(Operation::issue).is_some_and(expired) {
            self.ask_quote_state(id, step);
        }
    }

    pub(super) fn check_issue(&mut self, id: OperationId, step: &mut Step) -> Result<(), Error> {
        if self.quote_of(id).is_none() {
            let text = "the invoice of this operation is settled or not there yet; there is nothing to ask";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.ask_quote_state(id, step);
        Ok(())
    }

    pub(super) fn quote_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(amount) = op.issue().map(|issue| op.much(issue.amount)) else { return };
        match reply {
            Reply::Body(body) => match read_quote(&body, amount) {
                Ok(quote) => {
                    let note = "waiting for the invoice to be paid";
                    let invoice = quote.invoice.clone();
                    self.enter_issue(now, id, IssueState::AwaitingPayment(quote), note);
                    self.move_invoice(now, id, Some(&invoice), step);
                    self.pump(now, id, step);
                }
                Err(Some(text)) => self.fail_issue(now, id, text.to_owned(), step),
                Err(None) => self.poll_later(now, id),
            },
            Reply::Refused(refusal) => {
                let text = format!("the mint makes no invoice: {}", refusal.detail);
                self.fail_issue(now, id, text, step);
            }
            Reply::Unknown(_) => self.poll_later(now, id),
        }
    }

    pub(super) fn quote_state_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(op) = self.ops.get_mut(&id) else { return };
        let (started, mint) = (op.started_at, op.mint.clone());
        let Some(issue) = op.issue_mut() else { return };
        let (quote, ended) = match issue.state.clone() {
            IssueState::AwaitingPayment(quote) => (quote, false),
            IssueState::Expired(quote) => (quote, true),
            IssueState::QuoteRequested { .. }
            | IssueState::Minting { .. }
            | IssueState::Done { .. }
            | IssueState::Failed { .. } => return,
        };
        let inputs = match &reply {
            Reply::Body(body) => quote_inputs(body),
            Reply::Refused(_) | Reply::Unknown(_) => None,
        };
        // It may have been removed long after the invoice ended.
        if matches!(inputs, Some(Inputs::Unspent | Inputs::Spent)) && !self.mints.contains_key(&mint) {
            self.know_mint(now, &mint);
            self.refresh(now, &mint, step);
        }
        match inputs {
            Some(Inputs::Unspent) => self.plan_mint(now, id, quote, step),
            Some(Inputs::Spent) => self.issue_taken(now, id, step),
            Some(Inputs::Unpaid) if ended => {}
            // What we paid for ourselves is asked for until it is there.
            Some(Inputs::Unpaid) if quote.has_ended(now) && self.paid_by(id).is_some() => {
                if let Some(op) = self.ops.get_mut(&id) {
                    op.run.next_at = now.saturating_add((now.saturating_sub(started) / 10).clamp(2, 3600));
                }
            }
            Some(Inputs::Unpaid) if quote.has_ended(now) => {
                self.enter_issue(now, id, IssueState::Expired(quote), "the invoice ended unpaid");
                let text = "the invoice ended unpaid; nothing was taken".to_owned();
                step.events.push(WalletEvent::Failed { op: id, text });
            }
            Some(Inputs::Unpaid) => {
                // Often while somebody is likely to be looking, seldom afterwards; and once at the end.
                let pause = (now.saturating_sub(started) / 10).clamp(2, 60);
                let end = quote.expires_at.filter(|end| *end > now).unwrap_or(u64::MAX);
                if let Some(op) = self.ops.get_mut(&id) {
                    (op.run.tries, op.run.at_work) = (0, false);
                    op.run.next_at = now.saturating_add(pause);
                }
                self.wait_for_word(now, id);
                if let Some(op) = self.ops.get_mut(&id) {
                    op.run.next_at = op.run.next_at.min(end);
                }
            }
            Some(Inputs::Pending | Inputs::PartlySpent(_)) | None if ended => {}
            Some(Inputs::Pending | Inputs::PartlySpent(_)) => {
                self.say_at_work(now, id);
                self.poll_later(now, id);
            }
            None => self.poll_later(now, id),
        }
    }

    fn poll_later(&mut self, now: u64, id: OperationId) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.tries = op.run.tries.saturating_add(1);
            op.run.next_at = now.saturating_add(backoff(op.run.tries).min(60));
        }
    }

    /// The invoice is paid: counters and the exact request in one commit.
    fn plan_mint(&mut self, now: u64, id: OperationId, quote: Quote, step: &mut Step) {
        self.paid_without_move(now, id);
        let Some(op) = self.ops.get(&id) else { return };
        let Some(Issue { amount, .. }) = op.issue() else { return };
        let (amount, unit, mint) = (*amount, op.unit, op.mint.clone());
        let keyset = self.signing_keyset(now, &mint, unit).filter(|_| !self.is_catching_up(&mint));
        let planned = keyset.and_then(|keyset| {
            let parts: Vec<(u64, Role)> = keyset.split(amount)?.into_iter().map(|part| (part, Role::Keep)).collect();
            Some((keyset.id, parts))
        });
        let Some((keyset, parts)) = planned else {
            self.enter_issue(now, id, IssueState::AwaitingPayment(quote), "paid; waiting for the keys of the mint");
            self.poll_later(now, id);
            return;
        };
        let Some(outputs) = self.make_outputs(keyset, &parts) else {
            self.poll_later(now, id);
            return;
        };
        let Some(body) = self.mint_body(id, &quote, &outputs) else { return };
        let path = "/v1/mint/bolt11".to_owned();
        let exchange = Exchange { path, body, inputs: Vec::new(), outputs, earlier: Vec::new() };
        self.enter_issue(now, id, IssueState::Minting { quote, exchange }, "paid; minting");
        self.pump(now, id, step);
    }

    fn mint_body(&self, id: OperationId, quote: &Quote, outputs: &[Output]) -> Option<String> {
        let key = self.ops.get(&id)?.issue()?.key;
        let outputs = outputs.iter().map(Output::message).collect();
        let mut request = MintRequest { quote: quote.id.clone(), outputs, signature: None };
        request.signature = key.and_then(|key| key.sign(&self.seed, &request));
        serde_json::to_string(&request).ok()
    }

    /// Signs the older message over the same outputs, for a mint that refused the present one.
    fn sign_as_before(&mut self, now: u64, id: OperationId) {
        self.change(id, |op| {
            if let Some(QuoteKey { form, .. }) = op.issue_mut().and_then(|issue| issue.key.as_mut()) {
                *form = Form::Legacy;
            }
        });
        let Some(IssueState::Minting { quote, mut exchange }) =
            self.ops.get(&id).and_then(Operation::issue).map(|issue| issue.state.clone())
        else {
            return;
        };
        let Some(body) = self.mint_body(id, &quote, &exchange.outputs) else { return };
        exchange.body = body;
        let note = "the mint does not know this form of signature; signed in the older one";
        self.enter_issue(now, id, IssueState::Minting { quote, exchange }, note);
    }

    pub(super) fn issue_done(&mut self, now: u64, id: OperationId, signed: Vec<Signed>, step: &mut Step) {
        let issued = self.take_in(id, signed, |_| ProofState::Spendable, step);
        self.enter_issue(now, id, IssueState::Done { issued }, "issued");
        step.events.push(WalletEvent::Issued { op: id, amount: self.much(id, issued) });
    }

    pub(super) fn issue_taken(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let text = "the mint says that this quote was issued, but not to this device; if another one with these words did \
                    it, the money is looked for now, else ask the mint's operator about the quote";
        self.fail_issue(now, id, text.to_owned(), step);
        if let Some(mint) = self.ops.get(&id).map(|op| op.mint.clone()) {
            self.seen_elsewhere(now, &mint, step);
        }
    }

    pub(super) fn issue_unpaid(&mut self, now: u64, id: OperationId) {
        if let Some(quote) = self.issue_quote(id) {
            self.enter_issue(now, id, IssueState::AwaitingPayment(quote), "the mint has not seen the payment yet");
            self.poll_later(now, id);
        }
    }

    /// Paid money is never given up: the same bytes again later, or fresh outputs where the keysets changed.
    pub(super) fn issue_refused(&mut self, now: u64, id: OperationId, refusal: &Refusal, again: bool) {
        let key = self.ops.get(&id).and_then(Operation::issue).and_then(|issue| issue.key);
        if refusal.is_about_signature() && key.is_some_and(|key| key.form == Form::Present) {
            return self.sign_as_before(now, id);
        }
        let note = format!("the mint refuses to issue: {}; asked again", refusal.detail);
        match self.issue_quote(id) {
            Some(quote) if again => {
                self.enter_issue(now, id, IssueState::AwaitingPayment(quote), &note);
                self.poll_later(now, id);
            }
            Some(_) | None => {
                self.change(id, |op| op.note(now, note));
                self.put_off(now, id, Phase::Post);
            }
        }
    }

    pub(super) fn issue_again(&mut self, now: u64, id: OperationId) {
        if let Some(quote) = self.issue_quote(id) {
            self.enter_issue(now, id, IssueState::AwaitingPayment(quote), "minting with fresh outputs");
        }
    }

    pub(super) fn cancel_issue(&mut self, now: u64, id: OperationId, step: &mut Step) -> Result<(), Error> {
        let Some(issue) = self.operation_of(id)?.issue() else { return Ok(()) };
        match issue.state.clone() {
            IssueState::AwaitingPayment(quote) if quote.has_ended(now) => {
                self.enter_issue(now, id, IssueState::Expired(quote), "the invoice ended unpaid");
                Ok(())
            }
            // Nobody saw an invoice, so nobody can have paid it. An answer that comes late is heeded no more.
            IssueState::QuoteRequested { .. } => {
                self.fail_issue(now, id, "given up before there was an invoice; nothing was paid".to_owned(), step);
                Ok(())
            }
            IssueState::AwaitingPayment(_)
            | IssueState::Expired(_)
            | IssueState::Minting { .. }
            | IssueState::Done { .. }
            | IssueState::Failed { .. } => {
                let text = "the invoice may still be paid; wait until it ends";
                Err(Error::new(ErrorCode::WrongState, text))
            }
        }
    }

    fn issue_quote(&self, id: OperationId) -> Option<Quote> {
        self.ops.get(&id)?.issue()?.quote().cloned()
    }

    fn enter_issue(&mut self, now: u64, id: OperationId, state: IssueState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(issue) = op.issue_mut() {
                issue.state = state;
            }
        });
    }

    fn fail_issue(&mut self, now: u64, id: OperationId, text: String, step: &mut Step) {
        self.enter_issue(now, id, IssueState::Failed { text: text.clone() }, &text);
        step.events.push(WalletEvent::Failed { op: id, text });
        self.move_invoice(now, id, None, step);
    }

    /// The pay of the move that this issue belongs to, once it paid.
    pub(super) fn paid_by(&self, issue: OperationId) -> Option<(OperationId, &Pay)> {
        let id = self.ops.get(&issue)?.issue()?.part_of?;
        let pay = self.ops.get(&id)?.pay()?;
        matches!(pay.state, PayState::Done { .. }).then_some((id, pay))
    }

    /// Ecash is owed to us for this issue, by the mint's word or because we paid.
    pub(super) fn is_issue_paid(&self, id: OperationId) -> bool {
        let open = |issue: &Issue| !matches!(issue.state, IssueState::Done { .. } | IssueState::Failed { .. });
        let Some(issue) = self.ops.get(&id).and_then(Operation::issue).filter(|issue| open(issue)) else {
            return false;
        };
        issue.exchange().is_some() || self.paid_by(id).is_some()
    }

    /// Waits no longer for an invoice or its payment; should it be paid after all, the next start finds it.
    pub(super) fn give_up_invoice(&mut self, now: u64, id: OperationId, note: &str) {
        let issue = self.ops.get(&id).and_then(Operation::issue);
        let state = match issue.map(|issue| issue.state.clone()) {
            Some(IssueState::AwaitingPayment(quote)) => IssueState::Expired(quote),
            Some(IssueState::QuoteRequested { .. }) => IssueState::Failed { text: note.to_owned() },
            Some(
                IssueState::Expired(_)
                | IssueState::Minting { .. }
                | IssueState::Done { .. }
                | IssueState::Failed { .. },
            )
            | None => return,
        };
        self.enter_issue(now, id, state, note);
    }

    /// A move paid for this issue: its mint is asked at once.
    pub(super) fn issue_is_paid(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let issue = self.ops.get(&id).and_then(Operation::issue);
        if let Some(IssueState::Expired(quote)) = issue.map(|issue| issue.state.clone()) {
            self.enter_issue(now, id, IssueState::AwaitingPayment(quote), "paid; asking for the ecash");
        }
        self.go_on(now, id, Phase::Post);
        self.ask_quote_state(id, step);
    }
}

/// Reads the state of a quote as the state of an input.
pub(super) fn quote_inputs(body: &str) -> Option<Inputs> {
    let answer: StateAnswer = tree::read(body)?;
    match answer.state.as_str() {
        "UNPAID" => Some(Inputs::Unpaid),
        "PAID" => Some(Inputs::Unspent),
        "ISSUED" => Some(Inputs::Spent),
        "PENDING" => Some(Inputs::Pending),
        _ => None,
    }
}

/// `Err(None)` for a garbled answer, `Err(Some(_))` for one that must not be used.
fn read_quote(body: &str, amount: Amount) -> Result<Quote, Option<&'static str>> {
    let answer: QuoteAnswer = tree::read(body).ok_or(None)?;
    let id = quote_name(&answer.quote)
        .ok_or("the mint named its quote with characters that cannot be asked for; try another mint")?;
    if invoice_msat(&answer.request) != Some(amount.to_msat().get()) {
        return Err(Some(match amount.unit() {
            Unit::Sat => "the mint's invoice is not over the amount asked for; do not pay it, try another mint",
            Unit::Msat => {
                "the mint's invoice is not over the amount asked for; do not pay it: ask for a multiple of 1000 msat, or \
                 try another mint"
            }
        }));
    }
    let expires_at = answer.expiry.filter(|end| *end > 0);
    Ok(Quote { id, invoice: answer.request, expires_at })
}

/// The amount a BOLT11 invoice names in its human-readable part.
pub(crate) fn invoice_msat(invoice: &str) -> Option<u64> {
    let lower = invoice.to_ascii_lowercase();
    let (readable, _) = lower.strip_prefix("ln")?.rsplit_once('1')?;
    let amount = readable.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (digits, per_bitcoin) = match amount.as_bytes().last()? {
        b'm' => (&amount[..amount.len() - 1], 1_000),
        b'u' => (&amount[..amount.len() - 1], 1_000_000),
        b'n' => (&amount[..amount.len() - 1], 1_000_000_000),
        b'p' => (&amount[..amount.len() - 1], 1_000_000_000_000),
        _ => (amount, 1),
    };
    let msat = digits.parse::<u128>().ok()?.checked_mul(100_000_000_000)?;
    (msat % per_bitcoin == 0).then(|| u64::try_from(msat / per_bitcoin).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_over_another_amount_or_with_a_path_for_a_name_is_not_used() {
        let quote = |id: &str, invoice: &str| format!(r#"{{"quote":"{id}","request":"{invoice}","expiry":0}}"#);
        let good = read_quote(&quote("9d745270-1405", "lnbcrt210n1pj0a"), Amount::sat(21)).expect("as asked for");
        assert_eq!(good.expires_at, None);
        assert!(matches!(read_quote(&quote("9d745270-1405", "lnbcrt220n1pj0a"), Amount::sat(21)), Err(Some(_))));
        assert!(matches!(read_quote(&quote("../../evil", "lnbcrt210n1pj0a"), Amount::sat(21)), Err(Some(_))));
        assert!(matches!(read_quote("<html>", Amount::sat(21)), Err(None)));
        let msat = |amount| read_quote(&quote("9d745270-1405", "lnbcrt15n1pj0a"), Amount::msat(amount));
        assert!(msat(1500).is_ok());
        let rounded = msat(1499).expect_err("rounded up by the mint");
        assert!(rounded.is_some_and(|text| text.contains("a multiple of 1000 msat")));
    }

    #[test]
    fn the_amount_of_an_invoice_is_read_from_its_beginning() {
        assert_eq!(invoice_msat("lnbc20m1pvjluez"), Some(2_000_000_000));
        assert_eq!(invoice_msat("LNBC2500U1PVJLUEZ"), Some(250_000_000));
        assert_eq!(invoice_msat("lnbcrt210n1pj0a"), Some(21_000));
        assert_eq!(invoice_msat("lnbc9678785340p1pwmna7l"), Some(967_878_534));
        assert_eq!(invoice_msat("lnbc11p1pvjluez"), None, "a tenth of a millisatoshi");
        assert_eq!(invoice_msat("lnbc1pvjluez"), None, "no amount");
        assert_eq!(invoice_msat("lightning"), None);
    }
}
