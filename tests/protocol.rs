//! The messages of the marketplace, against vectors. Runs natively and in wasm, where a hidden call
//! for the system's clock or dice would trap.

use paygress::ErrorCode;
use paygress::keys::{ssh_password, volume_key, workload_id};
use paygress::model::{Msat, RelayUrl, Sat};
use paygress::protocol::price::{MINIMUM_SECS, duration, price};
use paygress::protocol::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

mod wire;
use wire::*;

fn spawn(token: &str, tier: &Tier, workload: &Workload) -> Result<RequestText, paygress::Error> {
    let lease = secret(CONSUMER);
    let password = ssh_password(&lease).parse().expect("a derived password is honoured");
    let id = workload_id(&lease);
    let key = volume_key(&lease, &id);
    SpawnRequest { token, tier, workload, password: &password, workload_id: &id, volume_key: Some(&key) }.to_text()
}

fn tier() -> Tier {
    Offer::from_event(&verified(&offer_event(&offer_body())))
        .expect("an offer")
        .tier("basic")
        .expect("its tier")
        .clone()
}

fn image(name: &str) -> Workload {
    Workload::Image(name.parse().expect("the name of an image"))
}

#[wasm_bindgen_test(unsupported = test)]
fn requests_are_taken_for_what_providers_take_them_for() {
    let spawn = |more: Value| {
        let mut request = json!({"cashu_token": "cashuB_PLACEHOLDER_TOKEN", "pod_spec_id": "basic",
            "pod_image": "ubuntu:22.04", "ssh_username": "root", "ssh_password": "Ab3dEf6hIj9kLm2n"});
        for (name, value) in more.as_object().expect("an object") {
            request[name] = value.clone();
        }
        request
    };
    let without = |name: &str| {
        let mut request = spawn(json!({}));
        request.as_object_mut().expect("an object").remove(name);
        request
    };
    let volume = json!({"version": 1, "algorithm": "luks2-aes-xts", "key_b64": "g-GkIokC"});
    let standby = json!({"mode": "warm-standby", "standby_providers": [key_of(2)]});
    let cases = [
        (spawn(json!({})), "Spawn"),
        (spawn(json!({"request_id": "x"})), "Spawn"),
        (without("pod_spec_id"), "Spawn"),
        (spawn(json!({"pod_npub": "container-1"})), "Spawn"),
        (spawn(json!({"template_slug": "agent-sandbox", "workload_id": "7f3c", "volume_encryption": volume})), "Spawn"),
        (spawn(json!({"replication": {"mode": "none"}})), "Spawn"),
        (spawn(json!({"replication": {"mode": "checkpointed"}})), "Spawn"),
        (spawn(json!({"replication": standby, "primary_npub": key_of(1)})), "Spawn"),
        (spawn(json!({"pod_npub": "container-1", "workload_id": 5})), "TopUp"),
        (spawn(json!({"pod_id": "1", "replication": {"mode": "multi"}})), "Status"),
        (spawn(json!({"replication": {"mode": "warm-standby"}})), "error"),
        (spawn(json!({"volume_encryption": {"version": 1, "algorithm": "luks2-aes-xts"}})), "error"),
        (without("pod_image"), "error"),
        (json!({"pod_npub": "container-1042", "cashu_token": "cashuB_PLACEHOLDER_TOKEN"}), "TopUp"),
        (json!({"pod_npub": "container-1", "cashu_token": "cashuB_PLACEHOLDER_TOKEN", "pod_id": "1"}), "TopUp"),
        (json!({"pod_id": "1042"}), "Status"),
        (json!({"pod_id": 1042}), "error"),
        (json!({}), "error"),
    ];
    for (request, expected) in cases {
        let taken = match ParsedRequest::parse(&request.to_string()) {
            Ok(ParsedRequest::Spawn(_)) => "Spawn",
            Ok(ParsedRequest::TopUp { .. }) => "TopUp",
            Ok(ParsedRequest::Status { .. }) => "Status",
            Err(_) => "error",
        };
        assert_eq!(taken, expected, "{request}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn each_of_the_23_errors_says_what_became_of_the_money() {
    use MoneyFate::{AlreadySpent, Ambiguous, Lost, Safe, Undecided};
    let fates = [
        ("invalid_request", Safe),
        ("not_addressed", Safe),
        ("template_unsupported", Safe),
        ("invalid_token", Safe),
        ("non_whitelisted_mint", Safe),
        ("token_already_spent", AlreadySpent),
        ("token_pending", Undecided),
        ("mint_network_error", Ambiguous),
        ("mint_error", Ambiguous),
        ("unsupported_unit", Lost),
        ("no_specs", Lost),
        ("insufficient_payment", Lost),
        ("provisioning_error", Lost),
        ("unknown_template", Lost),
        ("invalid_volume_encryption", Lost),
        ("missing_workload_id", Lost),
        ("backend_error", Lost),
        ("invalid_pod_id", Safe),
        ("not_owner", Safe),
        ("not_found", Safe),
        ("lease_expired", Safe),
        ("spec_unavailable", Safe),
        ("race_lost", Lost),
    ];
    assert_eq!(ErrorType::KNOWN.len(), fates.len());
    let mut advices = std::collections::BTreeSet::new();
    for (slug, fate) in fates {
        for details in [json!({"details": null}), json!({"details": "reason"}), json!({})] {
            let mut payload = json!({"error_type": slug, "message": "sample text"});
            payload.as_object_mut().expect("an object").extend(details.as_object().expect("an object").clone());
            let Reply::Error(error) = Reply::parse(&payload.to_string()) else { panic!("{payload} is an error") };
            assert_eq!((error.kind.as_str(), error.kind.money(), error.message.as_str()), (slug, fate, "sample text"));
            assert!(ErrorType::KNOWN.contains(&error.kind), "{slug}");
            advices.insert(error.kind.advice());
        }
    }
    assert_eq!(advices.len(), fates.len(), "each has its own advice");
    let Reply::Error(other) = Reply::parse(r#"{"error_type":"brand_new","message":"?"}"#) else { panic!("an error") };
    assert_eq!((&other.kind, other.kind.money()), (&ErrorType::Other("brand_new".into()), Ambiguous));
    assert!(!other.kind.advice().is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn replies_are_sorted_by_their_members() {
    let access = json!({"pod_npub": "container-1043", "node_port": 31043, "expires_at": "2027-01-15T09:00:00+00:00",
        "cpu_millicores": 1000, "memory_mb": 1024, "pod_spec_name": "Basic", "pod_spec_description": "one core",
        "instructions": ["✨ Password: Ab3dEf6hIj9kLm2n", "Workload ports:", "  sandbox-exec (tcp): tcp://203.0.113.7:31044"],
        "host_address": "203.0.113.7", "template_ports": [{"host_port": 31044, "container_port": 8080, "protocol": "tcp", "label": "sandbox-exec"}]});
    let Reply::Access(full) = Reply::parse(&access.to_string()) else { panic!("access details") };
    assert_eq!(full.ports, [TemplatePort { host_port: 31044, container_port: 8080, label: "sandbox-exec".into() }]);
    assert_eq!((full.host.as_deref(), full.expires_at), (Some("203.0.113.7"), 1_800_003_600));

    let slot = json!({"pod_npub": "standby-slot-7f3c1e0a", "node_port": 0, "expires_at": "2027-01-15T09:00:00+00:00",
        "cpu_millicores": 1000, "memory_mb": 1024, "pod_spec_name": "Basic", "pod_spec_description": "one core",
        "instructions": ["slot reserved, index 0 of 2"], "host_address": "203.0.113.8"});
    let Reply::Access(slot) = Reply::parse(&slot.to_string()) else { panic!("access details") };
    assert_eq!((slot.ssh_port, slot.password), (0, None));

    let bare = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z",
        "cpu_millicores": 1000, "memory_mb": 1024, "pod_spec_name": "Basic", "pod_spec_description": "-", "instructions": []});
    let Reply::Access(bare) = Reply::parse(&bare.to_string()) else { panic!("access details") };
    assert_eq!((bare.host, bare.ports, bare.password, bare.expires_at), (None, Vec::new(), None, 1_800_003_600));

    let expired = json!({"pod_id": "1042", "status": "Expired", "expires_at": "2027-01-15T09:10:00+00:00",
        "time_remaining_seconds": -3, "cpu_millicores": 1000, "memory_mb": 1024, "ssh_host": "203.0.113.7",
        "ssh_port": 31042, "ssh_username": "root"});
    let Reply::Status(expired) = Reply::parse(&expired.to_string()) else { panic!("a status") };
    assert_eq!((expired.status, expired.time_remaining_secs), (LeaseStatus::Expired, 0));

    for unknown in [r#"{"kind":"progress","percent":40}"#, "plain words", "[1]", ""] {
        assert_eq!(Reply::parse(unknown), Reply::Unknown(unknown.into()));
    }
    for name in access.as_object().expect("an object").keys() {
        let mut part = access.clone();
        part.as_object_mut().expect("an object").remove(name);
        let optional = ["host_address", "template_ports"].contains(&name.as_str());
        assert_eq!(matches!(Reply::parse(&part.to_string()), Reply::Access(_)), optional, "without {name}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn the_password_is_the_last_word_of_the_line_that_names_it() {
    let password = |lines: &[&str]| {
        let reply = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z",
            "cpu_millicores": 1, "memory_mb": 1, "pod_spec_name": "B", "pod_spec_description": "-", "instructions": lines});
        let Reply::Access(access) = Reply::parse(&reply.to_string()) else { panic!("access details") };
        let secret = access.password.as_ref().map(|password| password.expose().to_owned());
        let shown = access.instructions.join("|");
        assert!(secret.as_ref().is_none_or(|secret| !shown.contains(secret)), "{shown}");
        secret
    };
    assert_eq!(password(&["🔑 Password: Zx81Cv92Bn03Mq14"]).as_deref(), Some("Zx81Cv92Bn03Mq14"));
    assert_eq!(
        password(&["Password:Zx81Cv92Bn03Mq14  ", "ssh with Zx81Cv92Bn03Mq14"]).as_deref(),
        Some("Zx81Cv92Bn03Mq14")
    );
    assert_eq!(password(&["Password: see below", "Password: Zx81Cv92"]).as_deref(), Some("Zx81Cv92"));
    assert_eq!(password(&["no Password: Password: Zx81Cv92"]).as_deref(), Some("Zx81Cv92"));
    assert_eq!(password(&["Password: esc\u{1b}ape"]), None);
    assert_eq!(password(&["Password:", "Username: root"]), None);
    assert_eq!(password(&[]), None);
}

#[wasm_bindgen_test(unsupported = test)]
fn time_and_money_are_converted_as_providers_do() {
    for (secs, rate, sats) in [(60, 50, 3), (3600, 50, 180), (3600, 33, 119), (1, 1, 1), (86400, 200, 17280)] {
        assert_eq!(price(Msat::new(rate), secs), Sat::new(sats));
        assert!(duration(Sat::new(sats).to_msat(), Msat::new(rate)) >= secs);
        assert!(duration(Sat::new(sats - 1).to_msat(), Msat::new(rate)) < secs);
    }
    let leases = [
        (180_000, 50, 3600, true),
        (3000, 50, 60, true),
        (2000, 50, 40, false),
        (998_000, 150, 6653, true),
        (2999, 50, 59, false),
    ];
    for (credited, rate, secs, enough) in leases {
        assert_eq!(duration(Msat::new(credited), Msat::new(rate)), secs);
        assert_eq!(secs >= MINIMUM_SECS, enough);
    }
    assert_eq!(duration(Msat::new(1000), Msat::ZERO), 0);
    assert_eq!(price(Msat::new(u64::MAX), u64::MAX), Msat::new(u64::MAX).to_sat_ceil());
}

#[wasm_bindgen_test(unsupported = test)]
fn everything_we_send_is_built_from_the_time_and_the_dice_it_is_given() {
    let (lease, provider) = (secret(CONSUMER), key_of(PROVIDER));
    let relay: RelayUrl = "wss://relay.example.com".parse().expect("a relay");
    let template = Workload::Template("agent-sandbox".parse().expect("one of the six"));
    let build = |seed: u64| {
        let mut rng = StdRng::seed_from_u64(seed);
        let token = token("sat", &[2, 8]);
        let texts = [
            spawn(&token, &tier(), &image("ubuntu:22.04")).expect("an order"),
            spawn(&token, &tier(), &template).expect("an order"),
            status_by_owner(&public_key(&lease)),
        ];
        let mut events: Vec<_> = texts
            .iter()
            .map(|text| nip04_request(&lease, &provider, text, NOW, &mut rng).expect("a message"))
            .collect();
        for (event, text) in events.iter().zip(&texts) {
            let read = VerifiedEvent::from_json(event.json()).expect("well signed");
            assert_eq!((read.id(), read.author(), read.kind()), (event.id(), public_key(&lease), 4));
            assert_eq!((read.created_at(), read.tag("p")), (NOW, Some(provider.to_hex().as_str())));
            assert_eq!(nip04_read(PROVIDER, &public_key(&lease), read.content()), text.as_str());
            assert_eq!(event.frame(), format!("[\"EVENT\",{}]", event.json()));
        }
        let auth = auth_event(&lease, "a \"challenge\"", &relay, NOW, &mut rng);
        let read = VerifiedEvent::from_json(auth.json()).expect("well signed");
        assert_eq!((read.kind(), read.created_at(), read.content()), (22242, NOW, ""));
        assert_eq!(
            (read.tag("relay"), read.tag("challenge")),
            (Some("wss://relay.example.com"), Some("a \"challenge\""))
        );
        assert_eq!(auth.frame(), format!("[\"AUTH\",{}]", auth.json()));
        events.push(auth);
        events
    };
    assert_eq!(build(1), build(1));
    for (one, other) in build(1).iter().zip(build(2)) {
        assert_ne!(one.json(), other.json(), "the dice are used");
    }
    let event = build(1).remove(0);
    let stored = serde_json::to_string(&event).expect("it serialises");
    assert_eq!(serde_json::from_str::<SignedEvent>(&stored).expect("it reads back"), event);
}

#[wasm_bindgen_test(unsupported = test)]
fn an_order_is_what_a_provider_expects_to_read() {
    let token = token("sat", &[2, 8]);
    let plain = spawn(&token, &tier(), &image("ubuntu:22.04")).expect("an order");
    let lease = secret(CONSUMER);
    let expected = json!({"cashu_token": token, "pod_spec_id": "basic", "pod_image": "ubuntu:22.04", "ssh_username": "root",
        "ssh_password": ssh_password(&lease), "workload_id": workload_id(&lease)});
    assert_eq!(serde_json::from_str::<Value>(plain.as_str()).expect("JSON"), expected);
    let keeps_data = Workload::Template("agent-sandbox".parse().expect("one of the six"));
    let request: Value =
        serde_json::from_str(spawn(&token, &tier(), &keeps_data).expect("an order").as_str()).expect("JSON");
    assert_eq!(request["template_slug"], "agent-sandbox");
    assert_eq!(request["volume_encryption"]["algorithm"], "luks2-aes-xts");
    assert_eq!(request["volume_encryption"]["key_b64"].as_str().map(str::len), Some(43));
    let forgets = Workload::Template("headless-browser".parse().expect("one of the six"));
    let request: Value =
        serde_json::from_str(spawn(&token, &tier(), &forgets).expect("an order").as_str()).expect("JSON");
    assert_eq!(request.get("volume_encryption"), None);
    let status = status_by_owner(&key_of(CONSUMER));
    assert_eq!(status.as_str(), format!("{{\"pod_id\":\"{}\"}}", key_of(CONSUMER).to_hex()));
}

#[wasm_bindgen_test(unsupported = test)]
fn an_order_that_would_lose_its_money_cannot_be_written() {
    let machine = image("ubuntu:22.04");
    let code = |token: &str| spawn(token, &tier(), &machine).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(&token("sat", &[1, 2])), Ok(()));
    assert_eq!(code(&token("sat", &[2])), Err(ErrorCode::AmountTooSmall), "40 s are below every provider's minimum");
    assert_eq!(code(&token("usd", &[64])), Err(ErrorCode::InvalidToken));
    assert_eq!(code(&token("msat", &[64000])), Err(ErrorCode::InvalidToken));
    assert_eq!(code(&token("sat", &[])), Err(ErrorCode::InvalidToken));
    assert_eq!(code(&token("sat", &[u64::MAX, 1])), Err(ErrorCode::InvalidToken));
    assert_eq!(code(&token_with_secret("sat", &[64], "[\"P2PK\",{}]")), Err(ErrorCode::InvalidToken));
    assert_eq!(code(&token("sat", &vec![1; 3000])), Err(ErrorCode::InvalidToken), "too long for one message");
    let good = token("sat", &[64]);
    for wrong in [
        format!(" {good}"),
        format!("cashu:{good}"),
        format!("{good} "),
        good.replace("cashuB", "cashuA"),
        "cashuB".into(),
    ] {
        assert_eq!(code(&wrong), Err(ErrorCode::InvalidToken), "{wrong}");
    }
    for (password, honoured) in [
        ("Ab3dEf6hIj9kLm2n", true),
        ("twelvecharsx", true),
        ("short", false),
        ("elevenchars", false),
        ("has space1234", false),
        ("pass-word-1234", false),
        ("pässwörter12345", false),
        ("", false),
    ] {
        assert_eq!(password.parse::<SshPassword>().is_ok(), honoured, "{password}");
    }
    assert!("a".repeat(64).parse::<SshPassword>().is_ok() && "a".repeat(65).parse::<SshPassword>().is_err());
    for slug in ["ngit-runner", "Nostr-Relay", ""] {
        assert_eq!(slug.parse::<TemplateSlug>().map_err(|error| error.code()), Err(ErrorCode::InvalidInput), "{slug}");
    }
    for name in ["", "-v/:/host", "ubuntu 22.04", "ubuntu;reboot", "$(id)", "ubuntu\n"] {
        assert_eq!(name.parse::<ImageRef>().is_ok(), name == "ubuntu\n", "{name}");
    }
    let password = "Ab3dEf6hIj9kLm2n".parse().expect("a password");
    let order = SpawnRequest {
        token: &good,
        tier: &tier(),
        workload: &machine,
        password: &password,
        workload_id: "",
        volume_key: None,
    };
    assert_eq!(order.to_text().map_err(|error| error.code()), Err(ErrorCode::InvalidInput));
}

#[wasm_bindgen_test(unsupported = test)]
fn workloads_are_stored_by_name_and_checked_when_read() {
    let stored = |workload: &Workload| serde_json::to_string(workload).expect("it serialises");
    let template = Workload::Template("openclaw".parse().expect("one of the six"));
    assert_eq!(stored(&template), r#"{"template":"openclaw"}"#);
    assert_eq!(stored(&image("alpine")), r#"{"image":"alpine"}"#);
    assert_eq!(serde_json::from_str::<Workload>(&stored(&template)).expect("it reads back"), template);
    assert!(serde_json::from_str::<Workload>(r#"{"template":"ngit-runner"}"#).is_err());
    assert!(serde_json::from_str::<Workload>(r#"{"image":"-rm"}"#).is_err());
    assert!(serde_json::from_str::<RequestText>(r#""{\"pod_id\":\"1\"}""#).is_ok());
    assert!(serde_json::from_str::<RequestText>(r#""{}""#).is_err());
}

#[wasm_bindgen_test(unsupported = test)]
fn the_six_templates_are_those_of_the_providers() {
    let known: Vec<_> = templates()
        .iter()
        .map(|template| {
            let ports: Vec<_> = template.ports.iter().map(|port| (port.port, port.label, port.scheme)).collect();
            (template.slug.as_str(), template.min_cpu_millicores, template.min_memory_mb, template.data_path, ports)
        })
        .collect();
    let expected = [
        ("nostr-relay", 500, 512, Some("/app/strfry-db"), vec![(7777, "relay-ws", "ws")]),
        ("inference-endpoint", 2000, 4096, Some("/root/.ollama"), vec![(11434, "ollama-http", "http")]),
        ("headless-browser", 1000, 1024, None, vec![(3000, "browserless-http", "http"), (9222, "cdp", "http")]),
        ("bitcoin-node", 1000, 2048, Some("/data"), vec![(8332, "rpc", "bitcoin-rpc"), (8333, "p2p", "tcp")]),
        ("agent-sandbox", 500, 1024, Some("/workspace"), vec![(8080, "sandbox-exec", "http")]),
        ("openclaw", 1000, 2048, Some("/data/.openclaw"), vec![(18789, "openclaw-gateway", "http")]),
    ];
    assert_eq!(known, expected);
    for template in templates() {
        assert_eq!(template.slug.info(), template);
        assert_eq!(template.fits(&tier()), template.min_cpu_millicores <= 1000 && template.min_memory_mb <= 1024);
        assert_eq!(template.warnings.iter().any(|warning| warning.contains("two ports")), template.ports.len() == 2);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn providers_are_named_in_three_ways() {
    let hex = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let key = key_of(PROVIDER);
    let npub = to_npub(&key);
    assert!(npub.starts_with("npub1") && npub.len() == 63);
    for named in [hex.to_owned(), hex.to_uppercase(), npub.clone(), format!("nostr:{npub}"), format!(" {npub}\n")] {
        assert_eq!(provider_from_text(&named), Ok(key), "{named}");
    }
    let not_on_the_curve = "f".repeat(64);
    let other_kind = "nsec1w8udu59ydjvedgs3yv5qccshcj8k05fh3l60k9x57asjrqdpa00qkmr89m";
    let one_letter_off = npub.replace('q', "p");
    for wrong in ["", "x", &hex[1..], &not_on_the_curve, other_kind, &one_letter_off, "nostr:nostr:x"] {
        assert_eq!(provider_from_text(wrong).map_err(|error| error.code()), Err(ErrorCode::InvalidProvider), "{wrong}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn subscriptions_ask_for_what_they_are_named_for() {
    let (provider, me) = (key_of(PROVIDER), key_of(CONSUMER));
    let (provider_hex, me_hex) = (provider.to_hex(), me.to_hex());
    let cases = [
        (filter::req_offers("o", None), json!(["REQ", "o", {"kinds": [38383], "#t": ["paygress"]}])),
        (filter::req_live_heartbeats("l"), json!(["REQ", "l", {"kinds": [20384], "#t": ["paygress-heartbeat"]}])),
        (
            filter::req_stored_heartbeats("h", Some(&[provider]), 5),
            json!(["REQ", "h", {"kinds": [38384], "authors": [provider_hex], "since": 5}]),
        ),
        (
            filter::req_stored_heartbeats("h", None, 5),
            json!(["REQ", "h", {"kinds": [38384], "#t": ["paygress-heartbeat"], "since": 5}]),
        ),
        (
            filter::req_replies("r", &provider, &me, 9),
            json!(["REQ", "r", {"kinds": [4], "authors": [provider_hex], "#p": [me_hex], "since": 9}]),
        ),
        (filter::close("r"), json!(["CLOSE", "r"])),
    ];
    for (text, expected) in cases {
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), expected);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn relays_are_understood() {
    let id = "ab".repeat(32);
    let parse = |message: Value| RelayMessage::parse(&message.to_string()).expect("a message of a relay");
    assert_eq!(parse(json!(["EOSE", "s"])), RelayMessage::Eose { subscription: "s".into() });
    assert_eq!(
        parse(json!(["OK", id, false, "blocked: \u{202e}no"])),
        RelayMessage::Ok { event: EventId::from_bytes([0xab; 32]), accepted: false, message: "blocked: no".into() }
    );
    assert_eq!(
        parse(json!(["OK", id, true])),
        RelayMessage::Ok { event: EventId::from_bytes([0xab; 32]), accepted: true, message: String::new() }
    );
    assert_eq!(
        parse(json!(["CLOSED", "s", "auth-required: sign in"])),
        RelayMessage::Closed { subscription: "s".into(), message: "auth-required: sign in".into() }
    );
    assert_eq!(parse(json!(["NOTICE", "hello", 1])), RelayMessage::Notice { message: "hello".into() });
    assert_eq!(parse(json!(["AUTH", "xyz"])), RelayMessage::Auth { challenge: "xyz".into() });
    let event = offer_event(&offer_body());
    let RelayMessage::Event { subscription, event: unverified } = parse(json!(["EVENT", "s", event])) else {
        panic!("an event")
    };
    assert_eq!((subscription.as_str(), unverified.id().to_hex().as_str()), ("s", event["id"].as_str().expect("an id")));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_beat_says_whether_relays_keep_it() {
    let beat = |kind| {
        let event = verified(&heartbeat_event(&heartbeat_body(), kind, NOW));
        Heartbeat::from_event(&event).map(|beat| (beat.form, beat.timestamp, beat.active_workloads))
    };
    assert_eq!(beat(38384), Ok((HeartbeatForm::Stored, NOW, 2)));
    assert_eq!(beat(20384), Ok((HeartbeatForm::Live, NOW, 2)));
}

#[wasm_bindgen_test(unsupported = test)]
fn no_secret_is_ever_printed() {
    const MARKER: &str = "MARKERmarker0123";
    let password: SshPassword = MARKER.parse().expect("16 letters and digits");
    let token = token_with_secret("sat", &[64], MARKER);
    let (tier, workload, lease) = (tier(), image("ubuntu:22.04"), secret(CONSUMER));
    let id = workload_id(&lease);
    let key = [0xa7; 32];
    let order = SpawnRequest {
        token: &token,
        tier: &tier,
        workload: &workload,
        password: &password,
        workload_id: &id,
        volume_key: Some(&key),
    };
    let text = order.to_text().expect("an order");
    let parsed = ParsedRequest::parse(text.as_str()).expect("an order");
    let ParsedRequest::Spawn(inner) = &parsed else { panic!("an order") };
    let top_up =
        ParsedRequest::parse(&json!({"pod_npub": MARKER, "cashu_token": token}).to_string()).expect("a top-up");
    let access = json!({"pod_npub": "container-7", "node_port": 30007, "expires_at": "2027-01-15T09:00:00Z",
        "cpu_millicores": 1, "memory_mb": 1, "pod_spec_name": "B", "pod_spec_description": "-",
        "instructions": [format!("Password: {MARKER}"), format!("really {MARKER}")]});
    let access = Reply::parse(&access.to_string());
    let Reply::Access(details) = &access else { panic!("access details") };
    let told = details.password.as_ref().expect("it is in a line");
    let error = Reply::parse(
        &json!({"error_type": "invalid_request", "message": format!("near {token}"), "details": token}).to_string(),
    );
    let Reply::Error(inner_error) = &error else { panic!("an error") };
    let mut rng = StdRng::seed_from_u64(1);
    let event = nip04_request(&lease, &key_of(PROVIDER), &text, NOW, &mut rng).expect("a message");
    let shown = [
        format!("{password:?} {order:?} {text:?} {parsed:?} {inner:?} {top_up:?}"),
        format!("{access:?} {details:?} {told:?} {error:?} {inner_error:?} {event:?} {lease:?}"),
        format!("{:?}", Reply::parse(&format!("surprise {MARKER} {token}"))),
        format!("{:?} {:?}", ParsedRequest::parse(&format!("{{\"{MARKER}\":")), MARKER[..8].parse::<SshPassword>()),
        format!("{:?}", spawn(&token[..40], &tier, &workload)),
        format!("{:?} {:?}", verify(&nip04_event(PROVIDER, CONSUMER, MARKER)), VerifiedEvent::from_json(MARKER)),
    ];
    let hidden = ["MARKER", &token[..40], &token[6..], "000004", "a7a7", "167, 167", &id];
    for text in shown {
        for secret in hidden {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
    assert!(matches!(Reply::parse(&format!("surprise {token}")), Reply::Unknown(text) if text == "surprise cashu…"));
}
