//! A relay without a socket: stores, filters, answers.

use std::collections::{BTreeMap, BTreeSet};

use paygress::protocol::VerifiedEvent;
use serde_json::{Value, json};

pub(crate) struct Relay {
    pub(crate) url: &'static str,
    pub(crate) up: bool,
    /// Keeps sockets open, answers questions, and delivers nothing new.
    pub(crate) silent: bool,
    /// Refuses to store or pass on what clients publish, with this reason.
    pub(crate) refuses: Option<&'static str>,
    /// Whom it serves direct messages.
    pub(crate) guard: Guard,
    events: Vec<Value>,
    subscriptions: BTreeMap<(u32, String), Value>,
    /// As whom sockets authenticated.
    known: BTreeMap<u32, String>,
    /// What kinds of events sockets asked for.
    pub(crate) asked: BTreeMap<u32, BTreeSet<u64>>,
    /// How often it was answered who somebody is.
    pub(crate) answers: usize,
}

/// Whom a relay serves direct messages (NIP-42).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    Nobody,
    /// Those who say who they are.
    Authenticated,
    /// Nobody, however often they say who they are.
    Refusing,
}

impl Relay {
    pub(crate) fn new(url: &'static str) -> Self {
        Self {
            url,
            up: true,
            silent: false,
            refuses: None,
            guard: Guard::Nobody,
            events: Vec::new(),
            subscriptions: BTreeMap::new(),
            known: BTreeMap::new(),
            asked: BTreeMap::new(),
            answers: 0,
        }
    }

    /// As whom each socket authenticated.
    pub(crate) fn authenticated(&self) -> &BTreeMap<u32, String> {
        &self.known
    }

    /// True when this socket may read or write a direct message of this key.
    fn serves(&self, socket: u32, key: &Value) -> bool {
        match self.guard {
            Guard::Nobody => true,
            Guard::Authenticated => self.known.get(&socket).is_some_and(|known| key == known),
            Guard::Refusing => false,
        }
    }

    /// The event inside a client's `EVENT` frame.
    pub(crate) fn event_of(frame: &str) -> Option<String> {
        let frame: Value = serde_json::from_str(frame).ok()?;
        Some(frame.get(1)?.to_string())
    }

    pub(crate) fn forget(&mut self, socket: u32) {
        self.subscriptions.retain(|(of, _), _| *of != socket);
        self.known.remove(&socket);
    }

    pub(crate) fn forget_all(&mut self) {
        self.subscriptions.clear();
        self.known.clear();
    }

    /// Keeps an event as its kind demands. False when it cannot be passed on.
    pub(crate) fn store(&mut self, event: &str) -> bool {
        if !self.up || self.silent {
            return false;
        }
        let event: Value = serde_json::from_str(event).expect("events are JSON");
        let ephemeral = event["kind"].as_u64().is_some_and(|kind| (20_000..30_000).contains(&kind));
        let replaceable = event["kind"].as_u64().is_some_and(|kind| (30_000..40_000).contains(&kind));
        let same = |known: &Value| {
            known["kind"] == event["kind"] && known["pubkey"] == event["pubkey"] && name(known) == name(&event)
        };
        if replaceable {
            if self
                .events
                .iter()
                .any(|known| same(known) && known["created_at"].as_u64() >= event["created_at"].as_u64())
            {
                return true;
            }
            self.events.retain(|known| !same(known));
        }
        if !ephemeral && !self.events.iter().any(|known| known["id"] == event["id"]) {
            self.events.push(event);
        }
        true
    }

    /// True for an event that this socket may send and nobody sent before; relays pass an event on once.
    pub(crate) fn passes_on(&self, socket: u32, event: &str) -> bool {
        let event: Value = serde_json::from_str(event).expect("events are JSON");
        self.refuses.is_none()
            && (event["kind"] != 4 || self.serves(socket, &event["pubkey"]))
            && self.events.iter().all(|known| known["id"] != event["id"])
    }

