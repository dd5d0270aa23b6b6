//! Which refusal burns the token (§3.2, §3.7, §15 no. 7), read from the mint's ledger.

use super::*;

/// Sends one spawn made by `change` and returns the error type and whether the mint saw the token spent.
fn refused(world: &mut World, change: impl FnOnce(&mut Value)) -> (String, bool) {
    let mut spawn = world.spawn(&[64]);
    change(&mut spawn);
    let before = world.mint.redeemed();
    let reply = world.ask_once(&spawn);
    let error = reply["error_type"].as_str().unwrap_or("none").to_owned();
    (error, world.mint.redeemed() > before)
}

fn kept(error: &str) -> (String, bool) {
    (error.to_owned(), false)
}

fn burnt(error: &str) -> (String, bool) {
    (error.to_owned(), true)
}

#[test]
fn a_good_spawn_pays_the_provider_what_the_mint_says() {
    let mut world = World::new(|_| {});
    assert_eq!(refused(&mut world, |_| {}), burnt("none"));
    assert_eq!(world.provider.paid_out(), 63);
    let redemption = &world.provider.redemptions()[0];
    assert_eq!((redemption.face, redemption.fee, redemption.operation), (64, 1, "spawn"));
    assert_eq!(world.mint.redeemed() - world.mint.fees(), world.provider.paid_out());
}

#[test]
fn the_provider_can_spend_what_it_received() {
    let mut world = World::new(|_| {});
    refused(&mut world, |_| {});
    let proofs = world.provider.proofs(MINT);
    let token = cashu::Token::new(MINT.parse().expect("a URL"), proofs, None, cashu::CurrencyUnit::Sat);
    assert_eq!(world.mint.redeem(&token.to_string()), Ok(62));
}

#[test]
fn fifteen_proofs_cost_a_satoshi_more_than_one() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 4, 4, 4]);
    world.ask_once(&spawn);
    assert_eq!(world.provider.paid_out(), 62);
}

#[test]
fn what_is_refused_before_the_swap_leaves_the_token_whole() {
    let mut world = World::new(|_| {});
    assert_eq!(refused(&mut world, |spawn| spawn["ssh_password"] = json!(1)), kept("invalid_request"));
    let foreign = json!({"mode": "warm-standby", "standby_providers": [key(9).public_key().to_hex()]});
    assert_eq!(refused(&mut world, |spawn| spawn["replication"] = foreign), kept("not_addressed"));
    assert_eq!(refused(&mut world, |spawn| spawn["cashu_token"] = json!("cashuBjunk")), kept("invalid_token"));
    assert_eq!(
        refused(&mut world, |spawn| spawn["cashu_token"] = json!(format!(" {}", spawn["cashu_token"]))),
        kept("invalid_token")
    );
    world.provider.configure(|config| config.mints.clear());
    assert_eq!(refused(&mut world, |_| {}), kept("non_whitelisted_mint"));
    assert_eq!(world.provider.paid_out(), 0);
}

#[test]
fn a_token_that_is_all_fee_is_refused_whole() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[1]);
    assert_eq!(world.ask_once(&spawn)["error_type"], "mint_error");
    assert_eq!(world.mint.redeemed(), 0);
}

#[test]
fn a_spent_token_is_told_apart_from_a_pending_one() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    let token = spawn["cashu_token"].as_str().expect("text").to_owned();
    world.mint.redeem(&token).expect("the gift is good");
    assert_eq!(world.ask_once(&spawn)["error_type"], "token_already_spent");

    let spawn = world.spawn(&[64]);
    let event = world.event(&spawn.to_string());
    let steps = world.provider.request(NOW, &event);
    let replies = world.run_with(steps, |_, _, _| MintAnswer::Response {
        status: 400,
        body: json!({"detail": "token pending", "code": 11012}).to_string(),
    });
    assert_eq!(replies[0]["error_type"], "token_pending");
}

