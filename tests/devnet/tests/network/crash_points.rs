//! The world stands still exactly where it is told to, and goes on or forgets on release.

use std::time::Duration;

use paygress_devnet::consumer::{Consumer, get, post};
use paygress_devnet::{Devnet, Options};
use serde_json::{Value, json};

struct World {
    devnet: Devnet,
    consumer: Consumer,
}

impl World {
    async fn new() -> Self {
        let options = Options { port_base: 0, ..Options::default() };
        let devnet = Devnet::start(options).await.expect("free ports are free");
        let consumer = Self::connect(&devnet).await;
        Self { devnet, consumer }
    }

    async fn connect(devnet: &Devnet) -> Consumer {
        let addresses = devnet.addresses();
        Consumer::connect(&addresses.relays[0], 4, &addresses.providers[0].pubkey).await
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let (_, answer) = post(&format!("{}{path}", self.devnet.addresses().control), &body.to_string()).await;
        serde_json::from_str(&answer).expect("JSON")
    }

    async fn look(&self, path: &str) -> Value {
        let (_, answer) = get(&format!("{}{path}", self.devnet.addresses().control)).await;
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Arms a point, orders, and waits until the point is reached.
    async fn order_up_to(&mut self, point: &str) {
        let token = self.control("/mint/gift", json!({"amounts": [64]})).await["token"].clone();
        self.control("/crash-point", json!({"at": point})).await;
        let spawn = json!({
            "cashu_token": token, "pod_spec_id": "basic", "pod_image": "ubuntu:22.04", "ssh_username": "root",
            "ssh_password": "Ab3dEf6hIj9kLm2n",
        });
        self.consumer.send(&spawn).await;
        assert_eq!(self.look("/crash-point?wait=15").await["reached"], true);
        assert!(self.consumer.no_reply().await);
    }

    /// The browser dies and another one comes. A relay learns of a death a little later.
    async fn die_and_return(&mut self) {
        let before = self.connections().await;
        self.consumer = Self::connect(&self.devnet).await;
        for _ in 0..500 {
            if self.connections().await == before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the relay still counts the dead connection");
    }

    async fn connections(&self) -> u64 {
        self.look("/state").await["relays"][0]["connections"].as_u64().expect("a number")
    }

    async fn redeemed(&self) -> u64 {
        self.look("/mint/ledger").await["redeemed"].as_u64().expect("a number")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_stopped_before_the_relays_reaches_nobody_once_its_browser_is_dead() {
    let mut world = World::new().await;
    world.order_up_to("token-journaled").await;
    assert_eq!(world.redeemed().await, 0);
    world.die_and_return().await;
    world.control("/crash-point", json!({"at": null})).await;
    assert!(world.consumer.no_reply().await);
    assert_eq!(world.redeemed().await, 0);
    assert!(world.consumer.stored(r#"{"kinds":[4]}"#).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_stopped_before_the_relays_goes_on_if_its_browser_lives() {
    let mut world = World::new().await;
    world.order_up_to("token-journaled").await;
    world.control("/crash-point", json!({"at": null})).await;
    assert_eq!(world.consumer.reply().await["pod_npub"], "container-1000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_out_is_unredeemed_until_released() {
    let mut world = World::new().await;
    world.order_up_to("request-out").await;
    assert_eq!(world.redeemed().await, 0);
    assert_eq!(world.look("/state").await["providers"][0]["waiting"], 1);
    world.die_and_return().await;
    world.control("/crash-point", json!({"at": null})).await;
    assert_eq!(world.consumer.reply().await["pod_npub"], "container-1000");
    assert_eq!(world.redeemed().await, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_out_can_be_forgotten_by_the_provider() {
    let mut world = World::new().await;
    world.order_up_to("request-out").await;
    world.control("/crash-point", json!({"at": null, "drop": true})).await;
    assert!(world.consumer.no_reply().await);
    assert_eq!(world.redeemed().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_is_there_is_stored_and_given_to_nobody_until_released() {
    let mut world = World::new().await;
    world.order_up_to("reply-there").await;
    assert_eq!(world.redeemed().await, 64);
    assert_eq!(world.look("/provider/ledger").await["replies"].as_array().map(Vec::len), Some(1));
    world.die_and_return().await;
    assert!(world.consumer.no_reply().await);
    world.control("/crash-point", json!({"at": null})).await;
    assert_eq!(world.consumer.reply().await["pod_npub"], "container-1000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumers_swap_is_held_done_and_a_providers_is_not() {
    let mut world = World::new().await;
    let token = world.control("/mint/gift", json!({"amounts": [64]})).await["token"].clone();
    world.control("/crash-point", json!({"at": "swap-there"})).await;
    let spawn = json!({
        "cashu_token": token, "pod_image": "a", "ssh_username": "root", "ssh_password": "Ab3dEf6hIj9kLm2n",
    });
    world.consumer.send(&spawn).await;
    assert_eq!(world.consumer.reply().await["pod_npub"], "container-1000");
    assert_eq!(world.look("/crash-point").await["reached"], false);

    let mint = world.devnet.addresses().mints[0].clone();
    let quote = post(&format!("{mint}/v1/mint/quote/bolt11"), r#"{"amount":1,"unit":"sat"}"#).await.1;
    let quote: Value = serde_json::from_str(&quote).expect("JSON");
    world.control("/mint/pay", json!({"quote": quote["quote"]})).await;
    world.control("/crash-point", json!({"at": "issue-there"})).await;
    let output = json!({
        "amount": 1, "id": world.look("/mint/ledger").await["keyset"],
        "B_": "02634a2c2b34bec9e8a4aba4361f6bf202d7fa2365379b0840afe249a7a9d71239",
    });
    let body = json!({"quote": quote["quote"], "outputs": [output]}).to_string();
    let minting = tokio::spawn(async move { post(&format!("{mint}/v1/mint/bolt11"), &body).await });
    assert_eq!(world.look("/crash-point?wait=15").await["reached"], true);
    assert_eq!(world.look("/mint/ledger").await["issued"], 65);
    assert!(!minting.is_finished());
    world.control("/crash-point", json!({"at": null})).await;
    assert_eq!(minting.await.expect("the task lives").0, 200);
}
