//! Lines to relays: opened, probed, opened again with patience, and never believed alone.
//!
//! ```text
//! Waiting{retry_at} ──retry──▶ Connecting ──opened──▶ Open ──EOSE of a probe──▶ proven
//!       ▲                          │                    │  idle: probe; no answer: close
//!       └──────── backoff with jitter ◀─────────────────┘
//! ```
//!
//! An open socket proves nothing: a line is *connected* while the relay answered a `REQ` sent after the last sleep and
//! said something within [`Relays::patience`] seconds (DESIGN §7.1).

use rand::{Rng, RngExt};

use super::effect::{Effect, Turn, View};
use crate::model::{Map, RelayUrl};
use crate::protocol::filter;

pub(super) const CONNECT_SECS: u64 = 20;
/// A line that stayed open for longer was a good one.
pub(super) const SETTLED_SECS: u64 = 60;
const LONGEST_WAIT_SECS: u64 = 300;
const MOST_AUTH_TURNS: u8 = 5;

/// A socket's purpose: everybody's market reads, or one lease's own line (after `auth-required`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LineKey {
    pub(super) url: RelayUrl,
    pub(super) lease: Option<u32>,
}

impl LineKey {
    /// The line that everybody's reads go by.
    pub(super) fn shared(url: &RelayUrl) -> Self {
        Self { url: url.clone(), lease: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineState {
    Waiting { retry_at: u64 },
    Connecting { socket: u32, since: u64 },
    Open { socket: u32, since: u64 },
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) state: LineState,
    /// The relay's last reason, in its own words.
    pub(super) reason: Option<String>,
    pub(super) events: u64,
    pub(super) refused: u64,
    /// Until when the stored offers of this relay were read completely.
    pub(super) offers_read_at: Option<u64>,
    failures: u32,
    answered_at: u64,
    probe: Probe,
    /// How often on this connection we said who we are, or tried again because of that.
    auth_turns: u8,
}

/// A question whose only purpose is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    /// Nothing was answered since the socket opened or the device slept.
    Asked {
        number: u64,
        at: u64,
    },
    Proven,
    /// Proven before, asked again because it is quiet.
    Checking {
        number: u64,
        at: u64,
    },
}

impl Line {
    fn new() -> Self {
        Self {
            state: LineState::Waiting { retry_at: 0 },
            reason: None,
            events: 0,
            refused: 0,
            offers_read_at: None,
            failures: 0,
            answered_at: 0,
            probe: Probe::Asked { number: 0, at: 0 },
            auth_turns: 0,
        }
    }

    pub(super) fn open_socket(&self) -> Option<u32> {
        match self.state {
            LineState::Open { socket, .. } => Some(socket),
            LineState::Waiting { .. } | LineState::Connecting { .. } => None,
        }
    }

    /// True a few times for each connection: a relay that is never content is not answered for ever.
    pub(super) fn may_authenticate(&mut self) -> bool {
        self.auth_turns = self.auth_turns.saturating_add(1);
        self.auth_turns <= MOST_AUTH_TURNS
    }

    /// Since when the socket has been open.
    pub(super) fn open_since(&self) -> Option<u64> {
        match self.state {
            LineState::Open { since, .. } => Some(since),
            LineState::Waiting { .. } | LineState::Connecting { .. } => None,
        }
    }
}

/// What a closed or opened socket means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Opened {
    /// Subscriptions are to be sent on it.
    Line(LineKey),
    /// A socket that nobody waits for any more.
    Stranger,
}

#[derive(Debug)]
pub(super) struct Relays {
    lines: Map<LineKey, Line>,
    sockets: Map<u32, LineKey>,
    next_socket: u32,
    next_probe: u64,
    /// How long a relay may be silent and still count as connected.
    pub(super) patience: u64,
}

impl Relays {
    pub(super) fn new(patience: u64) -> Self {
        Self { lines: Map::new(), sockets: Map::new(), next_socket: 0, next_probe: 0, patience }
    }

    /// The number of a socket that is opened next, for whatever it is.
    pub(super) fn new_socket(&mut self) -> u32 {
        self.next_socket += 1;
        self.next_socket
    }

    /// Keeps a line for this key from now on.
    pub(super) fn add(&mut self, key: LineKey) {
        self.lines.entry(key).or_insert_with(Line::new);
    }

