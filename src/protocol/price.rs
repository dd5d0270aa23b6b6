//! What time costs and what money buys (PROTOCOL §3.6).

use crate::model::{Msat, Sat};

/// The shortest time worth paying for, in seconds: providers keep a payment that buys less and deliver nothing. Offers do
/// not say theirs; this is the default of both provider versions.
pub const MINIMUM_SECS: u64 = 60;

/// What so many seconds cost at a rate per second, rounded up to whole satoshi and held at the largest amount.
#[must_use]
pub fn price(rate: Msat, secs: u64) -> Sat {
    Msat::new(rate.get().saturating_mul(secs)).to_sat_ceil()
}

/// How many whole seconds an amount buys at a rate per second: what arrived after the mint's fee, rounded down. Nothing
/// is bought at rate 0.
#[must_use]
pub fn duration(credited: Msat, rate: Msat) -> u64 {
    credited.get().checked_div(rate.get()).unwrap_or(0)
}
