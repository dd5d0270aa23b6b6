//! What the mint answers to each request, by NUT.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bitcoin::hashes::{Hash, sha256};
use cashu::dhke::{hash_to_curve, sign_message, verify_message};
use cashu::lightning_invoice::{Currency, InvoiceBuilder, PaymentSecret};
use cashu::{
    Amount, BlindSignature, BlindedMessage, Id, MintKeySet, MintRequest, Proof, PublicKey, SECP256K1, SecretKey,
    SwapRequest,
};
use serde_json::{Value, json};

use super::melt::preimage;
use super::{CheckBody, Dleq, Mint, Quote, QuoteBody, QuoteState, Refused, RestoreBody, refused};

impl Mint {
    pub(super) fn info(&self, now: u64) -> Value {
        let (least, most) = self.limits;
        let method = |unit: &String| {
            json!({
                "method": "bolt11", "unit": unit, "method_name": "bolt11", "options": {"description": true},
                "min_amount": least, "max_amount": most,
            })
        };
        let methods: Vec<Value> = self.config.units.iter().filter(|unit| is_lightning(unit)).map(method).collect();
        let supported = json!({"supported": true});
        let mut nuts = json!({
            "4": {"methods": methods, "disabled": false}, "5": {"methods": methods, "disabled": false},
            "7": supported, "20": supported,
        });
        if self.gives_change {
            nuts["8"] = supported.clone();
        }
        if self.announces_restore {
            nuts["9"] = supported.clone();
        }
        if self.announces_locks {
            nuts["10"] = supported.clone();
            nuts["11"] = supported.clone();
        }
        if self.announces_dleq {
            nuts["12"] = supported;
        }
        if self.announces_live {
            let commands = json!(["bolt11_mint_quote", "bolt11_melt_quote", "proof_state"]);
            let units = self.config.units.iter().filter(|unit| is_lightning(unit));
            let of_unit = |unit| json!({"method": "bolt11", "unit": unit, "commands": commands});
            nuts["17"] = json!({"supported": units.map(of_unit).collect::<Vec<Value>>()});
        }
        let pubkey = SecretKey::from_hex(self.config.hash(b"identity")).expect("a hash below the group order");
        json!({
            "name": self.config.name, "pubkey": pubkey.public_key(), "version": "Nutshell/0.21.0",
            "description": "A mint for tests; its money is worth nothing",
            "contact": [{"method": "email", "info": "mint@example.com"}], "time": now, "nuts": nuts,
        })
    }

    pub(super) fn keys_of(&self, id: Option<Id>) -> Value {
        let chosen = self.keysets.values().filter(|(keyset, active)| id.map_or(*active, |id| id == keyset.id));
        let keysets: Vec<Value> = chosen
            .map(|(keyset, active)| {
                let mut keys: BTreeMap<String, String> =
                    keyset.keys.iter().map(|(amount, pair)| (amount.to_string(), pair.public_key.to_hex())).collect();
                if self.lies_about_keys {
                    let other = keys["2"].clone();
                    keys.insert("1".to_owned(), other);
                }
                let mut value = keyset_value(keyset, *active);
                value["keys"] = json!(keys);
                value
            })
            .collect();
        json!({ "keysets": keysets })
    }

    pub(super) fn keysets_body(&self) -> Value {
        let keysets: Vec<Value> = self.keysets.values().map(|(keyset, active)| keyset_value(keyset, *active)).collect();
        json!({ "keysets": keysets })
    }

    pub(super) fn quote(&mut self, now: u64, body: QuoteBody) -> Result<Value, Refused> {
        if !self.config.units.contains(&body.unit) || !is_lightning(&body.unit) {
            return refused(0, format!("'{}'", body.unit));
        }
        self.within_limits(body.amount)?;
        let id = self.config.hash(format!("quote {}", self.quotes.len()).as_bytes())[..32].to_owned();
        let request = self.invoice(now, &id, body.amount.saturating_mul(in_msat(&body.unit)))?;
        let state = if self.auto_pay { QuoteState::Paid } else { QuoteState::Unpaid };
        let expiry = now.saturating_add(self.config.quote_secs);
        let quote = Quote {
            amount: body.amount,
            unit: body.unit,
            request,
            state,
            expiry,
            updated_at: now,
            pubkey: body.pubkey,
        };
        let answer = new_quote_body(&id, &quote);
        self.quotes.insert(id, quote);
        Ok(answer)
    }

