//! Renting, and what becomes of the money when it goes wrong.

use paygress_support::mint::{KeysetVersion, MintConfig};
use paygress_support::provider::{Lie, ProviderConfig};

use super::world::{MINT, World};

#[test]
fn a_person_rents_and_gets_in() {
    let mut world = World::with_money(1000);
    world.rent(3600);
    world.run(5);
    let lease = world.lease();
    assert_eq!(lease.state, "running", "{lease:#?}");
    let access = lease.access.expect("access details arrived");
    assert!(access.password_known);
    assert!(world.client.lease_password(&lease.id).is_some_and(|password| password.len() >= 12));
    assert!(
        access.instructions.iter().all(|line| !line.contains(&world.client.lease_password(&lease.id).expect("known")))
    );
    world.run(30);
    assert_eq!(world.lease().money.state, "spent");
    assert_eq!(world.provider.leases().count(), 1);
    world.check_books("after renting");
}

#[test]
fn the_quote_says_exactly_what_leaves_the_balance() {
    let mut world = World::with_money(1000);
    let quote = world.quote(3600);
    assert_eq!(quote.price.get(), 180);
    assert_eq!(quote.worst_case, quote.total);
    world.rent(3600);
    world.run(120);
    assert_eq!(1000 - world.spendable(), quote.total.get());
    assert_eq!(world.provider.paid_out(), quote.price.get());
}

#[test]
fn a_token_sent_by_hand_shows_whether_it_was_taken() {
    let mut world = World::with_money(1000);
    let id = world.act(|client, now| client.send(now, MINT, paygress::model::Sat::new(100)));
    world.run(5);
    let state = |world: &mut World| {
        world.act(|client, now| client.check(now, &id).map(|effects| ((), effects)));
        world.run(5);
        let operations = world.client.wallet().wallet.operations;
        operations.into_iter().find(|op| op.id.to_string() == id).expect("it was started").state
    };
    assert_eq!(state(&mut world), "handed-out");
    let token = world.client.token(&id).expect("the token is out");
    world.mint.redeem(&token).expect("a good token");
    assert_eq!(state(&mut world), "spent");
}

#[test]
fn a_lease_ends_when_its_time_is_over() {
    let mut world = World::with_money(1000);
    world.rent(600);
    world.run(599);
    assert_eq!(world.lease().state, "running");
    world.run(120);
    assert_eq!(world.lease().state, "ended");
    assert_eq!(world.lease().liveness, "none");
}

#[test]
fn every_reason_against_an_order_is_named() {
    let mut world = World::new();
    let reasons = |world: &World, secs| -> Vec<String> {
        world.quote(secs).reasons.into_iter().map(|reason| reason.reason).collect()
    };
    assert_eq!(reasons(&world, 3600), ["insufficient-funds"]);
    let quote = world.quote(3600);
    assert_eq!((quote.price.get(), quote.missing), (180, quote.face), "what is missing can be filled in");
    assert_eq!(reasons(&world, 10), ["too-short", "insufficient-funds"]);
    let mut order = world.order(3600);
    order.tier = "gigantic".to_owned();
    let quote = world.client.quote(world.now, &order).expect("an order");
    assert_eq!(quote.reasons.iter().map(|reason| reason.reason.as_str()).collect::<Vec<_>>(), ["no-such-tier"]);
    order.mint = Some("https://elsewhere.example".to_owned());
    order.tier = "basic".to_owned();
    let quote = world.client.quote(world.now, &order).expect("an order");
    assert_eq!(quote.reasons.iter().map(|reason| reason.reason.as_str()).collect::<Vec<_>>(), ["mint-not-accepted"]);
    world.provider_up = false;
    world.run(200);
    assert!(reasons(&world, 3600).contains(&"offline".to_owned()));
    for relay in 0..3 {
        world.cut_relay(relay);
    }
    world.run(1);
    assert!(reasons(&world, 3600).contains(&"no-relay".to_owned()));
}

#[test]
fn a_price_that_rose_is_not_paid() {
    let mut world = World::with_money(1000);
    let quote = world.quote(3600);
    world.provider.configure(|config| config.tiers[0].rate_msats_per_sec = 60);
    world.run(2);
    world.provider_returns();
    world.run(2);
    let error = world.client.rent(world.now, &quote).expect_err("it is dearer now");
    assert_eq!(error.code(), paygress::ErrorCode::QuoteChanged);
    assert_eq!(world.spendable(), 1000);
}

