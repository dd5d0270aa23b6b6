//! The list of mints on the relays (NUT-27): with it the twelve words alone bring the money back.
//!
//! ```text
//!   a mint was added or removed, or words restored
//!     ▼
//!   Reading ──▶ all read: what the relay has is joined with ours ── the same ──▶ kept there
//!                                                               └─ Writing ──OK──▶ kept there
//! ```
//!
//! A relay is read before it is written, so that no list is replaced by a shorter one. A mint that was removed here leaves
//! the list, and only a list that was written afterwards brings it back. Who never added a mint and restored nothing
//! has no list, and no relay is asked for one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::effect::{Effect, Turn, View};
use super::relays::{Line, LineKey};
use super::{Client, settings};
use crate::error::Error;
use crate::model::{LeaseSecret, Map, MintUrl, RelayUrl, Set};
use crate::protocol::{self, EventId, Refusal, SignedEvent, VerifiedEvent, filter};

const RECORD: &str = "meta/mint-list";
const VERSION: u8 = 1;
pub(super) const SUBSCRIPTION: &str = "mints";

#[derive(Debug, Default)]
pub(super) struct MintList {
    kept: Option<Kept>,
    secret: Option<LeaseSecret>,
    stages: Map<RelayUrl, Stage>,
    /// The present list as it is sent to every relay.
    event: Option<SignedEvent>,
}

/// What relays are known to keep.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    version: u8,
    mints: Vec<MintUrl>,
    dated: u64,
    by: Set<RelayUrl>,
    /// Mints that were removed, and when: an older list that names them is of the past.
    #[serde(default)]
    removed: Map<MintUrl, u64>,
}

#[derive(Debug)]
enum Stage {
    Reading {
        had: Vec<MintUrl>,
    },
    Writing(EventId),
    /// Not before the next connection.
    Refused,
}

impl MintList {
    pub(super) fn open(records: &BTreeMap<String, String>) -> Result<Self, Error> {
        let kept: Option<Kept> = records.get(RECORD).map(|text| settings::read(text)).transpose()?;
        if let Some(kept) = &kept {
            settings::check_version(kept.version)?;
        }
        Ok(Self { kept, ..Self::default() })
    }

    /// Other words, another list: every relay is read for it.
    pub(super) fn restored(&mut self, turn: &mut Turn) {
        *self = Self { kept: Some(Kept::of(Vec::new())), ..Self::default() };
        self.save(turn);
    }

    /// A connection is new: what was asked on the last one is forgotten.
    pub(super) fn forget(&mut self, relay: &RelayUrl) {
        self.stages.remove(relay);
    }

    /// A relay that is being read has these.
    pub(super) fn read(&mut self, relay: &RelayUrl, mints: Vec<MintUrl>) {
        if let Some(Stage::Reading { had }) = self.stages.get_mut(relay) {
            had.extend(mints);
        }
    }

    pub(super) fn is_kept_by(&self, relay: &RelayUrl) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.by.contains(relay))
    }

    fn save(&self, turn: &mut Turn) {
        if let Some(kept) = &self.kept {
            turn.put(RECORD, kept);
            turn.changed.insert(View::Settings);
        }
    }

    fn keep(&mut self, turn: &mut Turn, relay: &RelayUrl) {
        self.stages.remove(relay);
        if self.kept.as_mut().is_some_and(|kept| kept.by.insert(relay.clone())) {
            self.save(turn);
        }
    }
}

impl Kept {
    fn of(mints: Vec<MintUrl>) -> Self {
        Self { version: VERSION, mints, dated: 0, by: Set::new(), removed: Map::new() }
    }

    fn is_past(&self, mint: &MintUrl, dated: u64) -> bool {
        self.removed.get(mint).is_some_and(|at| dated <= *at)
    }
}

impl Client {
    /// Begins with every relay that does not keep the list yet.
    pub(super) fn drive_mint_list(&mut self, now: u64, turn: &mut Turn) {
        let known = self.mint_list.kept.as_ref().map_or(&[][..], |kept| &kept.mints);
        if !self.wallet.mints().eq(known) {
            let mints: Vec<MintUrl> = self.wallet.mints().cloned().collect();
            let kept = self.mint_list.kept.get_or_insert_with(|| Kept::of(Vec::new()));
            let before = std::mem::replace(&mut kept.mints, mints);
            for mint in before.into_iter().filter(|mint| !kept.mints.contains(mint)) {
                kept.removed.insert(mint, self.market.to_network_clock(now).max(kept.dated));
            }
            kept.by = Set::new();
            self.mint_list.event = None;
            self.mint_list.stages.retain(|_, stage| matches!(stage, Stage::Reading { .. }));
            self.mint_list.save(turn);
        }
        if self.mint_list.kept.is_none() {
            return;
        }
        let unread = |url: &&RelayUrl| {
            !self.mint_list.is_kept_by(url)
                && !self.mint_list.stages.contains_key(*url)
                && self.relays.line(&LineKey::shared(url)).is_some_and(|line| line.open_socket().is_some())
        };
        let unread: Vec<RelayUrl> = self.settings.relays.iter().filter(unread).cloned().collect();
        for url in unread {
            let me = protocol::public_key(&self.mint_list_secret());
            self.tell(turn, &LineKey::shared(&url), filter::req_mint_list(SUBSCRIPTION, &me));
            self.mint_list.stages.insert(url, Stage::Reading { had: Vec::new() });
        }
    }