    pub(super) fn within_limits(&self, amount: u64) -> Result<(), Refused> {
        let (least, most) = self.limits;
        match least.is_some_and(|least| amount < least) || most.is_some_and(|most| amount > most) {
            true => refused(11006, "amount out of limit"),
            false => Ok(()),
        }
    }

    pub(super) fn invoice(&self, now: u64, id: &str, msat: u64) -> Result<String, Refused> {
        let key = SecretKey::from_hex(self.config.hash(b"lightning node")).expect("a hash below the group order");
        let mut secret = [0; 32];
        secret.copy_from_slice(&id.as_bytes()[..32]);
        let hash = sha256::Hash::hash(preimage(&secret).as_byte_array());
        InvoiceBuilder::new(Currency::Regtest)
            .description("fake Lightning: paid without money".to_owned())
            .payment_hash(hash)
            .payment_secret(PaymentSecret(secret))
            .duration_since_epoch(Duration::from_secs(now))
            .expiry_time(Duration::from_secs(self.config.quote_secs))
            .min_final_cltv_expiry_delta(144)
            .amount_milli_satoshis(msat)
            .build_signed(|message| SECP256K1.sign_ecdsa_recoverable(message, &key))
            .map(|invoice| invoice.to_string())
            .map_err(|error| (20000, format!("Lightning error: {error}")))
    }

    pub(super) fn mint(&mut self, now: u64, body: &MintRequest<String>) -> Result<Value, Refused> {
        let quote = self.quotes.get(&body.quote).ok_or((0, "quote not found".to_owned()))?;
        if let Some(key) = quote.pubkey
            && (body.verify_signature(key).is_err() || self.signs_as_before && !is_signed_as_before(body, key))
        {
            return refused(20008, "Signature for mint request invalid");
        }
        let (total, unit) = self.verify_outputs(&body.outputs)?;
        let quote = &self.quotes[&body.quote];
        if unit != quote.unit {
            return refused(11010, format!("quote unit {} does not match outputs unit {unit}", quote.unit));
        }
        match quote.state {
            QuoteState::Unpaid => return refused(20001, "quote not paid"),
            QuoteState::Issued => return refused(20002, "quote already issued"),
            QuoteState::Paid if quote.expiry < now && self.refuses_late => return refused(20007, "quote expired"),
            QuoteState::Paid => {}
        }
        if total != quote.amount {
            return refused(11000, format!("amount to mint {total} does not match quote amount {}", quote.amount));
        }
        self.books_mut(&unit).issued += total;
        if let Some(quote) = self.quotes.get_mut(&body.quote) {
            quote.state = QuoteState::Issued;
            quote.updated_at = now;
        }
        Ok(json!({"signatures": self.sign(&body.outputs)}))
    }

    pub(super) fn swap(&mut self, body: &SwapRequest) -> Result<Value, Refused> {
        let (face, fee, unit) = self.verify_inputs(body.inputs())?;
        let (outputs, unit_of_outputs) = self.verify_outputs(body.outputs())?;
        if unit != unit_of_outputs {
            return refused(11010, "inputs and outputs are not of the same unit");
        }
        if face.checked_sub(fee) != Some(outputs) {
            return refused(11000, format!("inputs ({face}) - fees ({fee}) vs outputs ({outputs}) are not balanced"));
        }
        self.spend(body.inputs(), fee, &unit);
        let mut outputs = body.outputs().clone();
        if let Some(last) = outputs.last_mut().filter(|last| self.gives_less && last.amount.to_u64() > 1) {
            let half = last.amount.to_u64() / 2;
            last.amount = Amount::from(half);
            self.books_mut(&unit).fees += half;
        }
        Ok(json!({"signatures": self.sign(&outputs)}))
    }

