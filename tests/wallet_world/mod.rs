//! A wallet, its store, a mint and the network between them, with faults that are chosen beforehand and counted.

#![allow(dead_code, reason = "each test file uses its part of the world")]

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use paygress::Error;
use paygress::model::{Amount, MintUrl, RecordChange, Sat};
use paygress::wallet::{
    Answer, Method, MintRequest, OperationId, OperationView, Purpose, SendAmount, Step, Wallet, WalletEvent, WalletView,
};
use paygress_support::mint::{Mint, MintConfig};

pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const SEED: [u8; 64] = [21; 64];

/// What goes wrong, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The program dies before its n-th commit is durable.
    DiesBeforeCommit(u64),
    /// The program dies when its n-th commit is durable, before it sends anything.
    DiesAfterCommit(u64),
    /// The program dies when the mint has worked on the n-th request.
    DiesAfterRequest(u64),
    /// Something happens to the n-th request or its answer.
    Network(u64, Trouble),
}

/// How the program dies at its first commit after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Before it is durable.
    BeforeCommit,
    /// When it is durable, before anything is sent.
    AfterCommit,
}

/// What may happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    RequestLost,
    AnswerLost,
    AnswerCut,
    AnswerIsAPage,
    ErrorAfterWork,
    ErrorBeforeWork,
    RateLimited,
    /// The mint gets it twice; the second answer comes back.
    SentTwice,
    /// The wallet gets its answer twice.
    AnsweredTwice,
    /// It reaches the mint only after the next request.
    Late,
    /// It reaches the mint only when all else is done.
    VeryLate,
    /// The program dies while it is on its way; it reaches the mint after the first request of the next program.
    PastRestart,
    /// The program dies while it is on its way; it reaches the mint only when all else is done.
    LongPastRestart,
    /// The mint calls what it is about pending for some requests, and did nothing then.
    PendingThenUnspent,
    /// The mint calls what it is about pending for some requests, and did it then.
    PendingThenSpent,
    /// The mint answers as no mint should.
    Strange(Strange),
}

/// What a mint may do that it should not, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strange {
    /// It refuses with this code and did nothing.
    Refuses(u32),
    /// It refuses with this code what it did.
    RefusesAfterwards(u32),
    /// The amounts of its signatures are one more than they should be.
    AmountsUp,
    /// The amounts of its signatures are twice what they should be.
    AmountsDoubled,
    /// It leaves out the proofs of its signatures.
    WithoutDleq,
    /// It gives wrong proofs of its signatures.
    WrongDleq,
    /// It changed its keyset just before.
    NewKeyset,
}

pub(crate) const TROUBLES: [Trouble; 15] = [
    Trouble::RequestLost,
    Trouble::AnswerLost,
    Trouble::AnswerCut,
    Trouble::AnswerIsAPage,
    Trouble::ErrorAfterWork,
    Trouble::ErrorBeforeWork,
    Trouble::RateLimited,
    Trouble::SentTwice,
    Trouble::AnsweredTwice,
    Trouble::Late,
    Trouble::VeryLate,
    Trouble::PastRestart,
    Trouble::LongPastRestart,
    Trouble::PendingThenUnspent,
    Trouble::PendingThenSpent,
];

impl Trouble {
    /// Whether it can happen to this request, given as `METHOD path`.
    pub(crate) fn befalls(self, line: &str) -> bool {
        match self {
            Self::PendingThenUnspent | Self::PendingThenSpent => {
                matches!(line, "POST /v1/swap" | "POST /v1/mint/bolt11")
            }
            Self::RequestLost
            | Self::AnswerLost
            | Self::AnswerCut
            | Self::AnswerIsAPage
            | Self::ErrorAfterWork
            | Self::ErrorBeforeWork
            | Self::RateLimited
            | Self::SentTwice
            | Self::AnsweredTwice
            | Self::Late
            | Self::VeryLate
            | Self::PastRestart
            | Self::LongPastRestart
            | Self::Strange(_) => true,
        }
    }
}

