//! Lines to mints that tell by themselves what changed (NUT-17), so that they need to be asked less often.
//!
//! ```text
//! Waiting ──something is watched──▶ Connecting ──opened──▶ Open: subscribe ──▶ a word about it: the mint is asked now
//!    ▲                                  │                    │
//!    └──────── backoff ◀────────────────┴────────────────────┘ nothing is watched any more: closed
//! ```
//!
//! What comes over a line is never believed: it only hastens the question that would be asked anyway. Without a line the
//! mint is polled as ever.

use serde_json::{Value, json};

use super::Client;
use super::effect::{Effect, Turn, View};
use super::relays::{CONNECT_SECS, SETTLED_SECS, backoff};
use crate::model::{Map, MintUrl};
use crate::tree::{self, Tree};
use crate::wallet::{OperationId, Subject};

/// Longer ones are not read.
const LONGEST_FRAME: usize = 256 * 1024;
/// In a minute; and beside those, of each quote and coin.
const MOST_FRAMES: usize = 300;
const MOST_NEWS: usize = 5;

#[derive(Debug, Default)]
pub(super) struct MintLines {
    lines: Map<MintUrl, MintLine>,
    last_subscription: u64,
    /// A line opened or closed.
    touched: bool,
}

#[derive(Debug)]
struct MintLine {
    state: State,
    failures: u32,
    subscriptions: Map<OperationId, Subscription>,
    /// Since when, and how many.
    frames: (u64, usize),
}

#[derive(Debug, Clone, Copy)]
enum State {
    Waiting { retry_at: u64 },
    Connecting { socket: u32, since: u64 },
    Open { socket: u32, since: u64 },
}

#[derive(Debug)]
struct Subscription {
    id: u64,
    subject: Subject,
}

impl MintLine {
    fn new() -> Self {
        Self { state: State::Waiting { retry_at: 0 }, failures: 0, subscriptions: Map::new(), frames: (0, 0) }
    }

    fn socket(&self) -> Option<u32> {
        match self.state {
            State::Waiting { .. } => None,
            State::Connecting { socket, .. } | State::Open { socket, .. } => Some(socket),
        }
    }

    /// Counts a frame. False when there are far more than there can be news.
    fn bears(&mut self, now: u64) -> bool {
        let (since, count) = self.frames;
        let count = if now.abs_diff(since) < 60 { count + 1 } else { 1 };
        self.frames = (if count == 1 { now } else { since }, count);
        let watched = self.subscriptions.values().fold(0, |sum, held| sum + held.subject.filters.len());
        count <= MOST_FRAMES + MOST_NEWS * watched
    }

    /// The operation whose subscription this part of a message names.
    fn named(&self, part: Option<&Tree>) -> Option<OperationId> {
        let id: u64 = part?.get("subId")?.text()?.parse().ok()?;
        self.subscriptions.iter().find(|(_, held)| held.id == id).map(|(operation, _)| *operation)
    }
}

impl MintLines {
    pub(super) fn next_wake(&self) -> Option<u64> {
        let due = |line: &MintLine| match line.state {
            State::Waiting { retry_at } => Some(retry_at),
            State::Connecting { since, .. } => Some(since.saturating_add(CONNECT_SECS)),
            State::Open { .. } => None,
        };
        self.lines.values().filter_map(due).min()
    }

    fn is_due(&self, now: u64) -> bool {
        self.touched || self.next_wake().is_some_and(|at| at <= now)
    }

    /// Waits no longer with any line: the network came back.
    pub(super) fn hurry(&mut self) {
        for (_, line) in self.lines.iter_mut() {
            if let State::Waiting { retry_at } = &mut line.state {
                (*retry_at, line.failures) = (0, 0);
            }
        }
    }

    fn by_socket(&mut self, socket: u32) -> Option<&mut MintLine> {
        self.lines.iter_mut().map(|(_, line)| line).find(|line| line.socket() == Some(socket))
    }
}

impl Client {
    /// Opens lines to where something is watched, subscribes to it, and closes what nobody needs.
    pub(super) fn drive_mint_lines(&mut self, now: u64, turn: &mut Turn) {
        if !turn.changed.contains(&View::Wallet) && !self.mint_lines.is_due(now) {
            return;
        }
        let watched = self.wallet.watched();
        let idle: Vec<MintUrl> =
            self.mint_lines.lines.keys().filter(|mint| !watched.contains_key(*mint)).cloned().collect();
        for mint in idle {
            if let Some(socket) = self.mint_lines.lines.get(&mint).and_then(MintLine::socket) {
                self.hang_up(now, turn, socket);
            }
            self.mint_lines.lines.remove(&mint);
        }
        self.mint_lines.touched = false;
        for (mint, subjects) in watched {
            let line = self.mint_lines.lines.entry(mint.clone()).or_insert_with(MintLine::new);
            match line.state {
                State::Waiting { retry_at } if retry_at <= now => {
                    let socket = self.relays.new_socket();
                    line.state = State::Connecting { socket, since: now };
                    turn.at_once.push(Effect::OpenSocket { socket, url: address(&mint) });
                }
                State::Connecting { socket, since } if now.saturating_sub(since) >= CONNECT_SECS => {
                    self.hang_up(now, turn, socket);
                }
                State::Open { socket, .. } => self.subscribe_at_mint(now, turn, &mint, socket, subjects),
                State::Waiting { .. } | State::Connecting { .. } => {}
            }
        }
    }