    fn mint_list_secret(&mut self) -> LeaseSecret {
        let phrase = &self.account.phrase;
        self.mint_list.secret.get_or_insert_with(|| phrase.seed().mint_list_secret()).clone()
    }

    /// A relay keeps a list. Mints in it that are unknown here are searched for money of the phrase.
    pub(super) fn take_mint_list(
        &mut self,
        now: u64,
        turn: &mut Turn,
        relay: &RelayUrl,
        event: &VerifiedEvent,
    ) -> Result<protocol::MintList, Refusal> {
        let list = protocol::MintList::from_event(&self.mint_list_secret(), event)?;
        let Some(kept) = &mut self.mint_list.kept else { return Ok(list) };
        if list.dated > kept.dated {
            kept.dated = list.dated;
            self.mint_list.event = None;
        }
        for mint in &list.mints {
            let is_past = self.mint_list.kept.as_ref().is_some_and(|kept| kept.is_past(mint, list.dated));
            if !is_past && self.wallet.mints().all(|known| known != mint) {
                let (_, step) = self.wallet.catch_up(now, mint.clone());
                let text =
                    format!("your list of mints names {mint}, which was not known here; its money is looked for");
                self.notices.add(now, relay.as_str(), text);
                turn.changed.insert(View::Notices);
                self.take(now, turn, step);
            }
        }
        self.mint_list.read(relay, list.mints.clone());
        Ok(list)
    }

    /// The relay has given all it keeps: it is given what it lacks.
    pub(super) fn mint_list_read(&mut self, now: u64, turn: &mut Turn, relay: &RelayUrl) {
        self.tell(turn, &LineKey::shared(relay), filter::close(SUBSCRIPTION));
        let Some(Stage::Reading { had }) = self.mint_list.stages.remove(relay) else { return };
        // What else a relay had is a mint that was removed here.
        let is_same = had.iter().all(|mint| self.wallet.mints().any(|known| known == mint));
        if is_same && self.wallet.mints().all(|mint| had.contains(mint)) {
            return self.mint_list.keep(turn, relay);
        }
        let event = self.mint_list_event(now, turn);
        if let Some(socket) = self.relays.line(&LineKey::shared(relay)).and_then(Line::open_socket) {
            turn.held.push(Effect::SendText { socket, text: event.frame() });
            self.mint_list.stages.insert(relay.clone(), Stage::Writing(event.id()));
        }
    }

    fn mint_list_event(&mut self, now: u64, turn: &mut Turn) -> SignedEvent {
        if let Some(event) = &self.mint_list.event {
            return event.clone();
        }
        let secret = self.mint_list_secret();
        let dated = self.market.to_network_clock(now);
        let mints: Vec<MintUrl> = self.wallet.mints().cloned().collect();
        let kept = self.mint_list.kept.get_or_insert_with(|| Kept::of(mints.clone()));
        kept.dated = dated.max(kept.dated.saturating_add(1));
        let event = protocol::MintList { mints, dated: kept.dated }.to_event(&secret, &mut self.rng);
        self.mint_list.event = Some(event.clone());
        self.mint_list.save(turn);
        event
    }

    /// A relay's word about a list that it was given.
    pub(super) fn mint_list_written(
        &mut self,
        now: u64,
        turn: &mut Turn,
        relay: &RelayUrl,
        event: EventId,
        refused: Option<&str>,
    ) {
        if !matches!(self.mint_list.stages.get(relay), Some(Stage::Writing(id)) if *id == event) {
            return;
        }
        match refused {
            None => self.mint_list.keep(turn, relay),
            Some(reason) => self.mint_list_refused(now, turn, relay, reason),
        }
    }

    pub(super) fn mint_list_refused(&mut self, now: u64, turn: &mut Turn, relay: &RelayUrl, reason: &str) {
        self.mint_list.stages.insert(relay.clone(), Stage::Refused);
        self.notices.add(now, relay.as_str(), format!("it does not keep your list of mints: {reason}"));
        turn.changed.insert(View::Notices);
    }
}