/// A request that the mint works on, so that it calls the inputs or the quote pending.
#[derive(Clone)]
struct InWork {
    until: u64,
    request: MintRequest,
    ends: Trouble,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) mint: Mint,
    pub(crate) url: MintUrl,
    /// A second mint, reachable over Lightning.
    pub(crate) other: Option<(MintUrl, Mint)>,
    pub(crate) store: BTreeMap<String, String>,
    pub(crate) now: u64,
    pub(crate) events: Vec<WalletEvent>,
    /// What strangers got after the fee, in sat.
    pub(crate) paid_out: u64,
    /// Likewise in msat.
    pub(crate) paid_out_msat: u64,
    /// Requests to pay do not arrive before [`Running::release_melts`].
    pub(crate) hold_melts: bool,
    /// Likewise swaps.
    pub(crate) hold_swaps: bool,
    /// What one mint paid does not arrive at the other yet.
    pub(crate) hold_lightning: bool,
    /// How payments that hang end.
    pub(crate) arrives: bool,
    pub(crate) fault: Option<Fault>,
    /// The death that follows the fault, and at which commit after it.
    pub(crate) then: Option<(Death, u64)>,
    pub(crate) injected: u64,
    pub(crate) commits: u64,
    pub(crate) requests: u64,
    /// How often the program was started again.
    lives: u64,
    /// Requests in the order they left, as `METHOD path`.
    pub(crate) log: Vec<String>,
    late: Vec<(u64, MintRequest)>,
    in_work: Vec<InWork>,
    /// For so many requests a mint calls something pending.
    pub(crate) pending_requests: u64,
    outputs: BTreeMap<String, String>,
}

/// A world with a running wallet.
pub(crate) struct Running {
    pub(crate) world: World,
    pub(crate) wallet: Wallet,
    queue: VecDeque<MintRequest>,
    held_back: VecDeque<MintRequest>,
}

impl World {
    pub(crate) fn new(config: MintConfig) -> Self {
        let url = config.url.parse().expect("a mint URL");
        Self {
            mint: Mint::new(config),
            url,
            other: None,
            store: BTreeMap::new(),
            now: START,
            events: Vec::new(),
            paid_out: 0,
            paid_out_msat: 0,
            hold_melts: false,
            hold_swaps: false,
            hold_lightning: false,
            arrives: true,
            fault: None,
            then: None,
            injected: 0,
            commits: 0,
            requests: 0,
            lives: 0,
            log: Vec::new(),
            late: Vec::new(),
            in_work: Vec::new(),
            pending_requests: 4,
            outputs: BTreeMap::new(),
        }
    }

    /// As [`new`](Self::new), with a second mint beside it.
    pub(crate) fn with_two(config: MintConfig) -> Self {
        let other = MintConfig { seed: [8; 32], url: "http://127.0.0.1:3339".to_owned(), ..config.clone() };
        let url = other.url.parse().expect("a mint URL");
        Self { other: Some((url, Mint::new(other))), ..Self::new(config) }
    }

    pub(crate) fn run(self) -> Running {
        let mut running = self.run_without_rest();
        running.rest();
        running
    }

    /// For a wallet with something under way that does not end by itself.
    pub(crate) fn run_without_rest(self) -> Running {
        let wallet = Wallet::open(SEED, &self.store).expect("the wallet wrote this store");
        let mut running = Running { world: self, wallet, queue: VecDeque::new(), held_back: VecDeque::new() };
        let step = running.wallet.wake(running.world.now);
        running.apply(step);
        running
    }

    fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.fault == Some(fault);
        if strikes {
            self.fault = self.then.take().map(|(death, later)| match death {
                Death::BeforeCommit => Fault::DiesBeforeCommit(self.commits + later),
                Death::AfterCommit => Fault::DiesAfterCommit(self.commits + later),
            });
            self.injected += 1;
        }
        strikes
    }

    /// What struck did nothing after all.
    fn strikes_nothing(&mut self) {
        self.fault = None;
        self.injected -= 1;
    }

    fn write(&mut self, records: Vec<RecordChange>) {
        for change in records {
            if change.key.starts_with("wallet/counter/") {
                self.check_counter(&change);
            }
            match change.value {
                Some(value) => self.store.insert(change.key, value),
                None => self.store.remove(&change.key),
            };
        }
    }

    fn check_counter(&self, change: &RecordChange) {
        let read = |text: &String| {
            let value: serde_json::Value = serde_json::from_str(text).expect("records are JSON");
            value["body"].as_u64().expect("a counter")
        };
        let new = change.value.as_ref().map(read).expect("a counter is never deleted");
        let old = self.store.get(&change.key).map(read);
        assert!(old.is_none_or(|old| old <= new), "the counter {} went back", change.key);
    }

    /// Nothing that moves money leaves before its bytes are durable, and no blinded message is used for two purposes.
    fn check_leaving(&mut self, request: &MintRequest) {
        let moves_money = matches!(
            request.path.as_str(),
            "/v1/swap" | "/v1/mint/bolt11" | "/v1/mint/quote/bolt11" | "/v1/melt/bolt11"
        );
        let (true, Some(body)) = (moves_money && request.method == Method::Post, &request.body) else { return };
        let escaped = serde_json::to_string(body).expect("text serialises");
        let journaled = self.store.values().any(|value| value.contains(&escaped));
        assert!(journaled, "{} left before its bytes were durable", request.path);
        let mut body_value: serde_json::Value = serde_json::from_str(body).expect("requests are JSON");
        // The same outputs for the same quote, signed in another form, are no second purpose.
        body_value["signature"] = serde_json::Value::Null;
        let purpose = body_value.to_string();
        for output in body_value["outputs"].as_array().into_iter().flatten() {
            let blinded = output["B_"].as_str().expect("an output has B_").to_owned();
            let before = self.outputs.insert(blinded, purpose.clone());
            assert!(before.is_none_or(|before| before == purpose), "a blinded message was used in two requests");
        }
    }

    fn deliver(&mut self, request: &MintRequest) -> Answer {
        let body = request.body.as_deref().unwrap_or_default();
        let pending = self.pending_quote();
        let is_asked = |quote: &str| match request.path.strip_prefix("/v1/mint/quote/bolt11/") {
            Some(asked) => asked == quote,
            None => request.path == "/v1/mint/bolt11" && body.contains(quote),
        };
        let in_work = pending.is_some_and(|quote| is_asked(&quote));
        if in_work && request.method == Method::Post {
            let body = r#"{"detail":"quote is pending","code":20005}"#.to_owned();
            return Answer::Response { status: 400, body };
        }
        let now = self.now;
        let (status, mut body) = self.mint_of(&request.mint).handle(now, request.method.as_str(), &request.path, body);
        if in_work {
            body = body.replacen(r#""state":"PAID""#, r#""state":"PENDING""#, 1);
        }
        self.lightning();
        Answer::Response { status, body }
    }

    fn mint_of(&mut self, url: &MintUrl) -> &mut Mint {
        match &mut self.other {
            Some((other, mint)) if other == url => mint,
            Some(_) | None => &mut self.mint,
        }
    }

    /// The quote that is minted from just now.
    fn pending_quote(&self) -> Option<String> {
        let minting = self.in_work.iter().find(|work| work.request.path == "/v1/mint/bolt11")?;
        let body: serde_json::Value = serde_json::from_str(minting.request.body.as_deref()?).ok()?;
        body["quote"].as_str().map(str::to_owned)
    }

    /// The mint begins to work on a request and says so. False where it refuses for another reason.
    fn begin_work(&mut self, request: &MintRequest, ends: Trouble) -> (Answer, bool) {
        self.set_inputs_pending(request, true);
        self.in_work.push(InWork { until: self.requests + self.pending_requests, request: request.clone(), ends });
        let answer = self.deliver(request);
        let says_so = matches!(&answer, Answer::Response { body, .. } if body.contains("pending"));
        if !says_so {
            self.in_work.pop();
            self.set_inputs_pending(request, false);
        }
        (answer, says_so)
    }

    /// The mint comes to an end with what it works on.
    fn end_work(&mut self, number: u64) {
        let (due, kept) = std::mem::take(&mut self.in_work).into_iter().partition(|work| work.until <= number);
        self.in_work = kept;
        let due: Vec<InWork> = due;
        for work in due {
            self.set_inputs_pending(&work.request, false);
            if work.ends == Trouble::PendingThenSpent {
                self.deliver(&work.request);
            }
        }
    }

    fn set_inputs_pending(&mut self, request: &MintRequest, pending: bool) {
        if request.path != "/v1/swap" {
            return;
        }
        let body = request.body.as_deref().expect("a swap has a body");
        let body: serde_json::Value = serde_json::from_str(body).expect("requests are JSON");
        let mint = self.mint_of(&request.mint);
        let token = serde_json::json!({"token": [{"mint": request.mint, "proofs": body["inputs"]}]});
        mint.set_pending(&format!("cashuA{}", URL_SAFE.encode(token.to_string())), pending);
    }

    /// Lets a wallet beside the one that is looked at come to rest, without faults. Gives what it asked.
    pub(crate) fn drive(&mut self, wallet: &mut Wallet, step: Step) -> Vec<String> {
        let (mut asked, mut queue) = (Vec::new(), VecDeque::from(step.requests));
        for _ in 0..5_000 {
            let Some(request) = queue.pop_front() else {
                let Some(at) = wallet.next_wake().filter(|at| *at <= self.now + 600) else { break };
                self.now = self.now.max(at);
                queue.extend(wallet.wake(self.now).requests);
                continue;
            };
            asked.push(format!("{} {}", request.method.as_str(), request.path));
            let answer = self.deliver(&request);
            queue.extend(wallet.answered(self.now, request.id, answer).requests);
        }
        asked
    }

    /// Ecash of another phrase, made of such invoices.
    pub(crate) fn others_hold(&mut self, seed: [u8; 64], invoices: &[u64]) {
        let mut other = Wallet::open(seed, &BTreeMap::new()).expect("an empty store opens");
        let url = self.url.clone();
        let step = other.add_mint(self.now, url.clone()).expect("a mint can be added");
        self.drive(&mut other, step);
        let before = std::mem::replace(&mut self.mint.auto_pay, true);
        for amount in invoices {
            let (_, step) = other.issue(self.now, &url, Sat::new(*amount)).expect("the mint is ready");
            self.drive(&mut other, step);
        }
        self.mint.auto_pay = before;
        assert_eq!(other.spendable(&url).get(), invoices.iter().sum::<u64>());
    }

    /// What a scout of this seed finds, and what it asked.
    pub(crate) fn look(&mut self, seed: [u8; 64]) -> (Wallet, Vec<String>) {
        let mut scout = Wallet::scout(seed);
        let (_, step) = scout.restore(self.now, self.url.clone()).expect("a search can begin");
        let asked = self.drive(&mut scout, step);
        (scout, asked)
    }

    fn answer_strangely(&mut self, request: &MintRequest, strange: Strange) -> Answer {
        let refusal = |code: u32| Answer::Response {
            status: 400,
            body: serde_json::json!({"detail": "strange words", "code": code}).to_string(),
        };
        match strange {
            Strange::Refuses(code) => refusal(code),
            Strange::RefusesAfterwards(code) => {
                self.deliver(request);
                refusal(code)
            }
            Strange::NewKeyset => {
                self.mint.rotate_keyset();
                self.deliver(request)
            }
            Strange::AmountsUp | Strange::AmountsDoubled | Strange::WithoutDleq | Strange::WrongDleq => {
                let Answer::Response { status, body } = self.deliver(request) else { return nothing() };
                let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&body) else {
                    return Answer::Response { status, body };
                };
                for list in ["signatures", "change"] {
                    for signature in value[list].as_array_mut().into_iter().flatten() {
                        let amount = signature["amount"].as_u64().expect("an amount");
                        match strange {
                            Strange::AmountsUp => signature["amount"] = (amount + 1).into(),
                            Strange::AmountsDoubled => signature["amount"] = (amount * 2).into(),
                            Strange::WithoutDleq => signature["dleq"] = serde_json::Value::Null,
                            Strange::WrongDleq
                            | Strange::Refuses(_)
                            | Strange::RefusesAfterwards(_)
                            | Strange::NewKeyset => signature["dleq"]["e"] = signature["dleq"]["s"].clone(),
                        }
                    }
                }
                Answer::Response { status, body: value.to_string() }
            }
        }
    }

    /// What one mint paid arrives at the other.
    pub(crate) fn lightning(&mut self) {
        let Some((_, other)) = self.other.as_mut().filter(|_| !self.hold_lightning) else { return };
        for invoice in self.mint.paid_invoices() {
            other.pay_invoice(invoice);
        }
        let paid: Vec<String> = other.paid_invoices().map(str::to_owned).collect();
        for invoice in paid {
            self.mint.pay_invoice(&invoice);
        }
    }

    /// How many requests are on their way.
    pub(crate) fn held(&self) -> usize {
        self.late.len()
    }

    /// An invoice of somebody who is at neither mint.
    pub(crate) fn stranger_asks(&self, amount: u64) -> String {
        self.stranger_asks_for("sat", amount)
    }

    /// As [`stranger_asks`](Self::stranger_asks), in this unit.
    pub(crate) fn stranger_asks_for(&self, unit: &str, amount: u64) -> String {
        let units = vec![unit.to_owned()];
        let mut node = Mint::new(MintConfig { seed: [9; 32], units, orders: 1, ..MintConfig::default() });
        let body = format!(r#"{{"amount":{amount},"unit":"{unit}"}}"#);
        let (_, body) = node.handle(self.now, "POST", "/v1/mint/quote/bolt11", &body);
        let body: serde_json::Value = serde_json::from_str(&body).expect("a quote is JSON");
        body["request"].as_str().expect("a quote has an invoice").to_owned()
    }

    /// Somebody redeems the largest proof that is in this state. Returns its amount.
    pub(crate) fn spend_one(&mut self, state: &str) -> u64 {
        let bodies = self.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/"));
        let bodies = bodies.map(|(_, value)| {
            serde_json::from_str::<serde_json::Value>(value).expect("records are JSON")["body"].clone()
        });
        let fitting = bodies.filter(|held| held["state"]["is"] == state);
        let largest = fitting.max_by_key(|held| held["amount"].as_u64()).expect("a proof in this state");
        let amount = largest["amount"].as_u64().expect("an amount");
        self.paid_out += self.mint.redeem_proofs(&[largest]).expect("an unspent proof");
        amount
    }

    fn mint_at(&self, url: &str) -> &Mint {
        self.other.as_ref().filter(|(other, _)| other.as_str() == url).map_or(&self.mint, |(_, mint)| mint)
    }
}

