//! Subscriptions, as the text a relay is sent (NIP-01).

use serde_json::{Value, json};

use super::heartbeat::{LIVE_HEARTBEAT, STORED_HEARTBEAT};
use super::kind::MINT_LIST;
use super::offer::OFFER;
use crate::model::ProviderKey;

/// Asks for the offers of the marketplace, those to come and those stored: all of them, or since a time.
#[must_use]
pub fn req_offers(subscription: &str, since: Option<u64>) -> String {
    let filter = match since {
        Some(since) => json!({ "kinds": [OFFER], "#t": ["paygress"], "since": since }),
        None => json!({ "kinds": [OFFER], "#t": ["paygress"] }),
    };
    req(subscription, filter)
}

/// Asks for an event that does not exist: the answer itself is what is wanted.
#[must_use]
pub fn req_probe(subscription: &str) -> String {
    req(subscription, json!({ "ids": ["00".repeat(32)], "limit": 1 }))
}

/// Asks for the live heartbeats of all providers. They are not stored: only what comes from now on is seen.
#[must_use]
pub fn req_live_heartbeats(subscription: &str) -> String {
    req(subscription, json!({ "kinds": [LIVE_HEARTBEAT], "#t": ["paygress-heartbeat"] }))
}

/// Asks for stored heartbeats since a time, of some providers or of all. By author and never by `p` tag, which heartbeats
/// do not carry on the wire (PROTOCOL §15.1).
#[must_use]
pub fn req_stored_heartbeats(subscription: &str, authors: Option<&[ProviderKey]>, since: u64) -> String {
    let filter = match authors {
        Some(authors) => json!({ "kinds": [STORED_HEARTBEAT], "authors": authors, "since": since }),
        None => json!({ "kinds": [STORED_HEARTBEAT], "#t": ["paygress-heartbeat"], "since": since }),
    };
    req(subscription, filter)
}

/// Asks for a provider's NIP-04 messages to one of our keys since a time: stored ones and those to come.
#[must_use]
pub fn req_replies(subscription: &str, provider: &ProviderKey, me: &ProviderKey, since: u64) -> String {
    req(subscription, json!({ "kinds": [super::dm::NIP04], "authors": [provider], "#p": [me], "since": since }))
}

/// Asks for the list of mints that this key keeps for itself (NUT-27).
#[must_use]
pub fn req_mint_list(subscription: &str, me: &ProviderKey) -> String {
    req(subscription, json!({ "kinds": [MINT_LIST], "authors": [me], "#d": [super::mint_list::NAME], "limit": 1 }))
}

/// Ends a subscription.
#[must_use]
pub fn close(subscription: &str) -> String {
    json!(["CLOSE", subscription]).to_string()
}

fn req(subscription: &str, filter: Value) -> String {
    json!(["REQ", subscription, filter]).to_string()
}
