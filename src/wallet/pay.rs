//! Lightning out (NUT-05, NUT-08, NUT-23).
//!
//! ```text
//!   AwaitingInvoice ──▶ QuoteRequested ──▶ Quoted ──consent──▶ Requested ──PAID──▶ Done: change taken in
//!     (a move waits        │   │ no answer:  │ │                 │  ▲ │ not known: the quote's state, then the inputs
//!      for its other       │   └─ again      │ └─▶ Cancelled     │  │ └─ refused, UNPAID and UNSPENT ──▶ Failed: released
//!      mint's invoice)     └────────▶ Failed ◀── the offer ended │  │
//!                                       ▲                        │  └─ the payment was faster ─┐
//!                                       │                        └─ no answer, UNPAID, UNSPENT ─▶ Freeing
//!                                       └────── inputs swapped: a late copy can no longer pay ────┘
//! ```
//!
//! The melt request is sent once, by the session in which the person agreed. After that only questions are asked. When a
//! mint that did not answer says that nothing was paid, its word holds for now only: a late copy of the request may
//! still reach it. So the inputs are swapped before the person is asked to try again.
//!
//! A move to another mint is an issue there and a pay here, tied together; the pay leads.

use cashu::{MeltRequest, Proof};
use serde::{Deserialize, Serialize};

use super::api::{Method, OperationId, Step, WalletEvent};
use super::book::{Held, ProofState};
use super::exchange::{Exchange, check_body, quote_name, restore_body};
use super::invoice::is_readable;
use super::issue::{IssueState, invoice_msat};
use super::machine::{Ask, Reply, Wallet};
use super::melt::Question;
use super::operation::{Operation, Saga, backoff};
use super::outputs::{Output, Role};
use super::select::select;
use crate::error::{Error, ErrorCode};
use crate::model::{Amount, MAX_SAFE_INTEGER, MintUrl, Unit, misplaced};
use crate::tree::{self, Tree};

const QUOTE: &str = "/v1/melt/quote/bolt11";
const MELT: &str = "/v1/melt/bolt11";
/// How long a payment is reckoned to take before its state is the mint's word alone.
const PAYMENT_SECS: u64 = 300;
/// How much longer than the payment the invoice of a move must live, so that its ecash can be issued.
const SPARE_SECS: u64 = 600;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pay {
    /// Empty until the other mint of a move made it.
    pub(super) invoice: String,
    pub(super) amount: u64,
    /// For a move: the issue at the other mint, and that mint.
    pub(super) to: Option<(OperationId, MintUrl)>,
    /// Swaps that should free the inputs and were refused.
    #[serde(default)]
    pub(super) attempts: u32,
    pub(super) state: PayState,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PayState {
    AwaitingInvoice,
    QuoteRequested { body: String },
    Quoted(MeltQuote),
    Requested { quote: MeltQuote, exchange: Exchange },
    Freeing { quote: MeltQuote, melt: Exchange, exchange: Exchange },
    Done { fee: u64, preimage: Option<String> },
    Failed { text: String, fee: u64 },
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MeltQuote {
    pub(super) id: String,
    pub(super) fee_reserve: u64,
    pub(super) expires_at: Option<u64>,
}

#[derive(Serialize)]
struct QuoteBody<'a> {
    request: &'a str,
    unit: &'a str,
}

/// What a payment would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// What leaves the balance at most.
    pub(super) most: u64,
    /// What the balance lacks.
    pub(super) missing: u64,
}

impl Pay {
    pub(super) fn exchange(&self) -> Option<&Exchange> {
        match &self.state {
            PayState::Freeing { exchange, .. } => Some(exchange),
            PayState::AwaitingInvoice
            | PayState::QuoteRequested { .. }
            | PayState::Quoted(_)
            | PayState::Requested { .. }
            | PayState::Done { .. }
            | PayState::Failed { .. }
            | PayState::Cancelled => None,
        }
    }