fn nothing() -> Answer {
    Answer::Nothing { reason: "no answer within 30 s".to_owned() }
}

impl Running {
    /// A wish of the user. One that was lost with a crash before it was durable is wished again.
    pub(crate) fn wish(&mut self, mut with: impl FnMut(&mut Wallet, u64) -> Result<Step, Error>) -> Result<(), Error> {
        for _ in 0..2 {
            let step = with(&mut self.wallet, self.world.now)?;
            if self.apply(step) {
                break;
            }
        }
        Ok(())
    }

    /// A wish that begins an operation.
    pub(crate) fn begin(
        &mut self,
        wish: impl Fn(&mut Wallet, u64) -> Result<(OperationId, Step), Error>,
    ) -> OperationId {
        let mut begun = None;
        let begin = |wallet: &mut Wallet, now| {
            let (op, step) = wish(wallet, now)?;
            begun = Some(op);
            Ok(step)
        };
        self.wish(begin).expect("it can begin");
        begun.expect("it began")
    }

    /// Adds the mint, or asks it again.
    pub(crate) fn add_mint(&mut self) {
        let url = self.world.url.clone();
        self.wish(|wallet, now| wallet.add_mint(now, url.clone())).expect("a mint can be added");
        self.rest();
    }

    /// Issues this much, for an invoice that is paid at once.
    pub(crate) fn fill(&mut self, amount: impl Into<Amount>) -> OperationId {
        let (url, amount) = (self.world.url.clone(), amount.into());
        let pays = std::mem::replace(&mut self.world.mint.auto_pay, true);
        let id = self.begin(|wallet, now| wallet.issue(now, &url, amount));
        self.rest();
        self.world.mint.auto_pay = pays;
        id
    }

