//! The `check` part of the wallet.
