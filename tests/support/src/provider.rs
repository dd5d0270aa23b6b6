//! A simulated Paygress provider: no socket, no clock, no dice but its own seeded generator.
//!
//! It speaks `PROTOCOL.md` as the two known implementations do, quirks included, and is written without the crate under
//! test, so that both can be wrong only independently. It handles one request at a time, in the order of §3.2, and redeems
//! tokens by a real NUT-03 swap with secrets of its own: [`Provider::request`] hands out what is to be asked of the mint,
//! [`Provider::answered`] takes the answer.

mod config;
mod lease;
mod redeem;
mod reply;
mod request;
mod switches;
mod templates;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use nostr::prelude::{Keys, PublicKey, SecretKey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

pub use config::{Backend, ProviderConfig, ProviderVersion, Tier};
pub use lease::{Lease, StandbySlot};
pub use redeem::{MintAnswer, MintCall, Redemption};
pub use reply::rfc3339;
pub use switches::{Lie, Switches};
pub use wire::{nip04_event, nip04_open};

use redeem::{Purse, Redeeming};
use reply::ErrorReply;
use request::Request;

/// What the world has to do for the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderStep {
    /// Send this signed event (JSON) to every relay of the provider.
    Publish(String),
    /// Ask the mint and hand the answer to [`Provider::answered`].
    Ask(MintCall),
}

/// A provider: its leases, its queue and its ledger.
#[derive(Debug)]
pub struct Provider {
    config: ProviderConfig,
    keys: Keys,
    rng: StdRng,
    switches: Switches,
    started_at: u64,
    seen: BTreeSet<String>,
    queue: VecDeque<Job>,
    work: Option<Work>,
    leases: BTreeMap<u32, Lease>,
    slots: BTreeMap<String, StandbySlot>,
    purse: Purse,
    swept_at: u64,
    replies: Vec<SentReply>,
    handled: u64,
}

/// A reply as it was sent, for tests that want to look over the provider's shoulder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SentReply {
    /// When, Unix seconds.
    pub at: u64,
    /// The receiver's key, hex.
    pub to: String,
    /// The decrypted text.
    pub plaintext: String,
}

/// One decrypted request in the queue.
#[derive(Debug, Clone)]
struct Job {
    from: PublicKey,
    text: String,
    /// The second handling of one request (§2.2).
    repeated: bool,
}

/// The one request being handled.
#[derive(Debug)]
struct Work {
    job: Job,
    request: Request,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// At the mint.
    Redeeming(Box<Redeeming>),
    /// Decided, and slow to say so until this second.
    Slow { until: u64, then: Then },
}

/// What is left to do once the money is settled.
#[derive(Debug)]
enum Then {
    Provision { msat: u64 },
    Extend { msat: u64 },
    Say(String),
}

impl Provider {
    /// Creates a provider that was started at `now` (Unix seconds).
    ///
    /// # Panics
    /// When `config.secret` is no secp256k1 secret key: a mistake in the test.
    pub fn new(now: u64, config: ProviderConfig) -> Self {
        let secret = SecretKey::from_slice(&config.secret).expect("the test gives a valid secret key");
        Self {
            keys: Keys::new_with_ctx(&wire::SECP, secret),
            rng: StdRng::seed_from_u64(config.seed),
            switches: Switches::default(),
            started_at: now,
            seen: BTreeSet::new(),
            queue: VecDeque::new(),
            work: None,
            leases: BTreeMap::new(),
            slots: BTreeMap::new(),
            purse: Purse::default(),
            swept_at: now,
            replies: Vec::new(),
            handled: 0,
            config,
        }
    }

    /// The provider's key as 64 lowercase hex digits.
    pub fn public_key(&self) -> String {
        self.keys.public_key().to_hex()
    }

    /// What the provider was set up with.
    pub fn config(&self) -> &ProviderConfig {
        &self.config
    }

    /// Changes the set-up; what was sold stays sold. A new offer is published by [`Provider::restart`] only, as upstream does.
    pub fn configure(&mut self, change: impl FnOnce(&mut ProviderConfig)) {
        change(&mut self.config);
    }

