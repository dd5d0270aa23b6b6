//! The proofs the wallet holds, each in exactly one state.

use cashu::secret::Secret;
use cashu::{Amount, Id, Proof, PublicKey};
use serde::{Deserialize, Serialize};

use super::api::OperationId;
use crate::model::MintUrl;

/// Where a proof stands. A spent one is no longer held; its operation remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", try_from = "Told")]
pub(super) enum ProofState {
    Spendable,
    Reserved { by: OperationId },
    HandedOut { by: OperationId },
    Quarantined { by: OperationId },
}

/// All members that some state has. Read as such, because a derived reader of the tagged enum buffers what it reads and
/// weighs several times as much.
#[derive(Deserialize)]
struct Told {
    is: String,
    by: Option<OperationId>,
}

impl TryFrom<Told> for ProofState {
    type Error = &'static str;

    fn try_from(Told { is, by }: Told) -> Result<Self, Self::Error> {
        match (is.as_str(), by) {
            ("spendable", _) => Ok(Self::Spendable),
            ("reserved", Some(by)) => Ok(Self::Reserved { by }),
            ("handed-out", Some(by)) => Ok(Self::HandedOut { by }),
            ("quarantined", Some(by)) => Ok(Self::Quarantined { by }),
            _ => Err("no state of a proof"),
        }
    }
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
