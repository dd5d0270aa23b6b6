//! Each part of the network: a minimal consumer rents, relays go and come, the mint fails as told.

use paygress_devnet::consumer::{Consumer, get, post};
use paygress_devnet::{Devnet, Options};
use serde_json::{Value, json};

async fn network(change: impl FnOnce(&mut Options)) -> Devnet {
    let mut options = Options { port_base: 0, www_port: 0, heartbeat_secs: 1, ..Options::default() };
    change(&mut options);
    Devnet::start(options).await.expect("free ports are free")
}

async fn switch(devnet: &Devnet, path: &str, body: Value) -> Value {
    let (status, answer) = post(&format!("{}{path}", devnet.addresses().control), &body.to_string()).await;
    assert_eq!(status, 200, "{path}: {answer}");
    serde_json::from_str(&answer).expect("the control port speaks JSON")
}

async fn look(devnet: &Devnet, path: &str) -> Value {
    let (status, answer) = get(&format!("{}{path}", devnet.addresses().control)).await;
    assert_eq!(status, 200, "{path}: {answer}");
    serde_json::from_str(&answer).expect("the control port speaks JSON")
}

async fn gift(devnet: &Devnet, amounts: &[u64]) -> String {
    let answer = switch(devnet, "/mint/gift", json!({"amounts": amounts})).await;
    answer["token"].as_str().expect("a token").to_owned()
}

