//! What the mint tells by itself (NUT-17), in nutshell's words.

use serde_json::{Value, json};

use super::{CheckBody, Mint};

/// One who listens, with what was subscribed to.
#[derive(Debug, Default)]
pub struct Listener {
    watched: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    subscription: String,
    kind: String,
    filter: String,
    told: Option<Value>,
}

impl Listener {
    /// Answers one frame.
    pub fn take(&mut self, text: &str) -> String {
        let request: Value = serde_json::from_str(text).unwrap_or_default();
        let (params, id) = (&request["params"], request["id"].as_u64().unwrap_or(0));
        let subscription = params["subId"].as_str().unwrap_or_default().to_owned();
        let error = |code: i32, message: &str| {
            json!({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id}).to_string()
        };
        match request["method"].as_str() {
            Some("subscribe") => {
                let (Some(kind), Some(filters)) = (params["kind"].as_str(), params["filters"].as_array()) else {
                    return error(-32602, "Invalid params");
                };
                self.watched.extend(filters.iter().filter_map(Value::as_str).map(|filter| Watched {
                    subscription: subscription.clone(),
                    kind: kind.to_owned(),
                    filter: filter.to_owned(),
                    told: None,
                }));
            }
            Some("unsubscribe") => {
                let before = self.watched.len();
                self.watched.retain(|watched| watched.subscription != subscription);
                if self.watched.len() == before {
                    return error(-32603, "Subscription not found");
                }
            }
            Some(_) | None => return error(-32601, "Method not found"),
        }
        json!({"jsonrpc": "2.0", "result": {"status": "OK", "subId": subscription}, "id": id}).to_string()
    }

    /// The frames about what changed since the last call, beginning with how it stands.
    pub fn news(&mut self, mint: &Mint) -> Vec<String> {
        let changed = self.watched.iter_mut().filter_map(|watched| {
            let payload = mint.state_of(&watched.kind, &watched.filter)?;
            let state = Some(payload["state"].clone());
            (watched.told != state).then(|| {
                watched.told = state;
                json!({
                    "jsonrpc": "2.0", "method": "subscribe",
                    "params": {"subId": watched.subscription, "payload": payload},
                })
                .to_string()
            })
        });
        changed.collect()
    }

    /// How many things it wants to hear of.
    #[must_use]
    pub fn watches(&self) -> usize {
        self.watched.len()
    }
}

impl Mint {
    fn state_of(&self, kind: &str, filter: &str) -> Option<Value> {
        match kind {
            "bolt11_mint_quote" => self.quotes.get(filter).map(|quote| super::answers::quote_body(filter, quote)),
            "bolt11_melt_quote" => self.melt_state(filter).ok(),
            "proof_state" => {
                let ys = vec![filter.parse().ok()?];
                self.check_state(&CheckBody { ys })["states"].get(0).cloned()
            }
            _ => None,
        }
    }
}
