//! Lightning out (NUT-05, NUT-08), as nutshell does it.

use std::str::FromStr;

use bitcoin::hashes::{Hash, sha256};
use cashu::dhke::hash_to_curve;
use cashu::{Amount, Bolt11Invoice, MeltRequest, PublicKey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::in_msat;
use super::{Mint, QuoteState, Refused, refused};

/// What Lightning costs, in satoshi, of the reserve of a hundredth, at least two satoshi.
const NETWORK_FEE: u64 = 1;

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lightning {
    /// It arrives at once.
    Settles,
    /// There is no route.
    Fails,
    /// It hangs until [`Mint::settle_payments`].
    Hangs,
}

#[derive(Debug, Clone)]
pub(super) struct MeltQuote {
    request: String,
    unit: String,
    amount: u64,
    fee_reserve: u64,
    expiry: u64,
    state: MeltState,
    inputs: Vec<(PublicKey, u64)>,
    input_fee: u64,
    outputs: Vec<cashu::BlindedMessage>,
    change: Option<Vec<Value>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MeltState {
    Unpaid,
    Pending,
    Paid,
}

#[derive(Deserialize)]
pub(super) struct MeltQuoteBody {
    request: String,
    unit: String,
}

impl Mint {
    pub(super) fn melt_quote(&mut self, now: u64, body: MeltQuoteBody) -> Result<Value, Refused> {
        if !self.config.units.contains(&body.unit) {
            return refused(11013, format!("unit '{}' not supported", body.unit));
        }
        let invoice = Bolt11Invoice::from_str(&body.request).map_err(|error| (0, error.to_string()))?;
        let Some(msat) = invoice.amount_milli_satoshis() else { return refused(11011, "invoice has no amount.") };
        let amount = msat.div_ceil(in_msat(&body.unit));
        self.within_limits(amount)?;
        let id = self.config.hash(format!("melt {}", self.melts.len()).as_bytes())[..32].to_owned();
        let quote = MeltQuote {
            request: body.request,
            amount,
            fee_reserve: (amount / 100).max(2000 / in_msat(&body.unit)),
            unit: body.unit,
            expiry: now.saturating_add(self.config.quote_secs),
            state: MeltState::Unpaid,
            inputs: Vec::new(),
            input_fee: 0,
            outputs: Vec::new(),
            change: None,
        };
        let answer = quote.body(&id);
        self.melts.insert(id, quote);
        Ok(answer)
    }

    pub(super) fn melt_state(&self, id: &str) -> Result<Value, Refused> {
        let quote = self.melts.get(id).filter(|_| !self.forgets_melts).ok_or((0, "quote not found".to_owned()))?;
        let mut body = quote.body(id);
        if self.late_change {
            body["change"] = Value::Null;
        }
        if self.forges_preimages && !body["payment_preimage"].is_null() {
            body["payment_preimage"] = "00".repeat(32).into();
        }
        if self.hides_preimages {
            body["payment_preimage"] = Value::Null;
        }
        Ok(body)
    }

    pub(super) fn melt(&mut self, body: &MeltRequest<String>) -> Result<Value, Refused> {
        let id = body.quote().clone();
        let quote = self.melts.get(&id).ok_or((0, "quote not found".to_owned()))?.clone();
        match quote.state {
            MeltState::Paid => return refused(20006, "melt quote is already paid"),
            MeltState::Pending => return refused(20005, "melt quote is pending"),
            MeltState::Unpaid => {}
        }
        let (face, input_fee, unit) = self.verify_inputs(body.inputs())?;
        if unit != quote.unit {
            return refused(11010, format!("quote unit {} does not match inputs unit {unit}", quote.unit));
        }
        let outputs = body.outputs().clone().unwrap_or_default();
        for output in &outputs {
            if !self.keysets.get(&output.keyset_id).is_some_and(|(_, active)| *active) {
                return refused(12002, "keyset is inactive, cannot sign messages");
            }
            if self.unit_of(output.keyset_id) != quote.unit {
                return refused(11010, "inputs and outputs are not of the same unit");
            }
            if self.promises.contains_key(&output.blinded_secret) {
                return refused(11003, "outputs already signed");
            }
        }
        let needed = quote.amount + quote.fee_reserve + input_fee;
        if face < needed {
            return refused(11000, format!("not enough inputs provided for melt. Provided: {face}, needed: {needed}"));
        }
        if self.lightning == Lightning::Fails {
            return refused(20004, "Lightning payment failed: no route");
        }
        let inputs = body
            .inputs()
            .iter()
            .map(|proof| (hash_to_curve(proof.secret.as_bytes()).expect("verified before"), proof.amount.to_u64()));
        let known = self.melts.get_mut(&id).expect("looked at above");
        (known.inputs, known.input_fee, known.outputs) = (inputs.collect(), input_fee, outputs);
        known.state = MeltState::Pending;
        self.pending.extend(known.inputs.iter().map(|(y, _)| *y));
        if self.lightning == Lightning::Settles {
            self.settle(&id, true);
        }
        self.melt_state(&id)
    }

    /// Calls every invoice paid, as if somebody else had paid it.
    pub fn call_melts_paid(&mut self) {
        for quote in self.melts.values_mut() {
            quote.state = MeltState::Paid;
        }
    }

    /// Brings every payment that hangs to its end.
    pub fn settle_payments(&mut self, paid: bool) {
        let hanging: Vec<String> = self
            .melts
            .iter()
            .filter(|(_, quote)| quote.state == MeltState::Pending)
            .map(|(id, _)| id.clone())
            .collect();
        for id in hanging {
            self.settle(&id, paid);
        }
    }

    /// Whether somebody asked it what paying this invoice costs.
    #[must_use]
    pub fn was_asked_to_pay(&self, invoice: &str) -> bool {
        self.melts.values().any(|quote| quote.request == invoice)
    }

    /// The invoices that were paid.
    pub fn paid_invoices(&self) -> impl Iterator<Item = &str> {
        self.melts.values().filter(|quote| quote.state == MeltState::Paid).map(|quote| quote.request.as_str())
    }

    fn settle(&mut self, id: &str, paid: bool) {
        let Some(mut quote) = self.melts.remove(id) else { return };
        for (y, amount) in &quote.inputs {
            self.pending.remove(y);
            if paid {
                self.spent.insert(*y, *amount);
                self.books_mut(&quote.unit).redeemed += amount;
            }
        }
        if paid {
            quote.state = MeltState::Paid;
            let own = self.quotes.values_mut().find(|own| own.request == quote.request);
            let cost = if own.is_some() { 0 } else { NETWORK_FEE * 1000 / in_msat(&quote.unit) };
            if let Some(own) = own {
                own.state = QuoteState::Paid;
            }
            let face: u64 = quote.inputs.iter().map(|(_, amount)| amount).sum();
            let rest = face - quote.input_fee - quote.amount - cost;
            let books = self.books_mut(&quote.unit);
            books.fees += quote.input_fee;
            books.melted += quote.amount + cost;
            quote.change = Some(self.give_change(rest, &quote.unit, &quote.outputs));
        } else {
            quote.state = MeltState::Unpaid;
        }
        self.melts.insert(id.to_owned(), quote);
    }

    /// The largest parts first, as many as there are outputs; what finds no output stays with the mint.
    fn give_change(&mut self, rest: u64, unit: &str, blanks: &[cashu::BlindedMessage]) -> Vec<Value> {
        let parts = (0..64).rev().map(|order| 1u64 << order).filter(|part| rest & part != 0);
        let mut outputs = Vec::new();
        let mut left = rest;
        for (part, blank) in parts.zip(blanks) {
            let mut output = blank.clone();
            output.amount = Amount::from(part);
            outputs.push(output);
            left -= part;
        }
        self.books_mut(unit).fees += left;
        self.sign(&outputs)
    }
}

/// Lightning here has every node know what pays an invoice.
pub(super) fn preimage(payment_secret: &[u8; 32]) -> sha256::Hash {
    sha256::Hash::hash(payment_secret)
}

impl MeltQuote {
    fn body(&self, id: &str) -> Value {
        let (state, preimage) = match self.state {
            MeltState::Unpaid => ("UNPAID", None),
            MeltState::Pending => ("PENDING", None),
            MeltState::Paid => {
                let invoice = Bolt11Invoice::from_str(&self.request).expect("read before");
                ("PAID", Some(preimage(&invoice.payment_secret().0).to_string()))
            }
        };
        json!({
            "quote": id, "request": self.request, "amount": self.amount, "unit": self.unit, "fee_reserve": self.fee_reserve,
            "paid": self.state == MeltState::Paid, "state": state, "expiry": self.expiry,
            "payment_preimage": preimage, "change": self.change,
        })
    }
}
