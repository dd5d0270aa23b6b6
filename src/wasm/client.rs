//! The client for JavaScript: values in, values out.

use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use js_sys::Function;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use super::error::invalid_input;
use super::value::{Members, from_js, seconds, to_js};
use super::vault::key_of;
use crate::client::{Client, Effect, Input, MarketQuery, Order, QuorumView, Quote};
use crate::durable_workload::QuorumConfig;
use crate::error::Error;
use crate::model::{Amount, Sat, Unit};
use crate::wallet::is_payment_request;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// A client without I/O: the shell performs its effects and reports back. See `openPaygress` for the friendly form.
#[wasm_bindgen(js_name = Client)]
#[derive(Debug)]
pub struct JsClient {
    pub(super) inner: Client,
    alarm: Option<Timeout>,
}

#[derive(Deserialize)]
struct StoredRecord {
    key: String,
    value: String,
}

#[derive(Serialize)]
struct Started {
    id: String,
    effects: Vec<Effect>,
}

pub(super) type Answer = Result<JsValue, JsValue>;

pub(super) fn effects(result: Result<Vec<Effect>, crate::Error>) -> Answer {
    to_js(&result.map_err(JsValue::from)?)
}

fn started(result: Result<(String, Vec<Effect>), crate::Error>) -> Answer {
    let (id, effects) = result.map_err(JsValue::from)?;
    to_js(&Started { id, effects })
}

fn whole(amount: &JsValue) -> Result<u64, JsValue> {
    let whole = amount.is_bigint().then(|| from_js::<Sat>(amount.clone())).transpose()?;
    whole.map(Sat::get).ok_or_else(|| invalid_input("an amount is a bigint, like 100n").into())
}

fn sat(amount: &JsValue) -> Result<Sat, JsValue> {
    Ok(Sat::new(whole(amount)?))
}

fn unit(name: Option<String>) -> Result<Unit, JsValue> {
    name.map_or(Ok(Unit::Sat), |name| Ok(name.parse()?))
}

fn amount(value: &JsValue, name: Option<String>) -> Result<Amount, JsValue> {
    Ok(Amount::new(whole(value)?, unit(name)?))
}

impl JsClient {
    pub(super) fn of(inner: Client) -> Self {
        Self { inner, alarm: None }
    }
}

