//! The simulated world of the tests: a mint, a provider and relays without sockets.

pub mod mint;
pub mod provider;
