//! The `select` part of the wallet.
