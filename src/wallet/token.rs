//! The `token` part of the wallet.
