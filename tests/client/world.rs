//! The simulated world: a client with a store, three relays, a mint and a provider, on one clock. Everything that can go
//! wrong goes wrong where [`Faults`] says, and is counted there.

use std::collections::{BTreeMap, VecDeque};

use nostr::key::{Keys, PublicKey, SecretKey};
use paygress::client::{Client, Effect, Input, LeaseView, MarketQuery, Order, Quote};
use paygress::durable_workload::QuorumConfig;
use paygress::keys::Phrase;
use paygress::model::Sat;
use paygress::vault::{PassKey, Recipe, SEAL, Vault};
use paygress::wallet::{Answer, Step, Wallet};
use paygress_support::mint::{KeysetVersion, Listener, Mint, MintConfig};
use paygress_support::provider::{MintAnswer, Provider, ProviderConfig, ProviderStep, nip04_open};

use super::faults::{Faults, OnCommit, OnFetch, OnSend};
use super::relay::Relay;

pub(crate) const MINT: &str = "http://127.0.0.1:3338";
const MINT_LINE: &str = "ws://127.0.0.1:3338/v1/ws";
/// Where somebody takes payments.
pub(crate) const SHOP: &str = "https://shop.example/pay?order=7";
pub(crate) const START: u64 = 1_800_000_000;
const BEAT_SECS: u64 = 60;

/// Somebody's server that takes payments, and what it was sent.
pub(crate) struct Shop {
    pub(crate) listens: bool,
    pub(crate) answers: bool,
    pub(crate) status: u16,
    /// It asks to be left alone for so many seconds, with its status.
    pub(crate) pause: Option<u64>,
    pub(crate) bodies: Vec<String>,
    /// What it redeemed, after the fee.
    pub(crate) arrived: u64,
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) store: BTreeMap<String, String>,
    pub(crate) client: Client,
    pub(crate) mint: Mint,
    pub(crate) mint_up: bool,
    /// What changed the mint: when, method, path, body.
    pub(crate) mint_took: Vec<(u64, String, String, String)>,
    pub(crate) provider: Provider,
    pub(crate) provider_up: bool,
    /// Providers that only beat.
    pub(crate) bystanders: Vec<Provider>,
    /// How far the providers' clocks are ahead of the client's, in seconds.
    pub(crate) ahead: i64,
    pub(crate) relays: Vec<Relay>,
    pub(crate) faults: Faults,
    pub(crate) shop: Shop,
    /// The client is suspended: nothing reaches it until it wakes.
    pub(crate) asleep: bool,
    pub(crate) restarts: u8,
    /// What the store is sealed with; after a crash that came between two of them, one of these.
    pub(crate) passphrase: Option<&'static str>,
    pub(crate) may_be_sealed_with: Vec<&'static str>,
    /// Web servers that are no mint, by the beginning of what they are asked; nothing for one that does not answer.
    pub(crate) servers: BTreeMap<String, Option<(u16, String)>>,
    /// What those were asked.
    pub(crate) asked: Vec<String>,
    /// Ecash of other phrases that did not come into the wallet yet.
    pub(crate) elsewhere: u64,
    pub(crate) erased: bool,
    /// Who listens to the mint.
    pub(crate) listeners: BTreeMap<u32, Listener>,
    /// The mint takes new listeners.
    pub(crate) mint_listens: bool,
    /// The mint forgets to tell them.
    pub(crate) mint_is_mute: bool,
    /// The mint asks to be left alone for so many seconds, whatever it is asked.
    pub(crate) mint_pauses: Option<u64>,
    /// How often it did.
    pub(crate) put_off: usize,
    /// How many lines to the mint were asked for.
    pub(crate) lines_to_mint: usize,
    sockets: BTreeMap<u32, usize>,
    inbox: VecDeque<(u64, Input)>,
    next_beat: u64,
    crashed: bool,
}

impl World {
    /// A world whose mint speaks keysets of version 1, which every provider can redeem.
    pub(crate) fn new() -> Self {
        Self::with(
            MintConfig { keyset_version: KeysetVersion::V1, url: MINT.to_owned(), ..MintConfig::default() },
            ProviderConfig::default(),
        )
    }

