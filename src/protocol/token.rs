//! As much of a Cashu token (NUT-00, V4) as must be known before it is sent to a provider.

use crate::error::{Error, ErrorCode};
use crate::model::Sat;
use crate::tree::{self, Tree};

const LONGEST: usize = 32 * 1024;

/// What an unlocked sat token is worth. A V4 token has one mint by its form.
///
/// # Errors
/// [`ErrorCode::InvalidToken`] for what a provider would refuse, or take and then refuse (PROTOCOL §3.6).
pub(super) fn face(token: &str) -> Result<Sat, Error> {
    let refuse = |message: &str| Err(Error::new(ErrorCode::InvalidToken, message));
    if token.len() > LONGEST {
        return refuse("the token is too long to be sent in one message; make it of fewer proofs");
    }
    let Some(token) = decode(token) else {
        return refuse("the text is not a cashuB token; make the token anew");
    };
    if token.get("u").and_then(Tree::text) != Some("sat") {
        return refuse("the token is not in sat, and a provider would keep it without selling anything; use sat");
    }
    let mut total = 0u64;
    let proofs = list(&token, "t").iter().flat_map(|keyset| list(keyset, "p"));
    for proof in proofs {
        let amount = proof.get("a").and_then(Tree::unsigned);
        let secret = proof.get("s").and_then(Tree::text);
        let (Some(amount), Some(secret)) = (amount, secret) else {
            return refuse("the token has proofs without amount or secret; make the token anew");
        };
        if secret.trim_start().starts_with('[') {
            return refuse("the token is locked, and a provider cannot open it; use an unlocked one");
        }
        let Some(sum) = total.checked_add(amount) else {
            return refuse("the token's amounts cannot be added up; make the token anew");
        };
        total = sum;
    }
    if total == 0 { refuse("the token is worth nothing; make the token anew") } else { Ok(Sat::new(total)) }
}

fn decode(token: &str) -> Option<Tree> {
    tree::cbor(&tree::base64(token.strip_prefix("cashuB")?)?)
}

fn list<'a>(value: &'a Tree, name: &str) -> &'a [Tree] {
    value.get(name).and_then(Tree::list).unwrap_or_default()
}
