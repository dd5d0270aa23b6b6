//! Relays with a gate in front: the relay itself is nostr-relay-builder's, the gate stops, silences and holds frames.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt as _, StreamExt as _};
use nostr_relay_builder::prelude::{
    LocalRelay, MemoryDatabase, MemoryDatabaseOptions, RateLimit, RelayBuilder, RelayBuilderNip42,
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::crash::{CrashPoint, Point};
use crate::guard::Visitor;

/// How a relay behaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Gate {
    /// Sockets stay open and frames are taken, nothing is delivered.
    pub(crate) silent: bool,
    /// Every event is answered `OK false` with this reason.
    pub(crate) refuses: Option<String>,
    /// Direct messages are for those who authenticated as their author or receiver.
    pub(crate) guarded: bool,
}

/// One relay on its own port.
#[derive(Debug)]
pub(crate) struct Relay {
    addr: SocketAddr,
    crash: Arc<CrashPoint>,
    gate: watch::Sender<Gate>,
    /// Changes when all connections must end.
    epoch: watch::Sender<u64>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    relay: LocalRelay,
    events: MemoryDatabase,
    auth: bool,
    listener: Option<JoinHandle<()>>,
    connections: u64,
    /// `EVENT` frames taken from clients, by kind.
    taken: BTreeMap<u64, u64>,
    /// The connections that came through the guard, the oldest first.
    visitors: Vec<Visitor>,
}

impl Relay {
    /// Opens a relay on a port of loopback, 0 for a free one.
    ///
    /// # Errors
    /// The port is taken.
    pub(crate) async fn open(port: u16, crash: Arc<CrashPoint>) -> std::io::Result<Arc<Self>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let events = empty();
        let inner = Inner {
            relay: build(&events, false),
            events,
            auth: false,
            listener: None,
            connections: 0,
            taken: BTreeMap::new(),
            visitors: Vec::new(),
        };
        let relay = Arc::new(Self {
            addr: listener.local_addr()?,
            crash,
            gate: watch::Sender::new(Gate::default()),
            epoch: watch::Sender::new(0),
            inner: Mutex::new(inner),
        });
        relay.clone().listen(listener);
        Ok(relay)
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.addr)
    }

    /// Closes every socket and refuses new ones.
    pub(crate) async fn stop(&self) {
        let listener = self.inner().listener.take();
        if let Some(listener) = listener {
            listener.abort();
            // The port is free only when the task is gone; it ends by the abort.
            let _ = listener.await;
        }
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    /// Listens again on the same port. With `forget` the stored events are gone; with `auth` readers and writers must
    /// authenticate (NIP-42).
    ///
    /// # Errors
    /// Somebody else took the port meanwhile.
    pub(crate) async fn start(self: &Arc<Self>, forget: bool, auth: bool) -> std::io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.addr).await?;
        {
            let mut inner = self.inner();
            if forget {
                inner.events = empty();
            }
            if forget || inner.auth != auth {
                inner.auth = auth;
                inner.relay = build(&inner.events, auth);
            }
        }
        self.clone().listen(listener);
        Ok(())
    }

    pub(crate) fn switch(&self, change: impl FnOnce(&mut Gate)) {
        self.gate.send_modify(change);
    }

    pub(crate) fn state(&self) -> Value {
        let inner = self.inner();
        let gate = self.gate.borrow();
        json!({
            "url": self.url(), "running": inner.listener.is_some(), "silent": gate.silent, "refuses": gate.refuses,
            "auth": inner.auth, "connections": inner.connections, "events": inner.taken, "guarded": gate.guarded,
            "authenticated": inner.visitors.iter().filter(|visitor| visitor.key.is_some()).collect::<Vec<_>>(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(self: Arc<Self>, listener: TcpListener) {
        let relay = self.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, addr)) = listener.accept().await {
                let relay = relay.clone();
                tokio::spawn(async move {
                    let mut epoch = relay.epoch.subscribe();
                    epoch.mark_unchanged();
                    relay.inner().connections += 1;
                    tokio::select! {
                        () = relay.serve(stream, addr) => {}
                        _ = epoch.changed() => {}
                    }
                    let mut inner = relay.inner();
                    inner.connections = inner.connections.saturating_sub(1);
                });
            }
        });
        self.inner().listener = Some(task);
    }

    /// Carries one client's frames to the relay and back until either side ends.
    async fn serve(&self, stream: TcpStream, addr: SocketAddr) {
        let Ok(client) = tokio_tungstenite::accept_async(stream).await else { return };
        let (near, far) = tokio::io::duplex(1 << 20);
        let inner = self.inner().relay.clone();
        tokio::spawn(async move { inner.take_connection(far, addr).await.map_err(|error| error.to_string()) });
        let server = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
        let (mut to_client, mut from_client) = client.split();
        let (mut to_relay, mut from_relay) = server.split();
        let (mut held_up, mut held_down) = (Vec::new(), Vec::new());
        let mut crash = self.crash.watch();
        let number = self.inner().visit(&self.url());
        loop {
            tokio::select! {
                frame = from_client.next() => {
                    let Some(Ok(frame)) = frame else { return };
                    let answers = self.stopped(number, &frame);
                    if !answers.is_empty() {
                        for answer in answers {
                            if to_client.send(Message::text(answer.to_string())).await.is_err() { return }
                        }
                        continue;
                    }
                    match self.upwards(&frame) {
                        Way::On => if to_relay.send(frame).await.is_err() { return },
                        Way::Held => held_up.push(frame),
                        Way::Answer(text) => if to_client.send(Message::text(text)).await.is_err() { return },
                        Way::Nowhere => {}
                    }
                }
                frame = from_relay.next() => {
                    let Some(Ok(frame)) = frame else { return };
                    match self.downwards(&frame) {
                        Way::On => if to_client.send(frame).await.is_err() { return },
                        Way::Held => held_down.push(frame),
                        Way::Answer(_) | Way::Nowhere => {}
                    }
                }
                changed = crash.changed() => {
                    if changed.is_err() { return }
                    let (at, dropped) = { let crash = crash.borrow_and_update(); (crash.at, crash.dropped) };
                    if at.is_some() { continue }
                    for frame in held_up.drain(..).filter(|_| !dropped) {
                        if to_relay.send(frame).await.is_err() { return }
                    }
                    for frame in held_down.drain(..).filter(|_| !dropped) {
                        if to_client.send(frame).await.is_err() { return }
                    }
                }
            }
        }
    }

    /// What a guarded relay answers instead of serving a frame.
    fn stopped(&self, number: usize, frame: &Message) -> Vec<Value> {
        let Message::Text(text) = frame else { return Vec::new() };
        if !self.gate.borrow().guarded {
            return Vec::new();
        }
        let Ok(frame) = serde_json::from_str(text) else { return Vec::new() };
        let mut inner = self.inner();
        let Some(visitor) = inner.visitors.get_mut(number) else { return Vec::new() };
        visitor.stopped(&self.url(), &frame, |key| self.crash.is_provider(key))
    }

    fn upwards(&self, frame: &Message) -> Way {
        let Message::Text(text) = frame else { return Way::of_control(frame) };
        let Some(event) = event_in(text, 1) else { return Way::On };
        let (kind, author) = (event["kind"].as_u64().unwrap_or(0), event["pubkey"].as_str().unwrap_or_default());
        *self.inner().taken.entry(kind).or_default() += 1;
        if kind == 38_383 {
            self.crash.note_provider(author);
        }
        if let Some(reason) = &self.gate.borrow().refuses {
            return Way::Answer(json!(["OK", event["id"], false, reason]).to_string());
        }
        if kind == 4 && self.crash.is_armed(Point::TokenJournaled) && !self.crash.is_provider(author) {
            self.crash.reached(Point::TokenJournaled);
            return Way::Held;
        }
        Way::On
    }

    fn downwards(&self, frame: &Message) -> Way {
        let Message::Text(text) = frame else { return Way::of_control(frame) };
        if self.gate.borrow().silent {
            return Way::Nowhere;
        }
        if !self.crash.is_armed(Point::ReplyThere) {
            return Way::On;
        }
        let held = event_in(text, 2).is_some_and(|event| {
            event["kind"] == 4 && self.crash.is_provider(event["pubkey"].as_str().unwrap_or_default())
        });
        if !held {
            return Way::On;
        }
        self.crash.reached(Point::ReplyThere);
        Way::Held
    }
}

