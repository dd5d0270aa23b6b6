//! Every trouble of a mint has a state, a sentence that says what to do, and an end.

#![cfg(not(target_arch = "wasm32"))]

mod wallet_world;

use paygress::model::{Amount, Sat};
use paygress::wallet::{Answer, MintRequest, MintState, MintView, Purpose, SendAmount};
use paygress_support::mint::{KeysetVersion, MintConfig};
use wallet_world::{Running, START, World};

fn with_money(config: MintConfig) -> Running {
    let mut running = World::new(MintConfig { orders: 16, ..config }).run();
    running.add_mint();
    running.fill(Sat::new(100));
    assert_eq!(mint(&running).state, MintState::Ready, "{:?}", mint(&running));
    running
}

fn mint(running: &Running) -> MintView {
    running.view().mints.remove(0)
}

/// Asks the mint for something, and gets this answer after so many seconds.
fn ask(running: &mut Running, answer: &Answer, secs: u64) {
    let url = running.world.url.clone();
    let step = running.wallet.add_mint(running.world.now, url).expect("known");
    running.world.now += secs;
    for request in step.requests {
        let step = running.wallet.answered(running.world.now, request.id, answer.clone());
        running.apply(step);
    }
}

fn nothing() -> Answer {
    Answer::Nothing { reason: "mint.example cannot be reached".to_owned() }
}

fn status(status: u16, body: &str) -> Answer {
    Answer::Response { status, body: body.to_owned() }
}

