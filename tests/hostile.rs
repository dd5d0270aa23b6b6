//! What strangers may send: it is refused with a reason or shown cleaned, and it never panics.

#![cfg(not(target_arch = "wasm32"))]

use paygress::model::MAX_SAFE_INTEGER;
use paygress::protocol::event::LARGEST_EVENT;
use paygress::protocol::frame::LARGEST_FRAME;
use paygress::protocol::*;
use proptest::prelude::*;
use serde_json::{Value, json};

mod wire;
use wire::*;

const NASTY: &str = "e\u{202e}v\u{2066}il\u{1b}[31m\u{0}\u{7f}\u{9b}\u{200b}\u{feff}\r\n na\tme";
const CLEANED: &str = "evil[31m na me";

fn refusal(event: &Value) -> RefusalKind {
    verify(event).expect_err("a forged or malformed event").kind
}

fn frame_refusal(text: &str) -> RefusalKind {
    RelayMessage::parse(text).expect_err("a malformed frame").kind
}

fn offer(body: &Value) -> Result<Offer, RefusalKind> {
    Offer::from_event(&verified(&offer_event(body))).map_err(|refusal| refusal.kind)
}

fn heartbeat(body: &Value) -> Result<Heartbeat, RefusalKind> {
    Heartbeat::from_event(&verified(&heartbeat_event(body, 38384, NOW))).map_err(|refusal| refusal.kind)
}

fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).expect("a member of the body") = value;
    body
}

#[test]
fn an_event_that_was_touched_after_signing_is_refused() {
    let good = offer_event(&offer_body());
    assert!(verify(&good).is_ok());
    let other = offer_event(&with(offer_body(), "/hostname", json!("Other")));
    let stranger = key_of(STRANGER).to_hex();
    let touched = [
        ("/content", json!("{}")),
        ("/created_at", json!(NOW + 1)),
        ("/kind", json!(38384)),
        ("/tags/0/1", json!("paygress2")),
        ("/tags", json!([])),
        ("/pubkey", json!(stranger)),
        ("/id", other["id"].clone()),
        ("/id", json!("00".repeat(32))),
    ];
    for (pointer, value) in touched {
        assert_eq!(refusal(&with(good.clone(), pointer, value)), RefusalKind::ForgedId, "{pointer}");
    }
    for signature in [other["sig"].clone(), json!("00".repeat(64)), json!("ff".repeat(64))] {
        assert_eq!(refusal(&with(good.clone(), "/sig", signature)), RefusalKind::ForgedSignature);
    }
    let resigned = offer_event_of(STRANGER, &offer_body());
    let stolen = with(with(good, "/sig", resigned["sig"].clone()), "/id", resigned["id"].clone());
    assert_eq!(refusal(&stolen), RefusalKind::ForgedId);
    let no_key = with(offer_event(&offer_body()), "/pubkey", json!("ff".repeat(32)));
    assert_eq!(refusal(&no_key), RefusalKind::ForgedId);
}

#[test]
fn the_id_is_known_before_any_cryptography() {
    let mut event = offer_event(&offer_body());
    event["sig"] = json!("00".repeat(64));
    let text = json!(["EVENT", "s", event]).to_string();
    let Ok(RelayMessage::Event { event: unverified, .. }) = RelayMessage::parse(&text) else { panic!("an event") };
    assert_eq!(unverified.id().to_hex(), event["id"].as_str().expect("an id"));
}

