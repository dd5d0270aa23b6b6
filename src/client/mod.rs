//! The client: conducts relays, market, wallet and leases. It opens no socket and reads no clock; it takes
//! `(now, input)` and returns what to do.
//!
//! ```text
//! Input ─▶ handle ─▶ relays · market · watch · lease · wallet ─▶ Turn ─▶ outbox ─▶ Effect[]
//!                                                                  Commit first; Send and Fetch after Committed
//! ```
//!
//! [`Client::handle`] is for what the world reports; intents of the person are methods that may refuse.
//! After every call ask [`Client::next_wake`] and call again with [`Input::Wake`] at that time; earlier or twice is
//! harmless.

mod address;
mod conduct;
mod deliver;
mod effect;
mod experience;
mod file;
mod frame;
mod known;
mod lease;
mod market;
mod mint_lines;
mod mint_list;
mod money;
mod notices;
mod order;
mod outbox;
mod passphrase;
mod quiz;
mod recovery;
mod relays;
mod rent;
mod replies;
mod request;
mod restore;
mod scout;
mod settings;
mod stored;
mod view;
mod watch;

use std::collections::BTreeMap;
use std::fmt;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

pub use address::AddressView;
pub use deliver::{ChoiceView, PaymentRequestView};
pub use effect::{Effect, Input, View};
pub use lease::Entry;
pub use notices::Notice;
pub use order::{Order, Quote, Reason};
pub use scout::{ScoutKind, ScoutView, ScoutedMint};
pub use view::{
    AccessView, EvidenceView, HeardView, LeaseView, LeasesView, MarketPage, MarketQuery, MarketRow, MoneyView,
    NoticesView, PortView, QuorumView, RelayView, SettingsView, Sort, TemplatePortView, TemplateView, TierView,
    WalletPage,
};

use address::Lookup;
use conduct::Conduct;
use deliver::{Couriers, Delivery};
use effect::Turn;
use experience::Experience;
use known::Known;
use lease::Lease;
use market::Market;
use mint_lines::MintLines;
use mint_list::MintList;
use notices::Notices;
use order::Surroundings;
use outbox::Outbox;
use relays::{LineKey, Opened, Relays};
use scout::Scouting;
use settings::{Account, Settings};
use stored::Stored;

use crate::durable_workload::{HeartbeatObservation, QuorumConfig, WorkloadStateMachine};
use crate::error::{Error, ErrorCode};
use crate::model::{Gather, LeaseSecret, Map, ProviderKey, RecordChange, RelayUrl};
use crate::vault::PassKey;
use crate::wallet::{Answer, OperationId, Purpose, RequestId, Step, Wallet, WalletEvent};

/// A device that heard nothing from us for this long was asleep (DESIGN §7.1).
const SLEEP_SECS: u64 = 90;
/// A clock that jumps back by more was set by somebody.
const SET_BACK_SECS: u64 = 60;
const LAZY_SECS: u64 = 2;
const LAZY_MOST: usize = 200;
/// Above so many bits of a request's id stands what it belongs to: 0 is for the wallet and, from 2^40, for deliveries.
const SORT_BITS: u32 = 41;
/// Ids stay below 2^53, which JavaScript can count to.
const MOST_SORTS: u64 = (1 << 12) - 1;

/// Everything a consumer does, without I/O.
pub struct Client {
    rng: StdRng,
    account: Account,
    settings: Settings,
    wallet: Wallet,
    relays: Relays,
    market: Market,
    machine: WorkloadStateMachine,
    leases: Map<u32, Lease>,
    conducts: Map<u32, Conduct>,
    secrets: Map<u32, LeaseSecret>,
    experience: Map<ProviderKey, Experience>,
    deliveries: Map<OperationId, Delivery>,
    couriers: Couriers,
    known: Known,
    mint_list: MintList,
    mint_lines: MintLines,
    notices: Notices,
    outbox: Outbox,
    stored: Stored,
    observations: Vec<HeartbeatObservation>,
    /// Records that lose nothing by waiting: offers and home relays, which relays have too.
    lazy: Map<String, Option<String>>,
    lazy_since: u64,
    opening: Turn,
    online: bool,
    last_input: u64,
    last_tick: Option<u64>,
    /// When all providers of running leases were last judged.
    judged_at: Option<u64>,
    /// The places of the words that are asked for, from 1.
    quiz: Vec<usize>,
    scouting: Option<Scouting>,
    lookup: Option<Lookup>,
    /// How often something began that asks for itself, beside the wallet.
    sorts: u64,
    revisions: Map<View, u32>,
}