#[test]
fn each_kind_of_silence_has_a_state_and_a_sentence_and_ends_with_the_next_answer() {
    let cases = [
        (nothing(), 1, MintState::Unreachable, "its address may be wrong, or it does not let web pages read"),
        (nothing(), 30, MintState::TimedOut, "it may be overloaded, or your connection slow"),
        (status(429, ""), 1, MintState::RateLimited, "it was asked too often; leave it alone"),
        (status(502, "<html>"), 1, MintState::Failing, "the address may not be that of a mint"),
        (status(200, "<html>"), 1, MintState::Failing, "does not answer as a mint does (its info is not readable)"),
        (status(404, r#"{"detail":"Not Found"}"#), 1, MintState::Failing, "does not answer as a mint does"),
    ];
    for (answer, secs, state, words) in cases {
        let mut running = with_money(MintConfig::default());
        ask(&mut running, &answer, secs);
        let since = running.world.now;
        let told = mint(&running);
        assert_eq!(told.state, state, "{answer:?}");
        let problem = told.problem.expect("a sentence");
        assert!(problem.contains(words) && problem.ends_with(", and your money stays where it is"), "{problem}");
        assert_eq!(told.since, u32::try_from(since).ok());
        assert!(told.next_try_at.is_some_and(|at| u64::from(at) > since && u64::from(at) <= since + 300));
        assert_eq!(told.spendable.get(), 100, "what is there is seen");
        running.world.now += 1;
        ask(&mut running, &answer, secs);
        assert_eq!(mint(&running).since, u32::try_from(since).ok(), "of the first");
        running.rest();
        assert_eq!(
            (mint(&running).state, mint(&running).problem, mint(&running).since),
            (MintState::Ready, None, None)
        );
    }
}

#[test]
fn where_nothing_is_held_nobody_is_comforted() {
    let mut running = World::new(MintConfig { keyset_version: KeysetVersion::V2, ..MintConfig::default() }).run();
    running.add_mint();
    ask(&mut running, &nothing(), 1);
    let problem = mint(&running).problem.expect("a sentence");
    assert!(problem.ends_with("it is asked again by itself"), "{problem}");
    running.world.mint.change_fee(5000);
    running.rest();
    let problem = mint(&running).problem.expect("a sentence");
    assert!(problem.contains(". Nothing is sent there; ask its operator"), "{problem}");
}

#[test]
fn a_mint_that_is_being_asked_just_now_is_said_to_be() {
    for what in ["the mint itself", "an invoice", "a token"] {
        let mut running = with_money(MintConfig::default());
        let out = running.send(SendAmount::Face(Amount::sat(4)));
        let next = |running: &Running| u64::from(mint(running).next_try_at.expect("it is asked again"));
        ask(&mut running, &nothing(), 1);
        let (url, now) = (running.world.url.clone(), running.world.now);
        assert!(next(&running) > now, "later");
        let step = match what {
            "the mint itself" => running.wallet.add_mint(now, url),
            "an invoice" => running.wallet.issue(now, &url, Sat::new(50)).map(|(_, step)| step),
            _ => running.wallet.check(now, &out),
        };
        assert_eq!(step.expect("it can be asked").requests.len(), 1, "{what}");
        assert_eq!(next(&running), now, "{what}");
    }
}

#[test]
fn a_mint_that_does_not_answer_about_a_token_is_asked_again_soon() {
    let mut running = with_money(MintConfig::default());
    let out = running.send(SendAmount::Face(Amount::sat(4)));
    running.wish(|wallet, now| wallet.check(now, &out)).expect("a token is out");
    running.lose_next();
    let told = mint(&running);
    assert_eq!(told.state, MintState::TimedOut);
    let secs = u64::from(told.next_try_at.expect("it is asked again")).saturating_sub(running.world.now);
    assert!((1..=300).contains(&secs), "{secs}");
}

#[test]
fn a_mint_that_asks_for_a_pause_is_left_alone_for_it_and_no_longer_than_an_hour() {
    for (asked, pause) in [(900, 900), (7 * 86_400, 3600)] {
        let mut running = with_money(MintConfig::default());
        let url = running.world.url.clone();
        let amount = SendAmount::Face(Amount::sat(3));
        let (send, step) =
            running.wallet.send(running.world.now, &url, amount, Purpose::Person).expect("there is enough");
        running.apply(step);
        let swap = running.queued().pop().expect("exact change is asked for");
        running.lose_next();
        running.world.now += 1;
        let step = running.wallet.wake(running.world.now);
        assert!(step.requests.is_empty(), "it is asked again later");
        let again = running.wallet.next_wake().expect("it is asked again");
        running.world.now = again;
        let step = running.wallet.wake(again);
        let repeated = step.requests.iter().find(|request| request.path == swap.path).expect("the same once more").id;
        let later = Answer::Later { status: 429, secs: asked };
        let step = running.wallet.answered(again, repeated, later);
        assert!(step.requests.is_empty());
        let end = again + pause;
        let told = mint(&running);
        assert_eq!(told.state, MintState::RateLimited);
        let problem = told.problem.expect("a sentence");
        let until = if pause == 900 {
            "it is left alone until 2027-01-15 08:"
        } else {
            "it is left alone until 2027-01-15 09:"
        };
        assert!(problem.contains(until), "{problem}");
        assert!(told.next_try_at.is_some_and(|at| u64::from(at) >= end), "{:?}", told.next_try_at);
        for _ in 0..20 {
            let Some(at) = running.wallet.next_wake().filter(|at| *at < end) else { break };
            running.world.now = running.world.now.max(at);
            assert!(running.wallet.wake(at).requests.is_empty(), "left alone at {at} of {end}");
        }
        let early = running.wallet.wake(end - 1);
        assert!(early.requests.is_empty(), "{:?}", early.requests);
        let fresh = running.wallet.add_mint(end - 1, url.clone()).expect("known");
        assert!(fresh.requests.is_empty(), "whoever asks");
        running.world.now = end;
        let step = running.wallet.wake(end);
        assert!(!step.requests.is_empty(), "then it is asked");
        running.apply(step);
        running.rest();
        assert_eq!(mint(&running).state, MintState::Ready);
        assert!(running.wallet.token(&send).is_some());
    }
}

#[test]
fn a_pause_outlives_answers_that_were_on_their_way() {
    let mut running = with_money(MintConfig::default());
    let (url, now) = (running.world.url.clone(), running.world.now);
    let (_, step) =
        running.wallet.send(now, &url, SendAmount::Face(Amount::sat(3)), Purpose::Person).expect("there is enough");
    let swap = step.requests.into_iter().next().expect("exact change is asked for");
    let info = running.wallet.add_mint(now, url).expect("known").requests.pop().expect("its info");
    let mut told = |request: &MintRequest| running.world.mint.handle(now, request.method.as_str(), &request.path, "");
    let (code, body) = told(&info);
    let keysets = running.wallet.answered(now, info.id, status(code, &body)).requests.pop().expect("its keysets");
    let (code, body) = told(&keysets);
    let step = running.wallet.answered(now, swap.id, Answer::Later { status: 429, secs: 900 });
    assert!(step.requests.is_empty());
    assert!(running.wallet.answered(now, keysets.id, status(code, &body)).requests.is_empty(), "all is known");
    for at in [now + 60, now + 899] {
        assert!(running.wallet.wake(at).requests.is_empty(), "left alone at {}", at - now);
    }
    assert!(!running.wallet.wake(now + 900).requests.is_empty());
}

#[test]
fn a_pause_is_seen_as_long_as_it_lasts_and_the_mint_is_asked_after_it() {
    for by_operation in [true, false] {
        let mut running = with_money(MintConfig::default());
        let out = running.send(SendAmount::Face(Amount::sat(4)));
        let (url, now) = (running.world.url.clone(), running.world.now);
        let pausing = running.wallet.check(now, &out).expect("a token is out").requests.pop().expect("a question");
        let other = if by_operation {
            running.wallet.send(now, &url, SendAmount::Face(Amount::sat(3)), Purpose::Person).expect("enough").1
        } else {
            running.wallet.add_mint(now, url).expect("known")
        };
        let step = running.wallet.answered(now, pausing.id, Answer::Later { status: 429, secs: 900 });
        running.apply(step);
        running.apply(other);
        while running.turn() {}
        let told = mint(&running);
        assert_eq!((told.state, told.since), (MintState::RateLimited, u32::try_from(now).ok()));
        assert!(told.problem.expect("a sentence").contains("it is left alone until"));
        assert_eq!(told.next_try_at, u32::try_from(now + 900).ok());
        running.pass_until(now + 901);
        assert_eq!((mint(&running).state, mint(&running).problem), (MintState::Ready, None));
    }
}

#[test]
fn a_paid_invoice_does_not_wait_out_a_pause_past_its_own_end() {
    for paused in ["/v1/mint/quote/bolt11/", "/v1/mint/bolt11"] {
        let mut running = with_money(MintConfig { quote_secs: 3600, ..MintConfig::default() });
        running.world.mint.auto_pay = false;
        let (url, end) = (running.world.url.clone(), running.world.now + 3600);
        let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(50)));
        running.pass_until(end - 1800);
        let quotes: Vec<String> = running.world.mint.quotes().map(|(id, ..)| id.to_owned()).collect();
        assert!(quotes.iter().any(|quote| running.world.mint.pay_quote(quote)), "one is unpaid");
        while !running.queued().first().is_some_and(|request| request.path.starts_with(paused)) {
            running.turns(1);
        }
        running.put_off_next(3600);
        let asked = running.world.log.len();
        running.pass_until(end - 600);
        assert_eq!(running.world.log.len(), asked, "it is left alone while there is time");
        running.pass_until(end + 1);
        assert_eq!(running.wallet.operation(&id).expect("known").state, "done", "{paused}");
        running.pass_until(end + 3600);
        running.close();
    }
}

