//! Everything a lease needs, derived from the recovery phrase (DESIGN §7.3).
//!
//! ```text
//! phrase ─▶ seed ─▶ NUT-13 (the wallet)
//!             └──▶ NIP-06 account n ─▶ lease secret ─▶ SSH password, workload id, volume key
//! ```

mod lease;
mod phrase;

pub use lease::{ssh_password, volume_key, workload_id};
pub use phrase::{Phrase, Seed};
