//! Conducting leases: what is due in each state, and what the wallet's word means for it.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, Turn, View};
use super::lease::{Lease, State, Token, Why};
use super::order::Quote;
use super::relays::LineKey;
use super::{Client, Error, ErrorCode};
use crate::durable_workload::QuorumConfig;
use crate::keys;
use crate::model::{Gather, RelayUrl, Sat};
use crate::protocol::{EventId, SignedEvent, SpawnRequest, SshPassword, dm, request};
use crate::wallet::{Purpose, SendAmount};

/// After this long without a reply the other relays get the request too.
const OTHERS_AFTER_SECS: u64 = 5;
/// After this long without a reply the mint and the relays are asked what happened.
const SOFT_TIMEOUT_SECS: u64 = 120;
/// An unspent token is taken back after this long …
const GIVE_UP_SECS: u64 = 600;
/// … or after this long when the provider is not online either.
const GIVE_UP_OFFLINE_SECS: u64 = 180;
/// A success may still follow `token_already_spent` (PROTOCOL §2.7).
const SUCCESS_MAY_FOLLOW_SECS: u64 = 10;
const LONGEST_PAUSE_SECS: u64 = 60;
const STATUS_TIMEOUT_SECS: u64 = 60;

/// What a lease needs only while this session lasts.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    /// The lease came out of the store: nobody waits at the screen for it.
    pub(super) restarted: bool,
    pub(super) judged_by: Option<QuorumConfig>,
    /// The relays that were given the request, and what they said.
    published: BTreeMap<RelayUrl, Option<Verdict>>,
    request_ids: BTreeSet<EventId>,
    checking: bool,
    next_step: u64,
    tries: u32,
    /// When the provider was last asked by owner, and whether the answer is still open.
    pub(super) status_asked: Option<u64>,
    pub(super) status_open: bool,
    running_checked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
}

impl Conduct {
    pub(super) fn after_restart() -> Self {
        Self { restarted: true, ..Self::default() }
    }

    fn pause(&mut self, now: u64) {
        self.tries = self.tries.saturating_add(1);
        let secs = 3_u64.saturating_mul(1 << self.tries.min(6)).min(LONGEST_PAUSE_SECS);
        self.next_step = now.saturating_add(secs);
    }
}

impl Client {
    // ---- intents ----

    /// Rents what a quote says, if it still holds. Returns the lease's id.
    ///
    /// # Errors
    /// [`ErrorCode::NotEligible`] with every reason, [`ErrorCode::QuoteChanged`] when it became dearer or another mint
    /// would pay, [`ErrorCode::Store`], and those of [`Wallet::send`](crate::wallet::Wallet::send).
    pub fn rent(&mut self, now: u64, agreed: &Quote) -> Result<(String, Vec<Effect>), Error> {
        self.usable()?;
        let (quote, eligible) = self.judge(now, &agreed.order)?;
        let Some(eligible) = eligible else {
            let reasons: Vec<_> = quote.reasons.iter().map(|reason| reason.text.as_str()).collect();
            return Err(Error::new(ErrorCode::NotEligible, reasons.join("; ")));
        };
        if quote.total > agreed.total || quote.mint != agreed.mint {
            return Err(Error::new(
                ErrorCode::QuoteChanged,
                format!(
                    "it would now cost {} instead of {}; look at the new price and decide again",
                    quote.total, agreed.total
                ),
            ));
        }
        let account = self.account.next_lease;
        let id = Lease::id(account);
        let next = account.checked_add(1).filter(|next| *next < 1 << 31);
        let next = next.ok_or_else(|| {
            Error::new(ErrorCode::WrongState, "this phrase has no lease accounts left; start a new one")
        })?;
        let amount = SendAmount::Arrives(eligible.price);
        let (operation, step) =
            self.wallet.send_within(now, &eligible.mint, amount, Purpose::Lease(id.clone()), agreed.total)?;
        let mut turn = Turn::default();
        self.account.next_lease = next;
        self.account.save(&mut turn);
        let mut lease = Lease {
            version: 1,
            account,
            provider: eligible.provider,
            provider_name: eligible.provider_name,
            tier: eligible.tier,
            workload: eligible.workload,
            duration_secs: quote.duration_secs,
            mint: eligible.mint,
            operation,
            face: quote.face,
            created_at: now,
            state: State::Preparing,
            request: None,
            request_dated: 0,
            access: None,
            status: None,
            expires_at: None,
            consumed: BTreeSet::new(),
            watch: None,
            forgotten_at: None,
            journal: Vec::new(),
        };
        lease.note(
            now,
            format!("ordered {} of {} for at most {}", seconds(quote.duration_secs), lease.tier.name, quote.total),
        );
        self.leases.insert(account, lease);
        self.conducts.insert(account, Conduct::default());
        self.save_lease(&mut turn, account);
        self.take(now, &mut turn, step);
        Ok((id, self.finish(now, turn)))
    }

