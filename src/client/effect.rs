//! What goes in and what comes out of a [`Client`](super::Client).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{ProviderKey, RecordChange, Set};
use crate::wallet::MintRequest;

/// What the world reports. What arrived may be money: `Debug` shows its size only.
#[derive(Clone, PartialEq, Eq, Deserialize)]
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

// What arrives is signatures, and names of quotes.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Committed { commit } => f.debug_struct("Committed").field("commit", commit).finish(),
            Self::CommitFailed { commit, reason } => {
                f.debug_struct("CommitFailed").field("commit", commit).field("reason", reason).finish()
            }
            Self::SocketOpened { socket } => f.debug_struct("SocketOpened").field("socket", socket).finish(),
            Self::SocketClosed { socket, reason } => {
                f.debug_struct("SocketClosed").field("socket", socket).field("reason", reason).finish()
            }
            Self::Frame { socket, text } => {
                f.debug_struct("Frame").field("socket", socket).field("bytes", &text.len()).finish()
            }
            Self::Answered { request, status, body } => f
                .debug_struct("Answered")
                .field("request", request)
                .field("status", status)
                .field("bytes", &body.len())
                .finish(),
            Self::Later { request, status, secs } => {
                f.debug_struct("Later").field("request", request).field("status", status).field("secs", secs).finish()
            }
            Self::Unanswered { request, reason } => {
                f.debug_struct("Unanswered").field("request", request).field("reason", reason).finish()
            }
            Self::Wake => f.write_str("Wake"),
            Self::Visibility { visible } => f.debug_struct("Visibility").field("visible", visible).finish(),
            Self::Network { online } => f.debug_struct("Network").field("online", online).finish(),
        }
    }
}

/// What the shell must do, in order. What is written or sent may be money: `Debug` shows its size only, and of an address the
/// host.
#[derive(Clone, PartialEq, Eq, Serialize)]
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

// What is sent is proofs and names of quotes; those are in addresses, too.
impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { commit, records } => {
                f.debug_struct("Commit").field("commit", commit).field("records", records).finish()
            }
            Self::OpenSocket { socket, url } => {
                f.debug_struct("OpenSocket").field("socket", socket).field("host", &host(url)).finish()
            }
            Self::CloseSocket { socket } => f.debug_struct("CloseSocket").field("socket", socket).finish(),
            Self::SendText { socket, text } => {
                f.debug_struct("SendText").field("socket", socket).field("bytes", &text.len()).finish()
            }
            Self::Fetch { request, method, url, body, deadline_secs } => f
                .debug_struct("Fetch")
                .field("request", request)
                .field("method", method)
                .field("host", &host(url))
                .field("bytes", &body.as_ref().map(String::len))
                .field("deadline_secs", deadline_secs)
                .finish(),
            Self::Erase => f.write_str("Erase"),
            Self::Changed { views } => f.debug_struct("Changed").field("views", views).finish(),
            Self::Continue => f.write_str("Continue"),
        }
    }
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

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: &str = "MARKER-0123456789";

    fn marked() -> String {
        MARKER.to_owned()
    }

    #[test]
    fn no_input_shows_what_it_brings() {
        let frame = format!("{:?}", Input::Frame { socket: 7, text: marked() });
        assert_eq!(frame, "Frame { socket: 7, bytes: 17 }");
        let answered = format!("{:?}", Input::Answered { request: 8, status: 200, body: marked() });
        assert_eq!(answered, "Answered { request: 8, status: 200, bytes: 17 }");
    }

    #[test]
    fn no_effect_shows_what_it_sends_or_keeps_and_of_an_address_only_the_host() {
        let url = format!("https://user:{MARKER}@mint.example:8080/v1/{MARKER}?key={MARKER}#{MARKER}");
        let records = vec![RecordChange { key: "account".to_owned(), value: Some(marked()) }];
        let method = "POST";
        let shown = [
            format!("{:?}", Effect::Commit { commit: 1, records }),
            format!("{:?}", Effect::OpenSocket { socket: 2, url: url.clone() }),
            format!("{:?}", Effect::SendText { socket: 3, text: marked() }),
            format!("{:?}", Effect::Fetch { request: 4, method, url, body: Some(marked()), deadline_secs: 30 }),
        ];
        let expected = [
            "Commit { commit: 1, records: [RecordChange { key: \"account\", bytes: Some(17) }] }",
            "OpenSocket { socket: 2, host: \"mint.example:8080\" }",
            "SendText { socket: 3, bytes: 17 }",
            "Fetch { request: 4, method: \"POST\", host: \"mint.example:8080\", bytes: Some(17), deadline_secs: 30 }",
        ];
        assert_eq!(shown, expected);
        for (url, shown) in [("mint.example", "mint.example"), ("https://mint.example?a@b", "mint.example"), ("", "")] {
            assert_eq!(host(url), shown);
        }
    }
}
