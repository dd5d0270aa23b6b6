//! What goes in and what comes out of a [`Client`](super::Client).

use serde::{Deserialize, Serialize};

use crate::model::{ProviderKey, RecordChange, Set};
use crate::wallet::MintRequest;

/// What the world reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Input {
    /// The records of this commit are durable.
    Committed {
        /// The id of [`Effect::Commit`].
        commit: u64,
    },
    /// Nothing of this commit was written.
    CommitFailed {
        /// The id of [`Effect::Commit`].
        commit: u64,
        /// The store's own words.
        reason: String,
    },
    /// The socket is open.
    SocketOpened {
        /// The id of [`Effect::OpenSocket`].
        socket: u32,
    },
    /// The socket is closed, or never opened.
    SocketClosed {
        /// The id of [`Effect::OpenSocket`].
        socket: u32,
        /// Why, as far as the platform tells.
        reason: String,
    },
    /// A text frame arrived.
    Frame {
        /// The id of [`Effect::OpenSocket`].
        socket: u32,
        /// The frame, untouched.
        text: String,
    },
    /// An HTTP answer arrived, with any status.
    Answered {
        /// The id of [`Effect::Fetch`].
        request: u64,
        /// The HTTP status.
        status: u16,
        /// The whole body.
        body: String,
    },
    /// The server said 429 or 503, and when to come back (`Retry-After`).
    Later {
        /// The id of [`Effect::Fetch`].
        request: u64,
        /// The HTTP status.
        status: u16,
        /// For how long to leave it alone, in seconds.
        secs: u64,
    },
    /// No readable HTTP answer: what happened at the other end is unknown.
    Unanswered {
        /// The id of [`Effect::Fetch`].
        request: u64,
        /// Why, as far as the platform tells.
        reason: String,
    },
    /// Time has passed.
    Wake,
    /// The page was hidden or shown.
    Visibility {
        /// True when shown.
        visible: bool,
    },
    /// The device went offline or came back.
    Network {
        /// True when back.
        online: bool,
    },
}

/// What the shell must do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Write all changes in one durable transaction and report [`Input::Committed`] or [`Input::CommitFailed`].
    Commit {
        /// Names the commit in the report.
        commit: u64,
        /// All of it or nothing.
        records: Vec<RecordChange>,
    },
    /// Open a WebSocket.
    OpenSocket {
        /// Names the socket from now on; never used twice.
        socket: u32,
        /// Where to.
        url: String,
    },
    /// Close a socket; nothing needs to be reported.
    CloseSocket {
        /// The socket.
        socket: u32,
    },
    /// Send a text frame.
    SendText {
        /// The socket.
        socket: u32,
        /// The frame.
        text: String,
    },
    /// Make an HTTP request and report [`Input::Answered`], [`Input::Later`] or [`Input::Unanswered`].
    Fetch {
        /// Names the request in the report; never used twice.
        request: u64,
        /// `GET` or `POST`.
        method: &'static str,
        /// Where to.
        url: String,
        /// A JSON body.
        body: Option<String>,
        /// When to stop waiting.
        deadline_secs: u32,
    },
    /// Delete everything that is stored, in one durable transaction, and end this client: nothing follows.
    Erase,
    /// These views have a new revision.
    Changed {
        /// Which.
        views: Vec<View>,
    },
    /// There is more to do than one call has time for: call again with [`Input::Wake`], after letting other work run.
    Continue,
}

impl Effect {
    pub(super) fn fetch(sort: u64, request: MintRequest) -> Self {
        Self::Fetch {
            request: super::request_of(sort, request.id.0),
            method: request.method.as_str(),
            url: request.url(),
            body: request.body,
            deadline_secs: request.deadline_secs,
        }
    }
}

/// A part of what people look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Offers and heartbeats.
    Market,
    /// What was bought.
    Leases,
    /// Money.
    Wallet,
    /// Relays, quorum, the phrase.
    Settings,
    /// What strangers got wrong.
    Notices,
}

/// What one call gathers before the outbox decides what may leave.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) records: Vec<RecordChange>,
    /// Changes that have the form already in which they are written; they come before `records`.
    pub(super) written: Vec<RecordChange>,
    /// Harmless effects: nothing is lost if they happen before a commit.
    pub(super) at_once: Vec<Effect>,
    /// Effects that need everything before them to be durable.
    pub(super) held: Vec<Effect>,
    pub(super) changed: Set<View>,
    /// The one provider of which something was heard, if that is all that happened.
    pub(super) about: Option<ProviderKey>,
}

impl Turn {
    pub(super) fn put(&mut self, key: impl Into<String>, value: &impl Serialize) {
        let value = serde_json::to_string(value).expect("records are plain data");
        self.change(key.into(), Some(value));
    }

    pub(super) fn change(&mut self, key: String, value: Option<String>) {
        self.records.retain(|record| record.key != key);
        self.records.push(RecordChange { key, value });
    }
}
