//! Plays the scenarios of [`paygress_devnet::replay`] and compares what they showed.
//!
//! ```text
//! paygress-replay play MINT-URL RELAY-URL PROVIDER-KEY      prints the outcomes as JSON
//! paygress-replay compare PUBLISHED SIMULATED KNOWN         fails on a difference that KNOWN does not explain
//! ```
//!
//! KNOWN is a JSON object of scenario names and the reasons why they differ; a reason for what no longer differs fails too.

use std::collections::BTreeMap;
use std::process::ExitCode;

use paygress_devnet::replay::{self, Outcomes};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match &arguments[..] {
        ["play", mint, relay, provider] => play(mint, relay, provider).await,
        ["compare", published, simulated, known] => compare(published, simulated, known),
        _ => Err("say play MINT-URL RELAY-URL PROVIDER-KEY, or compare PUBLISHED SIMULATED KNOWN".to_owned()),
    };
    match result {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn play(mint: &str, relay: &str, provider: &str) -> Result<String, String> {
    let mut outcomes = replay::mint(mint).await;
    outcomes.extend(replay::provider(relay, provider, mint).await);
    serde_json::to_string_pretty(&outcomes).map_err(|error| error.to_string())
}

fn compare(published: &str, simulated: &str, known: &str) -> Result<String, String> {
    let (published, simulated): (Outcomes, Outcomes) = (read(published)?, read(simulated)?);
    let mut known: BTreeMap<String, String> = read(known)?;
    let (mut listed, mut unexplained) = (Vec::new(), Vec::new());
    for (name, published_shows, simulated_shows) in replay::differences(&published, &simulated) {
        match known.remove(&name) {
            Some(reason) => listed.push(format!("differs as known: {name}: {reason}")),
            None => unexplained.push(format!("{name}\n  published: {published_shows}\n  simulated: {simulated_shows}")),
        }
    }
    unexplained.extend(known.keys().map(|name| format!("{name}\n  is listed as a difference and is none any more")));
    let count = published.len();
    listed.push(format!("{count} scenarios, {} differ as known, {} unexplained", listed.len(), unexplained.len()));
    if unexplained.is_empty() { Ok(listed.join("\n")) } else { Err([unexplained, listed].concat().join("\n")) }
}

fn read<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}
