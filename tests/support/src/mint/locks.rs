//! What a mint asks of ecash that is locked to keys (NUT-10, NUT-11), on its own terms: nothing of the wallet is used here.

use std::collections::BTreeSet;

use cashu::nuts::nut10::{self, SpendingConditions};
use cashu::{Conditions, Proof, PublicKey, SigFlag};

use super::{Refused, refused};

/// Whether the witness of a proof opens its lock at this time.
pub(super) fn verify(proof: &Proof, now: u64) -> Result<(), Refused> {
    let Ok(secret) = nut10::Secret::try_from(&proof.secret) else { return Ok(()) };
    let conditions = match SpendingConditions::try_from(secret) {
        Ok(SpendingConditions::P2PKConditions { data, conditions }) => {
            let conditions = conditions.unwrap_or_default();
            let mut owners = vec![data];
            owners.extend(conditions.pubkeys.clone().unwrap_or_default());
            (owners, conditions)
        }
        Ok(SpendingConditions::HTLCConditions { .. }) => return refused(11000, "hashes are not simulated"),
        Err(error) => return refused(11000, error.to_string()),
    };
    let (owners, Conditions { locktime, refund_keys, num_sigs, sig_flag, num_sigs_refund, .. }) = conditions;
    if sig_flag != SigFlag::SigInputs {
        return refused(11000, "signatures over all of a request are not simulated");
    }
    let signatures = proof.witness.as_ref().and_then(cashu::Witness::signatures).unwrap_or_default();
    let signed_by = |keys: &[PublicKey]| {
        let signed = |key: &&PublicKey| {
            let verifies = |text: &String| {
                text.parse().is_ok_and(|signature| key.verify(proof.secret.as_bytes(), &signature).is_ok())
            };
            signatures.iter().any(verifies)
        };
        let names = keys.iter().filter(signed).map(|key| key.x_only_public_key().serialize());
        u64::try_from(names.collect::<BTreeSet<_>>().len()).expect("a few")
    };
    let ended = locktime.is_some_and(|end| end < now);
    let refund_keys = refund_keys.unwrap_or_default();
    let opened = signed_by(&owners) >= num_sigs.unwrap_or(1)
        || (ended && (refund_keys.is_empty() || signed_by(&refund_keys) >= num_sigs_refund.unwrap_or(1)));
    if opened { Ok(()) } else { refused(11000, "signature missing or wrong for a locked proof") }
}