fn maybe_sat(amount: &JsValue) -> Result<Option<Sat>, JsValue> {
    if amount.is_null() || amount.is_undefined() { Ok(None) } else { sat(amount).map(Some) }
}

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// Opens a client from all stored records; an empty store makes a new phrase. `entropy` is 32 fresh bytes of
    /// `crypto.getRandomValues`; `key` is what `deriveKey` made, for records that are sealed. Throws a `PaygressError` with
    /// code `store` when records cannot be read, `locked` when they are sealed and there is no key, `wrong-passphrase`.
    pub fn open(
        now: f64,
        #[wasm_bindgen(unchecked_param_type = "StoredRecord[]")] records: JsValue,
        entropy: &[u8],
        key: Option<Vec<u8>>,
    ) -> Result<Self, JsValue> {
        let entropy = entropy.try_into().map_err(|_| invalid_input("entropy is 32 bytes of crypto.getRandomValues"))?;
        let (now, store) = (seconds(now)?, read_records(records)?);
        let inner = match key {
            None => Client::open(now, &store, entropy)?,
            Some(key) => Client::open_sealed(now, &store, entropy, &key_of(&key)?)?,
        };
        Ok(Self::of(inner))
    }

    /// Begins: opens relays, goes on with every operation and lease where it stood.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn start(&mut self, now: f64) -> Answer {
        to_js(&self.inner.start(seconds(now)?))
    }

    /// Takes what the world reports.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn handle(&mut self, now: f64, #[wasm_bindgen(unchecked_param_type = "Input")] input: JsValue) -> Answer {
        let input = read_input(&input)?;
        to_js(&self.inner.handle(seconds(now)?, input))
    }

    /// When to report `wake` at the latest.
    #[wasm_bindgen(js_name = nextWake)]
    pub fn next_wake(&self) -> Option<f64> {
        self.inner.next_wake().map(number)
    }

    /// Arms the one timer of this client for `nextWake`; call it after every other call. `callback` reports `wake`.
    #[wasm_bindgen(js_name = armWake)]
    pub fn arm_wake(
        &mut self,
        now: f64,
        #[wasm_bindgen(unchecked_param_type = "() => void")] callback: Function,
    ) -> Result<(), JsValue> {
        const LONGEST_MS: u64 = 60_000;
        let now = seconds(now)?;
        // Replacing the old timer cancels it.
        self.alarm = self.inner.next_wake().map(|at| {
            let ms = at.saturating_sub(now).saturating_mul(1000).clamp(250, LONGEST_MS);
            Timeout::new(u32::try_from(ms).unwrap_or(u32::MAX), move || {
                // What the callback throws has nobody here to catch it; the shell reports its own errors.
                let _ = callback.call0(&JsValue::NULL);
            })
        });
        Ok(())
    }

    /// Adds a relay and connects to it.
    #[wasm_bindgen(js_name = addRelay, unchecked_return_type = "Effect[]")]
    pub fn add_relay(&mut self, now: f64, url: &str) -> Answer {
        effects(self.inner.add_relay(seconds(now)?, url))
    }

    /// Forgets a relay.
    #[wasm_bindgen(js_name = removeRelay, unchecked_return_type = "Effect[]")]
    pub fn remove_relay(&mut self, now: f64, url: &str) -> Answer {
        effects(self.inner.remove_relay(seconds(now)?, url))
    }

    /// Changes how many relays must have heard a provider, and how long silence may last.
    #[wasm_bindgen(js_name = setQuorum, unchecked_return_type = "Effect[]")]
    pub fn set_quorum(
        &mut self,
        now: f64,
        #[wasm_bindgen(
            unchecked_param_type = "{ m: number; n: number; t1Secs: number; t2Secs: number; staleSecs: number }"
        )]
        quorum: JsValue,
    ) -> Answer {
        let QuorumView { m, n, t1_secs, t2_secs, stale_secs } = from_js(quorum)?;
        effects(self.inner.set_quorum(seconds(now)?, QuorumConfig { m, n, t1_secs, t2_secs, stale_secs }))
    }

    /// The recovery phrase. Show it only when asked.
    pub fn phrase(&self) -> String {
        self.inner.phrase().to_owned()
    }

    /// Which words of the phrase are asked for, counted from 1; the same ones until they were answered well.
    #[wasm_bindgen(js_name = phraseQuiz, unchecked_return_type = "number[]")]
    pub fn phrase_quiz(&mut self) -> Answer {
        to_js(&self.inner.phrase_quiz())
    }

    /// Remembers that the phrase was written down, if these are the words that were asked for.
    #[wasm_bindgen(js_name = answerQuiz, unchecked_return_type = "Effect[]")]
    pub fn answer_quiz(&mut self, now: f64, words: Vec<String>) -> Answer {
        effects(self.inner.answer_quiz(seconds(now)?, &words))
    }

    /// Erases everything that is stored. Refused with code `wrong-state` while something would be lost, unless the words
    /// that `phraseQuiz` asked for are given.
    #[wasm_bindgen(js_name = eraseDevice, unchecked_return_type = "Effect[]")]
    pub fn erase_device(&mut self, words: Option<Vec<String>>) -> Answer {
        effects(self.inner.erase_device(words.as_deref()))
    }

    /// Tries whether the phrase would bring this wallet back, without changing anything; with words, those as they were
    /// typed. The wallet's `scout` tells how far it got.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn rehearse(&mut self, now: f64, words: Option<String>) -> Answer {
        let words = words.map(Zeroizing::new);
        effects(self.inner.rehearse(seconds(now)?, words.as_ref().map(|words| words.as_str())))
    }

    /// Looks what another phrase holds at these mints and those of the wallet. The wallet's `scout` tells how far it got.
    #[wasm_bindgen(js_name = lookIntoPhrase, unchecked_return_type = "Effect[]")]
    pub fn look_into_phrase(&mut self, now: f64, words: String, mints: Vec<String>) -> Answer {
        let words = Zeroizing::new(words);
        effects(self.inner.look_into_phrase(seconds(now)?, &words, &mints))
    }

    /// Takes in what `lookIntoPhrase` found, if no less than `least` comes in.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn sweep(&mut self, now: f64, #[wasm_bindgen(unchecked_param_type = "bigint")] least: JsValue) -> Answer {
        effects(self.inner.sweep(seconds(now)?, sat(&least)?))
    }

    /// Ends `rehearse` or `lookIntoPhrase`, or forgets what it found.
    #[wasm_bindgen(js_name = endScouting, unchecked_return_type = "Effect[]")]
    pub fn end_scouting(&mut self, now: f64) -> Answer {
        to_js(&self.inner.end_scouting(seconds(now)?))
    }

    /// Asks the server of a Lightning address for an invoice of this many sat, and the mint for the price of paying it. The
    /// wallet's `address` tells what came of it. Nothing is paid before `pay`.
    #[wasm_bindgen(js_name = payAddress, unchecked_return_type = "Effect[]")]
    pub fn pay_address(
        &mut self,
        now: f64,
        mint: &str,
        address: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
    ) -> Answer {
        effects(self.inner.pay_address(seconds(now)?, mint, address, sat(&amount)?))
    }

    /// Replaces the phrase of this store by one that was written down, and looks for its money at every known mint. Refused
    /// with code `wrong-state` while money, an open operation or a lease hangs on the present phrase.
    #[wasm_bindgen(js_name = restorePhrase, unchecked_return_type = "Effect[]")]
    pub fn restore_phrase(&mut self, now: f64, words: &str) -> Answer {
        effects(self.inner.restore_phrase(seconds(now)?, words))
    }

    /// Looks for money of the phrase at a mint, which is added if it is unknown.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn restore(&mut self, now: f64, mint: &str) -> Answer {
        started(self.inner.restore(seconds(now)?, mint))
    }

    /// Adds a mint and asks it for its keys.
    #[wasm_bindgen(js_name = addMint, unchecked_return_type = "Effect[]")]
    pub fn add_mint(&mut self, now: f64, url: &str) -> Answer {
        effects(self.inner.add_mint(seconds(now)?, url))
    }

    /// Removes a mint that holds nothing and where nothing goes on; its history stays.
    #[wasm_bindgen(js_name = removeMint, unchecked_return_type = "Effect[]")]
    pub fn remove_mint(&mut self, now: f64, url: &str) -> Answer {
        effects(self.inner.remove_mint(seconds(now)?, url))
    }

    /// Asks a mint for a Lightning invoice over this amount, in sat or the given unit.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn issue(
        &mut self,
        now: f64,
        mint: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] value: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] unit: Option<String>,
    ) -> Answer {
        started(self.inner.issue(seconds(now)?, mint, amount(&value, unit)?))
    }

    /// Takes in a token.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn receive(&mut self, now: f64, token: &str) -> Answer {
        started(self.inner.receive(seconds(now)?, token))
    }

    /// Makes a token of this amount for somebody, in sat or the given unit.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn send(
        &mut self,
        now: f64,
        mint: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] value: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] unit: Option<String>,
    ) -> Answer {
        started(self.inner.send(seconds(now)?, mint, amount(&value, unit)?))
    }

    /// Makes a token of this amount, in sat or the given unit, that only the owner of a public key (66 hex characters) can take before `until` (Unix
    /// seconds).
    #[wasm_bindgen(js_name = sendLocked, unchecked_return_type = "Started")]
    pub fn send_locked(
        &mut self,
        now: f64,
        mint: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] value: JsValue,
        key: &str,
        until: f64,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] unit: Option<String>,
    ) -> Answer {
        started(self.inner.send_locked(seconds(now)?, mint, amount(&value, unit)?, key, seconds(until)?))
    }

    /// Whether this text is meant to be a payment request.
    #[wasm_bindgen(js_name = isRequest)]
    pub fn is_request(&self, text: &str) -> bool {
        is_payment_request(text)
    }

    /// Reads a payment request and says how, and from where, it can be paid. `amount` is what the person would pay when the
    /// request leaves that open.
    #[wasm_bindgen(js_name = readRequest, unchecked_return_type = "PaymentRequestView")]
    pub fn read_request(
        &self,
        now: f64,
        text: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint | null")] amount: JsValue,
    ) -> Answer {
        to_js(&self.inner.read_request(seconds(now)?, text, maybe_sat(&amount)?).map_err(JsValue::from)?)
    }

    /// Pays a request from a mint, if no more than `most` leaves the balance, and delivers the payment. `amount` counts when
    /// the request names none.
    #[wasm_bindgen(js_name = payRequest, unchecked_return_type = "Started")]
    pub fn pay_request(
        &mut self,
        now: f64,
        text: &str,
        mint: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] amount: JsValue,
        #[wasm_bindgen(unchecked_param_type = "bigint")] most: JsValue,
    ) -> Answer {
        started(self.inner.pay_request(seconds(now)?, text, mint, sat(&amount)?, sat(&most)?))
    }

    /// Sends a payment to who asked for it once more, the same bytes.
    #[wasm_bindgen(js_name = deliverAgain, unchecked_return_type = "Effect[]")]
    pub fn deliver_again(&mut self, now: f64, operation: &str) -> Answer {
        effects(self.inner.deliver_again(seconds(now)?, operation))
    }

    /// Writes a request for a payment to this wallet, to be paid and handed over by hand; `key` locks the payment.
    #[wasm_bindgen(js_name = requestPayment, unchecked_return_type = "MadeRequest")]
    pub fn request_payment(
        &self,
        #[wasm_bindgen(unchecked_param_type = "bigint | null")] amount: JsValue,
        description: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "string | null")] key: Option<String>,
    ) -> Answer {
        let made = self.inner.request_payment(maybe_sat(&amount)?, description, key.as_deref());
        to_js(&made.map_err(JsValue::from)?)
    }

    /// The public key that others can lock tokens to for this wallet.
    #[wasm_bindgen(js_name = receivingKey)]
    pub fn receiving_key(&self) -> String {
        self.inner.receiving_key()
    }

    /// Asks the mint whether a token was taken by its receiver, or whether an invoice was paid. The operation tells its word.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn check(&mut self, now: f64, operation: &str) -> Answer {
        effects(self.inner.check(seconds(now)?, operation))
    }

    /// Asks a mint what it would cost to pay a Lightning invoice from its sat, or the given unit. Nothing is paid before
    /// `pay`.
    #[wasm_bindgen(js_name = quotePay, unchecked_return_type = "Started")]
    pub fn quote_pay(
        &mut self,
        now: f64,
        mint: &str,
        invoice: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] from_unit: Option<String>,
    ) -> Answer {
        started(self.inner.quote_pay(seconds(now)?, mint, unit(from_unit)?, invoice))
    }

    /// Asks two mints what it would cost to move this amount, in sat or the given unit, from one to the other. It is paid
    /// from `fromUnit`, which is the same if left out. Nothing is paid before `pay`.
    #[wasm_bindgen(js_name = quoteMove, unchecked_return_type = "Started")]
    pub fn quote_move(
        &mut self,
        now: f64,
        from: &str,
        to: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] value: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] unit: Option<String>,
        #[wasm_bindgen(unchecked_optional_param_type = "Unit")] from_unit: Option<String>,
    ) -> Answer {
        let amount = amount(&value, unit)?;
        let from_unit = from_unit.map_or(Ok(amount.unit()), |name| name.parse())?;
        started(self.inner.quote_move(seconds(now)?, (from, from_unit), to, amount))
    }

    /// Agrees to what `quotePay` or `quoteMove` found out, if no more than `most` leaves the balance for it, in the unit of
    /// the operation.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn pay(
        &mut self,
        now: f64,
        operation: &str,
        #[wasm_bindgen(unchecked_param_type = "bigint")] most: JsValue,
    ) -> Answer {
        effects(self.inner.pay(seconds(now)?, operation, whole(&most)?))
    }

    /// Takes a token back that nobody redeemed.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn reclaim(&mut self, now: f64, operation: &str) -> Answer {
        effects(self.inner.reclaim(seconds(now)?, operation))
    }

    /// Has a token taken back by itself at a time (Unix seconds) if nobody took it by then; `null` for not any more.
    #[wasm_bindgen(js_name = takeBackAt, unchecked_return_type = "Effect[]")]
    pub fn take_back_at(
        &mut self,
        now: f64,
        operation: &str,
        #[wasm_bindgen(unchecked_optional_param_type = "number | null")] at: Option<f64>,
    ) -> Answer {
        let at = at.map(seconds).transpose()?;
        effects(self.inner.take_back_at(seconds(now)?, operation, at))
    }

    /// Tries a token once more that could not be received.
    #[wasm_bindgen(unchecked_return_type = "Effect[]")]
    pub fn retry(&mut self, now: f64, operation: &str) -> Answer {
        effects(self.inner.retry(seconds(now)?, operation))
    }

    /// Ends an operation of which nothing can be out any more.
    #[wasm_bindgen(js_name = cancelOperation, unchecked_return_type = "Effect[]")]
    pub fn cancel_operation(&mut self, now: f64, operation: &str) -> Answer {
        effects(self.inner.cancel_operation(seconds(now)?, operation))
    }

    /// The person knows that the words showed to be in use on another device at a mint: the wallet's `elsewhere` tells of it
    /// no more until something new shows there.
    #[wasm_bindgen(js_name = acknowledgeElsewhere, unchecked_return_type = "Effect[]")]
    pub fn acknowledge_elsewhere(&mut self, now: f64, mint: &str) -> Answer {
        effects(self.inner.acknowledge_elsewhere(seconds(now)?, mint))
    }

    /// The text of a token that is out. It is money.
    pub fn token(&self, operation: &str) -> Option<String> {
        self.inner.token(operation)
    }

    /// What an order would cost, and everything that speaks against it.
    #[wasm_bindgen(unchecked_return_type = "Quote")]
    pub fn quote(&self, now: f64, #[wasm_bindgen(unchecked_param_type = "Order")] order: JsValue) -> Answer {
        let order: Order = from_js(order)?;
        to_js(&self.inner.quote(seconds(now)?, &order).map_err(JsValue::from)?)
    }

    /// Rents what a quote says, if it still holds.
    #[wasm_bindgen(unchecked_return_type = "Started")]
    pub fn rent(&mut self, now: f64, #[wasm_bindgen(unchecked_param_type = "Quote")] quote: JsValue) -> Answer {
        let quote: Quote = from_js(quote)?;
        started(self.inner.rent(seconds(now)?, &quote))
    }

    /// Sends a request that was held back since a restart.
    #[wasm_bindgen(js_name = resumeLease, unchecked_return_type = "Effect[]")]
    pub fn resume_lease(&mut self, now: f64, lease: &str) -> Answer {
        effects(self.inner.resume_lease(seconds(now)?, lease))
    }

    /// Takes the token of a lease back, if the provider did not redeem it.
    #[wasm_bindgen(js_name = reclaimLease, unchecked_return_type = "Effect[]")]
    pub fn reclaim_lease(&mut self, now: f64, lease: &str) -> Answer {
        effects(self.inner.reclaim_lease(seconds(now)?, lease))
    }

    /// Asks the provider about a lease.
    #[wasm_bindgen(js_name = askStatus, unchecked_return_type = "Effect[]")]
    pub fn ask_status(&mut self, now: f64, lease: &str) -> Answer {
        effects(self.inner.ask_status(seconds(now)?, lease))
    }

    /// The password of a workload. It is a secret.
    #[wasm_bindgen(js_name = leasePassword)]
    pub fn lease_password(&self, lease: &str) -> Option<String> {
        self.inner.lease_password(lease)
    }

    /// Lists providers.
    #[wasm_bindgen(unchecked_return_type = "MarketPage")]
    pub fn market(&self, now: f64, #[wasm_bindgen(unchecked_param_type = "MarketQuery")] query: JsValue) -> Answer {
        let query: MarketQuery = if query.is_undefined() { MarketQuery::default() } else { from_js(query)? };
        to_js(&self.inner.market(seconds(now)?, &query))
    }

    /// The templates that providers know.
    #[wasm_bindgen(unchecked_return_type = "Template[]")]
    pub fn templates(&self) -> Answer {
        to_js(&self.inner.templates())
    }

    /// All leases, the newest first.
    #[wasm_bindgen(unchecked_return_type = "LeasesView")]
    pub fn leases(&self, now: f64) -> Answer {
        to_js(&self.inner.leases(seconds(now)?))
    }

    /// The wallet.
    #[wasm_bindgen(unchecked_return_type = "WalletView")]
    pub fn wallet(&self) -> Answer {
        to_js(&self.inner.wallet())
    }

    /// Relays and what was chosen.
    #[wasm_bindgen(unchecked_return_type = "SettingsView")]
    pub fn settings(&self, now: f64) -> Answer {
        to_js(&self.inner.settings(seconds(now)?))
    }

    /// What strangers got wrong.
    #[wasm_bindgen(unchecked_return_type = "NoticesView")]
    pub fn notices(&self) -> Answer {
        to_js(&self.inner.notices())
    }
}