    /// Takes the token of a lease back, if the provider did not redeem it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when there is nothing to take back, [`ErrorCode::Store`].
    pub fn reclaim_lease(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        let mut turn = Turn::default();
        let open = self.leases.get(&account).is_some_and(|lease| {
            // A box that was never paid for may have ended with its token still out.
            let unredeemed =
                matches!(lease.state, State::Ended { .. }) && self.wallet.token(&lease.operation).is_some();
            unredeemed
                || matches!(
                    lease.state,
                    State::RequestHeld { .. } | State::RequestMayBeOut { .. } | State::Recovering { .. }
                )
        });
        if !open {
            return Err(Error::new(ErrorCode::WrongState, "there is no token of this lease to take back"));
        }
        self.begin_reclaim(now, &mut turn, account, Why::TakenBack);
        Ok(self.finish(now, turn))
    }

    /// Sends the request of a lease that was held back since a restart.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] when no request is held, [`ErrorCode::Store`].
    pub fn resume_lease(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        if !self.leases.get(&account).is_some_and(|lease| matches!(lease.state, State::RequestHeld { .. })) {
            return Err(Error::new(ErrorCode::WrongState, "no request of this lease is held back"));
        }
        self.conducts.entry(account).or_default().restarted = false;
        Ok(self.finish(now, Turn::default()))
    }

    /// Asks the provider about a lease, by the key that owns it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::WrongState`] before anything was sent, [`ErrorCode::Store`].
    pub fn ask_status(&mut self, now: u64, id: &str) -> Result<Vec<Effect>, Error> {
        self.usable()?;
        let account = self.account_of(id)?;
        let mut turn = Turn::default();
        if !self
            .leases
            .get(&account)
            .is_some_and(|lease| matches!(lease.state, State::Running | State::Recovering { .. }))
        {
            return Err(Error::new(
                ErrorCode::WrongState,
                "the provider knows nothing of this lease now, so there is nothing to ask",
            ));
        }
        self.ask_provider(now, &mut turn, account);
        Ok(self.finish(now, turn))
    }

    /// The password of a running workload. It is a secret: show it only when asked.
    #[must_use]
    pub fn lease_password(&self, id: &str) -> Option<String> {
        let lease = self.leases.get(&Lease::account_of(id)?)?;
        lease.access.as_ref()?.password.as_ref().map(|password| password.expose().to_owned())
    }

    fn account_of(&self, id: &str) -> Result<u32, Error> {
        Lease::account_of(id)
            .filter(|account| self.leases.contains_key(account))
            .ok_or_else(|| Error::new(ErrorCode::NotFound, "there is no such lease"))
    }

    // ---- what is due ----

    /// The leases whose replies are listened for.
    pub(super) fn listening(&self) -> Vec<u32> {
        self.leases
            .values()
            .filter(|lease| lease.listens() && lease.request.is_some())
            .map(|lease| lease.account)
            .collect()
    }

    pub(super) fn drive_leases(&mut self, now: u64, turn: &mut Turn) {
        let accounts: Vec<u32> = self.leases.keys().copied().collect();
        for account in accounts {
            self.drive_lease(now, turn, account);
        }
    }