    pub(crate) fn with(mint: MintConfig, provider: ProviderConfig) -> Self {
        let store = BTreeMap::new();
        let client = Client::open(START, &store, [1; 32]).expect("an empty store opens");
        let mut mint = Mint::new(mint);
        mint.auto_pay = true;
        let provider = Provider::new(START, ProviderConfig { mints: vec![MINT.to_owned()], ..provider });
        let relays = ["wss://one", "wss://two", "wss://three"].map(Relay::new).into();
        let mut world = Self {
            now: START,
            store,
            client,
            mint,
            mint_up: true,
            mint_took: Vec::new(),
            provider,
            provider_up: true,
            bystanders: Vec::new(),
            ahead: 0,
            relays,
            faults: Faults::default(),
            shop: Shop { listens: true, answers: true, status: 200, pause: None, bodies: Vec::new(), arrived: 0 },
            asleep: false,
            restarts: 0,
            passphrase: None,
            may_be_sealed_with: Vec::new(),
            servers: BTreeMap::new(),
            asked: Vec::new(),
            elsewhere: 0,
            erased: false,
            listeners: BTreeMap::new(),
            mint_listens: true,
            mint_is_mute: false,
            mint_pauses: None,
            put_off: 0,
            lines_to_mint: 0,
            sockets: BTreeMap::new(),
            inbox: VecDeque::new(),
            next_beat: START,
            crashed: false,
        };
        let offer = world.provider.offer(world.now);
        world.spread(&offer);
        let effects = world.client.start(world.now);
        world.perform(effects);
        for url in ["wss://one", "wss://two", "wss://three"] {
            world.act(|client, now| client.add_relay(now, url).map(|effects| ((), effects)));
        }
        world.act(|client, now| client.add_mint(now, MINT).map(|effects| ((), effects)));
        world.run(5);
        world
    }

    /// A world with so much money in the wallet, and the provider heard.
    pub(crate) fn with_money(sat: u64) -> Self {
        let mut world = Self::new();
        world.fill(sat);
        world
    }

    pub(crate) fn fill(&mut self, sat: u64) {
        self.fill_up(sat);
        assert_eq!(self.spendable(), sat, "the invoice is paid and minted");
    }

    /// Adds to the money in the wallet.
    pub(crate) fn fill_up(&mut self, sat: u64) {
        self.act(|client, now| client.issue(now, MINT, Sat::new(sat)));
        self.run(60);
    }

    /// Calls an intent, performs its effects, returns its value.
    pub(crate) fn act<T>(
        &mut self,
        intent: impl FnOnce(&mut Client, u64) -> Result<(T, Vec<Effect>), paygress::Error>,
    ) -> T {
        let (value, effects) = intent(&mut self.client, self.now).expect("the intent is allowed");
        self.perform(effects);
        value
    }

    pub(crate) fn order(&self, secs: u64) -> Order {
        Order {
            provider: self.provider.public_key(),
            tier: "basic".to_owned(),
            image: Some("ubuntu:22.04".to_owned()),
            template: None,
            duration_secs: secs,
            mint: None,
        }
    }

    pub(crate) fn quote(&self, secs: u64) -> Quote {
        self.client.quote(self.now, &self.order(secs)).expect("this is an order")
    }

    /// Whether the market shows the provider to somebody who looks only for those that the wallet can pay.
    pub(crate) fn is_payable(&self) -> bool {
        let query = MarketQuery { payable_only: true, ..MarketQuery::default() };
        self.client.market(self.now, &query).total == 1
    }

    pub(crate) fn rent(&mut self, secs: u64) -> String {
        let quote = self.quote(secs);
        assert!(quote.possible, "{:?}", quote.reasons);
        self.act(|client, now| client.rent(now, &quote))
    }

    pub(crate) fn lease(&self) -> LeaseView {
        self.client.leases(self.now).leases.into_iter().next().expect("a lease was rented")
    }