#[test]
fn trouble_with_the_mint_is_sniffed_from_its_words() {
    let words = [
        ("error sending request", "mint_error"),
        ("connection reset by peer", "mint_network_error"),
        ("network is down", "mint_network_error"),
        ("Network is down", "mint_error"),
    ];
    for (reason, error) in words {
        let mut world = World::new(|_| {});
        let spawn = world.spawn(&[64]);
        let event = world.event(&spawn.to_string());
        let steps = world.provider.request(NOW, &event);
        let replies = world.run_with(steps, |_, _, _| MintAnswer::Nothing(reason.to_owned()));
        assert_eq!(replies[0]["error_type"], error, "{reason}");
    }
}

#[test]
fn a_swap_whose_answer_is_lost_burns_the_token_and_says_mint_error() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    let event = world.event(&spawn.to_string());
    let steps = world.provider.request(NOW, &event);
    let replies = world.run_with(steps, |mint, now, call| {
        let (status, body) = mint.handle(now, call.method, &call.path, &call.body);
        if call.path == "/v1/swap" {
            return MintAnswer::Nothing("error sending request".to_owned());
        }
        MintAnswer::Response { status, body }
    });
    assert_eq!(replies[0]["error_type"], "mint_error");
    assert_eq!((world.mint.redeemed(), world.provider.paid_out()), (64, 0));
}

#[test]
fn what_is_refused_after_the_swap_burns_the_token() {
    let mut world = World::new(|_| {});
    assert_eq!(refused(&mut world, |spawn| spawn["template_slug"] = json!("no-such")), burnt("unknown_template"));
    let volume = json!({"version": 1, "algorithm": "luks2-aes-xts", "key_b64": "c2hvcnQ"});
    assert_eq!(
        refused(&mut world, |spawn| {
            spawn["template_slug"] = json!("nostr-relay");
            spawn["volume_encryption"] = volume;
        }),
        burnt("invalid_volume_encryption")
    );
    let standby = json!({"mode": "warm-standby", "standby_providers": [world.provider.public_key()]});
    assert_eq!(refused(&mut world, |spawn| spawn["replication"] = standby), burnt("missing_workload_id"));
    world.provider.switch(|switches| switches.lie.no_free_id = true);
    assert_eq!(refused(&mut world, |_| {}), burnt("provisioning_error"));
    world.provider.switch(|switches| switches.lie = Lie { backend_fails: true, ..Lie::default() });
    assert_eq!(refused(&mut world, |_| {}), burnt("backend_error"));
    world.provider.switch(|switches| switches.lie = Lie::default());
    world.provider.configure(|config| config.minimum_secs = 1261);
    assert_eq!(refused(&mut world, |_| {}), burnt("insufficient_payment"));
    world.provider.configure(|config| config.tiers.clear());
    assert_eq!(refused(&mut world, |_| {}), burnt("no_specs"));
    assert_eq!(world.provider.leases().count(), 0);
}

#[test]
fn a_unit_that_is_not_sold_for_is_burnt() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    let event = world.event(&spawn.to_string());
    let steps = world.provider.request(NOW, &event);
    let work = world.provider.work.take().expect("the token is at the mint");
    let replies = {
        let steps = world.provider.paid(NOW, work, 0, "usd");
        world.run(steps)
    };
    assert!(matches!(&steps[..], [ProviderStep::Ask(_)]));
    assert_eq!(replies[0]["error_type"], "unsupported_unit");
}

#[test]
fn earlier_checks_hide_later_ones() {
    let mut world = World::new(|config| {
        config.version = ProviderVersion::Head;
        config.backend = Backend::Kvm;
    });
    let foreign = json!({"mode": "warm-standby", "standby_providers": []});
    let everything_wrong = |spawn: &mut Value| {
        spawn["template_slug"] = json!("no-such");
        spawn["cashu_token"] = json!("cashuBjunk");
    };
    assert_eq!(
        refused(&mut world, |spawn| {
            everything_wrong(spawn);
            spawn["replication"] = foreign;
        }),
        kept("not_addressed")
    );
    assert_eq!(refused(&mut world, everything_wrong), kept("template_unsupported"));
    world.provider.configure(|config| config.backend = Backend::Docker);
    assert_eq!(refused(&mut world, everything_wrong), kept("invalid_token"));
    world.provider.configure(|config| config.minimum_secs = 10_000);
    assert_eq!(refused(&mut world, |spawn| spawn["template_slug"] = json!("no-such")), burnt("insufficient_payment"));
}