    fn drive_lease(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(lease) = self.leases.get(&account) else { return };
        match lease.state.clone() {
            State::RequestHeld { since } => {
                let restarted = self.conducts.entry(account).or_default().restarted;
                if now.saturating_sub(since) >= GIVE_UP_SECS {
                    self.begin_reclaim(now, turn, account, Why::NotSent);
                } else if !restarted && !self.outbox.is_waiting() && turn.records.is_empty() {
                    self.send_request(now, turn, account);
                }
            }
            State::RequestMayBeOut { since } => self.await_answer(now, turn, account, since),
            State::Recovering { since, why, token } => self.recover(now, turn, account, since, &why, token),
            State::Running => {
                let conduct = self.conducts.entry(account).or_default();
                if !conduct.running_checked && !conduct.checking && conduct.next_step <= now {
                    conduct.pause(now);
                    self.ask_mint(now, turn, account);
                }
            }
            State::Preparing
            | State::Reclaiming { .. }
            | State::Ended { .. }
            | State::Returned { .. }
            | State::Lost { .. }
            | State::Cancelled { .. } => {}
        }
    }

    pub(super) fn next_lease_wake(&self) -> Option<u64> {
        let due = |lease: &Lease| {
            let conduct = self.conducts.get(&lease.account)?;
            match lease.state {
                State::RequestHeld { since } => Some(since.saturating_add(GIVE_UP_SECS)),
                State::RequestMayBeOut { since } => {
                    let others = since.saturating_add(OTHERS_AFTER_SECS);
                    Some(if others > self.last_input { others } else { since.saturating_add(SOFT_TIMEOUT_SECS) })
                }
                State::Recovering { .. } => Some(conduct.next_step),
                State::Running if !conduct.running_checked => {
                    Some(lease.expires_at.map_or(conduct.next_step, |end| end.min(conduct.next_step)))
                }
                State::Running => lease.expires_at,
                State::Preparing
                | State::Reclaiming { .. }
                | State::Ended { .. }
                | State::Returned { .. }
                | State::Lost { .. }
                | State::Cancelled { .. } => None,
            }
        };
        self.leases.values().filter_map(due).min()
    }

    /// The token exists and is durable with this turn: the request is made and kept, and leaves after the commit.
    pub(super) fn token_ready(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let made = self.make_request(account, &secret, dated);
        let Some(lease) = self.leases.get_mut(&account) else { return };
        // The mint's fee may have changed since the quote, within what was agreed.
        lease.face = self.wallet.operation(&lease.operation).map_or(lease.face, |made| made.amount);
        match made {
            Ok(request) => {
                lease.request = Some(request);
                lease.request_dated = dated;
                lease.state = State::RequestHeld { since: now };
                lease.note(now, "the token is ready and the request is written down");
                self.save_lease(turn, account);
                self.listen_everywhere(turn, account);
            }
            Err(error) => {
                lease.note(now, error.message());
                self.begin_reclaim(now, turn, account, Why::NotSent);
            }
        }
    }

    fn make_request(
        &mut self,
        account: u32,
        secret: &crate::model::LeaseSecret,
        dated: u64,
    ) -> Result<SignedEvent, Error> {
        let missing = || Error::new(ErrorCode::NotFound, "the token of this lease is gone");
        let lease = self.leases.get(&account).ok_or_else(missing)?;
        let token = self.wallet.token(&lease.operation).ok_or_else(missing)?;
        let password: SshPassword = keys::ssh_password(secret).parse()?;
        let text = SpawnRequest {
            token: &token,
            tier: &lease.tier,
            workload: &lease.workload,
            password: &password,
            workload_id: &keys::workload_id(secret),
            volume_key: None,
        }
        .to_text()?;
        dm::nip04_request(secret, &lease.provider, &text, dated, &mut self.rng)
    }

    /// The lines on which a lease speaks: its own where it must authenticate, else the market's.
    fn lease_lines(&self, account: u32) -> Vec<LineKey> {
        self.settings
            .relays
            .iter()
            .map(|url| {
                let own = LineKey { url: url.clone(), lease: Some(account) };
                if self.relays.line(&own).is_some() { own } else { LineKey { url: url.clone(), lease: None } }
            })
            .filter(|key| self.relays.line(key).is_some_and(|line| line.open_socket().is_some()))
            .collect()
    }

    fn listen_everywhere(&mut self, turn: &mut Turn, account: u32) {
        for key in self.lease_lines(account) {
            self.listen_on(turn, &key, account);
        }
    }