    /// The direct messages it keeps, the oldest first.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.events.iter().filter(|event| event["kind"] == 4).map(Value::to_string).collect()
    }

    /// The wrapped messages it keeps.
    pub(crate) fn wraps(&self) -> Vec<String> {
        self.events.iter().filter(|event| event["kind"] == 1059).map(Value::to_string).collect()
    }

    /// The lists of mints it keeps.
    pub(crate) fn mint_lists(&self) -> Vec<String> {
        self.events.iter().filter(|event| event["kind"] == 30_078).map(Value::to_string).collect()
    }

    /// Forgets what clients published.
    pub(crate) fn forget_mint_lists(&mut self) {
        self.events.retain(|event| event["kind"] != 30_078);
    }

    /// Takes a client's frame, returns the frames for that socket.
    pub(crate) fn take(&mut self, socket: u32, text: &str) -> Vec<String> {
        let frame: Value = serde_json::from_str(text).expect("the client sends JSON");
        let name = frame[1].as_str().unwrap_or_default().to_owned();
        match frame[0].as_str() {
            Some("REQ") => {
                let filter = frame[2].clone();
                let kinds: Vec<u64> =
                    filter["kinds"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
                self.asked.entry(socket).or_default().extend(&kinds);
                if kinds.contains(&4) && !self.serves(socket, &filter["#p"][0]) {
                    return vec![
                        json!(["AUTH", self.challenge(socket)]).to_string(),
                        json!(["CLOSED", name, "auth-required: only for those who may read it"]).to_string(),
                    ];
                }
                let limit = filter["limit"].as_u64().unwrap_or(u64::MAX);
                let found = self.events.iter().rev().filter(|event| matches(&filter, event));
                let mut frames: Vec<String> = found
                    .take(usize::try_from(limit).unwrap_or(usize::MAX))
                    .map(|event| json!(["EVENT", name, event]).to_string())
                    .collect();
                frames.push(json!(["EOSE", name]).to_string());
                self.subscriptions.insert((socket, name), filter);
                frames
            }
            Some("CLOSE") => {
                self.subscriptions.remove(&(socket, name));
                Vec::new()
            }
            Some("EVENT") => {
                let id = &frame[1]["id"];
                if frame[1]["kind"] == 4 && !self.serves(socket, &frame[1]["pubkey"]) {
                    return vec![
                        json!(["AUTH", self.challenge(socket)]).to_string(),
                        json!(["OK", id, false, "auth-required: only for those who wrote it"]).to_string(),
                    ];
                }
                if let Some(reason) = self.refuses {
                    return vec![json!(["OK", id, false, reason]).to_string()];
                }
                self.store(&frame[1].to_string());
                vec![json!(["OK", id, true, ""]).to_string()]
            }
            Some("AUTH") => {
                self.answers += 1;
                assert!(self.answers < 1000, "the client answers for ever");
                let event = &frame[1];
                let tag = |name: &str, value: &str| {
                    event["tags"].as_array().is_some_and(|tags| tags.contains(&json!([name, value])))
                };
                let good = VerifiedEvent::from_json(&event.to_string()).is_ok()
                    && event["kind"] == 22_242
                    && tag("relay", self.url)
                    && tag("challenge", &self.challenge(socket));
                assert!(good, "{} cannot tell who answered: {event}", self.url);
                self.known.insert(socket, event["pubkey"].as_str().expect("a key").to_owned());
                vec![json!(["OK", event["id"], true, ""]).to_string()]
            }
            other => panic!("the client sent {other:?}"),
        }
    }

    fn challenge(&self, socket: u32) -> String {
        format!("{} asks socket {socket}", self.url)
    }

    /// The frames that an event means for whoever subscribed to it.
    pub(crate) fn frames_for(&self, event: &str) -> Vec<(u32, String)> {
        let event: Value = serde_json::from_str(event).expect("events are JSON");
        self.subscriptions
            .iter()
            .filter(|(_, filter)| matches(filter, &event))
            .map(|((socket, name), _)| (*socket, json!(["EVENT", name, event]).to_string()))
            .collect()
    }
}

/// What an addressable event is kept under.
fn name(event: &Value) -> Option<&Value> {
    event["tags"].as_array()?.iter().find(|tag| tag[0] == "d").map(|tag| &tag[1])
}

fn matches(filter: &Value, event: &Value) -> bool {
    let among = |list: &Value, value: &Value| list.as_array().is_none_or(|list| list.contains(value));
    let tagged = |name: &str| {
        filter[format!("#{name}")].as_array().is_none_or(|wanted| {
            event["tags"]
                .as_array()
                .is_some_and(|tags| tags.iter().any(|tag| tag[0] == name && wanted.contains(&tag[1])))
        })
    };
    let since = filter["since"].as_u64().unwrap_or(0);
    among(&filter["ids"], &event["id"])
        && among(&filter["kinds"], &event["kind"])
        && among(&filter["authors"], &event["pubkey"])
        && event["created_at"].as_u64().is_some_and(|at| at >= since)
        && ["p", "t", "d"].into_iter().all(tagged)
}