    pub(super) fn remove(&mut self, turn: &mut Turn, key: &LineKey) {
        if let Some(line) = self.lines.remove(key) {
            self.close_socket(turn, line.state);
        }
    }

    /// Removes every line of a lease.
    pub(super) fn remove_lease(&mut self, turn: &mut Turn, lease: u32) {
        let keys: Vec<_> = self.lines.keys().filter(|key| key.lease == Some(lease)).cloned().collect();
        for key in keys {
            self.remove(turn, &key);
        }
    }

    pub(super) fn line(&self, key: &LineKey) -> Option<&Line> {
        self.lines.get(key)
    }

    pub(super) fn line_mut(&mut self, key: &LineKey) -> Option<&mut Line> {
        self.lines.get_mut(key)
    }

    pub(super) fn by_socket(&self, socket: u32) -> Option<LineKey> {
        self.sockets.get(&socket).cloned()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (&LineKey, &Line)> {
        self.lines.iter()
    }

    /// True while the relay demonstrably talks to us.
    pub(super) fn is_connected(&self, now: u64, url: &RelayUrl) -> bool {
        self.lines.get(&LineKey::shared(url)).is_some_and(|line| self.connected(now, line))
    }

    fn connected(&self, now: u64, line: &Line) -> bool {
        line.open_socket().is_some()
            && !matches!(line.probe, Probe::Asked { .. })
            && now.saturating_sub(line.answered_at) <= self.patience
    }

    /// True while any relay demonstrably talks to us.
    pub(super) fn any_connected(&self, now: u64) -> bool {
        self.lines.iter().any(|(key, line)| key.lease.is_none() && self.connected(now, line))
    }

    /// Nothing is proven any more: the device slept. Every open line is asked anew.
    pub(super) fn slept(&mut self, now: u64, turn: &mut Turn) {
        let open: Vec<_> =
            self.lines.iter().filter(|(_, line)| line.open_socket().is_some()).map(|(key, _)| key.clone()).collect();
        for key in open {
            self.ask(now, turn, &key, true);
        }
    }

    /// Waits no longer with any line: the network came back.
    pub(super) fn hurry(&mut self) {
        for (_, line) in self.lines.iter_mut() {
            if let LineState::Waiting { retry_at } = &mut line.state {
                *retry_at = 0;
                line.failures = 0;
            }
        }
    }

    fn ask(&mut self, now: u64, turn: &mut Turn, key: &LineKey, fresh: bool) {
        self.next_probe += 1;
        let number = self.next_probe;
        if let Some(line) = self.lines.get_mut(key)
            && let Some(socket) = line.open_socket()
        {
            line.probe = if fresh { Probe::Asked { number, at: now } } else { Probe::Checking { number, at: now } };
            turn.at_once.push(Effect::SendText { socket, text: filter::req_probe(&probe_name(number)) });
        }
    }

    /// The socket is open: asks for proof and hands the line over for its subscriptions.
    pub(super) fn opened(&mut self, now: u64, turn: &mut Turn, socket: u32) -> Opened {
        let Some(key) = self.by_socket(socket) else {
            return Opened::Stranger;
        };
        if let Some(line) = self.lines.get_mut(&key) {
            line.state = LineState::Open { socket, since: now };
            line.reason = None;
            line.auth_turns = 0;
            line.answered_at = now;
        }
        turn.changed.insert(View::Settings);
        self.ask(now, turn, &key, true);
        Opened::Line(key)
    }

    /// The socket is closed or could not be opened: tries again later, each time more patiently.
    pub(super) fn closed(
        &mut self,
        now: u64,
        turn: &mut Turn,
        rng: &mut impl Rng,
        socket: u32,
        reason: &str,
    ) -> Option<LineKey> {
        let key = self.sockets.remove(&socket)?;
        let line = self.lines.get_mut(&key)?;
        let stayed = line.open_since().map_or(0, |since| now.saturating_sub(since));
        line.failures = if stayed > SETTLED_SECS { 1 } else { line.failures.saturating_add(1) };
        line.state = LineState::Waiting { retry_at: now.saturating_add(backoff(line.failures, rng)) };
        if !reason.is_empty() {
            line.reason = Some(reason.to_owned());
        }
        turn.changed.insert(View::Settings);
        Some(key)
    }

    /// The relay said something; an answer to the open probe proves the line.
    pub(super) fn heard(&mut self, now: u64, turn: &mut Turn, key: &LineKey, subscription: Option<&str>) {
        let Some(line) = self.lines.get_mut(key) else { return };
        line.answered_at = now;
        let asked = match line.probe {
            Probe::Asked { number, .. } | Probe::Checking { number, .. } => number,
            Probe::Proven => return,
        };
        if subscription == Some(probe_name(asked).as_str()) {
            if matches!(line.probe, Probe::Asked { .. }) {
                turn.changed.insert(View::Settings);
                turn.changed.insert(View::Leases);
            }
            line.probe = Probe::Proven;
            line.failures = 0;
        }
    }

    /// The end of stored events of a probe: the subscription is given back.
    pub(super) fn is_probe(subscription: &str) -> bool {
        subscription.starts_with(PROBE)
    }

    /// Opens, probes and closes what is due.
    pub(super) fn drive(&mut self, now: u64, turn: &mut Turn, rng: &mut impl Rng) {
        let keys: Vec<_> = self.lines.keys().cloned().collect();
        for key in keys {
            let Some(line) = self.lines.get_mut(&key) else { continue };
            match line.state {
                LineState::Waiting { retry_at } if retry_at <= now => {
                    self.next_socket += 1;
                    let socket = self.next_socket;
                    line.state = LineState::Connecting { socket, since: now };
                    self.sockets.insert(socket, key.clone());
                    turn.at_once.push(Effect::OpenSocket { socket, url: key.url.to_string() });
                    turn.changed.insert(View::Settings);
                }
                LineState::Connecting { socket, since } if now.saturating_sub(since) >= CONNECT_SECS => {
                    self.give_up(now, turn, rng, socket, "no connection within 20 seconds");
                }
                LineState::Open { socket, .. } => {
                    let quiet = now.saturating_sub(line.answered_at);
                    let unanswered = match line.probe {
                        Probe::Asked { at, .. } | Probe::Checking { at, .. } => Some(now.saturating_sub(at)),
                        Probe::Proven => None,
                    };
                    if unanswered.is_some_and(|secs| secs > self.stall_secs()) {
                        self.give_up(now, turn, rng, socket, "connected, but it no longer answers");
                    } else if unanswered.is_none() && quiet >= self.idle_secs() {
                        self.ask(now, turn, &key, false);
                    }
                }
                LineState::Waiting { .. } | LineState::Connecting { .. } => {}
            }
        }
    }

    fn give_up(&mut self, now: u64, turn: &mut Turn, rng: &mut impl Rng, socket: u32, reason: &str) {
        turn.at_once.push(Effect::CloseSocket { socket });
        self.closed(now, turn, rng, socket, reason);
    }

    fn close_socket(&mut self, turn: &mut Turn, state: LineState) {
        match state {
            LineState::Connecting { socket, .. } | LineState::Open { socket, .. } => {
                self.sockets.remove(&socket);
                turn.at_once.push(Effect::CloseSocket { socket });
            }
            LineState::Waiting { .. } => {}
        }
    }

    fn idle_secs(&self) -> u64 {
        (self.patience / 3).max(1)
    }

    fn stall_secs(&self) -> u64 {
        self.patience.clamp(10, 45)
    }

    pub(super) fn next_wake(&self) -> Option<u64> {
        self.lines
            .values()
            .map(|line| match (line.state, line.probe) {
                (LineState::Waiting { retry_at }, _) => retry_at,
                (LineState::Connecting { since, .. }, _) => since.saturating_add(CONNECT_SECS),
                (LineState::Open { .. }, Probe::Proven) => line.answered_at.saturating_add(self.idle_secs()),
                (LineState::Open { .. }, Probe::Asked { at, .. } | Probe::Checking { at, .. }) => {
                    at.saturating_add(self.stall_secs() + 1)
                }
            })
            .min()
    }
}

const PROBE: &str = "probe-";

fn probe_name(number: u64) -> String {
    format!("{PROBE}{number}")
}

pub(super) fn backoff(failures: u32, rng: &mut impl Rng) -> u64 {
    let longest = 1_u64.checked_shl(failures.min(10)).unwrap_or(LONGEST_WAIT_SECS).min(LONGEST_WAIT_SECS);
    longest / 2 + rng.random_range(0..=longest.div_ceil(2))
}
