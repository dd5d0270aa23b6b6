//! Payments to requests (NUT-18): how a token gets to who asked for it.
//!
//! ```text
//!   Making ──token ready, written down──▶ MayBeOut ──it was taken over──▶ Taken
//!                                          ▲  │  └──refused──▶ Refused ─┐
//!                                          │  └─ no answer, "later"     │
//!                                          └── again, the same bytes ◀──┘
//! ```
//!
//! The token is handed out, whatever becomes of its delivery: the mint tells when it is spent (NUT-07), and until then it
//! can be sent again, copied, or taken back. An event on a relay is fetched by its receiver, so each delivery has its own
//! sockets: the relays that the request names are mostly not ours.

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Turn, View};
use super::{Client, settings};
use crate::error::{Error, ErrorCode};
use crate::model::{Map, ProviderKey, RelayUrl, Sat, clip};
use crate::protocol::{RelayMessage, SignedEvent, gift_wrap, receiver_from_text, to_npub};
use crate::wallet::{Answer, DeliveryView, LockKey, MadeRequest, OperationId, PaymentRequest, Transport};

const VERSION: u8 = 1;
const RECORD: &str = "delivery/";
/// Requests to receivers are numbered from here on, so that none has the number of one to a mint.
const FIRST_POST: u64 = 1 << 40;
const DEADLINE_SECS: u32 = 30;
const COURIER_SECS: u64 = 20;
const MOST_RELAYS: usize = 8;
const LONGEST_URL: usize = 2048;

/// One delivery, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Delivery {
    version: u8,
    way: Way,
    /// What the receiver called the request.
    request: Option<String>,
    state: State,
    /// What was heard last of it.
    words: String,
    /// What is sent, and sent again. It is money.
    sent: Option<Parcel>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    Post { url: String },
    Nostr { to: ProviderKey, relays: Vec<RelayUrl> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Making,
    MayBeOut,
    Taken,
    Refused,
    /// The token is spent or back.
    Over,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Parcel {
    Body(String),
    Event(SignedEvent),
}

impl std::fmt::Debug for Parcel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parcel(hidden)")
    }
}

/// A socket that brings one event to one relay.
#[derive(Debug)]
struct Courier {
    op: OperationId,
    url: RelayUrl,
    since: u64,
    opened: bool,
}

/// What is on its way, and what came of it so far.
#[derive(Debug, Default)]
pub(super) struct Couriers {
    posts: Map<u64, OperationId>,
    next_post: u64,
    sockets: Map<u32, Courier>,
    relays: Map<OperationId, Tally>,
}

/// What came of a courier.
enum Outcome {
    Taken,
    Refused(String),
    /// Without a word about the event.
    Gone(String),
}

#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    taken: usize,
    /// Sent, and no answer.
    silent: usize,
    why: String,
}

/// A request for a payment as people see it before they pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequestView {
    /// How the receiver knows it again.
    pub id: Option<String>,
    /// What should arrive; the payer chooses when there is none.
    pub amount: Option<Sat>,
    /// The receiver's words.
    pub description: Option<String>,
    /// The mints that the receiver takes; any if there is none.
    pub mints: Vec<String>,
    /// Other mints do as well.
    pub any_mint: bool,
    /// It is for one payment only.
    pub single_use: bool,
    /// The key that the payment is locked to.
    pub locked_to: Option<LockKey>,
    /// How it is delivered: `"post"`, `"nostr"`, or `"hand"` for a token to be handed over.
    pub way: &'static str,
    /// Where it is delivered to: an address, or an npub.
    pub to: Option<String>,
    /// Ways of delivery that are not known here, in sentences.
    pub unsupported: Vec<String>,
    /// Why it cannot be paid from here.
    pub problem: Option<String>,
    /// The mints it can be paid from, the best first.
    pub choices: Vec<ChoiceView>,
}

/// A mint to pay from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceView {
    /// The mint.
    pub mint: String,
    /// What leaves the balance.
    pub most: Sat,
    /// What the balance lacks; nothing when there is enough.
    pub missing: Sat,
}

pub(super) fn open(records: &std::collections::BTreeMap<String, String>) -> Result<Map<OperationId, Delivery>, Error> {
    let mut deliveries = Map::new();
    for (key, text) in records.range(RECORD.to_owned()..).take_while(|(key, _)| key.starts_with(RECORD)) {
        let delivery: Delivery = settings::read(text)?;
        settings::check_version(delivery.version)?;
        deliveries.insert(key.trim_start_matches(RECORD).parse()?, delivery);
    }
    Ok(deliveries)
}