    /// Makes a token for a person.
    pub(crate) fn send(&mut self, amount: SendAmount) -> OperationId {
        let url = self.world.url.clone();
        let id = self.begin(|wallet, now| wallet.send(now, &url, amount, Purpose::Person));
        self.rest();
        id
    }

    /// Commits and queues. False when the program died before the commit.
    pub(crate) fn apply(&mut self, step: Step) -> bool {
        if !step.records.is_empty() {
            self.world.commits += 1;
            let number = self.world.commits;
            if self.world.strikes(Fault::DiesBeforeCommit(number)) {
                self.restart();
                return false;
            }
            self.world.write(step.records);
            if self.world.strikes(Fault::DiesAfterCommit(number)) {
                self.restart();
                return true;
            }
        }
        self.queue.extend(step.requests);
        self.world.events.extend(step.events);
        true
    }

    /// What is on its way.
    pub(crate) fn queued(&self) -> Vec<MintRequest> {
        self.queue.iter().cloned().collect()
    }

    /// The next request gets no answer; time passes until there is one.
    pub(crate) fn lose_next(&mut self) {
        while self.queue.is_empty() {
            let at = self.wallet.next_wake().expect("something is under way");
            self.world.now = self.world.now.max(at);
            let step = self.wallet.wake(self.world.now);
            self.apply(step);
        }
        if let Some(request) = self.queue.pop_front() {
            self.world.now += 30;
            let step = self.wallet.answered(self.world.now, request.id, nothing());
            self.apply(step);
        }
    }

    /// The mint asks to be left alone instead of answering the next request.
    pub(crate) fn put_off_next(&mut self, secs: u64) {
        let request = self.queue.pop_front().expect("something is on its way");
        let step = self.wallet.answered(self.world.now, request.id, Answer::Later { status: 429, secs });
        self.apply(step);
    }

