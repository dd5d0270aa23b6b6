//! Finding out what became of a lease's money, and taking it back. The mint's word settles it, never a reply.

use super::Client;
use super::effect::Turn;
use super::lease::{State, Token, Why};
use crate::model::Sat;

/// An unspent token is taken back after this long …
pub(super) const GIVE_UP_SECS: u64 = 600;
/// … or after this long when the provider is not online either.
const GIVE_UP_OFFLINE_SECS: u64 = 180;
/// A success may still follow `token_already_spent` (PROTOCOL §2.7).
const SUCCESS_MAY_FOLLOW_SECS: u64 = 10;
/// A mint that goes on refusing to swap a token back is asked this often.
const LONGEST_REFUSED_PAUSE_SECS: u64 = 3600;

impl Client {
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

    pub(super) fn recover(&mut self, now: u64, turn: &mut Turn, account: u32, since: u64, why: &Why, token: Token) {
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

    pub(super) fn ask_mint(&mut self, now: u64, turn: &mut Turn, account: u32) {
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
                if matches!(lease.state, State::Preparing | State::RequestHeld { .. }) {
                    lease.state = State::Recovering { since: lease.created_at, why, token: Token::Unasked };
                }
                self.conducts.entry(account).or_default().pause(now);
                self.save_lease(turn, account);
            }
        }
    }

    /// The mint refused to swap the token back, or the person gave that up: it is out as before. Asked by the wallet's state
    /// and not by its event, so that a lease which was stored like this goes on as well.
    pub(super) fn not_taken_back(&mut self, now: u64, turn: &mut Turn, account: u32, why: Why) {
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.state = State::Recovering { since: lease.created_at, why, token: Token::Unasked };
        lease.note(now, "the money did not come back; it is asked for again");
        let conduct = self.conducts.entry(account).or_default();
        conduct.tries = conduct.tries.saturating_add(1);
        conduct.next_step = now.saturating_add((60 << conduct.tries.min(6)).min(LONGEST_REFUSED_PAUSE_SECS));
        self.save_lease(turn, account);
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
            let experience = self.experience.entry(provider).or_default();
            experience.unredeemable.insert(mint);
            experience.save(turn, &provider);
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
}
