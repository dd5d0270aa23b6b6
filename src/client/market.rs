//! Offers and heartbeats: who is there, who was heard by which relay, and whose clock is wrong.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::effect::Turn;
use crate::model::{Gather, Map, ProviderKey, RelayUrl, Set};
use crate::protocol::{Heartbeat, HeartbeatForm, Offer, VerifiedEvent};
use crate::tree;

/// A provider counts as online while its newest heartbeat is younger (PROTOCOL §6.1).
pub(super) const ONLINE_SECS: u64 = 120;
const HOME_FORGOTTEN_SECS: u64 = 7 * 24 * 3600;
const HOME_WRITTEN_EVERY_SECS: u64 = 24 * 3600;
const BEATS_KEPT: usize = 8;
const CLOCK_WRONG_SECS: i64 = 60;
const CLOCK_AGREES_SECS: i64 = 30;
const CLOCK_FORGOTTEN_SECS: u64 = 600;
/// A signature costs about 0.24 ms in a browser, and no call may take longer than 8 ms (DESIGN §7.1).
const READ_AT_ONCE: usize = 30;

/// What is known of one provider.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) offer: Option<Offer>,
    pub(super) active_workloads: Option<u32>,
    /// The newest heartbeat, dated by our own clock.
    pub(super) newest: Option<u64>,
    /// When each relay last delivered a heartbeat, dated by us.
    pub(super) heard_by: Map<RelayUrl, u64>,
    /// The relays the provider publishes on, as far as we saw, and when we last wrote that down.
    home: Map<RelayUrl, Home>,
    /// The newest beats and who carried them.
    beats: VecDeque<Beat>,
    /// How far the provider's clock is ahead of ours, and when we saw that.
    offset: Option<(i64, u64)>,
}

#[derive(Debug, Clone, Copy)]
struct Home {
    delivered: u64,
    written: u64,
}

#[derive(Debug)]
struct Beat {
    timestamp: u64,
    first_heard: u64,
    carriers: Set<RelayUrl>,
}

#[derive(Serialize, Deserialize)]
struct HomeRecord {
    version: u8,
    relays: Map<RelayUrl, u64>,
}

#[derive(Serialize, Deserialize)]
struct OfferRecord {
    version: u8,
    event: String,
}

/// What a heartbeat told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// This relay delivered this provider's beat for the first time in a while: its home relays changed.
    pub(super) homes_changed: bool,
    /// The beats came back after a gap in which the provider was not online.
    pub(super) returned: bool,
}

#[derive(Debug, Default)]
pub(super) struct Market {
    pub(super) listings: BTreeMap<ProviderKey, Listing>,
    /// Stored offers whose signatures were not checked yet since the start.
    unread: Vec<String>,
    /// How far our clock is behind, by the word of at least three providers.
    offset: i64,
}

impl Listing {
    /// True while the newest heartbeat is fresh.
    pub(super) fn is_online(&self, now: u64) -> bool {
        self.newest
            .is_some_and(|beat| now.saturating_sub(beat) < ONLINE_SECS && beat <= now.saturating_add(ONLINE_SECS))
    }

    /// The relays that ever delivered an accepted heartbeat within the last seven days.
    pub(super) fn homes(&self, now: u64) -> impl Iterator<Item = &RelayUrl> {
        self.home
            .iter()
            .filter(move |(_, home)| now.saturating_sub(home.delivered) < HOME_FORGOTTEN_SECS)
            .map(|(relay, _)| relay)
    }

    /// The median gap between beats, once three were seen.
    pub(super) fn beat_interval(&self) -> Option<u64> {
        let mut times: Vec<_> = self.beats.iter().map(|beat| beat.timestamp).collect();
        times.sort_unstable();
        let mut gaps: Vec<_> =
            times.windows(2).filter_map(|pair| pair[1].checked_sub(pair[0])).filter(|gap| *gap > 0).collect();
        gaps.sort_unstable();
        (gaps.len() >= 2).then(|| gaps.get(gaps.len() / 2).copied()).flatten()
    }

    /// Home relays that stayed open through the last three finished beats and carried none of them.
    fn deserters(&self, open_since: &impl Fn(&RelayUrl) -> Option<u64>) -> Vec<RelayUrl> {
        let finished: Vec<_> = self.beats.iter().rev().skip(1).take(3).collect();
        let Some(oldest) = finished.iter().map(|beat| beat.first_heard).min() else { return Vec::new() };
        if finished.len() < 3 {
            return Vec::new();
        }
        self.home
            .keys()
            .filter(|relay| open_since(relay).is_some_and(|since| since <= oldest))
            .filter(|relay| finished.iter().all(|beat| !beat.carriers.contains(*relay)))
            .cloned()
            .collect()
    }
}

