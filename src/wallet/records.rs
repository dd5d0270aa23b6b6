//! The `records` part of the wallet.
