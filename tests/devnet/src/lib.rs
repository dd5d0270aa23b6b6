//! A local network on loopback: relays, a mint with fake Lightning, providers, and a control port that stops, delays,
//! silences and corrupts each of them. See `README.md` beside this crate for the command line and the routes.
//!
//! The judgement (what a mint or a provider says) lives in `paygress-support`, without sockets; this crate gives it
//! sockets, a clock and switches.

pub mod consumer;
mod control;
mod crash;
mod devnet;
mod guard;
mod http;
mod mint;
mod options;
mod page;
mod provider;
pub mod purse;
mod relay;
pub mod replay;

pub use crash::Point;
pub use devnet::{Addresses, Devnet, ProviderAddress};
pub use options::{Options, Served};

/// The system's time, whole Unix seconds.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