    pub(super) fn spend(&mut self, proofs: &[Proof], fee: u64, unit: &str) {
        for proof in proofs {
            let y = hash_to_curve(proof.secret.as_bytes()).expect("verified before");
            self.spent.insert(y, proof.amount.to_u64());
            self.books_mut(unit).redeemed += proof.amount.to_u64();
        }
        self.books_mut(unit).fees += fee;
    }

    /// Their face, the fee for them, and their unit.
    pub(super) fn verify_inputs(&self, proofs: &[Proof]) -> Result<(u64, u64, String), Refused> {
        let (mut face, mut ppk, mut seen, mut spent, mut pending) = (0u64, 0u64, BTreeSet::new(), false, false);
        let mut units = BTreeSet::new();
        for proof in proofs {
            let Some((keyset, _)) = self.keysets.get(&proof.keyset_id) else {
                return refused(0, format!("keyset {} unknown", proof.keyset_id));
            };
            if !seen.insert(proof.secret.to_string()) {
                return refused(11007, "Duplicate inputs provided");
            }
            let Some(key) = keyset.keys.get(&proof.amount) else { return refused(11000, "invalid amount.") };
            if verify_message(&key.secret_key, proof.c, proof.secret.as_bytes()).is_err() {
                return refused(10001, "proofs could not be verified");
            }
            super::locks::verify(proof, self.clock)?;
            let y = hash_to_curve(proof.secret.as_bytes()).map_err(|error| (11000, error.to_string()))?;
            spent |= self.spent.contains_key(&y);
            pending |= self.pending.contains(&y);
            face = face.checked_add(proof.amount.to_u64()).ok_or((11006, "amount too large".to_owned()))?;
            ppk = ppk.saturating_add(keyset.input_fee_ppk);
            units.insert(keyset.unit.to_string());
        }
        if spent {
            return refused(11001, "proofs already spent");
        }
        if pending {
            return refused(11002, "proofs are pending");
        }
        match units.pop_first() {
            None => refused(11000, "no proofs provided."),
            Some(_) if !units.is_empty() => refused(11009, "inputs have multiple units"),
            Some(unit) => Ok((face, ppk.div_ceil(1000), unit)),
        }
    }

    /// Their sum and their unit.
    pub(super) fn verify_outputs(&self, outputs: &[BlindedMessage]) -> Result<(u64, String), Refused> {
        let Some(first) = outputs.first() else { return refused(11000, "no outputs provided.") };
        let (mut total, mut seen, mut signed) = (0u64, BTreeSet::new(), false);
        for output in outputs {
            if output.keyset_id != first.keyset_id {
                return refused(11000, "outputs have different keyset ids.");
            }
            let Some((keyset, active)) = self.keysets.get(&output.keyset_id) else {
                return refused(11000, "keyset id unknown.");
            };
            if !active {
                return refused(12002, "keyset is inactive, cannot sign messages");
            }
            if !keyset.keys.contains_key(&output.amount) {
                return refused(11000, "invalid amount.");
            }
            if !seen.insert(output.blinded_secret) {
                return refused(11008, "Duplicate outputs provided");
            }
            signed |= self.promises.contains_key(&output.blinded_secret);
            total = total.checked_add(output.amount.to_u64()).ok_or((11006, "amount too large".to_owned()))?;
        }
        if signed {
            return refused(11003, "outputs already signed");
        }
        Ok((total, self.unit_of(first.keyset_id)))
    }

    pub(super) fn unit_of(&self, keyset: Id) -> String {
        self.keysets[&keyset].0.unit.to_string()
    }

    pub(super) fn sign(&mut self, outputs: &[BlindedMessage]) -> Vec<Value> {
        let mut signatures = Vec::new();
        for output in outputs {
            let (keyset, _) = &self.keysets[&output.keyset_id];
            let key = &keyset.keys[&output.amount].secret_key;
            let c = sign_message(key, &output.blinded_secret).expect("a point can be multiplied");
            let signature = BlindSignature::new(output.amount, c, output.keyset_id, &output.blinded_secret, key)
                .expect("a proof can be made");
            self.promises.insert(output.blinded_secret, signature.clone());
            signatures.push(self.shown(&signature));
        }
        signatures
    }

