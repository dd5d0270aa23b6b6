//! The provider's daemon: the simulated provider with sockets to the relays, HTTP to the mint, and a clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use paygress_support::provider::{MintAnswer, MintCall, Provider, ProviderConfig, ProviderStep, Switches};
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};
use tokio_tungstenite::tungstenite::Message;

use crate::crash::{CrashPoint, Point};
use crate::http;
use crate::now;

const TICK: Duration = Duration::from_millis(100);
const RECONNECT: Duration = Duration::from_millis(500);
/// How long a start waits for the relays before it publishes the offer to those that answered.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);

/// One running provider.
#[derive(Debug)]
pub(crate) struct ProviderServer {
    provider: Mutex<Provider>,
    crash: Arc<CrashPoint>,
    relays: Vec<String>,
    /// Events on their way to every connected relay.
    outbox: broadcast::Sender<String>,
    running: watch::Sender<bool>,
    heartbeat_secs: watch::Sender<u64>,
    connected: watch::Sender<usize>,
    beats: watch::Sender<u64>,
    /// The crash point, not a test's switch, made it hold.
    held: AtomicBool,
}

impl ProviderServer {
    /// Starts a provider and waits until its offer left.
    pub(crate) async fn open(
        config: ProviderConfig,
        heartbeat_secs: u64,
        relays: Vec<String>,
        crash: Arc<CrashPoint>,
    ) -> Arc<Self> {
        let server = Arc::new(Self {
            provider: Mutex::new(Provider::new(now(), config)),
            crash,
            relays,
            outbox: broadcast::Sender::new(1024),
            running: watch::Sender::new(true),
            heartbeat_secs: watch::Sender::new(heartbeat_secs),
            connected: watch::Sender::new(0),
            beats: watch::Sender::new(0),
            held: AtomicBool::new(false),
        });
        server.crash.note_provider(&server.provider().public_key());
        for relay in server.relays.clone() {
            tokio::spawn(server.clone().stay_connected(relay));
        }
        server.publish_offer().await;
        tokio::spawn(server.clone().beat());
        tokio::spawn(server.clone().tick());
        server
    }

    /// What it is called and where it listens.
    pub(crate) fn describe(&self) -> (String, String) {
        let provider = self.provider();
        (provider.config().name.clone(), provider.public_key())
    }

    /// No heartbeats and no listening, as if its network were gone; it forgets nothing.
    pub(crate) fn stop(&self) {
        self.running.send_replace(false);
    }

    /// Back on the network.
    pub(crate) fn start(&self) {
        self.running.send_replace(true);
    }

    /// The daemon itself starts anew: offer published again, and what its version forgets is forgotten.
    pub(crate) async fn restart(&self) {
        self.start();
        self.all_connected().await;
        let steps = self.provider().restart(now());
        for step in steps {
            if let ProviderStep::Publish(event) = step {
                self.publish(&event);
            }
        }
    }

    pub(crate) fn set_heartbeat_secs(&self, secs: u64) {
        self.heartbeat_secs.send_replace(secs.max(1));
    }

    /// Throws switches, and lets go what they held.
    pub(crate) fn switch(self: &Arc<Self>, change: impl FnOnce(&mut Switches)) {
        let steps = {
            let mut provider = self.provider();
            provider.switch(change);
            provider.tick(now())
        };
        self.perform(steps);
    }

