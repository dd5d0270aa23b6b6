//! NIP-42 in front of direct messages: they are taken from and given to the key that a connection authenticated as, and
//! nobody else. Providers, known by their offers, are let through, for those of this network do not authenticate.

use std::collections::BTreeSet;

use nostr::event::Event;
use serde::Serialize;
use serde_json::{Value, json};

const AUTH: u64 = 22_242;
const DIRECT_MESSAGE: u64 = 4;

/// What one connection said of itself and asked for.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Visitor {
    #[serde(skip)]
    challenge: String,
    /// As whom it authenticated.
    pub(crate) key: Option<String>,
    /// The kinds of events it asked for.
    asked: BTreeSet<u64>,
}

impl Visitor {
    pub(crate) fn new(challenge: String) -> Self {
        Self { challenge, key: None, asked: BTreeSet::new() }
    }

    /// What the relay answers instead of serving this frame; nothing for one that it serves.
    pub(crate) fn stopped(&mut self, url: &str, frame: &Value, is_provider: impl Fn(&str) -> bool) -> Vec<Value> {
        match frame[0].as_str() {
            Some("AUTH") => {
                let event = &frame[1];
                let known = self.is_answer(url, event);
                self.key = known.then(|| event["pubkey"].as_str().map(str::to_owned)).flatten();
                let reason = if known { "" } else { "auth-required: this does not answer the challenge" };
                vec![json!(["OK", event["id"], known, reason])]
            }
            Some("REQ") => {
                let filters = frame.as_array().map_or(&[][..], |parts| parts.get(2..).unwrap_or_default());
                let kinds = |filter: &Value| -> BTreeSet<u64> {
                    filter["kinds"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
                };
                self.asked.extend(filters.iter().flat_map(kinds));
                let private = filters.iter().filter(|filter| kinds(filter).contains(&DIRECT_MESSAGE));
                let may_read = |filter: &Value| {
                    let keys = filter["#p"].as_array().map_or(&[][..], Vec::as_slice);
                    !keys.is_empty() && keys.iter().all(|key| self.is(key, &is_provider))
                };
                if private.into_iter().all(may_read) {
                    return Vec::new();
                }
                vec![
                    self.question(),
                    json!(["CLOSED", frame[1], "auth-required: messages are for those they are addressed to"]),
                ]
            }
            Some("EVENT") if frame[1]["kind"] == DIRECT_MESSAGE && !self.is(&frame[1]["pubkey"], &is_provider) => {
                vec![
                    self.question(),
                    json!(["OK", frame[1]["id"], false, "auth-required: messages are taken from their authors"]),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn question(&self) -> Value {
        json!(["AUTH", self.challenge])
    }

    fn is(&self, key: &Value, is_provider: impl Fn(&str) -> bool) -> bool {
        key.as_str().is_some_and(|key| self.key.as_deref() == Some(key) || is_provider(key))
    }

    fn is_answer(&self, url: &str, event: &Value) -> bool {
        let says =
            |name: &str, value: &str| event["tags"].as_array().is_some_and(|tags| tags.contains(&json!([name, value])));
        event["kind"] == AUTH
            && says("challenge", &self.challenge)
            && says("relay", url)
            && serde_json::from_value::<Event>(event.clone()).is_ok_and(|event| event.verify().is_ok())
    }
}