/// The first way that can be gone, if any must be, and what is to be said of the others.
fn way_of(request: &PaymentRequest) -> (Option<Way>, Vec<String>) {
    let mut others = Vec::new();
    let mut chosen = None;
    for transport in &request.transports {
        match way(transport) {
            Ok(way) => chosen = chosen.or(Some(way)),
            Err(why) => others.push(why),
        }
    }
    (chosen, others)
}

fn way(transport: &Transport) -> Result<Way, String> {
    let values = |name: &'static str| {
        let tags = transport.tags.iter().filter(move |tag| tag.first().is_some_and(|first| first == name));
        tags.flat_map(|tag| tag[1..].iter())
    };
    match transport.kind.as_str() {
        "post" => {
            let url = transport.target.trim();
            let plain = url.len() <= LONGEST_URL && url.chars().all(|c| c.is_ascii_graphic() && c != '@');
            if plain && ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme))
            {
                return Ok(Way::Post { url: url.to_owned() });
            }
            Err(format!("{:?} is no address that a payment can be sent to", clip(url)))
        }
        "nostr" => {
            if values("n").count() > 0 && values("n").all(|number| number != "17") {
                return Err("its Nostr messages are of a kind that is not known here (only NIP-17 is)".to_owned());
            }
            let (to, mut relays) = receiver_from_text(&transport.target).map_err(|error| error.message().to_owned())?;
            for url in values("r").chain(values("relay")).filter_map(|url| url.parse().ok()) {
                if !relays.contains(&url) {
                    relays.push(url);
                }
            }
            relays.truncate(MOST_RELAYS);
            Ok(Way::Nostr { to, relays })
        }
        kind => Err(format!("delivery by {:?} is not known here", clip(kind))),
    }
}

impl Way {
    fn to(&self) -> String {
        match self {
            Self::Post { url } => url.clone(),
            Self::Nostr { to, .. } => to_npub(to),
        }
    }
}

impl Client {
    /// Reads a payment request and says how, and from where, it can be paid. `amount` is what the person would pay when
    /// the request leaves that open.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for what is no payment request.
    pub fn read_request(&self, now: u64, text: &str, amount: Option<Sat>) -> Result<PaymentRequestView, Error> {
        let request: PaymentRequest = text.parse()?;
        let (way, unsupported) = way_of(&request);
        let mut problem = self.wallet.objection(now, &request);
        if way.is_none() && !request.transports.is_empty() {
            problem = problem.or_else(|| Some(format!("it cannot be delivered: {}", unsupported.join("; "))));
        }
        let amount = request.amount.or(amount);
        let choices = amount.map(|amount| self.wallet.pay_from(now, &request, amount)).unwrap_or_default();
        if problem.is_none() && amount.is_some() && choices.is_empty() {
            problem = Some(self.no_mint_for(&request));
        }
        let choice = |from: crate::wallet::PayFrom| ChoiceView {
            mint: from.mint.to_string(),
            most: from.quote.total.to_sat_ceil(),
            missing: from.quote.missing.to_sat_ceil(),
        };
        Ok(PaymentRequestView {
            locked_to: request.lock_key(),
            way: match way {
                Some(Way::Post { .. }) => "post",
                Some(Way::Nostr { .. }) => "nostr",
                None => "hand",
            },
            to: way.as_ref().map(Way::to),
            unsupported,
            problem,
            choices: choices.into_iter().map(choice).collect(),
            id: request.id,
            amount: request.amount,
            description: request.description,
            mints: request.mints.iter().map(ToString::to_string).collect(),
            any_mint: request.any_mint,
            single_use: request.single_use,
        })
    }

    fn no_mint_for(&self, request: &PaymentRequest) -> String {
        let ours = self.wallet.mints().filter(|mint| request.any_mint || request.mints.contains(mint));
        match (ours.count(), request.mints.first()) {
            (0, Some(mint)) => format!("none of your mints is one that the receiver takes; add {mint} and fill it"),
            (0, None) => "you have no mint to pay from; add one and fill it".to_owned(),
            (_, _) => "none of your mints can make the token that is asked for now".to_owned(),
        }
    }

