//! The same scenarios against any mint and any provider, so that simulated and published ones can be laid side by side:
//! of each answer its status, code and JSON members, and where the money is afterwards.

use std::collections::{BTreeMap, BTreeSet};

use cashu::Proofs;
use serde_json::{Value, json};

use crate::consumer::{Consumer, get, post};
use crate::now;
use crate::purse::Purse;

/// What each scenario showed, by its name.
pub type Outcomes = BTreeMap<String, Value>;

/// Plays the mint's scenarios.
pub async fn mint(url: &str) -> Outcomes {
    let mut purse = Purse::open(url, now()).await;
    let mut seen = Outcomes::new();
    let mut note = |name: &str, answer: (u16, String)| {
        seen.insert(format!("mint: {name}"), outcome(answer.0, &answer.1));
    };
    note("keys", get(&format!("{url}/v1/keys")).await);
    note("keysets", get(&format!("{url}/v1/keysets")).await);
    note("keys of an unknown keyset", get(&format!("{url}/v1/keys/00ffffffffffffff")).await);
    let quote_url = format!("{url}/v1/mint/quote/bolt11");
    note("quote", post(&quote_url, &json!({"amount": 64, "unit": "sat"}).to_string()).await);
    let unpaid = post(&quote_url, &json!({"amount": 8, "unit": "sat"}).to_string()).await;
    let unpaid = read(&unpaid.1)["quote"].as_str().unwrap_or_default().to_owned();
    note("a quote that is looked at", get(&format!("{quote_url}/{unpaid}")).await);
    note("no such path", get(&format!("{url}/v1/nothing")).await);
    note("a wrong method", get(&format!("{url}/v1/swap")).await);
    note("quote for nothing", post(&quote_url, &json!({"amount": 0, "unit": "sat"}).to_string()).await);
    note("quote in an unknown unit", post(&quote_url, &json!({"amount": 64, "unit": "doge"}).to_string()).await);
    note("an unknown quote", get(&format!("{quote_url}/no-such-quote")).await);

    let (quote, proofs) = purse.issue(&[64]).await;
    let again = purse.outputs(&[64]).messages;
    let again = json!({"quote": quote, "outputs": again}).to_string();
    note("mint twice for one invoice", post(&format!("{url}/v1/mint/bolt11"), &again).await);
    note("an issued quote", get(&format!("{quote_url}/{quote}")).await);

    let fee = purse.fee(1);
    let change = [32, 16, 8, 4, 2, 1]; // 63, what one proof of 64 leaves at 100 ppk
    assert_eq!(fee, 1, "the scenarios are written for a fee of 100 ppk");
    let too_much = purse.outputs(&[64]);
    note("swap without the fee", purse.swap(&proofs, &too_much.messages).await);
    let outputs = purse.outputs(&change);
    let answer = purse.swap(&proofs, &outputs.messages).await;
    let fresh = purse.open_signatures(outputs.clone(), &answer.1);
    note("swap", answer);
    let others = purse.outputs(&change);
    note("swap of spent proofs", purse.swap(&proofs, &others.messages).await);
    note("the same swap again", purse.swap(&proofs, &outputs.messages).await);
    let (_, more) = purse.issue(&[64]).await;
    note("swap for outputs signed before", purse.swap(&more, &outputs.messages).await);
    let twice = [&others.messages[..5], &others.messages[4..5]].concat();
    note("swap with an output twice", purse.swap(&more, &twice).await);
    let doubled: Proofs = more.iter().chain(&more).cloned().collect();
    note("swap with an input twice", purse.swap(&doubled, &others.messages).await);
    let mut forged = more.clone();
    forged[0].secret = cashu::secret::Secret::new("forged");
    note("swap of a forged proof", purse.swap(&forged, &others.messages).await);
    note("swap of nothing", purse.swap(&Proofs::new(), &others.messages).await);

    let states = format!("{} {} {}", purse.state(&proofs).await, purse.state(&fresh).await, purse.state(&more).await);
    seen.insert("mint: states of spent, fresh and refused".to_owned(), json!(states));
    let restore = json!({"outputs": [&outputs.messages[0], &others.messages[0]]}).to_string();
    let (status, answer) = post(&format!("{url}/v1/restore"), &restore).await;
    let mut shown = outcome(status, &answer);
    shown["restored"] = json!(read(&answer)["signatures"].as_array().map(Vec::len));
    seen.insert("mint: restore of one signed and one unsigned".to_owned(), shown);
    seen
}

