//! The provider against the simulated mint: recorded replies, the order of checks, and who has the money afterwards.

mod money;
mod recorded;
mod ways;

use nostr::prelude::{Keys, PublicKey, SecretKey};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::*;
use crate::mint::{KeysetVersion, Mint, MintConfig};

const NOW: u64 = 1_800_000_000;
const MINT: &str = "http://127.0.0.1:3338";

/// A consumer, a provider and a mint, joined without sockets.
struct World {
    now: u64,
    mint: Mint,
    provider: Provider,
    consumer: Keys,
    rng: StdRng,
}

impl World {
    fn new(change: impl FnOnce(&mut ProviderConfig)) -> Self {
        Self::with_mint(MintConfig { keyset_version: KeysetVersion::V1, ..small_mint() }, change)
    }

    fn with_mint(mint: MintConfig, change: impl FnOnce(&mut ProviderConfig)) -> Self {
        let mut config = ProviderConfig { mints: vec![format!("{MINT}/")], ..ProviderConfig::default() };
        change(&mut config);
        let provider = Provider::new(NOW, config);
        let rng = StdRng::seed_from_u64(2);
        Self { now: NOW, mint: Mint::new(mint), provider, consumer: key(4), rng }
    }

    fn provider_key(&self) -> PublicKey {
        self.provider.keys.public_key()
    }

    /// The signed event of a request by the consumer.
    fn event(&mut self, text: &str) -> String {
        let (consumer, to) = (self.consumer.clone(), self.provider_key());
        nip04_event(&consumer, &mut self.rng, &to, text, self.now)
    }

    /// Sends a request and returns all replies, decrypted.
    fn ask(&mut self, request: &Value) -> Vec<Value> {
        let event = self.event(&request.to_string());
        let steps = self.provider.request(self.now, &event);
        self.run(steps)
    }

    /// Sends a request and returns its one reply.
    fn ask_once(&mut self, request: &Value) -> Value {
        let replies = self.ask(request);
        assert_eq!(replies.len(), 1, "{replies:?}");
        replies.into_iter().next().expect("there is one")
    }

    fn run(&mut self, steps: Vec<ProviderStep>) -> Vec<Value> {
        self.run_with(steps, |mint, now, call| {
            let (status, body) = mint.handle(now, call.method, &call.path, &call.body);
            MintAnswer::Response { status, body }
        })
    }

    /// Performs the provider's steps, asking `answer` instead of the mint.
    fn run_with(
        &mut self,
        steps: Vec<ProviderStep>,
        mut answer: impl FnMut(&mut Mint, u64, &MintCall) -> MintAnswer,
    ) -> Vec<Value> {
        let (mut replies, mut steps) = (Vec::new(), VecDeque::from(steps));
        while let Some(step) = steps.pop_front() {
            match step {
                ProviderStep::Publish(event) => replies.extend(self.open(&event)),
                ProviderStep::Ask(call) => {
                    assert_eq!(call.mint, MINT);
                    let answer = answer(&mut self.mint, self.now, &call);
                    steps.extend(self.provider.answered(self.now, call.id, answer));
                }
            }
        }
        replies
    }

    /// A provider's event as the consumer reads it; the author must be the provider.
    fn open(&self, event: &str) -> Option<Value> {
        let (_, author, text) = nip04_open(&self.consumer, event)?;
        (author == self.provider_key()).then(|| serde_json::from_str(&text).expect("replies are JSON"))
    }

    fn spawn(&mut self, amounts: &[u64]) -> Value {
        json!({
            "cashu_token": self.mint.gift(amounts), "pod_spec_id": "basic", "pod_image": "ubuntu:22.04",
            "ssh_username": "root", "ssh_password": "Ab3dEf6hIj9kLm2n",
        })
    }
}

fn small_mint() -> MintConfig {
    MintConfig { orders: 12, url: MINT.into(), ..MintConfig::default() }
}

fn key(secret: u8) -> Keys {
    let mut bytes = [0; 32];
    bytes[31] = secret;
    Keys::new_with_ctx(&wire::SECP, SecretKey::from_slice(&bytes).expect("a small secret is valid"))
}