#[test]
fn events_and_frames_of_a_wrong_shape_are_refused() {
    let good = offer_event(&offer_body());
    let wrong = [json!(null), json!(true), json!(-1), json!(1.5), json!("x"), json!([1]), json!({}), json!(u64::MAX)];
    for name in ["id", "pubkey", "created_at", "kind", "tags", "content", "sig"] {
        for value in &wrong {
            if (name, value) == ("content", &json!("x")) {
                continue;
            }
            assert_eq!(
                refusal(&with(good.clone(), &format!("/{name}"), value.clone())),
                RefusalKind::WrongShape,
                "{name}"
            );
        }
        let mut without = good.clone();
        without.as_object_mut().expect("an object").remove(name);
        assert_eq!(refusal(&without), RefusalKind::WrongShape, "{name}");
    }
    for tags in [json!([[]]), json!([["t", 1]]), json!(["t"]), json!([[["t"]]])] {
        assert_eq!(refusal(&with(good.clone(), "/tags", tags)), RefusalKind::WrongShape);
    }
    for id in ["AB".repeat(32), "ab".repeat(31), "zz".repeat(32), "+a".repeat(32), "é".repeat(32)] {
        assert_eq!(refusal(&with(good.clone(), "/id", json!(id))), RefusalKind::WrongShape, "{id}");
    }
    let id = "ab".repeat(32);
    for frame in [
        json!([]),
        json!({}),
        json!("EVENT"),
        json!([1]),
        json!(["EVENT"]),
        json!(["EVENT", "s"]),
        json!(["EVENT", 1, good]),
        json!(["EVENT", good]),
        json!(["EOSE"]),
        json!(["OK", id]),
        json!(["OK", "ab", true, ""]),
        json!(["OK", id, "true", ""]),
        json!(["OK", id, true, 1]),
        json!(["CLOSED"]),
        json!(["NOTICE", ["x"]]),
        json!(["AUTH"]),
        json!(["AUTH", ""]),
        json!(["AUTH", "x".repeat(257)]),
        json!(["EOSE", "x".repeat(65)]),
    ] {
        assert_eq!(frame_refusal(&frame.to_string()), RefusalKind::WrongShape, "{frame}");
    }
    for text in ["", "EVENT", "[", "[\"EVENT\",\"s\",{]", "[\"EOSE\",\"s\"] x", "\u{0}", "NaN"] {
        assert_eq!(frame_refusal(text), RefusalKind::NotJson, "{text}");
    }
    assert_eq!(frame_refusal(r#"["COUNT","s",{"count":1}]"#), RefusalKind::WrongKind);
    let shown = RelayMessage::parse(&json!([NASTY.repeat(9)]).to_string()).expect_err("an unknown kind").to_string();
    assert!(shown.len() < 100 && !shown.contains('\u{202e}') && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn what_is_too_large_or_too_deep_is_not_read() {
    let content = |length: usize| offer_event(&with(offer_body(), "/hostname", json!("x".repeat(length))));
    let fits = content(LARGEST_EVENT - 2000);
    assert!(verify(&fits).is_ok() && VerifiedEvent::from_json(&fits.to_string()).is_ok());
    let large = content(LARGEST_EVENT);
    assert_eq!(refusal(&large), RefusalKind::TooLarge);
    let kind = |text: &str| VerifiedEvent::from_json(text).expect_err("refused").kind;
    assert_eq!(kind(&large.to_string()), RefusalKind::TooLarge);
    let tags: Vec<&[&str]> = vec![&["t", "0123456789"]; 5000];
    assert_eq!(refusal(&signed(PROVIDER, 38383, &tags, "", NOW)), RefusalKind::TooLarge);
    assert_eq!(frame_refusal(&" ".repeat(LARGEST_FRAME + 1)), RefusalKind::TooLarge);
    for open in ["[", "{\"a\":", "[\"EVENT\",\"s\",["] {
        assert_eq!(frame_refusal(&open.repeat(5000)), RefusalKind::TooDeep);
        assert_eq!(kind(&open.repeat(4000)), RefusalKind::TooDeep);
        let body = open.repeat(4000);
        assert!(ParsedRequest::parse(&body).is_err());
        assert!(matches!(Reply::parse(&body), Reply::Unknown(_)));
        let event = verified(&signed(PROVIDER, 38383, &[], &body, NOW));
        assert_eq!(Offer::from_event(&event).map_err(|refusal| refusal.kind), Err(RefusalKind::TooDeep));
    }
}

#[test]
fn nobody_speaks_for_a_provider_but_itself() {
    let spoofed = verified(&offer_event_of(STRANGER, &offer_body()));
    assert_eq!(Offer::from_event(&spoofed).map_err(|refusal| refusal.kind), Err(RefusalKind::WrongSigner));
    let beat = signed(STRANGER, 38384, &[&["t", "paygress-heartbeat"]], &heartbeat_body().to_string(), NOW);
    assert_eq!(Heartbeat::from_event(&verified(&beat)).map_err(|refusal| refusal.kind), Err(RefusalKind::WrongSigner));
    let npub = to_npub(&key_of(PROVIDER));
    for named in [npub.clone(), format!("nostr:{npub}"), key_of(PROVIDER).to_hex().to_uppercase()] {
        let body = with(offer_body(), "/provider_npub", json!(named));
        assert_eq!(offer(&body).map(|offer| offer.provider), Ok(key_of(PROVIDER)), "{named}");
        let body = with(heartbeat_body(), "/provider_npub", json!(named));
        assert_eq!(heartbeat(&body).map(|beat| beat.provider), Ok(key_of(PROVIDER)), "{named}");
    }
    for named in [to_npub(&key_of(STRANGER)), String::new(), "me".into(), NASTY.into()] {
        assert_eq!(
            offer(&with(offer_body(), "/provider_npub", json!(named))),
            Err(RefusalKind::WrongSigner),
            "{named}"
        );
        assert_eq!(heartbeat(&with(heartbeat_body(), "/provider_npub", json!(named))), Err(RefusalKind::WrongSigner));
    }
}

#[test]
fn an_offer_under_another_name_than_its_body_is_refused() {
    let key = key_of(PROVIDER).to_hex();
    let other = format!("paygress:offer:v2:{key}");
    let foreign = format!("paygress:offer:v1:{}", key_of(STRANGER).to_hex());
    for tags in [&[][..], &[&["d", other.as_str()][..]], &[&["d", foreign.as_str()][..]], &[&["d"][..]]] {
        let event = verified(&signed(PROVIDER, 38383, tags, &offer_body().to_string(), NOW));
        assert_eq!(Offer::from_event(&event).map_err(|refusal| refusal.kind), Err(RefusalKind::WrongShape));
    }
}

#[test]
fn events_of_other_kinds_are_neither_offers_nor_heartbeats() {
    let beat = verified(&heartbeat_event(&heartbeat_body(), 38384, NOW));
    assert_eq!(Offer::from_event(&beat).map_err(|refusal| refusal.kind), Err(RefusalKind::WrongKind));
    let offer = verified(&offer_event(&offer_body()));
    assert_eq!(Heartbeat::from_event(&offer).map_err(|refusal| refusal.kind), Err(RefusalKind::WrongKind));
}

#[test]
fn bodies_of_a_wrong_shape_are_refused() {
    let wrong = [json!(true), json!(-1), json!({"a": 1}), json!([[1]])];
    for name in
        ["provider_npub", "hostname", "capabilities", "specs", "whitelisted_mints", "version", "isolation_level"]
    {
        for value in &wrong {
            if (name, value) == ("specs", &wrong[3]) {
                continue;
            }
            let kind = offer(&with(offer_body(), &format!("/{name}"), value.clone()));
            assert_eq!(kind, Err(RefusalKind::WrongShape), "{name}: {value}");
        }
    }
    for name in ["provider_npub", "timestamp", "active_workloads", "version"] {
        for value in &wrong {
            let kind = heartbeat(&with(heartbeat_body(), &format!("/{name}"), value.clone()));
            assert_eq!(kind, Err(RefusalKind::WrongShape), "{name}: {value}");
        }
    }
    for content in ["", "[]", "{", "null", "\"offer\""] {
        let event = verified(&signed(PROVIDER, 38383, &[], content, NOW));
        assert!(Offer::from_event(&event).is_err(), "{content}");
        let event = verified(&signed(PROVIDER, 20384, &[], content, NOW));
        assert!(Heartbeat::from_event(&event).is_err(), "{content}");
    }
    assert_eq!(
        heartbeat(&with(heartbeat_body(), "/active_workloads", json!(1u64 << 32))),
        Err(RefusalKind::WrongShape)
    );
}

#[test]
fn numbers_that_readers_disagree_on_are_refused() {
    let too_large = json!(MAX_SAFE_INTEGER + 1);
    for pointer in ["/specs/0/rate_msats_per_sec", "/specs/1/memory_mb", "/total_jobs_completed", "/version"] {
        assert_eq!(
            offer(&with(offer_body(), pointer, too_large.clone())),
            Err(RefusalKind::NumberTooLarge),
            "{pointer}"
        );
    }
    let edge = offer(&with(offer_body(), "/specs/0/rate_msats_per_sec", json!(MAX_SAFE_INTEGER)));
    assert_eq!(edge.expect("still safe").tiers[0].rate.get(), MAX_SAFE_INTEGER);
    assert_eq!(heartbeat(&with(heartbeat_body(), "/timestamp", too_large.clone())), Err(RefusalKind::NumberTooLarge));
    let far = signed(PROVIDER, 38384, &[], &heartbeat_body().to_string(), MAX_SAFE_INTEGER + 1);
    assert_eq!(refusal(&far), RefusalKind::WrongShape);
    let access = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z",
        "cpu_millicores": 1, "memory_mb": too_large, "pod_spec_name": "B", "pod_spec_description": "-", "instructions": []});
    assert!(matches!(Reply::parse(&access.to_string()), Reply::Unknown(_)));
    assert!(matches!(Reply::parse(&with(access, "/memory_mb", json!(1)).to_string()), Reply::Access(_)));
}

#[test]
fn a_beat_dated_elsewhere_than_its_event_is_refused() {
    let at =
        |timestamp: u64| heartbeat(&with(heartbeat_body(), "/timestamp", json!(timestamp))).map(|beat| beat.timestamp);
    assert_eq!(at(NOW - 120), Ok(NOW - 120));
    assert_eq!(at(NOW + 120), Ok(NOW + 120));
    assert_eq!(at(NOW - 121), Err(RefusalKind::WrongTime));
    assert_eq!(at(NOW + 121), Err(RefusalKind::WrongTime));
    assert_eq!(at(0), Err(RefusalKind::WrongTime));
    assert_eq!(at(MAX_SAFE_INTEGER), Err(RefusalKind::WrongTime));
}

#[test]
fn a_bad_tier_or_mint_does_not_take_the_good_ones_along() {
    let tier = |id: &str, rate: u64| json!({"id": id, "name": "N", "description": "D", "cpu_millicores": 1, "memory_mb": 1, "rate_msats_per_sec": rate});
    let specs = json!([tier("free", 0), tier("good", 7), tier("good", 1), tier("", 7), tier(NASTY, 7), {"id": "half"}, 5, tier(&"x".repeat(65), 7)]);
    let offer = offer(&with(
        with(offer_body(), "/specs", specs),
        "/whitelisted_mints",
        json!([
            "https://a.example,https://b.example",
            "https://Good.example/",
            "https://good.example",
            "mint",
            "",
            " https://x.example"
        ]),
    ))
    .expect("an offer");
    let tiers: Vec<_> = offer.tiers.iter().map(|tier| (tier.id.as_str(), tier.rate.get())).collect();
    assert_eq!(tiers, [("good", 7)]);
    assert_eq!(offer.tier_problems.len(), 7);
    assert!(offer.tier_problems[0].contains("costs nothing") && offer.tier_problems[1].contains("twice"));
    let mints: Vec<_> = offer.mints.iter().map(|mint| mint.as_str()).collect();
    assert_eq!(mints, ["https://good.example"]);
    assert_eq!(offer.mint_problems.len(), 4);
    assert!(offer.mint_problems[0].contains("commas"), "{:?}", offer.mint_problems);
}

#[test]
fn lists_without_end_are_read_in_part_and_it_is_said() {
    let tiers: Vec<_> = (0..100)
        .map(|id| json!({"id": id.to_string(), "name": "N", "description": "D", "cpu_millicores": 1, "memory_mb": 1, "rate_msats_per_sec": 1}))
        .collect();
    let mints: Vec<_> = (0..100).map(|id| format!("https://mint{id}.example.com")).collect();
    let body = with(with(offer_body(), "/specs", json!(tiers)), "/whitelisted_mints", json!(mints));
    let offer = offer(&body).expect("an offer");
    assert_eq!((offer.tiers.len(), offer.mints.len()), (64, 64));
    assert_eq!(offer.tier_problems, ["it lists 100 tiers, of which the first 64 are read"]);
    assert_eq!(offer.mint_problems, ["it lists 100 mints, of which the first 64 are read"]);
}

#[test]
fn what_is_new_or_missing_in_an_offer_is_no_reason_to_refuse_it() {
    let mut old = offer_body();
    for name in ["location", "api_endpoint", "version", "isolation_level"] {
        old.as_object_mut().expect("an object").remove(name);
    }
    let old = offer(&old).expect("an offer");
    assert_eq!((old.version, old.isolation, old.location), (1, Isolation::SharedKernel, None));
    let mut new = with(with(offer_body(), "/version", json!(2)), "/isolation_level", json!("moon-base"));
    new["stake_proof"] = json!({"sats": 5, "deep": {"er": [1]}});
    let new = offer(&new).expect("an offer");
    assert_eq!((new.version, new.isolation), (2, Isolation::Unknown));
    for (slug, isolation) in
        [("dedicated-host", Isolation::DedicatedHost), ("attested-research-tier", Isolation::AttestedResearchTier)]
    {
        let body = with(offer_body(), "/isolation_level", json!(slug));
        assert_eq!(offer(&body).map(|offer| offer.isolation), Ok(isolation));
        assert_eq!(serde_json::to_value(isolation).expect("it serialises"), slug);
    }
}

#[test]
fn strangers_text_is_cleaned_wherever_it_is_shown() {
    let mut body = offer_body();
    for pointer in ["/hostname", "/location", "/specs/0/name", "/specs/0/description", "/capabilities/0"] {
        body = with(body, pointer, json!(NASTY));
    }
    let body = with(body, "/whitelisted_mints/0", json!(NASTY));
    let shown = offer(&body).expect("an offer");
    assert_eq!(shown.name, CLEANED);
    assert_eq!(shown.location.as_deref(), Some(CLEANED));
    assert_eq!((shown.tiers[0].name.as_str(), shown.tiers[0].description.as_str()), (CLEANED, CLEANED));
    assert_eq!(shown.capabilities[0], CLEANED);
    assert_eq!(shown.mint_problems, [format!("{CLEANED:?} is not a mint address")]);
    let notice = RelayMessage::parse(&json!(["NOTICE", NASTY]).to_string());
    assert_eq!(notice, Ok(RelayMessage::Notice { message: CLEANED.into() }));
    let error = Reply::parse(&json!({"error_type": NASTY, "message": NASTY}).to_string());
    assert_eq!(error, Reply::Error(ErrorReply { kind: ErrorType::Other(CLEANED.into()), message: CLEANED.into() }));
    assert_eq!(Reply::parse(NASTY), Reply::Unknown(CLEANED.into()));
    let access = json!({"pod_npub": NASTY, "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z", "cpu_millicores": 1,
        "memory_mb": 1, "pod_spec_name": NASTY, "pod_spec_description": NASTY, "instructions": [NASTY, "Password: s3cret"],
        "template_ports": [{"host_port": 1, "container_port": 2, "protocol": "tcp", "label": NASTY}]});
    let Reply::Access(access) = Reply::parse(&access.to_string()) else { panic!("access details") };
    assert_eq!(
        (access.pod_id.as_str(), access.tier_name.as_str(), access.tier_description.as_str()),
        (CLEANED, CLEANED, CLEANED)
    );
    assert_eq!((access.instructions[0].as_str(), access.ports[0].label.as_str()), (CLEANED, CLEANED));
}

#[test]
fn a_host_that_a_shell_would_read_as_more_is_not_passed_on() {
    let host = |text: &str| {
        let access = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z", "cpu_millicores": 1,
            "memory_mb": 1, "pod_spec_name": "B", "pod_spec_description": "-", "instructions": [], "host_address": text});
        let Reply::Access(access) = Reply::parse(&access.to_string()) else { panic!("access details") };
        access.host
    };
    for good in ["203.0.113.7", "box-1.example.com", "2001:db8::1", "[::1]", "::1"] {
        assert_eq!(host(good).as_deref(), Some(good));
    }
    for bad in ["", "-oProxyCommand=x", "a b", "a;reboot", "$(id)", "a\nb", "root@evil", "http://x/", "a\u{202e}b"] {
        assert_eq!(host(bad), None, "{bad}");
    }
}

