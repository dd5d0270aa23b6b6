//! The proofs the wallet holds, each in exactly one state.

use cashu::secret::Secret;
use cashu::{Amount, Id, Proof, PublicKey};
use serde::{Deserialize, Serialize};

use super::api::OperationId;
use crate::model::MintUrl;

/// Where a proof stands. A spent one is no longer held; its operation remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub(super) enum ProofState {
    Spendable,
    Reserved { by: OperationId },
    HandedOut { by: OperationId },
    Quarantined { by: OperationId },
}

/// A proof of our own: its secret comes from the seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) mint: MintUrl,
    pub(super) keyset: Id,
    pub(super) counter: u32,
    pub(super) amount: u64,
    pub(super) secret: Secret,
    pub(super) c: PublicKey,
    pub(super) state: ProofState,
    /// For a quarantined one: what the mint answered.
    pub(super) evidence: Option<String>,
}

impl Held {
    /// As it is shown to a mint or put into a token: without a DLEQ proof, whose `r` would link it to us.
    pub(super) fn proof(&self) -> Proof {
        Proof::new(Amount::from(self.amount), self.keyset, self.secret.clone(), self.c)
    }
}