pub(super) fn read_records(records: JsValue) -> Result<BTreeMap<String, String>, JsValue> {
    let records: Vec<StoredRecord> = from_js(records)?;
    let mut store = BTreeMap::new();
    store.extend(records.into_iter().map(|record| (record.key, record.value)));
    Ok(store)
}

fn read_input(input: &JsValue) -> Result<Input, Error> {
    let input = Members(input);
    Ok(match input.text("type")?.as_str() {
        "committed" => Input::Committed { commit: input.whole("commit")? },
        "commitFailed" => Input::CommitFailed { commit: input.whole("commit")?, reason: input.text("reason")? },
        "socketOpened" => Input::SocketOpened { socket: input.whole("socket")? },
        "socketClosed" => Input::SocketClosed { socket: input.whole("socket")?, reason: input.text("reason")? },
        "frame" => Input::Frame { socket: input.whole("socket")?, text: input.text("text")? },
        "answered" => Input::Answered {
            request: input.whole("request")?,
            status: input.whole("status")?,
            body: input.text("body")?,
        },
        "later" => Input::Later {
            request: input.whole("request")?,
            status: input.whole("status")?,
            secs: input.whole("secs")?,
        },
        "unanswered" => Input::Unanswered { request: input.whole("request")?, reason: input.text("reason")? },
        "wake" => Input::Wake,
        "visibility" => Input::Visibility { visible: input.flag("visible")? },
        "network" => Input::Network { online: input.flag("online")? },
        _ => return Err(invalid_input("type names no input; see Input in the types")),
    })
}

fn number(secs: u64) -> f64 {
    u32::try_from(secs).map_or(f64::INFINITY, f64::from)
}