impl Market {
    /// Reads back home relays, and keeps offers for [`Market::read_stored`]; what cannot be read is forgotten, for relays
    /// have it.
    pub(super) fn open(records: &BTreeMap<String, String>) -> Self {
        let mut market = Self::default();
        for (key, value) in records {
            if key.starts_with("offer/") {
                market.unread.push(value.clone());
            }
            if let Some(provider) = key.strip_prefix("home/").and_then(|hex| hex.parse::<ProviderKey>().ok())
                && let Some(record) = tree::read::<HomeRecord>(value)
            {
                market.listings.entry(provider).or_default().home = record
                    .relays
                    .into_iter()
                    .map(|(relay, at)| (relay, Home { delivered: at, written: at }))
                    .into_map();
            }
        }
        market
    }

    /// True while stored offers wait to be read.
    pub(super) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Reads some of the stored offers, as many as one call has time for.
    pub(super) fn read_stored(&mut self) {
        let rest = self.unread.len().saturating_sub(READ_AT_ONCE);
        for text in self.unread.split_off(rest) {
            if let Some(record) = tree::read::<OfferRecord>(&text)
                && let Ok(event) = VerifiedEvent::from_json(&record.event)
                && let Ok(offer) = Offer::from_event(&event)
            {
                self.keep_if_newer(offer);
            }
        }
    }

    fn keep_if_newer(&mut self, offer: Offer) -> bool {
        let listing = self.listings.entry(offer.provider).or_default();
        let newer = listing.offer.as_ref().is_none_or(|known| known.created_at < offer.created_at);
        if newer {
            listing.offer = Some(offer);
        }
        newer
    }

    pub(super) fn listing(&self, provider: &ProviderKey) -> Option<&Listing> {
        self.listings.get(provider)
    }

    /// Seconds to add to our clock to get the providers' time; 0 when in doubt.
    pub(super) fn clock_offset(&self) -> i64 {
        self.offset
    }

    /// A provider's instant on our clock.
    pub(super) fn to_our_clock(&self, theirs: u64) -> u64 {
        theirs.saturating_add_signed(self.offset.saturating_neg())
    }

    /// Our instant on the providers' clock, for the dates of events we make.
    pub(super) fn to_network_clock(&self, ours: u64) -> u64 {
        ours.saturating_add_signed(self.offset)
    }

    /// Takes an offer, if it is newer than the one we have. True if anything changed.
    pub(super) fn take_offer(&mut self, turn: &mut Turn, offer: Offer, event: &VerifiedEvent) -> bool {
        let key = format!("offer/{}", offer.provider);
        let newer = self.keep_if_newer(offer);
        if newer {
            turn.put(key, &OfferRecord { version: 1, event: event.to_json() });
        }
        newer
    }

    /// Takes a heartbeat that this relay delivered. `open_since` tells since when a relay's line is open.
    pub(super) fn take_heartbeat(
        &mut self,
        now: u64,
        turn: &mut Turn,
        relay: &RelayUrl,
        beat: &Heartbeat,
        open_since: impl Fn(&RelayUrl) -> Option<u64>,
    ) -> Told {
        if beat.form == HeartbeatForm::Live {
            self.learn_offset(now, beat);
        }
        let ours = self.to_our_clock(beat.timestamp);
        let listing = self.listings.entry(beat.provider).or_default();
        let was_online = listing.is_online(now);
        let first_ever = listing.newest.is_none();
        if listing.newest.is_none_or(|newest| newest < ours) && ours <= now.saturating_add(ONLINE_SECS) {
            listing.newest = Some(ours);
            listing.active_workloads = Some(beat.active_workloads);
        }
        let fresh = now.saturating_sub(ours) < ONLINE_SECS;
        if fresh {
            // The beat's own age: a stored one that is delivered again is no newer than before.
            let at = listing.heard_by.entry(relay.clone()).or_default();
            *at = ours.min(now).max(*at);
        }
        let mut homes_changed = false;
        let newer = listing.beats.back().is_none_or(|last| last.timestamp < beat.timestamp);
        match listing.beats.iter_mut().find(|known| known.timestamp == beat.timestamp) {
            Some(known) => {
                known.carriers.insert(relay.clone());
            }
            None if newer => {
                listing.beats.push_back(Beat {
                    timestamp: beat.timestamp,
                    first_heard: now,
                    carriers: std::iter::once(relay.clone()).into_set(),
                });
                if listing.beats.len() > BEATS_KEPT {
                    listing.beats.pop_front();
                }
                for deserter in listing.deserters(&open_since) {
                    listing.home.remove(&deserter);
                    homes_changed = true;
                }
            }
            None => {}
        }
        let home = listing.home.entry(relay.clone()).or_insert(Home { delivered: now, written: 0 });
        homes_changed |= home.written == 0 || now.saturating_sub(home.delivered) >= HOME_FORGOTTEN_SECS;
        home.delivered = now;
        if homes_changed || now.saturating_sub(home.written) >= HOME_WRITTEN_EVERY_SECS {
            home.written = now;
            let relays = listing.home.iter().map(|(relay, home)| (relay.clone(), home.delivered)).into_map();
            turn.put(format!("home/{}", beat.provider), &HomeRecord { version: 1, relays });
        }
        Told { homes_changed, returned: fresh && !was_online && !first_ever }
    }

