//! Keysets: verified ids, denominations, fees (NUT-01, NUT-02).

use cashu::nut02::{KeySet, KeySetVersion};
use cashu::{Amount, CurrencyUnit, Id, KeySetInfo, Keys};
use serde::{Deserialize, Serialize};

/// More outputs than this are not put into one request.
const MOST_PROOFS: usize = 256;

/// A keyset of a mint. Those of other units than sat are kept but not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Keyset {
    pub(super) id: Id,
    pub(super) unit: String,
    pub(super) active: bool,
    pub(super) input_fee_ppk: u64,
    pub(super) final_expiry: Option<u64>,
    /// Present once its id was recomputed from them.
    pub(super) keys: Option<Keys>,
}

impl Keyset {
    pub(super) fn is_sat(&self) -> bool {
        self.unit == "sat"
    }

    /// May be used for outputs now.
    pub(super) fn signs(&self, now: u64) -> bool {
        self.is_sat() && self.active && self.keys.is_some() && self.final_expiry.is_none_or(|end| now < end)
    }

    /// True when the id is the hash of these keys and, from version 1 on, of unit, fee and expiry.
    pub(super) fn id_matches(&self, keys: &Keys) -> bool {
        let keyset = KeySet {
            id: self.id,
            unit: unit_of(&self.unit),
            active: Some(self.active),
            keys: keys.clone(),
            input_fee_ppk: self.input_fee_ppk,
            final_expiry: self.final_expiry,
        };
        keyset.verify_id().is_ok()
    }

    pub(super) fn info(&self) -> KeySetInfo {
        KeySetInfo {
            id: self.id,
            unit: unit_of(&self.unit),
            active: self.active,
            input_fee_ppk: self.input_fee_ppk,
            final_expiry: self.final_expiry,
        }
    }

    /// The fewest proofs that make up an amount, smallest first; nothing if the keys cannot express it.
    pub(super) fn split(&self, amount: u64) -> Option<Vec<u64>> {
        let mut rest = amount;
        let mut parts = Vec::new();
        for key in self.keys.as_ref()?.keys().keys().rev() {
            let value = key.to_u64();
            while value > 0 && rest >= value {
                parts.push(value);
                rest -= value;
                if parts.len() > MOST_PROOFS {
                    return None;
                }
            }
        }
        parts.reverse();
        (rest == 0).then_some(parts)
    }

    pub(super) fn key(&self, amount: u64) -> Option<cashu::PublicKey> {
        self.keys.as_ref()?.amount_key(Amount::from(amount))
    }
}

/// Version-0 ids are reduced to 31 bits for the derivation path. A second keyset with the same number would share its
/// secrets (NUT-13), so it must not be used.
pub(super) fn shares_secrets(one: Id, other: Id) -> bool {
    let version0 = |id: Id| id.get_version() == KeySetVersion::Version00;
    one != other && version0(one) && version0(other) && u32::from(one) == u32::from(other)
}

fn unit_of(text: &str) -> CurrencyUnit {
    text.parse().unwrap_or_else(|_| CurrencyUnit::custom(text))
}

/// The input fee in satoshi for proofs with these rates, in thousandths of a satoshi each (NUT-02).
pub(super) fn fee(rates: impl Iterator<Item = u64>) -> u64 {
    let sum = rates.fold(0u128, |sum, rate| sum.saturating_add(u128::from(rate)));
    u64::try_from(sum.div_ceil(1000)).unwrap_or(u64::MAX)
}