    fn subscribe_at_mint(
        &mut self,
        now: u64,
        turn: &mut Turn,
        mint: &MintUrl,
        socket: u32,
        subjects: Map<OperationId, Subject>,
    ) {
        let Some(line) = self.mint_lines.lines.get_mut(mint) else { return };
        let mut send = |id: u64, method: &str, params: Value| {
            let text = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
            turn.at_once.push(Effect::SendText { socket, text });
        };
        let is_over = |operation: &OperationId, held: &Subscription| subjects.get(operation) != Some(&held.subject);
        let over = line.subscriptions.iter().filter(|(operation, held)| is_over(operation, held));
        for operation in over.map(|(operation, _)| *operation).collect::<Vec<_>>() {
            self.wallet.not_told(now, operation);
            if let Some(Subscription { id, .. }) = line.subscriptions.remove(&operation) {
                send(id, "unsubscribe", json!({ "subId": id.to_string() }));
            }
        }
        for (operation, subject) in subjects {
            if line.subscriptions.contains_key(&operation) {
                continue;
            }
            self.mint_lines.last_subscription += 1;
            let id = self.mint_lines.last_subscription;
            let (kind, filters) = (subject.topic.as_str(), &subject.filters);
            send(id, "subscribe", json!({ "kind": kind, "subId": id.to_string(), "filters": filters }));
            line.subscriptions.insert(operation, Subscription { id, subject });
        }
    }

    /// The device slept: an open socket is no proof that anybody is at its other end. They are opened anew.
    pub(super) fn hang_up_on_mints(&mut self, now: u64, turn: &mut Turn) {
        let sockets: Vec<u32> = self.mint_lines.lines.values().filter_map(MintLine::socket).collect();
        for socket in sockets {
            self.hang_up(now, turn, socket);
        }
    }

    fn hang_up(&mut self, now: u64, turn: &mut Turn, socket: u32) {
        turn.at_once.push(Effect::CloseSocket { socket });
        self.mint_line_closed(now, socket);
    }

    /// A socket of ours opened. True if it is a mint's.
    pub(super) fn mint_line_opened(&mut self, now: u64, socket: u32) -> bool {
        let line = self.mint_lines.by_socket(socket);
        let open = |line: &mut MintLine| (line.state, line.frames) = (State::Open { socket, since: now }, (now, 0));
        let opened = line.map(open).is_some();
        self.mint_lines.touched |= opened;
        opened
    }

    /// A socket closed. True if it was a mint's.
    pub(super) fn mint_line_closed(&mut self, now: u64, socket: u32) -> bool {
        let Some(line) = self.mint_lines.by_socket(socket) else { return false };
        let settled = matches!(line.state, State::Open { since, .. } if now.saturating_sub(since) > SETTLED_SECS);
        line.failures = if settled { 1 } else { line.failures.saturating_add(1) };
        line.state = State::Waiting { retry_at: now.saturating_add(backoff(line.failures, &mut self.rng)) };
        for (operation, _) in std::mem::replace(&mut line.subscriptions, Map::new()) {
            self.wallet.not_told(now, operation);
        }
        self.mint_lines.touched = true;
        true
    }

    /// A frame came. True if it is a mint's: it confirms a subscription, refuses one, or has a word about what is watched.
    pub(super) fn mint_line_heard(&mut self, now: u64, turn: &mut Turn, socket: u32, text: &str) -> bool {
        let Some(line) = self.mint_lines.by_socket(socket) else { return false };
        if !line.bears(now) {
            self.hang_up(now, turn, socket);
            return true;
        }
        let message = (text.len() <= LONGEST_FRAME).then(|| tree::json(text)).flatten();
        let Some(message) = message else { return true };
        if let Some(operation) = line.named(message.get("result")) {
            self.wallet.will_be_told(operation);
        } else if let Some(operation) = line.named(message.get("params"))
            && is_news(&message)
        {
            self.wallet.told(now, operation);
        }
        true
    }
}

/// Mints begin with how it stands, which is what is known already.
fn is_news(message: &Tree) -> bool {
    let state = message.get("params").and_then(|params| params.get("payload")?.get("state")?.text());
    !matches!(state, Some("UNPAID" | "UNSPENT"))
}

fn address(mint: &MintUrl) -> String {
    format!("{}/v1/ws", mint.as_str().replacen("http", "ws", 1))
}
