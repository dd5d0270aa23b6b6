//! Events recorded from a provider of version 0.1.9 and its consumer, read as the browser reads them. The keys and tokens
//! in the fixture are throw-away.

use paygress::model::{LeaseSecret, MintUrl, Msat, ProviderKey};
use paygress::protocol::*;
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

mod wire;
use wire::verified;

#[wasm_bindgen_test(unsupported = test)]
fn every_recorded_event_parses_verifies_and_decrypts() {
    let (provider, me) = recorded_parties();
    let mut opened = 0;
    for (event, plaintext) in recorded_messages() {
        assert_eq!(VerifiedEvent::from_json(&event.to_json()).as_ref(), Ok(&event));
        match (event.kind(), plaintext) {
            (38383, None) => assert_eq!(Offer::from_event(&event).expect("an offer").provider, provider),
            (38384 | 20384, None) => {
                let beat = Heartbeat::from_event(&event).expect("a heartbeat");
                assert_eq!((beat.provider, beat.timestamp), (provider, event.created_at()));
            }
            (4, Some(plaintext)) if event.author() == provider => {
                let text = nip04_open(&me, &provider, &event).expect("a reply to us");
                assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), plaintext);
                assert!(!matches!(Reply::parse(&text), Reply::Unknown(_)));
                opened += 1;
            }
            (4, Some(plaintext)) => {
                let refusal = nip04_open(&me, &provider, &event).expect_err("our own request is no reply");
                assert_eq!(refusal.kind, RefusalKind::WrongSigner);
                let text = nip04_open_request(&me, &provider, &event).expect("our own request");
                assert_eq!(serde_json::from_str::<Value>(text.as_str()).expect("JSON"), plaintext);
                let request = ParsedRequest::parse(text.as_str()).expect("a request");
                assert_eq!(matches!(request, ParsedRequest::Spawn(_)), plaintext.get("pod_image").is_some());
                assert_eq!(matches!(request, ParsedRequest::Status { .. }), plaintext.get("pod_id").is_some());
                opened += 1;
            }
            other => panic!("{other:?} was not recorded"),
        }
    }
    assert_eq!(opened, 10);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_recorded_offer_says_what_can_be_rented_and_with_whose_money() {
    let (event, _) = recorded_messages().into_iter().next().expect("the first is the offer");
    let offer = Offer::from_event(&event).expect("an offer");
    assert_eq!((offer.name.as_str(), offer.location.as_deref()), ("e2e provider", Some("loopback")));
    assert_eq!((offer.isolation, offer.version, offer.created_at), (Isolation::SharedKernel, 1, 1_795_423_971));
    assert_eq!(offer.capabilities, ["docker"]);
    let mints: Vec<_> = offer.mints.iter().map(MintUrl::as_str).collect();
    assert_eq!(mints, ["http://127.0.0.1:3338", "http://127.0.0.1:3340", "http://127.0.0.1:8085"]);
    assert_eq!((offer.mint_problems.len(), offer.tier_problems.len()), (0, 0));
    let expected = Tier {
        id: "standard".into(),
        name: "Standard".into(),
        description: "2 vCPU, 2 GB".into(),
        cpu_millicores: 2000,
        memory_mb: 2048,
        rate: Msat::new(100),
    };
    assert_eq!(offer.tier("standard"), Some(&expected));
    assert_eq!(offer.tiers.len(), 2);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_recorded_replies_are_understood() {
    let (provider, me) = recorded_parties();
    let replies: Vec<_> = recorded_messages()
        .into_iter()
        .filter(|(event, _)| event.kind() == 4 && event.author() == provider)
        .map(|(event, _)| Reply::parse(&nip04_open(&me, &provider, &event).expect("a reply to us")))
        .collect();
    let [Reply::Access(access), Reply::TopUp(top_up), Reply::Error(error), Reply::Status(status), Reply::Status(last)] =
        replies.as_slice()
    else {
        panic!("recorded were access, top-up, error and two status replies, not {replies:?}");
    };
    assert_eq!((access.pod_id.as_str(), access.ssh_port, access.expires_at), ("container-1000", 31000, 1_795_425_254));
    assert_eq!((access.cpu_millicores, access.memory_mb), (1000, 1024));
    assert_eq!((access.tier_name.as_str(), access.tier_description.as_str()), ("Basic", "1 vCPU, 1 GB"));
    assert_eq!(access.password.as_ref().expect("it is in a line").expose(), "nOz1qhb3fVUy4EYw");
    assert_eq!(access.host.as_deref(), Some("127.0.0.1"));
    assert_eq!(access.instructions.len(), 6);
    assert_eq!(access.instructions[2], "🔑 Password: ••••••••");
    assert_eq!(access.ports, []);
    assert_eq!((top_up.success, top_up.extended_secs, top_up.expires_at), (true, 320, 1_795_425_574));
    assert_eq!(top_up.message, "Lease extended by 320s (16000 msats @ 50 msats/sec)");
    assert_eq!((&error.kind, error.kind.money()), (&ErrorType::TokenAlreadySpent, MoneyFate::AlreadySpent));
    assert_eq!(error.message, "This Cashu token has already been spent at the mint");
    assert_eq!((status.pod_id.as_str(), &status.status), ("1000", &LeaseStatus::Running));
    assert_eq!((status.expires_at, status.time_remaining_secs, status.ssh_port), (1_795_425_574, 1561, 31000));
    assert_eq!(last.time_remaining_secs, 1560);
}

fn recorded() -> Value {
    serde_json::from_str(include_str!("fixtures/recorded_0_1_9.json")).expect("the fixture is JSON")
}

fn recorded_messages() -> Vec<(VerifiedEvent, Option<Value>)> {
    let recorded = recorded();
    let messages = recorded["messages"].as_array().expect("a list").iter();
    messages.map(|message| (verified(&message["event"]), message.get("plaintext").cloned())).collect()
}

fn recorded_parties() -> (ProviderKey, LeaseSecret) {
    let recorded = recorded();
    let key = |name: &str| -> ProviderKey { recorded[name].as_str().expect("hex").parse().expect("64 hex characters") };
    let secret = LeaseSecret::from_bytes(*key("consumer_secret").as_bytes()).expect("a secret key");
    assert_eq!(public_key(&secret), key("consumer"));
    (key("provider"), secret)
}