#[test]
fn the_released_version_takes_the_money_for_a_template_it_cannot_serve() {
    let mut world = World::new(|config| config.backend = Backend::Lxd);
    assert_eq!(refused(&mut world, |spawn| spawn["template_slug"] = json!("agent-sandbox")), burnt("none"));
}

#[test]
fn the_released_version_cannot_redeem_from_version_two_keysets() {
    let v2 = MintConfig { keyset_version: KeysetVersion::V2, ..small_mint() };
    let mut world = World::with_mint(v2.clone(), |_| {});
    assert_eq!(refused(&mut world, |_| {}), kept("mint_error"));
    let mut world = World::with_mint(v2, |config| config.version = ProviderVersion::Head);
    assert_eq!(refused(&mut world, |_| {}), burnt("none"));
}

#[test]
fn after_a_rotation_only_the_newer_version_looks_again() {
    for (version, error) in [(ProviderVersion::V019, "mint_error"), (ProviderVersion::Head, "none")] {
        let mut world = World::new(|config| config.version = version);
        assert_eq!(refused(&mut world, |_| {}), burnt("none"));
        world.mint.rotate_keyset();
        assert_eq!(refused(&mut world, |_| {}), (error.to_owned(), error == "none"), "{version:?}");
    }
}

#[test]
fn top_up_checks_come_before_the_swap_and_the_race_after_it() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    world.ask_once(&spawn);
    let top_up = |world: &mut World, pod: &str, amounts: &[u64]| {
        let before = world.mint.redeemed();
        let request = json!({"pod_npub": pod, "cashu_token": world.mint.gift(amounts)});
        let reply = world.ask_once(&request);
        (reply["error_type"].as_str().unwrap_or("none").to_owned(), world.mint.redeemed() > before)
    };
    assert_eq!(top_up(&mut world, "standby-slot-1", &[16]), kept("invalid_pod_id"));
    assert_eq!(top_up(&mut world, "container-1001", &[16]), kept("not_found"));
    world.consumer = key(5);
    assert_eq!(top_up(&mut world, "container-1000", &[16]), kept("not_owner"));
    world.consumer = key(4);
    assert_eq!(top_up(&mut world, "1000", &[16]), burnt("none"));
    world.provider.configure(|config| config.tiers[0].rate_msats_per_sec = 100_000);
    assert_eq!(top_up(&mut world, "1000", &[16]), burnt("insufficient_payment"));
    world.provider.configure(|config| config.tiers[0].id = "other".into());
    assert_eq!(top_up(&mut world, "1000", &[16]), kept("spec_unavailable"));
    world.provider.configure(|config| config.tiers[0].id = "basic".into());
    world.now = NOW + 10_000;
    assert_eq!(top_up(&mut world, "1000", &[16]), kept("lease_expired"));
}

#[test]
fn a_lease_that_vanishes_during_a_top_up_burns_it() {
    let mut world = World::new(|_| {});
    let spawn = world.spawn(&[64]);
    world.ask_once(&spawn);
    let top_up = json!({"pod_npub": "container-1000", "cashu_token": world.mint.gift(&[16])});
    let event = world.event(&top_up.to_string());
    let steps = world.provider.request(NOW, &event);
    assert!(world.provider.forget_lease(1000));
    let before = world.mint.redeemed();
    assert_eq!(world.run(steps)[0]["error_type"], "race_lost");
    assert_eq!(world.mint.redeemed() - before, 16);
}