    /// Changes how the provider is set up.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut ProviderConfig)) {
        self.provider().configure(change);
    }

    pub(crate) fn forget_lease(&self, vmid: u32) -> bool {
        self.provider().forget_lease(vmid)
    }

    pub(crate) fn state(&self) -> Value {
        let provider = self.provider();
        let config = provider.config();
        json!({
            "name": config.name, "pubkey": provider.public_key(), "version": config.version, "backend": config.backend,
            "running": *self.running.borrow(), "connected": *self.connected.borrow(),
            "heartbeat_secs": *self.heartbeat_secs.borrow(), "beats": *self.beats.borrow(),
            "minimum_secs": config.minimum_secs, "switches": provider.switches(), "tiers": config.tiers,
            "leases": provider.leases().collect::<Vec<_>>(), "slots": provider.slots().collect::<Vec<_>>(),
            "waiting": provider.waiting(), "handled": provider.handled(),
        })
    }

    /// What was paid out to it, and every reply it sent.
    pub(crate) fn ledger(&self) -> Value {
        let provider = self.provider();
        json!({
            "paid_out": provider.paid_out(), "paid_out_msat": provider.paid_out_msat(),
            "redemptions": provider.redemptions(), "replies": provider.replies(),
        })
    }

    fn provider(&self) -> MutexGuard<'_, Provider> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, event: &str) {
        // Without a connected relay nobody hears it, as with a real daemon.
        let _ = self.outbox.send(format!("[\"EVENT\",{event}]"));
    }

    async fn all_connected(&self) {
        let all = self.relays.len();
        let mut connected = self.connected.subscribe();
        let _ = tokio::time::timeout(CONNECT_PATIENCE, connected.wait_for(|count| *count >= all)).await;
    }

    async fn publish_offer(&self) {
        self.all_connected().await;
        let offer = self.provider().offer(now());
        self.publish(&offer);
    }

    /// Keeps one relay connected while the provider runs.
    async fn stay_connected(self: Arc<Self>, relay: String) {
        let mut running = self.running.subscribe();
        loop {
            if running.wait_for(|running| *running).await.is_err() {
                return;
            }
            tokio::select! {
                () = self.listen(&relay) => {}
                _ = running.wait_for(|running| !*running) => {}
            }
            tokio::time::sleep(RECONNECT).await;
        }
    }

    /// Speaks with one relay until it hangs up.
    async fn listen(self: &Arc<Self>, relay: &str) {
        let Ok((socket, _)) = tokio_tungstenite::connect_async(relay).await else { return };
        let (mut to_relay, mut from_relay) = socket.split();
        let mut outbox = self.outbox.subscribe();
        let subscription = format!("[\"REQ\",\"requests\",{}]", self.provider().filter());
        if to_relay.send(Message::text(subscription)).await.is_err() {
            return;
        }
        let _connected = Connected::new(&self.connected);
        loop {
            tokio::select! {
                event = outbox.recv() => match event {
                    Ok(event) => if to_relay.send(Message::text(event)).await.is_err() { return },
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                frame = from_relay.next() => match frame {
                    Some(Ok(Message::Text(text))) => self.heard(&text),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
            }
        }
    }

    fn heard(self: &Arc<Self>, frame: &str) {
        let Ok(Value::Array(parts)) = serde_json::from_str(frame) else { return };
        let [Value::String(name), _, event] = &parts[..] else { return };
        if name != "EVENT" {
            return;
        }
        let steps = {
            let mut provider = self.provider();
            let hold = self.crash.is_armed(Point::RequestOut);
            if hold && !provider.switches().hold {
                self.held.store(true, Ordering::SeqCst);
                provider.switch(|switches| switches.hold = true);
            }
            let steps = provider.request(now(), &event.to_string());
            if hold && provider.waiting() > 0 {
                self.crash.reached(Point::RequestOut);
            }
            steps
        };
        self.perform(steps);
    }

    fn perform(self: &Arc<Self>, steps: Vec<ProviderStep>) {
        for step in steps {
            match step {
                ProviderStep::Publish(event) => self.publish(&event),
                ProviderStep::Ask(call) => {
                    tokio::spawn(self.clone().ask(call));
                }
            }
        }
    }

    async fn ask(self: Arc<Self>, call: MintCall) {
        let answer = match http::ask(call.method, &format!("{}{}", call.mint, call.path), call.body).await {
            Ok((status, body)) => MintAnswer::Response { status, body },
            Err(reason) => MintAnswer::Nothing(reason),
        };
        let steps = self.provider().answered(now(), call.id, answer);
        self.perform(steps);
    }

    async fn beat(self: Arc<Self>) {
        let mut running = self.running.subscribe();
        let mut secs = self.heartbeat_secs.subscribe();
        loop {
            if running.wait_for(|running| *running).await.is_err() {
                return;
            }
            for event in self.provider().heartbeats(now()) {
                self.publish(&event);
            }
            self.beats.send_modify(|beats| *beats += 1);
            let pause = Duration::from_secs(*secs.borrow_and_update());
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = secs.changed() => {}
                _ = running.wait_for(|running| !*running) => {}
            }
        }
    }

    /// Lets the provider's own time pass, and follows the crash point when it is released.
    async fn tick(self: Arc<Self>) {
        let mut crash = self.crash.watch();
        loop {
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                changed = crash.changed() => if changed.is_err() { return },
            }
            let (holds, dropped) = {
                let crash = crash.borrow_and_update();
                (crash.at == Some(Point::RequestOut), crash.dropped)
            };
            let steps = {
                let mut provider = self.provider();
                if !holds && self.held.swap(false, Ordering::SeqCst) {
                    if dropped {
                        provider.drop_waiting();
                    }
                    provider.switch(|switches| switches.hold = false);
                }
                provider.tick(now())
            };
            self.perform(steps);
        }
    }
}

/// Counts a connection while it lives.
struct Connected<'a>(&'a watch::Sender<usize>);

impl<'a> Connected<'a> {
    fn new(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}