    fn learn_offset(&mut self, now: u64, beat: &Heartbeat) {
        let Some(offset) = difference(beat.timestamp, now) else { return };
        self.listings.entry(beat.provider).or_default().offset = Some((offset, now));
        let mut offsets: Vec<i64> = self
            .listings
            .values()
            .filter_map(|listing| listing.offset)
            .filter(|(_, at)| now.saturating_sub(*at) < CLOCK_FORGOTTEN_SECS)
            .map(|(offset, _)| offset)
            .collect();
        offsets.sort_unstable();
        let median = offsets.get(offsets.len() / 2).copied().unwrap_or(0);
        let agreeing =
            offsets.iter().filter(|offset| offset.abs_diff(median) <= CLOCK_AGREES_SECS.unsigned_abs()).count();
        let wrong = agreeing >= 3 && agreeing * 2 > offsets.len() && median.saturating_abs() > CLOCK_WRONG_SECS;
        self.offset = if wrong { median } else { 0 };
    }
}

fn difference(theirs: u64, ours: u64) -> Option<i64> {
    i64::try_from(theirs).ok()?.checked_sub(i64::try_from(ours).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(name: &str) -> RelayUrl {
        format!("wss://{name}").parse().expect("a relay URL")
    }

    fn beat(provider: u8, timestamp: u64) -> Heartbeat {
        Heartbeat {
            provider: ProviderKey::from_bytes([provider; 32]),
            timestamp,
            active_workloads: 1,
            form: HeartbeatForm::Live,
            version: 1,
        }
    }

    fn take(market: &mut Market, now: u64, from: &str, beat: &Heartbeat) -> Told {
        market.take_heartbeat(now, &mut Turn::default(), &relay(from), beat, |_| Some(0))
    }

    #[test]
    fn our_clock_is_wrong_only_by_the_word_of_three_providers() {
        let mut market = Market::default();
        for provider in 1..=2 {
            take(&mut market, 1_000, "a", &beat(provider, 1_200));
        }
        assert_eq!(market.clock_offset(), 0);
        take(&mut market, 1_000, "a", &beat(3, 1_205));
        assert_eq!(market.clock_offset(), 200);
        assert_eq!(market.to_our_clock(1_205), 1_005);
        assert_eq!(market.to_network_clock(1_000), 1_200);
    }

    #[test]
    fn a_relay_that_carries_none_of_three_beats_is_no_home_relay_any_more() {
        let mut market = Market::default();
        let key = ProviderKey::from_bytes([1; 32]);
        for from in ["a", "b"] {
            take(&mut market, 1_000, from, &beat(1, 1_000));
        }
        for now in [1_060, 1_120, 1_180] {
            take(&mut market, now, "a", &beat(1, now));
            assert_eq!(market.listing(&key).map(|listing| listing.homes(now).count()), Some(2), "at {now}");
        }
        take(&mut market, 1_240, "a", &beat(1, 1_240));
        let homes: Vec<_> =
            market.listing(&key).into_iter().flat_map(|listing| listing.homes(1_240)).cloned().collect();
        assert_eq!(homes, [relay("a")]);
    }

    #[test]
    fn a_home_relay_is_forgotten_after_seven_days() {
        let mut market = Market::default();
        take(&mut market, 1_000, "a", &beat(1, 1_000));
        let listing = market.listing(&ProviderKey::from_bytes([1; 32])).expect("just heard");
        assert_eq!(listing.homes(1_000 + HOME_FORGOTTEN_SECS - 1).count(), 1);
        assert_eq!(listing.homes(1_000 + HOME_FORGOTTEN_SECS).count(), 0);
    }

    #[test]
    fn a_provider_is_online_for_two_minutes_and_not_by_a_beat_from_the_future() {
        let now = 1_000;
        for (timestamp, online) in [
            (now, true),
            (now - 119, true),
            (now - 120, false),
            (now + 120, true),
            (now + 121, false),
            (0, false),
            (u64::MAX, false),
        ] {
            let mut market = Market::default();
            take(&mut market, now, "a", &beat(1, timestamp));
            let listing = market.listing(&ProviderKey::from_bytes([1; 32])).expect("just heard");
            assert_eq!(listing.is_online(now), online, "{timestamp} at {now}");
        }
    }

    #[test]
    fn the_beat_interval_is_the_median_gap() {
        let mut market = Market::default();
        for now in [1_000, 1_060, 1_125, 1_400] {
            take(&mut market, now, "a", &beat(1, now));
        }
        let listing = market.listing(&ProviderKey::from_bytes([1; 32])).expect("just heard");
        assert_eq!(listing.beat_interval(), Some(65));
    }
}