    pub(super) fn busy(&self) -> bool {
        match &self.state {
            PayState::QuoteRequested { .. } | PayState::Requested { .. } | PayState::Freeing { .. } => true,
            PayState::AwaitingInvoice
            | PayState::Quoted(_)
            | PayState::Done { .. }
            | PayState::Failed { .. }
            | PayState::Cancelled => false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.busy() || matches!(self.state, PayState::AwaitingInvoice | PayState::Quoted(_))
    }

    /// Where the change of a payment that may be under way would come.
    pub(super) fn change_outputs(&self) -> &[Output] {
        match &self.state {
            PayState::Requested { exchange: melt, .. } | PayState::Freeing { melt, .. } => &melt.outputs,
            PayState::AwaitingInvoice
            | PayState::QuoteRequested { .. }
            | PayState::Quoted(_)
            | PayState::Done { .. }
            | PayState::Failed { .. }
            | PayState::Cancelled => &[],
        }
    }

    /// The outputs of earlier swaps that free its inputs.
    pub(super) fn earlier_mut(&mut self) -> Option<&mut Vec<Output>> {
        if let PayState::Freeing { exchange, .. } = &mut self.state { Some(&mut exchange.earlier) } else { None }
    }

    /// When an offer that waits for consent ends.
    pub(super) fn offer_end(&self) -> Option<u64> {
        if let PayState::Quoted(quote) = &self.state { quote.expires_at } else { None }
    }

    fn is_undecided(&self) -> bool {
        matches!(self.state, PayState::AwaitingInvoice | PayState::QuoteRequested { .. } | PayState::Quoted(_))
    }
}

impl Wallet {
    pub(super) fn start_pay(
        &mut self,
        now: u64,
        mint: &MintUrl,
        unit: Unit,
        invoice: &str,
        step: &mut Step,
    ) -> Result<OperationId, Error> {
        let invoice = read_invoice(invoice)?;
        let amount = amount_of(&invoice, unit)?;
        self.ready_keyset(now, mint, unit)?;
        self.can_pay(mint, Amount::new(amount, unit))?;
        self.not_paid_yet(&invoice, None)?;
        let open = |op: &Operation| {
            op.mint == *mint
                && op.unit == unit
                && op.pay().is_some_and(|pay| pay.invoice == invoice && pay.is_undecided())
        };
        if let Some(id) = self.ops.iter().find(|(_, op)| open(op)).map(|(id, _)| *id) {
            return Ok(id);
        }
        let pay = Pay { invoice, amount, to: None, attempts: 0, state: PayState::AwaitingInvoice };
        let id = self.start(now, mint.clone(), unit, Saga::Pay(pay), "asking what the payment costs");
        self.ask_price(now, id, step);
        Ok(id)
    }

    /// No other operation paid this invoice or may be paying it.
    fn not_paid_yet(&self, invoice: &str, but: Option<OperationId>) -> Result<(), Error> {
        let pays = |pay: &Pay| match &pay.state {
            PayState::Requested { .. } | PayState::Freeing { .. } | PayState::Done { .. } => pay.invoice == invoice,
            PayState::AwaitingInvoice
            | PayState::QuoteRequested { .. }
            | PayState::Quoted(_)
            | PayState::Failed { .. }
            | PayState::Cancelled => false,
        };
        let other = self.ops.iter().find(|(id, op)| Some(**id) != but && op.pay().is_some_and(pays));
        let Some((id, _)) = other else { return Ok(()) };
        let text = format!("operation {id} paid this invoice or is paying it; ask for another invoice to pay again");
        Err(Error::new(ErrorCode::WrongState, text))
    }

    /// No other payment from here to there waits for the mint's last word: it may arrive yet.
    fn not_moving(&self, (from, unit): (&MintUrl, Unit), to: &MintUrl, but: Option<OperationId>) -> Result<(), Error> {
        let moves = |pay: &Pay| {
            matches!(pay.state, PayState::Requested { .. } | PayState::Freeing { .. })
                && pay.to.as_ref().is_some_and(|(_, mint)| mint == to)
        };
        let same = |op: &Operation| op.mint == *from && op.unit == unit && op.pay().is_some_and(moves);
        let Some((id, _)) = self.ops.iter().find(|(id, op)| Some(**id) != but && same(op)) else { return Ok(()) };
        let text = format!(
            "operation {id} moves money there already, and it is not certain yet that it arrives; wait until it ended"
        );
        Err(Error::new(ErrorCode::WrongState, text))
    }