    pub(crate) fn quorum(&mut self, quorum: QuorumConfig) {
        self.act(|client, now| client.set_quorum(now, quorum).map(|effects| ((), effects)));
    }

    /// What the wallet can spend now.
    pub(crate) fn spendable(&self) -> u64 {
        self.client.wallet().wallet.total.get()
    }

    /// Everything the wallet counts as its own.
    pub(crate) fn in_wallet(&self) -> u64 {
        let wallet = self.client.wallet().wallet;
        let of = |mint: &paygress::wallet::MintView| {
            [mint.spendable, mint.reserved, mint.handed_out, mint.unclaimed, mint.quarantined]
                .into_iter()
                .map(Sat::get)
                .sum::<u64>()
        };
        wallet.mints.iter().map(of).sum()
    }

    /// Money is neither made nor lost: every term by somebody else's ledger. While a request is on its way the wallet
    /// cannot know yet what of the reserved money already became a fee; it never counts too little.
    pub(crate) fn check_books(&self, when: &str) {
        let came_in = self.mint.issued();
        let (fees, paid_out) = (self.mint.fees(), self.provider.paid_out());
        let reserved: u64 = self.client.wallet().wallet.mints.iter().map(|mint| mint.reserved.get()).sum();
        let total = self.in_wallet() + fees + paid_out + self.elsewhere + self.shop.arrived;
        assert!(
            (came_in..=came_in + reserved).contains(&total),
            "{when}: wallet {} + fees {fees} + paid out {paid_out} is not {came_in}, of which {reserved} are reserved; lease {:?}; mints {:?}",
            self.in_wallet(),
            self.client.leases(self.now).leases.first().map(|lease| (&lease.state, &lease.sentence, &lease.journal)),
            self.client.wallet().wallet.mints,
        );
    }

    // ---- time ----

    /// What the clocks of providers say.
    pub(crate) fn there(&self) -> u64 {
        self.now.saturating_add_signed(self.ahead)
    }

    /// Lets so many seconds pass, one event at a time.
    pub(crate) fn run(&mut self, secs: u64) {
        let end = self.now + secs;
        loop {
            self.deliver();
            while self.mint_tells() {
                self.deliver();
            }
            let next = [
                self.client.next_wake().filter(|_| !self.asleep),
                self.inbox.iter().map(|(at, _)| *at).min().filter(|_| !self.asleep),
                self.provider_up.then(|| self.provider.next_wake().saturating_add_signed(-self.ahead)),
                self.provider_up.then_some(self.next_beat),
            ];
            let next = next.into_iter().flatten().min().unwrap_or(end).max(self.now + 1);
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            self.beat();
            if self.provider_up {
                let steps = self.provider.tick(self.there());
                self.provider_does(steps);
            }
            if !self.asleep {
                self.input(Input::Wake);
            }
        }
    }

    /// The client's device sleeps for so long: the world goes on, frames queue up.
    pub(crate) fn sleep(&mut self, secs: u64) {
        self.asleep = true;
        self.run(secs);
        self.asleep = false;
    }

    fn beat(&mut self) {
        if self.provider_up && self.now >= self.next_beat {
            self.next_beat = self.now + BEAT_SECS;
            let there = self.there();
            let beats = |provider: &mut Provider| provider.heartbeats(there);
            let events: Vec<_> =
                beats(&mut self.provider).into_iter().chain(self.bystanders.iter_mut().flat_map(beats)).collect();
            for event in events {
                self.spread(&event);
            }
        }
    }

    /// Hands over everything that is due, until nothing is left.
    pub(crate) fn deliver(&mut self) {
        self.deliver_until(|_| false);
    }

    /// Hands over what is due, one by one, until this holds or nothing is left.
    pub(crate) fn deliver_until(&mut self, holds: impl Fn(&Self) -> bool) {
        while !self.asleep
            && !holds(self)
            && let Some(at) = self.inbox.iter().position(|(at, _)| *at <= self.now)
            && let Some((_, input)) = self.inbox.remove(at)
        {
            self.input(input);
        }
    }

