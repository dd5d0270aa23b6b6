//! Events seen before, so that a copy from another relay costs no cryptography.
//!
//! A good event is known by its id for all relays. A bad one is known only for the relay that sent it: the id of a
//! forged event may be that of an honest one, which must still be accepted from somebody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::RelayUrl;
use crate::protocol::{EventId, Heartbeat, MintList};

const MOST: usize = 20_000;

/// What a known event was.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    Heartbeat(Heartbeat),
    MintList(MintList),
    Other,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    good: BTreeMap<EventId, Seen>,
    good_order: VecDeque<EventId>,
    bad: BTreeSet<(EventId, RelayUrl)>,
    bad_order: VecDeque<(EventId, RelayUrl)>,
}

impl Known {
    pub(super) fn get(&self, id: &EventId) -> Option<&Seen> {
        self.good.get(id)
    }

    pub(super) fn is_bad(&self, id: &EventId, relay: &RelayUrl) -> bool {
        self.bad.contains(&(*id, relay.clone()))
    }

    pub(super) fn remember(&mut self, id: EventId, seen: Seen) {
        if self.good.insert(id, seen).is_none() {
            self.good_order.push_back(id);
        }
        if self.good_order.len() > MOST {
            self.good_order.pop_front().and_then(|oldest| self.good.remove(&oldest));
        }
    }

    pub(super) fn remember_bad(&mut self, id: EventId, relay: RelayUrl) {
        if self.bad.insert((id, relay.clone())) {
            self.bad_order.push_back((id, relay));
        }
        if self.bad_order.len() > MOST
            && let Some(oldest) = self.bad_order.pop_front()
        {
            self.bad.remove(&oldest);
        }
    }
}
