//! The provider's ways: versions, status, standbys, the switches.

use super::*;

#[test]
fn only_the_newer_version_honours_the_password() {
    for (version, asked, honoured) in [
        (ProviderVersion::V019, "Ab3dEf6hIj9kLm2n", false),
        (ProviderVersion::Head, "Ab3dEf6hIj9kLm2n", true),
        (ProviderVersion::Head, "short", false),
        (ProviderVersion::Head, "with-a-dash-in-it", false),
    ] {
        let mut world = World::new(|config| config.version = version);
        let mut spawn = world.spawn(&[64]);
        spawn["ssh_password"] = json!(asked);
        let reply = world.ask_once(&spawn);
        let line = format!("🔑 Password: {asked}");
        assert_eq!(reply["instructions"][2] == json!(line), honoured, "{version:?} {asked}");
    }
}

#[test]
fn only_the_released_version_forgets_its_leases_on_restart() {
    for (version, leases) in [(ProviderVersion::V019, 0), (ProviderVersion::Head, 1)] {
        let mut world = World::new(|config| config.version = version);
        let spawn = world.spawn(&[64]);
        world.ask_once(&spawn);
        let steps = world.provider.restart(NOW + 1);
        assert!(matches!(&steps[..], [ProviderStep::Publish(offer)] if offer.contains("38383")));
        assert_eq!(world.provider.leases().count(), leases, "{version:?}");
    }
}

#[test]
fn an_unknown_tier_is_sold_as_the_first_without_a_word() {
    let mut world = World::new(|_| {});
    let mut spawn = world.spawn(&[64]);
    spawn["pod_spec_id"] = json!("gold");
    assert_eq!(world.ask_once(&spawn)["pod_spec_name"], "Basic");
    let mut spawn = world.spawn(&[64]);
    spawn["pod_spec_id"] = json!("standard");
    assert_eq!(world.ask_once(&spawn)["cpu_millicores"], 2000);
}

#[test]
fn a_template_is_given_its_ports_after_the_ssh_port() {
    let mut world = World::new(|_| {});
    let mut spawn = world.spawn(&[64]);
    spawn["template_slug"] = json!("headless-browser");
    let reply = world.ask_once(&spawn);
    let ports = json!([
        {"host_port": 31001, "container_port": 3000, "protocol": "tcp", "label": "browserless-http"},
        {"host_port": 31002, "container_port": 9222, "protocol": "tcp", "label": "cdp"}
    ]);
    assert_eq!(reply["template_ports"], ports);
    assert_eq!(reply["instructions"][6], "Workload ports:");
    assert_eq!(reply["instructions"][8], "  cdp (tcp): tcp://127.0.0.1:31002");
}

#[test]
fn a_standby_reserves_a_slot_and_runs_nothing() {
    let mut world = World::new(|_| {});
    let mut spawn = world.spawn(&[64]);
    spawn["workload_id"] = json!("7f3c1e0a");
    spawn["primary_npub"] = json!(key(9).public_key().to_hex());
    spawn["replication"] = json!({"mode": "warm-standby", "standby_providers": [key(8).public_key().to_hex(), world.provider.public_key()]});
    let reply = world.ask_once(&spawn);
    assert_eq!((&reply["pod_npub"], &reply["node_port"]), (&json!("standby-slot-7f3c1e0a"), &json!(0)));
    assert!(!reply["instructions"].to_string().contains("Password"));
    assert_eq!((world.provider.leases().count(), world.provider.slots().count()), (0, 1));
}

#[test]
fn a_spawn_with_a_mistyped_member_becomes_what_else_it_looks_like() {
    let mut world = World::new(|_| {});
    let mut spawn = world.spawn(&[64]);
    spawn["workload_id"] = json!(7);
    spawn["pod_id"] = json!("1000");
    assert_eq!(world.ask_once(&spawn)["error_type"], "not_found");
    spawn["pod_npub"] = json!("nothing");
    assert_eq!(world.ask_once(&spawn)["error_type"], "invalid_pod_id");
    let reply = world.ask_once(&json!({"hello": "x".repeat(300)}));
    assert_eq!(
        (&reply["error_type"], &reply["message"]),
        (&json!("invalid_request"), &json!("Failed to parse request"))
    );
    assert!(reply["details"].as_str().expect("text").contains("xxxx"));
}

#[test]
fn status_by_number_answers_anyone_and_by_container_ignores_the_number() {
    let mut world = World::new(|_| {});
    let (first, second) = (world.spawn(&[64]), world.spawn(&[64]));
    world.ask_once(&first);
    world.ask_once(&second);
    let owner = world.consumer.public_key().to_hex();
    assert_eq!(world.ask_once(&json!({"pod_id": "container-1001"}))["pod_id"], "1000");
    assert_eq!(world.ask_once(&json!({"pod_id": owner}))["pod_id"], "1000");
    world.consumer = key(5);
    assert_eq!(world.ask_once(&json!({"pod_id": "1001"}))["pod_id"], "1001");
    assert_eq!(world.ask_once(&json!({"pod_id": "container-1001"}))["error_type"], "not_found");
    world.now = NOW + 1260;
    assert_eq!(world.ask_once(&json!({"pod_id": "1001"}))["status"], "Expired");
    world.provider.tick(world.now);
    assert_eq!(world.ask_once(&json!({"pod_id": "1001"}))["error_type"], "not_found");
}

