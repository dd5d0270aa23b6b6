//! Crash points: the world stands still at a chosen moment, so that a test can kill the browser exactly there.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::now;

/// A moment in the life of an order, as the world outside the browser sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// The mint has minted against a paid quote; its answer is held.
    IssueThere,
    /// The mint has swapped for somebody who is no provider; its answer is held.
    SwapThere,
    /// The consumer handed a request to a relay connection; no relay gets it.
    TokenJournaled,
    /// Relays took the request and the provider has it; it stays unread and the token unspent.
    RequestOut,
    /// The provider's reply is stored by the relays; none delivers it.
    ReplyThere,
}

/// What is armed and whether it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Crash {
    /// The armed point.
    pub(crate) at: Option<Point>,
    /// Whether something is held there.
    pub(crate) reached: bool,
    /// When it was reached, Unix seconds.
    pub(crate) reached_at: Option<u64>,
    /// Held things are dropped on release instead of let go.
    #[serde(skip)]
    pub(crate) dropped: bool,
}

/// The one crash point of a network, watched by every part of it.
#[derive(Debug)]
pub(crate) struct CrashPoint {
    state: watch::Sender<Crash>,
    /// Keys that published an offer through our relays: what they write are replies.
    providers: Mutex<BTreeSet<String>>,
}

impl CrashPoint {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(Crash::default()), providers: Mutex::default() }
    }

    pub(crate) fn state(&self) -> Crash {
        self.state.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Crash> {
        self.state.subscribe()
    }

    /// Arms a point, or releases what is held (`None`), dropping it if told to.
    pub(crate) fn arm(&self, at: Option<Point>, dropped: bool) {
        self.state.send_replace(Crash { at, dropped, ..Crash::default() });
    }

    /// Whether this point is armed.
    pub(crate) fn is_armed(&self, point: Point) -> bool {
        self.state.borrow().at == Some(point)
    }

    /// Notes that something is held at the armed point.
    pub(crate) fn reached(&self, point: Point) {
        self.state.send_if_modified(|crash| {
            let first = crash.at == Some(point) && !crash.reached;
            if first {
                crash.reached = true;
                crash.reached_at = Some(now());
            }
            first
        });
    }

    /// Waits while this point is armed; says whether what was held may go on.
    pub(crate) async fn hold(&self, point: Point) -> bool {
        let mut watch = self.watch();
        if !self.is_armed(point) {
            return true;
        }
        self.reached(point);
        match watch.wait_for(|crash| crash.at != Some(point)).await {
            Ok(crash) => !crash.dropped,
            Err(_) => false,
        }
    }

    pub(crate) fn note_provider(&self, key: &str) {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
    }

    pub(crate) fn is_provider(&self, key: &str) -> bool {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }
}
