//! The request of a lease: made and kept, given to relays, and what they say to it.

use super::conduct::Verdict;
use super::effect::{Effect, Turn};
use super::lease::{State, Why};
use super::relays::{Line, LineKey};
use super::{Client, Error, ErrorCode};
use crate::keys;
use crate::model::{Gather, RelayUrl, Set};
use crate::protocol::{EventId, SignedEvent, SpawnRequest, SshPassword, VerifiedEvent, dm};

/// After this long without a reply the other relays get the request too.
const OTHERS_AFTER_SECS: u64 = 5;
/// After a restart, this long for a reply that relays may hold already before the request is repeated.
const LISTEN_FIRST_SECS: u64 = 5;
/// After this long without a reply the mint and the relays are asked what happened.
pub(super) const SOFT_TIMEOUT_SECS: u64 = 120;
impl Client {
    /// The token exists and is durable with this turn: the request is made and kept, and leaves after the commit.
    pub(super) fn token_ready(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let made = self.make_request(account, &secret, dated);
        let Some(lease) = self.leases.get_mut(&account) else { return };
        // The mint's fee may have changed since the quote, within what was agreed.
        lease.face = self.wallet.operation(&lease.operation).map_or(lease.face, |made| made.amount.to_sat_ceil());
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
    pub(super) fn lease_lines(&self, account: u32) -> Vec<LineKey> {
        self.settings
            .relays
            .iter()
            .map(|url| {
                let own = LineKey { url: url.clone(), lease: Some(account) };
                if self.relays.line(&own).is_some() { own } else { LineKey::shared(url) }
            })
            .filter(|key| self.relays.line(key).is_some_and(|line| line.open_socket().is_some()))
            .collect()
    }

    pub(super) fn listen_everywhere(&mut self, turn: &mut Turn, account: u32) {
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

    pub(super) fn send_request(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(first) = self.best_line(now, account) else { return };
        let Some(lease) = self.leases.get_mut(&account) else { return };
        lease.state = State::RequestMayBeOut { since: now };
        lease.note(now, format!("sending the request to {}", first.url));
        self.save_lease(turn, account);
        self.publish_first(now, turn, account, &first);
    }

    /// Sends the request once more after a restart, for nobody knows whether it ever left. As a new event, because relays and
    /// providers pass over one they have seen; with the same text and token, so that the mint lets it be paid once.
    fn repeat_request(&mut self, now: u64, turn: &mut Turn, account: u32) {
        let Some(first) = self.best_line(now, account) else { return };
        let conduct = self.conducts.entry(account).or_default();
        if conduct.next_step == 0 {
            conduct.next_step = now.saturating_add(LISTEN_FIRST_SECS);
        }
        if conduct.next_step > now {
            return;
        }
        conduct.restarted = false;
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let Some(lease) = self.leases.get_mut(&account) else { return };
        let text = lease
            .request
            .as_ref()
            .and_then(|request| VerifiedEvent::from_json(request.json()).ok())
            .and_then(|event| dm::nip04_open_request(&secret, &lease.provider, &event).ok());
        let again = text.and_then(|text| dm::nip04_request(&secret, &lease.provider, &text, dated, &mut self.rng).ok());
        let Some(again) = again else { return self.begin_recovery(now, turn, account, Why::NoAnswer) };
        // Replies are asked for since the date of the first event: they may answer either.
        lease.request = Some(again);
        lease.note(now, format!("sending the request once more to {}; it is paid at most once", first.url));
        self.save_lease(turn, account);
        self.publish_first(now, turn, account, &first);
    }

    fn publish_first(&mut self, now: u64, turn: &mut Turn, account: u32, key: &LineKey) {
        self.conducts.entry(account).or_default().next_step = now.saturating_add(OTHERS_AFTER_SECS);
        self.publish(turn, account, key);
    }

    /// Gives the request to one relay, after everything before it is durable.
    fn publish(&mut self, turn: &mut Turn, account: u32, key: &LineKey) {
        let Some(request) = self.leases.get(&account).and_then(|lease| lease.request.clone()) else { return };
        let Some(socket) = self.relays.line(key).and_then(Line::open_socket) else { return };
        let conduct = self.conducts.entry(account).or_default();
        conduct.published.insert(key.url.clone(), None);
        conduct.request_ids.insert(request.id());
        turn.held.push(Effect::SendText { socket, text: request.frame() });
    }

    pub(super) fn await_answer(&mut self, now: u64, turn: &mut Turn, account: u32, since: u64) {
        if now.saturating_sub(since) >= SOFT_TIMEOUT_SECS {
            return self.begin_recovery(now, turn, account, Why::NoAnswer);
        }
        let conduct = self.conducts.entry(account).or_default();
        if conduct.restarted {
            return self.repeat_request(now, turn, account);
        }
        if conduct.next_step <= now || self.all_refused(account) {
            let given: Set<RelayUrl> = self
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
        let again = !accepted
            && message.starts_with("auth-required")
            && match key.lease {
                None => {
                    self.open_own_line(key, account);
                    true
                }
                Some(_) => self.relays.line_mut(key).is_some_and(Line::may_authenticate),
            };
        if again {
            if let Some(conduct) = self.conducts.get_mut(&account) {
                conduct.published.remove(&key.url);
            }
            return;
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
        for (_, conduct) in self.conducts.iter_mut() {
            if conduct.published.get(&key.url) == Some(&None) {
                conduct.published.remove(&key.url);
            }
        }
    }
}