    /// Lets time pass up to here, waking only when the wallet says so, which is never for nothing.
    pub(crate) fn pass_until(&mut self, end: u64) {
        loop {
            if self.turn() {
                continue;
            }
            let Some(at) = self.wallet.next_wake().map(|at| at.max(self.world.now)).filter(|at| *at < end) else {
                break;
            };
            self.world.now = at;
            let step = self.wallet.wake(at);
            let goes_on = !step.requests.is_empty() || self.wallet.next_wake().is_none_or(|next| next > at);
            assert!(goes_on, "woken at {at} for nothing");
            self.apply(step);
        }
        self.world.now = self.world.now.max(end);
    }

    /// Keeps the requests to this path on their way until [`release`](Self::release).
    pub(crate) fn hold_back(&mut self, path: &str) {
        let (held, queue) = std::mem::take(&mut self.queue).into_iter().partition(|request| request.path == path);
        (self.held_back, self.queue) = (held, queue);
    }

    pub(crate) fn release(&mut self) {
        self.queue.extend(std::mem::take(&mut self.held_back));
    }

    fn restart(&mut self) {
        self.world.lives += 1;
        self.queue.clear();
        self.wallet = Wallet::open(SEED, &self.world.store).expect("the wallet wrote this store");
        let step = self.wallet.wake(self.world.now);
        self.apply(step);
    }

