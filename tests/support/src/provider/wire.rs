//! Nostr events of a provider: made step by step with the time and the dice given in.

use std::sync::LazyLock;

use nostr::prelude::{
    Event, EventBuilder, FinalizeUnsignedEvent as _, Keys, Kind, PublicKey, SecretKey, Tag, Timestamp, nip04,
};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use secp256k1::{All, Secp256k1};
use serde::Serialize;

use super::config::{ProviderConfig, Tier};

/// A curve context that needs no system randomness.
pub(super) static SECP: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);

#[derive(Serialize)]
struct OfferContent<'a> {
    provider_npub: String,
    hostname: &'a str,
    location: Option<&'a str>,
    capabilities: &'a [String],
    specs: &'a [Tier],
    whitelisted_mints: &'a [String],
    uptime_percent: f32,
    total_jobs_completed: u64,
    api_endpoint: Option<&'a str>,
    version: u8,
    isolation_level: &'a str,
}

#[derive(Serialize)]
struct HeartbeatContent {
    provider_npub: String,
    timestamp: u64,
    active_workloads: usize,
    available_capacity: Capacity,
    version: u8,
}

#[derive(Serialize)]
struct Capacity {
    cpu_available: u64,
    memory_mb_available: u64,
    storage_gb_available: u64,
}

/// The offer, kind 38383.
pub(super) fn offer(keys: &Keys, rng: &mut StdRng, config: &ProviderConfig, now: u64) -> String {
    let me = keys.public_key().to_hex();
    let content = OfferContent {
        provider_npub: me.clone(),
        hostname: &config.name,
        location: config.location.as_deref(),
        capabilities: &config.capabilities,
        specs: &config.tiers,
        whitelisted_mints: &config.mints,
        uptime_percent: 100.0,
        total_jobs_completed: 0,
        api_endpoint: None,
        version: 1,
        isolation_level: config.backend.isolation(),
    };
    let content = serde_json::to_string(&content).expect("an offer of strings and numbers is JSON");
    let d = format!("paygress:offer:v1:{me}");
    let tags = [tag(["t", "paygress"]), tag(["t", "compute"]), tag(["d", &d]), tag(["v", "1"])];
    signed(keys, rng, 38_383, &content, tags, now)
}

/// The two heartbeats of one beat. Neither carries a `p` tag: on the wire none was ever seen (§15, no. 1).
pub(super) fn heartbeats(keys: &Keys, rng: &mut StdRng, active_workloads: usize, now: u64) -> [String; 2] {
    let me = keys.public_key().to_hex();
    let content = HeartbeatContent {
        provider_npub: me.clone(),
        timestamp: now,
        active_workloads,
        available_capacity: Capacity { cpu_available: 100_000, memory_mb_available: 0, storage_gb_available: 0 },
        version: 1,
    };
    let content = serde_json::to_string(&content).expect("a heartbeat of strings and numbers is JSON");
    let d = format!("paygress:heartbeat:v1:{me}:{}", now / 60);
    let stored = [tag(["t", "paygress-heartbeat"]), tag(["d", &d]), tag(["v", "1"])];
    let live = [tag(["t", "paygress-heartbeat"]), tag(["v", "1"])];
    [signed(keys, rng, 38_384, &content, stored, now), signed(keys, rng, 20_384, &content, live, now)]
}

/// A NIP-04 message from `keys` to `to`, signed, as JSON.
pub fn nip04_event(keys: &Keys, rng: &mut StdRng, to: &PublicKey, text: &str, now: u64) -> String {
    let content = nip04::encrypt_with_rng(rng, keys.secret_key(), to, text)
        .expect("encryption to a key that signed an event cannot fail");
    let tags = [tag(["p", &to.to_hex()]), tag(["alt", "Private Message"])];
    signed(keys, rng, 4, &content, tags, now)
}

/// The id, author and text of an authentic kind 4 event addressed to `keys`; `None` for anything else.
pub(super) fn open_request(keys: &Keys, event_json: &str) -> Option<(String, PublicKey, String)> {
    let (id, author, text) = nip04_open(keys, event_json)?;
    (author != keys.public_key()).then_some((id, author, text))
}

/// The id, author and text of an authentic NIP-04 message addressed to `keys`, whoever wrote it.
pub fn nip04_open(keys: &Keys, event_json: &str) -> Option<(String, PublicKey, String)> {
    let event: Event = serde_json::from_str(event_json).ok()?;
    event.verify().ok()?;
    let me = keys.public_key().to_hex();
    let addressed = event.tags.iter().any(|tag| matches!(tag.as_slice(), [name, key, ..] if name == "p" && *key == me));
    if event.kind != Kind::from(4) || !addressed {
        return None;
    }
    let text = nip04::decrypt(keys.secret_key(), &event.pubkey, event.content.clone()).ok()?;
    Some((event.id.to_hex(), event.pubkey, text))
}

/// A key nobody knows.
pub(super) fn stranger(rng: &mut StdRng) -> Keys {
    let mut secret = [0; 32];
    StdRng::from_rng(rng).fill_bytes(&mut secret);
    secret[0] >>= 1;
    Keys::new_with_ctx(&SECP, SecretKey::from_slice(&secret).expect("half the curve order is a valid secret key"))
}

fn signed<const N: usize>(
    keys: &Keys,
    rng: &mut StdRng,
    kind: u16,
    content: &str,
    tags: [Tag; N],
    created_at: u64,
) -> String {
    let unsigned = EventBuilder::new(Kind::from(kind), content)
        .tags(tags)
        .custom_created_at(Timestamp::from(created_at))
        .finalize_unsigned(keys.public_key());
    let mut aux = [0; 32];
    rng.fill_bytes(&mut aux);
    let signature = keys.sign_schnorr_with_aux_rand(&SECP, unsigned.compute_id().as_bytes(), &aux);
    let event = unsigned.add_signature(signature).expect("a signature just made is valid");
    serde_json::to_string(&event).expect("an event is JSON")
}

fn tag<const N: usize>(parts: [&str; N]) -> Tag {
    Tag::parse(parts).expect("a tag with a name is a tag")
}
