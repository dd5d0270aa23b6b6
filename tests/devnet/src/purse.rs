//! The least that is needed to have ecash at a mint over HTTP: proofs in memory, random secrets. It panics where a test
//! would fail, and forgets everything when it ends.

use std::time::Duration;

use cashu::dhke::{blind_message, construct_proofs, hash_to_curve};
use cashu::secret::Secret;
use cashu::{
    Amount, BlindedMessage, CurrencyUnit, KeySet, KeySetInfo, KeysResponse, KeysetResponse, MintUrl, Proofs, SecretKey,
    SwapResponse, Token,
};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::consumer::{get, post};

/// A purse at one mint.
#[derive(Debug)]
pub struct Purse {
    mint: String,
    keyset: KeySet,
    infos: Vec<KeySetInfo>,
    rng: StdRng,
}

/// Blinded messages and what opens their signatures.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// As sent to the mint.
    pub messages: Vec<BlindedMessage>,
    secrets: Vec<Secret>,
    blinds: Vec<SecretKey>,
}

impl Purse {
    /// Reads the mint's keysets; `seed` must differ from run to run for a mint that remembers.
    pub async fn open(mint: &str, seed: u64) -> Self {
        let (_, keysets) = get(&format!("{mint}/v1/keysets")).await;
        let (_, keys) = get(&format!("{mint}/v1/keys")).await;
        let infos = serde_json::from_str::<KeysetResponse>(&keysets).expect("keysets").keysets;
        let keys = serde_json::from_str::<KeysResponse>(&keys).expect("keys").keysets;
        let is_active = |keyset: &KeySet| infos.iter().any(|info| info.id == keyset.id && info.active);
        let keyset = keys.into_iter().find(|keyset| keyset.unit == CurrencyUnit::Sat && is_active(keyset));
        let keyset = keyset.expect("the mint has an active keyset in sat");
        Self { mint: mint.to_owned(), keyset, infos, rng: StdRng::seed_from_u64(seed) }
    }

    /// Fresh outputs of these amounts.
    pub fn outputs(&mut self, amounts: &[u64]) -> Outputs {
        let mut outputs = Outputs { messages: Vec::new(), secrets: Vec::new(), blinds: Vec::new() };
        for amount in amounts {
            let (mut secret, mut blind) = ([0; 32], [0; 32]);
            self.rng.fill_bytes(&mut secret);
            self.rng.fill_bytes(&mut blind);
            blind[0] >>= 1;
            let secret = Secret::new(secret.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
            let blind = SecretKey::from_slice(&blind).expect("half the curve order is a valid secret key");
            let (point, blind) = blind_message(&secret.to_bytes(), Some(blind)).expect("a secret has a point");
            outputs.messages.push(BlindedMessage::new(Amount::from(*amount), self.keyset.id, point));
            outputs.secrets.push(secret);
            outputs.blinds.push(blind);
        }
        outputs
    }

    /// Asks for an invoice, waits until it is paid, and mints; returns the quote's id and the proofs.
    pub async fn issue(&mut self, amounts: &[u64]) -> (String, Proofs) {
        let amount: u64 = amounts.iter().sum();
        let body = json!({"amount": amount, "unit": "sat"}).to_string();
        let (status, answer) = post(&format!("{}/v1/mint/quote/bolt11", self.mint), &body).await;
        assert_eq!(status, 200, "{answer}");
        let quote = text(&answer, "quote");
        let mut paid = false;
        for _ in 0..150 {
            let (_, answer) = get(&format!("{}/v1/mint/quote/bolt11/{quote}", self.mint)).await;
            paid = text(&answer, "state") == "PAID";
            if paid {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(paid, "the mint pays its own invoices");
        let outputs = self.outputs(amounts);
        let body = json!({"quote": quote, "outputs": outputs.messages}).to_string();
        let (status, answer) = post(&format!("{}/v1/mint/bolt11", self.mint), &body).await;
        assert_eq!(status, 200, "{answer}");
        (quote, self.open_signatures(outputs, &answer))
    }

    /// A fresh token of these proofs, naming `url` as its mint.
    pub fn token_at(&self, url: &str, proofs: Proofs) -> String {
        let url: MintUrl = url.parse().expect("a mint's URL");
        Token::new(url, proofs, None, CurrencyUnit::Sat).to_string()
    }

    /// Issues and wraps up.
    pub async fn token(&mut self, amounts: &[u64]) -> (String, Proofs) {
        let (_, proofs) = self.issue(amounts).await;
        (self.token_at(&self.mint, proofs.clone()), proofs)
    }

    /// Swaps; returns the mint's status and body.
    pub async fn swap(&self, inputs: &Proofs, outputs: &[BlindedMessage]) -> (u16, String) {
        let inputs: Proofs = inputs.iter().cloned().map(without_dleq).collect();
        let body = json!({"inputs": inputs, "outputs": outputs}).to_string();
        post(&format!("{}/v1/swap", self.mint), &body).await
    }

    /// The proofs of an answer.
    pub fn open_signatures(&self, outputs: Outputs, answer: &str) -> Proofs {
        let answer: SwapResponse = serde_json::from_str(answer).expect("signatures");
        construct_proofs(answer.signatures, outputs.blinds, outputs.secrets, &self.keyset.keys)
            .expect("the mint signed what was asked")
    }

    /// What the mint says of these proofs: `UNSPENT`, `SPENT`, `PENDING`, or several with a comma.
    pub async fn state(&self, proofs: &Proofs) -> String {
        let ys: Vec<_> = proofs.iter().map(|proof| hash_to_curve(&proof.secret.to_bytes()).expect("a point")).collect();
        let (_, answer) = post(&format!("{}/v1/checkstate", self.mint), &json!({"Ys": ys}).to_string()).await;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let mut states: Vec<&str> =
            answer["states"].as_array().expect("states").iter().filter_map(|state| state["state"].as_str()).collect();
        states.dedup();
        states.join(",")
    }

    /// The fee for so many inputs of the active keyset, satoshi.
    pub fn fee(&self, inputs: u64) -> u64 {
        let ppk = self.infos.iter().find(|info| info.id == self.keyset.id).map_or(0, |info| info.input_fee_ppk);
        (ppk * inputs).div_ceil(1000)
    }
}

fn without_dleq(mut proof: cashu::Proof) -> cashu::Proof {
    proof.dleq = None;
    proof
}

fn text(answer: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(answer).expect("JSON");
    answer[name].as_str().unwrap_or_default().to_owned()
}