    /// Pays a request from a mint, if no more than `most` leaves the balance, and delivers the payment as the request wants
    /// it. `amount` counts when the request names none.
    ///
    /// # Errors
    /// As [`read_request`](Self::read_request) and [`Wallet::pay_request`](crate::wallet::Wallet::pay_request), and
    /// [`ErrorCode::Store`].
    pub fn pay_request(
        &mut self,
        now: u64,
        text: &str,
        mint: &str,
        amount: Sat,
        most: Sat,
    ) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let request: PaymentRequest = text.parse()?;
        let (way, unsupported) = way_of(&request);
        if way.is_none() && !request.transports.is_empty() {
            let text = format!("the payment cannot be delivered: {}; ask for another request", unsupported.join("; "));
            return Err(Error::new(ErrorCode::InvalidInput, text));
        }
        let (op, step) = self.wallet.pay_request(now, &request, &mint.parse()?, amount, most)?;
        let mut turn = Turn::default();
        if let Some(way) = way {
            let (state, words) = (State::Making, String::new());
            let delivery = Delivery { version: VERSION, way, request: request.id, state, words, sent: None };
            self.deliveries.insert(op, delivery);
            self.save_delivery(&mut turn, op);
        }
        self.take(now, &mut turn, step);
        Ok((op.to_string(), self.finish(now, turn)))
    }

    /// Sends a payment once more, the same bytes: whoever got it before gets no more by it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when it is spent or back, or on its way just now,
    /// [`ErrorCode::Store`].
    pub fn deliver_again(&mut self, now: u64, operation: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let op = operation.parse()?;
        let known = self.deliveries.get(&op);
        let delivery = known.ok_or_else(|| Error::new(ErrorCode::NotFound, "this operation delivers nothing"))?;
        if !self.can_repeat(op, delivery) {
            let text = "the payment is on its way just now, or its token is spent or back; look at the operation";
            return Err(Error::new(ErrorCode::WrongState, text));
        }
        let mut turn = Turn::default();
        self.send_parcel(now, &mut turn, op);
        Ok(self.finish(now, turn))
    }

    /// Writes a request for a payment to this wallet, to be paid and handed over by hand.
    ///
    /// # Errors
    /// As [`Wallet::make_request`](crate::wallet::Wallet::make_request).
    pub fn request_payment(
        &self,
        amount: Option<Sat>,
        description: &str,
        key: Option<&str>,
    ) -> Result<MadeRequest, Error> {
        self.wallet.make_request(amount, description, key.map(str::parse).transpose()?)
    }

    fn save_delivery(&self, turn: &mut Turn, op: OperationId) {
        if let Some(delivery) = self.deliveries.get(&op) {
            turn.put(format!("{RECORD}{op}"), delivery);
        }
        turn.changed.insert(View::Wallet);
    }

    fn change_delivery(&mut self, turn: &mut Turn, op: OperationId, with: impl FnOnce(&mut Delivery)) {
        if let Some(delivery) = self.deliveries.get_mut(&op) {
            with(delivery);
            self.save_delivery(turn, op);
        }
    }

    /// The token exists and is durable with this turn: what is sent is written down with it, and leaves after the commit.
    pub(super) fn deliver(&mut self, now: u64, turn: &mut Turn, op: OperationId) {
        let Some(delivery) = self.deliveries.get(&op).filter(|delivery| delivery.state == State::Making) else {
            return;
        };
        let way = delivery.way.clone();
        let body = self.wallet.payment(&op, delivery.request.as_deref());
        let parcel = match (body, &way) {
            (None, _) => Err("the token holds less than was asked for; take it back".to_owned()),
            (Some(body), Way::Post { .. }) => Ok(Parcel::Body(body)),
            (Some(body), Way::Nostr { to, .. }) => {
                let dated = self.market.to_network_clock(now);
                let wrapped = gift_wrap(to, &body, dated, &mut self.rng);
                wrapped.map(Parcel::Event).map_err(|error| error.message().to_owned())
            }
        };
        match parcel {
            Ok(parcel) => {
                self.change_delivery(turn, op, |delivery| delivery.sent = Some(parcel));
                self.send_parcel(now, turn, op);
            }
            Err(why) => self.change_delivery(turn, op, |delivery| {
                (delivery.state, delivery.words) = (State::Refused, why);
            }),
        }
    }

    fn send_parcel(&mut self, now: u64, turn: &mut Turn, op: OperationId) {
        let Some(delivery) = self.deliveries.get(&op) else { return };
        let (way, sent) = (delivery.way.clone(), delivery.sent.clone());
        match (way, sent) {
            (Way::Post { url }, Some(Parcel::Body(body))) => {
                let request = FIRST_POST + self.couriers.next_post;
                self.couriers.next_post += 1;
                self.couriers.posts.insert(request, op);
                let body = Some(body);
                turn.held.push(Effect::Fetch { request, method: "POST", url, body, deadline_secs: DEADLINE_SECS });
            }
            (Way::Nostr { mut relays, .. }, Some(Parcel::Event(_))) => {
                relays.extend(
                    self.settings.relays.iter().filter(|url| !relays.contains(url)).cloned().collect::<Vec<_>>(),
                );
                relays.truncate(MOST_RELAYS);
                self.couriers.relays.insert(op, Tally { asked: relays.len(), ..Tally::default() });
                for url in relays {
                    let socket = self.relays.new_socket();
                    turn.held.push(Effect::OpenSocket { socket, url: url.to_string() });
                    self.couriers.sockets.insert(socket, Courier { op, url, since: now, opened: false });
                }
            }
            (_, _) => return,
        }
        self.change_delivery(turn, op, |delivery| {
            (delivery.state, delivery.words) = (State::MayBeOut, String::new());
        });
    }

    /// The receiver's server said something, or nothing. True if the request was to one.
    pub(super) fn post_answered(&mut self, turn: &mut Turn, request: u64, answer: &Answer) -> bool {
        let Some(op) = self.couriers.posts.remove(&request) else { return false };
        let (state, words) = match answer {
            Answer::Response { status: 200..300, .. } => (State::Taken, String::new()),
            Answer::Response { status: status @ 400..500, .. } => (State::Refused, format!("status {status}")),
            Answer::Response { status, .. } => (State::MayBeOut, format!("status {status}")),
            Answer::Later { status, secs } => {
                (State::MayBeOut, format!("status {status}: it asks for a pause of {secs} seconds"))
            }
            Answer::Nothing { reason } => (State::MayBeOut, clip(reason)),
        };
        self.heard_of(turn, op, state, words);
        true
    }

    /// What is over stays over, and what was taken once stays so.
    fn heard_of(&mut self, turn: &mut Turn, op: OperationId, state: State, words: String) {
        self.change_delivery(turn, op, |delivery| match delivery.state {
            State::MayBeOut | State::Refused => (delivery.state, delivery.words) = (state, words),
            State::Making | State::Taken | State::Over => {}
        });
    }

    /// The token of a delivery is spent, back, or was never made.
    pub(super) fn delivery_over(&mut self, turn: &mut Turn, op: OperationId) {
        if self.deliveries.get(&op).is_some_and(|delivery| delivery.state != State::Over) {
            self.change_delivery(turn, op, |delivery| (delivery.state, delivery.sent) = (State::Over, None));
        }
    }

    /// A socket of ours opened. True if it is a courier's.
    pub(super) fn courier_opened(&mut self, turn: &mut Turn, socket: u32) -> bool {
        let Some(courier) = self.couriers.sockets.get_mut(&socket) else { return false };
        courier.opened = true;
        match self.deliveries.get(&courier.op).and_then(|delivery| delivery.sent.as_ref()) {
            Some(Parcel::Event(event)) => turn.held.push(Effect::SendText { socket, text: event.frame() }),
            Some(Parcel::Body(_)) | None => turn.at_once.push(Effect::CloseSocket { socket }),
        }
        true
    }

    /// A relay said something. True if it said so to a courier.
    pub(super) fn courier_heard(&mut self, turn: &mut Turn, socket: u32, text: &str) -> bool {
        let Some(courier) = self.couriers.sockets.get(&socket) else { return false };
        let sent = self.deliveries.get(&courier.op).and_then(|delivery| delivery.sent.as_ref());
        let ours = match sent {
            Some(Parcel::Event(event)) => Some(event.id()),
            Some(Parcel::Body(_)) | None => None,
        };
        if let Ok(RelayMessage::Ok { event, accepted, message }) = RelayMessage::parse(text)
            && Some(event) == ours
        {
            turn.at_once.push(Effect::CloseSocket { socket });
            self.courier_done(turn, socket, if accepted { Outcome::Taken } else { Outcome::Refused(message) });
        }
        true
    }

    /// A socket closed. True if it was a courier's.
    pub(super) fn courier_closed(&mut self, turn: &mut Turn, socket: u32, reason: &str) -> bool {
        let known = self.couriers.sockets.contains_key(&socket);
        if known {
            self.courier_done(turn, socket, Outcome::Gone(reason.to_owned()));
        }
        known
    }

    /// Gives up couriers that hear nothing.
    pub(super) fn drive_couriers(&mut self, now: u64, turn: &mut Turn) {
        let late = |courier: &Courier| now >= courier.since.saturating_add(COURIER_SECS);
        let due: Vec<u32> =
            self.couriers.sockets.iter().filter(|(_, courier)| late(courier)).map(|(socket, _)| *socket).collect();
        for socket in due {
            turn.at_once.push(Effect::CloseSocket { socket });
            self.courier_done(turn, socket, Outcome::Gone(format!("no answer within {COURIER_SECS} seconds")));
        }
    }

    pub(super) fn next_courier_wake(&self) -> Option<u64> {
        self.couriers.sockets.values().map(|courier| courier.since.saturating_add(COURIER_SECS)).min()
    }

    fn courier_done(&mut self, turn: &mut Turn, socket: u32, outcome: Outcome) {
        let Some(courier) = self.couriers.sockets.remove(&socket) else { return };
        let op = courier.op;
        let Some(tally) = self.couriers.relays.get_mut(&op) else { return };
        match outcome {
            Outcome::Taken => tally.taken += 1,
            Outcome::Refused(why) => tally.why = format!("{}: {}", courier.url, clip(&why)),
            Outcome::Gone(why) => {
                tally.silent += usize::from(courier.opened);
                tally.why = format!("{}: {}", courier.url, clip(&why));
            }
        }
        let left = self.couriers.sockets.values().any(|other| other.op == op);
        let (taken, asked, silent, why) = (tally.taken, tally.asked, tally.silent, tally.why.clone());
        if taken > 0 {
            let words = format!("{taken} of {asked}");
            self.change_delivery(turn, op, |delivery| match delivery.state {
                State::MayBeOut | State::Refused | State::Taken => {
                    (delivery.state, delivery.words) = (State::Taken, words);
                }
                State::Making | State::Over => {}
            });
        } else if !left {
            self.heard_of(turn, op, if silent > 0 { State::MayBeOut } else { State::Refused }, why);
        }
    }

    fn is_under_way(&self, op: OperationId) -> bool {
        self.couriers.posts.values().any(|other| *other == op)
            || self.couriers.sockets.values().any(|courier| courier.op == op)
    }

    fn can_repeat(&self, op: OperationId, delivery: &Delivery) -> bool {
        let open = matches!(delivery.state, State::MayBeOut | State::Refused);
        open && delivery.sent.is_some() && !self.is_under_way(op) && self.wallet.is_handed_out(&op)
    }

    pub(super) fn delivery_view(&self, op: OperationId) -> Option<DeliveryView> {
        let delivery = self.deliveries.get(&op)?;
        let (to, words) = (delivery.way.to(), &delivery.words);
        let is_post = matches!(delivery.way, Way::Post { .. });
        let (state, sentence) = match delivery.state {
            State::Making => ("making", format!("Then it is sent to {to}.")),
            State::MayBeOut if self.is_under_way(op) => ("sending", format!("It is being sent to {to}.")),
            State::MayBeOut => (
                "unknown",
                format!(
                    "It is not known whether the payment arrived at {to}{}. The mint tells when it is taken. Until then you can send the same once more, or take it back.",
                    aside(words)
                ),
            ),
            State::Taken if is_post => ("taken", format!("{to} took the payment.")),
            State::Taken => ("taken", format!("{words} relays keep the message for {to}.")),
            State::Refused => (
                "refused",
                format!("The payment was not taken over{}. Send it once more, or take it back.", aside(words)),
            ),
            State::Over => ("over", format!("It was for {to}.")),
        };
        Some(DeliveryView { to, state, sentence, can_repeat: self.can_repeat(op, delivery) })
    }
}

fn aside(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" ({words})") }
}