impl Inner {
    /// Notes a new connection; its number is its challenge too.
    fn visit(&mut self, url: &str) -> usize {
        let number = self.visitors.len();
        self.visitors.push(Visitor::new(format!("{url} asks visitor {number}")));
        number
    }
}

/// Where a frame goes.
enum Way {
    On,
    Held,
    Answer(String),
    Nowhere,
}

impl Way {
    /// Pings and pongs are answered on each side of the gate by its own library.
    fn of_control(frame: &Message) -> Self {
        if frame.is_binary() || frame.is_close() { Self::On } else { Self::Nowhere }
    }
}

/// The event of an `EVENT` frame that has it at this place.
fn event_in(text: &str, place: usize) -> Option<Value> {
    if !text.contains("EVENT") {
        return None;
    }
    let Value::Array(mut parts) = serde_json::from_str(text).ok()? else { return None };
    let is_event = parts.first().is_some_and(|name| name == "EVENT") && parts.len() == place + 1;
    if is_event { parts.pop() } else { None }
}

fn empty() -> MemoryDatabase {
    MemoryDatabase::with_opts(MemoryDatabaseOptions { events: true, max_events: Some(75_000) })
}

fn build(events: &MemoryDatabase, auth: bool) -> LocalRelay {
    // The builder's own limit of 60 events a minute would throttle the providers' heartbeats.
    let limit = RateLimit { max_reqs: 10_000, notes_per_minute: 1_000_000 };
    let builder = RelayBuilder::default().database(events.clone()).rate_limit(limit).default_filter_limit(5_000);
    LocalRelay::new(if auth { builder.nip42(RelayBuilderNip42::default()) } else { builder })
}
