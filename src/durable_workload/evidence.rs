//! What relays carried of a provider: the newest heartbeat of each, and when it was heard.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::blindness::Blindness;

/// How far a heartbeat may be dated ahead of our clock, in seconds.
const FUTURE_SECS: u64 = 120;

/// One heartbeat of a provider, as one relay carried it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatObservation {
    /// Whose heartbeat it is.
    pub provider_npub: String,
    /// The relay that carried it, compared as given.
    pub relay_url: String,
    /// When it arrived, in Unix seconds. Shown as evidence, never judged by.
    pub seen_at: u64,
    /// What time the heartbeat itself names, in Unix seconds.
    pub event_timestamp: u64,
}

/// When one relay was last heard, for people who ask why a workload is in its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayEvidence {
    /// The relay, as observations named it.
    pub relay_url: String,
    /// The `now` of the tick that counted its newest heartbeat.
    pub heard_at: u64,
    /// When that heartbeat arrived, by the observation's word.
    pub seen_at: u64,
    /// What time that heartbeat names.
    pub event_timestamp: u64,
}

/// One provider that tracked workloads name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Provider {
    pub(super) blindness: Blindness,
    /// The earliest instant from which a workload of it still counts silence.
    pub(super) counts_from: Option<u64>,
    /// One per `stale_secs` in use: which heartbeats count is all that depends on a workload's own numbers.
    evidence: Vec<Evidence>,
}

/// The newest heartbeat per relay that was counted under one `stale_secs`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Evidence {
    stale_secs: u64,
    /// How many tracked workloads are judged by it.
    workloads: usize,
    relays: BTreeMap<String, Beat>,
    /// All `heard_at`, latest first; out of date while `is_sorted` is false.
    heard: Vec<u64>,
    is_sorted: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Beat {
    heard_at: u64,
    seen_at: u64,
    event_timestamp: u64,
}

impl Beat {
    /// A newer heartbeat outranks; of one heartbeat, counted at different times, the time it was heard first.
    fn is_outranked_by(&self, other: &Self) -> bool {
        let rank = |beat: &Self| (beat.event_timestamp, Reverse(beat.heard_at), Reverse(beat.seen_at));
        rank(self) < rank(other)
    }
}

impl Provider {
    /// Starts to keep evidence for one more workload. What is known already and would have counted under `stale_secs`
    /// counts for it.
    pub(super) fn watch(&mut self, stale_secs: u64) {
        if let Some(evidence) = self.evidence.iter_mut().find(|evidence| evidence.stale_secs == stale_secs) {
            evidence.workloads += 1;
            return;
        }
        let mut relays: BTreeMap<String, Beat> = BTreeMap::new();
        for (relay, beat) in self.evidence.iter().flat_map(|evidence| &evidence.relays) {
            let counts = beat.event_timestamp.saturating_add(stale_secs) >= beat.heard_at;
            let is_better = relays.get(relay).is_none_or(|known| known.is_outranked_by(beat));
            if counts && is_better {
                relays.insert(relay.clone(), *beat);
            }
        }
        self.evidence.push(Evidence { stale_secs, workloads: 1, relays, heard: Vec::new(), is_sorted: false });
    }

    /// Ends what `watch` began; evidence that no workload is judged by is forgotten.
    pub(super) fn unwatch(&mut self, stale_secs: u64) {
        for evidence in self.evidence.iter_mut().filter(|evidence| evidence.stale_secs == stale_secs) {
            evidence.workloads = evidence.workloads.saturating_sub(1);
        }
        self.evidence.retain(|evidence| evidence.workloads > 0);
    }

    pub(super) fn is_watched(&self) -> bool {
        !self.evidence.is_empty()
    }

    pub(super) fn evidence(&self, stale_secs: u64) -> Option<&Evidence> {
        self.evidence.iter().find(|evidence| evidence.stale_secs == stale_secs)
    }

    pub(super) fn evidence_mut(&mut self, stale_secs: u64) -> Option<&mut Evidence> {
        self.evidence.iter_mut().find(|evidence| evidence.stale_secs == stale_secs)
    }

    pub(super) fn hear(&mut self, now: u64, observation: &HeartbeatObservation) {
        for evidence in &mut self.evidence {
            evidence.hear(now, observation);
        }
    }

    /// Moves every instant of our clock that lies in the future to `now`.
    pub(super) fn rewind(&mut self, now: u64) {
        self.blindness.rewind(now);
        self.counts_from = self.counts_from.map(|instant| instant.min(now));
        for evidence in &mut self.evidence {
            evidence.is_sorted = false;
            for beat in evidence.relays.values_mut() {
                // `event_timestamp` is the provider's instant: moved, it would let a counted heartbeat count again.
                beat.heard_at = beat.heard_at.min(now);
                beat.seen_at = beat.seen_at.min(now);
            }
        }
    }
}

impl Evidence {
    fn hear(&mut self, now: u64, observation: &HeartbeatObservation) {
        let timestamp = observation.event_timestamp;
        if timestamp.saturating_add(self.stale_secs) < now || timestamp > now.saturating_add(FUTURE_SECS) {
            return;
        }
        let beat = Beat { heard_at: now, seen_at: observation.seen_at, event_timestamp: timestamp };
        match self.relays.get_mut(&observation.relay_url) {
            Some(newest) if timestamp <= newest.event_timestamp => return,
            Some(newest) => *newest = beat,
            None => {
                self.relays.insert(observation.relay_url.clone(), beat);
            }
        }
        self.is_sorted = false;
    }

    /// The instant at which `relays_needed` relays had been heard, none with fewer relays.
    pub(super) fn quorum_at(&mut self, relays_needed: usize) -> Option<u64> {
        if !self.is_sorted {
            self.heard.clear();
            self.heard.extend(self.relays.values().map(|beat| beat.heard_at));
            self.heard.sort_unstable();
            self.heard.reverse();
            self.is_sorted = true;
        }
        self.heard.get(relays_needed.checked_sub(1)?).copied()
    }

    pub(super) fn relays(&self) -> impl Iterator<Item = RelayEvidence> + '_ {
        self.relays.iter().map(|(relay_url, beat)| RelayEvidence {
            relay_url: relay_url.clone(),
            heard_at: beat.heard_at,
            seen_at: beat.seen_at,
            event_timestamp: beat.event_timestamp,
        })
    }
}
