//! What a mint answered, kept as evidence: words that can be shown to anybody. No token, secret, signature or id of a
//! quote is among them, since whoever has an unlocked quote's id can have its ecash.

use super::api::Method;
use super::machine::Reply;
use super::operation::Refusal;
use crate::tree::{self, Tree};

/// The question, without the quote it was about.
pub(super) fn asked(method: Method, path: &str) -> String {
    let named = path.rsplit_once('/').filter(|(before, _)| before.contains("/quote/"));
    format!("{} {}", method.as_str(), named.map_or(path, |(before, _)| before))
}

pub(super) fn answered(reply: &Reply) -> String {
    match reply {
        Reply::Body(body) => tree::json(body).map_or_else(String::new, |body| told(&body)),
        Reply::Refused(Refusal { code, detail }) => format!("refused with code {code}: {detail}"),
        Reply::Unknown(reason) => format!("no answer: {reason}"),
    }
}

fn told(body: &Tree) -> String {
    let mut words = Vec::new();
    for name in ["state", "paid", "amount", "fee_reserve", "expiry"] {
        match body.get(name) {
            Some(Tree::Text(text)) => words.push(format!("{name} {}", super::mint::clean(text))),
            Some(Tree::Unsigned(number)) => words.push(format!("{name} {number}")),
            Some(Tree::Bool(is)) => words.push(format!("{name} {is}")),
            _ => {}
        }
    }
    let list = |name: &str| body.get(name).and_then(Tree::list);
    for name in ["signatures", "change"] {
        if let Some(signed) = list(name) {
            let amounts = signed.iter().filter_map(|each| each.get("amount")?.unsigned());
            let sum = amounts.fold(0u64, u64::saturating_add);
            words.push(format!("{name}: {} over {sum}", signed.len()));
        }
    }
    if let Some(states) = list("states") {
        for state in ["UNSPENT", "PENDING", "SPENT"] {
            let is = |each: &&Tree| each.get("state").and_then(Tree::text) == Some(state);
            let count = states.iter().filter(is).count();
            if count > 0 {
                words.push(format!("{count} {state}"));
            }
        }
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_names_what_was_said_and_nothing_that_is_worth_money() {
        let body = |text: &str| answered(&Reply::Body(text.to_owned()));
        assert_eq!(asked(Method::Get, "/v1/mint/quote/bolt11/secret-id"), "GET /v1/mint/quote/bolt11");
        assert_eq!(asked(Method::Post, "/v1/mint/quote/bolt11"), "POST /v1/mint/quote/bolt11");
        assert_eq!(asked(Method::Post, "/v1/swap"), "POST /v1/swap");
        assert_eq!(
            body(r#"{"quote":"secret-id","request":"lnbc1","state":"UNPAID","expiry":7}"#),
            "state UNPAID, expiry 7"
        );
        assert_eq!(
            body(r#"{"signatures":[{"amount":4,"C_":"02aa"},{"amount":1,"C_":"02bb"}]}"#),
            "signatures: 2 over 5"
        );
        assert_eq!(
            body(r#"{"states":[{"Y":"02aa","state":"SPENT"},{"Y":"02bb","state":"UNSPENT"}]}"#),
            "1 UNSPENT, 1 SPENT"
        );
        assert_eq!(body("what?"), "");
        let refusal = Refusal { code: 11001, detail: "already spent".to_owned() };
        assert_eq!(answered(&Reply::Refused(refusal)), "refused with code 11001: already spent");
    }
}