    /// The first relay to try: the one that delivered the freshest heartbeat.
    fn best_line(&self, now: u64, account: u32) -> Option<LineKey> {
        let lease = self.leases.get(&account)?;
        let heard = self.market.listing(&lease.provider).map(|listing| &listing.heard_by);
        self.lease_lines(account)
            .into_iter()
            .filter(|key| key.lease.is_some() || self.relays.is_connected(now, &key.url))
            .max_by_key(|key| heard.and_then(|heard| heard.get(&key.url)).copied().unwrap_or(0))
    }

    fn send_request(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(first) = self.best_line(now, account) else { return };
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.state = State::RequestMayBeOut { since: now };
        lease.note(now, format!("sending the request to {}", first.url));
        self.save_lease(turn, account);
        self.publish(turn, account, &first);
    }

    /// Gives the request to one relay, after everything before it is durable.
    fn publish(&mut self, turn: &mut Turn, account: u32, key: &LineKey) {
        let Some(request) = self.leases.get(&account).and_then(|lease| lease.request.clone()) else { return };
        let Some(socket) = self.relays.line(key).and_then(super::relays::Line::open_socket) else { return };
        let conduct = self.conducts.entry(account).or_default();
        conduct.published.insert(key.url.clone(), None);
        conduct.request_ids.insert(request.id());
        turn.held.push(Effect::SendText { socket, text: request.frame() });
    }

    fn await_answer(&mut self, now: u64, turn: &mut Turn, account: u32, since: u64) {
        let waited = now.saturating_sub(since);
        if waited >= SOFT_TIMEOUT_SECS {
            return self.begin_recovery(now, turn, account, Why::NoAnswer);
        }
        if waited >= OTHERS_AFTER_SECS || self.all_refused(account) {
            let given: BTreeSet<RelayUrl> = self
                .conducts
                .get(&account)
                .map(|conduct| conduct.published.keys().cloned().into_set())
                .unwrap_or_default();
            for key in self.lease_lines(account).into_iter().filter(|key| !given.contains(&key.url)) {
                self.publish(turn, account, &key);
            }
        }
        if self.all_refused(account) && self.lease_lines(account).iter().all(|key| self.was_given(account, &key.url)) {
            self.begin_recovery(now, turn, account, Why::NotSent);
        }
    }

    fn was_given(&self, account: u32, url: &RelayUrl) -> bool {
        self.conducts.get(&account).is_some_and(|conduct| conduct.published.contains_key(url))
    }

    fn all_refused(&self, account: u32) -> bool {
        self.conducts.get(&account).is_some_and(|conduct| {
            !conduct.published.is_empty()
                && conduct.published.values().all(|verdict| *verdict == Some(Verdict::Refused))
        })
    }

    /// A relay's word about something we published.
    pub(super) fn published(
        &mut self,
        now: u64,
        turn: &mut Turn,
        key: &LineKey,
        event: EventId,
        accepted: bool,
        message: &str,
    ) {
        let found =
            self.conducts.iter().find(|(_, conduct)| conduct.request_ids.contains(&event)).map(|(account, _)| *account);
        let Some(account) = found else { return };
        if !accepted && message.starts_with("auth-required") {
            if let Some(conduct) = self.conducts.get_mut(&account) {
                conduct.published.remove(&key.url);
            }
            return self.authenticate(now, turn, key, account);
        }
        if let Some(conduct) = self.conducts.get_mut(&account) {
            let verdict = if accepted { Verdict::Accepted } else { Verdict::Refused };
            conduct.published.insert(key.url.clone(), Some(verdict));
        }
        if let Some(lease) = self.leases.get_mut(&account)
            && lease.is_undecided()
        {
            let text = match accepted {
                true => format!("{} took the message", key.url),
                false => format!("{} refused the message: {message}", key.url),
            };
            lease.note(now, text);
            self.save_lease(turn, account);
        }
    }

    pub(super) fn line_closed(&mut self, key: &LineKey) {
        for conduct in self.conducts.values_mut() {
            if conduct.published.get(&key.url) == Some(&None) {
                conduct.published.remove(&key.url);
            }
        }
    }

