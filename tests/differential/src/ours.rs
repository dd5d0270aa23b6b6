//! Our wallet with a store in memory and a real network: what a shell does, in a few lines.

use std::collections::{BTreeMap, VecDeque};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use paygress::model::{Amount, MintUrl, Sat};
use paygress::wallet::{
    Answer, LockTo, MadeRequest, Method, MintRequest, OperationId, PaymentRequest, Purpose, SendAmount, Step, Wallet,
};
use serde_json::Value;

use crate::{Coins, Outcome};

const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Ours {
    wallet: Wallet,
    store: BTreeMap<String, String>,
    queue: VecDeque<MintRequest>,
    network: ureq::Agent,
    mint: MintUrl,
    seed: [u8; 64],
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Ours {
    pub(crate) fn open(seed: [u8; 64], mint: &str) -> Outcome<Self> {
        Self::opened(seed, mint, BTreeMap::new())
    }

    fn opened(seed: [u8; 64], mint: &str, store: BTreeMap<String, String>) -> Outcome<Self> {
        let wallet = Wallet::open(seed, &store)?;
        let network = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let mut ours = Self { wallet, store, queue: VecDeque::new(), network, mint: mint.parse()?, seed };
        let step = ours.wallet.wake(now());
        ours.take(step);
        let step = ours.wallet.add_mint(now(), ours.mint.clone())?;
        ours.take(step);
        ours.rest()?;
        Ok(ours)
    }

    /// As after closing the program and opening it again.
    pub(crate) fn again(self) -> Outcome<Self> {
        let mint = self.mint.to_string();
        Self::opened(self.seed, &mint, self.store)
    }

    pub(crate) fn balance(&self) -> u64 {
        self.wallet.spendable(&self.mint).get()
    }

    /// The coins of the balance.
    pub(crate) fn coins(&self) -> Outcome<Coins> {
        let mut coins = Coins::new();
        for (key, text) in self.store.iter().filter(|(key, _)| key.starts_with("wallet/proof/")) {
            let record: Value = serde_json::from_str(text)?;
            let held = &record["body"];
            let text =
                |name: &str| held[name].as_str().map(str::to_owned).ok_or_else(|| format!("{key} has no {name}"));
            if held["state"]["is"] == "spendable" {
                let amount = held["amount"].as_u64().ok_or("a proof has no amount")?;
                coins.insert(text("secret")?, (amount, text("keyset")?, text("c")?));
            }
        }
        Ok(coins)
    }

    /// Whether the wallet says that its phrase is in use elsewhere.
    pub(crate) fn says_elsewhere(&self) -> bool {
        !self.wallet.view().elsewhere.is_empty()
    }

    pub(crate) fn issue(&mut self, amount: u64) -> Outcome<()> {
        let (id, step) = self.wallet.issue(now(), &self.mint, Sat::new(amount))?;
        self.take(step);
        self.ends_as(id, "done")
    }

    /// An invoice of the mint that nobody waits for.
    pub(crate) fn invoice(&mut self, amount: u64) -> Outcome<String> {
        let body = format!(r#"{{"amount":{amount},"unit":"sat"}}"#);
        let (_, answer) = self.fetch(Method::Post, "/v1/mint/quote/bolt11", Some(&body))?;
        let quote: Value = serde_json::from_str(&answer)?;
        Ok(quote["request"].as_str().ok_or("a quote has no invoice")?.to_owned())
    }

    pub(crate) fn send(&mut self, amount: u64) -> Outcome<(OperationId, String)> {
        let amount = SendAmount::Face(Amount::sat(amount));
        let (id, step) = self.wallet.send(now(), &self.mint, amount, Purpose::Person)?;
        self.take(step);
        self.ends_as(id, "handed-out")?;
        let token = self.wallet.token(&id).ok_or("there is no token")?;
        Ok((id, token))
    }

    pub(crate) fn receive(&mut self, token: &str) -> Outcome<()> {
        let (id, step) = self.wallet.receive(now(), token)?;
        self.take(step);
        self.ends_as(id, "done")
    }

    /// The public key that tokens are locked to for it.
    pub(crate) fn key(&self) -> String {
        self.wallet.receiving_key()
    }

    /// A token that only the owner of the key can take for a day.
    pub(crate) fn send_locked(&mut self, amount: u64, key: &str) -> Outcome<(OperationId, String)> {
        let to = LockTo { key: key.parse()?, until: now() + 86_400 };
        let amount = SendAmount::Face(Amount::sat(amount));
        let (id, step) = self.wallet.send_locked(now(), &self.mint, amount, &to, Sat::new(u64::MAX))?;
        self.take(step);
        self.ends_as(id, "handed-out")?;
        let token = self.wallet.token(&id).ok_or("there is no token")?;
        Ok((id, token))
    }

    /// Why a token does not come in.
    pub(crate) fn keeps_out(&mut self, token: &str) -> Outcome<String> {
        let before = self.balance();
        let (id, step) = match self.wallet.receive(now(), token) {
            Ok(begun) => begun,
            Err(error) => return Ok(error.message().to_owned()),
        };
        self.take(step);
        self.ends_as(id, "failed")?;
        let op = self.wallet.operation(&id).ok_or("the operation is not known")?;
        if self.balance() != before || !op.can_retry {
            return Err("a token that stays shut is kept, and moves nothing".into());
        }
        Ok(op.sentence)
    }

    /// Whether the mint says that the receiver took a token.
    pub(crate) fn sees_taken(&mut self, send: OperationId) -> Outcome<()> {
        let step = self.wallet.check(now(), &send)?;
        self.take(step);
        self.ends_as(send, "spent")
    }

    pub(crate) fn ask_for(&self, amount: u64, description: &str, key: Option<&str>) -> Outcome<MadeRequest> {
        let key = key.map(str::parse).transpose()?;
        Ok(self.wallet.make_request(Some(Sat::new(amount)), description, key)?)
    }

    /// Makes what is delivered for a request: JSON that is money.
    pub(crate) fn pay_request(&mut self, request: &PaymentRequest) -> Outcome<(OperationId, String)> {
        let paid = self.wallet.pay_request(now(), request, &self.mint, Sat::ZERO, Sat::new(u64::MAX));
        let (id, step) = paid?;
        self.take(step);
        self.ends_as(id, "handed-out")?;
        let payment = self.wallet.payment(&id, request.id.as_deref()).ok_or("there is no payment")?;
        Ok((id, payment))
    }

    pub(crate) fn reclaim(&mut self, send: OperationId) -> Outcome<()> {
        let step = self.wallet.reclaim(now(), &send)?;
        self.take(step);
        self.ends_as(send, "reclaimed")
    }

    pub(crate) fn pay(&mut self, invoice: &str) -> Outcome<()> {
        let (id, step) = self.wallet.quote_pay(now(), &self.mint, invoice)?;
        self.take(step);
        self.ends_as(id, "quoted")?;
        let most = self.wallet.operation(&id).and_then(|op| op.most).ok_or("there is no price")?;
        let step = self.wallet.pay(now(), &id, most)?;
        self.take(step);
        self.ends_as(id, "done")
    }

    pub(crate) fn restore(&mut self) -> Outcome<()> {
        let (id, step) = self.wallet.restore(now(), self.mint.clone())?;
        self.take(step);
        self.ends_as(id, "done")
    }

    fn ends_as(&mut self, id: OperationId, state: &str) -> Outcome<()> {
        self.rest()?;
        let op = self.wallet.operation(&id).ok_or("the operation is not known")?;
        let steps: Vec<&str> = op.steps.iter().map(|step| step.text.as_str()).collect();
        if op.state == state {
            Ok(())
        } else {
            Err(format!("{:?} is {} and not {state}: {steps:?}", op.kind, op.state).into())
        }
    }

    fn take(&mut self, step: Step) {
        for change in step.records {
            match change.value {
                Some(value) => self.store.insert(change.key, value),
                None => self.store.remove(&change.key),
            };
        }
        self.queue.extend(step.requests);
    }

    /// Goes on until nothing is under way.
    pub(crate) fn rest(&mut self) -> Outcome<()> {
        let until = Instant::now() + PATIENCE;
        loop {
            while let Some(request) = self.queue.pop_front() {
                let answer = match self.fetch(request.method, &request.path, request.body.as_deref()) {
                    Ok((status, body)) => Answer::Response { status, body },
                    Err(error) => Answer::Nothing { reason: error.to_string() },
                };
                let step = self.wallet.answered(now(), request.id, answer);
                self.take(step);
            }
            let waits = ["handed-out", "quoted"];
            let busy = self.wallet.view().operations.iter().any(|op| op.open && !waits.contains(&op.state.as_str()));
            let due = self.wallet.next_wake().is_some_and(|at| at <= now());
            if !busy && !due {
                return Ok(());
            }
            if Instant::now() > until {
                return Err("our wallet does not come to rest".into());
            }
            if !due {
                sleep(Duration::from_millis(100));
            }
            let step = self.wallet.wake(now());
            self.take(step);
        }
    }

    fn fetch(&self, method: Method, path: &str, body: Option<&str>) -> Outcome<(u16, String)> {
        let url = format!("{}{path}", self.mint);
        let answer = match (method, body) {
            (Method::Get, _) | (Method::Post, None) => self.network.get(&url).call(),
            (Method::Post, Some(body)) => self.network.post(&url).header("content-type", "application/json").send(body),
        };
        let mut answer = answer?;
        Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
    }
}