    pub(super) fn shown(&self, signature: &BlindSignature) -> Value {
        let mut value = serde_json::to_value(signature).expect("signatures serialise");
        match self.dleq {
            Dleq::Good => {}
            Dleq::Bad => value["dleq"]["e"] = json!(self.config.hash(b"not the challenge")),
            Dleq::Missing => {
                value.as_object_mut().expect("a signature is an object").remove("dleq");
            }
        }
        value
    }

    pub(super) fn check_state(&self, body: &CheckBody) -> Value {
        let states: Vec<Value> = body
            .ys
            .iter()
            .map(|y| {
                let state = match (self.spent.contains_key(y), self.pending.contains(y)) {
                    (true, _) => "SPENT",
                    (false, true) => "PENDING",
                    (false, false) => "UNSPENT",
                };
                json!({"Y": y, "state": state, "witness": null})
            })
            .collect();
        json!({ "states": states })
    }

    pub(super) fn restore(&mut self, body: RestoreBody) -> Value {
        if self.empty_restores > 0 {
            self.empty_restores -= 1;
            return json!({"outputs": [], "signatures": []});
        }
        let (mut outputs, mut signatures) = (Vec::new(), Vec::new());
        let last = body.outputs.len().saturating_sub(1);
        for (place, output) in body.outputs.into_iter().enumerate() {
            let lies = self.signs_anything || (self.signs_all_but_last && place < last);
            let invented = lies && !self.promises.contains_key(&output.blinded_secret);
            if invented {
                self.sign(&[BlindedMessage { amount: Amount::ONE, ..output.clone() }]);
            }
            if let Some(signature) = self.promises.get(&output.blinded_secret) {
                signatures.push(self.shown(signature));
                let (amount, id) = (output.amount, output.keyset_id);
                outputs.push(json!({"amount": amount, "id": id, "B_": output.blinded_secret, "C_": null}));
            }
            if invented {
                self.promises.remove(&output.blinded_secret);
            }
        }
        if let (true, Some(output)) = (self.mixes_up_outputs, outputs.first_mut()) {
            let other = hash_to_curve(b"another output").expect("every text has a point");
            output["B_"] = json!(other);
        }
        json!({"outputs": outputs, "signatures": signatures})
    }
}

/// Whether the signature is over the older message of NUT-20.
fn is_signed_as_before(body: &MintRequest<String>, key: PublicKey) -> bool {
    let outputs = body.outputs.iter().map(|output| output.blinded_secret.to_hex());
    let text = std::iter::once(body.quote.clone()).chain(outputs).collect::<String>();
    let signature = body.signature.as_ref().and_then(|text| text.parse().ok());
    signature.is_some_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
}

/// Lightning moves bitcoin only.
fn is_lightning(unit: &str) -> bool {
    matches!(unit, "sat" | "msat")
}

/// What one of a unit is in millisatoshi.
pub(super) fn in_msat(unit: &str) -> u64 {
    if unit == "sat" { 1000 } else { 1 }
}

fn keyset_value(keyset: &MintKeySet, active: bool) -> Value {
    json!({"id": keyset.id, "unit": keyset.unit, "active": active, "input_fee_ppk": keyset.input_fee_ppk, "final_expiry": keyset.final_expiry})
}

/// The answer to a new quote.
fn new_quote_body(id: &str, quote: &Quote) -> Value {
    let mut body = quote_body(id, quote);
    body["expiry"] = json!(quote.expiry);
    body["pubkey"] = json!(quote.pubkey);
    body
}

/// A quote that is looked at: nutshell then no longer tells its end, and an absent key is an empty text.
pub(super) fn quote_body(id: &str, quote: &Quote) -> Value {
    let (state, paid, issued) = match quote.state {
        QuoteState::Unpaid => ("UNPAID", 0, 0),
        QuoteState::Paid => ("PAID", quote.amount, 0),
        QuoteState::Issued => ("ISSUED", quote.amount, quote.amount),
    };
    json!({
        "quote": id, "request": quote.request, "amount": quote.amount, "unit": quote.unit, "method": "bolt11",
        "amount_paid": paid, "amount_issued": issued, "updated_at": quote.updated_at, "state": state, "expiry": null,
        "pubkey": quote.pubkey.map_or_else(String::new, |key| key.to_hex()),
    })
}
