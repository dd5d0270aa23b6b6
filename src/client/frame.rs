//! From a relay's frame to what it means. Whatever is wrong with it becomes a notice.

use super::effect::{Effect, Turn, View};
use super::known::Seen;
use super::lease::Lease;
use super::relays::{Line, LineKey, Relays};
use super::watch::is_beats_question;
use super::{Client, HeartbeatObservation, mint_list};
use crate::model::RelayUrl;
use crate::protocol::{Heartbeat, Offer, RelayMessage, UnverifiedEvent, VerifiedEvent, dm, filter, kind};

const OFFERS: &str = "offers";
const LIVE: &str = "live";
const STORED: &str = "stored";
/// How far back the stored heartbeats of everybody are asked for.
const STORED_SECS: u64 = 300;
/// How much of the stored past is asked for again after a connection was lost.
const OVERLAP_SECS: u64 = 600;
const MOST_PROVIDERS: usize = 20_000;

impl Client {
    /// Sends the subscriptions of a line that just opened.
    pub(super) fn subscribe(&mut self, now: u64, turn: &mut Turn, key: &LineKey) {
        let there = self.market.to_network_clock(now);
        if key.lease.is_none() {
            self.mint_list.forget(&key.url);
            let offers_since =
                self.relays.line(key).and_then(|line| line.offers_read_at).map(|at| at.saturating_sub(OVERLAP_SECS));
            self.tell(turn, key, filter::req_offers(OFFERS, offers_since));
            self.tell(turn, key, filter::req_live_heartbeats(LIVE));
            self.tell(turn, key, filter::req_stored_heartbeats(STORED, None, there.saturating_sub(STORED_SECS)));
        }
        for account in self.listening() {
            if key.lease.is_none_or(|own| own == account) {
                self.listen_on(turn, key, account);
            }
        }
    }

    /// Subscribes to the replies to a lease on one line.
    pub(super) fn listen_on(&mut self, turn: &mut Turn, key: &LineKey, account: u32) {
        let Some(lease) = self.leases.get(&account) else { return };
        let (provider, since) = (lease.provider, lease.request_dated.saturating_sub(OVERLAP_SECS));
        let me = dm::public_key(&self.secret(account));
        self.tell(turn, key, filter::req_replies(&Lease::id(account), &provider, &me, since));
    }

    pub(super) fn tell(&self, turn: &mut Turn, key: &LineKey, text: String) {
        if let Some(socket) = self.relays.line(key).and_then(Line::open_socket) {
            turn.at_once.push(Effect::SendText { socket, text });
        }
    }

    pub(super) fn frame(&mut self, now: u64, turn: &mut Turn, socket: u32, text: &str) {
        let Some(key) = self.relays.by_socket(socket) else { return };
        let message = match RelayMessage::parse(text) {
            Ok(message) => message,
            Err(refusal) => return self.refuse(now, turn, &key, &refusal.to_string()),
        };
        match message {
            RelayMessage::Event { subscription, event } => {
                self.relays.heard(now, turn, &key, Some(&subscription));
                if let Some(line) = self.relays.line_mut(&key) {
                    line.events = line.events.saturating_add(1);
                }
                self.event(now, turn, &key, &subscription, *event);
            }
            RelayMessage::Eose { subscription } => {
                self.relays.heard(now, turn, &key, Some(&subscription));
                if Relays::is_probe(&subscription) || is_beats_question(&subscription) {
                    self.tell(turn, &key, filter::close(&subscription));
                } else if subscription == mint_list::SUBSCRIPTION {
                    self.mint_list_read(now, turn, &key.url);
                } else if subscription == OFFERS {
                    let there = self.market.to_network_clock(now);
                    if let Some(line) = self.relays.line_mut(&key) {
                        line.offers_read_at = Some(there);
                    }
                }
            }
            RelayMessage::Ok { event, accepted, message } => {
                self.relays.heard(now, turn, &key, None);
                self.published(now, turn, &key, event, accepted, &message);
                self.mint_list_written(now, turn, &key.url, event, (!accepted).then_some(&message));
            }
            RelayMessage::Closed { subscription, message } => {
                self.relays.heard(now, turn, &key, Some(&subscription));
                self.say(turn, &key, &message);
                if subscription == mint_list::SUBSCRIPTION {
                    self.mint_list_refused(now, turn, &key.url, &message);
                }
                if let Some(account) = Lease::account_of(&subscription)
                    && message.starts_with("auth-required")
                {
                    self.open_own_line(&key, account);
                }
            }
            RelayMessage::Notice { message } => {
                self.relays.heard(now, turn, &key, None);
                self.say(turn, &key, &message);
                self.notices.add(now, key.url.as_str(), &message);
                turn.changed.insert(View::Notices);
            }
            RelayMessage::Auth { challenge } => {
                self.relays.heard(now, turn, &key, None);
                self.answer_challenge(now, turn, &key, &challenge);
            }
        }
    }

