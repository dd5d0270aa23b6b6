//! Keysets: verified ids, denominations, fees (NUT-01, NUT-02).

use bitcoin::hashes::{Hash, sha256};
use cashu::nut02::{KeySet, KeySetVersion};
use cashu::{Amount, CurrencyUnit, Id, KeySetInfo, Keys};
use serde::{Deserialize, Serialize};

use crate::model::Unit;

/// More outputs than this are not put into one request.
const MOST_PROOFS: usize = 256;

/// A keyset of a mint. Those of other units than sat and msat are kept but not used.
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
    /// Nothing for a unit that this wallet does not hold.
    pub(super) fn unit(&self) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.as_str() == self.unit)
    }

    /// It would be used for outputs if its keys were known.
    pub(super) fn waits_for_keys(&self) -> bool {
        self.unit().is_some() && self.active && self.keys.is_none()
    }

    /// May be used for outputs now.
    pub(super) fn signs(&self, now: u64) -> bool {
        self.unit().is_some() && self.active && self.keys.is_some() && self.final_expiry.is_none_or(|end| now < end)
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
        keyset.verify_id().is_ok() || self.is_hash_with_zero_expiry(keys)
    }

    /// Nutshell hashes a keyset without an end, once its operator changed to it, as one that ends at 0.
    fn is_hash_with_zero_expiry(&self, keys: &Keys) -> bool {
        if self.final_expiry.is_some() {
            return false;
        }
        let keys: Vec<String> = keys.keys().iter().map(|(amount, key)| format!("{amount}:{}", key.to_hex())).collect();
        let fee = if self.input_fee_ppk > 0 { format!("|input_fee_ppk:{}", self.input_fee_ppk) } else { String::new() };
        let text = format!("{}|unit:{}{fee}|final_expiry:0", keys.join(","), self.unit);
        self.id.to_string() == format!("01{}", sha256::Hash::hash(text.as_bytes()))
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

/// The unit of a token or a keyset, if this wallet holds it.
pub(super) fn held_unit(unit: &CurrencyUnit) -> Option<Unit> {
    Unit::ALL.into_iter().find(|held| currency(*held) == *unit)
}

pub(super) fn currency(unit: Unit) -> CurrencyUnit {
    match unit {
        Unit::Sat => CurrencyUnit::Sat,
        Unit::Msat => CurrencyUnit::Msat,
    }
}

/// The input fee for proofs with these rates, in thousandths of their unit each (NUT-02).
pub(super) fn fee(rates: impl Iterator<Item = u64>) -> u64 {
    let sum = rates.fold(0u128, |sum, rate| sum.saturating_add(u128::from(rate)));
    u64::try_from(sum.div_ceil(1000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id that nutshell 0.21 gives the points 1 and 2 of the curve with 100 ppk, for an expiry of 0.
    const ZERO_EXPIRY: &str = "01e533015c008e0edd49639c2ae12c2f1a0c12c4aee6aa748fb1d309e6c3341dfa";
    /// And without one.
    const NO_EXPIRY: &str = "0106122e2ed5391d88337c24f7b2206b32c79d5612a363304712957ab9a5f76bde";

    fn matches(id: &str, input_fee_ppk: u64, final_expiry: Option<u64>) -> bool {
        let keys: Keys = serde_json::from_str(
            r#"{"1":"0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                "2":"02c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5"}"#,
        )
        .expect("keys");
        let id = id.parse().expect("an id");
        let keyset = Keyset { id, unit: "sat".to_owned(), active: true, input_fee_ppk, final_expiry, keys: None };
        keyset.id_matches(&keys)
    }

    #[test]
    fn a_keyset_that_nutshell_changed_to_is_its_own_with_an_expiry_of_zero_in_the_hash() {
        assert!(matches(NO_EXPIRY, 100, None));
        assert!(matches(ZERO_EXPIRY, 100, None));
        assert!(!matches(ZERO_EXPIRY, 200, None), "the fee is in the hash");
        assert!(!matches(ZERO_EXPIRY, 100, Some(2_000_000_000)), "and the end");
        let other = ZERO_EXPIRY.replace("01e5", "01e6");
        assert!(!matches(&other, 100, None));
    }
}