fn spawn(token: &str) -> Value {
    json!({
        "cashu_token": token, "pod_spec_id": "basic", "pod_image": "ubuntu:22.04", "ssh_username": "root",
        "ssh_password": "Ab3dEf6hIj9kLm2n",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spawn_is_answered_over_any_relay_and_paid_at_the_mint() {
    let devnet = network(|_| {}).await;
    let addresses = devnet.addresses();
    let provider = &addresses.providers[0].pubkey;
    let mut consumer = Consumer::connect(&addresses.relays[1], 4, provider).await;
    consumer.send(&spawn(&gift(&devnet, &[64]).await)).await;
    let reply = consumer.reply().await;
    assert_eq!(reply["pod_npub"], "container-1000");
    let (mint, paid) = (look(&devnet, "/mint/ledger").await, look(&devnet, "/provider/ledger").await);
    assert_eq!((&mint["redeemed"], &mint["fees"], &paid["paid_out"]), (&json!(64), &json!(1), &json!(63)));
    assert_eq!(look(&devnet, "/state").await["providers"][0]["leases"][0]["vmid"], 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn offers_are_stored_and_heartbeats_keep_coming() {
    let devnet = network(|options| options.providers = 3).await;
    let addresses = devnet.addresses();
    let mut consumer = Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await;
    let offers = consumer.stored(r##"{"kinds":[38383],"#t":["paygress"]}"##).await;
    assert_eq!(offers.len(), 3);
    let live = consumer.live(r##"{"kinds":[20384],"#t":["paygress-heartbeat"],"limit":0}"##).await;
    assert_eq!(live["kind"], 20384);
    let author = live["pubkey"].as_str().expect("text");
    let filter = format!(r#"{{"kinds":[38384],"authors":["{author}"]}}"#);
    assert!(!consumer.stored(&filter).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_relay_refuses_and_comes_back_on_the_same_port_with_its_events() {
    let devnet = network(|_| {}).await;
    let addresses = devnet.addresses();
    let (relay, provider) = (&addresses.relays[0], &addresses.providers[0].pubkey);
    let mut consumer = Consumer::connect(relay, 4, provider).await;
    switch(&devnet, "/relay/1/stop", json!({})).await;
    assert!(consumer.is_hung_up().await);
    assert!(!Consumer::can_connect(relay).await);
    switch(&devnet, "/relay/1/start", json!({})).await;
    let mut consumer = Consumer::connect(relay, 4, provider).await;
    assert_eq!(consumer.stored(r#"{"kinds":[38383]}"#).await.len(), 1);
    switch(&devnet, "/relay/1/start", json!({"forget": true})).await;
    let mut consumer = Consumer::connect(relay, 4, provider).await;
    assert!(consumer.stored(r#"{"kinds":[38383]}"#).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_relay_keeps_its_sockets_and_delivers_nothing() {
    let devnet = network(|_| {}).await;
    let addresses = devnet.addresses();
    let mut consumer = Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await;
    switch(&devnet, "/relay/1/silence", json!({})).await;
    consumer.raw(r#"["REQ","quiet",{"kinds":[38383]}]"#).await;
    assert!(consumer.hears_nothing().await);
    switch(&devnet, "/relay/1/silence", json!({"on": false})).await;
    assert_eq!(consumer.stored(r#"{"kinds":[38383]}"#).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusing_relay_says_why() {
    let devnet = network(|_| {}).await;
    let addresses = devnet.addresses();
    let mut consumer = Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await;
    switch(&devnet, "/relay/all/refuse", json!({"reason": "blocked: closed today"})).await;
    consumer.send(&json!({"pod_id": "1"})).await;
    let answer = consumer.frame("OK").await;
    assert_eq!((&answer[2], &answer[3]), (&json!(false), &json!("blocked: closed today")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_provider_is_silent_and_its_restart_publishes_the_offer_again() {
    let devnet = network(|_| {}).await;
    let addresses = devnet.addresses();
    let mut consumer = Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await;
    consumer.send(&spawn(&gift(&devnet, &[64]).await)).await;
    consumer.reply().await;
    switch(&devnet, "/provider/stop", json!({})).await;
    consumer.send(&json!({"pod_id": "1000"})).await;
    assert!(consumer.no_reply().await);
    switch(&devnet, "/relay/all/start", json!({"forget": true})).await;
    let state = switch(&devnet, "/provider/restart", json!({})).await;
    assert_eq!((&state["running"], &state["leases"]), (&json!(true), &json!([])));
    let mut consumer = Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await;
    assert_eq!(consumer.live(r#"{"kinds":[38383]}"#).await["kind"], 38383);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invoices_pay_themselves_or_wait_as_told() {
    let devnet = network(|options| options.auto_pay_secs = Some(0)).await;
    let mint = devnet.addresses().mints[0].clone();
    let quote = async || {
        let (status, answer) = post(&format!("{mint}/v1/mint/quote/bolt11"), r#"{"amount":21,"unit":"sat"}"#).await;
        assert_eq!(status, 200, "{answer}");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["quote"].as_str().expect("a quote").to_owned()
    };
    let state = async |quote: &str| {
        let (_, answer) = get(&format!("{mint}/v1/mint/quote/bolt11/{quote}")).await;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["state"].as_str().expect("a state").to_owned()
    };
    let first = quote().await;
    for _ in 0..50 {
        if state(&first).await == "PAID" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(state(&first).await, "PAID");
    switch(&devnet, "/mint/auto-pay", json!({"secs": null})).await;
    let second = quote().await;
    assert_eq!(state(&second).await, "UNPAID");
    switch(&devnet, "/mint/pay", json!({"quote": second})).await;
    assert_eq!(state(&second).await, "PAID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invoice_that_one_of_the_mints_may_pay_does_not_pay_itself() {
    let devnet = network(|options| (options.auto_pay_secs, options.mints) = (Some(1), 2)).await;
    let [near, far] = &devnet.addresses().mints[..] else { panic!("two mints") };
    let ask = async |url: &str, body: Value| {
        let (status, answer) = post(&format!("{url}/bolt11"), &body.to_string()).await;
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str::<Value>(&answer).expect("JSON")
    };
    let quotes = format!("{far}/v1/mint/quote");
    let moved = ask(&quotes, json!({"amount": 21, "unit": "sat"})).await;
    ask(&format!("{near}/v1/melt/quote"), json!({"request": moved["request"], "unit": "sat"})).await;
    let filled = ask(&quotes, json!({"amount": 21, "unit": "sat"})).await;
    let state = async |quote: &Value| {
        let id = quote["quote"].as_str().expect("a quote");
        let answer = get(&format!("{quotes}/bolt11/{id}")).await.1;
        serde_json::from_str::<Value>(&answer).expect("JSON")["state"].clone()
    };
    for _ in 0..100 {
        if state(&filled).await == "PAID" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((state(&filled).await, state(&moved).await), (json!("PAID"), json!("UNPAID")));
    switch(&devnet, "/mint/2/pay", json!({"quote": moved["quote"]})).await;
    assert_eq!(state(&moved).await, "PAID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_mint_cannot_do_is_said() {
    let devnet = network(|_| {}).await;
    let control = &devnet.addresses().control;
    for (action, body, why) in [
        ("gift", json!({"amounts": [8], "unit": "msat"}), "keeps no msat"),
        ("redeem", json!({"token": "cashuB"}), "no token"),
        ("pending", json!({"token": "cashuB"}), "no token"),
    ] {
        let (status, answer) = post(&format!("{control}/mint/{action}"), &body.to_string()).await;
        assert!(status == 400 && answer.contains(why), "{action}: {status} {answer}");
    }
    switch(&devnet, "/mint/keep", json!({"unit": "msat"})).await;
    let answer = switch(&devnet, "/mint/gift", json!({"amounts": [8], "unit": "msat"})).await;
    assert!(answer["token"].as_str().is_some_and(|token| token.starts_with("cashuB")), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mint_fails_as_told_and_counts_it() {
    let devnet = network(|_| {}).await;
    let info = format!("{}/v1/info", devnet.addresses().mints[0]);
    for (fault, status) in
        [("fail", 500), ("fail-after", 500), ("rate-limit", 429), ("lose-answers", 0), ("lose-requests", 0)]
    {
        switch(&devnet, &format!("/mint/{fault}"), json!({"path": "/v1/info"})).await;
        assert_eq!(get(&info).await.0, status, "{fault}");
        assert_eq!(get(&info).await.0, 200, "only one call after {fault}");
        assert_eq!(look(&devnet, "/mint/ledger").await["injected"][fault], 1);
    }
    switch(&devnet, "/mint/fail", json!({"status": 429})).await;
    assert_eq!(get(&info).await.0, 429);
    switch(&devnet, "/mint/garble", json!({})).await;
    assert!(serde_json::from_str::<Value>(&get(&info).await.1).is_err());
    switch(&devnet, "/mint/stop", json!({})).await;
    assert_eq!(get(&info).await.0, 0);
    switch(&devnet, "/mint/start", json!({})).await;
    assert_eq!(get(&info).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mint_tells_of_itself_as_it_was_told() {
    let devnet = network(|_| {}).await;
    let mint = devnet.addresses().mints[0].clone();
    let told = async |path: &str| {
        let text = get(&format!("{mint}/v1/{path}")).await.1;
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    switch(&devnet, "/mint/limits", json!({"least": 10, "most": 500})).await;
    let method = told("info").await["nuts"]["4"]["methods"][0].clone();
    assert_eq!((&method["min_amount"], &method["max_amount"]), (&json!(10), &json!(500)));
    let (status, answer) = post(&format!("{mint}/v1/mint/quote/bolt11"), r#"{"amount":9,"unit":"sat"}"#).await;
    assert!(status == 400 && answer.contains("11006"), "{answer}");
    switch(&devnet, "/mint/fee", json!({"ppk": 5000})).await;
    switch(&devnet, "/mint/end", json!({"at": 1_900_000_000})).await;
    let keyset = told("keysets").await["keysets"][0].clone();
    let is = (&keyset["input_fee_ppk"], &keyset["final_expiry"], &keyset["active"]);
    assert_eq!(is, (&json!(5000), &json!(1_900_000_000), &json!(true)));
    switch(&devnet, "/mint/retire", json!({})).await;
    assert_eq!(told("keysets").await["keysets"][0]["active"], false);
    let new = switch(&devnet, "/mint/rotate", json!({})).await["keyset"].clone();
    let keysets = told("keysets").await["keysets"].as_array().expect("a list").clone();
    let active: Vec<_> = keysets.iter().filter(|keyset| keyset["active"] == true).collect();
    assert_eq!((active.len(), &active[0]["id"], &active[0]["final_expiry"]), (1, &new, &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_served_with_its_types_and_told_of_the_network() {
    let directory = std::env::temp_dir().join(format!("paygress-devnet-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary directory can be made");
    for (name, text) in [("index.html", "<p>"), ("a.js", "0"), ("a.wasm", "\0asm"), ("config.json", "{}")] {
        std::fs::write(directory.join(name), text).expect("a file can be written");
    }
    let served = |path: &str| paygress_devnet::Served { directory: directory.clone(), path: path.to_owned() };
    let devnet = network(|options| options.served = vec![served("/"), served("/pkg")]).await;
    let www = devnet.addresses().www.clone().expect("the page is served");
    for (path, kind) in [
        ("/", "text/html"),
        ("/a.js", "text/javascript"),
        ("/pkg/a.wasm", "application/wasm"),
        ("/config.json", "application/json"),
    ] {
        assert_eq!(paygress_devnet::consumer::content_type(&format!("{www}{path}")).await, kind, "{path}");
    }
    let config: Value = serde_json::from_str(&get(&format!("{www}/config.json")).await.1).expect("JSON");
    assert_eq!((&config["relays"], &config["test"]), (&json!(devnet.addresses().relays), &json!(true)));
    assert_eq!(config["mints"], json!(devnet.addresses().mints));
    assert_eq!(get(&format!("{www}/../Cargo.toml")).await.0, 404);
    std::fs::remove_dir_all(directory).expect("the temporary directory can be removed");
}