#[test]
fn an_unpaid_invoice_is_looked_at_once_more_at_its_end_and_then_left_alone() {
    let mut running = with_money(MintConfig { quote_secs: 3600, ..MintConfig::default() });
    running.world.mint.auto_pay = false;
    let (url, end) = (running.world.url.clone(), running.world.now + 3600);
    let id = running.begin(|wallet, now| wallet.issue(now, &url, Sat::new(50)));
    running.pass_until(end - 1800);
    while running.queued().is_empty() {
        running.turns(1);
    }
    running.put_off_next(3600);
    running.pass_until(end - 300);
    let mut asked = 0;
    while running.world.now < end + 600 {
        running.pass_until(running.world.now.max(end - 300));
        let Some(at) = running.wallet.next_wake().filter(|at| *at < end + 600) else { break };
        running.world.now = at;
        let step = running.wallet.wake(at);
        asked += step.requests.len();
        running.apply(step);
        while !running.queued().is_empty() {
            running.put_off_next(3600);
        }
    }
    assert!((2..=12).contains(&asked), "asked {asked} times");
    assert_eq!(
        running.wallet.operation(&id).expect("known").state,
        "awaiting-payment",
        "nobody said that it is unpaid"
    );
}

#[test]
fn a_token_at_a_price_is_given_up_in_time_however_long_its_mint_asks_to_be_left_alone() {
    let mut running = with_money(MintConfig::default());
    running.world.now += 700;
    ask(&mut running, &Answer::Later { status: 429, secs: 3600 }, 0);
    let (url, now) = (running.world.url.clone(), running.world.now);
    let amount = SendAmount::Arrives(Amount::sat(20));
    let id = running.begin(|wallet, now| wallet.send_within(now, &url, amount, Purpose::Person, Amount::sat(30)));
    running.pass_until(now + 601);
    let view = running.wallet.operation(&id).expect("known");
    assert_eq!(view.state, "failed", "{:?}", view.steps);
    assert!(view.sentence.contains("did not answer in time; nothing was given away"), "{}", view.sentence);
    assert_eq!(mint(&running).spendable.get(), 100);
}

