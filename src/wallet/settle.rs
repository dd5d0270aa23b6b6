//! The `settle` part of the wallet.