#[test]
fn a_mint_that_became_dearer_ends_the_order_before_anything_is_sent() {
    let mut world = World::with_money(1000);
    world.run(700);
    let quote = world.quote(3600);
    world.mint.change_fee(9000);
    world.act(|client, now| client.rent(now, &quote));
    world.run(30);
    let lease = world.lease();
    assert_eq!(lease.state, "cancelled", "{lease:#?}");
    assert!(lease.journal.iter().any(|entry| entry.text.contains("it would now cost")), "{lease:#?}");
    assert_eq!((world.spendable(), world.provider.leases().count()), (1000, 0));
}

#[test]
fn a_provider_that_never_answers_costs_nothing() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.deaf = true);
    world.rent(3600);
    world.run(60);
    assert_eq!(world.lease().state, "requested");
    world.run(800);
    let lease = world.lease();
    assert_eq!(lease.state, "returned", "{lease:#?}");
    assert_eq!(world.spendable() + world.mint.fees(), 1000);
    world.check_books("after the silence");
}

#[test]
fn money_that_the_mint_refuses_to_swap_back_is_asked_for_again_until_it_comes() {
    for restarts in [false, true] {
        let mut world = World::with_money(1000);
        world.provider.switch(|switches| switches.deaf = true);
        let id = world.rent(3600);
        world.run(10);
        world.mint.refuses_swaps = Some("swaps are paused".to_owned());
        world.act(|client, now| client.reclaim_lease(now, &id).map(|effects| ((), effects)));
        world.run(60);
        let lease = world.lease();
        assert_eq!((lease.state, lease.can_reclaim), ("recovering", true), "{lease:#?}");
        if restarts {
            world.restart();
        }
        world.run(60);
        world.mint.refuses_swaps = None;
        world.run(4000);
        let lease = world.lease();
        assert_eq!(lease.state, "returned", "{lease:#?}");
        assert_eq!(world.spendable() + world.mint.fees(), 1000);
        world.check_books("after the mint came to its senses");
    }
}

#[test]
fn an_order_whose_token_is_given_up_before_it_is_made_is_cancelled() {
    let mut world = World::with_money(1000);
    world.run(700);
    world.mint_up = false;
    world.rent(3600);
    world.run(5);
    let operations = world.client.wallet().wallet.operations;
    let operation = operations.into_iter().find(|op| op.lease.is_some()).expect("the token of the lease");
    world.act(|client, now| client.cancel_operation(now, &operation.id.to_string()).map(|effects| ((), effects)));
    assert_eq!(world.lease().state, "cancelled");
    assert_eq!(world.spendable(), 1000);
}

#[test]
fn a_provider_that_goes_away_gives_the_money_back_sooner() {
    let mut world = World::with_money(1000);
    world.rent_without_answer();
    world.provider_up = false;
    world.run(300);
    assert_eq!(world.lease().state, "returned", "{:#?}", world.lease());
}

#[test]
fn a_lost_reply_is_found_by_asking_the_provider() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.mute = true);
    world.rent(3600);
    world.run(130);
    assert_eq!(world.lease().state, "recovering");
    world.provider.switch(|switches| switches.mute = false);
    world.run(120);
    let lease = world.lease();
    assert_eq!(lease.state, "running", "{lease:#?}");
    let access = lease.access.expect("host and port by status");
    assert!(!access.password_known, "0.1.9 tells its password once");
    world.check_books("after recovery");
}

#[test]
fn money_that_a_provider_burnt_is_said_to_be_lost_with_evidence() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.lie = Lie { backend_fails: true, ..Lie::default() });
    world.rent(3600);
    world.run(200);
    let lease = world.lease();
    assert_eq!(lease.state, "lost", "{lease:#?}");
    assert_eq!(lease.money.state, "lost");
    assert!(lease.journal.iter().any(|entry| entry.text.contains("backend_error")), "{:#?}", lease.journal);
    world.check_books("after the loss");
}

#[test]
fn a_refusal_before_redemption_brings_the_money_back_by_itself() {
    for error_type in ["invalid_request", "non_whitelisted_mint", "mint_network_error", "token_pending"] {
        let mut world = World::with_money(1000);
        let lie = Lie { error_type: Some(error_type.to_owned()), ..Lie::default() };
        world.provider.switch(|switches| switches.lie = lie);
        world.rent(3600);
        world.run(120);
        assert_eq!(world.lease().state, "returned", "{error_type}: {:#?}", world.lease());
        assert_eq!(world.spendable() + world.mint.fees(), 1000, "{error_type}");
    }
}