#[test]
fn an_operation_that_gets_no_answer_is_a_trouble_of_its_mint_too() {
    let mut running = with_money(MintConfig::default());
    let url = running.world.url.clone();
    let (_, step) = running
        .wallet
        .send(running.world.now, &url, SendAmount::Face(Amount::sat(3)), Purpose::Person)
        .expect("there is enough");
    running.apply(step);
    running.lose_next();
    assert_eq!(mint(&running).state, MintState::TimedOut);
    assert!(mint(&running).next_try_at.is_some());
    running.rest();
    assert_eq!(mint(&running).state, MintState::Ready);
    running.close();
}

#[test]
fn changed_keys_freeze_the_money_and_say_so() {
    let mut running = with_money(MintConfig { keyset_version: KeysetVersion::V2, ..MintConfig::default() });
    running.world.mint.change_fee(5000);
    running.add_mint();
    let told = mint(&running);
    assert_eq!((told.state, told.spendable.get()), (MintState::Refused, 100));
    let problem = told.problem.expect("a sentence");
    let (_, id) = problem.split_once("its keyset ").expect("it says what");
    let rest = id.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    assert_eq!((id.len() - rest.len(), rest.starts_with('…')), (16, true), "{problem}");
    assert!(problem.contains("nothing is sent there; ask its operator what happened"), "{problem}");
}

#[test]
fn a_mint_with_old_keysets_only_signs_nothing_new_until_it_does_again() {
    let mut running = with_money(MintConfig::default());
    running.world.mint.retire_keysets();
    let url = running.world.url.clone();
    running.add_mint();
    let told = mint(&running);
    assert_eq!((told.state, told.spendable.get()), (MintState::Retired, 100));
    assert!(told.problem.expect("a sentence").contains("until it signs again; ask its operator"));
    let refused = running.wallet.issue(running.world.now, &url, Sat::new(5)).expect_err("nothing is signed");
    assert!(
        refused.message().ends_with("signs no new ecash in sat now; use another mint, or wait until it does again")
    );
    running.world.mint.rotate_keyset();
    running.add_mint();
    assert_eq!(mint(&running).state, MintState::Ready);
    running.close();
}