/// Plays the provider's scenarios with money from `mint`, which the provider must accept.
pub async fn provider(relay: &str, pubkey: &str, mint: &str) -> Outcomes {
    let seed = now();
    let [low, ..] = seed.to_le_bytes();
    let mut world = Buyer {
        consumer: Consumer::connect(relay, low | 1, pubkey).await,
        purse: Purse::open(mint, seed.wrapping_add(1)).await,
        seen: Outcomes::new(),
    };
    let text = |text: &str| json!(text);
    world.spawn("an unreadable request", |spawn| spawn["ssh_password"] = json!(1)).await;
    world.spawn("a broken token", |spawn| spawn["cashu_token"] = text("cashuBbroken")).await;
    world.spawn_elsewhere("a token of a mint that is not accepted").await;
    let foreign = json!({"mode": "warm-standby", "standby_providers": [world.consumer.public_key()]});
    world.spawn("a standby list without this provider", |spawn| spawn["replication"] = foreign).await;
    let standby = json!({"mode": "warm-standby", "standby_providers": [pubkey]});
    world.spawn("a standby without a workload id", |spawn| spawn["replication"] = standby).await;
    world.spawn("an unknown template", |spawn| spawn["template_slug"] = text("no-such-template")).await;
    let volume = json!({"version": 1, "algorithm": "luks2-aes-xts", "key_b64": "c2hvcnQ"});
    world
        .spawn("a volume key that is too short", |spawn| {
            spawn["template_slug"] = json!("nostr-relay");
            spawn["volume_encryption"] = volume;
        })
        .await;
    world.spawn_of("a token below the minimum", &[2], |_| {}).await;
    world.spawn_of("a token that is all fee", &[1], |_| {}).await;
    world.spent("a spent token").await;

    let nothing = json!({"pod_id": world.consumer.public_key()});
    world.ask("status without a lease", &nothing, None).await;
    let first = world.spawn("a good spawn", |_| {}).await;
    let vmid = first["pod_npub"].as_str().and_then(|name| name.strip_prefix("container-")).unwrap_or("0").to_owned();
    world.spawn("an unknown tier", |spawn| spawn["pod_spec_id"] = text("no-such-tier")).await;
    world.spawn("a template", |spawn| spawn["template_slug"] = text("agent-sandbox")).await;
    world.ask("status by number", &json!({"pod_id": vmid}), None).await;
    world.ask("status by container", &json!({"pod_id": format!("container-{vmid}")}), None).await;
    world.ask("status by owner", &nothing, None).await;
    world.ask("status of a number nobody has", &json!({"pod_id": "1998"}), None).await;
    for (name, pod, amounts) in [
        ("a top-up", format!("container-{vmid}"), &[16][..]),
        ("a top-up by number", vmid.clone(), &[16]),
        ("a top-up of a lease nobody has", "container-1998".to_owned(), &[16]),
        ("a top-up of a standby slot", "standby-slot-1".to_owned(), &[16]),
        ("a top-up that is all fee", vmid.clone(), &[1]),
    ] {
        let (token, proofs) = world.purse.token(amounts).await;
        world.ask(name, &json!({"pod_npub": pod, "cashu_token": token}), Some(proofs)).await;
    }
    let other = Consumer::connect(relay, (low | 1).wrapping_add(2), pubkey).await;
    world.consumer = other;
    let (token, proofs) = world.purse.token(&[16]).await;
    world.ask("a stranger's top-up", &json!({"pod_npub": vmid, "cashu_token": token}), Some(proofs)).await;
    world.ask("a stranger's status by number", &json!({"pod_id": vmid}), None).await;
    world.ask("a stranger's status by container", &json!({"pod_id": format!("container-{vmid}")}), None).await;
    world.seen
}

struct Buyer {
    consumer: Consumer,
    purse: Purse,
    seen: Outcomes,
}