#[test]
fn one_event_is_handled_once_and_a_twice_handled_request_reports_its_own_token_spent() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    let event = world.event(&spawn.to_string());
    let steps = world.provider.request(NOW, &event);
    assert_eq!(world.run(steps).len(), 1);
    assert!(world.provider.request(NOW, &event).is_empty());

    world.provider.switch(|switches| switches.lie = Lie { handle_twice: true, for_next: Some(1), ..Lie::default() });
    let spawn = world.spawn(&[64]);
    let replies = world.ask(&spawn);
    assert_eq!(replies.len(), 2);
    assert_eq!(replies[0]["pod_npub"], "container-1001");
    assert_eq!(replies[1]["error_type"], "token_already_spent");
    assert_eq!(world.provider.switches().lie, Lie::default());
}

#[test]
fn requests_are_handled_one_at_a_time() {
    let mut world = World::new(|_| {});
    let (spawn, status) = (world.spawn(&[64]), json!({"pod_id": "1000"}));
    let (spawn, status) = (world.event(&spawn.to_string()), world.event(&status.to_string()));
    let steps = world.provider.request(NOW, &spawn);
    assert!(world.provider.request(NOW, &status).is_empty());
    let replies = world.run(steps);
    assert_eq!(replies[0]["pod_npub"], "container-1000");
    assert_eq!(replies[1]["status"], "Running");
}

#[test]
fn a_slow_provider_redeems_at_once_and_everything_behind_waits() {
    let mut world = World::new(|_| {});
    world.provider.switch(|switches| switches.delay_secs = 90);
    let (spawn, status) = (world.spawn(&[64]), json!({"pod_id": "1000"}));
    assert!(world.ask(&spawn).is_empty());
    assert_eq!(world.mint.redeemed(), 64);
    assert!(world.ask(&status).is_empty());
    assert!(world.provider.tick(NOW + 89).is_empty());
    assert_eq!(world.provider.next_wake(), NOW + 90);
    world.now = NOW + 90;
    let steps = world.provider.tick(world.now);
    let replies = world.run(steps);
    assert_eq!(replies[0]["expires_at"], rfc3339(NOW + 90 + 1260));
    assert_eq!(world.provider.tick(NOW + 180).len(), 1);
}

#[test]
fn a_mute_provider_takes_the_money_and_says_nothing() {
    let mut world = World::new(|_| {});
    world.provider.switch(|switches| switches.mute = true);
    let spawn = world.spawn(&[64]);
    assert!(world.ask(&spawn).is_empty());
    assert_eq!((world.provider.paid_out(), world.provider.leases().count()), (63, 1));
}

#[test]
fn a_deaf_provider_never_learns_of_a_request_and_a_holding_one_serves_it_later() {
    let mut world = World::new(|_| {});
    world.provider.switch(|switches| switches.deaf = true);
    let spawn = world.spawn(&[64]);
    assert!(world.ask(&spawn).is_empty());
    world.provider.switch(|switches| *switches = Switches { hold: true, ..Switches::default() });
    assert!(world.provider.tick(NOW).is_empty());
    assert!(world.ask(&spawn).is_empty());
    assert_eq!((world.provider.waiting(), world.mint.redeemed()), (1, 0));
    world.provider.switch(|switches| switches.hold = false);
    let steps = world.provider.tick(NOW);
    assert_eq!(world.run(steps)[0]["pod_npub"], "container-1000");
}

#[test]
fn lies_are_told_as_asked() {
    let lie = |lie: Lie| {
        let mut world = World::new(|_| {});
        world.provider.switch(|switches| switches.lie = lie);
        let spawn = world.spawn(&[64]);
        let replies = world.ask(&spawn);
        (replies, world.mint.redeemed())
    };
    let (replies, redeemed) = lie(Lie { error_type: Some("backend_error".into()), ..Lie::default() });
    assert_eq!((&replies[0]["error_type"], redeemed), (&json!("backend_error"), 0));
    let (replies, redeemed) = lie(Lie { error_type: Some("not_found".into()), redeem_first: true, ..Lie::default() });
    assert_eq!((&replies[0]["error_type"], redeemed), (&json!("not_found"), 64));
    let (replies, _) = lie(Lie { tier: Some("standard".into()), ..Lie::default() });
    assert_eq!(replies[0]["pod_spec_name"], "Standard");
    let (replies, _) = lie(Lie { reply_twice: true, ..Lie::default() });
    assert_eq!(replies.len(), 2);
    let (replies, _) = lie(Lie { short_secs: 60, ..Lie::default() });
    assert_eq!(replies[0]["expires_at"], rfc3339(NOW + 1200));
    let (replies, _) = lie(Lie { garbage: Some("{}".into()), ..Lie::default() });
    assert_eq!(replies, [json!({})]);
    let (replies, _) = lie(Lie { foreign_author: true, ..Lie::default() });
    assert!(replies.is_empty());
}

#[test]
fn strangers_events_are_ignored() {
    let mut world = World::new(|_| {});
    let event = world.event("{}");
    assert!(world.provider.request(NOW, "not json").is_empty());
    assert!(world.provider.request(NOW, &event.replace("\"kind\":4", "\"kind\":5")).is_empty());
    let forged = event.replace(&format!("\"created_at\":{NOW}"), "\"created_at\":1");
    assert_ne!(forged, event);
    assert!(world.provider.request(NOW, &forged).is_empty());
    let own = nip04_event(&key(1), &mut world.rng, &key(1).public_key(), "{}", NOW);
    assert!(world.provider.request(NOW, &own).is_empty());
    assert_eq!(world.provider.handled(), 0);
    assert_eq!(world.provider.request(NOW, &event).len(), 1);
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let run = || {
        let mut world = World::new(|_| {});
        let spawn = world.spawn(&[64]);
        let event = world.event(&spawn.to_string());
        let steps = world.provider.request(NOW, &event);
        world.run(steps);
        (world.provider.offer(NOW), world.provider.replies().to_vec())
    };
    assert_eq!(run(), run());
}