#[test]
fn a_success_beats_token_already_spent() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.lie = Lie { handle_twice: true, reply_twice: true, ..Lie::default() });
    world.rent(3600);
    world.run(60);
    assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
    world.check_books("after double handling");
}

#[test]
fn a_provider_that_cannot_redeem_version_2_keysets_is_remembered() {
    let mint = MintConfig { keyset_version: KeysetVersion::V2, url: MINT.to_owned(), ..MintConfig::default() };
    let mut world = World::with(mint, ProviderConfig::default());
    world.fill(1000);
    assert!(world.is_payable(), "nothing is known against the mint yet");
    world.rent(3600);
    world.run(120);
    let lease = world.lease();
    assert_eq!(lease.state, "returned", "{lease:#?}");
    assert!(lease.sentence.contains("mint_error"), "{}", lease.sentence);
    assert_eq!(world.spendable() + world.mint.fees(), 1000);
    let quote = world.quote(3600);
    assert_eq!(quote.reasons.iter().map(|reason| reason.reason.as_str()).collect::<Vec<_>>(), ["unredeemable"]);
    assert!(!world.is_payable(), "the market does not promise what the quote refuses");
    world.restart();
    world.run(70);
    assert!(
        world.quote(3600).reasons.iter().any(|reason| reason.reason == "unredeemable"),
        "remembered over a restart"
    );
}

#[test]
fn a_minimum_that_was_learnt_the_hard_way_is_named_before_the_next_payment() {
    let mut world = World::with_money(60);
    world.provider.configure(|config| config.minimum_secs = 900);
    world.rent(600);
    world.run(200);
    assert_eq!(world.lease().state, "lost", "{:#?}", world.lease());
    assert!(!world.is_payable(), "what is left buys ten minutes and not fifteen");
    world.fill_up(1000);
    for restarted in [false, true] {
        if restarted {
            world.restart();
            world.run(70);
        }
        let quote = world.quote(899);
        assert_eq!(quote.reasons.iter().map(|reason| reason.reason.as_str()).collect::<Vec<_>>(), ["too-short"]);
        assert!(quote.reasons[0].text.contains("under 900 s"), "{}", quote.reasons[0].text);
        assert!(world.quote(900).possible, "{:?}", world.quote(900).reasons);
    }
    world.rent(900);
    world.run(60);
    assert_eq!(world.lease().state, "running", "{:#?}", world.lease());
    world.check_books("after the lesson");
}

#[test]
fn a_minimum_that_nobody_can_pay_is_not_believed() {
    for secs in ["99999999999999", "31622401", "18446744073709551616", "-5", "0"] {
        let mut world = World::with_money(1000);
        let message = format!("Insufficient payment for minimum duration. Required: 9 msats for {secs}s");
        let garbage = serde_json::json!({"error_type": "insufficient_payment", "message": message}).to_string();
        world.provider.switch(|switches| switches.lie = Lie { garbage: Some(garbage), ..Lie::default() });
        world.rent(600);
        world.run(60);
        assert!(world.quote(60).possible, "{secs}: {:?}", world.quote(60).reasons);
        assert!(!world.quote(59).possible, "{secs}");
    }
}

#[test]
fn a_reply_by_a_stranger_is_no_reply() {
    let mut world = World::with_money(1000);
    world.provider.switch(|switches| switches.lie = Lie { foreign_author: true, ..Lie::default() });
    world.rent(3600);
    world.run(60);
    assert_eq!(world.lease().state, "requested");
    assert!(world.lease().access.is_none());
}

#[test]
fn relays_that_refuse_the_request_cost_nothing() {
    let mut world = World::with_money(1000);
    for relay in &mut world.relays {
        relay.refuses = Some("blocked: pay first");
    }
    world.provider.switch(|switches| switches.deaf = true);
    world.rent(3600);
    world.run(120);
    let lease = world.lease();
    assert_eq!(lease.state, "returned", "{lease:#?}");
    assert!(lease.journal.iter().any(|entry| entry.text.contains("blocked: pay first")));
}

impl World {
    /// Rents from a provider that hears nothing.
    fn rent_without_answer(&mut self) {
        self.provider.switch(|switches| switches.deaf = true);
        self.rent(3600);
        self.run(10);
    }
}