#[test]
fn a_reply_counts_only_by_the_requests_own_method_from_its_provider_to_its_key() {
    let (lease, provider) = (secret(CONSUMER), key_of(PROVIDER));
    let open = |event: &Value| nip04_open(&lease, &provider, &verified(event)).map_err(|refusal| refusal.kind);
    assert_eq!(open(&nip04_event(PROVIDER, CONSUMER, "hello")).as_deref(), Ok("hello"));
    assert_eq!(open(&nip04_event(STRANGER, CONSUMER, "hello")), Err(RefusalKind::WrongSigner));
    assert_eq!(open(&nip04_event(PROVIDER, STRANGER, "hello")), Err(RefusalKind::NotForUs));
    let good = nip04_event(PROVIDER, CONSUMER, "hello");
    let content = good["content"].as_str().expect("text").to_owned();
    let me = key_of(CONSUMER).to_hex();
    let resigned = |kind: u16, content: &str| signed(PROVIDER, kind, &[&["p", &me]], content, NOW);
    for kind in [1059, 14, 13, 1] {
        assert_eq!(open(&resigned(kind, &content)), Err(RefusalKind::WrongKind), "{kind}");
    }
    assert_eq!(open(&signed(PROVIDER, 4, &[], &content, NOW)), Err(RefusalKind::NotForUs));
    let garbled = [
        "",
        "?iv=",
        "hello",
        "AAAA?iv=AAAA",
        &content[4..],
        &content.replace("?iv=", "?iv=A"),
        &format!("{content}?iv="),
    ];
    for garbled in garbled {
        assert_eq!(open(&resigned(4, garbled)), Err(RefusalKind::Undecryptable), "{garbled}");
    }
}

