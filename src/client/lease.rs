//! One lease: one fresh Nostr key, one token, one journal.
//!
//! ```text
//! Preparing ──token ready──▶ RequestHeld ──committed, a relay is there──▶ RequestMayBeOut ──access──▶ Running ──▶ Ended
//!     │                          │ 10 min, or taken back                     │ 120 s, or an error       ▲  ▲
//!     ▼ wallet failed            ▼                                           ▼                          │  │
//! Cancelled                  Reclaiming ◀──unspent and hopeless────── Recovering ──access, or status────┘  │
//!                                │ ├─────────found spent────────────▶   │   ▲                              │
//!                                │ └─────────the mint refused───────▶   │   │                              │
//!                                ▼                                      ▼   └─ a late success ─────────────┘
//!                            Returned                                 Lost
//! ```
//!
//! A reply never settles money: a token is paid when the mint says spent (NUT-07), and comes back only by a swap.

use serde::{Deserialize, Serialize};

use crate::durable_workload::WorkloadState;
use crate::model::{MintUrl, ProviderKey, Sat, Set};
use crate::protocol::{AccessDetails, EventId, SignedEvent, StatusReply, Tier, Workload};
use crate::wallet::OperationId;

const JOURNAL_LONGEST: usize = 200;

/// A lease and everything needed to go on with it after a restart.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Lease {
    pub(super) version: u8,
    /// The NIP-06 account of its key; also the workload id of the state machine.
    pub(super) account: u32,
    pub(super) provider: ProviderKey,
    pub(super) provider_name: String,
    /// The tier as it was offered when we agreed.
    pub(super) tier: Tier,
    pub(super) workload: Workload,
    pub(super) duration_secs: u64,
    pub(super) mint: MintUrl,
    pub(super) operation: OperationId,
    /// What the token is worth.
    pub(super) face: Sat,
    pub(super) created_at: u64,
    pub(super) state: State,
    /// The request as it was last signed; a token lives in it.
    pub(super) request: Option<SignedEvent>,
    /// When the request was first dated, on the providers' clock.
    pub(super) request_dated: u64,
    pub(super) access: Option<AccessDetails>,
    /// The newest status the provider told.
    pub(super) status: Option<StatusReply>,
    pub(super) expires_at: Option<u64>,
    /// Replies already acted on; a redelivered one settles nothing new.
    pub(super) consumed: Set<EventId>,
    /// What the state machine last said.
    pub(super) watch: Option<WorkloadState>,
    /// The provider answered that it knows nothing of this lease.
    pub(super) forgotten_at: Option<u64>,
    pub(super) journal: Vec<Entry>,
}

/// What holds for a lease; the arrows are in the module's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// The wallet makes the token.
    Preparing,
    /// Token and signed request are durable; nothing was handed to the shell.
    RequestHeld {
        since: u64,
    },
    /// The request may be with relays or the provider.
    RequestMayBeOut {
        since: u64,
    },
    /// What happened is being found out; `since` is when the request may first have left.
    Recovering {
        since: u64,
        why: Why,
        token: Token,
    },
    /// The token is being swapped back.
    Reclaiming {
        why: Why,
    },
    Running,
    Ended {
        at: u64,
    },
    Returned {
        at: u64,
        amount: Sat,
        why: Why,
    },
    Lost {
        at: u64,
        why: Why,
    },
    Cancelled {
        at: u64,
        why: String,
    },
}

/// Why a lease left the straight road.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    NoAnswer,
    NotSent,
    TakenBack,
    Refused { error_type: String, message: String },
}

/// What the mint last said of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Token {
    Unasked,
    Unspent,
    Spent,
}

/// One line of a lease's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Unix seconds.
    pub at: u64,
    /// What happened.
    pub text: String,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("account", &self.account).field("state", &self.state).finish_non_exhaustive()
    }
}

impl State {
    /// When the request may first have left.
    pub(super) fn sent_since(&self) -> Option<u64> {
        if let Self::RequestMayBeOut { since } | Self::Recovering { since, .. } = self { Some(*since) } else { None }
    }

    /// Why the lease left the straight road, once it did.
    pub(super) fn why(&self) -> Option<&Why> {
        if let Self::Recovering { why, .. }
        | Self::Reclaiming { why }
        | Self::Returned { why, .. }
        | Self::Lost { why, .. } = self
        {
            Some(why)
        } else {
            None
        }
    }
}

impl Why {
    /// The middle of a sentence: "…, because …".
    pub(super) fn words(&self) -> String {
        match self {
            Self::NoAnswer => "the provider did not answer".to_owned(),
            Self::NotSent => "no relay took the request".to_owned(),
            Self::TakenBack => "you took it back".to_owned(),
            Self::Refused { error_type, message } => format!("the provider refused ({error_type}: {message})"),
        }
    }
}

impl Lease {
    /// Where the lease is stored.
    pub(super) fn key(account: u32) -> String {
        format!("lease/{account}")
    }

    /// The lease's name towards people and JavaScript.
    pub(super) fn id(account: u32) -> String {
        format!("lease-{account}")
    }

    /// The account named by an id.
    pub(super) fn account_of(id: &str) -> Option<u32> {
        id.strip_prefix("lease-")?.parse().ok()
    }

    pub(super) fn note(&mut self, at: u64, text: impl Into<String>) {
        let text = text.into();
        if self.journal.last().is_some_and(|last| last.text == text) {
            return;
        }
        self.journal.push(Entry { at, text });
        if self.journal.len() > JOURNAL_LONGEST {
            self.journal.remove(1);
        }
    }

    /// True while replies are still of interest.
    pub(super) fn listens(&self) -> bool {
        match self.state {
            State::RequestHeld { .. }
            | State::RequestMayBeOut { .. }
            | State::Recovering { .. }
            | State::Reclaiming { .. }
            | State::Running
            | State::Lost { .. } => true,
            State::Preparing | State::Ended { .. } | State::Returned { .. } | State::Cancelled { .. } => false,
        }
    }

    /// True while the token's fate is open.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(
            self.state,
            State::Preparing
                | State::RequestHeld { .. }
                | State::RequestMayBeOut { .. }
                | State::Recovering { .. }
                | State::Reclaiming { .. }
        )
    }

    /// Something is still to be done for it.
    pub(super) fn is_open(&self) -> bool {
        self.is_undecided() || matches!(self.state, State::Running)
    }

    /// What is being run, in a word.
    pub(super) fn what(&self) -> String {
        match &self.workload {
            Workload::Image(image) => image.to_string(),
            Workload::Template(slug) => slug.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_id_names_its_account() {
        assert_eq!(Lease::account_of(&Lease::id(7)), Some(7));
        assert_eq!(Lease::account_of("7"), None);
    }
}
