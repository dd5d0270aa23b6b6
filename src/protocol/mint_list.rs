//! The wallet's list of mints, kept on relays for itself: [NUT-27](https://github.com/cashubtc/nuts/blob/main/27.md), an
//! event by NIP-78 whose content is encrypted to its own author by NIP-44.

use nostr::nips::nip44;
use rand::Rng;
use serde_json::json;

use super::dm::{SignedEvent, nostr_key, public_key, secret_key, sign};
use super::event::{LARGEST_EVENT, VerifiedEvent};
use super::json;
use super::kind;
use super::refusal::{Refusal, RefusalKind};
use crate::model::{LeaseSecret, MintUrl};
use crate::tree::Tree;

pub(super) const NAME: &str = "mint-list";
const WHAT: &str = "the list of mints";
const MOST_MINTS: usize = 200;

/// The mints that a wallet of this phrase used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MintList {
    /// Their addresses, without those that are none.
    pub mints: Vec<MintUrl>,
    /// The date of the event, in Unix seconds.
    pub dated: u64,
}

impl MintList {
    /// The event that keeps this list. Relays keep the one with the latest date.
    #[must_use]
    pub fn to_event(&self, key: &LeaseSecret, rng: &mut impl Rng) -> SignedEvent {
        let text = json!({ "mints": self.mints, "timestamp": self.dated }).to_string();
        let me = nostr_key(&public_key(key));
        let content = nip44::encrypt_with_rng(&secret_key(key), &me, text, nip44::Version::V2, rng)
            .expect("a list of addresses is neither empty nor too long to encrypt");
        sign(key, kind::MINT_LIST, [["d", NAME], ["client", "paygress"]], content, self.dated, rng)
    }

    /// Reads the list of an event of this key.
    ///
    /// # Errors
    /// A [`Refusal`] for an event of another kind, name or author, and for content that this key did not encrypt or that is
    /// no list.
    pub fn from_event(key: &LeaseSecret, event: &VerifiedEvent) -> Result<Self, Refusal> {
        if event.kind() != kind::MINT_LIST || event.tag("d") != Some(NAME) {
            return Err(Refusal::new(RefusalKind::WrongKind, format!("the event is not {WHAT}")));
        }
        let me = public_key(key);
        if event.author() != me {
            return Err(Refusal::new(RefusalKind::WrongSigner, format!("{WHAT} is signed by somebody else")));
        }
        let text = nip44::decrypt(&secret_key(key), &nostr_key(&me), event.content())
            .map_err(|_| Refusal::new(RefusalKind::Undecryptable, format!("{WHAT} cannot be decrypted")))?;
        let body = json::object(&text, LARGEST_EVENT, WHAT)?;
        let listed = body.get("mints").and_then(Tree::list).ok_or_else(|| json::wrong_shape(WHAT))?;
        let mints = listed.iter().take(MOST_MINTS).filter_map(|url| url.text()?.parse().ok()).collect();
        Ok(Self { mints, dated: event.created_at() })
    }
}