    pub(super) fn start_move(
        &mut self,
        now: u64,
        (from, unit): (&MintUrl, Unit),
        to: &MintUrl,
        amount: Amount,
        step: &mut Step,
    ) -> Result<OperationId, Error> {
        if from == to && unit == amount.unit() {
            let text = "the money is at that mint already; choose another one to move it to";
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        let msat = amount.to_msat().get();
        if !msat.is_multiple_of(unit.in_msat()) {
            let text = format!("{amount} cannot be paid in whole {unit}; choose a multiple of {}", unit.in_msat());
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        let paid = msat / unit.in_msat();
        self.ready_keyset(now, from, unit)?;
        self.can_pay(from, Amount::new(paid, unit))?;
        self.not_moving((from, unit), to, None)?;
        let issue = self.start_issue(now, to, amount, step)?;
        let pay = Pay {
            invoice: String::new(),
            amount: paid,
            to: Some((issue, to.clone())),
            attempts: 0,
            state: PayState::AwaitingInvoice,
        };
        let id = self.start(now, from.clone(), unit, Saga::Pay(pay), "asking the other mint for an invoice");
        self.change(issue, |op| {
            if let Some(issue) = op.issue_mut() {
                issue.part_of = Some(id);
            }
        });
        Ok(id)
    }

    /// The other mint of a move made its invoice, or will not.
    pub(super) fn move_invoice(&mut self, now: u64, issue: OperationId, invoice: Option<&str>, step: &mut Step) {
        let Some(id) = self.ops.get(&issue).and_then(|op| op.issue()?.part_of) else { return };
        let waits = |pay: &Pay| matches!(pay.state, PayState::AwaitingInvoice);
        if !self.ops.get(&id).and_then(Operation::pay).is_some_and(waits) {
            return self.end_invoice(now, id);
        }
        let Some(invoice) = invoice else {
            return self.fail_pay(now, id, "the other mint makes no invoice; nothing was paid".to_owned(), 0, step);
        };
        self.change(id, |op| {
            if let Some(pay) = op.pay_mut() {
                invoice.clone_into(&mut pay.invoice);
            }
        });
        self.ask_price(now, id, step);
    }

    fn ask_price(&mut self, now: u64, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(pay) = op.pay() else { return };
        let body = QuoteBody { request: &pay.invoice, unit: op.unit.as_str() };
        let Ok(body) = serde_json::to_string(&body) else { return };
        self.enter_pay(now, id, PayState::QuoteRequested { body }, "asking what the payment costs");
        self.pump(now, id, step);
    }

    pub(super) fn pump_pay(&mut self, id: OperationId, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(pay) = op.pay() else { return };
        let mint = op.mint.clone();
        let (method, path, body) = match &pay.state {
            PayState::QuoteRequested { body } => (Method::Post, QUOTE.to_owned(), Some(body.clone())),
            PayState::Requested { quote, exchange } => match &op.run.question {
                Question::Melt => (Method::Post, exchange.path.clone(), Some(exchange.body.clone())),
                Question::State => (Method::Get, format!("{QUOTE}/{}", quote.id), None),
                Question::Inputs { .. } | Question::PaidWith { .. } => {
                    (Method::Post, "/v1/checkstate".to_owned(), check_body(exchange.inputs.iter()))
                }
                Question::Change { .. } | Question::SpentBy { .. } => {
                    (Method::Post, "/v1/restore".to_owned(), restore_body(&exchange.all_outputs()))
                }
            },
            PayState::AwaitingInvoice
            | PayState::Quoted(_)
            | PayState::Freeing { .. }
            | PayState::Done { .. }
            | PayState::Failed { .. }
            | PayState::Cancelled => return,
        };
        self.ask_for(id, &mint, method, path, body, Ask::Pay(id), step);
    }

    pub(super) fn pay_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let question = op.run.question.clone();
        let Some(pay) = op.pay() else { return };
        match pay.state.clone() {
            PayState::QuoteRequested { .. } => self.price_answered(now, id, reply, step),
            PayState::Requested { exchange, .. } => {
                match question {
                    Question::Melt => self.melt_answered(now, id, &exchange, reply, step),
                    Question::State => self.payment_told(now, id, &reply),
                    Question::Inputs { known } => self.inputs_told(now, id, &exchange, &reply, known, step),
                    Question::PaidWith { preimage, change } => {
                        self.paid_with_told(now, id, &exchange, &reply, (preimage, change), step);
                    }
                    Question::Change { preimage } => self.change_told(now, id, &exchange, &reply, preimage, step),
                    Question::SpentBy { known, spent } => {
                        self.spent_told(now, id, &exchange, &reply, (known, spent), step);
                    }
                }
                self.pump(now, id, step);
            }
            PayState::AwaitingInvoice
            | PayState::Quoted(_)
            | PayState::Freeing { .. }
            | PayState::Done { .. }
            | PayState::Failed { .. }
            | PayState::Cancelled => {}
        }
    }

    fn price_answered(&mut self, now: u64, id: OperationId, reply: Reply, step: &mut Step) {
        let Some(op) = self.ops.get(&id) else { return };
        let Some(amount) = op.pay().map(|pay| op.much(pay.amount)) else { return };
        match reply {
            Reply::Body(body) => match read_quote(&body, amount) {
                Ok(quote) => {
                    self.enter_pay(now, id, PayState::Quoted(quote), "waiting for your consent");
                    step.events.push(WalletEvent::PayQuoted { op: id });
                }
                Err(Some(text)) => self.fail_pay(now, id, text.to_owned(), 0, step),
                Err(None) => self.ask_again(now, id, Question::State),
            },
            Reply::Refused(refusal) => {
                let text = format!("the mint will not pay this invoice: {}; nothing was paid", refusal.detail);
                self.fail_pay(now, id, text, 0, step);
            }
            Reply::Unknown(_) => self.ask_again(now, id, Question::State),
        }
    }

    /// What the payment would cost now. `Err` for an operation that does not wait for consent.
    pub(super) fn cost_of_pay(&self, id: OperationId) -> Option<Cost> {
        let op = self.ops.get(&id)?;
        let pay = op.pay()?;
        let PayState::Quoted(quote) = &pay.state else { return None };
        let needed = pay.amount.saturating_add(quote.fee_reserve);
        let (fee, missing) = match select(self.candidates(self.latest, &op.mint, op.unit), needed) {
            Some(chosen) => {
                let ys: Vec<String> = chosen.into_iter().map(|candidate| candidate.y).collect();
                (self.cost(&op.mint, &ys), 0)
            }
            None => {
                let all = self.candidates(self.latest, &op.mint, op.unit);
                let ys: Vec<String> = all.into_iter().map(|candidate| candidate.y).collect();
                let (have, fee) = (self.total(&ys), self.cost(&op.mint, &ys));
                (fee, needed.saturating_add(fee).saturating_sub(have))
            }
        };
        Some(Cost { most: needed.saturating_add(fee), missing })
    }

    /// Nobody agreed to it yet.
    pub(super) fn is_offer(&self, id: OperationId) -> bool {
        self.ops.get(&id).and_then(Operation::pay).is_some_and(Pay::is_undecided)
    }

    pub(super) fn agree_to_pay(
        &mut self,
        now: u64,
        id: OperationId,
        most: Amount,
        step: &mut Step,
    ) -> Result<(), Error> {
        let wrong = |text: &str| Error::new(ErrorCode::WrongState, text);
        let op = self.operation_of(id)?;
        let (mint, unit) = (op.mint.clone(), op.unit);
        let Some(pay) = op.pay() else { return Err(wrong("this operation is no payment")) };
        let PayState::Quoted(quote) = pay.state.clone() else {
            return Err(wrong("this payment does not wait for consent; look at its state"));
        };
        if quote.expires_at.is_some_and(|end| now >= end) {
            return Err(wrong("the mint's offer to pay this invoice ended; ask for the price again"));
        }
        if let Some((issue, to)) = &pay.to {
            self.outlives(now, *issue)?;
            self.not_moving((&mint, unit), to, Some(id))?;
        }
        // What is agreed to now is not to leave later, when its reasons may not hold any more.
        let pause = self.pause_of(&mint).saturating_sub(now);
        if pause > 0 {
            let text = format!("{mint} asked to be left alone for {pause} s more; pay then");
            return Err(Error::new(ErrorCode::MintNotReady, text));
        }
        self.not_paid_yet(&pay.invoice, Some(id))?;
        let keyset = self.ready_keyset(now, &mint, unit)?.id;
        let amount = pay.amount;
        let needed = amount.saturating_add(quote.fee_reserve);
        let Some(chosen) = select(self.candidates(now, &mint, unit), needed) else {
            let missing = self.cost_of_pay(id).map_or(0, |cost| cost.missing);
            let text =
                format!("{missing} {unit} are missing at {mint} for this payment and its fees; fill the wallet first");
            return Err(Error::new(ErrorCode::InsufficientFunds, text));
        };
        let ys: Vec<String> = chosen.into_iter().map(|candidate| candidate.y).collect();
        let fee = self.cost(&mint, &ys);
        let total = needed.saturating_add(fee);
        if most.unit() != unit || total > most.get() {
            let total = Amount::new(total, unit);
            let text =
                format!("it would now cost up to {total} instead of {most}; look at the new price and decide again");
            return Err(Error::new(ErrorCode::QuoteChanged, text));
        }
        // Whatever of this the payment does not need comes back, in as many parts as its binary form can have.
        let rest = self.total(&ys).saturating_sub(fee).saturating_sub(amount);
        let blanks = usize::try_from(u64::BITS - rest.leading_zeros()).unwrap_or(0);
        let exhausted = || wrong("the secrets of this mint's keyset are used up; move the money with a token");
        let outputs = self.make_outputs(keyset, &vec![(0, Role::Keep); blanks]).ok_or_else(exhausted)?;
        let inputs: Vec<Proof> = ys.iter().filter_map(|y| self.proofs.get(y)).map(Held::proof).collect();
        let messages = (!outputs.is_empty()).then(|| outputs.iter().map(Output::message).collect());
        let body = serde_json::to_string(&MeltRequest::new(quote.id.clone(), inputs, messages))
            .map_err(|_| wrong("the payment cannot be written into a request"))?;
        for y in &ys {
            self.move_proof(y, ProofState::Reserved { by: id });
        }
        let exchange = Exchange { path: MELT.to_owned(), body, inputs: ys, outputs, earlier: Vec::new() };
        self.enter_pay(now, id, PayState::Requested { quote, exchange }, "the mint is asked to pay");
        self.ask_next(now, id, Question::Melt);
        self.pump(now, id, step);
        Ok(())
    }

    /// A move pays only an invoice that leaves time to issue what was paid for.
    fn outlives(&self, now: u64, issue: OperationId) -> Result<(), Error> {
        let Some(IssueState::AwaitingPayment(quote)) =
            self.ops.get(&issue).and_then(Operation::issue).map(|issue| &issue.state)
        else {
            let text = "the other mint's invoice cannot be paid any more; move the money anew";
            return Err(Error::new(ErrorCode::WrongState, text));
        };
        let enough = now.saturating_add(PAYMENT_SECS + SPARE_SECS);
        if quote.expires_at.is_some_and(|end| end < enough) {
            let text = "the other mint's invoice ends too soon to be paid safely; move the money anew";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        Ok(())
    }

    pub(super) fn cancel_pay(&mut self, now: u64, id: OperationId) -> Result<(), Error> {
        if !self.operation_of(id)?.pay().is_some_and(Pay::is_undecided) {
            let text = "the payment may be under way; wait for the mint's word";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        self.enter_pay(now, id, PayState::Cancelled, "cancelled; nothing was paid");
        self.end_invoice(now, id);
        Ok(())
    }

    /// An offer that nobody took ends by itself.
    pub(super) fn end_offer(&mut self, now: u64, id: OperationId) {
        let ended = |pay: &Pay| pay.offer_end().is_some_and(|end| now >= end);
        if self.ops.get(&id).and_then(Operation::pay).is_some_and(ended) {
            self.enter_pay(now, id, PayState::Cancelled, "the mint's offer ended; nothing was paid");
            self.end_invoice(now, id);
        }
    }

    pub(super) fn ask_next(&mut self, now: u64, id: OperationId, question: Question) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.question = question;
            op.run.next_at = now;
        }
    }

    pub(super) fn ask_again(&mut self, now: u64, id: OperationId, question: Question) {
        if let Some(op) = self.ops.get_mut(&id) {
            op.run.question = question;
            op.run.tries = op.run.tries.saturating_add(1);
            op.run.next_at = now.saturating_add(backoff(op.run.tries).min(60));
        }
    }

    pub(super) fn enter_pay(&mut self, now: u64, id: OperationId, state: PayState, note: &str) {
        self.enter(now, id, note, |op| {
            if let Some(pay) = op.pay_mut() {
                pay.state = state;
            }
        });
    }

    pub(super) fn fail_pay(&mut self, now: u64, id: OperationId, text: String, fee: u64, step: &mut Step) {
        self.enter_pay(now, id, PayState::Failed { text: text.clone(), fee }, &text);
        self.end_invoice(now, id);
        step.events.push(WalletEvent::Failed { op: id, text });
    }

    /// Somebody else paid the invoice of a move that nobody agreed to yet.
    pub(super) fn paid_without_move(&mut self, now: u64, issue: OperationId) {
        let Some(id) = self.ops.get(&issue).and_then(|op| op.issue()?.part_of) else { return };
        if self.ops.get(&id).and_then(Operation::pay).is_some_and(Pay::is_undecided) {
            self.enter_pay(
                now,
                id,
                PayState::Cancelled,
                "somebody else paid the other mint's invoice; nothing was paid from here",
            );
        }
    }

    /// Nobody will pay the invoice of a move that was not made.
    fn end_invoice(&mut self, now: u64, id: OperationId) {
        let Some(pay) = self.ops.get(&id).and_then(Operation::pay) else { return };
        let ended = matches!(pay.state, PayState::Failed { .. } | PayState::Cancelled);
        if let (true, Some((issue, _))) = (ended, pay.to.clone()) {
            self.give_up_invoice(now, issue, "the move was not made");
        }
    }
}

/// `Err(None)` for a garbled answer, `Err(Some(_))` for one that must not be used.
fn read_quote(body: &str, amount: Amount) -> Result<MeltQuote, Option<&'static str>> {
    let answer = tree::json(body).ok_or(None)?;
    let number = |name: &str| answer.get(name).and_then(Tree::unsigned);
    let id = answer.get("quote").and_then(Tree::text).ok_or(None)?;
    let id = quote_name(id)
        .ok_or("the mint named its quote with characters that cannot be asked for; pay from another mint")?;
    let other_unit = answer.get("unit").and_then(Tree::text).is_some_and(|unit| unit != amount.unit().as_str());
    if number("amount").ok_or(None)? != amount.get() || other_unit {
        return Err(Some("the mint's price is not for the amount of the invoice; pay from another mint"));
    }
    let fee_reserve = number("fee_reserve").ok_or(None)?;
    if fee_reserve > MAX_SAFE_INTEGER {
        return Err(Some("the mint asks for more than there is; pay from another mint"));
    }
    Ok(MeltQuote { id, fee_reserve, expires_at: number("expiry").filter(|end| *end > 0) })
}

/// A BOLT11 invoice as people paste it.
fn read_invoice(text: &str) -> Result<String, Error> {
    let text = text.trim().to_ascii_lowercase();
    let invoice = text.strip_prefix("lightning:").unwrap_or(&text);
    let refused = |text: &str| Err(Error::new(ErrorCode::InvalidInput, text));
    if !["lnbc", "lntb"].iter().any(|start| invoice.starts_with(start)) {
        return refused(misplaced(invoice).unwrap_or("this is no Lightning invoice; paste one that begins with lnbc"));
    }
    if !invoice.chars().all(|c| c.is_ascii_alphanumeric()) || invoice.len() > 4096 || !is_readable(invoice) {
        return refused("the Lightning invoice is damaged or incomplete; copy all of it and paste it again");
    }
    Ok(invoice.to_owned())
}

/// What an invoice costs without fees, in whole ones of the unit.
fn amount_of(invoice: &str, unit: Unit) -> Result<u64, Error> {
    let msat = invoice_msat(invoice).filter(|msat| *msat > 0).ok_or_else(|| {
        Error::new(ErrorCode::InvalidInput, "the invoice names no amount; ask its maker for one that does")
    })?;
    Ok(msat.div_ceil(unit.in_msat()))
}