impl fmt::Debug for Client {
    /// Tells nothing of what is in it: most of that is money.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("wallet", &self.wallet)
            .field("leases", &self.leases.len())
            .field("providers", &self.market.listings.len())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens the client from all records of the store; an empty store makes a new phrase. `entropy` must come from the
    /// platform's secure generator, anew each time. Call [`Client::start`] next.
    ///
    /// # Errors
    /// [`ErrorCode::Store`] when records are damaged or of a newer version, [`ErrorCode::Locked`] when they are sealed.
    /// Nothing was changed.
    pub fn open(now: u64, records: &BTreeMap<String, String>, entropy: [u8; 32]) -> Result<Self, Error> {
        Self::open_stored(now, Stored::open(records, None)?, entropy)
    }

    /// As [`Client::open`], with the key of the passphrase that the records may be sealed with.
    ///
    /// # Errors
    /// As [`Client::open`], and [`ErrorCode::WrongPassphrase`].
    pub fn open_sealed(
        now: u64,
        records: &BTreeMap<String, String>,
        entropy: [u8; 32],
        key: &PassKey,
    ) -> Result<Self, Error> {
        Self::open_stored(now, Stored::open(records, Some(key))?, entropy)
    }

    /// An empty wallet with a new phrase, whose first commit takes the place of all records. Whoever calls this has asked the
    /// person: what was stored is gone.
    ///
    /// # Errors
    /// None today.
    pub fn open_anew(now: u64, records: &BTreeMap<String, String>, entropy: [u8; 32]) -> Result<Self, Error> {
        let (stored, cleared) = Stored::cleared(records);
        let mut client = Self::open_stored(now, stored, entropy)?;
        client.opening.written = cleared;
        Ok(client)
    }

    fn open_stored(now: u64, stored: Stored, entropy: [u8; 32]) -> Result<Self, Error> {
        let records = &stored.plain()?;
        let mut rng = StdRng::from_seed(entropy);
        let mut opening = Turn::default();
        let mut phrase_entropy = [0; 16];
        rng.fill_bytes(&mut phrase_entropy);
        let account = Account::open(records, &mut opening, phrase_entropy)?;
        let settings = Settings::open(records)?;
        let wallet = Wallet::open(*account.phrase.seed().expose(), records)?;
        let mut leases = Map::new();
        for (_, text) in records.range("lease/".to_owned().."lease0".to_owned()) {
            let lease: Lease = settings::read(text)?;
            settings::check_version(lease.version)?;
            if lease.account == 0 || lease.account >= 1 << 31 {
                return Err(settings::unreadable("a lease names an impossible account"));
            }
            leases.insert(lease.account, lease);
        }
        if let Some(last) = leases.keys().next_back()
            && *last >= account.next_lease
        {
            return Err(settings::unreadable("a lease uses an account that was never counted"));
        }
        let conducts = leases.keys().map(|account| (*account, Conduct::after_restart())).into_map();
        let mut client = Self {
            rng,
            account,
            relays: Relays::new(SLEEP_SECS.min(settings.quorum.t1_secs)),
            machine: WorkloadStateMachine::new(settings.quorum),
            settings,
            wallet,
            market: Market::open(records),
            leases,
            conducts,
            secrets: Map::new(),
            experience: Experience::open(records)?,
            deliveries: deliver::open(records)?,
            couriers: Couriers::default(),
            known: Known::default(),
            mint_list: MintList::open(records)?,
            mint_lines: MintLines::default(),
            notices: Notices::default(),
            outbox: Outbox::default(),
            stored,
            observations: Vec::new(),
            lazy: Map::new(),
            lazy_since: 0,
            opening,
            online: true,
            last_input: now,
            last_tick: None,
            judged_at: None,
            quiz: Vec::new(),
            scouting: None,
            lookup: None,
            sorts: 0,
            revisions: Map::new(),
        };
        for url in client.settings.relays.clone() {
            client.relays.add(LineKey { url, lease: None });
        }
        Ok(client)
    }

    /// Begins: opens relays, goes on with every operation and lease where it stood.
    pub fn start(&mut self, now: u64) -> Vec<Effect> {
        let mut turn = std::mem::take(&mut self.opening);
        self.last_input = now;
        self.machine.set_observing(now, false);
        self.resume_watching(now);
        let step = self.wallet.wake(now);
        self.take(now, &mut turn, step);
        self.finish(now, turn)
    }