    /// The switches tests throw.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Throws switches; call [`Provider::tick`] afterwards, since lifting one may set work free.
    pub fn switch(&mut self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.switches);
    }

    /// The signed offer (kind 38383, §1.2), published once per start.
    pub fn offer(&mut self, now: u64) -> String {
        wire::offer(&self.keys, &mut self.rng, &self.config, now)
    }

    /// The signed heartbeats, stored (38384) first, then live (20384), as §1.3 says.
    pub fn heartbeats(&mut self, now: u64) -> [String; 2] {
        let workloads = self.leases.len();
        wire::heartbeats(&self.keys, &mut self.rng, workloads, now)
    }

    /// The `REQ` filter (JSON object) a provider listens with: kind 4 addressed to it, live only (§2.2).
    pub fn filter(&self) -> String {
        format!(r##"{{"kinds":[4],"#p":["{}"],"limit":0}}"##, self.public_key())
    }

    /// Starts the daemon again: the queue and the seen ids are gone, and [019] has forgotten its leases (§4.2).
    /// Returns the offer to publish.
    pub fn restart(&mut self, now: u64) -> Vec<ProviderStep> {
        self.started_at = now;
        self.seen.clear();
        self.queue.clear();
        self.work = None;
        if self.config.version == ProviderVersion::V019 {
            self.leases.clear();
            self.slots.clear();
            self.purse.forget_keysets();
        }
        vec![ProviderStep::Publish(self.offer(now))]
    }

    /// Takes one event a relay delivered. Anything that is no authentic kind 4 addressed to this provider, or was seen
    /// before, is ignored.
    pub fn request(&mut self, now: u64, event_json: &str) -> Vec<ProviderStep> {
        if self.switches.deaf {
            return Vec::new();
        }
        let Some((id, from, text)) = wire::open_request(&self.keys, event_json) else { return Vec::new() };
        if !self.seen.insert(id) {
            return Vec::new();
        }
        self.queue.push_back(Job { from, text, repeated: false });
        self.advance(now)
    }

    /// Takes the mint's answer to the call `id`; an answer nobody waits for is ignored.
    pub fn answered(&mut self, now: u64, id: u64, answer: MintAnswer) -> Vec<ProviderStep> {
        let Some(mut work) = self.work.take() else { return Vec::new() };
        let Stage::Redeeming(redeeming) = &mut work.stage else {
            self.work = Some(work);
            return Vec::new();
        };
        if redeeming.waits_for() != id {
            self.work = Some(work);
            return Vec::new();
        }
        let next = redeeming.answered(&mut self.purse, &mut self.rng, self.config.version, answer);
        let mut steps = match next {
            redeem::Next::Ask(call) => {
                self.work = Some(work);
                return vec![ProviderStep::Ask(call)];
            }
            redeem::Next::Received(mut redemption) => {
                redemption.at = now;
                redemption.from = work.job.from.to_hex();
                redemption.operation = work.request.name();
                let (msat, unit) = (redemption.msat, redemption.unit.clone());
                self.purse.record(redemption);
                self.paid(now, work, msat, &unit)
            }
            redeem::Next::Refused(error) => self.finish(now, work, Then::Say(error.to_text())),
        };
        steps.extend(self.advance(now));
        steps
    }

    /// Lets time pass: slow replies that are due leave, held requests go on, every 30 s ended leases are swept.
    pub fn tick(&mut self, now: u64) -> Vec<ProviderStep> {
        if now >= self.swept_at.saturating_add(30) {
            self.swept_at = now;
            self.leases.retain(|_, lease| lease.expires_at > now);
            self.slots.retain(|_, slot| slot.expires_at > now);
        }
        self.advance(now)
    }

    /// When [`Provider::tick`] has something to do next, Unix seconds.
    pub fn next_wake(&self) -> u64 {
        let sweep = self.swept_at.saturating_add(30);
        match &self.work {
            Some(Work { stage: Stage::Slow { until, .. }, .. }) => sweep.min(*until),
            Some(Work { stage: Stage::Redeeming(_), .. }) | None => sweep,
        }
    }

    /// Every token ever redeemed, oldest first.
    pub fn redemptions(&self) -> &[Redemption] {
        self.purse.redemptions()
    }

    /// What consumers paid out to this provider: the sum of what it received after the mint's fee, in millisatoshi.
    pub fn paid_out_msat(&self) -> u64 {
        self.purse.redemptions().iter().map(|redemption| redemption.msat).sum()
    }

    /// What consumers paid out to this provider, whole satoshi.
    pub fn paid_out(&self) -> u64 {
        self.paid_out_msat() / 1000
    }

    /// The provider's own unspent proofs, as a NUT-03 input list per mint.
    pub fn proofs(&self, mint: &str) -> Vec<cashu::Proof> {
        self.purse.proofs(mint)
    }

    /// The leases that live now, by vmid.
    pub fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.leases.values()
    }

    /// The reserved standby slots, by workload id.
    pub fn slots(&self) -> impl Iterator<Item = &StandbySlot> {
        self.slots.values()
    }

    /// Drops one lease as a crash of the box or an operator would; says whether it was there.
    pub fn forget_lease(&mut self, vmid: u32) -> bool {
        self.leases.remove(&vmid).is_some()
    }

    /// Every reply sent so far.
    pub fn replies(&self) -> &[SentReply] {
        &self.replies
    }

    /// How many requests wait unread in the queue.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many requests were handled to their end (answered, or kept silent about).
    pub fn handled(&self) -> u64 {
        self.handled
    }

    /// Drops the requests that wait; says how many there were.
    pub fn drop_waiting(&mut self) -> usize {
        let dropped = self.queue.len();
        self.queue.clear();
        dropped
    }

    /// Goes on until there is nothing to do or something to wait for.
    fn advance(&mut self, now: u64) -> Vec<ProviderStep> {
        let mut steps = Vec::new();
        loop {
            if let Some(work) = self.work.take() {
                match work {
                    Work { job, request, stage: Stage::Slow { until, then } } if until <= now => {
                        steps.extend(self.conclude(now, job, &request, then));
                    }
                    waiting => {
                        self.work = Some(waiting);
                        return steps;
                    }
                }
            }
            if self.switches.hold {
                return steps;
            }
            let Some(job) = self.queue.pop_front() else { return steps };
            steps.extend(self.begin(now, job));
        }
    }

    /// Steps 0 to 4 of §3.2, the checks of §4.2 up to the redemption, or a status answer.
    fn begin(&mut self, now: u64, job: Job) -> Vec<ProviderStep> {
        let request = match request::parse(&job.text) {
            Ok(request) => request,
            Err(error) => return self.finish_job(now, job, Request::Unreadable, Then::Say(error.to_text())),
        };
        if let Some(error_type) = self.switches.lie.refusal_before() {
            let error = ErrorReply::lie(&error_type);
            return self.finish_job(now, job, request, Then::Say(error.to_text()));
        }
        let checked = match &request {
            Request::Spawn(spawn) => self.check_spawn(spawn).map(|()| spawn.cashu_token.clone()),
            Request::TopUp(top_up) => self.check_top_up(now, &job.from, top_up).map(|()| top_up.cashu_token.clone()),
            Request::Status(status) => {
                let text = self.status(now, &job.from, status);
                return self.finish_job(now, job, request, Then::Say(text));
            }
            Request::Unreadable => return Vec::new(),
        };
        let started =
            checked.and_then(|token| Redeeming::start(&mut self.purse, &mut self.rng, &self.config.mints, &token));
        match started {
            Ok((redeeming, call)) => {
                self.work = Some(Work { job, request, stage: Stage::Redeeming(Box::new(redeeming)) });
                vec![ProviderStep::Ask(call)]
            }
            Err(error) => self.finish_job(now, job, request, Then::Say(error.to_text())),
        }
    }

    /// The token is in the purse: everything from here on burns it (steps 6 to 13).
    fn paid(&mut self, now: u64, work: Work, msat: u64, unit: &str) -> Vec<ProviderStep> {
        if let Some(error_type) = self.switches.lie.refusal_after() {
            let error = ErrorReply::lie(&error_type);
            return self.finish(now, work, Then::Say(error.to_text()));
        }
        if unit != "sat" && unit != "msat" {
            return self.finish(now, work, Then::Say(ErrorReply::unsupported_unit(unit).to_text()));
        }
        let then = match &work.request {
            Request::Spawn(spawn) => match self.price(spawn, msat) {
                Ok(()) => Then::Provision { msat },
                Err(error) => Then::Say(error.to_text()),
            },
            Request::TopUp(_) => Then::Extend { msat },
            Request::Status(_) | Request::Unreadable => return Vec::new(),
        };
        self.finish(now, work, then)
    }

    fn finish(&mut self, now: u64, work: Work, then: Then) -> Vec<ProviderStep> {
        self.finish_job(now, work.job, work.request, then)
    }

    /// Concludes now, or later when the provider is told to be slow.
    fn finish_job(&mut self, now: u64, job: Job, request: Request, then: Then) -> Vec<ProviderStep> {
        if self.switches.delay_secs == 0 {
            return self.conclude(now, job, &request, then);
        }
        let until = now.saturating_add(self.switches.delay_secs);
        self.work = Some(Work { job, request, stage: Stage::Slow { until, then } });
        Vec::new()
    }

    fn conclude(&mut self, now: u64, job: Job, request: &Request, then: Then) -> Vec<ProviderStep> {
        let text = match (then, request) {
            (Then::Provision { msat }, Request::Spawn(spawn)) => self.provision(now, &job.from, spawn, msat),
            (Then::Extend { msat }, Request::TopUp(top_up)) => self.extend(&job.from, top_up, msat),
            (Then::Say(text), _) => text,
            (Then::Provision { .. } | Then::Extend { .. }, _) => return Vec::new(),
        };
        self.handled = self.handled.saturating_add(1);
        let lie = self.switches.lie.clone();
        if lie.handle_twice && !job.repeated {
            self.queue.push_front(Job { repeated: true, ..job.clone() });
        } else {
            self.switches.lie.used();
        }
        if self.switches.mute {
            return Vec::new();
        }
        let text = lie.garbage.unwrap_or(text);
        let copies = if lie.reply_twice { 2 } else { 1 };
        let signer = if lie.foreign_author { wire::stranger(&mut self.rng) } else { self.keys.clone() };
        let mut steps = Vec::new();
        for _ in 0..copies {
            let event = wire::nip04_event(&signer, &mut self.rng, &job.from, &text, now);
            self.replies.push(SentReply { at: now, to: job.from.to_hex(), plaintext: text.clone() });
            steps.push(ProviderStep::Publish(event));
        }
        steps
    }
}