#[test]
fn money_in_a_keyset_that_ends_is_told_before_and_after_the_end() {
    let end = START + 20 * 86_400 + 5;
    let config = MintConfig { final_expiry: Some(end), keyset_version: KeysetVersion::V2, ..MintConfig::default() };
    let mut running = World::new(MintConfig { orders: 16, ..config }).run();
    let token = running.world.mint.gift(&[64]);
    running.wish(|wallet, now| wallet.receive(now, &token).map(|(_, step)| step)).expect("a good token");
    running.rest();
    let told = mint(&running);
    assert_eq!(told.state, MintState::Expiring);
    assert!(told.problem.expect("a sentence").starts_with("63 sat are in a keyset that ends in 20 days"));
    running.world.now = end;
    // Its successor never ends.
    running.world.mint.keep_forever();
    running.world.mint.rotate_keyset();
    let mut running = running.world.run();
    running.rest();
    let told = mint(&running);
    assert_eq!(told.state, MintState::Expired);
    let problem = told.problem.expect("a sentence");
    assert!(problem.starts_with("63 sat are in a keyset that ended"), "{problem}");
    assert_eq!(told.spendable.get(), 63, "counted, not dropped");
}

#[test]
fn an_operation_that_a_mint_does_not_settle_says_so() {
    let mut running = with_money(MintConfig::default());
    let token = running.world.mint.gift(&[8]);
    running.world.mint.redeem(&token).expect("a good token");
    running.world.mint.tells_states = false;
    let now = running.world.now;
    let (id, step) = running.wallet.receive(now, &token).expect("a token");
    running.apply(step);
    running.turns(60);
    let view = running.wallet.operation(&id).expect("known");
    let said = view.steps.iter().filter(|step| step.text.contains("does not say what became of this")).count();
    assert_eq!((view.open, said), (true, 1), "{:?}", view.steps);
    running.world.mint.tells_states = true;
    running.rest();
    assert!(!running.wallet.operation(&id).expect("known").open);
}

#[test]
fn what_a_mint_does_not_do_is_told_and_no_trouble() {
    let units = ["sat", "usd", "eur"].map(str::to_owned).to_vec();
    let mut running = with_money(MintConfig { units, ..MintConfig::default() });
    assert_eq!(mint(&running).notes, ["also keeps eur, usd, which this wallet does not use"]);
    let url = running.world.url.clone();
    let step = running.wallet.add_mint(running.world.now, url).expect("known");
    let info = r#"{"name":"Small","nuts":{"4":{"methods":[{"method":"bolt11","unit":"sat","min_amount":10,
        "max_amount":500}]},"5":{"methods":[],"disabled":true}}}"#;
    let mut requests = step.requests;
    let step = running.wallet.answered(running.world.now, requests.remove(0).id, status(200, info));
    let keysets = r#"{"keysets":[{"id":"ff","unit":"sat","active":true},{"id":"99aabb","unit":"sat","active":true}]}"#;
    for request in step.requests {
        let _ = running.wallet.answered(running.world.now, request.id, status(200, keysets));
    }
    let told = mint(&running);
    assert_eq!(
        told.notes[1..],
        [
            "has 2 keysets of a kind that this program does not know; they are left alone",
            "takes 10 to 500 sat at once over Lightning",
            "pays no Lightning invoices from sat now; send a token instead",
            "does not say what it signed and what was spent (NUT-07, NUT-09), so what gets no answer there stays open",
            "does not lock tokens to a key (NUT-11), so none are made there",
            "gives no change for Lightning fees (NUT-08), so no invoices are paid from it",
        ]
    );
    assert_eq!((told.state, told.problem), (MintState::Ready, None));
}
