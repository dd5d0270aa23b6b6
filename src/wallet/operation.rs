//! The `operation` part of the wallet.