#[test]
fn a_request_is_opened_only_when_the_leases_own_key_made_it_for_that_provider() {
    let (lease, provider) = (secret(CONSUMER), key_of(PROVIDER));
    let open = |event: &Value| {
        let opened = nip04_open_request(&lease, &provider, &verified(event));
        opened.map(|text| text.as_str().to_owned()).map_err(|refusal| refusal.kind)
    };
    let question = r#"{"pod_id":"1000"}"#;
    assert_eq!(open(&nip04_event(CONSUMER, PROVIDER, question)).as_deref(), Ok(question));
    assert_eq!(open(&nip04_event(PROVIDER, CONSUMER, question)), Err(RefusalKind::WrongSigner));
    assert_eq!(open(&nip04_event(CONSUMER, STRANGER, question)), Err(RefusalKind::NotForUs));
    assert_eq!(open(&nip04_event(CONSUMER, PROVIDER, "hello")), Err(RefusalKind::NotJson));
}

fn frames() -> Vec<String> {
    let events = [
        offer_event(&offer_body()),
        heartbeat_event(&heartbeat_body(), 38384, NOW),
        nip04_event(PROVIDER, CONSUMER, r#"{"error_type":"mint_error","message":"x"}"#),
    ];
    let mut frames: Vec<_> = events.iter().map(|event| json!(["EVENT", "s", event]).to_string()).collect();
    frames.push(json!(["OK", "ab".repeat(32), true, "duplicate: have it"]).to_string());
    frames.push(json!(["CLOSED", "s", "auth-required: who are you?"]).to_string());
    frames
}

/// Reads a text in every way we read strangers' text.
fn read(text: &str) -> Option<VerifiedEvent> {
    let _ = Reply::parse(text);
    let _ = ParsedRequest::parse(text);
    let _ = provider_from_text(text);
    let Ok(RelayMessage::Event { event, .. }) = RelayMessage::parse(text) else { return None };
    let event = event.verify().ok()?;
    let _ = Offer::from_event(&event);
    let _ = Heartbeat::from_event(&event);
    let _ = nip04_open(&secret(CONSUMER), &key_of(PROVIDER), &event);
    Some(event)
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        read(&text);
        read(&format!("[\"EVENT\",\"s\",{text}]"));
    }

    #[test]
    fn a_mutated_frame_never_panics_and_never_yields_another_event(
        which in 0usize..5,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..3, any::<char>()), 1..4),
    ) {
        let original = frames()[which].clone();
        let mut text: Vec<char> = original.chars().collect();
        for (at, how, c) in edits {
            let at = at.index(text.len());
            match how {
                0 => text[at] = c,
                1 => text.insert(at, c),
                _ => drop(text.remove(at)),
            }
        }
        if let Some(event) = read(&text.into_iter().collect::<String>()) {
            prop_assert_eq!(Some(event), read(&original));
        }
    }

    #[test]
    fn any_body_that_a_provider_signs_is_read_or_refused(
        pointer in prop::sample::select(vec![
            "/hostname", "/location", "/capabilities", "/specs", "/specs/0", "/specs/0/id", "/specs/0/rate_msats_per_sec",
            "/specs/1/name", "/whitelisted_mints", "/whitelisted_mints/0", "/version", "/isolation_level", "/uptime_percent",
        ]),
        value in json_value(),
    ) {
        if let Ok(offer) = offer(&with(offer_body(), pointer, value)) {
            for tier in &offer.tiers {
                prop_assert!(!tier.rate.is_zero() && tier.rate.get() <= MAX_SAFE_INTEGER && !tier.id.is_empty());
            }
            let shown = format!("{}{:?}", offer.name, offer.tier_problems);
            prop_assert!(!shown.contains(|c: char| c.is_control()));
        }
    }

    #[test]
    fn any_reply_is_read_and_its_text_is_fit_to_be_shown(
        name in prop::sample::select(vec![
            "pod_npub", "node_port", "expires_at", "cpu_millicores", "pod_spec_name", "instructions", "host_address",
            "template_ports", "error_type", "message",
        ]),
        value in json_value(),
    ) {
        let mut reply = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z", "cpu_millicores": 1,
            "memory_mb": 1, "pod_spec_name": "B", "pod_spec_description": "-", "instructions": ["x"], "host_address": "h"});
        reply[name] = value;
        if let Reply::Access(access) = Reply::parse(&reply.to_string()) {
            let shown = format!("{}{}{}{}", access.pod_id, access.tier_name, access.host.unwrap_or_default(), access.instructions.concat());
            let unfit = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            prop_assert!(!shown.contains(unfit));
        }
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from(NASTY)),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,12}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn payment_requests_of_strangers_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        use base64::Engine as _;
        use bitcoin::bech32::{Bech32m, Hrp, encode};
        let older = base64::engine::general_purpose::URL_SAFE.encode(&bytes);
        let newer = encode::<Bech32m>(Hrp::parse("creqb").expect("a prefix"), &bytes).expect("short enough");
        for text in [format!("creqA{older}"), newer, String::from_utf8_lossy(&bytes).into_owned()] {
            // Whatever comes of it, it is a value or a refusal.
            let _ = text.parse::<paygress::wallet::PaymentRequest>();
        }
    }
}