    /// Takes what the world reports.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Effect> {
        let mut turn = Turn::default();
        self.notice_sleep(now, &mut turn);
        let mut effects = Vec::new();
        match input {
            Input::Committed { commit } => effects = self.outbox.committed(commit),
            Input::CommitFailed { reason, .. } => {
                self.outbox.failed(&reason);
                turn.changed.insert(View::Settings);
            }
            Input::SocketOpened { socket } if self.courier_opened(&mut turn, socket) => {}
            Input::SocketOpened { socket } if self.mint_line_opened(now, socket) => {}
            Input::SocketOpened { socket } => match self.relays.opened(now, &mut turn, socket) {
                Opened::Line(key) => self.subscribe(now, &mut turn, &key),
                Opened::Stranger => turn.at_once.push(Effect::CloseSocket { socket }),
            },
            Input::SocketClosed { socket, ref reason } if self.courier_closed(&mut turn, socket, reason) => {}
            Input::SocketClosed { socket, .. } if self.mint_line_closed(now, socket) => {}
            Input::SocketClosed { socket, reason } => {
                if let Some(key) = self.relays.closed(now, &mut turn, &mut self.rng, socket, &reason) {
                    self.line_closed(&key);
                }
            }
            Input::Frame { socket, ref text } if self.courier_heard(&mut turn, socket, text) => {}
            Input::Frame { socket, ref text } if self.mint_line_heard(now, &mut turn, socket, text) => {}
            Input::Frame { socket, text } => self.frame(now, &mut turn, socket, &text),
            Input::Answered { request, status, body } => {
                self.answered(now, &mut turn, request, Answer::Response { status, body });
            }
            Input::Later { request, status, secs } => {
                self.answered(now, &mut turn, request, Answer::Later { status, secs });
            }
            Input::Unanswered { request, reason } => self.answered(now, &mut turn, request, Answer::Nothing { reason }),
            Input::Wake | Input::Visibility { .. } => {}
            Input::Network { online } => {
                self.online = online;
                if online {
                    self.relays.hurry();
                    self.mint_lines.hurry();
                }
            }
        }
        effects.extend(self.finish(now, turn));
        effects
    }

    /// When to call [`Client::handle`] with [`Input::Wake`] at the latest, in Unix seconds.
    #[must_use]
    pub fn next_wake(&self) -> Option<u64> {
        if self.outbox.problem().is_some() {
            return None;
        }
        let tick = self.is_watching().then(|| self.last_input.saturating_add((self.relays.patience / 3).clamp(1, 15)));
        let lazy = (!self.lazy.is_empty()).then(|| self.lazy_since.saturating_add(LAZY_SECS));
        let scout = self.scouting.as_ref().and_then(Scouting::next_wake);
        [
            self.relays.next_wake(),
            self.wallet.next_wake(),
            scout,
            self.next_lease_wake(),
            self.next_courier_wake(),
            self.mint_lines.next_wake(),
            tick,
            lazy,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    // ---- intents: relays and settings ----

    /// Adds a relay and connects to it.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRelayUrl`], [`ErrorCode::Store`].
    pub fn add_relay(&mut self, now: u64, url: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let url: RelayUrl = url.parse()?;
        let mut turn = Turn::default();
        if self.settings.relays.insert(url.clone()) {
            self.settings.save(&mut turn);
            self.relays.add(LineKey { url, lease: None });
            turn.changed.insert(View::Settings);
        }
        Ok(self.finish(now, turn))
    }

    /// Forgets a relay.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidQuorum`] when fewer relays would be left than must agree, [`ErrorCode::NotFound`],
    /// [`ErrorCode::InvalidRelayUrl`], [`ErrorCode::Store`].
    pub fn remove_relay(&mut self, now: u64, url: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let url: RelayUrl = url.parse()?;
        if !self.settings.relays.contains(&url) {
            return Err(Error::new(ErrorCode::NotFound, format!("{url} is not one of your relays")));
        }
        let left = self.settings.relays.len() - 1;
        if left < usize::from(self.settings.quorum.m) && self.settings.quorum.m > 1 {
            return Err(Error::new(
                ErrorCode::InvalidQuorum,
                format!(
                    "{} relays must agree, but only {left} would be left; lower that number first",
                    self.settings.quorum.m
                ),
            ));
        }
        let mut turn = Turn::default();
        self.settings.relays.remove(&url);
        self.settings.save(&mut turn);
        let keys: Vec<_> = self.relays.lines().map(|(key, _)| key).filter(|key| key.url == url).cloned().collect();
        for key in keys {
            self.relays.remove(&mut turn, &key);
        }
        turn.changed.insert(View::Settings);
        Ok(self.finish(now, turn))
    }

    /// Changes how many relays must have heard a provider and how long silence may last.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidQuorum`] with the reason, [`ErrorCode::Store`].
    pub fn set_quorum(&mut self, now: u64, quorum: QuorumConfig) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        self.settings.set_quorum(quorum)?;
        let mut turn = Turn::default();
        self.settings.save(&mut turn);
        self.relays.patience = SLEEP_SECS.min(quorum.t1_secs);
        self.resume_watching(now);
        turn.changed.extend([View::Settings, View::Leases]);
        Ok(self.finish(now, turn))
    }

    /// The recovery phrase: twelve words that bring everything back. Show it only when asked.
    #[must_use]
    pub fn phrase(&self) -> &str {
        self.account.phrase.words()
    }

    // ---- intents: leases ----

    /// Says what an order would cost and everything that speaks against it.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`], [`ErrorCode::InvalidProvider`], [`ErrorCode::InvalidMintUrl`] for what is no order.
    pub fn quote(&self, now: u64, order: &Order) -> Result<Quote, Error> {
        self.judge(now, order).map(|(quote, _)| quote)
    }

    fn judge(&self, now: u64, order: &Order) -> Result<(Quote, Option<order::Eligible>), Error> {
        let provider = crate::protocol::provider_from_text(&order.provider)?;
        let none = Experience::default();
        let around = Surroundings {
            now,
            listing: self.market.listing(&provider),
            wallet: &self.wallet,
            experience: self.experience.get(&provider).unwrap_or(&none),
            relay_connected: self.relays.any_connected(now),
            store_problem: self.outbox.problem(),
        };
        order::quote(order, &around)
    }

    // ---- the way of one call ----

    fn usable(&self) -> Result<(), Error> {
        match self.outbox.problem() {
            Some(problem) => Err(Error::new(ErrorCode::Store, problem)),
            None => Ok(()),
        }
    }

    fn step(&mut self, now: u64, step: Step) -> Vec<Effect> {
        let mut turn = Turn::default();
        self.take(now, &mut turn, step);
        self.finish(now, turn)
    }

    fn answered(&mut self, now: u64, turn: &mut Turn, request: u64, answer: Answer) {
        if self.post_answered(turn, request, &answer) {
            return;
        }
        let (sort, id) = (request >> SORT_BITS, RequestId(request & ((1 << SORT_BITS) - 1)));
        if sort == 0 {
            let step = self.wallet.answered(now, id, answer);
            self.take(now, turn, step);
        } else if self.scouting.as_ref().is_some_and(|scouting| scouting.sort == sort) {
            self.scout_answered(now, turn, id, answer);
        } else if self.lookup.as_ref().is_some_and(|lookup| lookup.sort == sort && lookup.awaits(id.0)) {
            self.address_answered(now, turn, answer);
        }
    }

    /// Marks the requests of something that begins, so that no answer is taken for another's.
    fn next_sort(&mut self) -> u64 {
        self.sorts = self.sorts % MOST_SORTS + 1;
        self.sorts
    }

    /// Makes a step of the wallet part of this turn.
    fn take(&mut self, now: u64, turn: &mut Turn, step: Step) {
        if step.is_empty() {
            return;
        }
        turn.changed.insert(View::Wallet);
        turn.records.extend(step.records);
        turn.held.extend(step.requests.into_iter().map(|request| Effect::fetch(0, request)));
        for event in step.events {
            self.wallet_event(now, turn, event);
        }
    }

    fn wallet_event(&mut self, now: u64, turn: &mut Turn, event: WalletEvent) {
        use WalletEvent as E;
        match &event {
            E::TokenReady { op, purpose: Purpose::Person } => self.deliver(now, turn, *op),
            E::TokenSpent { op } | E::Reclaimed { op, .. } | E::ReclaimFoundSpent { op } | E::Failed { op, .. } => {
                self.delivery_over(turn, *op)
            }
            E::MintReady(_)
            | E::MintTrouble { .. }
            | E::UsedElsewhere { .. }
            | E::Issued { .. }
            | E::Received { .. }
            | E::TokenReady { purpose: Purpose::Lease(_), .. }
            | E::TokenUnspent { .. }
            | E::TokenPending { .. }
            | E::PayQuoted { .. }
            | E::Paid { .. }
            | E::Released { .. }
            | E::Restored { .. }
            | E::Quarantined { .. } => {}
        }
        match event {
            E::MintTrouble { mint, text } | E::UsedElsewhere { mint, text } => {
                self.notices.add(now, mint.as_str(), text);
                turn.changed.insert(View::Notices);
            }
            E::TokenReady { op, purpose: Purpose::Lease(_) } => {
                self.for_lease_of(op, |c, a| c.token_ready(now, turn, a))
            }
            E::TokenSpent { op } => self.for_lease_of(op, |c, a| c.token_spent(now, turn, a)),
            E::TokenUnspent { op } => self.for_lease_of(op, |c, a| c.token_unspent(now, turn, a)),
            E::TokenPending { op } => self.for_lease_of(op, |c, a| c.token_pending(now, a)),
            E::Reclaimed { op, amount, .. } => {
                self.for_lease_of(op, |c, a| c.token_returned(now, turn, a, amount.to_sat_ceil()))
            }
            E::ReclaimFoundSpent { op } => self.for_lease_of(op, |c, a| c.token_spent(now, turn, a)),
            E::Failed { op, text } => self.for_lease_of(op, |c, a| c.token_failed(now, turn, a, &text)),
            E::MintReady(_)
            | E::Issued { .. }
            | E::Received { .. }
            | E::PayQuoted { .. }
            | E::Paid { .. }
            | E::Quarantined { .. }
            | E::Restored { .. }
            | E::Released { .. }
            | E::TokenReady { purpose: Purpose::Person, .. } => {}
        }
    }

    fn lease_of(&self, operation: OperationId) -> Option<u32> {
        self.leases.values().find(|lease| lease.operation == operation).map(|lease| lease.account)
    }

    fn for_lease_of(&mut self, operation: OperationId, act: impl FnOnce(&mut Self, u32)) {
        if let Some(account) = self.lease_of(operation) {
            act(self, account);
        }
    }

    /// A suspended device runs no code beforehand, so the span it slept is declared blind afterwards.
    fn notice_sleep(&mut self, now: u64, turn: &mut Turn) {
        if now > self.last_input.saturating_add(self.relays.patience) {
            self.machine.set_observing(self.last_input, false);
            self.relays.slept(now, turn);
            self.hang_up_on_mints(now, turn);
            turn.changed.insert(View::Leases);
        }
        if now < self.last_input {
            self.relays.hurry();
            self.mint_lines.hurry();
        }
        if now.saturating_add(SET_BACK_SECS) < self.last_input {
            self.wallet.clock_was_set_back(now);
        }
        self.last_input = now;
    }

    /// Everything that is due, then what may leave.
    fn finish(&mut self, now: u64, mut turn: Turn) -> Vec<Effect> {
        if self.outbox.problem().is_none() {
            self.relays.drive(now, &mut turn, &mut self.rng);
            self.drive_couriers(now, &mut turn);
            if self.wallet.next_wake().is_some_and(|at| at <= now) {
                let step = self.wallet.wake(now);
                self.take(now, &mut turn, step);
            }
            self.wake_scout(now, &mut turn);
            self.watch(now, &mut turn);
            self.drive_leases(now, &mut turn);
            self.drive_mint_list(now, &mut turn);
            self.drive_mint_lines(now, &mut turn);
            self.write_lazily(now, &mut turn);
            if self.market.has_unread() {
                self.market.read_stored();
                turn.changed.insert(View::Market);
                if self.market.has_unread() {
                    turn.at_once.push(Effect::Continue);
                }
            }
        }
        for view in turn.changed.iter() {
            let revision = self.revisions.entry(*view).or_default();
            *revision = revision.wrapping_add(1);
        }
        turn.records = self.stored.write(turn.records, &mut self.rng);
        self.outbox.post(turn)
    }

    fn later(&mut self, now: u64, records: Vec<RecordChange>) {
        if self.lazy.is_empty() {
            self.lazy_since = now;
        }
        self.lazy.extend(records.into_iter().map(|record| (record.key, record.value)));
    }

    fn write_lazily(&mut self, now: u64, turn: &mut Turn) {
        let due = now.saturating_sub(self.lazy_since) >= LAZY_SECS || self.lazy.len() >= LAZY_MOST;
        if !self.lazy.is_empty() && (due || !turn.records.is_empty()) {
            for (key, value) in std::mem::take(&mut self.lazy) {
                turn.change(key, value);
            }
        }
    }

    fn save_lease(&mut self, turn: &mut Turn, account: u32) {
        if let Some(lease) = self.leases.get(&account) {
            turn.put(Lease::key(account), lease);
            turn.changed.insert(View::Leases);
        }
    }

    fn secret(&mut self, account: u32) -> LeaseSecret {
        self.secrets
            .entry(account)
            .or_insert_with(|| {
                self.account.phrase.lease_secret(account).expect("accounts are checked where they are read and made")
            })
            .clone()
    }
}

fn request_of(sort: u64, id: u64) -> u64 {
    (sort << SORT_BITS) | id
}