    /// Reads of the market never authenticate. A lease that must does so with its own key on a socket of its own.
    pub(super) fn open_own_line(&mut self, key: &LineKey, account: u32) {
        self.relays.add(LineKey { url: key.url.clone(), lease: Some(account) });
    }

    fn answer_challenge(&mut self, now: u64, turn: &mut Turn, key: &LineKey, challenge: &str) {
        let Some(account) = key.lease else { return };
        if !self.relays.line_mut(key).is_some_and(Line::may_authenticate) {
            return;
        }
        let secret = self.secret(account);
        let dated = self.market.to_network_clock(now);
        let event = dm::auth_event(&secret, challenge, &key.url, dated, &mut self.rng);
        self.tell(turn, key, event.frame());
        self.listen_on(turn, key, account);
        self.ask_on(turn, key, account);
    }

    fn say(&mut self, turn: &mut Turn, key: &LineKey, message: &str) {
        if let Some(line) = self.relays.line_mut(key) {
            line.reason = Some(message.to_owned());
            turn.changed.insert(View::Settings);
        }
    }

    fn refuse(&mut self, now: u64, turn: &mut Turn, key: &LineKey, text: &str) {
        if let Some(line) = self.relays.line_mut(key) {
            line.refused = line.refused.saturating_add(1);
        }
        self.notices.add(now, key.url.as_str(), text);
        turn.changed.extend([View::Notices, View::Settings]);
    }

    fn event(&mut self, now: u64, turn: &mut Turn, key: &LineKey, subscription: &str, event: UnverifiedEvent) {
        let id = event.id();
        match self.known.get(&id) {
            Some(Seen::Heartbeat(beat)) => {
                let beat = *beat;
                return self.heartbeat(now, turn, &key.url, &beat);
            }
            Some(Seen::MintList(list)) => {
                let mints = list.mints.clone();
                return self.mint_list.read(&key.url, mints);
            }
            Some(Seen::Other) => return,
            None if self.known.is_bad(&id, &key.url) => {
                if let Some(line) = self.relays.line_mut(key) {
                    line.refused = line.refused.saturating_add(1);
                }
                return;
            }
            None => {}
        }
        match event.verify().and_then(|event| self.understand(now, turn, key, subscription, &event)) {
            Ok(seen) => self.known.remember(id, seen),
            Err(refusal) => {
                self.known.remember_bad(id, key.url.clone());
                self.refuse(now, turn, key, &refusal.to_string());
            }
        }
    }

    fn understand(
        &mut self,
        now: u64,
        turn: &mut Turn,
        key: &LineKey,
        subscription: &str,
        event: &VerifiedEvent,
    ) -> Result<Seen, crate::protocol::Refusal> {
        match event.kind() {
            kind::OFFER => {
                let offer = Offer::from_event(event)?;
                if self.has_room(&offer.provider) {
                    let mut lazy = Turn::default();
                    if self.market.take_offer(&mut lazy, offer, event) {
                        turn.changed.insert(View::Market);
                        self.later(now, lazy.records);
                    }
                }
                Ok(Seen::Other)
            }
            kind::HEARTBEAT | kind::HEARTBEAT_LIVE => {
                let beat = Heartbeat::from_event(event)?;
                self.heartbeat(now, turn, &key.url, &beat);
                Ok(Seen::Heartbeat(beat))
            }
            kind::DIRECT_MESSAGE => {
                if let Some(account) = Lease::account_of(subscription) {
                    self.reply(now, turn, account, event)?;
                }
                Ok(Seen::Other)
            }
            kind::MINT_LIST => self.take_mint_list(now, turn, &key.url, event).map(Seen::MintList),
            _ => Ok(Seen::Other),
        }
    }

    fn has_room(&self, provider: &crate::model::ProviderKey) -> bool {
        self.market.listings.len() < MOST_PROVIDERS || self.market.listings.contains_key(provider)
    }

    fn heartbeat(&mut self, now: u64, turn: &mut Turn, relay: &RelayUrl, beat: &Heartbeat) {
        if !self.has_room(&beat.provider) {
            return;
        }
        let mut lazy = Turn::default();
        let relays = &self.relays;
        let told = self.market.take_heartbeat(now, &mut lazy, relay, beat, |url| {
            relays.line(&LineKey::shared(url)).and_then(Line::open_since)
        });
        self.later(now, lazy.records);
        turn.changed.insert(View::Market);
        turn.about = Some(beat.provider);
        if self.watches(&beat.provider) {
            turn.changed.insert(View::Leases);
            self.observations.push(HeartbeatObservation {
                provider_npub: beat.provider.to_hex(),
                relay_url: relay.to_string(),
                seen_at: now,
                event_timestamp: self.market.to_our_clock(beat.timestamp),
            });
            self.heard_provider(now, turn, beat, told);
        }
    }
}