    /// Hands over the first that is due, if there is any.
    pub(crate) fn deliver_one(&mut self) {
        if let Some(at) = self.inbox.iter().position(|(at, _)| *at <= self.now)
            && let Some((_, input)) = self.inbox.remove(at)
        {
            self.input(input);
        }
    }

    fn input(&mut self, input: Input) {
        let effects = self.client.handle(self.now, input);
        self.perform(effects);
    }

    // ---- effects ----

    pub(crate) fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Commit { commit, records } => match self.faults.on_commit() {
                    OnCommit::CrashBefore => self.crashed = true,
                    fault @ (OnCommit::Works | OnCommit::CrashAfter) => {
                        for record in records {
                            match record.value {
                                Some(value) => self.store.insert(record.key, value),
                                None => self.store.remove(&record.key),
                            };
                        }
                        if fault == OnCommit::CrashAfter {
                            self.crashed = true;
                        } else {
                            self.inbox.push_back((self.now, Input::Committed { commit }));
                        }
                    }
                },
                Effect::OpenSocket { socket, url } => self.open_socket(socket, &url),
                Effect::CloseSocket { socket } => {
                    self.listeners.remove(&socket);
                    if let Some(relay) = self.sockets.remove(&socket) {
                        self.relays[relay].forget(socket);
                    }
                }
                Effect::SendText { socket, text } => self.send(socket, &text),
                Effect::Fetch { request, method, url, body, .. } => {
                    self.fetch(request, method, &url, body.as_deref().unwrap_or_default());
                }
                Effect::Erase => {
                    self.store.clear();
                    self.erased = true;
                }
                Effect::Changed { .. } => {}
                Effect::Continue => self.inbox.push_back((self.now, Input::Wake)),
            }
            if self.crashed {
                return self.restart();
            }
        }
    }

    /// The browser process dies and is opened again: memory, sockets and unread answers are gone.
    pub(crate) fn restart(&mut self) {
        self.crashed = false;
        self.restarts += 1;
        for relay in &mut self.relays {
            relay.forget_all();
        }
        self.sockets.clear();
        self.listeners.clear();
        self.inbox.clear();
        let entropy = [self.restarts.wrapping_add(1); 32];
        self.client = match self.key() {
            None => Client::open(self.now, &self.store, entropy),
            Some(key) => Client::open_sealed(self.now, &self.store, entropy, &key),
        }
        .expect("what was written can be read");
        let effects = self.client.start(self.now);
        self.perform(effects);
    }

    /// The key of the store's passphrase, whichever it is.
    fn key(&self) -> Option<PassKey> {
        let seal = self.store.get(SEAL)?;
        let recipe = Recipe::read(seal).expect("a seal");
        let keys = self.may_be_sealed_with.iter().map(|words| recipe.derive(words).expect("long enough"));
        Some(keys.into_iter().find(|key| Vault::open(seal, key).is_ok()).expect("one of the passphrases"))
    }

    /// What is stored, by its own names.
    pub(crate) fn plain(&self) -> BTreeMap<String, String> {
        let Some(key) = self.key() else { return self.store.clone() };
        let vault = Vault::open(&self.store[SEAL], &key).expect("its key");
        vault.records(&mut self.store.iter()).expect("all of it is whole")
    }

    fn open_socket(&mut self, socket: u32, url: &str) {
        if url == MINT_LINE {
            self.lines_to_mint += 1;
            let input = if self.mint_up && self.mint_listens {
                self.listeners.insert(socket, Listener::default());
                Input::SocketOpened { socket }
            } else {
                Input::SocketClosed { socket, reason: "connection refused".to_owned() }
            };
            return self.inbox.push_back((self.now, input));
        }
        let relay = self.relays.iter().position(|relay| relay.url == url).expect("only these relays were added");
        let input = if self.relays[relay].up {
            self.sockets.insert(socket, relay);
            Input::SocketOpened { socket }
        } else {
            Input::SocketClosed { socket, reason: "connection refused".to_owned() }
        };
        self.inbox.push_back((self.now, input));
    }

    fn send(&mut self, socket: u32, text: &str) {
        if let Some(listener) = self.listeners.get_mut(&socket) {
            let text = listener.take(text);
            return self.inbox.push_back((self.now, Input::Frame { socket, text }));
        }
        let Some(relay) = self.sockets.get(&socket).copied() else { return };
        let is_event = text.starts_with("[\"EVENT\"");
        let fault = if is_event { self.faults.on_send() } else { OnSend::Works };
        let times = match fault {
            OnSend::Lost => 0,
            OnSend::Doubled => 2,
            OnSend::Works | OnSend::CrashAfter => 1,
        };
        if is_event {
            self.check_written(text);
        }
        for _ in 0..times {
            let passed_on = Relay::event_of(text)
                .is_some_and(|event| self.relays[relay].passes_on(socket, &event) || fault == OnSend::Doubled);
            for frame in self.relays[relay].take(socket, text) {
                self.inbox.push_back((self.now, Input::Frame { socket, text: frame }));
            }
            if is_event && passed_on {
                self.arrives(relay, text);
            }
        }
        if fault == OnSend::CrashAfter {
            self.crashed = true;
        }
    }

    /// Money leaves only in an event that is in the store already.
    fn check_written(&self, frame: &str) {
        let event = Relay::event_of(frame).expect("an event");
        let Some((id, _, text)) = self.opened(&event) else { return };
        assert!(
            !text.contains("cashu_token") || self.plain().values().any(|record| record.contains(&id)),
            "a payment left before it was written down"
        );
    }

    /// The id, author and text of a message to the provider.
    fn opened(&self, event: &str) -> Option<(String, PublicKey, String)> {
        let secret = SecretKey::from_slice(&self.provider.config().secret).expect("the provider's secret");
        nip04_open(&Keys::new(secret), event)
    }

    /// The orders that relays were given, each once: its id and its text.
    pub(crate) fn orders(&self) -> Vec<(String, String)> {
        let mut orders = Vec::new();
        for event in self.relays.iter().flat_map(Relay::messages) {
            if let Some((id, _, text)) = self.opened(&event)
                && text.contains("cashu_token")
                && orders.iter().all(|(known, _)| *known != id)
            {
                orders.push((id, text));
            }
        }
        orders
    }

    /// A published event reaches everybody who listens on that relay.
    fn arrives(&mut self, relay: usize, frame: &str) {
        let Some(event) = Relay::event_of(frame) else { return };
        self.fan_out(relay, &event);
        if self.provider_up && !self.relays[relay].silent {
            let steps = self.provider.request(self.there(), &event);
            self.provider_does(steps);
        }
    }

    fn fan_out(&mut self, relay: usize, event: &str) {
        for (socket, frame) in self.relays[relay].frames_for(event) {
            self.inbox.push_back((self.now, Input::Frame { socket, text: frame }));
        }
    }

    /// The provider publishes on all relays.
    fn spread(&mut self, event: &str) {
        for relay in 0..self.relays.len() {
            if self.relays[relay].store(event) {
                self.fan_out(relay, event);
            }
        }
    }

    fn provider_does(&mut self, steps: Vec<ProviderStep>) {
        for step in steps {
            match step {
                ProviderStep::Publish(event) => self.spread(&event),
                ProviderStep::Ask(call) => {
                    let answer = if self.mint_up {
                        let (status, body) = self.ask_mint(call.method, &call.path, &call.body);
                        MintAnswer::Response { status, body }
                    } else {
                        MintAnswer::Nothing("connection refused".to_owned())
                    };
                    let steps = self.provider.answered(self.there(), call.id, answer);
                    self.provider_does(steps);
                }
            }
        }
    }

    fn fetch(&mut self, request: u64, method: &str, url: &str, body: &str) {
        if url == SHOP {
            return self.post(request, method, body);
        }
        let lost = |reason: &str| Input::Unanswered { request, reason: reason.to_owned() };
        if let Some((_, answer)) = self.servers.iter().find(|(begin, _)| url.starts_with(begin.as_str())) {
            self.asked.push(url.to_owned());
            self.inbox.push_back(match answer.clone() {
                Some((status, body)) => (self.now, Input::Answered { request, status, body }),
                None => (self.now, lost("it may not allow web pages (CORS)")),
            });
            return;
        }
        let path = url.strip_prefix(MINT).filter(|_| self.mint_up).map(str::to_owned);
        let Some(path) = path else {
            self.inbox.push_back((self.now, lost("connection refused")));
            return;
        };
        if let Some(secs) = self.mint_pauses {
            self.put_off += 1;
            return self.inbox.push_back((self.now, Input::Later { request, status: 429, secs }));
        }
        let (method, body) = (method.to_owned(), body.to_owned());
        self.answer(request, |world| world.ask_mint(&method, &path, &body));
    }

    fn ask_mint(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        if method == "POST" && !matches!(path, "/v1/checkstate" | "/v1/restore") {
            self.mint_took.push((self.now, method.to_owned(), path.to_owned(), body.to_owned()));
        }
        self.mint.handle(self.now, method, path, body)
    }

    /// What comes back of a request, and how often it arrives where it goes, by the fault that strikes it.
    fn answer(&mut self, request: u64, mut handle: impl FnMut(&mut Self) -> (u16, String)) {
        let lost = |reason: &str| Input::Unanswered { request, reason: reason.to_owned() };
        let fault = self.faults.on_fetch();
        let mut answer = || handle(self);
        let (delay, input) = match fault {
            OnFetch::RequestLost => (30, lost("timeout")),
            OnFetch::AnswerLost => {
                answer();
                (30, lost("timeout"))
            }
            OnFetch::Doubled => {
                answer();
                let (status, body) = answer();
                (0, Input::Answered { request, status, body })
            }
            OnFetch::Late => {
                let (status, body) = answer();
                (20, Input::Answered { request, status, body })
            }
            OnFetch::Truncated => {
                let (status, body) = answer();
                let half = body.chars().take(body.chars().count() / 2).collect();
                (0, Input::Answered { request, status, body: half })
            }
            OnFetch::Garbled => {
                answer();
                (0, Input::Answered { request, status: 200, body: "{\"states\":7,\"signatures\":{}}".to_owned() })
            }
            OnFetch::ServerError => {
                answer();
                (0, Input::Answered { request, status: 502, body: "<html>bad gateway</html>".to_owned() })
            }
            OnFetch::RateLimited => (0, Input::Answered { request, status: 429, body: String::new() }),
            OnFetch::Works | OnFetch::CrashAfter => {
                let (status, body) = answer();
                (0, Input::Answered { request, status, body })
            }
        };
        if fault == OnFetch::CrashAfter {
            self.crashed = true;
        } else {
            self.inbox.push_back((self.now + delay, input));
        }
    }

    /// A payment leaves only when its bytes are in the store.
    fn post(&mut self, request: u64, method: &str, body: &str) {
        let escaped = serde_json::to_string(body).expect("text serialises");
        let written = self.store.values().any(|record| record.contains(&escaped));
        assert!(method == "POST" && written, "a payment left before it was written down");
        if let Some(secs) = self.shop.pause {
            let status = self.shop.status;
            return self.inbox.push_back((self.now, Input::Later { request, status, secs }));
        }
        if self.shop.listens && self.shop.answers {
            let body = body.to_owned();
            return self.answer(request, |world| {
                world.shop.bodies.push(body.clone());
                (world.shop.status, String::new())
            });
        }
        if self.shop.listens {
            self.shop.bodies.push(body.to_owned());
        }
        self.inbox.push_back((self.now + 30, Input::Unanswered { request, reason: "timeout".to_owned() }));
    }

    /// The shop redeems what it was sent.
    pub(crate) fn shop_redeems(&mut self, which: usize) {
        let body: serde_json::Value = serde_json::from_str(&self.shop.bodies[which]).expect("a payment is JSON");
        self.redeem(body["proofs"].as_array().expect("proofs"));
    }

    pub(crate) fn redeem(&mut self, proofs: &[serde_json::Value]) {
        let named: Vec<serde_json::Value> = proofs
            .iter()
            .map(|proof| {
                serde_json::json!({"keyset": proof["id"], "amount": proof["amount"], "secret": proof["secret"], "c": proof["C"]})
            })
            .collect();
        self.shop.arrived += self.mint.redeem_proofs(&named).expect("good proofs");
    }

    /// A relay sends this text on its socket.
    pub(crate) fn inject(&mut self, relay: usize, text: String) {
        let socket = self.sockets.iter().find(|(_, of)| **of == relay).map(|(socket, _)| *socket);
        let socket = socket.expect("the relay is connected");
        self.inbox.push_back((self.now, Input::Frame { socket, text }));
        self.deliver();
    }

    /// Ecash of a phrase that is not this wallet's, at the mint.
    pub(crate) fn others_hold(&mut self, words: &str, sat: u64) {
        let seed = Phrase::parse(words).expect("twelve words").seed();
        let mut other = Wallet::open(*seed.expose(), &BTreeMap::new()).expect("an empty store opens");
        let mint = MINT.parse().expect("a mint's address");
        let step = other.restore(self.now, mint).expect("a mint can be added").1;
        self.drive(&mut other, step);
        let step =
            other.issue(self.now, &MINT.parse().expect("a mint's address"), Sat::new(sat)).expect("it is ready").1;
        self.drive(&mut other, step);
        assert_eq!(other.view().total, Sat::new(sat));
        self.elsewhere += sat;
    }

    fn drive(&mut self, wallet: &mut Wallet, step: Step) {
        let mut queue = VecDeque::from(step.requests);
        let mut now = self.now;
        while now < self.now + 600 {
            let Some(request) = queue.pop_front() else {
                now = wallet.next_wake().map_or(u64::MAX, |at| at.max(now));
                queue.extend(wallet.wake(now.min(self.now + 600)).requests);
                continue;
            };
            let body = request.body.as_deref().unwrap_or_default();
            let (status, body) = self.mint.handle(now, request.method.as_str(), &request.path, body);
            queue.extend(wallet.answered(now, request.id, Answer::Response { status, body }).requests);
        }
    }

    /// The mint says what changed to those who listen. True if there was anything.
    fn mint_tells(&mut self) -> bool {
        let before = self.inbox.len();
        if self.mint_is_mute || self.asleep {
            return false;
        }
        for (socket, listener) in &mut self.listeners {
            for text in listener.news(&self.mint) {
                self.inbox.push_back((self.now, Input::Frame { socket: *socket, text }));
            }
        }
        self.inbox.len() > before
    }

    // ---- switches ----

    /// The mint says this to everybody who listens.
    pub(crate) fn mint_says(&mut self, text: &str) {
        for socket in self.listeners.keys() {
            self.inbox.push_back((self.now, Input::Frame { socket: *socket, text: text.to_owned() }));
        }
    }

    /// The mint hangs up on everybody who listens.
    pub(crate) fn cut_listeners(&mut self) {
        for socket in std::mem::take(&mut self.listeners).into_keys() {
            self.inbox.push_back((self.now, Input::SocketClosed { socket, reason: "gone".to_owned() }));
        }
    }

    pub(crate) fn cut_relay(&mut self, relay: usize) {
        self.relays[relay].up = false;
        self.relays[relay].forget_all();
        let cut: Vec<u32> = self.sockets.iter().filter(|(_, of)| **of == relay).map(|(socket, _)| *socket).collect();
        for socket in cut {
            self.sockets.remove(&socket);
            self.inbox.push_back((self.now, Input::SocketClosed { socket, reason: "gone".to_owned() }));
        }
    }

    pub(crate) fn mend_relay(&mut self, relay: usize) {
        self.relays[relay].up = true;
    }

    /// The provider is started again.
    pub(crate) fn provider_returns(&mut self) {
        self.provider_up = true;
        self.next_beat = self.now;
        let steps = self.provider.restart(self.there());
        self.provider_does(steps);
    }
}