impl Buyer {
    async fn spawn(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> Value {
        self.spawn_of(name, &[64], change).await
    }

    async fn spawn_of(&mut self, name: &str, amounts: &[u64], change: impl FnOnce(&mut Value)) -> Value {
        let (token, proofs) = self.purse.token(amounts).await;
        let mut spawn = spawn(&token);
        change(&mut spawn);
        self.ask(name, &spawn, Some(proofs)).await
    }

    async fn spawn_elsewhere(&mut self, name: &str) {
        let (_, proofs) = self.purse.token(&[64]).await;
        let token = self.purse.token_at("http://127.0.0.1:9", proofs.clone());
        self.ask(name, &spawn(&token), Some(proofs)).await;
    }

    async fn spent(&mut self, name: &str) {
        let (token, proofs) = self.purse.token(&[64]).await;
        let outputs = self.purse.outputs(&[32, 16, 8, 4, 2, 1]);
        let (status, answer) = self.purse.swap(&proofs, &outputs.messages).await;
        assert_eq!(status, 200, "{answer}");
        self.ask(name, &spawn(&token), Some(proofs)).await;
    }

    async fn ask(&mut self, name: &str, request: &Value, proofs: Option<Proofs>) -> Value {
        self.consumer.send(request).await;
        let reply = self.consumer.reply().await;
        let money = match proofs {
            Some(proofs) => self.purse.state(&proofs).await,
            None => "none".to_owned(),
        };
        let shown = json!({
            "error_type": reply.get("error_type"), "status": reply.get("status"), "money": money,
            "tier": reply.get("pod_spec_name"), "members": members(&reply),
        });
        self.seen.insert(format!("provider: {name}"), shown);
        reply
    }
}

fn spawn(token: &str) -> Value {
    json!({
        "cashu_token": token, "pod_spec_id": "basic", "pod_image": "ubuntu:22.04", "ssh_username": "root",
        "ssh_password": "Ab3dEf6hIj9kLm2n",
    })
}

fn outcome(status: u16, answer: &str) -> Value {
    let answer = read(answer);
    json!({"status": status, "code": answer.get("code"), "members": members(&answer)})
}

fn read(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap_or(Value::Null)
}

/// The paths of all members with the kind of their value; arrays and tables of amounts are looked at as one.
fn members(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let name = if name.bytes().all(|byte| byte.is_ascii_digit()) { "*" } else { name };
                collect(value, &format!("{path}.{name}"), found);
            }
        }
        Value::Array(array) => array.iter().for_each(|value| collect(value, &format!("{path}[]"), found)),
        Value::Null => _ = found.insert(format!("{path}: null")),
        Value::Bool(_) => _ = found.insert(format!("{path}: bool")),
        Value::Number(_) => _ = found.insert(format!("{path}: number")),
        Value::String(_) => _ = found.insert(format!("{path}: text")),
    }
}

/// The scenarios whose outcomes differ, each with both, in order of their names.
pub fn differences(published: &Outcomes, simulated: &Outcomes) -> Vec<(String, Value, Value)> {
    let names: BTreeSet<&String> = published.keys().chain(simulated.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let of = |outcomes: &Outcomes| outcomes.get(name).cloned().unwrap_or(Value::Null);
            (name.clone(), of(published), of(simulated))
        })
        .filter(|(_, published, simulated)| published != simulated)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_show_paths_and_kinds_but_no_values() {
        let value = json!({"keys": {"1": "02", "2": "03"}, "list": [{"a": 1}, {"b": null}], "ok": true});
        let paths: Vec<String> = members(&value).into_iter().collect();
        assert_eq!(paths, [".keys.*: text", ".list[].a: number", ".list[].b: null", ".ok: bool"]);
    }

    #[test]
    fn a_scenario_missing_on_one_side_is_a_difference() {
        let published = Outcomes::from([("a".to_owned(), json!(1)), ("b".to_owned(), json!(2))]);
        let simulated = Outcomes::from([("a".to_owned(), json!(1))]);
        assert_eq!(differences(&published, &simulated), [("b".to_owned(), json!(2), Value::Null)]);
    }
}