    // ---- finding out what happened ----

    pub(super) fn begin_recovery(&mut self, now: u64, turn: &mut Turn, account: u32, why: Why) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let since = lease.state.sent_since().unwrap_or(now);
        lease.note(now, format!("finding out what became of the money, because {}", why.words()));
        let token = if let State::Recovering { token, .. } = lease.state { token } else { Token::Unasked };
        lease.state = State::Recovering { since, why, token };
        let conduct = self.conducts.entry(account).or_default();
        conduct.tries = 0;
        conduct.next_step = now;
        self.save_lease(turn, account);
    }

    fn recover(&mut self, now: u64, turn: &mut Turn, account: u32, since: u64, why: &Why, token: Token) {
        let conduct = self.conducts.entry(account).or_default();
        if conduct.next_step > now {
            return;
        }
        conduct.pause(now);
        match token {
            Token::Spent => {
                let waited = now.saturating_sub(since);
                let success_may_follow =
                    matches!(why, Why::Refused { error_type, .. } if error_type == "token_already_spent");
                self.listen_everywhere(turn, account);
                if !success_may_follow || waited >= SUCCESS_MAY_FOLLOW_SECS {
                    self.ask_provider(now, turn, account);
                }
            }
            Token::Unasked | Token::Unspent => {
                if token == Token::Unspent && self.is_hopeless(now, account, since, why) {
                    return self.begin_reclaim(now, turn, account, why.clone());
                }
                self.listen_everywhere(turn, account);
                self.ask_mint(now, turn, account);
            }
        }
    }

    /// True when nothing is to be expected of the provider any more while the token is unspent.
    fn is_hopeless(&self, now: u64, account: u32, since: u64, why: &Why) -> bool {
        let waited = now.saturating_sub(since);
        let online = self
            .leases
            .get(&account)
            .and_then(|lease| self.market.listing(&lease.provider))
            .is_some_and(|listing| listing.is_online(now));
        match why {
            Why::Refused { .. } | Why::NotSent | Why::TakenBack => true,
            Why::NoAnswer => waited >= GIVE_UP_SECS || (waited >= GIVE_UP_OFFLINE_SECS && !online),
        }
    }

    fn ask_mint(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(operation) = self.leases.get(&account).map(|lease| lease.operation) else { return };
        let conduct = self.conducts.entry(account).or_default();
        if conduct.checking {
            return;
        }
        conduct.checking = true;
        match self.wallet.check(now, &operation) {
            Ok(step) => self.take(now, turn, step),
            Err(_) => conduct.checking = false,
        }
    }

    pub(super) fn begin_reclaim(&mut self, now: u64, turn: &mut Turn, account: u32, why: Why) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let operation = lease.operation;
        match self.wallet.reclaim(now, &operation) {
            Ok(step) => {
                lease.note(now, format!("taking the money back, because {}", why.words()));
                lease.state = State::Reclaiming { why };
                self.save_lease(turn, account);
                self.take(now, turn, step);
            }
            Err(error) => {
                lease.note(now, format!("the money cannot be taken back yet: {error}"));
                self.conducts.entry(account).or_default().pause(now);
                self.save_lease(turn, account);
            }
        }
    }

    // ---- the wallet's word ----

    pub(super) fn token_spent(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let conduct = self.conducts.entry(account).or_default();
        conduct.checking = false;
        conduct.running_checked = true;
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let expected = match &lease.state {
            State::Recovering { token, .. } => *token != Token::Spent,
            State::Reclaiming { .. } | State::RequestMayBeOut { .. } => true,
            State::Preparing
            | State::RequestHeld { .. }
            | State::Running
            | State::Ended { .. }
            | State::Returned { .. }
            | State::Lost { .. }
            | State::Cancelled { .. } => false,
        };
        if !expected {
            return;
        }
        let since = lease.state.sent_since().unwrap_or(now);
        let why = lease.state.why().cloned().unwrap_or(Why::NoAnswer);
        if lease.access.is_some() {
            return self.begin_running(now, turn, account, "the mint confirms that the provider was paid");
        }
        lease.state = State::Recovering { since, why, token: Token::Spent };
        lease.note(now, "the mint says that the token was redeemed; asking the provider what it did with it");
        conduct.tries = 0;
        conduct.next_step = now;
        self.save_lease(turn, account);
    }

    pub(super) fn token_unspent(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let conduct = self.conducts.entry(account).or_default();
        conduct.checking = false;
        let Some(lease) = self.leases.get_mut(&account) else { return };
        if let State::Recovering { since, why, token } = lease.state.clone()
            && token != Token::Spent
        {
            if token != Token::Unspent {
                lease.state = State::Recovering { since, why: why.clone(), token: Token::Unspent };
                lease.note(now, "the mint says that the token was not redeemed");
                self.save_lease(turn, account);
            }
            if self.is_hopeless(now, account, since, &why) {
                self.begin_reclaim(now, turn, account, why);
            }
        }
    }

    pub(super) fn token_pending(&mut self, now: u64, account: u32) {
        let conduct = self.conducts.entry(account).or_default();
        conduct.checking = false;
        conduct.pause(now);
    }

    pub(super) fn token_returned(&mut self, now: u64, turn: &mut Turn, account: u32, amount: Sat) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let why = lease.state.why().cloned().unwrap_or(Why::TakenBack);
        lease.note(now, format!("{amount} are back in the wallet"));
        if let Why::Refused { error_type, .. } = &why
            && error_type == "mint_error"
        {
            let (provider, mint) = (lease.provider, lease.mint.clone());
            lease.note(now, format!("this provider cannot redeem money of {mint}; it is not offered for it any more"));
            let mints = self.unredeemable.entry(provider).or_default();
            mints.insert(mint);
            turn.put(format!("unredeemable/{provider}"), mints);
        }
        if let Some(lease) = self.leases.get_mut(&account) {
            lease.state = State::Returned { at: now, amount, why };
        }
        self.relays.remove_lease(turn, account);
        self.save_lease(turn, account);
    }

    pub(super) fn token_failed(&mut self, now: u64, turn: &mut Turn, account: u32, text: &str) {
        self.conducts.entry(account).or_default().checking = false;
        let Some(lease) = self.leases.get_mut(&account) else { return };
        if lease.state == State::Preparing {
            lease.note(now, format!("the token could not be made: {text}; nothing was sent"));
            lease.state = State::Cancelled { at: now, why: text.to_owned() };
            self.save_lease(turn, account);
        }
    }

    // ---- outcomes ----

    pub(super) fn begin_running(&mut self, now: u64, turn: &mut Turn, account: u32, text: &str) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.state = State::Running;
        lease.forgotten_at = None;
        lease.note(now, text);
        let conduct = self.conducts.entry(account).or_default();
        conduct.next_step = now;
        conduct.tries = 0;
        self.track(now, account);
        self.save_lease(turn, account);
        turn.changed.insert(View::Leases);
    }

    /// Asks the provider by the lease's own key, on every relay at hand.
    pub(super) fn ask_provider(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let conduct = self.conducts.entry(account).or_default();
        let recently = conduct.status_asked.is_some_and(|at| now.saturating_sub(at) < STATUS_TIMEOUT_SECS);
        if conduct.status_open && recently {
            return;
        }
        let Some(provider) = self.leases.get(&account).map(|lease| lease.provider) else { return };
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let text = request::status_by_owner(&dm::public_key(&secret));
        let Ok(event) = dm::nip04_request(&secret, &provider, &text, dated, &mut self.rng) else { return };
        let lines = self.lease_lines(account);
        if lines.is_empty() {
            return;
        }
        let conduct = self.conducts.entry(account).or_default();
        conduct.status_asked = Some(now);
        conduct.status_open = true;
        for key in lines {
            if let Some(socket) = self.relays.line(&key).and_then(super::relays::Line::open_socket) {
                turn.held.push(Effect::SendText { socket, text: event.frame() });
            }
        }
        if let Some(lease) = self.leases.get_mut(&account) {
            lease.note(now, "asking the provider about this lease");
            self.save_lease(turn, account);
        }
    }
}

fn seconds(secs: u64) -> String {
    match (secs / 3600, secs % 3600 / 60) {
        (0, 0) => format!("{secs} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
