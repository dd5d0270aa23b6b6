//! The switches tests throw to make a provider late, silent or a liar.

use serde::{Deserialize, Serialize};

/// How the provider misbehaves; all off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// Reads nothing: requests are lost as if it were down, while its heartbeats go on.
    pub deaf: bool,
    /// Receives requests and leaves them unread in the queue until switched off.
    pub hold: bool,
    /// Redeems and provisions, and never says so.
    pub mute: bool,
    /// Seconds between the mint's answer (or the question) and the reply; everything behind waits too (§2.2).
    pub delay_secs: u64,
    /// What it says that is not so.
    pub lie: Lie,
}

/// A lie; every part that is set applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lie {
    /// Refuse with this `error_type` whatever was asked.
    pub error_type: Option<String>,
    /// Redeem the token before refusing by `error_type`.
    pub redeem_first: bool,
    /// Sell and describe this tier id instead of the one asked for.
    pub tier: Option<String>,
    /// Handle every request twice: a success, then `token_already_spent` (§2.2).
    pub handle_twice: bool,
    /// Send every reply as two events.
    pub reply_twice: bool,
    /// Send this text instead of the reply.
    pub garbage: Option<String>,
    /// Sign replies with a stranger's key.
    pub foreign_author: bool,
    /// No vmid is free: `provisioning_error` after payment.
    pub no_free_id: bool,
    /// The backend cannot create the box: `backend_error` after payment.
    pub backend_fails: bool,
    /// Cut this many seconds off every lease and extension it sells.
    pub short_secs: u64,
    /// How many requests the lie lasts; without it until switched off.
    pub for_next: Option<u32>,
}

impl Lie {
    /// The error to refuse with before any redemption.
    pub(super) fn refusal_before(&self) -> Option<String> {
        if self.redeem_first { None } else { self.error_type.clone() }
    }

    /// The error to refuse with after the redemption.
    pub(super) fn refusal_after(&self) -> Option<String> {
        if self.redeem_first { self.error_type.clone() } else { None }
    }

    /// One request was lied to.
    pub(super) fn used(&mut self) {
        if let Some(left) = self.for_next.as_mut() {
            *left = left.saturating_sub(1);
            if *left == 0 {
                *self = Self::default();
            }
        }
    }
}