    /// Sends the next request and hands its answer over. False when there is none.
    pub(crate) fn turn(&mut self) -> bool {
        let Some(request) = self.queue.pop_front() else { return false };
        self.world.check_leaving(&request);
        self.world.requests += 1;
        self.world.log.push(format!("{} {}", request.method.as_str(), request.path));
        let number = self.world.requests;
        let trouble = match self.world.fault {
            Some(Fault::Network(n, trouble)) if n == number => {
                self.world.strikes(Fault::Network(n, trouble));
                Some(trouble)
            }
            Some(_) | None => None,
        };
        let held = (self.world.hold_melts && request.path == "/v1/melt/bolt11")
            || (self.world.hold_swaps && request.path == "/v1/swap");
        if held {
            // The last one comes first, so that a swap overtakes the melt that it follows.
            self.world.late.insert(0, (u64::MAX, request.clone()));
            let step = self.wallet.answered(self.world.now, request.id, nothing());
            self.apply(step);
            return true;
        }
        let page = "<html><body>Bad gateway</body></html>".to_owned();
        let answer = match trouble {
            None | Some(Trouble::AnsweredTwice) => self.world.deliver(&request),
            Some(Trouble::RequestLost) => nothing(),
            Some(Trouble::AnswerLost) => {
                self.world.deliver(&request);
                nothing()
            }
            Some(Trouble::AnswerCut) => match self.world.deliver(&request) {
                Answer::Response { status, body } => {
                    let half = body.chars().take(body.len() / 2).collect();
                    Answer::Response { status, body: half }
                }
                whole @ (Answer::Later { .. } | Answer::Nothing { .. }) => whole,
            },
            Some(Trouble::AnswerIsAPage) => {
                self.world.deliver(&request);
                Answer::Response { status: 200, body: page }
            }
            Some(Trouble::ErrorAfterWork) => {
                self.world.deliver(&request);
                Answer::Response { status: 502, body: page }
            }
            Some(Trouble::ErrorBeforeWork) => Answer::Response { status: 503, body: page },
            Some(Trouble::RateLimited) => {
                Answer::Response { status: 429, body: r#"{"detail":"Rate limit exceeded."}"#.to_owned() }
            }
            Some(Trouble::SentTwice) => {
                self.world.deliver(&request);
                self.world.deliver(&request)
            }
            Some(Trouble::Strange(strange)) => self.world.answer_strangely(&request, strange),
            Some(Trouble::Late) => {
                self.world.late.push((number + 1, request.clone()));
                nothing()
            }
            Some(Trouble::VeryLate) => {
                self.world.late.push((u64::MAX, request.clone()));
                nothing()
            }
            Some(Trouble::PastRestart) => {
                self.world.late.push((number + 1, request));
                self.restart();
                return true;
            }
            Some(Trouble::LongPastRestart) => {
                self.world.late.push((u64::MAX, request));
                self.restart();
                return true;
            }
            Some(trouble @ (Trouble::PendingThenUnspent | Trouble::PendingThenSpent)) => {
                let (answer, says_so) = self.world.begin_work(&request, trouble);
                if !says_so {
                    self.world.strikes_nothing();
                }
                answer
            }
        };
        self.deliver_late(number);
        if self.world.strikes(Fault::DiesAfterRequest(number)) {
            self.restart();
            return true;
        }
        if answer == nothing() {
            self.world.now += 30;
        }
        let lives = self.world.lives;
        let step = self.wallet.answered(self.world.now, request.id, answer.clone());
        self.apply(step);
        if trouble == Some(Trouble::AnsweredTwice) {
            if self.world.lives > lives {
                // Nobody is there who could get it again.
                self.world.injected -= 1;
                return true;
            }
            let step = self.wallet.answered(self.world.now, request.id, answer);
            assert!(step.is_empty(), "an answer was taken twice");
        }
        true
    }

    /// The next request is worked on, and its answer is lost.
    pub(crate) fn lose_next_answer(&mut self) {
        let number = self.world.requests + 1;
        self.world.fault = Some(Fault::Network(number, Trouble::AnswerLost));
        self.turn();
    }

    /// What was held arrives.
    pub(crate) fn release_melts(&mut self) {
        self.world.hold_melts = false;
        self.deliver_late(u64::MAX);
    }

    /// Another device with this phrase gives away all that this one knows of.
    pub(crate) fn spend_all_elsewhere(&mut self) {
        let proofs = self.world.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/"));
        let proofs: Vec<serde_json::Value> = proofs
            .map(|(_, value)| {
                serde_json::from_str::<serde_json::Value>(value).expect("records are JSON")["body"].clone()
            })
            .collect();
        self.world.paid_out += self.world.mint.redeem_proofs(&proofs).expect("unspent proofs");
    }

    fn deliver_late(&mut self, number: u64) {
        let (due, kept) = std::mem::take(&mut self.world.late).into_iter().partition(|(at, _)| *at <= number);
        self.world.late = kept;
        let due: Vec<(u64, MintRequest)> = due;
        for (_, request) in due {
            self.world.deliver(&request);
        }
        self.world.end_work(number);
    }

    /// Goes on until nothing is under way, letting time pass where the wallet waits.
    pub(crate) fn rest(&mut self) {
        for _ in 0..2_000 {
            if self.turn() {
                continue;
            }
            let Some(at) = self.wallet.next_wake() else { break };
            if !self.is_busy() && at > self.world.now + 600 {
                break;
            }
            self.world.now = self.world.now.max(at);
            let step = self.wallet.wake(self.world.now);
            self.apply(step);
        }
        assert!(self.queue.is_empty() && !self.is_busy(), "the wallet does not come to rest: {:?}", self.open_states());
    }

    /// As [`rest`](Self::rest), with payments that hang for a while and then end.
    pub(crate) fn rest_with_payments(&mut self) {
        self.turns(8);
        self.world.mint.settle_payments(self.world.arrives);
        self.world.lightning();
        self.rest();
    }

    /// As [`rest`](Self::rest), but only for so many requests.
    pub(crate) fn turns(&mut self, count: usize) {
        for _ in 0..count {
            if !self.turn() {
                let Some(at) = self.wallet.next_wake() else { return };
                self.world.now = self.world.now.max(at);
                let step = self.wallet.wake(self.world.now);
                self.apply(step);
            }
        }
    }

    fn is_busy(&self) -> bool {
        let waiting = ["handed-out", "reclaiming", "quoted"];
        let unpaid = |op: &OperationView| op.state == "awaiting-payment" && !self.is_paid(op);
        self.wallet.view().operations.iter().any(|op| op.open && !waiting.contains(&op.state.as_str()) && !unpaid(op))
    }

    fn is_paid(&self, op: &OperationView) -> bool {
        use paygress_support::mint::QuoteState;
        self.world.mint_at(op.mint.as_str()).quotes().any(|(id, _, state)| {
            state != QuoteState::Unpaid && self.world.store.values().any(|value| value.contains(id))
        }) && op.invoice.is_some()
    }

    fn open_states(&self) -> Vec<String> {
        self.wallet
            .view()
            .operations
            .iter()
            .filter(|op| op.open)
            .map(|op| format!("{:?} {}: {:?}", op.kind, op.state, op.steps))
            .collect()
    }

    /// Everything that is still on its way arrives, and the books are compared term by term.
    pub(crate) fn close(&mut self) {
        self.deliver_late(u64::MAX);
        self.rest();
        self.books();
    }

    /// For a second life of the same seed, whose outputs repeat on purpose.
    pub(crate) fn forget_outputs(&mut self) {
        self.world.outputs.clear();
    }

    pub(crate) fn view(&self) -> WalletView {
        self.wallet.view()
    }

    /// As [`columns`](Self::columns), in msat.
    pub(crate) fn msat_columns(&self) -> [u64; 5] {
        self.msat_columns_at(&self.world.url)
    }

    pub(crate) fn msat_columns_at(&self, url: &MintUrl) -> [u64; 5] {
        let view = self.view();
        let mint = view.mints.iter().find(|mint| mint.url == *url).expect("the mint was added");
        mint.msat.as_ref().map_or([0; 5], |msat| {
            [msat.spendable, msat.reserved, msat.handed_out, msat.unclaimed, msat.quarantined].map(|msat| msat.get())
        })
    }

    /// Spendable, reserved, handed out, unclaimed, quarantined.
    pub(crate) fn columns(&self) -> [u64; 5] {
        self.columns_at(&self.world.url)
    }

    pub(crate) fn columns_at(&self, url: &MintUrl) -> [u64; 5] {
        let view = self.view();
        let mint = view.mints.iter().find(|mint| mint.url == *url).expect("the mint was added");
        [mint.spendable, mint.reserved, mint.handed_out, mint.unclaimed, mint.quarantined].map(|sat| sat.get())
    }

    /// What we hold (our word) against what was issued, kept as fee and paid out (the mint's and the strangers' words),
    /// and every proof we hold against the mint's ledger.
    pub(crate) fn books(&self) {
        let held: u64 = self.columns().iter().sum();
        let world = &self.world;
        let expected = world.mint.issued() - world.mint.fees() - world.mint.melted() - world.paid_out;
        assert_eq!(
            held,
            expected,
            "held {:?}; issued {}, fees {}, paid by Lightning {}, paid out {}",
            self.columns(),
            world.mint.issued(),
            world.mint.fees(),
            world.mint.melted(),
            world.paid_out
        );
        let (held, books) = (self.msat_columns().iter().sum::<u64>(), world.mint.books("msat"));
        let expected = books.issued - books.fees - books.melted - world.paid_out_msat;
        assert_eq!(held, expected, "held {:?}; {books:?}, paid out {}", self.msat_columns(), world.paid_out_msat);
        if let Some((url, other)) = &world.other
            && self.view().mints.iter().any(|mint| mint.url == *url)
        {
            let held: u64 = self.columns_at(url).iter().sum();
            assert_eq!(
                held,
                other.issued() - other.fees() - other.melted(),
                "held {:?} at {url}",
                self.columns_at(url)
            );
            let (held, books) = (self.msat_columns_at(url).iter().sum::<u64>(), other.books("msat"));
            assert_eq!(held, books.issued - books.fees - books.melted, "held in msat at {url}");
        }
        for (key, value) in world.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/")) {
            let y = key.trim_start_matches("wallet/proof/");
            let value: serde_json::Value = serde_json::from_str(value).expect("records are JSON");
            let held = &value["body"];
            let text = |name: &str| held[name].as_str().expect("text").to_owned();
            let mint = world.mint_at(&text("mint"));
            assert!(!mint.is_spent(y), "a spent proof is held");
            let amount = held["amount"].as_u64().expect("an amount");
            assert!(mint.verifies(&text("keyset"), amount, &text("secret"), &text("c")), "a proof is not the mint's");
        }
        let reopened = Wallet::open(SEED, &world.store).expect("the wallet wrote this store");
        let mut stored = reopened.view();
        let mut seen = self.view();
        for view in [&mut stored, &mut seen] {
            // Whether a lock has ended is a matter of time.
            for op in view.operations.iter_mut().filter(|op| op.locked_until.is_some()) {
                (op.can_reclaim, op.sentence) = (false, String::new());
            }
            for mint in &mut view.mints {
                mint.state = paygress::wallet::MintState::Ready;
                (mint.problem, mint.since, mint.next_try_at) = (None, None, None);
                mint.notes.clear();
            }
        }
        assert_eq!(stored, seen, "memory and store differ");
    }

    /// As [`stranger_redeems`](Self::stranger_redeems), for a token in msat.
    pub(crate) fn stranger_redeems_msat(&mut self, token: &str) -> Result<u64, String> {
        let arrived = self.world.mint.redeem(token)?;
        self.world.paid_out_msat += arrived;
        Ok(arrived)
    }

    /// A stranger redeems the token of a send.
    pub(crate) fn stranger_redeems(&mut self, token: &str) -> Result<u64, String> {
        let arrived = self.world.mint.redeem(token)?;
        self.world.paid_out += arrived;
        Ok(arrived)
    }

    pub(crate) fn last_event(&self) -> Option<&WalletEvent> {
        self.world.events.last()
    }

    pub(crate) fn has_event(&self, wanted: impl Fn(&WalletEvent) -> bool) -> bool {
        self.world.events.iter().any(wanted)
    }
}
