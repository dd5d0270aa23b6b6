//! The replies a real 0.1.9 provider gave (recorded on loopback, `PROTOCOL.md` §15) come out field by field.

use super::*;

/// The recorded provider and its mint without fees, at the second of the recorded spawn.
fn recorded_world() -> World {
    let mint = MintConfig { keyset_version: KeysetVersion::V1, input_fee_ppk: 0, ..small_mint() };
    let mut world = World::with_mint(mint, |_| {});
    // The recorded lease ends at 09:14:14 after 1280 s.
    world.now = 1_795_423_974;
    world
}

/// Puts the recorded password where ours was generated.
fn with_password(mut reply: Value, password: &str) -> Value {
    let line = reply["instructions"][2].as_str().expect("the third line is text").to_owned();
    let (label, generated) = line.rsplit_once(' ').expect("the line ends in the password");
    assert_eq!(generated.len(), 16);
    assert!(generated.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    reply["instructions"][2] = json!(format!("{label} {password}"));
    reply
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_recorded_replies_are_reproduced_field_by_field() {
    let mut world = recorded_world();
    let spawn = json!({
        "cashu_token": world.mint.gift(&[64]), "pod_spec_id": "basic", "pod_image": "ubuntu:22.04",
        "ssh_username": "user", "ssh_password": "2ogM08ezhlsGgdUN",
    });
    let recorded = json!({
        "pod_npub": "container-1000", "node_port": 31000, "expires_at": "2026-11-23T09:14:14+00:00",
        "cpu_millicores": 1000, "memory_mb": 1024, "pod_spec_name": "Basic", "pod_spec_description": "1 vCPU, 1 GB",
        "instructions": [
            "🚀 Workload provisioned successfully!", "👤 Username: root", "🔑 Password: nOz1qhb3fVUy4EYw",
            "⌛ Expires: 2026-11-23 09:14:14 UTC", "Access: You can connect to the container using SSH.",
            "  ssh -p 31000 root@127.0.0.1"
        ],
        "host_address": "127.0.0.1",
    });
    let reply = world.ask_once(&spawn);
    assert_eq!(with_password(reply, "nOz1qhb3fVUy4EYw"), recorded);

    world.now = 1_795_423_993;
    let token = world.mint.gift(&[16]);
    let top_up = json!({"pod_npub": "container-1000", "cashu_token": token});
    let recorded = json!({
        "success": true, "pod_npub": "container-1000", "extended_duration_seconds": 320,
        "new_expires_at": "2026-11-23T09:19:34+00:00",
        "message": "Lease extended by 320s (16000 msats @ 50 msats/sec)",
    });
    assert_eq!(world.ask_once(&top_up), recorded);

    world.now = 1_795_423_994;
    let recorded = json!({
        "error_type": "token_already_spent", "message": "This Cashu token has already been spent at the mint",
        "details": null,
    });
    assert_eq!(world.ask_once(&top_up), recorded);

    for (now, pod_id, left) in [(1_795_424_013, "1000", 1561), (1_795_424_014, "container-1000", 1560)] {
        world.now = now;
        let recorded = json!({
            "pod_id": "1000", "status": "Running", "expires_at": "2026-11-23T09:19:34+00:00",
            "time_remaining_seconds": left, "cpu_millicores": 1000, "memory_mb": 1024, "ssh_host": "127.0.0.1",
            "ssh_port": 31000, "ssh_username": "root",
        });
        assert_eq!(world.ask_once(&json!({"pod_id": pod_id})), recorded);
    }
}

#[test]
fn members_leave_in_the_recorded_order() {
    let mut world = recorded_world();
    let spawn = world.spawn(&[64]);
    world.ask_once(&spawn);
    let text = &world.provider.replies()[0].plaintext;
    let order = [
        "pod_npub",
        "node_port",
        "expires_at",
        "cpu_millicores",
        "memory_mb",
        "pod_spec_name",
        "pod_spec_description",
        "instructions",
        "host_address",
    ];
    let places: Vec<_> =
        order.iter().map(|name| text.find(&format!("\"{name}\":")).expect("the member is there")).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn the_offer_is_the_recorded_one() {
    let recorded = json!({
        "provider_npub": "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "hostname": "e2e provider",
        "location": "loopback", "capabilities": ["docker"],
        "specs": [
            {"id": "basic", "name": "Basic", "description": "1 vCPU, 1 GB", "cpu_millicores": 1000, "memory_mb": 1024,
             "rate_msats_per_sec": 50},
            {"id": "standard", "name": "Standard", "description": "2 vCPU, 2 GB", "cpu_millicores": 2000,
             "memory_mb": 2048, "rate_msats_per_sec": 100}
        ],
        "whitelisted_mints": ["http://127.0.0.1:3338/"], "uptime_percent": 100.0, "total_jobs_completed": 0,
        "api_endpoint": null, "version": 1, "isolation_level": "shared-kernel",
    });
    let mut world = World::new(|_| {});
    let event: Value = serde_json::from_str(&world.provider.offer(NOW)).expect("JSON");
    let content: Value = serde_json::from_str(event["content"].as_str().expect("text")).expect("JSON");
    assert_eq!(content, recorded);
    let me = world.provider.public_key();
    let tags = json!([["t", "paygress"], ["t", "compute"], ["d", format!("paygress:offer:v1:{me}")], ["v", "1"]]);
    assert_eq!((&event["kind"], &event["tags"], &event["created_at"]), (&json!(38383), &tags, &json!(NOW)));
}

#[test]
fn a_beat_is_stored_and_live_and_names_nobody_in_a_p_tag() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    world.ask_once(&spawn);
    let now = 1_795_423_977;
    let [stored, live] = world.provider.heartbeats(now);
    let (stored, live): (Value, Value) =
        (serde_json::from_str(&stored).expect("JSON"), serde_json::from_str(&live).expect("JSON"));
    let me = world.provider.public_key();
    let d = format!("paygress:heartbeat:v1:{me}:29923732");
    assert_eq!((&stored["kind"], &live["kind"]), (&json!(38384), &json!(20384)));
    assert_eq!(stored["tags"], json!([["t", "paygress-heartbeat"], ["d", d], ["v", "1"]]));
    assert_eq!(live["tags"], json!([["t", "paygress-heartbeat"], ["v", "1"]]));
    assert_eq!(stored["content"], live["content"]);
    let content: Value = serde_json::from_str(stored["content"].as_str().expect("text")).expect("JSON");
    let recorded = json!({
        "provider_npub": me, "timestamp": now, "active_workloads": 1,
        "available_capacity": {"cpu_available": 100000, "memory_mb_available": 0, "storage_gb_available": 0},
        "version": 1,
    });
    assert_eq!(content, recorded);
    assert_eq!(names(&content).len(), 5);
}
